"""``forecast reweight``: a finished run seen with other beliefs about one driver."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.cli import documents, options
from forecast.errors import printable

if TYPE_CHECKING:
    from forecast.reweight import Reweighted


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--driver", required=True, help="The driver that the beliefs are about, such as algorithmic_growth."
)
@click.option(
    "--beliefs",
    required=True,
    type=click.Path(path_type=Path),
    help="CSV file of quantiles with the columns probability and value.",
)
@click.option(
    "--least-size",
    default=400,
    show_default=True,
    type=click.IntRange(min=10),
    help="Effective sample size below which the result is refused.",
)
@options.out("Folder of the results.  [default: RUN-reweighted]")
@options.as_json("the result")
@options.force()
@options.quiet()
def reweight(
    run: Path,
    driver: str,
    beliefs: Path,
    least_size: int,
    out: Path | None,
    *,
    as_json: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Update a finished run with expert beliefs about one driver.

    RUN is the folder of a finished run. The beliefs are quantiles, two or more, such as

    \b
      probability,value
      0.05,2x/yr
      0.5,3x/yr
      0.95,5x/yr

    Each path gets a weight, the believed density of the driver over the drawn one; what is correlated with the driver
    moves along. Writes the weighted summary.csv, affordability.csv and thresholds.csv, the weights, and the driver
    before and after (beliefs.csv). The effective sample size says how much of the run is left.

    \b
    Example:
      forecast reweight outputs/baseline --driver algorithmic_growth --beliefs beliefs.csv

    Exit code: 0; 1 when the results cannot be written; 2 for a mistake in the beliefs or a folder without a run; 3 when
    the effective sample is too small; 4 when the folder holds files that no run wrote.
    """
    from forecast.cli.progress import clear, teller
    from forecast.studies import reweight_of

    folder = out or run.with_name(f"{run.resolve().name}-reweighted")
    try:
        found = reweight_of(
            run,
            driver,
            beliefs,
            least_size=least_size,
            out=folder,
            force=force,
            progress=teller(quiet=quiet),
        )
    finally:
        clear(quiet=quiet)
    if as_json:
        documents.echo("reweight", as_dict(found, folder))
    elif not quiet:
        for line in headline(found, folder):
            click.echo(printable(line))


def headline(found: Reweighted, folder: Path) -> list[str]:
    """The reweighted run in a few lines of text."""
    from forecast.report.numbers import count, money, percent, quantity

    summary = found.summary
    draws, years = len(found.weights), summary.coordinates.years

    def told(quantiles: tuple[float, ...]) -> str:
        low, middle, high = (quantity(quantiles[place], found.unit) for place in (0, 3, -1))
        return f"median {middle} (90%: {low} to {high})"

    size = f"{count(round(found.effective_size))} of {count(draws)} paths"
    lines = [
        f"{summary.attributes.get('scenario', 'run')} with other beliefs about {found.driver}",
        f"  effective sample size {size} ({percent(found.effective_size / draws)})",
        f"  {found.driver} as drawn: {told(found.before)}",
        f"  {found.driver} believed: {told(found.after)}",
    ]
    for year, row in zip(years, summary.series("training_cost"), strict=True):
        lines.append(f"  {year}   {money(row[3])} ({money(row[0])} to {money(row[-1])})")
    return [*lines, f"  results: {folder}"]


def as_dict(found: Reweighted, folder: Path) -> dict[str, object]:
    """The reweighted run as JSON-ready values."""
    from forecast.report.tables import LEVELS

    return {
        "version": 1,
        "folder": str(folder),
        "attributes": dict(found.summary.attributes),
        "driver": found.driver,
        "unit": found.unit,
        "effective_size": found.effective_size,
        "before": dict(zip(LEVELS, found.before, strict=True)),
        "after": dict(zip(LEVELS, found.after, strict=True)),
        "summary": [
            {
                "variable": row.variable,
                "unit": row.unit,
                "member": row.member,
                "year": row.year,
                "mean": row.mean,
                "mean_error": row.mean_error,
                "quantiles": dict(zip(LEVELS, row.quantiles, strict=True)),
                "errors": dict(zip(LEVELS, row.quantile_errors, strict=True)),
            }
            for row in found.summary.rows
        ],
    }
