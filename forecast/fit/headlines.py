"""The few figures by which a fit is judged, and how people read each fitted quantity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.fit.published import CREDIBLE, PROBABILITY
from forecast.fit.smoothing import quantiles
from forecast.units import Array


@dataclass(frozen=True)
class Interval:
    """A quantity as people read it: median and ends, and what the ends mean.

    Attributes:
        low: Lower end.
        median: Median.
        high: Upper end.
        unit: Unit of all three.
        probability: Probability of the interval.
        kind: Kind of the interval.
    """

    low: float
    median: float
    high: float
    unit: str
    probability: float = PROBABILITY
    kind: str = CREDIBLE


@dataclass(frozen=True)
class Wording:
    """What a quantity is called and how it is shown: its unit, and whether its draws are logarithms of that."""

    label: str
    unit: str
    logarithm: bool = False


HEADLINES: Mapping[str, Wording] = {
    "cost_growth": Wording("growth of cost, realised", "x a year", logarithm=True),
    "cost_growth_now": Wording("growth of cost, in force", "x a year", logarithm=True),
    "compute_growth": Wording("growth of compute, realised", "x a year", logarithm=True),
    "compute_growth_now": Wording("growth of compute, in force", "x a year", logarithm=True),
    "price_performance_growth": Wording("growth of compute per dollar, realised", "x a year", logarithm=True),
    "price_performance_growth_now": Wording(
        "growth of compute per dollar, in force", "x a year", logarithm=True
    ),
    "frontier_compute_now": Wording("compute of the median frontier run", "FLOP", logarithm=True),
    "price_performance_now": Wording("compute per dollar", "FLOP/USD of 2023", logarithm=True),
}
"""What the sensitivity to priors and to rows is measured on."""

QUANTITIES: Mapping[str, Wording] = {
    "frontier_compute_growth": Wording("growth of compute, in force at the end", "x a year", logarithm=True),
    "frontier_compute_mean_growth": Wording("growth of compute, realised", "x a year", logarithm=True),
    "price_performance_growth": Wording(
        "growth of compute per dollar, in force at the end", "x a year", logarithm=True
    ),
    "price_performance_mean_growth": Wording(
        "growth of compute per dollar, realised", "x a year", logarithm=True
    ),
    "cost_growth": Wording("growth of cost, in force at the end", "x a year", logarithm=True),
    "chip_growth": Wording("growth of chips' FLOP/s per dollar", "x a year", logarithm=True),
    "frontier_compute_now": Wording(
        "compute of the median run at the end, over the mean run", "x", logarithm=True
    ),
    "price_performance_now": Wording("compute per dollar at the end, over its mean", "x", logarithm=True),
    "record_compute_known": Wording("largest recorded run, over the mean run", "x", logarithm=True),
    "compute_level": Wording("compute level, over the mean of the data", "x", logarithm=True),
    "price_performance_level": Wording(
        "compute per dollar level, over the mean of the data", "x", logarithm=True
    ),
    "chip_level": Wording("chips' level, over the mean of the data", "x", logarithm=True),
    "tpu": Wording("compute per dollar, TPU over GPU", "x", logarithm=True),
    "chip_own": Wording("chips at their maker's cost, over bought ones", "x", logarithm=True),
    "fade_time": Wording("time in which growth above the floor falls to a third", "years", logarithm=True),
    "floor_share": Wording("odds of the floor's share of mean growth", "odds", logarithm=True),
    "cloud": Wording("cloud over amortised cost", "x", logarithm=True),
    "acquisition": Wording("acquisition over amortised cost", "x", logarithm=True),
    "run_dispersion": Wording("scatter of compute within a lab", "ln"),
    "run_lab": Wording("scatter of compute between labs", "ln"),
    "run_tail": Wording("tail of the scatter of compute", "degrees of freedom"),
    "level_walk": Wording("volatility of compute's level", "ln per root year"),
    "slope_walk": Wording("volatility of compute's growth", "ln per year per root year"),
    "price_performance_dispersion": Wording("scatter of compute per dollar within a lab", "ln"),
    "price_performance_lab": Wording("scatter of compute per dollar between labs", "ln"),
    "price_performance_walk": Wording("volatility of compute per dollar", "ln per root year"),
    "chip_dispersion": Wording("scatter of chips", "ln"),
    "cloud_dispersion": Wording("scatter of cloud over amortised cost", "ln"),
    "acquisition_dispersion": Wording("scatter of acquisition over amortised cost", "ln"),
}
"""The top-level parameters and what is made of them, as the prior, the calibration and the report name them."""


def headlines(everything: Mapping[str, Array]) -> dict[str, Array]:
    """Draws of the headline figures, as natural logarithms or rates, each of shape ``(draws,)``.

    Args:
        everything: What ``trends`` of the model returned.
    """
    compute, per_dollar = (
        everything["frontier_compute_mean_growth"],
        everything["price_performance_mean_growth"],
    )
    compute_now, per_dollar_now = (
        everything["frontier_compute_growth"],
        everything["price_performance_growth"],
    )
    return {
        "cost_growth": compute - per_dollar,
        "cost_growth_now": compute_now - per_dollar_now,
        "compute_growth": compute,
        "compute_growth_now": compute_now,
        "price_performance_growth": per_dollar,
        "price_performance_growth_now": per_dollar_now,
        "frontier_compute_now": np.log(everything["frontier_compute_now"]),
        "price_performance_now": np.log(everything["price_performance_now"]),
    }


def interval(values: Array, wording: Wording, weights: Array | None = None) -> Interval:
    """Median and equal-tailed interval of draws, as people read them.

    Args:
        values: Draws, as the wording says logarithms or not.
        wording: What they are.
        weights: Weights of the draws; equal ones unless given.
    """
    tail = (1.0 - PROBABILITY) / 2.0
    if weights is None:
        low, median, high = (float(value) for value in np.quantile(values, [tail, 0.5, 1.0 - tail]))
    else:
        low, median, high = quantiles(values, weights, (tail, 0.5, 1.0 - tail))
    if wording.logarithm:
        low, median, high = math.exp(low), math.exp(median), math.exp(high)
    return Interval(low, median, high, wording.unit)
