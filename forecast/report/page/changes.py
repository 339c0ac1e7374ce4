"""What changed since an earlier run: its record and its table beside those of now."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.report.charts.wording import title
from forecast.report.numbers import interval, percent, quantity
from forecast.report.page.content import Name, Number, Piece, Section, Sentence, Table
from forecast.report.page.sentences import exact, quantile, row_of
from forecast.scenario import Scenario, describe_plain
from forecast.shapes import Summary

TOLD = (
    "training_cost",
    "training_compute",
    "effective_compute",
    "price_performance",
    "labeling_share",
    "payers",
)
_LEVELS = ("p5", "p50", "p95")


@dataclass(frozen=True)
class Earlier:
    """An earlier run as its folder tells it.

    Attributes:
        record: Its `run.json`.
        quantiles: Level to value and to Monte Carlo error, by variable and year, of variables without members.
    """

    record: Mapping[str, Any]
    quantiles: Mapping[tuple[str, int], tuple[Mapping[str, float], Mapping[str, float]]]

    @property
    def as_of(self) -> str:
        """The day that it forecast from, as its record says it."""
        return str(self.record.get("posterior", {}).get("as_of", "")) or "an earlier date"


def earlier(folder: Path, scenario: str, *, table: str = "summary.csv") -> Earlier | None:
    """An earlier run of a scenario, or None when a folder holds none that can be read.

    Args:
        folder: The folder of a run or of a report.
        scenario: The name of the scenario.
        table: Where in it the summary is.
    """
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        records = record.get("scenarios", [record])
        own = next(each for each in records if each["scenario"]["name"] == scenario)
        found = {}
        with (folder / table).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["year"] and not row["member"]:
                    found[row["variable"], int(row["year"])] = (
                        {level: float(row[level]) for level in _LEVELS},
                        {level: float(row[f"{level}_error"]) for level in _LEVELS},
                    )
    except (OSError, ValueError, KeyError, TypeError, StopIteration, RecursionError):
        return None
    return Earlier({**record, **own}, found)


def changes(scenario: Scenario, summary: Summary, data_digest: str, before: Earlier) -> Section:
    """What is different now: the assumptions, what they rest on, and the figures of the last common year.

    Args:
        scenario: The assumptions of now.
        summary: What comes out now.
        data_digest: The digest of the tables of history.
        before: The earlier run.
    """
    record = before.record
    attributes = summary.attributes
    posterior = record.get("posterior", {})
    pairs = (
        ("program", str(record.get("forecast", "")), attributes.get("source", "").removeprefix("forecast ")),
        ("date of the forecast", str(posterior.get("as_of", "")), attributes.get("as_of", "")),
        ("tables of history", str(record.get("data_digest", ""))[:12], data_digest[:12]),
        ("fit", str(posterior.get("digest", ""))[:12], attributes.get("posterior_digest", "")[:12]),
        ("scenario", str(record.get("scenario_digest", ""))[:12], attributes.get("scenario_digest", "")[:12]),
        ("draws", str(record.get("draws", "")), attributes.get("draws", "")),
        ("seed", str(record.get("seed", "")), attributes.get("seed", "")),
    )
    moved = [(what, then, now) for what, then, now in pairs if then != now]
    sentences: list[Sentence] = [
        (f"The earlier run was made on {str(record.get('started', ''))[:10] or 'an unknown day'}.",),
        (
            "Nothing that it rests on has changed."
            if not moved
            else f"Changed since: {', '.join(what for what, _, _ in moved)}.",
        ),
    ]
    said = list(_assumptions(record.get("scenario", {}), scenario.plain()))
    tables = []
    if rows := list(_figures(summary, before)):
        tables.append(
            Table(
                "Figures then and now; beyond chance: the median moved by more than twice the Monte Carlo standard "
                "error of the change",
                ("Figure", "Then", "90% then", "Now", "90% now", "Change of the median", "Beyond chance"),
                tuple(rows),
            )
        )
    if moved:
        tables.append(
            Table(
                "What the run rests on, then and now",
                ("What", "Then", "Now"),
                tuple((what, Name(then), Name(now)) for what, then, now in moved),
            )
        )
    if said:
        tables.append(
            Table(
                "Assumptions that changed",
                ("Assumption", "Then", "Now"),
                tuple((Name(name), Name(then), Name(now)) for name, then, now in said),
                wide=(30, 35, 35),
            )
        )
    return Section(
        name="changes",
        heading="What changed since the last run",
        sentences=tuple(sentences),
        tables=tuple(tables),
    )


def _figures(summary: Summary, before: Earlier) -> Iterator[tuple[Piece, ...]]:
    years = [year for year in summary.coordinates.years if ("training_cost", year) in before.quantiles]
    for year in dict.fromkeys([*years[:1], *years[-1:]]):
        for variable in TOLD:
            row = row_of(summary, variable, year)
            if row is None or (variable, year) not in before.quantiles:
                continue
            then, errors = before.quantiles[variable, year]
            now = quantile(row, "p50")
            change = float(now.value) - then["p50"]
            error = (errors["p50"] ** 2 + row.quantile_errors[3] ** 2) ** 0.5
            shown = (
                "none"
                if change == 0.0
                else f"{100.0 * change / then['p50']:+.1f}%".replace("-", "\N{MINUS SIGN}")
                if then["p50"]
                else "from zero"
            )
            yield (
                f"{title(variable)}, {year}",
                Number(quantity(then["p50"], row.unit), exact(then["p50"])),
                interval(then["p5"], then["p95"], row.unit),
                now,
                interval(row.quantiles[0], row.quantiles[-1], row.unit),
                Number(shown, exact(change)),
                "yes" if abs(change) > 2.0 * error else "no",
            )


def _assumptions(then: Any, now: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What two scenarios say differently; nothing when the earlier record cannot be read."""
    try:
        one = dict(_said(then))
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    other = dict(_said(now))
    for name in sorted({*one, *other}):
        before, after = one.get(name), other.get(name)
        if before != after:
            yield name, before or "not there", after or "not there"


def _said(plain: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Everything that a scenario says, in words, by what it is about."""
    yield "years", f"{plain['first_year']} to {plain['last_year']}"
    yield "thresholds", ", ".join(f"{value:g}" for value in plain["thresholds"])
    for section, members in plain["members"].items():
        yield section, ", ".join(name for _, name in members)
    for name, given in plain["assumptions"].items():
        yield name, describe_plain(given)
    for name, values in plain["member_assumptions"].items():
        for member, given in values.items():
            yield f"{name} [{member}]", describe_plain(given)
    for event in plain["events"]:
        first, last = event["year"]
        lasts = f", for {event['lasts']:g} years" if event["lasts"] is not None else ""
        factor = describe_plain({"unit": "x", "dollars": None, **event["factor"]})
        yield (
            f"event: {event['name']}",
            f"{percent(event['probability'])}, {first} to {last}{lasts}; multiplies {event['affects']} by {factor}",
        )
    for one, other, rho in plain["correlations"]:
        yield f"{one} with {other}", f"correlation {rho:g}"
