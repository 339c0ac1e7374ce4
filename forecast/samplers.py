"""How the uniform numbers of many draws are spread: at random, as Latin hypercubes, or as scrambled Sobol sequences.

Points that are spread evenly need fewer draws for the same error, but say nothing of that error by themselves: they are
not independent. So a run is made of *replicates*, each a set of evenly spread points with randomness of its own;
replicates are independent, and the error of a mean of theirs is their standard deviation over the root of their number
(Owen 1998, "Latin supercube sampling"; L'Ecuyer and Lemieux 2002).

A Latin hypercube (McKay, Beckman and Conover 1979) spreads every number by itself, so each stream keeps its own
points whatever other streams there are. A Sobol sequence spreads all numbers together and gives each a dimension; the
first dimensions are spread best.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from forecast.errors import UsageError
from forecast.streams import BLOCK, generator, uniforms_of_each
from forecast.units import Array

Sampler = Literal["random", "lhs", "sobol"]
SAMPLERS: tuple[Sampler, ...] = get_args(Sampler)

REPLICATES = 16
"""How many replicates a run has at least: fewer would leave the error itself unknown by more than a fifth."""

FEWEST = 64 * REPLICATES
"""The fewest draws that are spread evenly (1,024)."""

# A Sobol sequence is known to so many binary digits; its points are moved to the middle of their cells, off 0 and 1.
_DIGITS = 30

Numbers = Callable[..., Array]
"""The numbers of some streams for one block by their names and ``rows``, as `forecast.streams.uniforms_of_each`."""


@dataclass(frozen=True)
class Spread:
    """How the draws of a run are spread; ``size`` is the number of draws in a replicate, which divides a block."""

    sampler: Sampler = "random"
    size: int = BLOCK

    @classmethod
    def of(cls, sampler: Sampler, draws: int) -> Spread:
        """How a run of so many draws is spread.

        Raises:
            UsageError: There is no such sampler, or it cannot spread so many draws evenly; says which numbers do.
        """
        if sampler not in SAMPLERS:
            raise UsageError(f'there is no sampler "{sampler}"; samplers are {", ".join(SAMPLERS)}')
        if sampler == "random":
            return cls()
        if (more := even(draws)) != draws:
            near = f"{even_within(draws)} or {more}" if draws > FEWEST else f"{more}"
            raise UsageError(
                f"--sampler {sampler} cannot spread {draws:,} draws evenly over {REPLICATES} replicates: "
                f"use a power of two from {FEWEST:,} to {REPLICATES * BLOCK:,}, or beyond that a multiple of "
                f"{BLOCK:,}; near it are --draws {near}"
            )
        return cls(sampler, min(draws // REPLICATES, BLOCK))

    def attributes(self, draws: int) -> dict[str, str]:
        """What a result says of it; nothing where the draws are independent."""
        if self.sampler == "random":
            return {}
        return {
            "sampler": self.sampler,
            "replicates": str(draws // self.size),
            "replicate_draws": str(self.size),
        }

    def numbers(self, seed: int, block: int, dimensions: Callable[[], Mapping[str, slice]]) -> Numbers:
        """The numbers of every stream for one block of draws.

        Args:
            seed: The seed of the run.
            block: The number of the block.
            dimensions: The dimensions of a Sobol sequence that belong to each stream.
        """
        if self.sampler == "random":
            return lambda names, rows=1: uniforms_of_each(names, seed, block, rows)
        if self.sampler == "lhs":
            return lambda names, rows=1: np.stack(
                [_latin(generator(f"lhs {name}", seed, block), rows, self.size) for name in names]
            )
        places = dimensions()
        found: list[Array] = []

        def numbers(names: Sequence[str], rows: int = 1) -> Array:
            # Only now, since whoever asks for inputs that are certain needs none.
            if not found:
                found.append(_sobol(max(each.stop for each in places.values()), seed, block, self.size))
            starts = [places[name].start for name in names]
            return np.stack([found[0][start : start + rows] for start in starts])

        return numbers


INDEPENDENT = Spread()


def even(draws: int) -> int:
    """The smallest number of draws that can be spread evenly and is no smaller than another."""
    if draws > REPLICATES * BLOCK:
        return -(-draws // BLOCK) * BLOCK
    return max(FEWEST, 1 << (draws - 1).bit_length())


def even_within(draws: int) -> int:
    """The largest number of draws that can be spread evenly and is no larger than another of at least `FEWEST`."""
    return BLOCK * (draws // BLOCK) if draws > REPLICATES * BLOCK else 1 << (draws.bit_length() - 1)


def _latin(source: np.random.Generator, rows: int, size: int) -> Array:
    shape = (rows, _replicates(size), size)
    cells = source.permuted(np.broadcast_to(np.arange(size, dtype=float), shape), axis=-1)
    # The random part is never 0, as in `forecast.streams.uniforms`, and a sum that rounds up to 1 is moved below it.
    points = (cells + (source.random(shape) + 2.0**-54)) / size
    return _filling(np.minimum(points, 1.0 - 2.0**-53).reshape(rows, -1))


def _sobol(dimensions: int, seed: int, block: int, size: int) -> Array:
    from scipy.stats.qmc import Sobol

    if dimensions > Sobol.MAXDIM:
        raise UsageError(
            f"--sampler sobol knows {Sobol.MAXDIM:,} dimensions and each path here has {dimensions:,} numbers; "
            "use --sampler lhs"
        )
    # SciPy wants a generator that can spawn others, as those of a named stream cannot.
    source = np.random.default_rng(generator("sobol", seed, block).integers(2**63, size=4))
    sets = [
        Sobol(dimensions, scramble=True, bits=_DIGITS, rng=source).random(size)
        for _ in range(_replicates(size))
    ]
    return _filling(np.ascontiguousarray(np.concatenate(sets).T) + 0.5**_DIGITS / 2.0)


def _replicates(size: int) -> int:
    return min(BLOCK // size, REPLICATES)


def _filling(points: Array) -> Array:
    """Points for a whole block: those of a run that has fewer draws come again where it does not look."""
    return np.tile(points, BLOCK // points.shape[-1])
