"""The random numbers of a stream as a loop over counters, which the compiler turns into several at a time.

Philox4x64-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", sections 4.3 and 5): ten rounds of
multiplying and mixing turn a counter and a key into four random numbers. NumPy's generator of that name computes one
counter after the other; the same bits take half the time here. Imported only by runs of many paths: it loads Numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.compiled import machine_code

_ROUNDS = 10
# By what the first and the third word are multiplied, in halves, and by what the two keys grow each round.
_FIRST = np.uint64(0xD2E7470E), np.uint64(0xE14C6C93)
_THIRD = np.uint64(0xCA5A8263), np.uint64(0x95121157)
_GROWTH = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_HALF, _LOW, _LEFT_OFF = np.uint64(32), np.uint64(0xFFFFFFFF), np.uint64(11)
_NONE = np.uint64(0)
# Counters at a time: what is computed of them stays in the nearest cache.
_CHUNK = 128


def _times(word: Any, by: Any) -> Any:
    """The upper and the lower word of a product, from products of halves, which processors have for several numbers."""
    upper, lower = word >> _HALF, word & _LOW
    right = lower * by[1]
    middle = upper * by[1] + (right >> _HALF)
    left = lower * by[0] + (middle & _LOW)
    return upper * by[0] + (middle >> _HALF) + (left >> _HALF), (left << _HALF) | (right & _LOW)


_product = machine_code(_times)


def _fill(keys: Any, block: Any, numbers: Any) -> None:
    words = np.empty((4, _CHUNK), dtype=np.uint64)
    first, second, third, fourth = words[0], words[1], words[2], words[3]
    for stream in range(keys.shape[0]):
        for start in range(0, numbers.shape[1], _CHUNK):
            for place in range(_CHUNK):
                # NumPy counts up before it draws.
                first[place] = np.uint64(start + place + 1)
                second[place] = third[place] = _NONE
                fourth[place] = block
            one, other = keys[stream, 0], keys[stream, 1]
            for _ in range(_ROUNDS):
                for place in range(_CHUNK):
                    upper, lower = _product(first[place], _FIRST)
                    over, under = _product(third[place], _THIRD)
                    first[place] = over ^ second[place] ^ one
                    second[place] = under
                    third[place] = upper ^ fourth[place] ^ other
                    fourth[place] = lower
                one += _GROWTH[0]
                other += _GROWTH[1]
            for place in range(min(_CHUNK, numbers.shape[1] - start)):
                for word in range(4):
                    cell = np.int64(words[word, place] >> _LEFT_OFF)
                    # The middle of the last cell rounds to one, which no probability here may be.
                    numbers[stream, start + place, word] = min(cell * 2.0**-53 + 2.0**-54, 1.0 - 2.0**-53)


fill = machine_code(_fill)
"""Put the uniform numbers of one block of some streams into an array, in the order in which NumPy draws them.

Takes the two words of each stream's key, shape ``(stream, 2)``, the number of the block as `numpy.uint64` and the
array, shape ``(stream, counter, 4)``. It gets the middles of the cells of width 2^-53 that the numbers fall into.
"""
