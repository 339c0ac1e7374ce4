"""Random numbers that belong to a name: adding a driver moves no other, and any block can be drawn anywhere.

A stream is a Philox counter generator whose key is a digest of the stream's name and the seed and whose counter
starts at the number of the block (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). A block
always covers the same `BLOCK` consecutive draws, so results are the same bits whatever the number of draws, of
workers or of scenarios.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from threading import local

import numpy as np
from numpy.typing import NDArray

from forecast.compiled import hastened
from forecast.units import Array

BLOCK = 4096
_RESOLUTION = 2.0**-53


def blocks(draws: int) -> range:
    """The numbers of the blocks that hold the first ``draws`` draws."""
    return range(-(-draws // BLOCK))


def uniforms(name: str, seed: int, block: int, rows: int = 1) -> Array:
    """Independent uniform numbers of one stream for one block of draws.

    Args:
        name: The name of the stream, usually a driver's.
        seed: The seed of the run.
        block: The number of the block of draws.
        rows: How many independent numbers each draw needs, for instance one per year. Asking for more rows leaves
            the earlier ones as they were.

    Returns:
        Array of shape ``(rows, BLOCK)`` on the open interval from 0 to 1.
    """
    found: Array = uniforms_of_each([name], seed, block, rows)[0]
    return found


def uniforms_of_each(names: Sequence[str], seed: int, block: int, rows: int = 1) -> Array:
    """The numbers of several streams, each as `uniforms` has them, shape ``(stream, rows, BLOCK)``, in fewer steps."""
    numbers = np.empty((len(names), rows, BLOCK))
    if hastened():
        from forecast.philox import fill

        keys = np.stack([_key(name, seed) for name in names])
        fill(keys, np.uint64(block), numbers.reshape(len(names), -1, 4))
        return numbers
    for name, each in zip(names, numbers, strict=True):
        _source(name, seed, block).random(out=each)
    # Midpoints of the 2**53 cells: neither 0 nor 1 can occur, so every inverse distribution function stays finite.
    numbers += 0.5 * _RESOLUTION
    # The middle of the last cell rounds to one; looking for it takes half as long as replacing it.
    if numbers.max() == 1.0:
        np.minimum(numbers, 1.0 - _RESOLUTION, out=numbers)
    return numbers


def permutation(name: str, seed: int, size: int) -> NDArray[np.int64]:
    """The numbers from 0 to ``size - 1`` in a random order that depends on the name and the seed alone."""
    return generator(name, seed, 0).permutation(size)


def generator(name: str, seed: int, block: int) -> np.random.Generator:
    """The generator of one stream, at the start of a block."""
    counter = np.array([0, 0, 0, block], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=_key(name, seed), counter=counter))


@lru_cache(maxsize=4096)
def _key(name: str, seed: int) -> NDArray[np.uint64]:
    digest = hashlib.blake2b(f"{seed}\x00{name}".encode(), digest_size=16).digest()
    return np.frombuffer(digest, dtype="<u8")


_kept = local()


def _source(name: str, seed: int, block: int) -> np.random.Generator:
    """The same as `generator`, but one object for all calls of a thread: making one takes as long as 2,000 numbers."""
    if not hasattr(_kept, "generator"):
        _kept.generator = generator("", 0, 0)
        _kept.start = _kept.generator.bit_generator.state
    _kept.start["state"] = {
        "counter": np.array([0, 0, 0, block], dtype=np.uint64),
        "key": _key(name, seed),
    }
    _kept.generator.bit_generator.state = _kept.start
    found: np.random.Generator = _kept.generator
    return found
