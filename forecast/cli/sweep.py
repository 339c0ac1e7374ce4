"""``forecast sweep``: what follows from each value of some assumptions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from forecast.cli import documents, options
from forecast.errors import printable

if TYPE_CHECKING:
    from forecast.samplers import Sampler
    from forecast.sweep import Sweep

_SHOWN = 25


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--set",
    "settings",
    metavar="NAME=LOW:HIGH:NUMBER",
    multiple=True,
    required=True,
    help="An assumption to sweep; NAME=VALUE lays one over the file at all points.",
)
@click.option(
    "--design",
    type=click.Choice(["grid", "lhs", "sobol"]),
    default="grid",
    show_default=True,
    help="All combinations, a Latin hypercube, or a Sobol sequence.",
)
@click.option(
    "--points", type=int, default=0, help="Number of points of a Latin hypercube or Sobol sequence."
)
@click.option(
    "--target",
    "variables",
    multiple=True,
    help="A variable to tell of; may be given more than once.  [default: costs, compute and payers]",
)
@click.option("--year", type=int, help="The year of the charts.  [default: the last one]")
@options.draws(4096, words="Number of paths at each point.")
@options.seed
@options.sampler
@options.out("Folder of the results.  [default: outputs/NAME-sweep]")
@options.as_of()
@options.no_charts("The table only.")
@options.as_json("the result")
@options.force()
@options.workers
@options.cluster
@options.quiet()
def sweep(
    scenario: Path,
    settings: tuple[str, ...],
    design: Literal["grid", "lhs", "sobol"],
    points: int,
    variables: tuple[str, ...],
    year: int | None,
    draws: int,
    seed: int,
    sampler: Sampler,
    out: Path | None,
    as_of: date | None,
    *,
    no_charts: bool,
    as_json: bool,
    force: bool,
    workers: int | None,
    cluster: str,
    quiet: bool,
) -> None:
    """Move assumptions over a range and show what follows from each value.

    Every point is the scenario with one value of each swept assumption, on the same draws, and equals a run with these
    values in --set. Writes sweep.csv and charts: a line with bands for one assumption, a map with contours for two,
    dots for a Latin hypercube over more.

    \b
    Examples:
      forecast sweep scenarios/baseline.yaml --set final_run_share=0.05:0.4:6
      forecast sweep scenarios/baseline.yaml --set algorithmic_growth=1.5x/yr:10x/yr:5 \\
        --set price_performance_growth=1.05x/yr:1.6x/yr:5 --target payers
      forecast sweep scenarios/baseline.yaml --design lhs --points 40 \\
        --set final_run_share=0.05:0.4 --set spending_growth_later=1x/yr:1.5x/yr
      forecast sweep scenarios/baseline.yaml --design sobol --points 1024 --draws 1024 \\
        --set final_run_share=0.05:0.4 --set algorithmic_growth=1.5x/yr:10x/yr

    Exit code: 0; 1 when the results cannot be written; 2 for a range that is none or a value that the scenario does not
    admit; 3 when the fit does not converge; 4 when the folder holds files that no run wrote.
    """
    from forecast.cli.progress import clear, teller
    from forecast.run import resolve
    from forecast.studies import sweep_of
    from forecast.sweep import is_range

    draws = options.spread_draws(draws, sampler, draws)
    ranges = tuple(text for text in settings if is_range(text))
    fixed = tuple(text for text in settings if not is_range(text))
    folder = out or Path("outputs") / f"{resolve(scenario, as_of=as_of, overrides=fixed).name}-sweep"
    try:
        found = sweep_of(
            scenario,
            ranges,
            kind=design,
            points=points,
            variables=variables,
            year=year,
            draws=draws,
            seed=seed,
            sampler=sampler,
            out=folder,
            as_of=as_of,
            charts=not no_charts,
            force=force,
            overrides=fixed,
            workers=workers or 0,
            cluster=cluster,
            progress=teller(quiet=quiet),
        )
    finally:
        clear(quiet=quiet)
    if as_json:
        documents.echo("sweep", as_dict(found, folder))
    elif not quiet:
        for line in headline(found, year or found.coordinates.years[-1], folder):
            click.echo(printable(line))


def headline(found: Sweep, year: int, folder: Path) -> list[str]:
    """The sweep in a table of a few lines."""
    from forecast.report.numbers import quantity

    attributes = found.attributes
    shown = found.variables[:3]
    widths = [max(14, len(axis.path) + 2) for axis in found.axes]
    points = f"{attributes['draws']} paths at each of {len(found.points)} points"
    names = "".join(f"{axis.path:<{width}}" for axis, width in zip(found.axes, widths, strict=True))
    lines = [
        f"{attributes['scenario']} in {year}, {points}; medians, means of counts",
        "  " + names + "".join(f"{name:<28}" for name in shown).rstrip(),
    ]
    for point in found.points[:_SHOWN]:
        values = "".join(
            f"{axis.text(value):<{width}}"
            for axis, value, width in zip(found.axes, point.values, widths, strict=True)
        )
        rows = [point.row(name, year) for name in shown]
        told = [
            f"{row.mean:.2f}" if row.unit == "count" else quantity(row.quantiles[3], row.unit) for row in rows
        ]
        lines.append("  " + values + "".join(f"{text:<28}" for text in told).rstrip())
    if len(found.points) > _SHOWN:
        lines.append(f"  ... and {len(found.points) - _SHOWN} more in sweep.csv")
    return [*lines, f"  results: {folder}"]


def as_dict(found: Sweep, folder: Path) -> dict[str, object]:
    """The sweep as JSON-ready values."""
    from forecast.report.tables import LEVELS

    return {
        "version": 1,
        "folder": str(folder),
        "attributes": dict(found.attributes),
        "design": found.design,
        "axes": [{"path": axis.path, "unit": axis.unit, "growth": axis.growth} for axis in found.axes],
        "points": [
            {
                "set": list(point.overrides),
                "values": list(point.values),
                "rows": [
                    {
                        "variable": row.variable,
                        "unit": row.unit,
                        "year": row.year,
                        "mean": row.mean,
                        "mean_error": row.mean_error,
                        "quantiles": dict(zip(LEVELS, row.quantiles, strict=True)),
                        "errors": dict(zip(LEVELS, row.quantile_errors, strict=True)),
                    }
                    for row in point.rows
                ],
            }
            for point in found.points
        ],
    }
