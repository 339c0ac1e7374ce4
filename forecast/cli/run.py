"""``forecast run``: the main job."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.cli import documents, habits, options

if TYPE_CHECKING:
    from forecast.run import Result
    from forecast.samplers import Sampler
    from forecast.scenario import Scenario
    from forecast.shapes import Summary, SummaryRow
    from forecast.units import Array


LIMITS = {
    "money_binds": "money on",
    "power_binds": "power",
    "chips_bind": "chips",
    "length_binds": "the longest sensible run",
    "data_binds": "data",
}


def _percent(_: click.Context, __: click.Parameter, value: str | None) -> float:
    if value is None:
        return 0.0
    try:
        share = float(value.removesuffix("%")) / 100.0
    except ValueError:
        share = math.nan
    if not (value.endswith("%") and 0.0001 <= share <= 1.0):
        raise click.BadParameter(
            f'"{value}" is no precision; write a percentage from 0.01% to 100%, such as 1%'
        )
    return share


def _range_of_blocks(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    start, colon, stop = value.partition(":")
    if not (colon and start.isdecimal() and stop.isdecimal()):
        raise click.BadParameter(f'"{value}" is no range of blocks; write it as 0:64')
    return int(start), int(stop)


@click.command()
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.draws()
@options.seed
@options.sampler
@options.out(
    "Folder of the results; with several scenarios, a folder in it for each.  [default: outputs/NAME]"
)
@options.as_of()
@options.own_data(
    "Forecast from a fit of the training runs of this CSV file instead of ours (see forecast fit)."
)
@options.overrides()
@options.no_charts("Tables and trajectories only.")
@options.as_json("the summary")
@options.force("Write into a folder that holds other files; those with other names stay.")
@click.option(
    "--precision",
    metavar="PERCENT",
    callback=_percent,
    help="Draw until the Monte Carlo error of the median and the 90% interval is so small (1%), instead of --draws.",
)
@click.option(
    "--precise",
    metavar="VARIABLE",
    multiple=True,
    default=("training_cost",),
    show_default=True,
    help="What shall be so precise, in every year.",
)
@options.workers
@options.cluster
@click.option(
    "--block-range",
    metavar="A:B",
    callback=_range_of_blocks,
    help="Compute the blocks from A up to B alone, of 4096 paths each, and write them as a part for `forecast merge`.",
)
@click.option("--resume", is_flag=True, help="Go on with the finished blocks of a run that was cut short.")
@options.quiet()
def run(
    scenarios: tuple[Path, ...],
    draws: int,
    seed: int,
    sampler: Sampler,
    out: Path | None,
    as_of: date | None,
    data: Path | None,
    overrides: tuple[str, ...],
    *,
    no_charts: bool,
    as_json: bool,
    force: bool,
    precision: float,
    precise: tuple[str, ...],
    workers: int | None,
    cluster: str,
    block_range: tuple[int, int] | None,
    resume: bool,
    quiet: bool,
) -> None:
    """Forecast from scenario files.

    Fits the trends to history (about a minute the first time, nothing after that), samples paths of each SCENARIO
    and writes into its folder: summary.csv, affordability.csv, dropouts.csv, payer_sets.csv, thresholds.csv,
    trajectories.nc, charts/ and run.json.
    The same scenario, seed and versions give the same bytes, times in run.json aside.

    \b
    Examples:
      forecast run scenarios/baseline.yaml
      forecast run scenarios/*.yaml --draws 100000 --out results
      forecast run scenarios/baseline.yaml --sampler sobol
      forecast run scenarios/baseline.yaml --set algorithmic_growth=3x/yr --out outputs/slow
      forecast run scenarios/baseline.yaml --data my.csv --out outputs/mine
      forecast run scenarios/baseline.yaml --draws 1000000 --block-range 0:64 --out parts/0.part

    Exit code: 0; 1 when the results cannot be written; 2 when a scenario or the file of runs has mistakes; 3 when
    the fit does not converge; 4 when the folder holds files that no run wrote.
    """
    from forecast.cli.progress import clear, next_step, teller
    from forecast.report.folder import refuse_foreign
    from forecast.run import resolve
    from forecast.run import run as forecast_run

    draws = options.spread_draws(draws, sampler, options.EVEN_DRAWS)
    resolved = [resolve(path, as_of=as_of, overrides=overrides) for path in scenarios]
    names = [scenario.name for scenario in resolved]
    if twice := {name for name in names if names.count(name) > 1}:
        raise click.UsageError(f"several files have the name {', '.join(sorted(twice))}; run them one by one")
    if not quiet:
        _note_imported()
        _note_later(resolved, as_of)
    if block_range is not None:
        if data is not None or precision or resume or cluster:
            raise click.UsageError(
                "--block-range cannot be used with --data, --precision, --resume or --cluster"
            )
        _part(
            scenarios,
            block_range,
            draws,
            seed,
            sampler,
            out,
            as_of,
            overrides,
            workers,
            force=force,
            quiet=quiet,
        )
        return
    targets = [_target(out, name, several=len(scenarios) > 1) for name in names]
    for target in targets:
        refuse_foreign(target, force=force)
    results = []
    for scenario, target in zip(resolved, targets, strict=True):
        try:
            result = forecast_run(
                scenario,
                draws=draws,
                seed=seed,
                sampler=sampler,
                out=target,
                data=data,
                charts=not no_charts,
                force=force,
                workers=workers or 0,
                cluster=cluster,
                resume=resume,
                precision=precision,
                precise=precise,
                progress=teller(quiet=quiet),
            )
        finally:
            clear(quiet=quiet)
        results.append(result)
        if not quiet:
            _tell(result, as_json=as_json)
    if not quiet and not as_json:
        several = " ".join(map(str, scenarios))
        next_step(f"forecast {'compare' if len(scenarios) > 1 else 'report'} {several}")
    if as_json:
        documents.echo("run", {"runs": [as_dict(result) for result in results]})


def _note_imported() -> None:
    """Say that history is not only what ships, so that nobody wonders why another machine forecasts something else."""
    from forecast.observations import layer

    if (place := layer.folder()) is not None:
        habits.complain(
            "note", f"rows that were imported into {place} are part of history (forecast data diff)"
        )


def _note_later(scenarios: list[Scenario], day: date | None) -> None:
    """Say how many assumptions knew more than the fit did."""
    from forecast.run import later_than

    for scenario in scenarios if day else ():
        if day and (late := later_than(scenario, day)):
            habits.complain(
                "note",
                f"only the fit goes back to {day}; {len(late)} assumptions of {scenario.name} rest on later sources "
                "(essay-2023 is a scenario without any)",
            )


def _tell(result: Result, *, as_json: bool) -> None:
    """What a finished run has to say: notes beside the result, and its headline unless the result is JSON."""
    for note in result.notes:
        habits.complain("note", note)
    if not as_json:
        for line in headline(result):
            click.echo(line)


def _part(
    scenarios: tuple[Path, ...],
    numbers: tuple[int, int],
    draws: int,
    seed: int,
    sampler: Sampler,
    out: Path | None,
    as_of: date | None,
    overrides: tuple[str, ...],
    workers: int | None,
    *,
    force: bool,
    quiet: bool,
) -> None:
    from forecast.cli.progress import clear, teller
    from forecast.run import write_part

    if len(scenarios) > 1 or out is None:
        raise click.UsageError("--block-range takes one scenario, and --out the file of the part")
    try:
        write_part(
            scenarios[0],
            numbers,
            draws=draws,
            seed=seed,
            sampler=sampler,
            out=out,
            as_of=as_of,
            overrides=overrides,
            workers=workers or 1,
            force=force,
            progress=teller(quiet=quiet),
        )
    finally:
        clear(quiet=quiet)
    if not quiet:
        click.echo(
            f"blocks {numbers[0]}:{numbers[1]} are in {out}; put all together with: forecast merge PART..."
        )


def _target(out: Path | None, name: str, *, several: bool) -> Path:
    if out is None:
        return Path("outputs") / name
    return out / name if several else out


def headline(result: Result) -> list[str]:
    """A finished run in a few lines of text, every figure from the summary."""
    from forecast.report.numbers import margin, money, percent

    summary = result.summary
    years = summary.coordinates.years
    cost = summary.series("training_cost")
    payers = summary.series("payers")
    contenders = summary.series("contenders")
    attributes = summary.attributes
    basis = f"as of {attributes['as_of']}, data to {attributes['data_end']}"
    spread = (
        f" ({attributes['sampler']}, {attributes['replicates']} replicates)"
        if "sampler" in attributes
        else ""
    )
    chance = f"{attributes['draws']} paths{spread}, seed {attributes['seed']}; medians and 90% intervals, USD of 2023"
    lines = [
        f"{result.scenario.name}: {result.scenario.title}",
        f"  {basis}, {chance}",
        "  year   cost of the record run        labs that can pay for it   ... for a third of its compute",
    ]
    for row, year in enumerate(years):
        interval = f"{money(cost[row, 3])} ({money(cost[row, 0])} to {money(cost[row, -1])})"
        lines.append(f"  {year}   {interval:<29} {_range(payers[row]):<26} {_range(contenders[row])}")
    bound, second = _last(summary, "money_binds"), _last(summary, "runner_up_reach").quantiles
    lines.append(
        f"  where money sets the record ({percent(bound.mean)} of paths in {years[-1]}, "
        f"{margin(bound.mean_error)} points) it takes all that its payer would spend, so hardly another lab can pay:"
    )
    lines.append(
        f"  over all paths the second-richest could pay for {second[3]:.2g}x the record's compute in {years[-1]} "
        f"({second[0]:.2g}x to {second[-1]:.2g}x)"
    )
    for crossing in summary.crossings:
        if crossing.variable == "training_cost":
            share, error = crossing.by_year[-1], crossing.errors[-1]
            lines.append(
                f"  a run of {money(crossing.threshold)} by {years[-1]}: {percent(share)} of paths "
                f"({margin(error)} points Monte Carlo error); after {years[-1]} or never: {percent(crossing.never)}"
            )
    holds = {row.variable: row for row in summary.crossings if row.variable in LIMITS}
    told = ", ".join(
        f"{word} {percent(holds[flag].by_year[-1])}" for flag, word in LIMITS.items() if flag in holds
    )
    if holds:
        error = max(row.errors[-1] for row in holds.values())
        lines.append(
            f"  held back in some year to {years[-1]} by {told} of paths ({margin(error)} points at most)"
        )
    if beyond := int(attributes["paths_out_of_range"]):
        lines.append(
            f"  {beyond:,} of {attributes['draws']} paths need more money or power than the world had in 2023: "
            "no forecast, but a sign of an assumption that is too wide"
        )
    lines.append(f"  results: {result.folder}")
    return lines


def _last(summary: Summary, variable: str) -> SummaryRow:
    return next(
        row
        for row in summary.rows
        if (row.variable, row.member, row.year) == (variable, "", summary.coordinates.years[-1])
    )


def _range(quantiles: Array) -> str:
    return f"{quantiles[3]:.0f} ({quantiles[0]:.0f} to {quantiles[-1]:.0f})"


def as_dict(result: Result) -> dict[str, object]:
    """A finished run as JSON-ready values."""
    from forecast.report.tables import LEVELS

    summary = result.summary
    return {
        "scenario": result.scenario.name,
        "folder": str(result.folder),
        "attributes": dict(summary.attributes),
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
            for row in summary.rows
        ],
        "affordability": [
            {
                "lab": row.lab,
                "year": row.year,
                "probability": row.probability,
                "error": row.error,
                "probability_near_the_record": row.near,
                "near_error": row.near_error,
            }
            for row in summary.affordability
        ],
        "thresholds": [
            {
                "variable": row.variable,
                "threshold": row.threshold,
                "by_year": dict(zip(map(str, summary.coordinates.years), row.by_year, strict=True)),
                "errors": dict(zip(map(str, summary.coordinates.years), row.errors, strict=True)),
                "never": row.never,
                "never_error": row.never_error,
            }
            for row in summary.crossings
        ],
    }
