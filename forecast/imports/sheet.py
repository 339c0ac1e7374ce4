"""A downloaded table as rows of text by column; every sign of damage is found before a row is used."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from forecast.errors import ObservationError, Problem, UnreadableError, UsageError
from forecast.files import read_bounded

LARGEST = 20 << 20
"""Bytes of a file that is read; the largest table of its kind has some millions."""
LARGEST_UNPACKED = 10 * LARGEST
"""Bytes that the parts of a spreadsheet may have, which is an archive of them."""
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 50_000, 500, 1_000_000
SPREADSHEETS = (".xlsx", ".xlsm")
OTHER_SPREADSHEETS = (".xls", ".ods", ".numbers", ".gsheet")
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Line:
    """One row: the line on which it ends, and its cells by column, blanks around them removed."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A table from outside, not yet understood."""

    path: Path
    digest: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    def problem(self, message: str, line: Line | None = None, column: str = "") -> Problem:
        """A mistake in it."""
        place = self.columns.index(column) + 1 if column in self.columns else None
        return Problem(
            message, file=self.path.name, line=line.number if line else None, column=place, path=column
        )


def read(path: Path) -> Sheet:
    """The rows of a CSV file or of the first sheet of a spreadsheet.

    Raises:
        UsageError: There is no such file, or it is a spreadsheet that cannot be opened here.
        ObservationError: It is no table, is cut off, or is in another encoding than UTF-8.
    """
    content, rows = _rows(path)
    if not rows:
        raise ObservationError([Problem("is empty; its first line names the columns", file=path.name)])
    (first, header), *body = rows
    columns = tuple(_name(cell) for cell in header)
    problems = [
        Problem(f'column "{name}" stands twice', file=path.name, line=first)
        for place, name in enumerate(columns)
        if name and name in columns[:place]
    ]
    if len([name for name in columns if name]) < 2:
        problems.append(Problem("its first line does not name columns", file=path.name, line=first))
    lines = []
    for number, cells in body:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            last = number == body[-1][0]
            hint = "; the file looks cut off" if last and len(cells) < len(columns) else ""
            message = f"has {len(cells)} cells, the header {len(columns)}{hint}"
            problems.append(Problem(message, file=path.name, line=number))
            continue
        lines.append(
            Line(number, {name: cell.strip() for name, cell in zip(columns, cells, strict=True) if name})
        )
    if not lines and not problems:
        problems.append(Problem("has a header and no rows; is it cut off?", file=path.name))
    if problems:
        raise ObservationError(_first(problems, path))
    return Sheet(path, hashlib.sha256(content).hexdigest(), columns, tuple(lines))


def _rows(path: Path) -> tuple[bytes, list[tuple[int, list[str]]]]:
    """The bytes of a file, and its rows with the lines on which they end."""
    ending = path.suffix.lower()
    if ending in OTHER_SPREADSHEETS:
        raise UsageError(
            f"{path}: {ending} cannot be read; save the sheet as CSV (UTF-8) or as .xlsx and import that"
        )
    try:
        content = read_bounded(path, limit=LARGEST)
    except UnreadableError as error:
        raise UsageError(f"{path}: {error}") from error
    return content, _spreadsheet(path, content) if ending in SPREADSHEETS else _csv(path, content)


def _bounded(path: Path, rows: Iterable[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """All rows, unless they are more or wider than those of any table that can be meant."""
    found: list[tuple[int, list[str]]] = []
    for number, cells in rows:
        if len(found) > MOST_ROWS:
            message = f"has more than {MOST_ROWS:,} rows; is it a table of runs or chips?"
            raise ObservationError([Problem(message, file=path.name, line=number)])
        if len(cells) > MOST_COLUMNS:
            message = f"has {len(cells):,} cells in a row; at most {MOST_COLUMNS} are read"
            raise ObservationError([Problem(message, file=path.name, line=number)])
        found.append((number, cells))
    return found


def _first(problems: Sequence[Problem], path: Path, most: int = 20) -> list[Problem]:
    """The first problems, and how many there are more."""
    rest = len(problems) - most
    return [*problems[:most], *([Problem(f"and {rest:,} more mistakes", file=path.name)] if rest > 0 else [])]


def _name(cell: str) -> str:
    return re.sub(r"\s+", " ", cell).strip()


def _csv(path: Path, content: bytes) -> list[tuple[int, list[str]]]:
    text = _decoded(path, content)
    head = text.split("\n", 1)[0]
    limit = csv.field_size_limit(LONGEST_CELL)
    try:
        delimiter = max(_DELIMITERS, key=lambda each: len(next(csv.reader([head], delimiter=each), [])))
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return _bounded(path, ((reader.line_num, cells) for cells in reader))
    except csv.Error as error:
        what = (
            "a cell in quotes never ends: the file looks cut off"
            if "end of data" in str(error)
            else str(error)
        )
        message = f"cannot be read as CSV: {what}"
        raise ObservationError([Problem(message, file=path.name, line=text.count("\n") + 1)]) from error
    finally:
        csv.field_size_limit(limit)


def _decoded(path: Path, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        problem = Problem('is in UTF-16; save it as "CSV UTF-8" and import that', file=path.name)
        raise ObservationError([problem])
    if content.startswith(b"PK"):
        raise ObservationError([Problem("is no CSV file but an archive or spreadsheet", file=path.name)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = (
            f"is not in UTF-8 (byte 0x{content[error.start]:02x}); it may be in Windows-1252 or Latin-1: "
            'save it as "CSV UTF-8" and import that'
        )
        raise ObservationError([Problem(message, file=path.name, line=line)]) from error
    if "\x00" in text:
        raise ObservationError([Problem("is no text: it holds zero bytes", file=path.name)])
    return text


def _spreadsheet(path: Path, content: bytes) -> list[tuple[int, list[str]]]:
    try:
        import openpyxl
    except ImportError as error:
        raise UsageError(
            f"{path}: a spreadsheet needs openpyxl, which is not installed; save the sheet as CSV (UTF-8), or: "
            'pip install "ai-cost-forecast[spreadsheet]"'
        ) from error
    try:
        _refuse_unpacked(path, content)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            rows: Iterable[tuple[object, ...]] = book.worksheets[0].iter_rows(values_only=True)
            numbered = enumerate(rows, start=1)
            found = _bounded(path, ((number, [_shown(cell) for cell in row]) for number, row in numbered))
        finally:
            book.close()
    except ObservationError:
        raise
    except Exception as error:  # openpyxl passes on whatever its parsers say about a damaged file
        message = f"cannot be read as a spreadsheet ({type(error).__name__}); save it as CSV (UTF-8)"
        raise ObservationError([Problem(message, file=path.name)]) from error
    width = len(found[0][1]) if found else 0
    # A sheet is a rectangle; short rows are rows whose last cells are empty.
    return [(number, [*cells, *[""] * (width - len(cells))]) for number, cells in found]


def _refuse_unpacked(path: Path, content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > LARGEST_UNPACKED:
        message = f"unpacks to {unpacked:,} bytes; at most {LARGEST_UNPACKED:,} are read"
        raise ObservationError([Problem(message, file=path.name)])


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return repr(cell) if isinstance(cell, float) else str(cell)
