"""What to beat: the field's line through the top ten, a random walk with drift, and the last value.

Each gives a whole predictive distribution, a Student-t, as evenly spaced quantiles: a sample without noise, scored
like any other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from scipy.special import stdtrit

from forecast.backtest.outcomes import Series
from forecast.units import Array

METHODS = ("ols_top10", "random_walk", "last_value")
_SIZE = 2000


def student(centre: float, scale: float, freedom: float) -> Array:
    """A Student-t as evenly spaced quantiles, shape ``(2000,)``."""
    return np.asarray(centre + scale * stdtrit(freedom, (np.arange(_SIZE) + 0.5) / _SIZE))


def ols_top10(series: Series, when: float) -> Array:
    """The field's practice: least squares through the top-ten runs, with the prediction interval for one more run.

    Args:
        series: What was known.
        when: The time that the line is read at [years].

    Returns:
        Quantiles [log10].
    """
    count = len(series.time)
    centred = series.time - series.time.mean()
    spread = float(centred @ centred)
    slope = float(centred @ series.value) / spread
    residual = series.value - series.value.mean() - slope * centred
    ahead = when - float(series.time.mean())
    error = math.sqrt(float(residual @ residual) / (count - 2) * (1.0 + 1.0 / count + ahead**2 / spread))
    return student(float(series.value.mean()) + slope * ahead, error, count - 2)


def random_walk(series: Series, lead: int, origin: int) -> Array:
    """A random walk with drift through the yearly values, both estimated from the yearly steps.

    The error of the drift is carried along: over ``h`` years from ``m`` steps the variance is that of one step times
    ``h + h^2 / m``, and the law a Student-t (Farmer and Lafond 2016, eq. 8 to 14, without autocorrelation).

    Args:
        series: What was known.
        lead: Years ahead.
        origin: The last year that is known.

    Returns:
        Quantiles [log10].
    """
    steps = _steps(series.yearly, origin)
    count = len(steps)
    deviation = float(steps.std(ddof=1))
    scale = deviation * math.sqrt(lead + lead**2 / count)
    return student(_last(series, origin) + float(steps.mean()) * lead, scale, count - 1)


def last_value(series: Series, lead: int, origin: int) -> Array:
    """Nothing changes but by chance: the last value, with the root mean square of past yearly steps as its error.

    Args:
        series: What was known.
        lead: Years ahead.
        origin: The last year that is known.

    Returns:
        Quantiles [log10].
    """
    steps = _steps(series.yearly, origin)
    scale = math.sqrt(float(np.square(steps).mean()) * lead)
    return student(_last(series, origin), scale, len(steps))


def _last(series: Series, origin: int) -> float:
    return series.yearly[max(year for year in series.yearly if year <= origin)]


def _steps(yearly: Mapping[int, float], origin: int) -> Array:
    """Differences from year to year; a gap of years counts as that many equal steps."""
    years = sorted(year for year in yearly if year <= origin)
    return np.concatenate(
        [
            np.full(later - year, (yearly[later] - yearly[year]) / (later - year))
            for year, later in pairwise(years)
        ]
    )
