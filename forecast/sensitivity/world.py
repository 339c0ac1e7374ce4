"""The world model on some rows, moved input by input: only what an input reaches is computed again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

import numpy as np

from forecast.graph import aligned
from forecast.model import graph
from forecast.shapes import Coordinates
from forecast.units import Array

Factors = Mapping[str, tuple[Array, ...]]


class World:
    """Every variable that the wanted ones need, on some rows; immutable, so that moves start from any state."""

    def __init__(self, wanted: Collection[str], drivers: Mapping[str, Array], factors: Factors) -> None:
        self.wanted = tuple(wanted)
        self.drivers = dict(drivers)
        self.factors = dict(factors)
        self.values: dict[str, Array] = dict(drivers)
        self._compute(graph().needed(self.wanted))

    def moved(self, drivers: Mapping[str, Array], factors: Factors | None = None) -> World:
        """The same rows with other values of some drivers, or other factors of some variables."""
        world = object.__new__(World)
        world.wanted = self.wanted
        world.drivers = {**self.drivers, **drivers}
        world.factors = {**self.factors, **(factors or {})}
        world.values = {**self.values, **drivers}
        world._compute(_reached(self.wanted, frozenset(drivers), frozenset(factors or {})))
        return world

    def outputs(self, coordinates: Coordinates, rows: int) -> dict[str, Array]:
        """The wanted variables with exactly the dims of their kind."""
        shape = {
            "lab": len(coordinates.labs),
            "source": len(coordinates.sources),
            "tier": len(coordinates.tiers),
            "year": len(coordinates.years),
            "draw": rows,
        }
        return {name: aligned(self.values[name], graph().nodes[name].kind, shape) for name in self.wanted}

    def _compute(self, names: tuple[str, ...]) -> None:
        values, nodes = self.values, graph().nodes
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            for name in names:
                node = nodes[name]
                value = node.formula(*[values[argument] for argument in node.inputs])
                for factor in self.factors.get(name, ()):
                    value = value * factor
                values[name] = value


@cache
def _reached(wanted: tuple[str, ...], drivers: frozenset[str], variables: frozenset[str]) -> tuple[str, ...]:
    """The variables that change with some drivers, or with factors of some variables, in order of computation."""
    return graph().reached(wanted, drivers | variables)
