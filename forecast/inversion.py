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
_MINUS = np.int64(-(2**63))
_CHUNK = 16384
_FIRST = (0x3FF - _HALVINGS) << _CELL_BITS
_LEAST = 2.0**-_HALVINGS
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
    result: Array = np.empty_like(u)
    flat, found = u.reshape(-1), result.reshape(-1)
    # Some thousand at a time, so that what comes in between stays in the cache.
    for start in range(0, flat.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        _read_off_some(flat[part], found[part])
    return result


def _read_off_some(u: Array, result: Array) -> None:
    tail = 1.0 - u
    np.minimum(u, tail, out=tail)
    # The leading bits of a floating-point number are its exponent and the place between two powers of two: a logarithm
    # and a straight line for nothing.
    cell = tail.view(np.int64) >> _SHIFT
    constant, slope, bend = _parabolas()
    term: Array = np.empty_like(u)
    bend.take(cell, mode="clip", out=result)
    result *= tail
    result += slope.take(cell, mode="clip", out=term)
    result *= tail
    result += constant.take(cell, mode="clip", out=term)
    if tail.min() < _LEAST:
        _compute(u, tail < _LEAST, result)
    # What is below the middle gets a minus: as whole numbers this takes half as long as `numpy.copysign`.
    side = np.subtract(u, 0.5, out=tail).view(np.int64)
    side &= _MINUS
    result.view(np.int64)[...] ^= side


def _looked_up(u: Array) -> Array:
    result: Array = np.empty_like(u)
    flat, found = u.reshape(-1), result.reshape(-1)
    if machine_code(_look_up)(flat, *_parabolas(), found):
        least = np.minimum(flat, 1.0 - flat) < _LEAST
        _compute(flat, least, found)
        found[least & (flat < 0.5)] *= -1.0
    return result


def _look_up(u: Array, constant: Array, slope: Array, bend: Array, result: Array) -> bool:
    """The same as `_read_off` number by number; whether some lie before the table."""
    for place in range(u.size):
        result[place] = min(u[place], 1.0 - u[place])
    bits, lowest = result.view(np.int64), np.uint64(_FIRST)
    for place in range(u.size):
        # A number without a sign: one with a sign could count from the end, which would have to be looked at.
        cell = np.uint64(bits[place] >> _SHIFT)
        lowest = min(lowest, cell)
        tail = result[place]
        value = (bend[cell] * tail + slope[cell]) * tail + constant[cell]
        result[place] = -value if u[place] < 0.5 else value
    return bool(lowest < _FIRST)


def _compute(u: Array, which: NDArray[np.bool_], result: Array) -> None:
    result[which] = -ndtri(np.minimum(u, 1.0 - u)[which])


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
    """Coefficients of one parabola a cell in the tail's probability, lowest power first: shape ``(3, cell)``.

    The number of a cell is what the leading bits of its probabilities are; so there are many before the table, which
    nobody looks at and which take no memory. Neighbours meet at their edges.
    """
    width = 2.0**-_CELL_BITS
    nodes = np.array([0.0, 0.5, 1.0])
    starts = 1.0 + np.arange(2**_CELL_BITS) * width
    powers = 2.0 ** np.arange(-_HALVINGS, 0.0)[:, np.newaxis]
    tails = powers * (starts + nodes[:, np.newaxis, np.newaxis] * width)
    # In the last row only the first value counts, one half, where the quantile is zero.
    values = -ndtri(np.minimum(tails, 0.5))
    # Sums written out rather than a product of matrices, whose last bit depends on the library behind it.
    inverse = np.linalg.inv(np.vander(nodes * width, increasing=True))
    constant, slope, bend = (
        sum(weight * row for weight, row in zip(weights, values, strict=True)) for weights in inverse
    )
    # From what lies beyond the start of the cell, in units of the power of two, to the tail itself.
    found = np.zeros((3, _FIRST + starts.size * powers.size))
    found[:, _FIRST:] = np.array(
        [
            (constant - slope * starts + bend * starts**2).ravel(),
            ((slope - 2.0 * bend * starts) / powers).ravel(),
            (bend / powers**2).ravel(),
        ]
    )
    return found


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
