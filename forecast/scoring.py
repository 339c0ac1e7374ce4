"""How good a forecast was, once the outcome is known: proper scores, calibration and sharpness of sampled forecasts.

Every forecast is a sample, ours and the baselines' alike, so all are scored by the same few lines. Two scores are
strictly proper: the continuous ranked probability score (Gneiting and Raftery 2007), which is the absolute error of
a forecast that knows its uncertainty, and the logarithmic score. Both are losses here: lower is better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forecast.units import Array

COVERAGES = (50, 80, 90)
"""The central intervals whose coverage is counted [%]."""

BLUR = 0.1
"""Standard deviation of the normal that a sample is smoothed with before its density is read off [orders of magnitude].

Outcomes are known no better than this: half of the recorded runs have a measurement error of 0.15 or more. A density
needs some smoothing anyway; one that is stated and the same for every method favours none.
"""


@dataclass(frozen=True)
class Score:
    """One forecast beside what came out. All figures but ``pit`` and ``covered_*`` are in orders of magnitude.

    Attributes:
        target: What was forecast.
        method: Who forecast it.
        origin: The year at whose end the forecast was made.
        lead: Years from there to the year of the outcome.
        observed: The outcome [log10].
        median: The forecast's median [log10].
        crps: Continuous ranked probability score.
        log_score: Minus the natural logarithm of the density at the outcome.
        pit: Share of the forecast below the outcome; uniform if the forecast is calibrated.
        covered_50: Whether the central 50% interval holds the outcome.
        covered_80: The same for 80%.
        covered_90: The same for 90%.
        width_90: Width of the central 90% interval.
    """

    target: str
    method: str
    origin: int
    lead: int
    observed: float
    median: float
    crps: float
    log_score: float
    pit: float
    covered_50: bool
    covered_80: bool
    covered_90: bool
    width_90: float


def crps(sample: Array, observed: float) -> float:
    """Continuous ranked probability score of a sample: mean distance to the outcome less half of that within.

    ``E|X - y| - E|X - X'| / 2``, exact for the empirical distribution, in the unit of the sample.

    Args:
        sample: Draws of the forecast, shape ``(draws,)``.
        observed: The outcome.
    """
    ordered = np.sort(sample)
    count = len(ordered)
    # The mean distance of all pairs, from the order alone.
    weights = 2.0 * np.arange(1, count + 1) - count - 1.0
    return float(np.abs(ordered - observed).mean() - (weights @ ordered) / count**2)


def log_score(sample: Array, observed: float, *, blur: float = BLUR) -> float:
    """Minus the logarithm of the density of a sample at the outcome, smoothed with a normal.

    Args:
        sample: Draws of the forecast, shape ``(draws,)``.
        observed: The outcome.
        blur: Standard deviation of the normal.
    """
    distance = -0.5 * np.square((sample - observed) / blur)
    # The nearest draw is taken out first, so that a far outcome gets a finite score.
    largest = float(distance.max())
    density = math.log(float(np.exp(distance - largest).mean())) + largest
    return 0.5 * math.log(2.0 * math.pi) + math.log(blur) - density


def pit(sample: Array, observed: float) -> float:
    """The share of a sample below the outcome; draws equal to it count half."""
    return float((sample < observed).mean() + 0.5 * (sample == observed).mean())


def interval(sample: Array, percent: float) -> tuple[float, float]:
    """The central (equal-tailed) prediction interval of a sample.

    Args:
        sample: Draws of the forecast.
        percent: Its probability [%].
    """
    tail = 0.5 - percent / 200.0
    low, high = np.quantile(sample, [tail, 1.0 - tail])
    return float(low), float(high)


def score(sample: Array, observed: float, *, target: str, method: str, origin: int, lead: int) -> Score:
    """All figures of one forecast.

    Args:
        sample: Draws of the forecast [log10], shape ``(draws,)``.
        observed: The outcome [log10].
        target: What was forecast.
        method: Who forecast it.
        origin: The year at whose end it was made.
        lead: Years from there to the outcome.
    """
    intervals = {percent: interval(sample, percent) for percent in COVERAGES}
    covered = {percent: low <= observed <= high for percent, (low, high) in intervals.items()}
    return Score(
        target=target,
        method=method,
        origin=origin,
        lead=lead,
        observed=observed,
        median=float(np.median(sample)),
        crps=crps(sample, observed),
        log_score=log_score(sample, observed),
        pit=pit(sample, observed),
        covered_50=covered[50],
        covered_80=covered[80],
        covered_90=covered[90],
        width_90=intervals[90][1] - intervals[90][0],
    )
