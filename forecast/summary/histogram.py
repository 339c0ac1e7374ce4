"""Quantiles of any number of values from a few thousand counts, merged exactly in any order and grouping.

The 64 bits of a floating-point number, read as a whole number, stand in the order of the values. Numbers that are the
same but for the last k bits lie between two marks, 2^(k-52) of their value apart or less. A histogram counts the values
on each mark, and between each two (DDSketch, Masson et al. 2019, and HdrHistogram do so with logarithms). How many bits
a column leaves off is settled once for a whole run, from its first block: `bits_to_leave`. Few distinct round values
are told exactly, and so are many values that are all the same round number, as a share of one is; between two marks
values count as evenly spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# Marks in the middle half of a column's values, at least. Between marks a hundredth of a standard deviation apart
# evenly spread values err by a hundred-thousandth of it, a tenth of the Monte Carlo error of ten million draws.
_RESOLUTION = 128

# Neighbouring marks whose values are counted in an array; those further out are few and counted one by one.
_WINDOW = 4096
_MANTISSA = 52
# A value that is off a mark by no more than rounding (2^-45 of it) counts as on it.
_SLACK = 128
# The most bits that are left off: 64 marks between a number and its double.
_COARSEST = 46
_LEAST = 1e-300
_ALL_BUT_SIGN = 2**63 - 1

Keys = NDArray[np.int64]


def keys(values: NDArray[np.float64]) -> Keys:
    """Whole numbers in the order of the values; equal values (0 and -0 too) have equal numbers."""
    bits = np.ascontiguousarray(values).view(np.int64)
    if bits.min(initial=0) >= 0:
        return bits
    # Of negative numbers the larger have the smaller bits; adding zero turns -0 into 0.
    return _mirrored((values + 0.0).view(np.int64))


def _values(numbers: Keys) -> NDArray[np.float64]:
    return _mirrored(numbers).view(np.float64)


def _mirrored(bits: Keys) -> Keys:
    return bits ^ ((bits >> 63) & _ALL_BUT_SIGN)


def folded(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares as they are up to one half, and from there on as what they lack of one, with a minus.

    Floating-point numbers are close to each other near zero but not near one, where saturated shares are.
    """
    # What is subtracted last changes nothing but the share of one, which must not be taken for a share of zero.
    return np.where(shares < 0.5, shares, (shares - 1.0) - _LEAST)


def bits_to_leave(values: NDArray[np.float64]) -> int:
    """How many bits marks leave off, so that they are close enough where most values of a column are.

    Args:
        values: Some thousand values of the column. One that is the same throughout leaves one bit, which tells any
            value exactly.
    """
    ordered = np.sort(values)
    for outside in (4, 20, len(ordered) + 1):
        low, high = ordered[len(ordered) // outside], ordered[-1 - len(ordered) // outside]
        if low < high:
            break
    else:
        return 1
    if low > 0.0 or high < 0.0:
        first, last = keys(np.array([low, high]))
        bits = np.log2(float(last - first) / _RESOLUTION)
    else:
        bits = _MANTISSA + np.log2((high - low) / _RESOLUTION) - np.log2(max(abs(low), abs(high)))
    return int(np.clip(np.floor(bits), 1, _COARSEST))


def _nothing() -> Keys:
    return np.zeros(0, dtype=np.int64)


@dataclass
class _Counts:
    """Counts by whole number: those in a window of neighbours in an array, the others in order."""

    first: int = 0
    window: Keys = field(default_factory=_nothing)
    far: Keys = field(default_factory=_nothing)
    far_counts: Keys = field(default_factory=_nothing)

    def add(self, numbers: Keys, least: int, largest: int) -> None:
        if not self.window.size:
            self.place(*np.unique(numbers, return_counts=True))
            return
        numbers = numbers - self.first
        size = len(self.window)
        if least < self.first or largest >= self.first + size:
            outside = (numbers < 0) | (numbers >= size)
            self.merge(*np.unique(numbers[outside] + self.first, return_counts=True))
            numbers = numbers[~outside]
        self.window += np.bincount(numbers, minlength=size)

    def merge(self, numbers: Keys, counts: Keys) -> None:
        if not self.window.size:
            self.place(numbers, counts)
            return
        inside = (numbers >= self.first) & (numbers < self.first + len(self.window))
        self.window[numbers[inside] - self.first] += counts[inside]
        if not inside.all():
            self.far, self.far_counts = _joined(
                (self.far, self.far_counts), (numbers[~inside], counts[~inside])
            )

    def place(self, numbers: Keys, counts: Keys) -> None:
        """Begin anew with some numbers in order, with the window where most of them are."""
        if not numbers.size:
            return
        ends = np.searchsorted(numbers, numbers + _WINDOW // 2)
        densest = int((ends - np.arange(len(numbers))).argmax())
        # Room on both sides for what later values bring.
        self.first = int(numbers[densest]) - _WINDOW // 4
        inside = (numbers >= self.first) & (numbers < self.first + _WINDOW)
        self.window = np.zeros(_WINDOW, dtype=np.int64)
        self.window[numbers[inside] - self.first] = counts[inside]
        self.far, self.far_counts = numbers[~inside], counts[~inside]

    def counted(self) -> tuple[Keys, Keys]:
        """The numbers in use, in order, and their counts."""
        near = np.flatnonzero(self.window)
        found = np.concatenate([self.far, near + self.first])
        order = np.argsort(found, kind="stable")
        return found[order], np.concatenate([self.far_counts, self.window[near]])[order]


class Histogram:
    """Counts of the values of one column on marks and between them.

    ``shift`` is the number of bits that a mark leaves off; with one bit each value is a bucket. ``least`` and
    ``largest`` are the ends of the values, as their `keys`. ``share`` says that the values are `folded` shares.
    """

    def __init__(self, shift: int, *, share: bool = False) -> None:
        self.shift, self.share = shift, share
        self.least, self.largest = _ALL_BUT_SIGN, -_ALL_BUT_SIGN
        # By the mark at or below; negative values apart, since their marks lie far from those of the others.
        self._negative, self._rest = _Counts(), _Counts()
        # Of these, the values that are marks themselves.
        self._marks, self._on_marks = _nothing(), _nothing()
        # Zero is a mark far from all others, and that of labs which do not exist.
        self._zeros = 0

    def add(self, numbers: Keys) -> None:
        """Count values, given by their `keys`."""
        least, largest = int(numbers.min()), int(numbers.max())
        self.least, self.largest = min(self.least, least), max(self.largest, largest)
        zeros = numbers.size - np.count_nonzero(numbers)
        if zeros:
            self._zeros += int(zeros)
            numbers = numbers[numbers != 0]
            if not numbers.size:
                return
            least, largest = int(numbers.min()), int(numbers.max())
        slack = _SLACK if self.shift > 2 * _SLACK.bit_length() else 0
        numbers = numbers + slack
        marks = numbers >> self.shift
        exact = (numbers & ((1 << self.shift) - 1)) <= 2 * slack
        if exact.any():
            self._count_marks(*np.unique(marks[exact], return_counts=True))
        least, largest = (least + slack) >> self.shift, (largest + slack) >> self.shift
        if least >= 0:
            self._rest.add(marks, least, largest)
        elif largest < 0:
            self._negative.add(marks, least, largest)
        else:
            below = marks < 0
            self._negative.add(marks[below], least, -1)
            self._rest.add(marks[~below], 0, largest)

    def merge(self, other: Histogram) -> None:
        """Count the values of another histogram of the same column too.

        Raises:
            ValueError: It has other marks.
        """
        if other.shift != self.shift:
            raise ValueError(f"marks leave off {other.shift} bits there and {self.shift} here")
        self._count(*other.buckets())
        self.least, self.largest = min(self.least, other.least), max(self.largest, other.largest)

    def buckets(self) -> tuple[Keys, Keys]:
        """Which buckets are in use, in order, and how many values each holds.

        Bucket ``2 m`` is the mark m, bucket ``2 m + 1`` what lies between it and the next.
        """
        (low, few), (high, many) = self._negative.counted(), self._rest.counted()
        marks, between = np.concatenate([low, high]), np.concatenate([few, many])
        between[np.searchsorted(marks, self._marks)] -= self._on_marks
        used = between > 0
        zeros = np.array([self._zeros] if self._zeros else [], dtype=np.int64)
        return _joined(
            (np.zeros_like(zeros), zeros),
            (self._marks * 2, self._on_marks),
            (marks[used] * 2 + 1, between[used]),
        )

    @classmethod
    def of(
        cls, shift: int, ends: tuple[int, int], buckets: Keys, counts: Keys, *, share: bool = False
    ) -> Histogram:
        """The histogram whose counts these are, as `buckets` tells them."""
        found = cls(shift, share=share)
        found.least, found.largest = ends
        found._count(buckets, counts)
        return found

    @property
    def width(self) -> float:
        """The distance of two marks relative to their value, at most; 0 where every value is told exactly."""
        return 2.0 ** (self.shift - _MANTISSA) if self.shift > 1 else 0.0

    def order_statistics(self, ranks: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float64]:
        """The values at some places of the sorted order, the first being at 0; exact on a mark."""
        buckets, counts = self.buckets()
        if self.share:
            # The lesser half, which is not negative, comes first.
            upper = int(np.searchsorted(buckets, 0))
            buckets, counts = np.roll(buckets, -upper), np.roll(counts, -upper)
        upto = np.cumsum(counts)
        wanted = np.asarray(ranks, dtype=np.int64)
        found = np.searchsorted(upto, wanted, side="right")
        if self.shift == 1:
            return self._unfolded(_values(buckets[found]))
        mark, between = buckets[found] >> 1, buckets[found] & 1
        bottom, top = _values(mark << self.shift), _values((mark + 1) << self.shift)
        share = (wanted - (upto[found] - counts[found]) + 0.5) / counts[found]
        least, largest = _values(np.array([self.least, self.largest]))
        return self._unfolded(
            np.clip(np.where(between, bottom + share * (top - bottom), bottom), least, largest)
        )

    def _unfolded(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(values < 0.0, values + 1.0, values) if self.share else values

    def _count(self, buckets: Keys, counts: Keys) -> None:
        zero = buckets == 0
        self._zeros += int(counts[zero].sum())
        buckets, counts = buckets[~zero], counts[~zero]
        on = buckets & 1 == 0
        self._count_marks(buckets[on] >> 1, counts[on])
        marks, counts = _joined((buckets >> 1, counts))
        below = int(np.searchsorted(marks, 0))
        self._negative.merge(marks[:below], counts[:below])
        self._rest.merge(marks[below:], counts[below:])

    def _count_marks(self, marks: Keys, counts: Keys) -> None:
        self._marks, self._on_marks = _joined((self._marks, self._on_marks), (marks, counts))


def _joined(*parts: tuple[Keys, Keys]) -> tuple[Keys, Keys]:
    """Each number once, in order, with the sum of its counts."""
    numbers = np.concatenate([part[0] for part in parts])
    counts = np.concatenate([part[1] for part in parts])
    if len(parts) > 1:
        order = np.argsort(numbers, kind="stable")
        numbers, counts = numbers[order], counts[order]
    if not numbers.size:
        return numbers, counts
    starts = np.flatnonzero(np.concatenate([[True], numbers[1:] != numbers[:-1]]))
    return numbers[starts], np.add.reduceat(counts, starts)
