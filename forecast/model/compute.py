"""How large the largest training run is: what the trend plans, and what money and physics let happen.

The forecast is of the *record* run. A line through the ten largest runs of each year lies far below the
dearest of them, so the record is drawn as what it is: the largest of a random number of releases that
scatter around the trend.
"""

from __future__ import annotations

import numpy as np

from forecast.inversion import student
from forecast.paths import fading_growth, running_maximum, wander, wandering_drift
from forecast.units import (
    Chance,
    Elapsed,
    Exponent,
    Flag,
    Flop,
    GrowthVolatility,
    LogRatio,
    PositiveRate,
    Rate,
    Seconds,
    Shock,
    Volatility,
    Years,
)


def frontier_compute(
    frontier_compute_now: Flop,
    frontier_compute_growth: Rate,
    frontier_compute_growth_floor: Rate,
    frontier_compute_growth_fade: Years,
    frontier_compute_growth_volatility: GrowthVolatility,
    frontier_compute_growth_shock: Shock,
    frontier_compute_volatility: Volatility,
    frontier_compute_shock: Shock,
    elapsed: Elapsed,
) -> Flop:
    """Training compute of a typical frontier run (one of the ten largest at its release) in the middle of the year.

    A local linear trend with fading growth: the level walks around a slope that itself walks (Harvey 1989,
    eq. 2.3.27), and what the slope has above its floor falls exponentially.

    Equation:
        frontier_compute_now * exp(
            fading_growth(
                frontier_compute_growth, frontier_compute_growth_floor, frontier_compute_growth_fade)
            + wandering_drift(0, frontier_compute_growth_volatility, frontier_compute_growth_shock)
            + wander(frontier_compute_volatility, frontier_compute_shock))

    Leaves out:
        Regime changes other than a slope that walks slowly and fades.
    """
    fading = fading_growth(
        frontier_compute_growth, frontier_compute_growth_floor, frontier_compute_growth_fade, elapsed
    )
    # The walk of the slope alone: it starts from nothing now.
    wandering = wandering_drift(
        np.zeros_like(frontier_compute_growth),
        frontier_compute_growth_volatility,
        frontier_compute_growth_shock,
        elapsed,
    )
    return frontier_compute_now * np.exp(
        fading + wandering + wander(frontier_compute_volatility, frontier_compute_shock, elapsed)
    )


def largest_release(
    frontier_compute: Flop,
    frontier_compute_growth: Rate,
    frontier_compute_dispersion: LogRatio,
    frontier_compute_tail: Exponent,
    frontier_releases: PositiveRate,
    first_half_chance: Chance,
    second_half_chance: Chance,
) -> Flop:
    """Training compute of the year's largest release if nothing but the trend decided; zero in a year without any.

    Releases are a Poisson process; each scatters around the trend as a Student-t in log compute. The
    largest of a Poisson number of draws from F has distribution exp(-rate (1 - F)), which is inverted here
    for each half of the year.

    Equation:
        for each half of the year with (u, d) = (first_half_chance, -0.25) and (second_half_chance, 0.25):
            q = 1 + ln(u) / (frontier_releases / 2)
            s = 0 if q <= 0, else
                exp(frontier_compute_growth * d + frontier_compute_dispersion * T^-1(q; frontier_compute_tail))
        frontier_compute * the larger s

    Leaves out:
        That releases cluster, and that a lab which has just set a record waits before the next.
    """
    # Both halves along a further axis.
    below = 1.0 + np.log(np.stack([first_half_chance, second_half_chance])) / (0.5 * frontier_releases)
    none = below <= 0.0
    scatter = frontier_compute_dispersion * student(frontier_compute_tail, np.where(none, 0.5, below))
    quarter_point = np.array([-0.25, 0.25]).reshape(2, *[1] * (below.ndim - 1))
    release = np.where(none, 0.0, np.exp(quarter_point * frontier_compute_growth + scatter))
    return frontier_compute * release.max(axis=0)


def planned_compute(largest_release: Flop, record_compute_known: Flop) -> Flop:
    """Compute of the largest run by the end of the year if neither money nor physics stood in the way.

    Equation:
        max over years s <= t of max(largest_release[s], record_compute_known)

    Leaves out:
        Records whose compute is never published.
    """
    return running_maximum(np.maximum(largest_release, record_compute_known))


def training_compute(
    planned_compute: Flop, affordable_compute: Flop, feasible_compute: Flop, record_compute_known: Flop
) -> Flop:
    """Compute of the record run: the trend's plan, capped by money and physics, never below the record.

    Equation:
        a[s] = min(planned_compute[s], affordable_compute[s], feasible_compute[s])
        max over years s <= t of max(a[s], record_compute_known)

    Leaves out:
        That a lab may train below what it could for reasons other than money, power and chips.
    """
    allowed = np.minimum(planned_compute, np.minimum(affordable_compute, feasible_compute))
    return running_maximum(np.maximum(allowed, record_compute_known))


def money_binds(planned_compute: Flop, affordable_compute: Flop, feasible_compute: Flop) -> Flag:
    """Whether the richest payer's budget is what keeps the record run below the trend (1 or 0).

    Equation:
        1 if affordable_compute < planned_compute and affordable_compute <= feasible_compute, else 0

    Leaves out:
        Whose budget it is, and by how much it holds back.
    """
    return ((affordable_compute < planned_compute) & (affordable_compute <= feasible_compute)).astype(float)


def physics_binds(planned_compute: Flop, affordable_compute: Flop, feasible_compute: Flop) -> Flag:
    """Whether power or chips are what keeps the record run below the trend (1 or 0).

    Equation:
        1 if feasible_compute < planned_compute and feasible_compute < affordable_compute, else 0

    Leaves out:
        By how much they do.
    """
    return ((feasible_compute < planned_compute) & (feasible_compute < affordable_compute)).astype(float)


def power_binds(physics_binds: Flag, power_limited_compute: Flop, chip_limited_compute: Flop) -> Flag:
    """Whether power is what keeps the record run below the trend (1 or 0).

    Equation:
        physics_binds * [power_limited_compute <= chip_limited_compute]

    Leaves out:
        That power and chips may be short at once: the tighter one counts.
    """
    return physics_binds * (power_limited_compute <= chip_limited_compute)


def chips_bind(physics_binds: Flag, power_binds: Flag) -> Flag:
    """Whether the chips that one owner can gather are what keeps the record run below the trend (1 or 0).

    Equation:
        physics_binds - power_binds

    Leaves out:
        That power and chips may be short at once: the tighter one counts.
    """
    return physics_binds - power_binds


def length_binds(physics_binds: Flag, run_length: Seconds, run_length_limit: Seconds) -> Flag:
    """Whether power or chips hold the record run back that is already as long as is sensible (1 or 0).

    Power and chips limit how fast a run trains; a longer run would get around either. This flag says that it cannot
    be longer, so it comes on top of `power_binds` or `chips_bind`.

    Equation:
        physics_binds * [run_length >= run_length_limit]

    Leaves out:
        Runs that are shorter than they could be because a release will not wait.
    """
    return physics_binds * (run_length >= run_length_limit)
