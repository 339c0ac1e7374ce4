"""A user's own table: training runs in few columns, or rows in the layout of one of our tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from forecast import observations
from forecast.errors import ObservationError
from forecast.imports.changes import Change, Proposal, same, slug
from forecast.imports.sheet import Sheet
from forecast.observations import own
from forecast.observations.checks import check_rows
from forecast.observations.reading import Cells, read_file
from forecast.observations.tables import TABLES


def recognise(sheet: Sheet) -> str | None:
    """The table whose layout a file has, ``minimal`` for training runs in few columns; None when it has neither."""
    names = set(sheet.columns)
    for table in TABLES.values():
        # The tables of facts have the same columns; which of them is meant is in the name of the file.
        if names == {column.name for column in table.columns}:
            return (
                sheet.path.stem if sheet.path.stem in TABLES else table.name if table.name in _LONE else None
            )
    return "minimal" if {column.name for column in own.MINIMAL.columns if column.required} <= names else None


_LONE = ("training_runs", "chips")


def propose(path: Path, sheet: Sheet, table: str, current: Sequence[Cells], *, dated: date) -> Proposal:
    """What a user's file would add to or replace in a table; rows with an id that we have take its place.

    Raises:
        ObservationError: With every mistake in the file.
    """
    if table == "minimal":
        found = own.read(path, observations.load().price_index)
        rows = [_cells(run, path) for run in found.runs]
        name, target = "model", "training_runs"
    else:
        target = table
        read, problems = read_file(TABLES[table], path)
        problems += check_rows(read)
        if problems:
            raise ObservationError(problems)
        rows = [row.cells for row in read]
        name = {"training_runs": "model", "chips": "chip"}.get(table, "entity")
    held = {row["id"]: row for row in current}
    changes, kept = [], []
    for row in rows:
        before = held.get(row["id"])
        cells = {
            column: (before[column] if before else None, value)
            for column, value in row.items()
            if (not same(before[column], value) if before else value not in (None, ""))
        }
        if before is not None and not cells:
            continue
        kept.append(row)
        shown = {
            each: pair
            for each, pair in cells.items()
            if before or each in ("released", "compute_flop", "value")
        }
        changes.append(
            Change("changed" if before else "new", row["id"], str(row[name]), shown, row["why_not"])
        )
    return Proposal(
        table=target,
        source=f"own file {path.name}",
        licence="own" if table == "minimal" else "as each row says",
        dated=dated,
        rows=tuple(kept),
        changes=tuple(changes),
        read=len(sheet.lines),
        same=len(rows) - len(kept),
        left_out={},
        not_understood=(),
        lacking=(),
    )


def _cells(run: Any, path: Path) -> Cells:
    """A run of a minimal file as a row of our table, with an id that stays the same when it is imported again."""
    flat: Cells = {
        column.name: None if column.kind in {"number", "date", "month"} else ""
        for column in TABLES["training_runs"].columns
    }
    given = {each.name: getattr(run, each.name) for each in dataclasses.fields(run)}
    flat |= {
        name: given[name]
        for name in flat
        if name in given and name not in ("samples", "open_weights", "verified")
    }
    flat |= {
        "id": f"own-{slug(run.model)}-{run.released:%Y%m%d}",
        "compute_flop": run.compute.value,
        "source": f"own file {path.name}",
        "verified": "yes",
    }
    if run.cost_amortized is not None:
        flat |= {
            "cost_amortized_usd": run.cost_amortized.value,
            "cost_amortized_price_date": run.cost_amortized.date,
        }
    return flat
