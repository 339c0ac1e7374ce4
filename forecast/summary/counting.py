"""The one loop over every number of a run of many paths: it counts and sums up, and is compiled.

NumPy would read the numbers a dozen times for the same. Runs of few paths sort theirs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SLACK = 128
"""A value that is off a mark by no more than rounding (2^-45 of it) counts as on it."""

_ALL_BUT_SIGN = 2**63 - 1

Keys = NDArray[np.int64]
Column = NDArray[np.float64]


def count(
    values: Column,
    bits: Keys,
    shift: Keys,
    repeats: NDArray[np.bool_],
    first: Keys,
    near: Keys,
    zeros: Keys,
    far: Keys,
    ends: Keys,
    sums: Any,
) -> None:
    """Count the values of some columns by the code of their bucket (`forecast.summary.histogram`), and sum them up.

    Args:
        values: Shape ``(column, draw)``.
        bits: The same numbers as they are to be counted, read as whole ones.
        shift: How many bits each column leaves off.
        repeats: Whether values on a mark are told from those between two.
        first: The place of each column's first near bucket, its code, halved where values on a mark are not told apart.
        near: Counts of near buckets, shape ``(column, bucket)``, those of negative values in the second half; added to.
        zeros: Counts of zeros by column; added to.
        far: Gets the codes of all values in other buckets, shape ``(column, draw)``.
        ends: Gets how many these are in each column.
        sums: Gets the sums of the deviations from each column's first value and of their squares, shape
            ``(2, column)``.
    """
    size = near.shape[1] // 2
    for column in range(values.shape[0]):
        leave, start, tell = shift[column], first[column], repeats[column]
        below = (1 << leave) - 1
        reference, total, squares = values[column, 0], 0.0, 0.0
        none, end = 0, 0
        for draw in range(values.shape[1]):
            deviation = values[column, draw] - reference
            total += deviation
            squares += deviation * deviation
            number = bits[column, draw]
            magnitude = number & _ALL_BUT_SIGN
            if magnitude == 0:
                none += 1
                continue
            if tell:
                magnitude += SLACK
                place = (magnitude >> leave) * 2 + ((magnitude & below) > 2 * SLACK)
            else:
                place = magnitude >> leave
            bucket = place - start
            if 0 <= bucket < size:
                near[column, bucket if number >= 0 else bucket + size] += 1
            else:
                if not tell and leave > 0:
                    place = place * 2 + 1
                far[column, end] = place if number >= 0 else -place
                end += 1
        zeros[column] += none
        ends[column] = end
        sums[0, column], sums[1, column] = total, squares
