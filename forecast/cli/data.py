"""``forecast data``: the history that everything is computed from."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecast.cli import completion, documents, options
from forecast.errors import Problem, UsageError, did_you_mean, printable

if TYPE_CHECKING:
    from forecast.observations import Column, Table

_WIDEST = 44
_dated = click.option(
    "--dated",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=lambda _, __, value: value.date() if value else None,
    help="Day of the release (YYYY-MM-DD).  [default: in the file's name, else today]",
)
_part = click.option("--part", is_flag=True, help="FILE holds only some of its source's rows on purpose.")

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
@click.argument("table", shell_complete=completion.tables)
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


@data.command(name="import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@_dated
@_part
@click.option("--yes", is_flag=True, help="Import without asking.")
@click.option("--no-fit", is_flag=True, help="Do not fit the trends again; the next forecast does.")
@options.as_json("what changes")
def import_(file: Path, dated: date | None, *, part: bool, yes: bool, no_fit: bool, as_json: bool) -> None:
    """Lay the rows of FILE over our tables: newer data, or your own.

    FILE is a download of Epoch AI (notable models, machine learning hardware, hardware prices), training runs of your
    own with at least the columns model, released and compute, or rows in the layout of one of our tables under its
    name. CSV in UTF-8 or .xlsx. Columns are found by their names, wherever they stand.

    Shows what would change and asks before writing. The rows go into a folder of yours, never into the installed
    package: FORECAST_DATA_DIR, or the user's data folder. From then on every forecast uses them and says so in
    its record. A changed figure counts from the day of the release on; forecasts from earlier dates see the old one.
    Then the trends are fitted again if the fit uses anything that changed.

    \b
    Examples:
      forecast data import notable_ai_models.csv
      forecast data import notable_ai_models.csv --dated 2026-07-15 --yes
      FORECAST_DATA_DIR=my-data forecast data import my_runs.csv

    Exit code: 0, also when nothing was imported because the answer was no; 1 when the folder cannot be written to; 2
    when FILE cannot be used: nothing is changed then; 3 when the new fit does not converge.
    """
    from forecast import imports
    from forecast.cli import imported

    found = imports.prepare(file, dated=dated, part=part)
    if as_json:
        documents.echo("data-import", imported.import_as_json(found))
    else:
        for line in imported.import_in_words(found):
            click.echo(printable(line))
    if not found.proposal.rows:
        click.echo("nothing to import", err=True)
        return
    if not yes and (as_json or not _wanted()):
        click.echo("nothing was changed", err=True)
        return
    place = imports.write(found)
    click.echo(
        printable(f"imported into {place}; to undo, remove {found.proposal.table}.csv there"), err=True
    )
    if found.effect.fit_changes and not no_fit:
        _fit_again()


@data.command()
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@_dated
@_part
@options.as_json("what differs")
def diff(file: Path | None, dated: date | None, *, part: bool, as_json: bool) -> None:
    """Show what FILE would change if it were imported; without FILE, what was imported changes in the shipped tables.

    Writes nothing.

    \b
    Examples:
      forecast data diff notable_ai_models.csv
      forecast data diff

    Exit code: 0, or 2 when FILE cannot be used.
    """
    from forecast import imports
    from forecast.cli import imported
    from forecast.observations import layer

    if file is not None:
        found = imports.prepare(file, dated=dated, part=part)
        if as_json:
            documents.echo("data-import", imported.import_as_json(found))
        for line in () if as_json else imported.import_in_words(found):
            click.echo(printable(line))
        return
    place = layer.folder()
    tables = imports.against_shipped()
    if as_json:
        changes = {
            name: [imported.change_as_json(change) for change in found] for name, found in tables.items()
        }
        documents.echo("data-diff", {"folder": str(place) if place else None, "tables": changes})
    elif place is None:
        click.echo("nothing was imported: all tables are those that ship", err=True)
    else:
        click.echo(printable(f"{place}:"))
        for entry in layer.imports(place):
            about = ", ".join(f"{entry.get(key)}" for key in ("file", "dated", "source", "licence"))
            click.echo(printable(f"  {entry.get('table')}: {about}"))
        for name, found_changes in tables.items():
            click.echo(f"{name}: {len(found_changes)} rows differ from the shipped table")
            for change in found_changes[: imported.MOST]:
                click.echo(printable(f"  {imported.change_in_words(change)}"))
            if len(found_changes) > imported.MOST:
                click.echo(f"  and {len(found_changes) - imported.MOST} more; --json has all")


def _wanted() -> bool:
    """Whether the user wants to import what was shown.

    Raises:
        UsageError: There is nobody to ask.
    """
    try:
        return click.confirm("import this?", err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise UsageError("there is nobody to ask, so nothing was changed; add --yes to import") from None


def _fit_again() -> None:
    """Fit the trends to the new history at the date of the shipped baseline, and say what that moved."""
    from forecast.cli.progress import clear, teller
    from forecast.fit import full_fit
    from forecast.fit.headlines import HEADLINES, headlines, interval
    from forecast.observations import load
    from forecast.run import resolve, shipped

    path = shipped("baseline")
    as_of = resolve(path).as_of if path is not None else None
    histories = (load(as_of=as_of, shipped=True), load(as_of=as_of))
    try:
        found = [full_fit(known, as_of=as_of, progress=teller(quiet=False)) for known in histories]
    finally:
        clear(quiet=False)
    click.echo("medians with the shipped tables, and with what was imported:", err=True)
    before, after = (headlines({**each.posterior.draws, **each.extra}) for each in found)
    for name in ("cost_growth", "compute_growth", "compute_growth_now", "price_performance_growth"):
        wording = HEADLINES[name]
        pair = [interval(draws[name], wording).median for draws in (before, after)]
        click.echo(f"  {wording.label}: {pair[0]:.2f}, {pair[1]:.2f} {wording.unit}", err=True)


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
