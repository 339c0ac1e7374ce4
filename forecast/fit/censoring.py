r"""How likely a run is of which only bounds are known: the Student-t's probability between them, and draws from there.

A run whose compute nobody published enters the likelihood by a probability in place of a density: that its record, had
there been one, lay between the bounds that `forecast.fit.history.bounded_runs` knows. With ``psi = atan2(sqrt(nu), z)``
the integral of a Student-t has finite ends and no tails,

    P(z_low < z < z_high) = integral of sin(psi)^(nu - 1) from psi(z_high) to psi(z_low), over B(1/2, nu/2).

Two dozen nodes of Gauss and Legendre give it to eight digits from two to twenty degrees of freedom, to six at thirty
and three at sixty, with gradients of elementary functions; the incomplete beta function has none that a sampler could
afford.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.units import Array

BEYOND = 1e6
"""Stands in for an infinite bound [ln], where arithmetic with infinities would give no number."""

_NODES = 24


def log_probability(low: Any, high: Any, tail: Any, calculus: Any) -> Any:
    """Log probability that a standard Student-t lies between two finite bounds, shape ``(n,)``.

    Args:
        low: Lower bounds, shape ``(n,)``.
        high: Upper bounds, shape ``(n,)``.
        tail: Degrees of freedom, a scalar of at least one.
        calculus: PyTensor's tensors, or any module of arrays with the same functions.
    """
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    root = calculus.sqrt(tail)
    begin, end = calculus.arctan2(root, high), calculus.arctan2(root, low)
    angle = begin[:, np.newaxis] + (end - begin)[:, np.newaxis] * (0.5 + 0.5 * points)
    heights = (tail - 1.0) * calculus.log(calculus.sin(angle)) + np.log(0.5 * weights)
    beta = math.lgamma(0.5) + calculus.gammaln(0.5 * tail) - calculus.gammaln(0.5 * (tail + 1.0))
    return calculus.logsumexp(heights, axis=1) + calculus.log(end - begin) - beta


def exact_log_probability(low: Array, high: Array, tail: Array) -> Array:
    """The same by the incomplete beta function, with infinite bounds and any shapes that broadcast; no gradients.

    Args:
        low: Lower bounds.
        high: Upper bounds.
        tail: Degrees of freedom.
    """
    lower, upper, _ = _ends(low, high, tail)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(upper - lower))


def draw_between(low: Array, high: Array, tail: Array, generator: np.random.Generator) -> Array:
    """Draws of a standard Student-t given that it lies between two bounds.

    Args:
        low: Lower bounds.
        high: Upper bounds, of the same shape.
        tail: Degrees of freedom; broadcasts.
        generator: Source of chance.
    """
    from scipy.special import stdtrit

    lower, upper, turned = _ends(low, high, tail)
    found = stdtrit(tail, lower + (upper - lower) * generator.random(lower.shape))
    # Rounding in the far tail must not carry a draw out of its bounds.
    return np.asarray(np.clip(np.where(turned, -found, found), low, high))


def _ends(low: Array, high: Array, tail: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Cumulative probabilities of both bounds, turned around above the middle, where digits would cancel."""
    from scipy.special import stdtr

    turned = np.asarray(low) > 0.0
    return (
        np.asarray(stdtr(tail, np.where(turned, -np.asarray(high), low))),
        np.asarray(stdtr(tail, np.where(turned, -np.asarray(low), high))),
        turned,
    )
