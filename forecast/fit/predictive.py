"""What a fit says will be on record: for each coming year the largest run, the dearest run, and what a dollar bought.

A forecast can only be scored against what gets recorded, so what is drawn is what the tables will show. Each
year has a Poisson number of frontier releases. Each release falls on a day of that year, scatters around the
trend of compute and the trend of compute per dollar, and takes its measurement error, its kind of chip and
whether anybody costs it from one of the recent releases. From them come the largest recorded compute, the
dearest recorded cost and the middle of compute per dollar on GPU clusters.

A candidate model comes in through its draws of the posterior variables alone: a straight line is a trend
whose walks have no scale, a growth that fades has two variables more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.errors import FitError
from forecast.fit.history import RECENT_YEARS, frontier_runs, measurement_error, year_of
from forecast.units import Array

if TYPE_CHECKING:
    from forecast.observations import Observations

TARGETS = ("record_compute", "record_cost", "price_performance")
"""What is forecast for each year: FLOP, USD of 2023 on the amortised basis, FLOP per such dollar."""

# Scatter of compute per dollar between runs has this many degrees of freedom, as in the fit.
_PRICE_TAIL = 5.0
_STEPS_A_YEAR = 12


@dataclass(frozen=True)
class Habits:
    """How the recent frontier releases were recorded; coming ones are taken to be recorded likewise.

    Attributes:
        error: Standard deviation of each one's measurement error of compute [ln].
        costed: Whether its amortised cost is known.
        tpu: Whether it was trained on TPUs.
    """

    error: Array
    costed: NDArray[np.bool_]
    tpu: NDArray[np.bool_]


def habits(observations: Observations, *, as_of: date) -> Habits:
    """The habits of the releases in the last years before a date.

    Args:
        observations: History.
        as_of: Nothing that became known later is used.

    Raises:
        FitError: There was no release.
    """
    runs = [
        run
        for run in frontier_runs(observations, as_of=as_of)
        if year_of(run.released) > year_of(as_of) - RECENT_YEARS
    ]
    if not any(run.cost_amortized for run in runs):
        raise FitError(f"no frontier run of the {RECENT_YEARS:g} years before {as_of} has a cost")
    return Habits(
        error=np.array([measurement_error(run) for run in runs]),
        costed=np.array([run.cost_amortized is not None for run in runs]),
        tpu=np.array([run.chip == "tpu" for run in runs]),
    )


def yearly_records(
    draws: Mapping[str, Array],
    recent: Habits,
    spans: Sequence[tuple[float, float]],
    *,
    seed: int,
) -> dict[str, Array]:
    """Joint draws of what will be on record for each of some stretches of time.

    Args:
        draws: The posterior variables (`forecast.fit.POSTERIOR`), each of shape ``(draws,)``.
        recent: How releases get recorded.
        spans: Begin and end of each stretch, in years after the date of the posterior, in order.
        seed: Seed of the draws.

    Returns:
        For each of `TARGETS` natural logarithms of shape ``(draws, spans)``; minus infinity (compute, cost) or
        not a number (price-performance) where nothing was released.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    years = spans[-1][1]
    steps = math.ceil(_STEPS_A_YEAR * years)
    level = _compute_path(draws, years, steps, generator)
    price = _price_path(draws, level, years, steps, generator)
    found = [
        _span(draws, recent, level, price, (begin, end), steps / years, generator) for begin, end in spans
    ]
    return {target: np.stack([span[target] for span in found], axis=1) for target in TARGETS}


def _compute_path(
    draws: Mapping[str, Array], years: float, steps: int, generator: np.random.Generator
) -> Array:
    """Level of the trend of compute at even steps from now on, shape ``(draws, steps + 1)``."""
    from forecast.fit.bridge import walk_on

    now = np.log(draws["frontier_compute_now"])
    walked = walk_on(
        now,
        draws["frontier_compute_growth"],
        level_scale=draws["frontier_compute_volatility"],
        slope_scale=draws["frontier_compute_growth_volatility"],
        years=years,
        steps=steps,
        generator=generator,
    )
    level = np.concatenate([now[:, np.newaxis], walked.level], axis=1)
    if "frontier_compute_growth_floor" in draws:
        # Growth above the floor fades exponentially; what it loses on the way comes off a steady growth.
        times = np.arange(steps + 1) * (years / steps)
        excess = (draws["frontier_compute_growth"] - draws["frontier_compute_growth_floor"])[:, np.newaxis]
        fade = draws["frontier_compute_growth_fade"][:, np.newaxis]
        level += excess * (-fade * np.expm1(-times / fade) - times)
    return level


def _price_path(
    draws: Mapping[str, Array], level: Array, years: float, steps: int, generator: np.random.Generator
) -> Array:
    """Level of compute per dollar at even steps from now on, shape ``(draws, steps + 1)``."""
    now = np.log(draws["price_performance_now"])[:, np.newaxis]
    length = years / steps
    shocks = generator.standard_normal((len(now), steps))
    walk = np.cumsum(
        draws["price_performance_volatility"][:, np.newaxis] * math.sqrt(length) * shocks, axis=1
    )
    trend: Array
    if "price_performance_learning" in draws:
        trend = draws["price_performance_learning"][:, np.newaxis] * (level - level[:, :1])
    else:
        trend = draws["price_performance_growth"][:, np.newaxis] * np.arange(steps + 1) * length
    return np.asarray(now + trend + np.concatenate([np.zeros_like(now), walk], axis=1))


def _span(
    draws: Mapping[str, Array],
    recent: Habits,
    level: Array,
    price: Array,
    span: tuple[float, float],
    steps_a_year: float,
    generator: np.random.Generator,
) -> dict[str, Array]:
    begin, end = span
    # A stretch of no length has no release.
    counts = generator.poisson(draws["frontier_releases"] * (end - begin))
    most = max(1, int(counts.max()))
    shape = (len(counts), most)
    released = np.arange(most) < counts[:, np.newaxis]
    place = (begin + (end - begin) * generator.random(shape)) * steps_a_year
    left = np.minimum(place.astype(int), level.shape[1] - 2)
    share = place - left
    like = generator.integers(len(recent.error), size=shape)

    def on(path: Array) -> Array:
        return np.asarray(
            (1.0 - share) * np.take_along_axis(path, left, axis=1)
            + share * np.take_along_axis(path, left + 1, axis=1)
        )

    # Scatter and measurement error belong to one Student-t, as in the likelihood.
    scale = np.hypot(draws["frontier_compute_dispersion"][:, np.newaxis], recent.error[like])
    tail = np.broadcast_to(draws["frontier_compute_tail"][:, np.newaxis], shape)
    compute = on(level) + scale * generator.standard_t(tail)
    per_dollar = (
        on(price)
        + draws["price_performance_dispersion"][:, np.newaxis] * generator.standard_t(_PRICE_TAIL, shape)
        + recent.tpu[like] * np.log(draws["tpu_price_performance_ratio"])[:, np.newaxis]
    )
    costed = released & recent.costed[like]
    on_gpus = np.where(costed & ~recent.tpu[like], per_dollar, np.nan)
    return {
        "record_compute": np.where(released, compute, -np.inf).max(axis=1),
        "record_cost": np.where(costed, compute - per_dollar, -np.inf).max(axis=1),
        "price_performance": _median(on_gpus),
    }


def _median(values: Array) -> Array:
    """The median of each row, leaving out what is not a number; not a number where nothing is left."""
    ordered = np.sort(values, axis=1)
    count = np.isfinite(ordered).sum(axis=1)
    rows = np.arange(len(ordered))
    lower, upper = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, ordered.shape[1] - 1)
    return np.asarray(0.5 * (ordered[rows, lower] + ordered[rows, upper]))
