"""The largest run so far: what was recorded is uncertain, and of what came after the last records nothing is known."""

from __future__ import annotations

import math

import numpy as np

from forecast.fit.censoring import draw_between
from forecast.fit.history import MEASUREMENT_ERROR, History
from forecast.units import Array


def largest_known(
    history: History, expected: Array, dispersion: Array, tail: Array, generator: np.random.Generator
) -> Array:
    """The true compute of the largest recorded run, given what was recorded of every run.

    A run's record is its true compute with a measurement error. Both scatter and error belong to one
    Student-t, which is a normal whose precision is multiplied by a gamma variable: given the residual, first
    that variable is drawn, then the truth between the expected and the recorded value. A speculative record
    high above the trend is thus pulled back towards it.

    Args:
        history: The recorded runs.
        expected: Expected log compute of each run with its lab's effect, shape ``(draws, runs)``.
        dispersion: Scale of the scatter of true compute, shape ``(draws,)``.
        tail: Degrees of freedom, shape ``(draws,)``.
        generator: Source of chance.

    Returns:
        Log compute of the largest run, shape ``(draws,)``.
    """
    if not len(history.run_compute):
        return np.full(len(tail), -math.inf)
    truth = _truth(history.run_compute, history.run_error, expected, dispersion, tail, generator)
    return np.asarray(truth.max(axis=1))


def largest_bounded(
    history: History, expected: Array, dispersion: Array, tail: Array, generator: np.random.Generator
) -> Array:
    """The true compute of the largest of the runs of which bounds are known.

    Args:
        history: Has the bounds.
        expected: Expected log compute of each of them with its lab's effect, shape ``(draws, runs)``.
        dispersion: Scale of the scatter of true compute, shape ``(draws,)``.
        tail: Degrees of freedom, shape ``(draws,)``.
        generator: Source of chance.

    Returns:
        Log compute of the largest run, minus infinity where there is none, shape ``(draws,)``.
    """
    if not len(history.bounded_time):
        return np.full(len(tail), -math.inf)
    error = np.full(len(history.bounded_time), MEASUREMENT_ERROR["unknown"])
    scale = np.hypot(dispersion[:, np.newaxis], error)
    low, high = ((bound - expected) / scale for bound in (history.bounded_low, history.bounded_high))
    # What would have been recorded lies between the bounds; the truth follows from it as from any record.
    recorded = expected + scale * draw_between(low, high, tail[:, np.newaxis], generator)
    truth = _truth(recorded, error, expected, dispersion, tail, generator)
    return np.asarray(truth.max(axis=1))


def _truth(
    recorded: Array,
    error: Array,
    expected: Array,
    dispersion: Array,
    tail: Array,
    generator: np.random.Generator,
) -> Array:
    """True log compute of each run given its record, shape ``(draws, runs)``."""
    scatter, freedom = np.square(dispersion)[:, np.newaxis], tail[:, np.newaxis]
    residual = recorded - expected
    precision = generator.standard_gamma((freedom + 1.0) / 2.0, residual.shape) / (
        (freedom + residual**2 / (scatter + error**2)) / 2.0
    )
    share = scatter / (scatter + error**2)
    spread = np.sqrt(share * error**2 / precision)
    return np.asarray(expected + share * residual + spread * generator.standard_normal(residual.shape))


def largest_unseen(
    level: Array, releases: Array, dispersion: Array, tail: Array, generator: np.random.Generator
) -> Array:
    """The largest of the runs of which nothing is known, not even their names.

    Args:
        level: Level of the trend at the end of each step of that time, shape ``(draws, steps)``.
        releases: Expected number of releases in all of that time, shape ``(draws,)``.
        dispersion: Scale of a run's scatter about the level, shape ``(draws,)``.
        tail: Degrees of freedom of that scatter, shape ``(draws,)``.
        generator: Source of chance.

    Returns:
        Log compute of the largest, minus infinity where there was no release, shape ``(draws,)``.
    """
    steps = level.shape[1]
    counts = generator.poisson(np.broadcast_to((releases / steps)[:, np.newaxis], level.shape))
    most = int(counts.max(initial=0))
    largest = np.full(len(level), -math.inf)
    for number in range(most):
        scatter = dispersion[:, np.newaxis] * generator.standard_t(
            np.broadcast_to(tail[:, np.newaxis], level.shape)
        )
        runs = np.where(counts > number, level + scatter, -math.inf)
        largest = np.maximum(largest, runs.max(axis=1))
    return largest
