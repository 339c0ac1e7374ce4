"""What the money buys: effective compute and what it means for benchmark scores."""

from __future__ import annotations

import numpy as np

from forecast.units import (
    Decades,
    Elapsed,
    Flop,
    FlopPerUsd,
    LogRatio,
    Points,
    PointsPerDecade,
    Ratio,
    Share,
    Usd,
    UsdPerPoint,
    Years,
)

# A frontier that stands still is never overtaken; beyond this the time says only "very long".
LONGEST_LEAD = 20.0


def effective_compute(training_compute: Flop, algorithmic_efficiency: Ratio, data_factor: Ratio) -> Flop:
    """The record run in compute of GPT-4's time: chips times algorithms, less what a data shortage takes."""
    return training_compute * algorithmic_efficiency * data_factor


def capability_decades(effective_compute: Flop, reference_compute: Flop) -> Decades:
    """Orders of magnitude of effective compute above GPT-4."""
    return np.log10(effective_compute / reference_compute)


def capability_index(capability_decades: Decades, points_per_decade: PointsPerDecade) -> Points:
    """Points above GPT-4 on an index of many benchmarks that is linear in the logarithm of effective compute."""
    return points_per_decade * capability_decades


def mmlu(
    effective_compute: Flop,
    reference_compute: Flop,
    mmlu_reference: LogRatio,
    mmlu_slope: Ratio,
    mmlu_chance: Share,
) -> Share:
    """Share of MMLU questions answered right: logistic above chance and saturated from 2023 on."""
    height = mmlu_reference + mmlu_slope * np.log10(effective_compute / reference_compute)
    return mmlu_chance + (1.0 - mmlu_chance) / (1.0 + np.exp(-height))


def marginal_cost(compute_cost: Usd, points_per_decade: PointsPerDecade) -> UsdPerPoint:
    """What one more index point would cost this year by more compute alone."""
    return compute_cost * np.log(10.0) / points_per_decade


def generations(capability_decades: Decades) -> Decades:
    """Model generations, each ten times the effective compute, since the first year of the forecast."""
    return capability_decades - capability_decades[..., :1, :]


def generation_cost(
    effective_compute: Flop, algorithmic_efficiency: Ratio, record_price_performance: FlopPerUsd
) -> Usd:
    """What the next generation costs in compute at the year's prices and with its algorithms.

    A generation is ten times the effective compute of the record run of the forecast's first year. That data could be
    short for it is left out.
    """
    return 10.0 * effective_compute[..., :1, :] / (algorithmic_efficiency * record_price_performance)


def leapfrog_time(capability_decades: Decades, leapfrog_distance: Decades, elapsed: Elapsed) -> Years:
    """How long the year's record model stays within a stated distance of the frontier, which moves on.

    The distance over the growth of capability to the next year (in the last year: from the one before), at most
    `LONGEST_LEAD` years.
    """
    speed = np.diff(capability_decades, axis=-2) / np.diff(elapsed, axis=-2)
    speed = np.concatenate([speed, speed[..., -1:, :]], axis=-2)
    return leapfrog_distance / np.maximum(speed, leapfrog_distance / LONGEST_LEAD)
