"""A scenario file, checked from end to end: every mistake of every file that it is made of, in one error."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from forecast.errors import Problem, ScenarioError, shorten
from forecast.scenario import correlations as correlation_matrix
from forecast.scenario.merge import REMOVE, TOP_KEYS, Merged, merged
from forecast.scenario.reader import MAX_PROBLEMS, Broken, Node, Where
from forecast.scenario.scenario import (
    RATE,
    SECTIONS,
    Assumption,
    Correlation,
    DriverSpec,
    Event,
    Member,
    Scenario,
    Section,
)
from forecast.scenario.values import PROSE_KEYS, Notes, Prose, read_distribution, read_prose

EARLIEST, LATEST = date(2012, 1, 1), date(2100, 12, 31)
DEFAULT_HORIZON = 5
MAX_HORIZON = 30
DEFAULT_THRESHOLDS = (1e9, 10e9)
MAX_THRESHOLDS = 10
# More drivers than this are missing from a file that was never meant to be complete.
MANY_MISSING = 4
MAX_EVENTS = 200
MAX_CORRELATIONS = 200
EVENT_KEYS = ("name", "probability", "year", "affects", "factor", "lasts", *PROSE_KEYS)
CORRELATION_KEYS = ("between", "rho", *PROSE_KEYS)
MEMBER_KEYS = ("name",)
DEFAULTS = "defaults"

NAME_PATTERN = "[a-z0-9][a-z0-9-]{0,63}"
MEMBER_PATTERN = "[a-z0-9][a-z0-9_-]{0,63}"

_SINGULAR = {"labs": "lab", "sources": "data source", "tiers": "labeling tier"}


def load(
    path: str | Path,
    *,
    drivers: Mapping[str, DriverSpec] | None = None,
    events_affect: Collection[str] | None = None,
    overrides: Sequence[str] = (),
) -> Scenario:
    """A scenario as its file, the files that it extends and any overrides say.

    Args:
        path: The scenario file.
        drivers: What the formulas ask for, by name; without it names and units are not checked.
        events_affect: The variables that an event may multiply; without it they are not checked.
        overrides: Texts such as ``algorithmic_growth=3x/yr``, laid over the file in their order.

    Returns:
        The complete scenario.

    Raises:
        ScenarioError: Any mistake; ``problems`` holds all of them, in the order of the files.
    """
    notes = Notes()
    tree = merged(Path(path), overrides, notes, drivers)
    scenario = _Loader(tree, notes, drivers, events_affect, Path(path)).scenario()
    if notes.problems or scenario is None:
        raise ScenarioError(_in_order(notes.problems, tree.order))
    again = partial(load, Path(path).absolute(), drivers=drivers, events_affect=events_affect)
    return replace(scenario, overrides=tuple(overrides), reading=again)


def _in_order(problems: Sequence[Problem], order: Sequence[str]) -> list[Problem]:
    ranks = {name: rank for rank, name in enumerate(order)}
    found = sorted(
        dict.fromkeys(problems),
        key=lambda each: (ranks.get(each.file, len(ranks)), each.line or 0, each.column or 0),
    )
    if len(found) > MAX_PROBLEMS:
        rest = len(found) - MAX_PROBLEMS
        found = [
            *found[:MAX_PROBLEMS],
            Problem(f"and {rest:,} more mistakes; correct these first", file=found[0].file),
        ]
    return found


@dataclass(slots=True)
class _Loader:
    tree: Merged
    notes: Notes
    drivers: Mapping[str, DriverSpec] | None
    events_affect: Collection[str] | None
    path: Path
    as_of: date | None = None

    def scenario(self) -> Scenario | None:
        entries = self.tree.entries
        start = Where(self.tree.order[0], 1, 1)
        top = Node(entries, start, start)
        self.notes.unknown_keys(top, "", TOP_KEYS)
        name = self._name()
        self.as_of = self._as_of()
        years = self._years()
        assumptions = self._assumptions()
        members: dict[Section, dict[str, Member]] = {}
        member_assumptions: dict[str, dict[str, Assumption]] = {}
        for section in SECTIONS:
            members[section], values = self._section(section)
            member_assumptions.update(values)
        events = self._events(years)
        correlations = self._correlations(assumptions)
        thresholds = self._thresholds()
        title = self.notes.text(entries.get("title"), "title", default=name)
        description = self.notes.text(entries.get("description"), "description")
        if self.notes.problems or self.as_of is None or years is None:
            return None
        return Scenario(
            name=name,
            title=title,
            description=description,
            path=self.path,
            as_of=self.as_of,
            first_year=years[0],
            last_year=years[1],
            thresholds=thresholds,
            assumptions=assumptions,
            member_assumptions=member_assumptions,
            members=members,
            events=events,
            correlations=correlations,
            where={key: entries[key].key for key in entries},
        )

    def _start(self) -> Where:
        return Where(self.tree.order[0], 1, 1)

    def _missing(self, where: Where, path: str, message: str) -> None:
        """Notes what is absent, unless it may stand in a file that could not be read."""
        if self.tree.complete:
            self.notes.add(where, path, message)

    def _name(self) -> str:
        node = self.tree.entries.get("name")
        if node is None:
            # The name is never inherited, so it is missed even when a file that is extended cannot be read.
            self.notes.add(self._start(), "name", "is missing; give the scenario a name such as cheap-chips")
            return ""
        name = self.notes.text(node, "name")
        if name and not re.fullmatch(NAME_PATTERN, name):
            rule = "use small letters, digits and hyphens, at most 64"
            message = f'"{shorten(name)}" is no name for a folder of results; {rule}'
            self.notes.add(node.where, "name", message)
        return name

    def _as_of(self) -> date | None:
        node = self.tree.entries.get("as_of")
        if node is None:
            self._missing(
                self._start(),
                "as_of",
                "is missing; write the date up to which history is known, as 2026-09-30",
            )
            return None
        as_of = self.notes.date(node, "as_of")
        if as_of is not None and not EARLIEST <= as_of <= LATEST:
            self.notes.add(node.where, "as_of", f"{as_of} is outside {EARLIEST} to {LATEST}")
            return None
        return as_of

    def _years(self) -> tuple[int, int] | None:
        years: dict[str, int] = {}
        for key in ("first_year", "last_year"):
            node = self.tree.entries.get(key)
            if node is not None:
                year = self.notes.integer(node, key, "year")
                if year is None:
                    return None
                years[key] = year
        if self.as_of is None:
            return None
        first = years.get("first_year", self.as_of.year)
        last = years.get("last_year", first + DEFAULT_HORIZON)
        if first < self.as_of.year:
            where = self.tree.entries["first_year"].where
            self.notes.add(
                where, "first_year", f"{first} is before as_of ({self.as_of}); write {self.as_of.year}"
            )
            return None
        if first > self.as_of.year + 1:
            where = self.tree.entries["first_year"].where
            self.notes.add(
                where,
                "first_year",
                f"{first} leaves a gap after as_of ({self.as_of}); write {self.as_of.year}",
            )
            return None
        if not first < last <= first + MAX_HORIZON:
            where = self.tree.entries["last_year"].where
            message = (
                f"{last} is outside {first + 1} to {first + MAX_HORIZON}, the horizons that can be forecast"
            )
            self.notes.add(where, "last_year", message)
            return None
        return first, last

    def _thresholds(self) -> tuple[float, ...]:
        node = self.tree.entries.get("thresholds")
        if node is None or node.value is None:
            return DEFAULT_THRESHOLDS
        found: list[float] = []
        for index, child in enumerate(self._list(node, "thresholds", MAX_THRESHOLDS)):
            path = f"thresholds[{index}]"
            number = self.notes.number(child, path)
            if number is None:
                continue
            if number <= 0:
                self.notes.add(
                    child.where, path, f"{child.text} is no amount of money; write a number above zero"
                )
            elif found and number <= found[-1]:
                self.notes.add(
                    child.where, path, f"{child.text} is not above the one before; write them in rising order"
                )
            found.append(number)
        return tuple(found)

    def _list(self, node: Node, path: str, most: int) -> list[Node]:
        if isinstance(node.value, Broken):
            return []
        if not isinstance(node.value, list):
            self.notes.add(node.where, path, f"is {node.kind}; write a list")
            return []
        if len(node.value) > most:
            self.notes.add(node.where, path, f"has {len(node.value)} entries; at most {most} are allowed")
            return []
        return node.value

    def _map(self, node: Node | None, path: str, message: str) -> dict[str, Node] | None:
        if node is None or isinstance(node.value, Broken):
            return None
        if not isinstance(node.value, dict):
            self.notes.add(node.where, path, f"is {node.kind}; {message}")
            return None
        return node.value

    def _specs(self, section: Section) -> dict[str, DriverSpec]:
        return {name: spec for name, spec in (self.drivers or {}).items() if spec.section == section}

    def _assumptions(self) -> dict[str, Assumption]:
        node = self.tree.entries.get("assumptions")
        entries = self._map(node, "assumptions", "write a map from driver to what is assumed")
        result: dict[str, Assumption] = {}
        for name, child in (entries or {}).items():
            path = f"assumptions.{name}"
            if self._known(name, "", child, path):
                found = self._assumption(name, child, path)
                if found is not None:
                    result[name] = found
        if node is None or entries is not None:
            where = self._start() if node is None else node.key
            # A misspelt driver has been reported, with the name that is missing here.
            misspelt = [name for name in entries or {} if self.drivers and name not in self.drivers]
            missing = [
                spec
                for name, spec in self._specs("").items()
                if name not in (entries or {})
                and not any(self.notes.nearest(word, [name]) for word in misspelt)
            ]
            if len(missing) > MANY_MISSING:
                names = ", ".join(spec.name for spec in missing[:MANY_MISSING])
                message = f"{len(missing)} drivers are missing ({names} and others); extend a scenario that states them"
                self._missing(where, "assumptions", message)
                return result
            for spec in missing:
                message = f"is missing; say what you assume about it, in {_unit(spec)}"
                self._missing(where, f"assumptions.{spec.name}", message)
        return result

    def _known(self, name: str, section: Section, node: Node, path: str) -> bool:
        if self.drivers is None or (name in self.drivers and self.drivers[name].section == section):
            return True
        if name in self.drivers:
            right = self.drivers[name].section
            place = (
                f"{right}.defaults or one of the {right}" if right else "assumptions, as one number for all"
            )
            self.notes.add(node.key, path, f'"{name}" does not belong here; write it under {place}')
            return False
        choices = [each for each, spec in self.drivers.items() if spec.section == section]
        hint = self.notes.nearest(name, choices) or self.notes.nearest(name, self.drivers)
        self.notes.add(node.key, path, f'no formula asks for "{shorten(name)}"{hint}')
        return False

    def _assumption(self, name: str, node: Node, path: str) -> Assumption | None:
        spec = self.drivers[name] if self.drivers is not None else None
        if node.value is None:
            self.notes.add(
                node.where, path, "says nothing, and no file that this one extends sets it; write a value"
            )
            return None
        entries = node.value if isinstance(node.value, dict) else {}
        prose = self._prose(entries, path)
        unit = self.notes.text(entries.get("unit"), f"{path}.unit")
        if spec is not None and unit and unit != spec.unit:
            message = (
                f'the unit is {_unit(spec)}, not "{shorten(unit)}"{self.notes.nearest(unit, [spec.unit])}'
            )
            self.notes.add(entries["unit"].where, f"{path}.unit", message)
        dollars = self._dollars(entries["dollars"], spec, f"{path}.dollars") if "dollars" in entries else None
        distribution = read_distribution(
            node, spec, path, self.notes, folder=self.tree.folders[node.where.file]
        )
        if distribution is None:
            return None
        return Assumption(
            name=name,
            unit=spec.unit if spec is not None else unit,
            distribution=distribution,
            where=node.key,
            why=prose.why,
            source=prose.source,
            dated=prose.dated,
            verified=prose.verified,
            dollars=dollars,
        )

    def _dollars(self, node: Node, spec: DriverSpec | None, path: str) -> int | None:
        year = self.notes.integer(node, path, "year")
        if year is None:
            return None
        if spec is not None and "USD" not in spec.unit:
            self.notes.add(
                node.key, path, f"{spec.name} is measured in {spec.unit}, which no price level changes"
            )
        elif self.as_of is not None and not EARLIEST.year <= year <= self.as_of.year:
            message = (
                f"{year} is outside {EARLIEST.year} to {self.as_of.year}, the years whose prices are known"
            )
            self.notes.add(node.where, path, message)
        return year

    def _prose(self, entries: Mapping[str, Node], path: str) -> Prose:
        prose = read_prose(entries, path, self.notes)
        if prose.dated is not None and self.as_of is not None and prose.dated > self.as_of:
            message = (
                f"{prose.dated} is after as_of ({self.as_of}), when this was not known; use an earlier source"
            )
            self.notes.add(entries["dated"].where, f"{path}.dated", message)
        return prose

    def _section(self, section: Section) -> tuple[dict[str, Member], dict[str, dict[str, Assumption]]]:
        specs = self._specs(section)
        node = self.tree.entries.get(section)
        message = f"write a map from {_SINGULAR[section]} to what is assumed about it"
        entries = self._map(node, section, message) or {}
        shared = self._member_values(DEFAULTS, entries[DEFAULTS], section) if DEFAULTS in entries else {}
        members: dict[str, Member] = {}
        values: dict[str, dict[str, Assumption]] = {name: {} for name in specs}
        for identity, child in entries.items():
            if identity == DEFAULTS:
                continue
            path = f"{section}.{identity}"
            if not re.fullmatch(MEMBER_PATTERN, identity):
                message = f'"{shorten(identity)}" cannot be used; write small letters, digits, hyphens and underscores'
                self.notes.add(child.key, path, message)
            if child.value is None or child.value == REMOVE:
                self.notes.add(child.where, path, "removes nothing: no file that this one extends names it")
                continue
            own = self._member_values(identity, child, section)
            if not isinstance(child.value, dict):
                continue
            name = self.notes.text(child.value.get("name"), f"{path}.name", default=identity)
            members[identity] = Member(identity, name, child.key)
            held = {**shared, **own}
            for driver, found in held.items():
                if found is not None:
                    values.setdefault(driver, {})[identity] = found
            self._lacking(section, path, child, held)
        if not members and specs:
            where = self._start() if node is None else node.key
            self._missing(where, section, f"names no {_SINGULAR[section]}; write at least one")
        return members, values

    def _lacking(self, section: Section, path: str, node: Node, held: Collection[str]) -> None:
        """Notes every driver for which neither a member nor the defaults say anything."""
        misspelt = [name for name in node.entries if self.drivers and name not in self.drivers]
        for driver, spec in self._specs(section).items():
            if driver not in held and not any(self.notes.nearest(word, [driver]) for word in misspelt):
                message = f"is missing; write it here or under {section}.{DEFAULTS}, in {_unit(spec)}"
                self._missing(node.key, f"{path}.{driver}", message)

    def _member_values(self, identity: str, node: Node, section: Section) -> dict[str, Assumption | None]:
        path = f"{section}.{identity}"
        entries = self._map(node, path, "write a map from driver to what is assumed")
        result: dict[str, Assumption | None] = {}
        for name, child in (entries or {}).items():
            if name in MEMBER_KEYS and identity != DEFAULTS:
                continue
            inner = f"{path}.{name}"
            result[name] = (
                self._assumption(name, child, inner) if self._known(name, section, child, inner) else None
            )
        return result

    def _events(self, years: tuple[int, int] | None) -> tuple[Event, ...]:
        if "add_events" in self.tree.entries:
            self._list(self.tree.entries["add_events"], "add_events", MAX_EVENTS)
        node = self.tree.entries.get("events")
        if node is None or node.value is None:
            return ()
        events: dict[str, Event] = {}
        for index, child in enumerate(self._list(node, "events", MAX_EVENTS)):
            event = self._event(child, f"events[{index}]", years)
            if event is None:
                continue
            if event.name in events:
                first = events[event.name].where
                message = f'the event "{shorten(event.name)}" is described twice; first at {first}'
                self.notes.add(child.where, f"events[{index}].name", message)
            events[event.name] = event
        return tuple(events.values())

    def _required(
        self, node: Node, path: str, known: Sequence[str], required: Sequence[str]
    ) -> dict[str, Node] | None:
        entries = self._map(node, path, f"write a map with {', '.join(required)}")
        if entries is None:
            return None
        self.notes.unknown_keys(node, path, known)
        absent = [key for key in required if key not in entries]
        if absent:
            self.notes.add(node.where, path, f"lacks {' and '.join(absent)}")
        return entries

    def _event(self, node: Node, path: str, years: tuple[int, int] | None) -> Event | None:
        before = len(self.notes.problems)
        entries = self._required(node, path, EVENT_KEYS, ("name", "probability", "year", "affects", "factor"))
        if entries is None:
            return None
        name = self.notes.text(entries.get("name"), f"{path}.name")
        probability = self._number(entries, "probability", path)
        if probability is not None and not 0 <= probability <= 1:
            shown = entries["probability"].text
            message = f"{shown} is no probability; write a number from 0 to 1"
            self.notes.add(entries["probability"].where, f"{path}.probability", message)
        span = self._span(entries["year"], f"{path}.year", years) if "year" in entries else None
        affects = self.notes.text(entries.get("affects"), f"{path}.affects")
        if affects and self.events_affect is not None and affects not in self.events_affect:
            hint = (
                self.notes.nearest(affects, self.events_affect)
                or f"; it may affect {', '.join(sorted(self.events_affect))}"
            )
            message = f'an event cannot affect "{shorten(affects)}"{hint}'
            self.notes.add(entries["affects"].where, f"{path}.affects", message)
        factor = None
        if "factor" in entries:
            child = entries["factor"]
            spec = DriverSpec("factor", "x", positive=True, fitted=False)
            folder = self.tree.folders[child.where.file]
            factor = read_distribution(
                child, spec, f"{path}.factor", self.notes, folder=folder, extra=("min", "max")
            )
        lasts = None
        if "lasts" in entries and entries["lasts"].value is not None:
            lasts = self._number(entries, "lasts", path)
            if lasts is not None and lasts <= 0:
                self.notes.add(
                    entries["lasts"].where, f"{path}.lasts", "an event lasts longer than nothing; write years"
                )
        prose = self._prose(entries, path)
        if len(self.notes.problems) > before or probability is None or span is None or factor is None:
            return None
        return Event(
            name=name,
            probability=probability,
            first_year=span[0],
            last_year=span[1],
            affects=affects,
            factor=factor,
            where=node.where,
            lasts=lasts,
            why=prose.why,
            source=prose.source,
            dated=prose.dated,
            verified=prose.verified,
        )

    def _number(self, entries: Mapping[str, Node], key: str, path: str) -> float | None:
        return self.notes.number(entries[key], f"{path}.{key}") if key in entries else None

    def _span(self, node: Node, path: str, years: tuple[int, int] | None) -> tuple[int, int] | None:
        children = node.value if isinstance(node.value, list) else [node]
        if len(children) not in (1, 2):
            self.notes.add(node.where, path, "write one year or a list of the first and the last")
            return None
        found = [self.notes.integer(child, path, "year") for child in children]
        known = [year for year in found if year is not None]
        if len(known) < len(found):
            return None
        # A span may end after the horizon, which then may be too early to see the event; it cannot start there.
        if years is not None and not years[0] <= known[0] <= years[1]:
            self.notes.add(
                children[0].where, path, f"{known[0]} is outside the horizon, {years[0]} to {years[1]}"
            )
        if years is not None and known[-1] > years[1] + MAX_HORIZON:
            self.notes.add(
                node.where, path, f"{known[-1]} is far outside the horizon, {years[0]} to {years[1]}"
            )
        if known[0] > known[-1]:
            self.notes.add(node.where, path, f"the first year ({known[0]}) is after the last ({known[-1]})")
        return known[0], known[-1]

    def _correlations(self, assumptions: Mapping[str, Assumption]) -> tuple[Correlation, ...]:
        node = self.tree.entries.get("correlations")
        if node is None or node.value is None:
            return ()
        before = len(self.notes.problems)
        found: dict[frozenset[str], Correlation] = {}
        for index, child in enumerate(self._list(node, "correlations", MAX_CORRELATIONS)):
            path = f"correlations[{index}]"
            correlation = self._correlation(child, path, assumptions)
            if correlation is None:
                continue
            pair = frozenset((correlation.first, correlation.second))
            if pair in found:
                self.notes.add(child.where, path, f"this pair stands twice; first at {found[pair].where}")
            found[pair] = correlation
        result = tuple(found.values())
        if result and len(self.notes.problems) == before:
            offered = correlation_matrix.nearest([(each.first, each.second, each.rho) for each in result])
            if offered is not None:
                words = ", ".join(
                    f"{each.first} with {each.second} {rho:g}"
                    for each, rho in zip(result, offered, strict=True)
                )
                message = f"these cannot all hold at once; the nearest that can: {words}"
                self.notes.add(node.key, "correlations", message)
        return result

    def _correlation(
        self, node: Node, path: str, assumptions: Mapping[str, Assumption]
    ) -> Correlation | None:
        before = len(self.notes.problems)
        entries = self._required(node, path, CORRELATION_KEYS, ("between", "rho"))
        if entries is None:
            return None
        rho = self._number(entries, "rho", path)
        if rho is not None and not -1 < rho < 1:
            message = f"{entries['rho'].text} is no correlation; write a number above -1 and below 1"
            self.notes.add(entries["rho"].where, f"{path}.rho", message)
        names: list[str] = []
        if "between" in entries:
            children = self._list(entries["between"], f"{path}.between", 2)
            names = [self._correlated(child, f"{path}.between", assumptions) for child in children]
            if children and (len(names) != 2 or names[0] == names[1]):
                self.notes.add(
                    entries["between"].where, f"{path}.between", "write the names of two different drivers"
                )
        prose = self._prose(entries, path)
        if len(self.notes.problems) > before or rho is None or len(names) != 2:
            return None
        return Correlation(
            first=names[0],
            second=names[1],
            rho=rho,
            where=node.where,
            why=prose.why,
            source=prose.source,
            dated=prose.dated,
            verified=prose.verified,
        )

    def _correlated(self, node: Node, path: str, assumptions: Mapping[str, Assumption]) -> str:
        name = self.notes.text(node, path)
        known = assumptions if self.drivers is None else self._specs("")
        if not name:
            return name
        if self.drivers is not None and name in self.drivers and self.drivers[name].section:
            section = self.drivers[name].section
            message = (
                f'"{name}" has a value for each of the {section}; only drivers with one can be correlated'
            )
            self.notes.add(node.where, path, message)
        elif name not in known:
            self.notes.add(
                node.where, path, f'no formula asks for "{shorten(name)}"{self.notes.nearest(name, known)}'
            )
        elif name in assumptions and assumptions[name].is_fitted:
            message = (
                f'"{name}" is fitted, and the fit knows how it moves with others; correlate what is assumed'
            )
            self.notes.add(node.where, path, message)
        return name


def _unit(spec: DriverSpec) -> str:
    return f"{spec.unit} (a growth rate, such as 2.4x/yr)" if spec.unit == RATE else spec.unit
