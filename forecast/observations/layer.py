"""Rows of one's own, laid over the tables that ship: a folder with tables of the same names, outside the package.

A row whose id is in a shipped table takes its place, any other is added. The folder is that of the environment variable
``FORECAST_DATA_DIR`` (empty: none), else the user's data folder where something was imported into it. Runs say in their
record that such rows were used, and which.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forecast import files, placing
from forecast.errors import ObservationError, Problem, WriteError
from forecast.observations.reading import Cells, Row
from forecast.observations.tables import TABLES, Table

VARIABLE = "FORECAST_DATA_DIR"
IMPORTS = "imports.json"
"""The file of a folder that says what was imported into it: when, from which file, under which licence."""

FORMAT = "forecast-imports-1"


def place() -> Path | None:
    """The folder into which rows are imported; None where the environment says that there shall be none."""
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return Path(chosen).expanduser().absolute() if chosen else None
    from platformdirs import user_data_path

    return user_data_path("forecast", appauthor=False) / "tables"


def folder() -> Path | None:
    """The folder whose rows lie over the shipped tables, if there is one."""
    found = place()
    return found if found is not None and any((found / f"{name}.csv").is_file() for name in TABLES) else None


def stamp(layer: Path | None) -> tuple[tuple[str, int, int], ...]:
    """What changes when a table of the folder does."""
    if layer is None:
        return ()
    found = []
    for name in TABLES:
        path = layer / f"{name}.csv"
        if path.is_file():
            state = path.stat()
            found.append((name, state.st_mtime_ns, state.st_size))
    return tuple(found)


def record(layer: Path | None) -> dict[str, Any] | None:
    """What a run says about rows that lay over the shipped ones: digests of their tables, and where they are from."""
    if layer is None:
        return None
    digests = {
        name: hashlib.sha256((layer / f"{name}.csv").read_bytes()).hexdigest()
        for name in TABLES
        if (layer / f"{name}.csv").is_file()
    }
    return {"tables": digests, "imports": imports(layer)}


def imports(layer: Path) -> list[dict[str, Any]]:
    """What was imported into a folder, in order.

    Raises:
        ObservationError: The record is there and cannot be read.
    """
    path = layer / IMPORTS
    if not path.is_file():
        return []
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return [dict(entry) for entry in content["imports"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        message = "is not the record of imports that it should be; move it away, or import again into another folder"
        raise ObservationError([Problem(message, file=str(path))]) from error


def overlaid(shipped: Sequence[Row], own: Sequence[Row]) -> list[Row]:
    """Shipped rows with one's own in their places, new ones at the end."""
    by_id = {row.cells["id"]: row for row in own}
    kept = [by_id.pop(row.cells["id"], row) for row in shipped]
    return kept + list(by_id.values())


def table_text(table: Table, rows: Iterable[Cells]) -> str:
    """Rows as the text of a table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    for cells in rows:
        writer.writerow([_cell(cells[column.name], month=column.kind == "month") for column in table.columns])
    return text.getvalue()


def _cell(value: Any, *, month: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.12g}"
    return value.isoformat()[:7] if month else str(value)


def save(layer: Path, texts: Mapping[str, str], entry: Mapping[str, Any]) -> None:
    """Write tables into a folder, and what they came from: both or neither.

    One process at a time may do so.

    Args:
        layer: The folder.
        texts: Whole tables by name.
        entry: What is added to the record of imports.

    Raises:
        WriteError: The folder cannot be written to.
    """
    done = json.dumps(
        {"format": FORMAT, "imports": [*imports(layer), dict(entry)]}, indent=2, ensure_ascii=False
    )
    new = {f"{name}.csv": text for name, text in texts.items()} | {IMPORTS: done + "\n"}
    try:
        layer.mkdir(parents=True, exist_ok=True)
        real = layer.resolve()
        placing.finish(real)
        with tempfile.TemporaryDirectory(prefix=files.draft_prefix(real, "writing"), dir=real) as stage:
            for name, text in new.items():
                (Path(stage) / name).write_text(text, encoding="utf-8", newline="\n")
            files.sync_tree(Path(stage))
            placing.put(Path(stage), real, list(new))
    except OSError as error:
        raise WriteError(
            f"cannot import into {layer}: {files.cause(error)}; nothing was changed, or the next import puts it right"
        ) from error
