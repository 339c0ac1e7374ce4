"""What a dollar of hardware buys, and how much power and how many chips one run can get."""

from __future__ import annotations

import numpy as np

from forecast.inversion import student
from forecast.paths import drift, fading_growth, wander
from forecast.units import (
    Elapsed,
    Flop,
    FlopPerJoule,
    FlopPerSecond,
    FlopPerUsd,
    LogRatio,
    PathChance,
    Rate,
    Seconds,
    Share,
    Shock,
    Volatility,
    Watt,
    Years,
)

# Degrees of freedom of the scatter of realised price-performance between runs; the fit holds it at the same
# value.
SCATTER_TAIL = 5.0


def price_performance(
    price_performance_now: FlopPerUsd,
    price_performance_growth: Rate,
    price_performance_volatility: Volatility,
    price_performance_shock: Shock,
    elapsed: Elapsed,
) -> FlopPerUsd:
    """Useful training compute that a dollar buys on a typical GPU cluster, amortised hardware and energy.

    A random walk with drift: rental prices rose in 2026, so nothing forces it upwards.

    Equation:
        price_performance_now * exp(price_performance_growth * elapsed
            + wander(price_performance_volatility, price_performance_shock))

    Leaves out:
        What the buyers themselves do to prices; squeezes are events.
    """
    return price_performance_now * np.exp(
        drift(price_performance_growth, elapsed)
        + wander(price_performance_volatility, price_performance_shock, elapsed)
    )


def record_price_performance(
    price_performance: FlopPerUsd, price_performance_dispersion: LogRatio, record_price_chance: PathChance
) -> FlopPerUsd:
    """What a dollar buys on the record run itself: runs scatter around the typical cluster.

    Equation:
        price_performance * exp(price_performance_dispersion * T^-1(record_price_chance; 5))

    Leaves out:
        Learning from one record run to the next: the luck of a path is one draw.
    """
    return price_performance * np.exp(
        price_performance_dispersion * student(SCATTER_TAIL, record_price_chance)
    )


def energy_efficiency(
    energy_efficiency_now: FlopPerJoule, energy_efficiency_growth: Rate, elapsed: Elapsed
) -> FlopPerJoule:
    """Useful training compute per joule drawn by the whole site, utilisation and cooling included.

    Equation:
        energy_efficiency_now * exp(energy_efficiency_growth * elapsed)

    Leaves out:
        Physical limits of the far future.
    """
    return energy_efficiency_now * np.exp(drift(energy_efficiency_growth, elapsed))


def run_length(
    run_length_now: Seconds, run_length_growth: Rate, run_length_limit: Seconds, elapsed: Elapsed
) -> Seconds:
    """How long the record run trains; beyond the limit it pays to wait for better chips and algorithms instead.

    Equation:
        min(run_length_now * exp(run_length_growth * elapsed), run_length_limit)

    Leaves out:
        That the best length depends on the pace of hardware and algorithms of the path.
    """
    return np.minimum(run_length_now * np.exp(drift(run_length_growth, elapsed)), run_length_limit)


def power_draw(training_compute: Flop, run_length: Seconds, energy_efficiency: FlopPerJoule) -> Watt:
    """Average power that the record run draws.

    Equation:
        training_compute / (run_length * energy_efficiency)

    Leaves out:
        Peaks.
    """
    return training_compute / (run_length * energy_efficiency)


def site_power(
    site_power_now: Watt,
    site_power_growth_now: Rate,
    site_power_growth_later: Rate,
    site_power_growth_fade: Years,
    elapsed: Elapsed,
) -> Watt:
    """Power that the largest training site, or set of linked sites, can supply to one run.

    Equation:
        site_power_now * exp(fading_growth(site_power_growth_now, site_power_growth_later, site_power_growth_fade))

    Leaves out:
        Training spread over many far sites.
    """
    return site_power_now * np.exp(
        fading_growth(site_power_growth_now, site_power_growth_later, site_power_growth_fade, elapsed)
    )


def world_compute(
    world_compute_now: FlopPerSecond,
    world_compute_growth_now: Rate,
    world_compute_growth_later: Rate,
    world_compute_growth_fade: Years,
    elapsed: Elapsed,
) -> FlopPerSecond:
    """Peak 16-bit speed of all AI chips in the world.

    Equation:
        world_compute_now * exp(
            fading_growth(world_compute_growth_now, world_compute_growth_later, world_compute_growth_fade))

    Leaves out:
        Export controls that split the world.
    """
    return world_compute_now * np.exp(
        fading_growth(
            world_compute_growth_now, world_compute_growth_later, world_compute_growth_fade, elapsed
        )
    )


def power_limited_compute(site_power: Watt, run_length: Seconds, energy_efficiency: FlopPerJoule) -> Flop:
    """The largest run that the power of one site, or set of linked sites, can feed.

    Equation:
        site_power * run_length * energy_efficiency

    Leaves out:
        Power of the site that serves customers during the run.
    """
    return site_power * run_length * energy_efficiency


def chip_limited_compute(
    world_compute: FlopPerSecond, record_share_of_world: Share, utilisation: Share, run_length: Seconds
) -> Flop:
    """The largest run that the chips which one owner can gather can train.

    Equation:
        world_compute * record_share_of_world * utilisation * run_length

    Leaves out:
        Chips that fail, wait or serve customers during the run.
    """
    return world_compute * record_share_of_world * utilisation * run_length


def feasible_compute(power_limited_compute: Flop, chip_limited_compute: Flop) -> Flop:
    """The largest run that power and chips allow: the lesser of what a site can feed and what one owner can gather.

    Equation:
        min(power_limited_compute, chip_limited_compute)

    Leaves out:
        Memory, networks and failures as limits of their own.
    """
    return np.minimum(power_limited_compute, chip_limited_compute)
