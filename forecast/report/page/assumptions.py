"""What a scenario assumes, as the page lists it: what, why, from where, and on which line it stands."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.report.numbers import percent
from forecast.report.page.content import Name, Section, Sentence, Table
from forecast.scenario import Assumption, Scenario


def assumptions(scenario: Scenario, beside: Scenario | None = None) -> Section:
    """Every assumption of a scenario with its reason, its source and its place, then events and correlations.

    Args:
        scenario: The assumptions.
        beside: A scenario that is listed already; only what differs from it is listed again.
    """
    whole = _listed(scenario)
    known = _listed(beside) if beside is not None else {}
    shown = {name: given for name, given in whole.items() if known.get(name) != given}
    header = ("Assumption", "What is assumed", "Why", "Source", "Where")
    sentences: list[Sentence] = []
    if beside is not None:
        sentences.append(
            ("Only what differs from ", Name(beside.name), f": {len(shown)} of {len(whole)} assumptions.")
        )
    doubtful = sum(not given.verified for given in _every(scenario))
    total = sum(1 for _ in _every(scenario))
    sentences.append(
        (
            f"{total} assumptions, each with its reason, its source and the line that states it"
            + (f"; {doubtful} rest on a source that nobody has verified yet." if doubtful else "."),
        )
    )
    tables = []
    if shown:
        tables.append(
            Table(
                "Assumptions",
                header,
                tuple((name, *map(Name, given)) for name, given in shown.items()),
                wide=(22, 17, 28, 20, 13),
            )
        )
    if scenario.events:
        tables.append(
            Table(
                "Events that may happen",
                ("Event", "Probability", "Years", "Multiplies", "By", "Why", "Source", "Where"),
                tuple(
                    (
                        Name(event.name),
                        percent(event.probability),
                        f"{event.first_year} to {event.last_year}"
                        + (f", for {event.lasts:g} years" if event.lasts is not None else ""),
                        event.affects,
                        Name(event.factor.describe()),
                        Name(event.why),
                        Name(event.source),
                        Name(str(event.where)),
                    )
                    for event in scenario.events
                ),
                wide=(14, 8, 9, 14, 12, 18, 14, 11),
            )
        )
    if scenario.correlations:
        tables.append(
            Table(
                "Assumptions that move together",
                ("First", "Second", "Rank correlation of normal scores", "Why", "Source", "Where"),
                tuple(
                    (
                        each.first,
                        each.second,
                        f"{each.rho:g}",
                        Name(each.why),
                        Name(each.source),
                        Name(str(each.where)),
                    )
                    for each in scenario.correlations
                ),
                wide=(17, 17, 11, 23, 19, 13),
            )
        )
    return Section(
        name="assumptions",
        heading="What is assumed, and why",
        sentences=tuple(sentences),
        tables=tuple(tables),
    )


def _every(scenario: Scenario) -> Iterator[Assumption]:
    yield from scenario.assumptions.values()
    for values in scenario.member_assumptions.values():
        yield from {id(each): each for each in values.values()}.values()


def _listed(scenario: Scenario) -> dict[str, tuple[str, str, str, str]]:
    """What stands in each row: distribution, reason, source and place, members with the same assumption on one row."""
    found = {name: _row(given) for name, given in scenario.assumptions.items()}
    for name, values in scenario.member_assumptions.items():
        shared: dict[int, list[str]] = {}
        for member, given in values.items():
            shared.setdefault(id(given), []).append(member)
        for members in shared.values():
            label = ", ".join(members) if len(members) <= 4 else f"{len(members)} members"
            found[f"{name} [{label}]"] = _row(values[members[0]])
    return found


def _row(given: Assumption) -> tuple[str, str, str, str]:
    unit = "" if given.unit in ("1/yr", "exponent", "x") else f" [{given.unit}]"
    dollars = f", in dollars of {given.dollars}" if given.dollars else ""
    dated = f" ({given.dated})" if given.dated else ""
    unverified = "" if given.verified else "; not verified"
    source = f"{given.source}{dated}{unverified}" if given.source else "no source"
    return f"{given.describe()}{unit}{dollars}", given.why, source, str(given.where)
