"""``forecast backtest``: what the fit would have forecast from old dates, and how good that was."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from forecast.cli import documents, options

_FIRST, _LAST = 2018, 2024


def _years(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """Origin years written as ``2018:2024``, or one year."""
    if value is None:
        return None
    first, _, last = value.partition(":")
    try:
        years = tuple(range(int(first), int(last or first) + 1))
    except ValueError:
        years = ()
    if not years or len(years) > 100:
        raise click.BadParameter(f'"{value}" is no span of years; write 2018:2024, or one year', ctx, param)
    return years


@click.command()
@click.option(
    "--origins",
    callback=_years,
    metavar="FIRST:LAST",
    help=f"Years at whose ends forecasts are made.  [default: {_FIRST}:{_LAST}, or the scenario's own date]",
)
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Backtest a whole scenario, budgets and caps included, beside the trends alone.",
)
@click.option(
    "--candidates", is_flag=True, help="Compare the candidate trend models and their combinations too."
)
@options.as_json("every score, the means and what must hold")
@options.out("Folder for scores.csv, backtest.json and the chart.")
@options.force("Write into a folder that holds other files; those stay.")
@options.cluster
@options.quiet("Print nothing but the result.")
def backtest(
    origins: tuple[int, ...] | None,
    scenario: Path | None,
    out: Path | None,
    *,
    candidates: bool,
    as_json: bool,
    force: bool,
    cluster: str,
    quiet: bool,
) -> None:
    """Forecast from old dates with what was known then, and score it by what came out.

    Fits history as of the end of each origin year, forecasts the record cost, record compute and price-performance
    of the next one to five years, and scores the forecasts beside the field's practice (least squares through the
    top ten), a random walk with drift, and the last value. The first time this fits every origin (some minutes);
    after that it takes seconds.

    With --scenario the same for a scenario as a whole, from its own date or from years that none of its sources is
    later than. With --candidates every candidate model is fitted at every origin too, which takes five times as long.
    With --cluster the fits that are not stored are made by the workers of a Dask scheduler, several at once.

    \b
    Examples:
      forecast backtest
      forecast backtest --origins 2020:2023 --json
      forecast backtest --out outputs/backtest
      forecast backtest --scenario scenarios/essay-2023.yaml
      forecast backtest --candidates

    Exit code: 0; 1 when the result cannot be written; 2 for an origin that cannot be scored; 3 when a fit does not
    converge; 4 when the folder holds other files.
    """
    from forecast import backtest as tests
    from forecast.backtest import combination, scenarios, tables
    from forecast.cli import progress
    from forecast.execution.workers import each

    if out is not None:
        from forecast.report.folder import claimed

        click.get_current_context().with_resource(claimed(out, force=force))
    tell = progress.teller(quiet=quiet)
    method = "forecast" if scenario is None else scenarios.METHOD
    compared = None
    who = partial(each, cluster=cluster) if cluster else None
    try:
        if scenario is not None:
            result = scenarios.backtest_scenario(scenario, origins=origins, progress=tell, each=who)
        else:
            result = tests.backtest(origins or tuple(range(_FIRST, _LAST + 1)), progress=tell, each=who)
        if candidates:
            years = [origin.year for origin in result.origins]
            compared = combination.compare_candidates(years, progress=tell, each=who)
    finally:
        progress.clear(quiet=quiet)
    if out is not None:
        from forecast.backtest.folder import write

        write(result, out, force=force, method=method, compared=compared)
    if as_json:
        documents.echo("backtest", tables.document(result, method=method, compared=compared))
        return
    for line in tables.lines(result, method=method, compared=compared):
        click.echo(line)
    if out is not None:
        click.echo(f"\nwritten to {out}: scores.csv, backtest.json, backtest.svg, backtest.png")
