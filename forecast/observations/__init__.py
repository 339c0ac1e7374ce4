"""What happened so far: sourced tables of history, and what of them was known on a date.

`load` returns every table as frozen records. `load(as_of=day)` returns what was public on that day: it drops every row
that became known later, and shows a row that was revised since as it stood then, where the tables hold both.

When a row became known is a convention, stated here because a hindcast stands on it:

* A training run counts as known on the day of its release, and its figures with it, unless the sources say that the
  number itself was later news (then that day) or that it was revised (then both versions are there). Most cost
  estimates were in fact published in 2024 and later, from facts known at the release. So a hindcast sees today's
  careful estimates of the runs of its time, not the rumours of its time: it measures how well trends extrapolate, and
  flatters a forecaster a little.
* A chip counts as known on its launch, or on the day of its price if that came later.
* A cost that a developer or the press reported has its own date (``cost_reported_known``).
* Other facts count as known when their source appeared; where that day is not recorded, at the end of the stated year.
* The price index is never cut: it only converts the dollars in which figures happen to be quoted.

Money stays as quoted, in dollars of a stated month; `PriceIndex` holds the arithmetic that makes it comparable.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from forecast.errors import ObservationError, Problem, UsageError, did_you_mean
from forecast.observations import building, layer
from forecast.observations.checks import check_rows
from forecast.observations.deflation import BASE, PriceIndex
from forecast.observations.frontier import ranked
from forecast.observations.reading import Cells, Row, read_file, read_rows
from forecast.observations.records import BASES, Basis, Chip, Measurement, Observation, TrainingRun
from forecast.observations.tables import FOLDER, TABLES, UNITS, Column, Table

__all__ = [
    "BASE",
    "BASES",
    "TABLES",
    "UNITS",
    "Basis",
    "Chip",
    "Column",
    "Measurement",
    "Observation",
    "Observations",
    "PriceIndex",
    "Table",
    "TrainingRun",
    "check",
    "load",
    "read_table",
]

# Words about a number do not change a fit; rewording them must not throw a stored fit away.
_COMMENTARY = frozenset({"notes", "source", "licence", "why_not", "cost_reported_scope"})


@dataclass(frozen=True)
class Observations:
    """Everything that was known on one day.

    Attributes:
        as_of: The day, or None for everything known by now.
        training_runs: Runs in order of release, each with its rank at release.
        chips: Accelerators in order of launch.
        rental_prices: Rental prices of accelerators.
        algorithms: Algorithmic efficiency, scaling laws, capability scores.
        data_stocks: Stocks, flows and prices of training data.
        labeling: Human feedback: wages, prices, spending.
        lab_finances: Money and compute of labs and their backers.
        mmlu: Scores on the MMLU benchmark.
        price_index: Turns quoted dollars into those of December 2023; whole on every day.
        digest: Fingerprint of the runs, chips and prices that a fit can see.
    """

    as_of: date | None
    training_runs: tuple[TrainingRun, ...]
    chips: tuple[Chip, ...]
    rental_prices: tuple[Observation, ...]
    algorithms: tuple[Observation, ...]
    data_stocks: tuple[Observation, ...]
    labeling: tuple[Observation, ...]
    lab_finances: tuple[Observation, ...]
    mmlu: tuple[Observation, ...]
    price_index: PriceIndex
    digest: str


def _rows(table: Table, folder: Path, over: Path | None) -> tuple[list[Row], list[Problem]]:
    """The rows of one table with those of another folder laid over them, and every mistake in either."""
    rows, problems = read_rows(table, folder)
    if over is not None and table.path(over).is_file():
        # Two tables have this name: messages about this one say where it lies.
        path = table.path(over)
        own, found = read_file(table, path)
        rows = layer.overlaid(rows, [replace(row, file=str(path)) for row in own])
        problems += [replace(problem, file=str(path)) for problem in found]
    return rows, problems + check_rows(rows)


def _over(folder: Path, over: Path | None, *, shipped: bool) -> Path | None:
    """The folder that lies over another: only over the shipped tables, unless it is named."""
    return over if over is not None or shipped or folder != FOLDER else layer.folder()


def _read(folder: Path, over: Path | None) -> tuple[dict[str, list[Cells]], list[Problem]]:
    """Every table of a folder, with every mistake in any of them."""
    tables: dict[str, list[Cells]] = {}
    problems: list[Problem] = []
    for table in TABLES.values():
        rows, found = _rows(table, folder, over)
        problems += found
        tables[table.name] = [row.cells for row in rows]
    problems.sort(key=lambda problem: (problem.file, problem.line or 0, problem.column or 0))
    return tables, problems


@lru_cache(maxsize=4)
def _history(folder: Path, over: Path | None, _stamp: tuple[object, ...]) -> Observations:
    """All rows of all tables, whenever they became known; read again when the stamp of the second folder changes."""
    tables, problems = _read(folder, over)
    if problems:
        raise ObservationError(problems)
    return Observations(
        as_of=None,
        training_runs=tuple(building.training_run(cells) for cells in tables["training_runs"]),
        chips=tuple(building.chip(cells) for cells in tables["chips"]),
        rental_prices=building.observations(tables["rental_prices"]),
        algorithms=building.observations(tables["algorithms"]),
        data_stocks=building.observations(tables["data_stocks"]),
        labeling=building.observations(tables["labeling"]),
        lab_finances=building.observations(tables["lab_finances"]),
        mmlu=building.observations(tables["mmlu"]),
        price_index=PriceIndex({cells["date"]: cells["value"] for cells in tables["price_index"]}),
        digest="",
    )


def _as_known(run: TrainingRun, day: date) -> TrainingRun:
    """A run without the reported cost if that was news after the day."""
    if run.cost_reported_known is None or run.cost_reported_known <= day:
        return run
    return replace(run, cost_reported=None, cost_reported_known=None, cost_reported_scope="")


def _until(rows: tuple[Observation, ...], day: date) -> tuple[Observation, ...]:
    return tuple(row for row in rows if row.known <= day)


def _digest(observations: Observations) -> str:
    """Fingerprint of the rows that can change a fit: numbers, dates and names, without the commentary."""
    digest = hashlib.sha256()
    rows: list[TrainingRun | Chip] = [*observations.training_runs, *observations.chips]
    for row in rows:
        kept = {name: value for name, value in asdict(row).items() if name not in _COMMENTARY}
        digest.update(repr(kept).encode() + b"\n")
    digest.update(repr(sorted(observations.price_index.levels.items())).encode())
    return digest.hexdigest()


def load(
    as_of: date | None = None, *, folder: Path = FOLDER, over: Path | None = None, shipped: bool = False
) -> Observations:
    """What was known on a day.

    Args:
        as_of: The day; None means now, with every revision in force.
        folder: Where the tables lie; the package's own unless a test says otherwise.
        over: A folder whose rows lie over these; by default that of what was imported (`forecast.observations.layer`).
        shipped: Leave out what was imported.

    Raises:
        ObservationError: With every mistake in any table.
    """
    over = _over(folder, over, shipped=shipped)
    return _known(as_of, folder, over, layer.stamp(over))


# Scenarios, fits and scores of one program ask for the same few days again and again.
@lru_cache(maxsize=64)
def _known(
    as_of: date | None, folder: Path, over: Path | None, stamp: tuple[tuple[str, int, int], ...]
) -> Observations:
    history = _history(folder, over, stamp)
    day = as_of or date.max
    runs = [
        _as_known(run, day)
        for run in history.training_runs
        if run.known <= day and (run.superseded is None or run.superseded > day)
    ]
    known = replace(
        history,
        as_of=as_of,
        training_runs=ranked(runs),
        chips=tuple(chip for chip in history.chips if chip.known <= day),
        rental_prices=_until(history.rental_prices, day),
        algorithms=_until(history.algorithms, day),
        data_stocks=_until(history.data_stocks, day),
        labeling=_until(history.labeling, day),
        lab_finances=_until(history.lab_finances, day),
        mmlu=_until(history.mmlu, day),
    )
    return replace(known, digest=_digest(known))


def read_table(
    name: str,
    *,
    as_of: date | None = None,
    folder: Path = FOLDER,
    over: Path | None = None,
    shipped: bool = False,
) -> list[Cells]:
    """Rows of one table as plain cells, in the order of the file.

    Args:
        name: One of `TABLES`.
        as_of: Leave out what was not known on this day; None gives every row, superseded ones too.
        folder: Where the tables lie.
        over: A folder whose rows lie over these; by default that of what was imported.
        shipped: Leave out what was imported.

    Returns:
        For each row column name to text, float, date, or None for an empty number or date.

    Raises:
        UsageError: If there is no such table.
        ObservationError: With every mistake in it.
    """
    if name not in TABLES:
        raise UsageError(f'there is no table "{name}" among {", ".join(TABLES)}{did_you_mean(name, TABLES)}')
    rows, problems = _rows(TABLES[name], folder, _over(folder, over, shipped=shipped))
    if problems:
        raise ObservationError(problems)
    cells = [row.cells for row in rows]
    if as_of is None or name == "price_index":
        return cells
    return [_cells_as_known(row, as_of) for row in cells if _in_force(row, as_of)]


def _in_force(cells: Cells, day: date) -> bool:
    superseded = cells.get("superseded")
    return bool(cells["known"] <= day and (superseded is None or superseded > day))


def _cells_as_known(cells: Cells, day: date) -> Cells:
    later = cells.get("cost_reported_known")
    if later is None or later <= day:
        return cells
    hidden = {name: None for name in cells if name.startswith("cost_reported_")}
    return cells | hidden | {"cost_reported_scope": ""}


def check(folder: Path = FOLDER, *, over: Path | None = None) -> tuple[Problem, ...]:
    """Every mistake in any table: impossible cells, unordered intervals, dates before their time, missing credit.

    Args:
        folder: Where the tables lie.
        over: A folder whose rows lie over these; by default that of what was imported.
    """
    return tuple(_read(folder, _over(folder, over, shipped=False))[1])
