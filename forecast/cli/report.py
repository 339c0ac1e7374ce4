"""``forecast report``: one page that a reader opens without this program."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click


@click.command()
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="An .html file, or a folder for page, tables and record.  [default: outputs/NAMES-report]",
)
@click.option(
    "--draws",
    default=20_000,
    show_default=True,
    type=click.IntRange(100, 10_000_000),
    help="Number of paths.",
)
@click.option(
    "--seed",
    default=1,
    show_default=True,
    type=click.IntRange(0, 2**63 - 1),
    help="Seed of the random numbers.",
)
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Folder of an earlier run or report to say what changed since.  [default: what is at --out]",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Forecast from what was known on this date (YYYY-MM-DD).",
)
@click.option(
    "--set", "overrides", metavar="NAME=VALUE", multiple=True, help="Lay an assumption over every file."
)
@click.option("--quick", is_flag=True, help="Leave out what takes long: what matters, claims, backtest.")
@click.option("--force", is_flag=True, help="Write into a folder, or over a file, that is no report.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def report(
    scenarios: tuple[Path, ...],
    out: Path | None,
    draws: int,
    seed: int,
    since: Path | None,
    as_of: datetime | None,
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
    from forecast.run import resolve

    day = as_of.date() if as_of else None
    names = [resolve(path, as_of=day, overrides=overrides).name for path in scenarios]
    place = out or Path("outputs") / f"{_few(names)}-report"
    try:
        made = write_report(
            scenarios,
            draws=draws,
            seed=seed,
            out=place,
            since=since,
            as_of=day,
            overrides=overrides,
            quick=quick,
            force=force,
            progress=teller(quiet=quiet),
        )
    finally:
        clear(quiet=quiet)
    if not quiet:
        file = place if place.is_file() else place / FILE
        click.echo(f"{file} ({len(made.text.encode('utf-8')) / 1e6:.1f} MB)")


def _few(names: list[str]) -> str:
    few = "-".join(names[:3])
    return few if len(names) <= 3 else f"{few}-and-{len(names) - 3}-more"
