"""Every variable on every path: the graph evaluated block by block."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

import numpy as np

from forecast.graph import Graph, Kind, aligned
from forecast.shapes import Coordinates, Drivers, Trajectories, Variable
from forecast.units import Array

# Draws that are computed at once: few enough for what the formulas pass on to stay in the processor's cache, enough for
# the interpreter not to count.
STRIP = 1024

# Kept with their lab axis; the other variables with a member axis are steps on the way to those without one.
LAB_OUTPUTS = ("compute_budget", "run_budget", "run_price", "affordable", "run_reach", "near_record")


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
    progress: Callable[[int], None] = lambda _: None,
) -> Trajectories:
    """Trajectories of the wanted variables, and of every uncertain scalar input, on the same draws.

    Args:
        graph: The formulas.
        blocks: Drivers block by block, in order; the draws beyond ``draws`` in the last block are dropped.
        coordinates: The labels of the axes.
        draws: The number of paths.
        wanted: Names of variables; by default `outputs` of the graph.
        progress: Called with the number of draws done after each block.

    Returns:
        The trajectories; what is yes or no is 1 or 0 in one byte.
    """
    names = tuple(wanted) or outputs(graph)
    lengths = {
        "lab": len(coordinates.labs),
        "source": len(coordinates.sources),
        "tier": len(coordinates.tiers),
        "year": len(coordinates.years),
    }
    kinds = {name: graph.nodes[name].kind for name in names}
    stores = {
        name: np.empty(
            [*(lengths[dim] for dim in kind.dims if dim != "draw"), draws],
            dtype=np.int8 if kind.unit.symbol == "yes/no" else np.float64,
        )
        for name, kind in kinds.items()
    }
    inputs: dict[str, Array] = {}
    done = 0
    for block in blocks:
        size = min(block.size, draws - done)
        for start, results in strips(graph, block, names, size):
            width = min(STRIP, size - start)
            place = slice(done + start, done + start + width)
            shape = {**lengths, "draw": width}
            for name, value in results.items():
                stores[name][..., place] = aligned(value, kinds[name], shape)
        for name, value in block.values.items():
            if _is_scalar(graph.drivers[name]):
                inputs.setdefault(name, np.empty(draws))[done : done + size] = value[0, :size]
        done += size
        progress(done)
    variables = {
        name: Variable(name, store, kinds[name].dims, kinds[name].unit.symbol, graph.nodes[name].description)
        for name, store in stores.items()
    }
    for name, values in inputs.items():
        kind = graph.drivers[name]
        variables[name] = Variable(name, values, ("draw",), kind.unit.symbol, "Input of the formulas.")
    return Trajectories(variables=variables, coordinates=coordinates)


def strips(
    graph: Graph, block: Drivers, names: Collection[str], size: int
) -> Iterator[tuple[int, dict[str, Array]]]:
    """Some variables for the first draws of a block, a strip of draws at a time, each with its first draw."""
    values = {name: _without_repeats(value) for name, value in block.values.items()}
    factors = {name: tuple(map(_without_repeats, each)) for name, each in block.factors.items()}
    for start in range(0, size, STRIP):
        part = slice(start, min(start + STRIP, size))
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            results = graph.evaluate(
                {name: _cut(value, part) for name, value in values.items()},
                names,
                factors={
                    name: tuple(_cut(factor, part) for factor in each) for name, each in factors.items()
                },
            )
        yield start, results


def _without_repeats(value: Array) -> Array:
    """A value that is the same for all draws, once: formulas broadcast it."""
    return value[..., :1] if value.strides[-1] == 0 else value


def _cut(value: Array, part: slice) -> Array:
    return value if value.shape[-1] == 1 else value[..., part]


def _is_scalar(kind: Kind) -> bool:
    return not kind.member and not kind.calendar and kind.noise is None
