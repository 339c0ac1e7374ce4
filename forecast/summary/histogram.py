"""Quantiles of any number of values from a few thousand counts, merged exactly in any order and grouping.

The 64 bits of a floating-point number but its sign, read as a whole number, stand in the order of the values. Numbers
that are the same but for the last k bits lie between two marks, 2^(k-52) of their value apart or less. A histogram
counts the values between each two marks (DDSketch, Masson et al. 2019, and HdrHistogram do so with logarithms), and in
columns in which values come again also those on each mark. How many bits a column leaves off is settled once for a
whole run, from its first block: `marks_for`. So few distinct values are told exactly, and so are many values that are
all the same round number, as a share of one is; between two marks values count as evenly spread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.compiled import machine_code
from forecast.summary.counting import LEAST, SLACK, Column, Keys, count, fold
from forecast.summary.moments import Node

# Marks in the middle half of a column's values, at least. Between marks a hundredth of a standard deviation apart
# evenly spread values err by a hundred-thousandth of it, a tenth of the Monte Carlo error of ten million draws.
_RESOLUTION = 128

# Neighbouring buckets whose values are counted in an array; those further out are few and counted one by one.
_NEAR = 2048
# Codes of buckets that are not near which wait until they are worth being counted.
_WAITING = 2**15
_MANTISSA = 52
# The most bits that are left off: 64 marks between a number and its double.
_COARSEST = 46
# So many distinct values at most, among some thousand, are told exactly.
_FEW = 64


class Marks(NamedTuple):
    """How the values of one column are counted.

    ``bits`` is how many bits a mark leaves off; with none each distinct value is a bucket. ``repeats`` says that values
    on a mark are told from those between two. ``folded`` says that what lies between one half and one is counted by
    what it lacks of one. ``first`` is where the near buckets begin, those that have most values: it matters for speed
    alone (`forecast.summary.counting.count`).
    """

    bits: int
    repeats: bool = False
    folded: bool = False
    first: int = 0


def marks_for(values: Column, *, share: bool = False) -> tuple[Marks, ...]:
    """How the columns of one variable are to be counted, so that marks are close where most values are.

    Args:
        values: Some thousand values of each column, shape ``(column, draw)``.
        share: They are shares of a whole, between zero and one.
    """
    # What saturates at one is folded too, whatever it is called.
    folded = share or bool(values.min() >= 0.0 and values.max() == 1.0)
    return tuple(_marks(row, folded=folded) for row in values)


def _marks(values: Column, *, folded: bool) -> Marks:
    looked = np.abs(_folded(values)) if folded else values
    distinct, counts = np.unique(looked, return_counts=True)
    sizes = np.sort(np.abs(looked[looked != 0.0]))
    middle = int(sizes.view(np.int64)[sizes.size // 2]) if sizes.size else 0
    if distinct.size <= min(_FEW, values.size // 16 + 1):
        return Marks(0, folded=folded, first=middle - _NEAR // 2)
    # Zero, and a share of one, are told apart anyway.
    varied = np.abs(distinct) > LEAST
    distinct, repeated = distinct[varied], bool(np.any(counts[varied] > 1))
    low, high = distinct[distinct.size // 4], distinct[-1 - distinct.size // 4]
    if low > 0.0 or high < 0.0:
        ends = np.abs(np.array([low, high])).view(np.int64)
        bits = np.log2(abs(float(ends[1] - ends[0])) / _RESOLUTION)
    else:
        bits = _MANTISSA + np.log2((high - low) / _RESOLUTION) - np.log2(max(abs(low), abs(high)))
    bits = int(np.clip(np.floor(bits), 1, _COARSEST))
    repeats = repeated and bits > 2 * SLACK.bit_length()
    place = (middle + SLACK >> bits) * 2 if repeats else middle >> bits
    return Marks(bits, repeats, folded, first=place - _NEAR // 2)


def _folded(shares: Column) -> Column:
    found = np.empty(shares.shape)
    machine_code(fold)(np.ravel(shares), found.ravel())
    return found


def _nothing() -> Keys:
    return np.zeros(0, dtype=np.int64)


@dataclass
class _Few:
    """Counts by code, in order, and codes that wait to be counted."""

    codes: Keys = field(default_factory=_nothing)
    counts: Keys = field(default_factory=_nothing)
    waiting: list[Keys] = field(default_factory=list)
    size: int = 0

    def add(self, found: Keys) -> None:
        self.waiting.append(found)
        self.size += found.size
        if self.size >= _WAITING:
            self.settle()

    def settle(self) -> None:
        if self.waiting:
            counted = np.unique(np.concatenate(self.waiting), return_counts=True)
            self.codes, self.counts = _joined((self.codes, self.counts), counted)
            self.waiting, self.size = [], 0


class Histograms:
    """The counts of the values of some columns by their bucket.

    The code of a bucket is ``2 m`` for the mark m and ``2 m + 1`` for what lies between it and the next, with a minus
    for negative values. Where each distinct value is a bucket, its code is the value's bits, likewise.
    """

    def __init__(self, marks: Sequence[Marks]) -> None:
        self.marks = tuple(marks)
        self._shift = np.array([each.bits for each in marks], dtype=np.int64)
        self._repeats = np.array([each.repeats for each in marks])
        self._few = [_Few() for _ in marks]
        # Zero is far from all other buckets, and that of labs which do not exist.
        self._zeros = np.zeros(len(marks), dtype=np.int64)
        self._first = np.array([each.first for each in marks], dtype=np.int64)
        # First those of positive values, then those of negative ones.
        self._near = np.zeros((len(marks), 2 * _NEAR), dtype=np.int64)

    def add(self, values: Column) -> Node:
        """Count values, shape ``(column, draw)``, and sum them up.

        Raises:
            FloatingPointError: A value is no number, or too large to be squared for its error.
        """
        folded = self.marks[0].folded
        bits = (_folded(values) if folded else values).view(np.int64)
        far, ends = np.empty(values.shape, dtype=np.int64), np.empty(len(values), dtype=np.int64)
        moments = np.empty((2, len(values)))
        if not machine_code(count)(
            values, bits, self._shift, self._repeats, self._first, self._near, self._zeros, far, ends, moments
        ):
            raise FloatingPointError("a value is no number, or too large to be squared for its error")
        for column in np.flatnonzero(ends).tolist():
            self._few[column].add(far[column, : ends[column]].copy())
        return Node(values.shape[-1], *moments)

    def merge(self, other: Histograms) -> None:
        """Count the values of other histograms of the same columns too.

        Raises:
            ValueError: They have other marks.
        """
        if other.marks != self.marks:
            raise ValueError("the values of both were counted in different ways")
        self._zeros += other._zeros
        self._near += other._near
        for few, more in zip(self._few, other._few, strict=True):
            more.settle()
            if more.codes.size:
                few.settle()
                few.codes, few.counts = _joined((few.codes, few.counts), (more.codes, more.counts))

    def buckets(self, column: int) -> tuple[Keys, Keys]:
        """Which buckets of a column are in use, in order of their codes, and how many values each holds."""
        few, near = self._few[column], self._near[column]
        few.settle()
        used = np.flatnonzero(near)
        places = used % _NEAR + self._first[column]
        if self._shift[column] and not self._repeats[column]:
            places = places * 2 + 1
        zeros = self._zeros[column : column + 1]
        found, counts = _joined(
            (few.codes, few.counts),
            (np.zeros_like(zeros), zeros),
            (np.where(used < _NEAR, places, -places), near[used]),
        )
        return found[counts > 0], counts[counts > 0]

    @classmethod
    def of(cls, marks: Sequence[Marks], buckets: Sequence[tuple[Keys, Keys]]) -> Histograms:
        """The histograms whose counts these are, as `buckets` tells them for each column."""
        found = cls(marks)
        for few, (codes, counts) in zip(found._few, buckets, strict=True):
            few.codes, few.counts = codes, counts
        return found

    @property
    def width(self) -> float:
        """The distance of two marks relative to their value, at most; 0 where every value is told exactly."""
        most = max(each.bits for each in self.marks)
        return 2.0 ** (most - _MANTISSA) if most else 0.0

    def order_statistics(self, column: int) -> Callable[[NDArray[np.int64]], Column]:
        """Tells the values of a column at some places of their order, the first being at 0; exact on a mark."""
        codes, counts = self.buckets(column)
        bottom, top = _ends(codes, self.marks[column])
        # Codes of folded values are not in the order of the values.
        order = np.argsort(bottom, kind="stable")
        bottom, top, counts = bottom[order], top[order], counts[order]
        upto = np.cumsum(counts)

        def at(ranks: NDArray[np.int64]) -> Column:
            place = np.searchsorted(upto, ranks, side="right")
            share = (ranks - (upto[place] - counts[place]) + 0.5) / counts[place]
            values: Column = bottom[place] + share * (top[place] - bottom[place])
            return values

        return at


def _ends(codes: Keys, marks: Marks) -> tuple[Column, Column]:
    """The least and the largest value of each bucket; on a mark they are the same."""
    sizes = np.abs(codes)
    low = high = sizes
    if marks.bits:
        low, high = sizes >> 1 << marks.bits, (sizes >> 1) + (sizes & 1) << marks.bits
    small, large = low.view(np.float64), high.view(np.float64)
    bottom, top = np.where(codes < 0, -large, small), np.where(codes < 0, -small, large)
    if marks.folded:
        bottom, top = (np.where(each < 0.0, each + 1.0, each) for each in (bottom, top))
    return bottom, top


def _joined(*parts: tuple[Keys, Keys]) -> tuple[Keys, Keys]:
    """Each number once, in order, with the sum of its counts."""
    numbers = np.concatenate([part[0] for part in parts])
    counts = np.concatenate([part[1] for part in parts])
    order = np.argsort(numbers, kind="stable")
    numbers, counts = numbers[order], counts[order]
    if not numbers.size:
        return numbers, counts
    starts = np.flatnonzero(np.concatenate([[True], numbers[1:] != numbers[:-1]]))
    return numbers[starts], np.add.reduceat(counts, starts)
