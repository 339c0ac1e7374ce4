"""The largest run so far: what was recorded is uncertain, and of what came after the last records nothing is known."""

from __future__ import annotations

import math

import numpy as np

from forecast.fit.history import History
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
    scatter = np.square(dispersion)[:, np.newaxis]
    error = np.square(history.run_error)
    residual = history.run_compute - expected
    freedom = tail[:, np.newaxis]
    precision = generator.standard_gamma((freedom + 1.0) / 2.0, residual.shape) / (
        (freedom + residual**2 / (scatter + error)) / 2.0
    )
    share = scatter / (scatter + error)
    spread = np.sqrt(share * error / precision)
    truth = expected + share * residual + spread * generator.standard_normal(residual.shape)
    return np.asarray(truth.max(axis=1))


def largest_unseen(
    level: Array, releases: Array, dispersion: Array, tail: Array, generator: np.random.Generator
) -> Array:
    """The largest of the runs that were released after the last well-observed date and whose compute nobody published.

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
