"""What two scenarios assume differently, in words, with the file and line that says each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forecast.scenario import Assumption, Event, Scenario, Where

_NOWHERE = Where()


@dataclass(frozen=True)
class AssumptionDifference:
    """One thing that two scenarios say differently, in words, each with the file and line that says it.

    ``kind`` is setting, assumption, member, event or correlation; ``group`` the group of assumptions it counts to in
    an attribution, empty where it has none. An empty text means that the scenario does not have it.
    """

    kind: str
    name: str
    member: str
    group: str
    first: str
    first_where: Where
    second: str
    second_where: Where


def assumption_differences(
    first: Scenario, second: Scenario, *, groups: Mapping[str, str] | None = None
) -> tuple[AssumptionDifference, ...]:
    """What two scenarios assume differently: settings, numbers, members, events and correlations.

    Args:
        first: The scenario that is compared with.
        second: The other one.
        groups: The group of each driver in an attribution.
    """
    known = groups or {}
    found = [
        *_settings(first, second),
        *_assumptions(first.assumptions, second.assumptions, known, ""),
    ]
    for name in dict.fromkeys((*first.member_assumptions, *second.member_assumptions)):
        found += _assumptions(
            first.member_assumptions.get(name, {}),
            second.member_assumptions.get(name, {}),
            known,
            name,
            both=True,
        )
    return (*found, *_members(first, second), *_events(first, second), *_correlations(first, second))


def _settings(first: Scenario, second: Scenario) -> Iterator[AssumptionDifference]:
    for name in ("as_of", "first_year", "last_year", "thresholds"):
        one, other = getattr(first, name), getattr(second, name)
        if one != other:
            yield AssumptionDifference(
                "setting",
                name,
                "",
                "date" if name == "as_of" else "",
                _setting(one),
                first.where.get(name, _NOWHERE),
                _setting(other),
                second.where.get(name, _NOWHERE),
            )


def _setting(value: object) -> str:
    return ", ".join(f"{each:g}" for each in value) if isinstance(value, tuple) else str(value)


def _assumptions(
    first: Mapping[str, Assumption],
    second: Mapping[str, Assumption],
    groups: Mapping[str, str],
    driver: str,
    *,
    both: bool = False,
) -> Iterator[AssumptionDifference]:
    """Assumptions that differ, by driver name, or by member of one driver; with ``both``, of common members only."""
    for key in dict.fromkeys((*first, *second)):
        one, other = first.get(key), second.get(key)
        if _says(one) == _says(other) or (both and (one is None or other is None)):
            continue
        name, member = (driver, key) if driver else (key, "")
        yield AssumptionDifference(
            "assumption",
            name,
            member,
            groups.get(name, ""),
            _described(one),
            one.where if one else _NOWHERE,
            _described(other),
            other.where if other else _NOWHERE,
        )


def _says(assumption: Assumption | None) -> object:
    if assumption is None:
        return None
    return assumption.unit, assumption.dollars, assumption.distribution.plain()


def _described(assumption: Assumption | None) -> str:
    if assumption is None:
        return ""
    dollars = f" in USD of {assumption.dollars}" if assumption.dollars else ""
    return assumption.describe() + dollars


def _members(first: Scenario, second: Scenario) -> Iterator[AssumptionDifference]:
    axes = {"labs": "lab", "sources": "source", "tiers": "tier"}
    for section in first.members:
        one, other = first.members[section], second.members.get(section, {})
        for identity in dict.fromkeys((*one, *other)):
            if identity in one and identity in other:
                continue
            there = one.get(identity), other.get(identity)
            yield AssumptionDifference(
                "member",
                axes[section],
                identity,
                "",
                there[0].name if there[0] else "",
                there[0].where if there[0] else _NOWHERE,
                there[1].name if there[1] else "",
                there[1].where if there[1] else _NOWHERE,
            )


def _events(first: Scenario, second: Scenario) -> Iterator[AssumptionDifference]:
    one, other = ({event.name: event for event in each.events} for each in (first, second))
    for name in dict.fromkeys((*one, *other)):
        there = one.get(name), other.get(name)
        words = [_happens(event) for event in there]
        if words[0] != words[1]:
            places = [event.where if event else _NOWHERE for event in there]
            yield AssumptionDifference("event", name, "", "events", words[0], places[0], words[1], places[1])


def _happens(event: Event | None) -> str:
    if event is None:
        return ""
    span = f"{event.first_year}" + (f" to {event.last_year}" if event.last_year != event.first_year else "")
    lasts = "to the end" if event.lasts is None else f"for {event.lasts:g} years"
    return (
        f"probability {event.probability:g}, {span}, {event.affects} times {event.factor.describe()}, {lasts}"
    )


def _correlations(first: Scenario, second: Scenario) -> Iterator[AssumptionDifference]:
    one, other = (
        {" with ".join(sorted((each.first, each.second))): each for each in scenario.correlations}
        for scenario in (first, second)
    )
    for name in dict.fromkeys((*one, *other)):
        there = one.get(name), other.get(name)
        words = [f"{each.rho:g}" if each else "" for each in there]
        if words[0] != words[1]:
            places = [each.where if each else _NOWHERE for each in there]
            yield AssumptionDifference("correlation", name, "", "", words[0], places[0], words[1], places[1])
