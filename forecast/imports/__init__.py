"""Newer data than ours: a download or a file of one's own, understood, compared with our tables, and laid over them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from forecast import files, observations
from forecast.errors import ObservationError, Problem, UsageError
from forecast.imports import epoch, own, sheet
from forecast.imports.changes import Change, Proposal
from forecast.observations import Observations, TrainingRun, layer
from forecast.observations.reading import Cells
from forecast.observations.tables import TABLES

__all__ = ["Change", "Effect", "Import", "Proposal", "against_shipped", "prepare", "write"]

_DAY = re.compile(r"(20\d\d)-(\d\d)(?:-(\d\d))?")


@dataclass(frozen=True)
class Effect:
    """What the fit would see of an import: the largest runs before and after, and whether anything it uses moves."""

    before: tuple[TrainingRun, ...]
    after: tuple[TrainingRun, ...]
    fit_changes: bool


@dataclass(frozen=True)
class Import:
    """A file that was understood: what it would change, with what effect, and the table as it would lie over ours."""

    path: Path
    digest: str
    proposal: Proposal
    effect: Effect
    text: str


def prepare(path: Path, *, dated: date | None = None, part: bool = False) -> Import:
    """What importing a file would change; nothing is written.

    Args:
        path: A download of Epoch AI, or a file of one's own.
        dated: The day of the release; by default the one in the file's name, else today.
        part: Whether the file may hold only some of the source's rows.

    Raises:
        UsageError: The file cannot be read, or is none that can be imported.
        ObservationError: With every mistake in it, or that the tables would have with it.
    """
    found = sheet.read(path)
    day = dated or _day(path.stem) or datetime.now(UTC).date()
    if (table := epoch.recognise(found)) is not None:
        proposal = epoch.propose(found, table, observations.read_table(table), dated=day, part=part)
    elif (layout := own.recognise(found)) is not None:
        target = "training_runs" if layout == "minimal" else layout
        proposal = own.propose(path, found, layout, observations.read_table(target), dated=day)
    else:
        raise ObservationError([Problem(_unknown(found), file=path.name, line=1)])
    text = _laid_over(proposal)
    return Import(path, found.digest, proposal, _effect(proposal.table, text), text)


def _day(name: str) -> date | None:
    match = _DAY.search(name)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        return None


def _unknown(found: sheet.Sheet) -> str:
    near = "; ".join(epoch.nearly(found))
    return (
        f"has the columns {', '.join(found.columns[:8])}{' ...' if len(found.columns) > 8 else ''}, which is no table "
        f"that can be imported{f' ({near})' if near else ''}. What can be: Epoch AI's notable models, hardware and "
        "hardware prices; training runs with at least the columns model, released, compute; and files in the layout "
        "and with the name of one of our tables (forecast data list)"
    )


def _laid_over(proposal: Proposal) -> str:
    """The table of the folder of imports with the proposal's rows in it."""
    table, place = TABLES[proposal.table], layer.place()
    rows: dict[str, Cells] = {}
    if place is not None and table.path(place).is_file():
        rows = {row["id"]: row for row in observations.read_table(table.name, folder=place)}
    rows |= {row["id"]: row for row in proposal.rows}
    return layer.table_text(table, rows.values())


def _effect(table: str, text: str) -> Effect:
    before = observations.load()
    with tempfile.TemporaryDirectory(prefix="forecast-import-") as made:
        trial = Path(made)
        place = layer.folder()
        for name in TABLES:
            if place is not None and (place / f"{name}.csv").is_file():
                (trial / f"{name}.csv").write_bytes((place / f"{name}.csv").read_bytes())
        (trial / f"{table}.csv").write_text(text, encoding="utf-8")
        # Every check that our own tables must pass.
        after = observations.load(over=trial)
    return Effect(_largest(before), _largest(after), before.digest != after.digest)


def _largest(known: Observations, count: int = 10) -> tuple[TrainingRun, ...]:
    runs = [run for run in known.training_runs if run.fit == "yes" and run.compute is not None]
    return tuple(sorted(runs, key=lambda run: -(run.compute.value if run.compute else 0.0))[:count])


def write(found: Import) -> Path:
    """Lay an import over our tables.

    Returns:
        The folder in which it lies now.

    Raises:
        UsageError: The environment says that there shall be no such folder.
        WriteError: It cannot be written to.
    """
    place = layer.place()
    if place is None:
        raise UsageError(f"{layer.VARIABLE} is empty, so nothing may be imported; unset it, or name a folder")
    proposal = found.proposal
    entry = {
        "file": found.path.name,
        "sha256": found.digest,
        "table": proposal.table,
        "imported": datetime.now(UTC).date().isoformat(),
        "dated": proposal.dated.isoformat(),
        "source": proposal.source,
        "licence": proposal.licence,
        "new": len(proposal.of("new")),
        "changed": len(proposal.of("changed")),
        "not_understood": list(proposal.not_understood),
    }
    place.mkdir(parents=True, exist_ok=True)
    with files.lock(place / ".lock", f"another process is importing into {place}; try again"):
        layer.save(place, {proposal.table: found.text}, entry)
    return place


def against_shipped() -> Mapping[str, list[Change]]:
    """What the imported rows change in the shipped tables, by table."""
    found = {}
    place = layer.folder()
    for name in TABLES if place is not None else ():
        if place is None or not (place / f"{name}.csv").is_file():
            continue
        shipped = {row["id"]: row for row in observations.read_table(name, shipped=True)}
        title = {"training_runs": "model", "chips": "chip"}.get(name, "entity")
        changes = []
        for row in observations.read_table(name, folder=place):
            before = shipped.get(row["id"])
            cells = {
                column: (before[column] if before else None, value)
                for column, value in row.items()
                if (before[column] != value if before else value not in (None, ""))
            }
            if cells:
                changes.append(Change("changed" if before else "new", row["id"], str(row[title]), cells))
        found[name] = changes
    return found
