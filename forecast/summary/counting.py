"""The one loop over every number of a run of many paths: it counts and sums up, and is compiled.

NumPy would read the numbers a dozen times for the same. Runs of few paths sort theirs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SLACK = 128
"""A value that is off a mark by no more than rounding (2^-45 of it) counts as on it."""

LEAST = 1e-300
"""What is taken off a share that is counted by what it lacks of one, so that one itself is not taken for none."""

_ALL_BUT_SIGN = 2**63 - 1

Keys = NDArray[np.int64]
Column = NDArray[np.float64]


def fold(shares: Column, found: Column) -> None:
    """Put numbers from one half to one into an array as what they lack of one, with a minus, and others as they are.

    Floating-point numbers are close to each other near zero but not near one, where saturated shares are. Both arrays
    have one dimension.
    """
    for place in range(shares.size):
        share = shares[place]
        found[place] = share if share < 0.5 or share > 1.0 else (share - 1.0) - LEAST


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
    moments: Any,
) -> bool:
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
        moments: Gets each column's mean and sum of squared deviations from it, shape ``(2, column)``.

    Returns:
        Whether all of them are numbers, as they are unless a value is none or too large to be squared.
    """
    finite = True
    size = near.shape[1] // 2
    for column in range(values.shape[0]):
        leave, start, tell = shift[column], first[column], repeats[column]
        below = (1 << leave) - 1
        # Deviations from the first value: sums about zero would lose a small spread behind a large mean.
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
        step = total / values.shape[1]
        moments[0, column] = reference + step
        moments[1, column] = max(squares - total * step, 0.0)
        finite = finite and np.isfinite(total) and np.isfinite(squares)
    return finite
