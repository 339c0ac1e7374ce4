"""What an import would change: rows that are new, changed or gone, what was not understood, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from forecast.observations.reading import Cells

Kind = Literal["new", "changed", "gone"]

ROUNDING = 2e-3
"""Numbers that differ by less, relatively, are the same number rounded."""


@dataclass(frozen=True)
class Change:
    """One row that would change; ``cells`` maps a column to what it was and what it would be."""

    kind: Kind
    id: str
    name: str
    cells: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Proposal:
    """What an import would do to one table.

    Attributes:
        table: The table.
        source: What the rows say about where they are from.
        licence: Under which terms.
        dated: From which day changed figures count; earlier forecasts see the old ones.
        rows: The rows to be laid over the table, whole.
        changes: What they change.
        read: How many rows the file has.
        same: How many of them are in the table already, unchanged.
        left_out: Why other rows are not taken, with how many.
        not_understood: Columns of the file that mean nothing to this program.
        lacking: Columns that releases usually have and this one does not.
        warnings: Cells that could not be read and do not matter for a fit.
    """

    table: str
    source: str
    licence: str
    dated: date
    rows: tuple[Cells, ...]
    changes: tuple[Change, ...]
    read: int
    same: int
    left_out: Mapping[str, int]
    not_understood: tuple[str, ...]
    lacking: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def of(self, kind: Kind) -> list[Change]:
        """The changes of one kind."""
        return [change for change in self.changes if change.kind == kind]


def same(first: Any, second: Any) -> bool:
    """Whether two cells say the same, rounding and spaces aside."""
    if isinstance(first, float) and isinstance(second, float):
        return abs(first - second) <= ROUNDING * max(abs(first), abs(second))
    if isinstance(first, str) and isinstance(second, str):
        return plain(first) == plain(second)
    return bool(first == second)


def plain(text: str) -> str:
    """A name as it is compared: no case, no spaces around commas and others doubled, no quotes."""
    parts = [" ".join(part.split()) for part in text.casefold().split(",")]
    return ",".join(parts).translate({ord(mark): None for mark in "\"'`’“”"})


def slug(text: str) -> str:
    """A name as a part of an id."""
    kept = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in text.casefold())
    return "-".join(part for part in kept.split("-") if part) or "unnamed"
