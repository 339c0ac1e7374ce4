"""A user's own training runs in place of ours: one CSV file, with every mistake in it found at once.

Two forms are understood. The wide one is that of our own table ``training_runs``. The minimal one has the
columns ``model``, ``released`` and ``compute`` and may have ``organization``, ``confidence``, ``cost``,
``cost_date`` and ``chip``. Chips, the price index and everything else stay ours.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from forecast.errors import ObservationError, Problem, UnreadableError, did_you_mean, shorten
from forecast.observations import building
from forecast.observations.checks import check_rows
from forecast.observations.deflation import BASE, PriceIndex
from forecast.observations.frontier import ranked
from forecast.observations.reading import MOST_COLUMNS, Cells, Row, first_of, read_file, text_of
from forecast.observations.records import TrainingRun
from forecast.observations.tables import CONFIDENCE, TABLES, Column, Table

PLAUSIBLE_FLOP = (1e3, 1e35)
"""Compute outside this range is a slip of the pen: a desk calculator does more, all computers together less."""

PLAUSIBLE_USD = (1e-2, 1e15)

_CHIPS = ("gpu", "tpu", "other")
MINIMAL = Table(
    "own",
    "A user's own training runs",
    "FLOP; USD of the cost's date, or of December 2023",
    (
        Column("model", required=True),
        Column("released", "date", required=True),
        Column("compute", "number", required=True),
        Column("organization"),
        Column("confidence", "choice", choices=CONFIDENCE),
        Column("cost", "number"),
        Column("cost_date", "month"),
        Column("chip", "choice", choices=_CHIPS),
    ),
)
"""The columns of a minimal file; only those that are `required` must be there."""


@dataclass(frozen=True)
class OwnRuns:
    """The runs of a user's file.

    Attributes:
        runs: The runs in order of release, with their ranks at release among themselves.
        skipped: Names of rows that are not to be fitted (wide form: ``fit`` is "no", or superseded).
        path: The file.
    """

    runs: tuple[TrainingRun, ...]
    skipped: tuple[str, ...]
    path: Path

    @property
    def with_cost(self) -> int:
        """How many runs have an amortised cost."""
        return sum(run.cost_amortized is not None for run in self.runs)


def read(path: Path, index: PriceIndex) -> OwnRuns:
    """The runs of a user's file.

    Args:
        path: A CSV file in UTF-8 whose first line names the columns.
        index: Shows which months' dollars can be converted.

    Raises:
        ObservationError: With every mistake in the file, each with line and column.
    """
    header = _header(path)
    wide = TABLES["training_runs"]
    if "compute_flop" in header:
        rows, problems = read_file(wide, path)
        problems += check_rows(rows)
        problems += _plausible(rows, "compute_flop", "cost_amortized_usd", "cost_amortized_price_date", index)
        cells = [row.cells for row in rows]
    else:
        rows, problems = read_file(_present(header, path), path, identity="model")
        problems += _plausible(rows, "compute", "cost", "cost_date", index) + _twice(rows)
        # Cells that cannot be read are problems already.
        cells = [] if problems else [_wide(row.cells, place) for place, row in enumerate(rows, start=1)]
    if not rows and not problems:
        problems.append(Problem("has a header and no rows", file=path.name, line=2))
    if problems:
        problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
        raise ObservationError(first_of(problems))
    runs = [building.training_run(each) for each in cells]
    used = [run for run in runs if run.fit in {"yes", "censored"} and run.superseded is None]
    skipped = tuple(run.model for run in runs if run not in used)
    return OwnRuns(ranked(used), skipped, path)


def _header(path: Path) -> Sequence[str]:
    try:
        return next(csv.reader(io.StringIO(text_of(path), newline="")), [])
    except (UnreadableError, UnicodeDecodeError, csv.Error) as error:
        reason = error if isinstance(error, UnreadableError) else "is not CSV in UTF-8"
        raise ObservationError([Problem(str(reason), file=path.name)]) from error


def _present(header: Sequence[str], path: Path) -> Table:
    """The minimal table with the columns that the file has.

    Raises:
        ObservationError: A column is missing, unknown or there twice.
    """
    if not any(header):
        raise ObservationError([Problem("is empty; its first line names the columns", file=path.name)])
    if len(header) > MOST_COLUMNS:
        message = f"has {len(header):,} columns; at most {MOST_COLUMNS} are read"
        raise ObservationError([Problem(message, file=path.name, line=1)])
    known = {column.name: column for column in MINIMAL.columns}
    what = {
        "model": "the run's name",
        "released": "the day of its release, such as 2024-12-31",
        "compute": "its training compute in FLOP",
    }
    problems = [
        Problem(f'column "{name}" is missing: {meaning}', file=path.name, line=1)
        for name, meaning in what.items()
        if name not in header
    ]
    for place, name in enumerate(header, start=1):
        if name not in known:
            hint = did_you_mean(name, known) or f"; a file may have {', '.join(known)}"
            problems.append(
                Problem(f'unknown column "{shorten(name)}"{hint}', file=path.name, line=1, column=place)
            )
        elif name in header[: place - 1]:
            problems.append(
                Problem(f'column "{shorten(name)}" stands twice', file=path.name, line=1, column=place)
            )
    if problems:
        raise ObservationError(problems)
    return replace(MINIMAL, columns=tuple(known[name] for name in header))


def _plausible(rows: Sequence[Row], compute: str, cost: str, day: str, index: PriceIndex) -> list[Problem]:
    """Numbers that no logarithm or no run can have, and dollars that cannot be converted."""
    problems = []
    for row in rows:
        for name, (least, most), unit in ((compute, PLAUSIBLE_FLOP, "FLOP"), (cost, PLAUSIBLE_USD, "USD")):
            value = row.cells.get(name)
            if value is None:
                continue
            if value <= 0:
                if compute != "compute_flop":
                    problems.append(row.problem(name, f"{value:g} is not positive"))
            elif not least <= value <= most:
                problems.append(
                    row.problem(name, f"{value:g} {unit} is not between {least:g} and {most:g}: a slip?")
                )
        quoted = row.cells.get(day)
        if quoted is not None and not index.reaches(quoted):
            problems.append(row.problem(day, f"no price level is known near {quoted:%Y-%m}"))
        if quoted is not None and row.cells.get(cost) is None and compute != "compute_flop":
            problems.append(row.problem(day, f'is given but "{cost}" is not'))
    return problems


def _twice(rows: Sequence[Row]) -> list[Problem]:
    first: dict[tuple[str, date], int] = {}
    problems = []
    for row in rows:
        key = (row.cells["model"], row.cells["released"])
        if all(key) and key in first:
            problems.append(
                row.problem("model", f'"{key[0]}" of that day stands in line {first[key]} already')
            )
        first.setdefault(key, row.line)
    return problems


def _wide(cells: Cells, number: int) -> Cells:
    """A minimal row as a row of our own table."""
    full: Cells = {
        column.name: None if column.kind in {"number", "date", "month"} else ""
        for column in TABLES["training_runs"].columns
    }
    cost = cells.get("cost")
    return full | {
        "id": f"own-{number}",
        "model": cells["model"],
        # Without a lab's name a run is taken for a lab of its own: nothing is known to tie it to another.
        "organization": cells.get("organization") or f"(lab of row {number})",
        "released": cells["released"],
        "known": cells["released"],
        "compute_flop": cells["compute"],
        "confidence": cells.get("confidence") or "unknown",
        "cost_amortized_usd": cost,
        "cost_amortized_price_date": (cells.get("cost_date") or BASE) if cost is not None else None,
        "chip": cells.get("chip") or "",
        "hardware": cells.get("chip") or "",
        "fit": "yes",
        "source": "own file",
        "licence": "own",
        "verified": "yes",
    }
