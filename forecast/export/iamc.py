"""The table of the integrated assessment community: model, scenario, region, variable, unit, year and value.

Quantiles stand in the name of a variable, as in the scenario database of the IPCC: ``Training Cost|50.0th Percentile``.
What belongs to a lab has the lab's name before that. pyam reads both forms.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from forecast.export.finished import Options, Run, chosen, number, unit_with_base
from forecast.report.tables import csv_text
from forecast.shapes import QUANTILES

REGION = "World"
_PLAIN = ("x", "share", "probability", "yes/no", "count", "exponent", "ln", "decade")

Row = tuple[str, str, int, float]


def write(run: Run, stage: Path, options: Options, name: str) -> None:
    """The table, with years as lines or as columns."""
    wanted = chosen(run, options.variables, ()) if options.variables else ()
    rows = list(_rows(run, wanted))
    model = str(run.trajectories.attributes.get("source", "forecast"))
    start = (model, run.scenario, REGION)
    if name == "iamc-wide":
        header: tuple[str | int, ...] = ("Model", "Scenario", "Region", "Variable", "Unit", *run.years)
        lines: list[tuple[str | int, ...]] = []
        for (variable, unit), group in groupby(rows, key=lambda row: row[:2]):
            by_year = {year: number(value) for _, _, year, value in group}
            lines.append((*start, variable, unit, *(by_year.get(year, "") for year in run.years)))
    else:
        header = ("Model", "Scenario", "Region", "Variable", "Unit", "Year", "Value")
        lines = [(*start, variable, unit, year, number(value)) for variable, unit, year, value in rows]
    (stage / "iamc.csv").write_bytes(csv_text([str(each) for each in header], lines).encode())


def title(variable: str) -> str:
    """A variable as the community writes it: ``Training Cost``."""
    return " ".join(word if word.isupper() else word.capitalize() for word in variable.split("_"))


def _rows(run: Run, wanted: tuple[str, ...]) -> Iterator[Row]:
    summary = [row for row in run.summary.rows if row.year is not None]
    levels = [(f"{100 * level:.1f}th Percentile", place) for place, level in enumerate(QUANTILES)]
    for (variable, member), group in groupby(summary, key=lambda row: (row.variable, row.member)):
        if wanted and variable not in wanted:
            continue
        rows = list(group)
        name = "|".join([title(variable), *([_plain(run.names.get(member, member))] if member else [])])
        unit = _unit(rows[0].unit)
        for suffix, place in levels:
            for row in rows:
                yield f"{name}|{suffix}", unit, row.year or 0, row.quantiles[place]
        for row in rows:
            yield f"{name}|Mean", unit, row.year or 0, row.mean
    if wanted:
        return
    for each in sorted(
        run.summary.affordability, key=lambda row: run.trajectories.coordinates.labs.index(row.lab)
    ):
        lab = _plain(run.names.get(each.lab, each.lab))
        yield f"Probability Of Affording The Record Run|{lab}", "1", each.year, each.probability


def _unit(unit: str) -> str:
    return "1" if unit in _PLAIN else unit_with_base(unit)


def _plain(name: str) -> str:
    # A bar would make a level of its own in the name of a variable.
    return name.replace("|", "/")
