"""The inputs of a forecast as a reader thinks of them: one entry a driver, a source of chance or an event."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from forecast.drivers import coordinates
from forecast.model import graph
from forecast.scenario import Scenario
from forecast.scenario.distributions import Constant, Fitted
from forecast.shapes import Drivers
from forecast.units import Array

Source = Literal["fitted", "assumed", "lab", "source", "tier", "chance", "event"]
SOURCES: Mapping[Source, str] = {
    "fitted": "fitted to history",
    "assumed": "assumed",
    "lab": "assumed for each lab",
    "source": "assumed for each data source",
    "tier": "assumed for each labeling tier",
    "chance": "chance",
    "event": "event",
}
"""Where an input's uncertainty comes from, in words."""


@dataclass(frozen=True, slots=True)
class Group:
    """One entry of a sensitivity analysis: a driver with all its years and some or all of its members, or an event.

    ``name`` is unique, ``driver`` the name of the driver. ``members`` are the places of the members that belong to it
    along their axis, none meaning all; ``lab`` is the one lab whose value it is, if it is only one's. ``event`` is the
    number of the event in the scenario, None for a driver; ``single`` says whether it is one number on each path.
    """

    name: str
    source: Source
    unit: str = ""
    driver: str = ""
    members: tuple[int, ...] = ()
    lab: str = ""
    event: int | None = None
    single: bool = False

    @property
    def label(self) -> str:
        """What the input is called in tables and charts."""
        words = (self.driver or self.name).replace("_", " ")
        if self.source == "chance":
            words = (
                f"{words.removesuffix(' shock')}: shocks"
                if words.endswith(" shock")
                else f"{words.removesuffix(' chance')}: chance"
            )
        if self.lab:
            return f"{words} ({self.lab})"
        if self.members:
            return f"{words} (other labs)"
        return f"{words} ({self.source}s)" if self.source in ("lab", "source", "tier") else words

    def numbers(self, drawn: Array) -> Array:
        """The one number on each path that this entry is, from the values of its driver; only if it is `single`."""
        row: Array = drawn[self.members[0], 0] if self.members else drawn[0]
        return row

    def taken(self, base: Array, source: Array) -> Array:
        """Values of the driver with this entry's part from ``source`` and the rest from ``base``."""
        if not self.members:
            return source
        mixed = base.copy()
        mixed[list(self.members)] = source[list(self.members)]
        return mixed


def groups(
    scenario: Scenario, wanted: Collection[str], *, labs: Collection[str] = ()
) -> tuple[list[Group], list[str]]:
    """The uncertain inputs that the wanted variables depend on, and the names of those that they do not depend on.

    Args:
        scenario: The assumptions.
        wanted: Names of variables.
        labs: Labs whose own inputs stand apart from those of all others.
    """
    world = graph()
    reaching = world.inputs_of(wanted)
    needed = set(world.needed(wanted))
    found, without = [], []
    for name, kind in world.drivers.items():
        if kind.calendar or not _uncertain(scenario, name, noise=kind.noise is not None):
            continue
        if name not in reaching:
            without.append(name)
            continue
        source: Source
        if kind.noise is not None:
            source = "chance"
        elif kind.member:
            source = kind.member  # type: ignore[assignment]
        else:
            assumption = scenario.assumptions.get(name)
            source = "fitted" if assumption is None or assumption.is_fitted else "assumed"
        unit = kind.unit.symbol
        constant = kind.noise is None or not kind.noise.yearly
        if kind.member == "lab" and labs:
            found += _by_lab(scenario, name, source, unit, labs, single=constant)
        else:
            single = constant and not kind.member
            found.append(Group(name, source, unit, driver=name, single=single))
    for number, event in enumerate(scenario.events):
        if event.affects in needed:
            found.append(Group(event.name, "event", event=number))
        else:
            without.append(event.name)
    return found, without


def _by_lab(
    scenario: Scenario, name: str, source: Source, unit: str, labs: Collection[str], *, single: bool
) -> list[Group]:
    """One entry for each named lab that is uncertain, and one for all others together."""
    names = list(scenario.labs)
    stated = scenario.member_assumptions.get(name, {})
    uncertain = [
        lab for lab in names if lab not in stated or not isinstance(stated[lab].distribution, Constant)
    ]
    found = [
        Group(
            f"{name}[{lab}]", source, unit, driver=name, members=(names.index(lab),), lab=lab, single=single
        )
        for lab in labs
        if lab in uncertain
    ]
    others = tuple(names.index(lab) for lab in uncertain if lab not in labs)
    return [*found, Group(name, source, unit, driver=name, members=others)] if others else found


def event_places(scenario: Scenario) -> dict[int, tuple[str, int]]:
    """For each event the variable that it multiplies and its place among that variable's factors."""
    places: dict[int, tuple[str, int]] = {}
    count: dict[str, int] = {}
    for number, event in enumerate(scenario.events):
        places[number] = (event.affects, count.get(event.affects, 0))
        count[event.affects] = count.get(event.affects, 0) + 1
    return places


def rows(block: Drivers, part: slice) -> tuple[dict[str, Array], dict[str, tuple[Array, ...]]]:
    """Some rows of a block of drivers: their values and the factors of events."""

    def cut(values: Array) -> Array:
        return values[..., part] if values.shape[-1] == block.size else values

    return (
        {name: cut(values) for name, values in block.values.items()},
        {name: tuple(cut(each) for each in factors) for name, factors in block.factors.items()},
    )


def dependent(scenario: Scenario, names: Collection[str]) -> list[str]:
    """The scalar drivers among some names that may depend on each other: fitted ones, and those correlated."""
    correlated = {name for pair in scenario.correlations for name in (pair.first, pair.second)}
    world = graph().drivers
    return [
        name
        for name in names
        if world[name].noise is None and (name in correlated or _is_fitted(scenario, name))
    ]


def _is_fitted(scenario: Scenario, name: str) -> bool:
    assumption = scenario.assumptions.get(name)
    return assumption is None or isinstance(assumption.distribution, Fitted)


def _uncertain(scenario: Scenario, name: str, *, noise: bool) -> bool:
    if noise:
        axes = coordinates(scenario)
        member = graph().drivers[name].member
        return not member or bool(axes.members(member))
    if name in scenario.member_assumptions:
        return any(
            not isinstance(each.distribution, Constant) for each in scenario.member_assumptions[name].values()
        )
    assumption = scenario.assumptions.get(name)
    return assumption is None or not isinstance(assumption.distribution, Constant)
