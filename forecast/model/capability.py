"""What the money buys: effective compute and what it means for benchmark scores."""

from __future__ import annotations

import numpy as np

from forecast.units import (
    Decades,
    Distance,
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
    """The record run in compute of GPT-4's time: chips times algorithms, less what a data shortage takes.

    Equation:
        training_compute * algorithmic_efficiency * data_factor

    Leaves out:
        Compute spent when a model is used, and what post-training adds beyond its compute.
    """
    return training_compute * algorithmic_efficiency * data_factor


def capability_decades(effective_compute: Flop, reference_compute: Flop) -> Decades:
    """Orders of magnitude of effective compute above GPT-4.

    Equation:
        log10(effective_compute / reference_compute)

    Leaves out:
        Capability that no compute of training explains, such as tools and search.
    """
    return np.log10(effective_compute / reference_compute)


def capability_index(capability_decades: Decades, points_per_decade: PointsPerDecade) -> Points:
    """Points above GPT-4 on an index of many benchmarks that is linear in the logarithm of effective compute.

    Equation:
        points_per_decade * capability_decades

    Leaves out:
        That an index has ceilings and that its slope changed before (it rose faster in 2026).
    """
    return points_per_decade * capability_decades


def mmlu(
    effective_compute: Flop,
    reference_compute: Flop,
    mmlu_reference: LogRatio,
    mmlu_slope: Ratio,
    mmlu_chance: Share,
) -> Share:
    """Share of MMLU questions answered right: logistic above chance and saturated from 2023 on.

    Equation:
        h = mmlu_reference + mmlu_slope * log10(effective_compute / reference_compute)
        mmlu_chance + (1 - mmlu_chance) / (1 + exp(-h))

    Leaves out:
        The slope was fitted on the compute of training alone, so with algorithms counted in the
        curve saturates early; wrong questions keep real scores below one.
    """
    height = mmlu_reference + mmlu_slope * np.log10(effective_compute / reference_compute)
    return mmlu_chance + (1.0 - mmlu_chance) / (1.0 + np.exp(-height))


def marginal_cost(compute_cost: Usd, points_per_decade: PointsPerDecade) -> UsdPerPoint:
    """What one more index point would cost this year by more compute alone.

    Equation:
        compute_cost * ln(10) / points_per_decade

    Leaves out:
        That better algorithms are the cheaper way to the same point.
    """
    return compute_cost * np.log(10.0) / points_per_decade


def generations(capability_decades: Decades) -> Decades:
    """Model generations, each ten times the effective compute, since the first year of the forecast.

    Equation:
        capability_decades[t] - capability_decades[first year]

    Leaves out:
        That generations are named by labs, not by compute.
    """
    return capability_decades - capability_decades[..., :1, :]


def generation_cost(
    effective_compute: Flop, algorithmic_efficiency: Ratio, record_price_performance: FlopPerUsd
) -> Usd:
    """What the next generation costs in compute at the year's prices and with its algorithms.

    A generation is ten times the effective compute of the record run of the forecast's first year. That data could be
    short for it is left out.

    Equation:
        10 * effective_compute[first year] / (algorithmic_efficiency * record_price_performance)

    Leaves out:
        Data and labels of that run, and a shortage of data.
    """
    return 10.0 * effective_compute[..., :1, :] / (algorithmic_efficiency * record_price_performance)


def open_weights_gap(capability_index: Points, open_weights_lag: Years, elapsed: Elapsed) -> Points:
    """Index points by which the best model with open weights trails the record model.

    The lag in capability times the growth of the index to the next year (in the last year: from the one before).

    Equation:
        v[t] = (capability_index[t+1] - capability_index[t]) / (elapsed[t+1] - elapsed[t])
        v[last year] = v[the year before]
        open_weights_lag * max(v[t], 0)

    Leaves out:
        That the lag differs by task: open models are nearer on public benchmarks than in use.
    """
    speed = np.diff(capability_index, axis=-2) / np.diff(elapsed, axis=-2)
    speed = np.concatenate([speed, speed[..., -1:, :]], axis=-2)
    return open_weights_lag * np.maximum(speed, 0.0)


def leapfrog_time(capability_decades: Decades, leapfrog_distance: Distance, elapsed: Elapsed) -> Years:
    """How long the year's record model stays within a stated distance of the frontier, which moves on.

    The distance over the growth of capability to the next year (in the last year: from the one before), at most
    `LONGEST_LEAD` years.

    Equation:
        v[t] = (capability_decades[t+1] - capability_decades[t]) / (elapsed[t+1] - elapsed[t])
        v[last year] = v[the year before]
        min(leapfrog_distance / v, 20 years), and 20 years where v <= 0

    Leaves out:
        Which lab overtakes, and that releases come in steps within a year.
    """
    speed = np.diff(capability_decades, axis=-2) / np.diff(elapsed, axis=-2)
    speed = np.concatenate([speed, speed[..., -1:, :]], axis=-2)
    return leapfrog_distance / np.maximum(speed, leapfrog_distance / LONGEST_LEAD)
