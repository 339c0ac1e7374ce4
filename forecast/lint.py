"""What is allowed in a scenario and still looks like a slip: notes on assumptions, none of them an error.

An override that changes nothing, an assumption that no result depends on, a value far from what was fitted or
published, a number without a source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from forecast import drivers, observations
from forecast.errors import Problem, ScenarioError
from forecast.model import graph
from forecast.observations.published import published
from forecast.scenario import Assumption, DriverSpec, Scenario, Where, load
from forecast.scenario.distributions import Constant, Distribution, Fitted, number_text
from forecast.scenario.growth import growth_text
from forecast.scenario.reader import read
from forecast.scenario.scenario import RATE
from forecast.sensitivity.groups import rows
from forecast.sensitivity.world import World
from forecast.shapes import Posterior
from forecast.simulation import outputs
from forecast.units import Array

ROWS = 1024
_ROWS_NAMED = 4
# What is called possible: the fit holds 99% of its probability inside.
FITTED_RANGE = (0.005, 0.995)


@dataclass(frozen=True, slots=True)
class _Stated:
    """An assumption, whose it is, and its path in a scenario file."""

    assumption: Assumption
    member: str
    path: str


def lint(
    scenario: Scenario, *, overrides: Sequence[str] = (), posterior: Posterior | None = None
) -> tuple[Problem, ...]:
    """Notes on a scenario that is right: where each stands, what looks odd, what would clear it up.

    Args:
        scenario: The assumptions.
        overrides: What was laid over its file.
        posterior: The fitted trends; without them what was fitted and what has an effect are not looked at.

    Returns:
        Notes in the order of the rules: changes nothing, has no effect, out of range, without a source.
    """
    notes = [*_unchanged(scenario, overrides)]
    if posterior is not None:
        notes += _without_effect(scenario, posterior)
        notes += _beyond_fit(scenario, posterior)
    notes += _beyond_published(scenario)
    notes += _unsourced(scenario)
    return tuple(dict.fromkeys(notes))


def _stated(scenario: Scenario) -> Iterator[_Stated]:
    for name, assumption in scenario.assumptions.items():
        yield _Stated(assumption, "", f"assumptions.{name}")
    for name, values in scenario.member_assumptions.items():
        section = drivers.specs()[name].section
        shared = [id(assumption) for assumption in values.values()]
        for member, assumption in values.items():
            whose = "defaults" if shared.count(id(assumption)) > 1 else member
            yield _Stated(assumption, member, f"{section}.{whose}.{name}")


def _unchanged(scenario: Scenario, overrides: Sequence[str]) -> Iterator[Problem]:
    if overrides:
        base = _loaded(scenario.path)
        if base is not None:
            yield from _same_as(base, scenario, lambda where: where.file.startswith("--set "))
    parent = _parent(scenario.path)
    if parent is not None:
        own = str(scenario.path)
        yield from _same_as(parent, scenario, lambda where: where.file == own)


def _same_as(base: Scenario, scenario: Scenario, mine: Callable[[Where], bool]) -> Iterator[Problem]:
    """Assumptions of a scenario that say what the one below says already."""
    verdicts: dict[tuple[str, Where], bool] = {}
    places: dict[tuple[str, Where], tuple[str, Where]] = {}
    for each in _stated(scenario):
        name, where = each.assumption.name, each.assumption.where
        if not mine(where):
            continue
        below = (
            base.member_assumptions.get(name, {}).get(each.member)
            if each.member
            else base.assumptions.get(name)
        )
        key = (name, where)
        verdicts[key] = verdicts.get(key, True) and below is not None and _alike(below, each.assumption)
        if below is not None:
            places[key] = (each.path, below.where)
    for key, alike in verdicts.items():
        if alike:
            path, below_where = places[key]
            yield key[1].problem(f"changes nothing: {below_where} says the same; leave it out", path)


def _alike(first: Assumption, second: Assumption) -> bool:
    return first.distribution.plain() == second.distribution.plain() and first.dollars == second.dollars


def _loaded(path: Path) -> Scenario | None:
    try:
        return load(path, drivers=drivers.specs(), events_affect=drivers.affectable())
    except ScenarioError:
        return None


def _parent(path: Path) -> Scenario | None:
    root, _ = read(path)
    link = root.entries.get("extends")
    return None if link is None or not isinstance(link.value, str) else _loaded(path.parent / link.value)


def _without_effect(scenario: Scenario, posterior: Posterior) -> Iterator[Problem]:
    """Assumptions whose change moves no result on any of some paths.

    Only what the file itself or an override states is looked at. A file that extends no other states everything, much
    of it about members that are far from mattering; there a driver is judged by all its members together.
    """
    values, factors = rows(drivers.sample(scenario, posterior, seed=1, block=0), slice(0, ROWS))
    world = World(outputs(graph()), values, factors)
    base = _parent(scenario.path) is None
    by_place: dict[tuple[str, str], list[_Stated]] = {}
    for each in _stated(scenario):
        where = each.assumption.where
        single = where.file.startswith("--set ") or not base
        if where.file.startswith("--set ") or where.file == str(scenario.path):
            by_place.setdefault((each.assumption.name, each.path if single else ""), []).append(each)
    for (name, path), stated in by_place.items():
        drawn = values[name]
        changed = np.array(np.broadcast_to(drawn, (*drawn.shape[:-1], ROWS)))
        for each in stated:
            place = list(scenario.member_assumptions[name]).index(each.member) if each.member else 0
            changed[place] = _other(changed[place], each.assumption.distribution, drivers.specs()[name])
        if not _moves(world, name, changed):
            where = stated[0].assumption.where
            yield where.problem("has no effect: no result changes when it does", path or stated[0].path)


def _moves(world: World, name: str, changed: Array) -> bool:
    try:
        moved = world.moved({name: changed})
    except FloatingPointError:
        # A value that the formulas cannot bear has an effect, to say the least.
        return True
    return any(not np.array_equal(moved.values[each], world.values[each]) for each in world.wanted)


def _other(drawn: Array, distribution: Distribution, spec: DriverSpec) -> Array:
    """Other values that an assumption might have had: other draws, or a constant moved."""
    if not isinstance(distribution, Constant):
        return drawn[..., ::-1]
    if spec.bounded:
        return 1.0 - drawn if distribution.value != 0.5 else 0.5 * drawn
    return drawn * 1.1 if spec.positive and distribution.value else drawn + 0.1


def _beyond_fit(scenario: Scenario, posterior: Posterior) -> Iterator[Problem]:
    for name, assumption in scenario.assumptions.items():
        fitted = posterior.draws.get(name)
        distribution = assumption.distribution
        if fitted is None:
            continue
        low, high = (float(value) for value in np.quantile(fitted, FITTED_RANGE))
        middle = (
            float(np.median(distribution.apply(fitted)))
            if isinstance(distribution, Fitted)
            else float(distribution.ppf(np.array([0.5]))[0])
        )
        if not low <= middle <= high:
            yield assumption.where.problem(
                f"its median {_words(assumption, middle)} lies outside what the fit of history holds possible, "
                f"{_words(assumption, low)} to {_words(assumption, high)} (99%)",
                f"assumptions.{name}",
            )


def _beyond_published(scenario: Scenario) -> Iterator[Problem]:
    history = observations.load(as_of=scenario.as_of)
    ranges = published(history)
    for each in _stated(scenario):
        assumption = each.assumption
        known = ranges.get((assumption.name, each.member))
        if known is None or isinstance(assumption.distribution, Fitted):
            continue
        middle = float(assumption.distribution.ppf(np.array([0.5]))[0])
        if assumption.dollars is not None:
            middle *= history.price_index.factor(date(assumption.dollars, 7, 1))
        if not known.low <= middle <= known.high:
            span = f"{_words(assumption, known.low)} to {_words(assumption, known.high)}"
            rows = ", ".join(known.rows[:_ROWS_NAMED]) + (
                " and more" if len(known.rows) > _ROWS_NAMED else ""
            )
            yield assumption.where.problem(
                f"its median {_words(assumption, middle)} lies outside what was published, {span} "
                f"({rows}: forecast data show {known.table})",
                each.path,
            )


def _unsourced(scenario: Scenario) -> Iterator[Problem]:
    for each in _stated(scenario):
        if not each.assumption.source and not each.assumption.where.file.startswith("--set "):
            yield each.assumption.where.problem("names no source; say where the number is from", each.path)
    for event in scenario.events:
        if not event.source:
            yield event.where.problem("names no source; say why it may happen", f"events: {event.name}")
    for pair in scenario.correlations:
        if not pair.source:
            yield pair.where.problem(
                "names no source; say why they move together", f"correlations: {pair.first}, {pair.second}"
            )


def _words(assumption: Assumption, value: float) -> str:
    rounded = float(f"{value:.3g}")
    return (
        growth_text(value) if assumption.unit == RATE else f"{number_text(rounded)} {assumption.unit}".strip()
    )
