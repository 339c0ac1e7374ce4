"""Quantile functions that turn uniform numbers into normal and Student-t ones, fast enough for millions of paths.

SciPy computes both number by number. Here the normal quantile is read off a table of parabolas, and the Student-t one
is a smooth correction of the normal one (Wallace 1959), interpolated by Chebyshev polynomials. Tables and coefficients
are made from SciPy's functions when they are first needed; what lies outside of them is left to SciPy. Every number is
a function of its own arguments alone, so results do not depend on how numbers are grouped.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from forecast.compiled import hastened, machine_code
from forecast.units import Array

# The table of normal quantiles: cells for each halving of the tail's probability, and how many halvings. A parabola
# errs there by less than 2e-11, and the cells in common use fit into the cache beside a block of numbers.
_CELL_BITS = 10
_HALVINGS = 40
_SHIFT = 52 - _CELL_BITS
_WITHIN = (1 << _SHIFT) - 1
_ONE = 0x3FF << 52
_FIRST = (0x3FF - _HALVINGS) << _CELL_BITS
# The interpolation of the Student-t: up to which normal score, from how many degrees of freedom on, and the
# degrees of its polynomials. It errs by less than 1e-9 of the value.
_FARTHEST = 3.5
_FEWEST = 3.0
_SCORE_TERMS = 14
_FREEDOM_TERMS = 12


def normal(u: Array) -> Array:
    """Standard normal quantiles: the values below which shares `u` of the probability lie.

    Args:
        u: Probabilities, any shape.

    Returns:
        The quantiles, within 2e-11; infinite at 0 and 1.
    """
    shape, u = np.shape(u), np.atleast_1d(np.ascontiguousarray(u, dtype=float))
    result = _looked_up(u) if hastened() else _read_off(u)
    return result.reshape(shape)


def _read_off(u: Array) -> Array:
    tail = np.minimum(u, 1.0 - u)
    # The bits of a floating-point number are its exponent, then the place between two powers of two: a logarithm and
    # a straight line for nothing.
    bits = tail.view(np.int64)
    cell = bits >> _SHIFT
    cell -= _FIRST
    bits &= _WITHIN
    bits |= _ONE
    tail -= 1.0
    constant, slope, bend = _parabolas()
    result: Array = bend.take(cell, mode="clip")
    result *= tail
    result += slope.take(cell, mode="clip")
    result *= tail
    result += constant.take(cell, mode="clip")
    if cell.min() < 0:
        _compute(u, cell < 0, result)
    np.copysign(result, u - 0.5, out=result)
    return result


def _looked_up(u: Array) -> Array:
    result: Array = np.empty_like(u)
    if machine_code(_look_up)(u.ravel(), *_parabolas(), result.ravel()):
        tail = np.minimum(u, 1.0 - u)
        _compute(u, tail < 2.0**-_HALVINGS, result)
        np.copysign(result, u - 0.5, out=result)
    return result


def _look_up(u: Array, constant: Array, slope: Array, bend: Array, result: Array) -> bool:
    """The same as `_read_off` number by number; whether some lie before the table."""
    for place in range(u.size):
        other = 1.0 - u[place]
        result[place] = min(other, u[place])
    bits, lowest = result.view(np.int64), 0
    for place in range(u.size):
        within = (bits[place] & _WITHIN) * 2.0**-52
        number = (bits[place] >> _SHIFT) - _FIRST
        lowest = min(lowest, number)
        # A number without a sign: one with a sign could count from the end, which would have to be looked at.
        cell = np.uint64(max(number, 0))
        value = abs((bend[cell] * within + slope[cell]) * within + constant[cell])
        result[place] = value if u[place] >= 0.5 else -value
    return lowest < 0


def _compute(u: Array, which: NDArray[np.bool_], result: Array) -> None:
    result[which] = ndtri(np.minimum(u, 1.0 - u)[which])


def student(freedom: Array | float, u: Array) -> Array:
    """Quantiles of Student's t with `freedom` degrees of freedom: the values below which shares `u` lie.

    Args:
        freedom: Degrees of freedom, of a shape that broadcasts with `u`.
        u: Probabilities.

    Returns:
        The quantiles, within 1e-9 of their value.
    """
    shape = np.broadcast_shapes(np.shape(freedom), np.shape(u))
    u, freedom = np.atleast_1d(np.asarray(u, dtype=float)), np.atleast_1d(np.asarray(freedom, dtype=float))
    score = normal(u)
    outside = (np.abs(score) > _FARTHEST) | (freedom < _FEWEST)
    np.clip(score, -_FARTHEST, _FARTHEST, out=score)
    within = np.maximum(freedom, _FEWEST)
    inverse = 2.0 * _FEWEST / within - 1.0
    square = score * score
    square *= 2.0 / _FARTHEST**2
    square -= 1.0
    powers = _horner(_corrections().reshape(_FREEDOM_TERMS, _SCORE_TERMS, *[1] * inverse.ndim), inverse)
    ratio = _horner(powers, square)
    # Wallace: sqrt(n ln(1 + t^2 / n)) is nearly the normal score; `ratio` is how nearly.
    ratio *= score
    result: Array = np.copysign(np.sqrt(np.expm1(ratio * ratio / within) * within), score)
    if outside.any():
        freedom, u, outside = np.broadcast_arrays(freedom, u, outside)
        result[outside] = stdtrit(freedom[outside], u[outside])
    return result.reshape(shape)


def _horner(coefficients: Array, x: Array) -> Array:
    """The polynomial whose coefficients run along the first axis, lowest power first."""
    result: Array = coefficients[-1] * x
    for coefficient in coefficients[-2:0:-1]:
        result += coefficient
        result *= x
    result += coefficients[0]
    return result


@cache
def _parabolas() -> NDArray[np.float64]:
    """Coefficients of one parabola a cell, lowest power first: shape ``(3, cell)``; neighbours meet at their edges."""
    width = 2.0**-_CELL_BITS
    nodes = np.array([0.0, 0.5, 1.0])
    places = 1.0 + (np.arange(2**_CELL_BITS) + nodes[:, np.newaxis]) * width
    powers = 2.0 ** np.arange(-_HALVINGS, 0.0)
    # Beyond one half only the first value counts, where the quantile is zero.
    tails = np.minimum(powers[:, np.newaxis] * places[:, np.newaxis], 0.75).reshape(len(nodes), -1)
    values = -ndtri(tails)
    # Sums written out rather than a product of matrices, whose last bit depends on the library behind it.
    inverse = np.linalg.inv(np.vander(nodes * width, increasing=True))
    return np.array(
        [sum(weight * row for weight, row in zip(weights, values, strict=True)) for weights in inverse]
    )


@cache
def _corrections() -> NDArray[np.float64]:
    """Powers of the inverse degrees of freedom (rows) and of the squared score (columns), both from -1 to 1."""
    scores, freedoms = (
        np.cos(np.pi * (np.arange(terms) + 0.5) / terms) for terms in (_SCORE_TERMS, _FREEDOM_TERMS)
    )
    z = np.sqrt(0.5 * (scores + 1.0))[:, np.newaxis] * _FARTHEST
    n = 2.0 * _FEWEST / (freedoms + 1.0)
    t = -stdtrit(n, ndtr(-z))
    ratio = np.sqrt(n * np.log1p(t * t / n)) / z
    fitted = _interpolated(_interpolated(ratio, scores).T, freedoms).T
    rows = np.array([chebyshev.cheb2poly(row) for row in fitted])
    return np.array([chebyshev.cheb2poly(column) for column in rows.T])


def _interpolated(values: NDArray[np.float64], nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chebyshev coefficients along the first axis from values at Chebyshev nodes (discrete orthogonality)."""
    size = len(nodes)
    weights = chebyshev.chebvander(nodes, size - 1) * (2.0 / size)
    weights[:, 0] /= 2.0
    return np.array([(weights[:, [term]] * values).sum(axis=0) for term in range(size)])
