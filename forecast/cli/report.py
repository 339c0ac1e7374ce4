"""``forecast report``: one page that a reader opens without this program."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from forecast.cli import options


@click.command()
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.out(
    "An .html file, or a folder for page, tables and record.  [default: outputs/NAMES-report]",
    metavar="FILE|DIR",
)
@options.draws()
@options.seed
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Folder of an earlier run or report to say what changed since.  [default: what is at --out]",
)
@options.as_of()
@options.overrides("Lay an assumption over every file.")
@click.option("--quick", is_flag=True, help="Leave out what takes long: what matters, claims, backtest.")
@options.force("Write into a folder, or over a file, that is no report.")
@options.quiet("Print nothing but errors.")
def report(
    scenarios: tuple[Path, ...],
    out: Path | None,
    draws: int,
    seed: int,
    since: Path | None,
    as_of: date | None,
    overrides: tuple[str, ...],
    *,
    quick: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Write one page that tells of some scenarios, for readers who never run this program.

    The page is a single HTML file that asks for nothing from outside: what the numbers come to in sentences, a fan
    chart that a reader can switch between scenarios, scales, bands and variables and filter by ranges of the inputs,
    every chart with its table, the assumptions with reasons and sources, what changed since the last report, the
    comparison of several SCENARIOs and why they differ, the essay's claims, method, record, limits and how to rerun
    it. It prints to a clean PDF from any browser.

    \b
    Examples:
      forecast report scenarios/baseline.yaml
      forecast report scenarios/baseline.yaml scenarios/optimistic.yaml scenarios/pessimistic.yaml
      forecast report scenarios/baseline.yaml --out forecast.html --since outputs/baseline

    Exit code: 0; 1 when the page cannot be written; 2 when a scenario has mistakes; 3 when the fit does not converge; 4
    when something that no report wrote is in its place.
    """
    from forecast.cli.progress import clear, teller
    from forecast.publication import FILE
    from forecast.publication import report as write_report

    try:
        made = write_report(
            scenarios,
            draws=draws,
            seed=seed,
            out=out,
            below=Path("outputs"),
            since=since,
            as_of=as_of,
            overrides=overrides,
            quick=quick,
            force=force,
            progress=teller(quiet=quiet),
        )
    finally:
        clear(quiet=quiet)
    if not quiet:
        place = made.place or Path()
        file = place if place.is_file() else place / FILE
        click.echo(f"{file} ({len(made.text.encode('utf-8')) / 1e6:.1f} MB)")
