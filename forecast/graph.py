"""The formula engine: a function is a variable, its parameters are its inputs, its annotations are its units.

`build` reads the public functions of some modules and wires them by name. A parameter that no function is
named after is a *driver*: an input that must be given draws. Functions decorated with `adds_to` are parts
of a total of the given name; the engine makes the total itself, so a new part needs no other line to change.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

from forecast.errors import GraphError, MissingDriverError, did_you_mean
from forecast.units import Array, Calendar, Dim, Noise, Unit

Formula = TypeVar("Formula", bound=Callable[..., Any])
_TOTALS = "__forecast_totals__"


def adds_to(*totals: str) -> Callable[[Formula], Formula]:
    """Mark a formula as one part of each named total: ``training_cost`` is the sum of all formulas that add to it."""

    def mark(formula: Formula) -> Formula:
        setattr(formula, _TOTALS, totals)
        return formula

    return mark


@dataclass(frozen=True)
class Kind:
    """What a value is: its unit, the member axis it has (or ``""``), whether it varies by year, and its origin.

    ``noise`` and ``calendar`` mark drivers that no scenario states: pure chance, and the years themselves.
    """

    unit: Unit
    member: str = ""
    path: bool = False
    noise: Noise | None = None
    calendar: bool = False

    @cached_property
    def dims(self) -> tuple[str, ...]:
        """The axes of a variable of this kind, in the fixed order."""
        return tuple(dim for dim in (self.member, "" if self.path else "year", "draw") if dim)


@dataclass(frozen=True)
class Node:
    """One variable of the graph: its formula, its inputs in order and the kind of its value."""

    name: str
    formula: Callable[..., Array]
    inputs: tuple[str, ...]
    kind: Kind
    description: str
    module: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """All variables in an order in which they can be computed, and the drivers that they need."""

    nodes: Mapping[str, Node]
    drivers: Mapping[str, Kind]
    _plans: dict[tuple[frozenset[str], frozenset[str]], _Plan] = field(
        default_factory=dict, compare=False, repr=False
    )

    def needed(self, wanted: Iterable[str], *, given: Collection[str] = ()) -> tuple[str, ...]:
        """The variables that must be computed for the wanted ones where some are given, in order of computation.

        Raises:
            GraphError: When a wanted name is no variable.
        """
        found: set[str] = set()
        waiting = list(wanted)
        while waiting:
            name = waiting.pop()
            if name in found or name in self.drivers or name in given:
                continue
            if name not in self.nodes:
                raise GraphError(f'there is no variable "{name}"{did_you_mean(name, self.nodes)}')
            found.add(name)
            waiting.extend(self.nodes[name].inputs)
        return tuple(name for name in self.nodes if name in found)

    def inputs_of(self, wanted: Iterable[str]) -> frozenset[str]:
        """The drivers on which the wanted variables depend, directly or through others."""
        return frozenset(
            name
            for variable in self.needed(wanted)
            for name in self.nodes[variable].inputs
            if name in self.drivers
        )

    def reached(self, wanted: Collection[str], by: Collection[str]) -> tuple[str, ...]:
        """The variables that must be computed again for the wanted ones when others change, in order of computation.

        Args:
            wanted: The names of the variables that are asked for.
            by: What changes: drivers, and variables that something else is done to.
        """
        found: dict[str, None] = {}
        for name in self.needed(wanted):
            if name in by or any(each in by or each in found for each in self.nodes[name].inputs):
                found[name] = None
        return tuple(found)

    def unmoved(self, wanted: Collection[str], by: Collection[str]) -> tuple[str, ...]:
        """The variables that some drivers do not reach, and from which all wanted ones follow together with those.

        Whoever changes only these drivers computes them once and gives them to `computed`.
        """
        moved = set(self.reached(wanted, by))
        kept = {each for name in moved for each in self.nodes[name].inputs}.union(wanted) - moved
        return tuple(name for name in self.nodes if name in kept)

    def subjects(self) -> dict[str, str]:
        """The subject of every driver: the module whose formula is the first in order of computation to use it."""
        found: dict[str, str] = {}
        for node in self.nodes.values():
            for name in node.inputs:
                if name in self.drivers:
                    found.setdefault(name, node.module.rpartition(".")[2])
        return found

    def evaluate(
        self,
        drivers: Mapping[str, Array],
        wanted: Collection[str],
        *,
        factors: Mapping[str, Sequence[Array]] | None = None,
    ) -> dict[str, Array]:
        """The wanted variables for one block of draws, as `computed` tells them one by one."""
        return dict(self.computed(drivers, wanted, factors=factors))

    def computed(
        self,
        drivers: Mapping[str, Array],
        wanted: Collection[str],
        *,
        factors: Mapping[str, Sequence[Array]] | None = None,
    ) -> Iterator[tuple[str, Array]]:
        """The wanted variables for one block of draws, each as soon as it is computed.

        Args:
            drivers: An array per driver, aligned to ``(member, year, draw)``; axes without variation have length
                one. Variables whose values are among them are not computed.
            wanted: The names of the variables that are asked for.
            factors: Arrays by which a variable is multiplied after its formula (scenario events), by variable.

        Yields:
            The name of each variable and its value, aligned like the drivers.

        Raises:
            MissingDriverError: When a needed driver has no draws; names all that are missing.
        """
        plan = self._plan(frozenset(wanted), frozenset(drivers.keys() & self.nodes.keys()))
        if missing := sorted(plan.inputs - drivers.keys()):
            raise MissingDriverError(
                "no draws for " + ", ".join(f"{name} [{self.drivers[name].unit.symbol}]" for name in missing)
            )
        values: dict[str, Array] = dict(drivers)
        for name in plan.wanted & drivers.keys():
            yield name, drivers[name]
        for node, done in plan.steps:
            value = node.formula(*[values[argument] for argument in node.inputs])
            for factor in (factors or {}).get(node.name, ()):
                value = value * factor
            values[node.name] = value
            for argument in done:
                values.pop(argument, None)
            if node.name in plan.wanted:
                yield node.name, value

    def _plan(self, wanted: frozenset[str], given: frozenset[str]) -> _Plan:
        """What it takes to compute some variables, worked out once: a run asks for the same ones block after block."""
        if (wanted, given) not in self._plans:
            order = self.needed(wanted, given=given)
            last_use = {argument: name for name in order for argument in self.nodes[name].inputs}
            ends: dict[str, list[str]] = {}
            for argument, name in last_use.items():
                ends.setdefault(name, []).append(argument)
            self._plans[wanted, given] = _Plan(
                wanted,
                frozenset(last_use.keys() & self.drivers.keys()),
                tuple((self.nodes[name], tuple(ends.get(name, ()))) for name in order),
            )
        return self._plans[wanted, given]


@dataclass(frozen=True)
class _Plan:
    """Some variables, the drivers that they need, and the formulas in order, each with what no later one reads.

    What is freed at once leaves its place in the processor's cache to what comes next.
    """

    wanted: frozenset[str]
    inputs: frozenset[str]
    steps: tuple[tuple[Node, tuple[str, ...]], ...]


def build(modules: Sequence[ModuleType]) -> Graph:
    """The graph of all public functions of the modules.

    Raises:
        GraphError: For duplicate names, missing or clashing units, and circles; the message lists the circle.
    """
    nodes: dict[str, Node] = {}
    kinds: dict[str, dict[str, tuple[Kind, str]]] = {}
    parts: dict[str, list[Node]] = {}
    for module in modules:
        for name, function in _formulas(module):
            if name in nodes:
                raise GraphError(
                    f'"{name}" is defined in {nodes[name].module} and again in {module.__name__}'
                )
            node, input_kinds = _read(name, function, module)
            nodes[name] = node
            for argument, kind in input_kinds.items():
                kinds.setdefault(argument, {})[name] = (kind, module.__name__)
            for total in getattr(function, _TOTALS, ()):
                parts.setdefault(total, []).append(node)
    for total, members in parts.items():
        if total in nodes:
            raise GraphError(
                f'"{total}" is a total of {", ".join(n.name for n in members)} and also a function'
            )
        nodes[total] = _total(total, members)
    drivers = _check_inputs(nodes, kinds)
    return Graph(nodes={name: nodes[name] for name in _sorted(nodes)}, drivers=drivers)


def _formulas(module: ModuleType) -> list[tuple[str, Callable[..., Array]]]:
    own = [
        (name, value)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and not name.startswith("_") and value.__module__ == module.__name__
    ]
    return sorted(own, key=lambda item: item[1].__code__.co_firstlineno)


def _read(name: str, function: Callable[..., Array], module: ModuleType) -> tuple[Node, dict[str, Kind]]:
    hints = get_type_hints(function, include_extras=True)
    inputs = tuple(inspect.signature(function).parameters)
    try:
        kinds = {argument: _kind(hints[argument]) for argument in inputs}
        result = _kind(hints["return"])
    except (KeyError, TypeError) as error:
        raise GraphError(f"{module.__name__}.{name}: {error} has no unit in the signature") from error
    description = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")
    if not description:
        raise GraphError(f"{module.__name__}.{name} does not say what it means")
    return Node(name, function, inputs, result, description, module.__name__), kinds


def _kind(hint: Any) -> Kind:
    if get_origin(hint) is not Annotated:
        raise TypeError(hint)
    markers = get_args(hint)[1:]
    units = [marker for marker in markers if isinstance(marker, Unit)]
    if len(units) != 1:
        raise TypeError(hint)
    dims = [marker.name for marker in markers if isinstance(marker, Dim)]
    noise = next((marker for marker in markers if isinstance(marker, Noise)), None)
    return Kind(
        unit=units[0],
        member=next((dim for dim in dims if dim != "path"), ""),
        path="path" in dims,
        noise=noise,
        calendar=any(isinstance(marker, Calendar) for marker in markers),
    )


def _total(name: str, members: list[Node]) -> Node:
    first = members[0]
    for member in members[1:]:
        if member.kind != first.kind:
            raise GraphError(
                f'"{member.name}" [{member.kind.unit.symbol}] cannot be added to "{name}" [{first.kind.unit.symbol}]'
            )

    def total(*values: Array) -> Array:
        result = values[0]
        for value in values[1:]:
            result = result + value
        return result

    names = tuple(member.name for member in members)
    return Node(
        name, total, names, first.kind, "The sum of " + ", ".join(names) + ".", first.module, parts=names
    )


def _check_inputs(
    nodes: Mapping[str, Node], kinds: Mapping[str, Mapping[str, tuple[Kind, str]]]
) -> dict[str, Kind]:
    drivers: dict[str, Kind] = {}
    for argument, uses in kinds.items():
        given = nodes[argument].kind if argument in nodes else next(iter(uses.values()))[0]
        for user, (kind, module) in uses.items():
            if (kind.unit.symbol, kind.member) != (
                given.unit.symbol,
                given.member,
            ) or kind.noise != given.noise:
                raise GraphError(
                    f'{module}.{user} takes "{argument}" as {_words(kind)}, but it is {_words(given)} elsewhere'
                )
        if argument not in nodes:
            drivers[argument] = given
    return drivers


def _words(kind: Kind) -> str:
    return kind.unit.symbol + (f" per {kind.member}" if kind.member else "")


def _sorted(nodes: Mapping[str, Node]) -> list[str]:
    order: list[str] = []
    state: dict[str, int] = {}
    trail: list[str] = []

    def visit(name: str) -> None:
        if name not in nodes or state.get(name) == 2:
            return
        if state.get(name) == 1:
            circle = [*trail[trail.index(name) :], name]
            raise GraphError("a circle that does not go through time: " + " <- ".join(circle))
        state[name] = 1
        trail.append(name)
        for argument in nodes[name].inputs:
            visit(argument)
        trail.pop()
        state[name] = 2
        order.append(name)

    for name in nodes:
        visit(name)
    return order


def aligned(value: Array, kind: Kind, shape: Mapping[str, int]) -> Array:
    """A computed value with exactly the axes of its kind, every axis at full length.

    Args:
        value: What a formula returned; axes without variation may be missing or of length one.
        kind: The kind that the formula's signature declares.
        shape: The length of each axis by name.

    Raises:
        GraphError: When the value varies along an axis that its kind does not have.
    """
    target = tuple(shape[dim] if dim in kind.dims else 1 for dim in (kind.member or "lab", "year", "draw"))
    try:
        # What has its full shape is left as it is: whoever broadcasts gets what cannot be written to.
        full = value if value.shape == target else np.broadcast_to(value, target)
    except ValueError as error:
        raise GraphError(f"a value of shape {value.shape} does not fit {kind.dims} {target}") from error
    keep = tuple(0 if dim not in kind.dims else slice(None) for dim in (kind.member or "lab", "year", "draw"))
    return np.asarray(full[keep])
