"""How imports of data are told: as lines of text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from forecast.imports import Change, Import
from forecast.imports.changes import Kind
from forecast.observations import TrainingRun

MOST = 12
"""Rows of one kind that are told; JSON has all."""


def import_in_words(found: Import) -> Iterator[str]:
    """What an import would change, line by line."""
    proposal = found.proposal
    yield f"{found.path.name}: {proposal.read:,} rows for the table {proposal.table}, dated {proposal.dated}"
    yield f"source: {proposal.source}; licence: {proposal.licence}"
    yield f"  {proposal.same:,} as in our table"
    for reason, count in proposal.left_out.items():
        yield f"  {count:,} left out: {reason}"
    told: tuple[tuple[Kind, str], ...] = (
        ("new", "new"),
        ("changed", "changed"),
        ("gone", "in our table and not in the file"),
    )
    for kind, words in told:
        changes = proposal.of(kind)
        yield f"{len(changes):,} {words}{':' if changes else ''}"
        for change in changes[:MOST]:
            yield f"  {change_in_words(change)}"
        if len(changes) > MOST:
            yield f"  and {len(changes) - MOST:,} more; --json has all"
    yield from _not_read(found)
    yield from _largest(found)


def _not_read(found: Import) -> Iterator[str]:
    proposal = found.proposal
    if proposal.not_understood:
        names = ", ".join(proposal.not_understood)
        yield f"not understood, and not used: {len(proposal.not_understood)} columns: {names}"
    if proposal.lacking:
        yield f"not in the file, so that ours stays: {', '.join(proposal.lacking)}"
    for warning in proposal.warnings[:MOST]:
        yield f"not read: {warning}"
    if len(proposal.warnings) > MOST:
        yield f"and {len(proposal.warnings) - MOST:,} more cells that could not be read"


def _largest(found: Import) -> Iterator[str]:
    effect = found.effect
    before, after = (_sizes(runs) for runs in (effect.before, effect.after))
    if before == after:
        yield "the ten largest runs stay the same"
    else:
        yield "the ten largest runs would be:"
        places = [identity for identity, _ in before]
        for place, run in enumerate(effect.after, start=1):
            was = f"was {places.index(run.id) + 1}" if run.id in places else "new here"
            yield f"  {place:>2}  {_size(run):.3g} FLOP  {run.model} ({run.released}), {was}"
    yield (
        "the fit uses rows that change: it has to be made again"
        if effect.fit_changes
        else "the fit uses nothing of what changes"
    )


def _sizes(runs: Sequence[TrainingRun]) -> list[tuple[str, float]]:
    return [(run.id, _size(run)) for run in runs]


def _size(run: TrainingRun) -> float:
    return run.compute.value if run.compute else 0.0


def change_in_words(change: Change) -> str:
    """One row that changes, in one line."""

    def shown(value: object) -> str:
        return (
            "nothing"
            if value in (None, "")
            else f"{value:.6g}"
            if isinstance(value, float)
            else str(value)[:60]
        )

    cells = ", ".join(
        f"{name} {shown(after)}" if change.kind == "new" else f"{name} {shown(before)} -> {shown(after)}"
        for name, (before, after) in list(change.cells.items())[:6]
    )
    return "; ".join(
        part for part in (f"{change.name}: {cells}" if cells else change.name, change.note) if part
    )


def change_as_json(change: Change) -> dict[str, object]:
    """One row that changes."""

    def plain(value: object) -> object:
        return value.isoformat() if isinstance(value, date) else value

    cells = {name: [plain(before), plain(after)] for name, (before, after) in change.cells.items()}
    return {"kind": change.kind, "id": change.id, "name": change.name, "cells": cells, "note": change.note}


def import_as_json(found: Import) -> dict[str, object]:
    """What an import would change."""
    proposal = found.proposal
    return {
        "file": found.path.name,
        "table": proposal.table,
        "dated": proposal.dated.isoformat(),
        "source": proposal.source,
        "licence": proposal.licence,
        "read": proposal.read,
        "same": proposal.same,
        "left_out": dict(proposal.left_out),
        "changes": [change_as_json(change) for change in proposal.changes],
        "not_understood": list(proposal.not_understood),
        "lacking": list(proposal.lacking),
        "not_read": list(proposal.warnings),
        "largest_before": [{"id": run.id, "compute_flop": _size(run)} for run in found.effect.before],
        "largest_after": [{"id": run.id, "compute_flop": _size(run)} for run in found.effect.after],
        "fit_changes": found.effect.fit_changes,
    }
