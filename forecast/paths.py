"""How a quantity moves through time: pure arithmetic shared by the subjects of the model.

Everything works on natural logarithms. ``elapsed`` is the time in years from now (the date up to which
history is known) to the middle of each calendar year, along the year axis; it may be slightly negative in
the year that now lies in.
"""

from __future__ import annotations

import numpy as np

from forecast.units import Array, Elapsed, Flag, GrowthVolatility, LogRatio, Rate, Shock, Volatility, Years


def running_sum(values: Array) -> Array:
    """The sum of all years up to each year, as `numpy.cumsum` has it but year by year, which is four times as fast."""
    return _summed(np.array(values))


def _summed(total: Array) -> Array:
    for year in range(1, total.shape[-2]):
        total[..., year, :] += total[..., year - 1, :]
    return total


def time_held(flag: Flag, elapsed: Elapsed) -> Years:
    """The time since now for which a flag has held up to each year."""
    return _summed(flag * intervals(elapsed))


def running_maximum(values: Array) -> Array:
    """The largest value of all years up to each year."""
    largest = np.array(values)
    for year in range(1, largest.shape[-2]):
        np.maximum(largest[..., year, :], largest[..., year - 1, :], out=largest[..., year, :])
    return largest


def intervals(elapsed: Elapsed) -> Years:
    """Length of time over which chance acts before each year: since now for the first year, then year to year.

    Nothing is left to chance before now: a year whose middle has passed has none, and the year after it only what
    lies beyond now.
    """
    start = np.zeros_like(elapsed[..., :1, :])
    return np.diff(np.maximum(np.concatenate([start, elapsed], axis=-2), 0.0), axis=-2)


def wander(volatility: Volatility, shock: Shock, elapsed: Elapsed) -> LogRatio:
    """A driftless random walk that starts at zero now: the accumulated surprises up to each year [ln]."""
    return _summed(volatility * np.sqrt(intervals(elapsed)) * shock)


def drift(growth: Rate, elapsed: Elapsed) -> LogRatio:
    """What constant growth adds by each year [ln]."""
    return growth * elapsed


def wandering_drift(growth: Rate, volatility: GrowthVolatility, shock: Shock, elapsed: Elapsed) -> LogRatio:
    """What growth adds by each year when growth itself is a random walk that starts from its present value [ln]."""
    steps = intervals(elapsed)
    change = running_sum(volatility * np.sqrt(steps) * shock)
    # The slope in the middle of a step is half-way between the slopes at its ends.
    earlier = np.concatenate([np.zeros_like(change[..., :1, :]), change[..., :-1, :]], axis=-2)
    return growth * elapsed + running_sum(0.5 * (change + earlier) * steps)


def fading_growth(growth_now: Rate, growth_later: Rate, fade: Years, elapsed: Elapsed) -> LogRatio:
    """What growth adds by each year when it falls (or rises) exponentially from its present to a lasting rate [ln].

    The integral of ``later + (now - later) exp(-t / fade)``.
    """
    faded = (growth_later - growth_now) * fade * np.expm1(-elapsed / fade)
    return faded + growth_later * elapsed
