"""``forecast data``: the history that everything is computed from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecast.cli import documents, options
from forecast.errors import Problem, UsageError, did_you_mean, printable

if TYPE_CHECKING:
    from forecast.observations import Column, Table

_WIDEST = 44

# What a person wants to see of a table that is too wide for a terminal; `--json` has every column.
_SHOWN = {
    "training_runs": (
        "released",
        "model",
        "organization",
        "compute_flop",
        "confidence",
        "cost_amortized_usd",
        "cost_amortized_price_date",
        "chip",
        "fit",
        "why_not",
    ),
    "chips": (
        "released",
        "chip",
        "kind",
        "peak_16bit_flop_per_s",
        "power_w",
        "purchase_price_usd",
        "purchase_price_date",
        "purchase_price_kind",
        "fit",
        "why_not",
    ),
}
_SHOWN_FACTS = (
    "id",
    "entity",
    "metric",
    "value",
    "low",
    "high",
    "interval",
    "unit",
    "period",
    "known",
    "fit",
)


@click.group()
def data() -> None:
    """Look at the sourced history that forecasts are made from.

    Every row of every table carries its value and interval, its unit and date, the day it became public, its source
    and licence, and whether a model may be fitted to it. Money stands as it was quoted, in dollars of a stated month.

    \b
    Examples:
      forecast data list
      forecast data show training_runs --as-of 2023-09-30 --limit 20
      forecast data check

    Exit code: 0; 2 when there is no such table; 3 when check finds mistakes.
    """


@data.command(name="list")
@options.as_json("the list")
def list_tables(*, as_json: bool) -> None:
    """List the tables: name, number of rows, what they hold and in which units.

    \b
    Examples:
      forecast data list
      forecast data list --json

    Exit code: 0.
    """
    from forecast.observations import TABLES, read_table

    counts = {name: len(read_table(name)) for name in TABLES}
    if as_json:
        tables = [
            {"name": table.name, "rows": counts[table.name], "title": table.title, "units": table.units}
            for table in TABLES.values()
        ]
        documents.echo("data-list", {"tables": tables})
        return
    for table in TABLES.values():
        click.echo(f"{table.name:<15}{counts[table.name]:>6} rows  {table.title}")
        click.echo(f"{'':<28}units: {table.units}")


@data.command()
@click.argument("table")
@options.as_of("Show what was known on this day, such as 2023-09-30.")
@click.option(
    "--where",
    metavar="TEXT",
    help="Show rows that contain TEXT; COLUMN=TEXT looks in one column only. Capitals do not matter.",
)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Stop after N rows.")
@options.as_json("every column")
def show(table: str, as_of: date | None, where: str | None, limit: int | None, *, as_json: bool) -> None:
    """Show the rows of TABLE.

    Prints the columns that fit a terminal; `--json` prints all of them, with numbers in full. `forecast data list`
    names the tables. Without `--as-of` every row is shown, also one that a later row has
    superseded; the price index is never cut, because it only converts the dollars of quotes.

    \b
    Examples:
      forecast data show training_runs --where organization=openai
      forecast data show training_runs --where fit=censored
      forecast data show lab_finances --where anthropic --as-of 2025-06-30
      forecast data show chips --json

    Exit code: 0, or 2 when there is no such table.
    """
    from forecast.observations import TABLES, read_table

    rows = read_table(table, as_of=as_of)
    known = TABLES[table]
    if where:
        rows = _matching(rows, where, known)
    found = len(rows)
    rows = rows[:limit]
    if as_json:
        documents.echo(
            "data-show",
            {
                "table": table,
                "title": known.title,
                "units": known.units,
                "as_of": as_of.isoformat() if as_of else None,
                "found": found,
                "rows": [
                    {column.name: _plain(row[column.name], column) for column in known.columns}
                    for row in rows
                ],
            },
        )
    else:
        shown = _SHOWN.get(table, _SHOWN_FACTS)
        columns = [column for name in shown for column in known.columns if column.name == name]
        for line in _aligned(shown, [[_text(row[each.name], each) for each in columns] for row in rows]):
            click.echo(printable(line))
    if len(rows) < found:
        click.echo(f"{found - len(rows)} more rows; drop --limit to see them", err=True)
    elif not rows:
        click.echo("no row matches", err=True)


@data.command()
@click.option(
    "--folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Check the tables in FOLDER instead of those of this installation.",
)
@options.as_json("the problems")
def check(folder: Path | None, *, as_json: bool) -> None:
    """Find every mistake in the tables.

    Checks that numbers are numbers and dates dates, that units are known, that each value lies within its interval,
    that nothing was known before it was, that every row names its source and licence and, when it is kept out of
    fits, says why, and that no id stands twice. All mistakes are reported at once with file, line and column.

    \b
    Examples:
      forecast data check
      forecast data check --folder my-tables

    Exit code: 0 when the tables are right, 3 when they are not.
    """
    from forecast import observations

    problems = observations.check(folder) if folder else observations.check()
    if as_json:
        documents.echo(
            "data-check", {"ok": not problems, "problems": [_plain_problem(problem) for problem in problems]}
        )
    else:
        for problem in problems:
            click.echo(str(problem))
        if not problems:
            click.echo(f"{len(observations.TABLES)} tables: ok")
    if problems:
        click.get_current_context().exit(3)


def _matching(rows: list[dict[str, Any]], where: str, table: Table) -> list[dict[str, Any]]:
    """The rows that contain a text, anywhere or in one column."""
    name, equals, wanted = where.partition("=")
    columns = {column.name: column for column in table.columns}
    text = (wanted if equals else where).casefold()
    if not equals:
        searched = list(columns.values())
    elif name in columns:
        searched = [columns[name]]
    else:
        raise UsageError(f'table "{table.name}" has no column "{name}"{did_you_mean(name, columns)}')
    exact = bool(equals and searched[0].choices)
    return [
        row
        for row in rows
        if any(
            text == cell if exact else text in cell
            for cell in (_text(row[column.name], column).casefold() for column in searched)
        )
    ]


def _text(cell: object, column: Column) -> str:
    plain = _plain(cell, column)
    if plain is None:
        return ""
    return f"{plain:.4g}" if isinstance(plain, float) else str(plain)


def _plain(cell: object, column: Column) -> object:
    if isinstance(cell, date):
        return cell.isoformat()[:7] if column.kind == "month" else cell.isoformat()
    return cell


def _plain_problem(problem: Problem) -> dict[str, object]:
    return {
        "file": printable(problem.file),
        "line": problem.line,
        "column": problem.column,
        "path": printable(problem.path),
        "message": printable(problem.message),
    }


def _aligned(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows of text under a header, columns lined up and long cells cut short."""
    table = [
        [cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…" for cell in row]
        for row in (header, *rows)
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
