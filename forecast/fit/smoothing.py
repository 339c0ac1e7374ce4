"""Pareto-smoothed importance sampling: draws of one posterior weighed as draws of a slightly different one.

Leaving out a row, or changing the strength of a prior, changes the posterior a little; the draws that are
there, weighed by the ratio of the densities, then stand for the changed one without sampling again. The
largest weights are replaced by quantiles of a generalised Pareto distribution fitted to them, and the shape
``k`` of that distribution says whether the weights can be trusted (Vehtari, Simpson, Gelman, Yao and Gabry
2024, https://arxiv.org/abs/1507.02646).

ArviZ has this too, under another name in each of its generations and after seconds of import; a test compares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forecast.units import Array

LARGEST_K = 0.7
"""Above this shape the weights have too heavy a tail for a few thousand draws: the posterior must be sampled again."""


@dataclass(frozen=True)
class Weights:
    """Normalised weights of the draws, and whether they can be trusted.

    Attributes:
        values: Weights that sum to one, shape ``(draws,)``.
        k: Shape of the tail of the raw weights.
    """

    values: Array
    k: float

    @property
    def reliable(self) -> bool:
        """Whether the weighted draws stand for the changed posterior."""
        return self.k <= LARGEST_K

    @property
    def effective(self) -> float:
        """The number of equally weighted draws that would be worth as much (Kish)."""
        return float(1.0 / np.square(self.values).sum())


def smoothed(log_ratios: Array) -> Weights:
    """Weights from the logarithm of the ratio of the wanted density to the sampled one.

    Args:
        log_ratios: One a draw, up to a constant, shape ``(draws,)``.
    """
    logs = np.asarray(log_ratios, dtype=float)
    logs = logs - logs.max()
    count = len(logs)
    tail = math.ceil(min(0.2 * count, 3.0 * math.sqrt(count)))
    order = np.argsort(logs, kind="stable")
    largest = order[-tail:]
    cutoff = max(float(logs[order[-tail - 1]]), math.log(np.finfo(float).tiny))
    excess = np.exp(logs[largest]) - math.exp(cutoff)
    k = math.inf
    # Equal weights have no tail: nothing to smooth, and nothing to distrust.
    if tail < 5 or float(excess[-1]) < 1e-10:
        k = -math.inf
    elif (above := excess[excess > 0.0]).size >= 5:
        k, scale = pareto_fit(above)
        places = (np.arange(1, tail + 1) - 0.5) / tail
        quantiles = _pareto_quantile(places, k, scale) + math.exp(cutoff)
        logs = logs.copy()
        logs[largest] = np.minimum(np.log(quantiles), 0.0)
    weights = np.exp(logs - logs.max())
    return Weights(values=np.asarray(weights / weights.sum()), k=k)


def pareto_fit(values: Array) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution (Zhang and Stephens 2009), shape drawn towards 1/2.

    Args:
        values: Positive values in ascending order.

    Returns:
        Shape ``k`` (positive means a heavy tail) and scale.
    """
    count = len(values)
    grid = 30 + int(math.sqrt(count))
    quarter = float(values[int(count / 4.0 + 0.5) - 1])
    places = 1.0 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))
    inverse = places / (3.0 * quarter) + 1.0 / float(values[-1])
    shapes = np.log1p(-inverse[:, np.newaxis] * values).mean(axis=1)
    profile = count * (np.log(-inverse / shapes) - shapes - 1.0)
    weights = np.exp(profile - profile.max())
    best = float((inverse * weights).sum() / weights.sum())
    shape = float(np.log1p(-best * values).mean())
    scale = -shape / best
    return (count * shape + 10.0 * 0.5) / (count + 10.0), scale


def _pareto_quantile(places: Array, shape: float, scale: float) -> Array:
    if abs(shape) < 1e-12:
        return np.asarray(-scale * np.log1p(-places))
    return np.asarray(scale * np.expm1(-shape * np.log1p(-places)) / shape)


def quantiles(values: Array, weights: Array, places: tuple[float, ...]) -> tuple[float, ...]:
    """Quantiles of weighted draws.

    Args:
        values: The draws.
        weights: Their weights, which sum to one.
        places: Which quantiles.
    """
    order = np.argsort(values, kind="stable")
    # The middle of each draw's own stretch, so that equal weights give the usual quantiles.
    reached = np.cumsum(weights[order]) - 0.5 * weights[order]
    return tuple(float(np.interp(place, reached, values[order])) for place in places)
