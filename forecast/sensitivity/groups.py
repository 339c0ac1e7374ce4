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
    """One entry of a sensitivity analysis: a driver with all its members and years, or an event.

    ``event`` is the number of the event in the scenario, None for a driver; ``name`` is the driver's or the event's.
    """

    name: str
    source: Source
    unit: str = ""
    event: int | None = None

    @property
    def label(self) -> str:
        """What the input is called in tables and charts."""
        words = self.name.replace("_", " ")
        if self.source == "chance":
            return (
                f"{words.removesuffix(' shock')}: yearly shocks"
                if words.endswith(" shock")
                else f"{words.removesuffix(' chance')}: chance"
            )
        return f"{words} ({self.source}s)" if self.source in ("lab", "source", "tier") else words

    @property
    def scalar(self) -> bool:
        """Whether it is one number on each path."""
        return self.source in ("fitted", "assumed")


def groups(scenario: Scenario, wanted: Collection[str]) -> tuple[list[Group], list[str]]:
    """The uncertain inputs that the wanted variables depend on, and the names of those that they do not depend on.

    Args:
        scenario: The assumptions.
        wanted: Names of variables.
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
        found.append(Group(name, source, kind.unit.symbol))
    for number, event in enumerate(scenario.events):
        if event.affects in needed:
            found.append(Group(event.name, "event", event=number))
        else:
            without.append(event.name)
    return found, without


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
    return [name for name in names if name in correlated or _is_fitted(scenario, name)]


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
