"""Every variable on every path: the graph evaluated block by block."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import Problem, ScenarioError
from forecast.graph import Graph, Kind, aligned
from forecast.shapes import Coordinates, Drivers, Trajectories, Variable
from forecast.units import Array

# Kept with their lab axis; the other variables with a member axis are steps on the way to those without one.
LAB_OUTPUTS = ("compute_budget", "run_budget", "run_price", "affordable", "run_reach", "near_record")

# The names of settings of glibc's `mallopt`; elsewhere there is none, or it knows no such settings.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3

# Memory is asked for in pieces of so many bytes, in which the system gives it at once.
_PIECE = 2**25


def outputs(graph: Graph) -> tuple[str, ...]:
    """The variables that a run keeps: all without a member axis, and what is told about each lab."""
    return tuple(name for name, node in graph.nodes.items() if not node.kind.member or name in LAB_OUTPUTS)


def simulate(
    graph: Graph,
    blocks: Iterable[Drivers],
    coordinates: Coordinates,
    *,
    draws: int,
    wanted: Collection[str] = (),
    room: Room | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Trajectories:
    """Trajectories of the wanted variables, and of every uncertain scalar input, on the same draws.

    Args:
        graph: The formulas.
        blocks: Drivers block by block, in order; the draws beyond ``draws`` in the last block are dropped.
        coordinates: The labels of the axes.
        draws: The number of paths.
        wanted: Names of variables; by default `outputs` of the graph.
        room: Where the trajectories lie; by default memory that is asked for as they come.
        progress: Called with the number of draws done after each block.

    Returns:
        The trajectories; what is yes or no is 1 or 0 in one byte.
    """
    kept: dict[str, Variable] = {}
    room, done = room or Room(), 0
    for block in blocks:
        size = min(block.size, draws - done)
        for each in each_variable(graph, block, coordinates, size=size, wanted=wanted):
            if each.name not in kept:
                shape = (*each.values.shape[:-1], draws)
                kept[each.name] = replace(each, values=room.take(shape, _type_of(each.unit)))
            kept[each.name].values[..., done : done + size] = each.values
        done += size
        progress(done)
    return Trajectories(variables=kept, coordinates=coordinates)


class Room:
    """Memory for many arrays in few pieces, which the system gives in large pages: many small ones take it a while."""

    def __init__(self, size: int = 0) -> None:
        """The first piece has so many bytes; the system is made to give them while this thread goes on."""
        self._piece = np.empty(size, dtype=np.int8)
        self._taken = self._given = 0
        aside = ThreadPoolExecutor(1)
        # NumPy lets other threads run while it fills an array.
        parts = [self._piece[start : start + _PIECE] for start in range(0, size, _PIECE)]
        self._coming = [aside.submit(part.fill, 0) for part in parts]
        aside.shutdown(wait=False)

    @classmethod
    def ahead(cls, graph: Graph, coordinates: Coordinates, draws: int) -> Room:
        """Room for the trajectories of all `outputs`, for whoever has something else to do before there are any."""
        kinds = [graph.nodes[name].kind for name in outputs(graph)]
        members = {dim: len(coordinates.members(dim)) for dim in ("lab", "source", "tier")}
        lengths = {**members, "year": len(coordinates.years), "draw": draws}
        computed = sum(
            _bytes([lengths[dim] for dim in kind.dims], _type_of(kind.unit.symbol)) for kind in kinds
        )
        inputs = sum(_is_scalar(kind) for kind in graph.drivers.values())
        return cls(computed + inputs * _bytes([draws], np.float64))

    def take(self, shape: Sequence[int], kind: type[np.generic]) -> NDArray[Any]:
        """An array for whatever is to be written into it."""
        size = _bytes(shape, kind)
        if size > self._piece.size:
            self._piece, self._coming = np.empty(max(size, _PIECE), dtype=np.int8), []
        self._taken += size
        while self._coming and self._given < self._taken:
            self._coming.pop(0).result()
            self._given += _PIECE
        here, self._piece = self._piece[:size], self._piece[size:]
        return here.view(kind)[: math.prod(shape)].reshape(shape)


def _bytes(shape: Sequence[int], kind: type[np.generic]) -> int:
    # Arrays begin at multiples of 64 bytes, a line of the cache.
    return -(-math.prod(shape) * np.dtype(kind).itemsize // 64) * 64


def _type_of(unit: str) -> type[np.generic]:
    return np.int8 if unit == "yes/no" else np.float64


@contextmanager
def computable(file: Path, what: str = "what it assumes") -> Iterator[None]:
    """Tell of numbers that cannot be computed with as of a mistake in the scenario's file.

    Args:
        file: The scenario's file.
        what: What leads to them.

    Raises:
        ScenarioError: There are some.
    """
    try:
        # Sizes that fit into a number may not when they are squared for its error.
        with np.errstate(over="raise"):
            yield
    except FloatingPointError as error:
        message = f"{what} leads to numbers that cannot be computed with ({error}); use less extreme ones"
        raise ScenarioError((Problem(message, file=str(file)),)) from error


def variables(
    graph: Graph, block: Drivers, coordinates: Coordinates, *, size: int, wanted: Collection[str] = ()
) -> dict[str, Variable]:
    """The wanted variables, and every uncertain scalar input, on the first draws of one block.

    Args:
        graph: The formulas.
        block: The drivers.
        coordinates: The labels of the axes.
        size: The number of draws.
        wanted: Names of variables; by default `outputs` of the graph.

    Returns:
        The variables, with views where a value is the same for several years, members or draws.
    """
    found = {each.name: each for each in each_variable(graph, block, coordinates, size=size, wanted=wanted)}
    return {name: found[name] for name in dict.fromkeys((*wanted, *found))}


def each_variable(
    graph: Graph, block: Drivers, coordinates: Coordinates, *, size: int, wanted: Collection[str] = ()
) -> Iterator[Variable]:
    """The same one by one, each as soon as it is computed: whoever needs it once finds it in the cache."""
    _keep_memory()
    names = tuple(wanted) or outputs(graph)
    values = {name: _cut(value, size) for name, value in block.values.items()}
    factors = {name: tuple(_cut(factor, size) for factor in each) for name, each in block.factors.items()}
    shape = {
        "lab": len(coordinates.labs),
        "source": len(coordinates.sources),
        "tier": len(coordinates.tiers),
        "year": len(coordinates.years),
        "draw": size,
    }
    computed = graph.computed(values, names, factors=factors)
    while True:
        # Entered anew for each, so that what is done with a variable has its own rules.
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            name, result = next(computed, ("", None))
        if result is None:
            break
        node = graph.nodes[name]
        value = aligned(result, node.kind, shape)
        yield Variable(name, value, node.kind.dims, node.kind.unit.symbol, node.description)
    for name, value in block.values.items():
        kind = graph.drivers.get(name)
        if kind is not None and _is_scalar(kind):
            draws = value[0, :size]
            yield Variable(name, draws, ("draw",), kind.unit.symbol, "Input of the formulas.")


def _cut(value: Array, size: int) -> Array:
    """A value for the first draws; what is the same for all draws is there once, and formulas broadcast it."""
    return value[..., : 1 if value.strides[-1] == 0 else size]


def _is_scalar(kind: Kind) -> bool:
    return not kind.member and not kind.calendar and kind.noise is None


@cache
def _keep_memory() -> None:
    """Let the C library keep what arrays of a block leave, rather than ask the system for it page by page again.

    Arrays of up to 32 MB come from memory that is kept, of which 64 MB may lie idle. glibc would learn that by itself,
    but not where the environment says otherwise, as it does for workers of Dask: there it takes two thirds of the time.
    """
    with suppress(OSError, AttributeError, TypeError):
        allow = ctypes.CDLL(None).mallopt
        allow(_MMAP_THRESHOLD, 2**25)
        allow(_TRIM_THRESHOLD, 2**26)
