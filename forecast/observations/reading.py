"""CSV files in, rows out: every mistake of every table is collected, none is raised on the way."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from forecast import files
from forecast.errors import Problem, UnreadableError, did_you_mean, shorten
from forecast.observations.tables import Column, Table

Cells = dict[str, Any]
"""One row: column name to text, float, date or None for an empty cell."""

LARGEST = 10 << 20
"""Bytes of a table that is read; the largest that ships has less than a tenth of that."""

MOST_ROWS, MOST_COLUMNS, MOST_PROBLEMS = 50_000, 200, 100

_MAX_CELL = 4000


@dataclass(frozen=True)
class Row:
    """The cells of one line together with the place where they stand."""

    file: str
    line: int
    columns: tuple[str, ...]
    cells: Cells

    def problem(self, column: str, message: str) -> Problem:
        """A mistake in one cell of this row."""
        return Problem(
            message,
            file=self.file,
            line=self.line,
            column=self.columns.index(column) + 1,
            path=f"{self.cells.get('id') or '(no id)'}.{column}",
        )


def _number(cell: str) -> float:
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError
    return value


def _month(cell: str) -> date:
    if len(cell) != len("2024-12"):
        raise ValueError
    return date.fromisoformat(f"{cell}-01")


_PARSERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "number": (_number, "a finite number"),
    "date": (date.fromisoformat, "a date such as 2024-12-31"),
    "month": (_month, "a month such as 2024-12"),
}


def _parse(row: Row, column: Column, cell: str, problems: list[Problem]) -> Any:
    """The value of one cell; None (and a problem) where it cannot be one."""
    name = column.name
    if cell == "":
        if column.required:
            problems.append(row.problem(name, "is empty; every row needs one"))
        return None if column.kind in _PARSERS else ""
    if column.kind in _PARSERS:
        parser, wanted = _PARSERS[column.kind]
        try:
            return parser(cell)
        except ValueError:
            problems.append(row.problem(name, f'"{shorten(cell)}" is not {wanted}'))
            return None
    if column.choices and cell not in column.choices:
        hint = did_you_mean(cell, column.choices)
        many = len(column.choices) > 10
        wrong = f"is no known {name}" if many else f"is none of {', '.join(column.choices)}"
        problems.append(row.problem(name, f'"{shorten(cell)}" {wrong}{hint}'))
        return None if column.required else ""
    if "\n" in cell or len(cell) > _MAX_CELL:
        problems.append(row.problem(name, f"a cell is one line of at most {_MAX_CELL} characters"))
    return cell


def first_of(problems: Sequence[Problem]) -> list[Problem]:
    """So many mistakes as a person can use, and how many more there are."""
    if len(problems) <= MOST_PROBLEMS:
        return list(problems)
    rest = f"and {len(problems) - MOST_PROBLEMS:,} more mistakes; correct these first"
    return [*problems[:MOST_PROBLEMS], Problem(rest, file=problems[0].file)]


def text_of(path: Path) -> str:
    """The text of a table.

    Raises:
        UnreadableError: It is missing, no regular file, or larger than any table.
        UnicodeDecodeError: It is not UTF-8.
    """
    return files.read_bounded(path, limit=LARGEST).decode("utf-8-sig")


def _lines(path: Path, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    try:
        reader = csv.reader(io.StringIO(text_of(path), newline=""), strict=True)
        for cells in reader:
            yield reader.line_num, cells
    except UnreadableError as error:
        problems.append(Problem(str(error), file=path.name))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(f"cannot be read as CSV in UTF-8: {error}", file=path.name))


def _check_header(table: Table, found: list[str], file: str) -> list[Problem]:
    wanted = [column.name for column in table.columns]
    problems = [
        Problem(f'column "{name}" is missing', file=file, line=1) for name in wanted if name not in found
    ]
    for place, name in enumerate(found, start=1):
        if name not in wanted:
            hint = did_you_mean(name, wanted)
            problems.append(
                Problem(f'unknown column "{shorten(name)}"{hint}', file=file, line=1, column=place)
            )
        elif name in found[: place - 1]:
            problems.append(
                Problem(f'column "{shorten(name)}" stands twice', file=file, line=1, column=place)
            )
    return problems


def read_rows(table: Table, folder: Path) -> tuple[list[Row], list[Problem]]:
    """The rows of one table and every cell in it that cannot be what its column says.

    Args:
        table: Which table.
        folder: Where its file lies.

    Returns:
        Rows whose cells have been turned into text, floats and dates, and the problems found.
    """
    return read_file(table, table.path(folder))


def read_file(table: Table, path: Path, *, identity: str = "id") -> tuple[list[Row], list[Problem]]:
    """As `read_rows`, of a file that may lie anywhere and have any name.

    Args:
        table: What the file's columns are.
        path: The file.
        identity: The column that names a row in messages.
    """
    problems: list[Problem] = []
    lines = _lines(path, problems)
    header = next(lines, None)
    if header is None:
        if not problems:
            problems.append(Problem("the table is empty; its first line names the columns", file=path.name))
        return [], problems
    columns = tuple(header[1])
    if len(columns) > MOST_COLUMNS:
        problems.append(
            Problem(f"has {len(columns):,} columns; at most {MOST_COLUMNS} are read", file=path.name, line=1)
        )
        return [], problems
    problems += _check_header(table, header[1], path.name)
    if problems:
        return [], problems
    by_name = {column.name: column for column in table.columns}
    ordered = [by_name[name] for name in columns]
    place = columns.index(identity)
    rows: list[Row] = []
    for line, cells in lines:
        if not cells:
            continue
        if len(rows) >= MOST_ROWS or len(problems) > 100 * MOST_PROBLEMS:
            problems.append(
                Problem("holds more rows, or more mistakes, than are read", file=path.name, line=line)
            )
            break
        if len(cells) != len(columns):
            message = f"has {len(cells)} cells; the header has {len(columns)}"
            problems.append(Problem(message, file=path.name, line=line))
            continue
        row = Row(path.name, line, columns, {"id": cells[place]})
        for column, cell in zip(ordered, cells, strict=True):
            row.cells[column.name] = _parse(row, column, cell, problems)
        rows.append(row)
    return rows, problems
