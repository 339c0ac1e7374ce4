"""``forecast show``: a scenario as it will be run, each value with the place that set it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.cli import documents, options
from forecast.errors import printable

if TYPE_CHECKING:
    from forecast.scenario import Assumption, Correlation, Event, Scenario, Where

_WIDTH = 100


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@options.overrides("Show with this laid over the file.")
@options.as_json("the scenario")
def show(scenario: Path, overrides: tuple[str, ...], *, as_json: bool) -> None:
    """Show what a scenario says once everything it extends is filled in.

    Prints each value of SCENARIO with its distribution in words, its unit, the reason and source it names, and the
    file and line that set it.

    \b
    Examples:
      forecast show scenarios/optimistic.yaml
      forecast show scenarios/baseline.yaml --set last_year=2035 --json

    Exit code: 0, or 2 when the scenario has mistakes.
    """
    from forecast.drivers import affectable, specs
    from forecast.scenario import load

    found = load(scenario, drivers=specs(), events_affect=affectable(), overrides=overrides)
    if as_json:
        documents.echo("show", _json(found))
    else:
        for line in _lines(found):
            click.echo(printable(line))


def _lines(scenario: Scenario) -> Iterator[str]:
    """The scenario as lines of text."""
    from forecast.scenario.distributions import number_text

    yield f"{scenario.name}: {scenario.title}"
    if scenario.description:
        yield from textwrap.wrap(scenario.description, _WIDTH)
    yield ""
    yield from _settings(scenario)
    yield from ("", "assumptions")
    for assumption in scenario.assumptions.values():
        yield from _assumption(assumption, "  ")
    yield from _members(scenario)
    if scenario.events:
        yield from ("", "events")
    for event in scenario.events:
        yield f"  {event.name}: {_event_words(event)}  ({event.where})"
        yield from _prose(event, "      ")
    if scenario.correlations:
        yield from ("", "correlations")
    for correlation in scenario.correlations:
        pair = f"{correlation.first} with {correlation.second}: {number_text(correlation.rho)}"
        yield f"  {pair}  ({correlation.where})"
        yield from _prose(correlation, "      ")


def _settings(scenario: Scenario) -> Iterator[str]:
    from forecast.scenario.distributions import number_text

    settings = {
        "as_of": str(scenario.as_of),
        "first_year": str(scenario.first_year),
        "last_year": str(scenario.last_year),
        "thresholds": ", ".join(number_text(value) for value in scenario.thresholds) + " USD of 2023",
    }
    for name, text in settings.items():
        yield f"{name}: {text}  ({scenario.where.get(name, 'by default')})"
    yield f"digest: {scenario.digest}"


def _members(scenario: Scenario) -> Iterator[str]:
    for section, members in scenario.members.items():
        if members:
            yield from ("", section)
        for member in members.values():
            yield f"  {member.id}: {member.name}  ({member.where})"
            for values in scenario.member_assumptions.values():
                if member.id in values:
                    yield from _assumption(values[member.id], "    ")


def _assumption(assumption: Assumption, indent: str) -> Iterator[str]:
    unit = f"{assumption.unit} of {assumption.dollars}" if assumption.dollars else assumption.unit
    yield f"{indent}{assumption.name} [{unit}]: {assumption.describe()}  ({assumption.where})"
    yield from _prose(assumption, f"{indent}    ")


def _prose(entry: Assumption | Event | Correlation, indent: str) -> Iterator[str]:
    if entry.why:
        yield from textwrap.wrap(
            f"why: {entry.why}", _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}     "
        )
    source = entry.source
    if entry.dated:
        source = f"{source} ({entry.dated})".strip()
    if not entry.verified:
        source = f"{source}, not verified".removeprefix(", ")
    if source:
        yield from textwrap.wrap(
            f"source: {source}", _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  "
        )


def _event_words(event: Event) -> str:
    year = str(event.first_year)
    if event.last_year != event.first_year:
        year = f"one of {event.first_year} to {event.last_year}"
    lasts = "to the end" if event.lasts is None else f"for {event.lasts:g} years"
    return f"with probability {event.probability:g} in {year}, {event.affects} times {event.factor.describe()}, {lasts}"


def _json(scenario: Scenario) -> dict[str, object]:
    """The scenario as JSON, the same names as in the file."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "description": scenario.description,
        "as_of": scenario.as_of.isoformat(),
        "first_year": scenario.first_year,
        "last_year": scenario.last_year,
        "thresholds": list(scenario.thresholds),
        "digest": scenario.digest,
        "assumptions": {name: _entry(value) for name, value in scenario.assumptions.items()},
        **{
            section: {
                member.id: {
                    "name": member.name,
                    **{
                        name: _entry(values[member.id])
                        for name, values in scenario.member_assumptions.items()
                        if member.id in values
                    },
                }
                for member in members.values()
            }
            for section, members in scenario.members.items()
        },
        "events": [
            {
                "name": event.name,
                "probability": event.probability,
                "year": [event.first_year, event.last_year],
                "affects": event.affects,
                "factor": event.factor.plain(),
                "lasts": event.lasts,
                **_marks(event),
            }
            for event in scenario.events
        ],
        "correlations": [
            {"between": [each.first, each.second], "rho": each.rho, **_marks(each)}
            for each in scenario.correlations
        ],
    }


def _entry(assumption: Assumption) -> dict[str, object]:
    return {
        "unit": assumption.unit,
        "dollars": assumption.dollars,
        "distribution": assumption.distribution.plain(),
        "words": assumption.describe(),
        **_marks(assumption),
    }


def _marks(entry: Assumption | Event | Correlation) -> dict[str, object]:
    return {
        "why": entry.why,
        "source": entry.source,
        "dated": entry.dated.isoformat() if entry.dated else None,
        "verified": entry.verified,
        **_place(entry.where),
    }


def _place(where: Where) -> dict[str, object]:
    return {"file": where.file, "line": where.line, "column": where.column}
