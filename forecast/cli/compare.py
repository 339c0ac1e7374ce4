"""``forecast compare``: how scenarios differ on the same draws, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.cli import completion, documents, options

if TYPE_CHECKING:
    from forecast.samplers import Sampler

STATISTICS = ("mean", "median", "p5", "p10", "p25", "p75", "p90", "p95")


@click.command()
@click.argument(
    "scenarios", metavar="SCENARIO[=WEIGHT]...", nargs=-1, required=True, shell_complete=completion.files
)
@click.option(
    "--target",
    metavar="VARIABLE",
    help="The variable whose difference is explained; VARIABLE[LAB] for one lab.  [default: training_cost]",
)
@click.option("--year", type=int, help="The year in which it is.  [default: the last one that all forecast]")
@click.option(
    "--statistic",
    type=click.Choice(STATISTICS),
    default="mean",
    show_default=True,
    help="What of the target is explained; amounts on the logarithmic scale, so that the mean is geometric.",
)
@options.draws()
@options.seed
@options.sampler
@options.out("Folder of the results.  [default: outputs/A-B]")
@options.overrides("Lay an assumption over every file.")
@click.option("--no-attribution", is_flag=True, help="Do not divide differences over groups of assumptions.")
@options.no_charts()
@click.option("--all", "every", is_flag=True, help="List every differing assumption and every lab.")
@options.as_json("the comparison")
@options.force()
@options.quiet()
def compare(
    scenarios: tuple[str, ...],
    target: str | None,
    year: int | None,
    statistic: str,
    draws: int,
    seed: int,
    sampler: Sampler,
    out: Path | None,
    overrides: tuple[str, ...],
    *,
    no_attribution: bool,
    no_charts: bool,
    every: bool,
    as_json: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Compare scenarios on the same draws, and say why they differ.

    The first SCENARIO is compared with each of the others, path by path: what the files assume differently, paired
    differences and ratios, when thresholds are reached, who can pay, and which group of assumptions (hardware,
    algorithms, compute, data, labeling, labs, events) does how much of it, as Shapley values. With weights that add up
    to 1, the scenarios are also weighed into one forecast.

    Writes differences.csv, affordability.csv, thresholds.csv, attribution.csv, assumptions.csv, charts/ and run.json.

    \b
    Examples:
      forecast compare scenarios/optimistic.yaml scenarios/pessimistic.yaml
      forecast compare scenarios/baseline.yaml scenarios/data-wall.yaml --target payers --year 2030
      forecast compare scenarios/baseline.yaml=0.7 scenarios/pessimistic.yaml=0.3

    Exit code: 0; 2 when a scenario has mistakes or there is nothing to compare; 4 when the folder holds files that
    no run wrote.
    """
    from forecast.cli.differences import as_dict, lines
    from forecast.cli.progress import clear, teller
    from forecast.errors import printable
    from forecast.futures import compare_scenarios
    from forecast.run import resolve

    paths, weights = _weighed(scenarios)
    if len(paths) < 2:
        raise click.UsageError(
            "give two scenarios or more; forecast whatif compares a scenario with a change to it"
        )
    found = [resolve(path, overrides=overrides) for path in paths]
    names = [scenario.name for scenario in found]
    result = compare_scenarios(
        found,
        weights=weights,
        target=target or "training_cost",
        year=year,
        statistic=statistic,
        draws=options.spread_draws(draws, sampler, options.EVEN_DRAWS),
        seed=seed,
        sampler=sampler,
        out=out or Path("outputs") / _folder(names),
        attribution=not no_attribution,
        charts=not no_charts,
        force=force,
        progress=teller(quiet=quiet),
    )
    clear(quiet=quiet)
    if as_json:
        documents.echo("compare", as_dict(result, only_target=target is not None, year=year))
    elif not quiet:
        for line in lines(result, every=every):
            click.echo(printable(line))


def _weighed(arguments: tuple[str, ...]) -> tuple[list[Path], list[float]]:
    """Files and weights from arguments such as ``optimistic.yaml=0.3``; a file whose own name ends so has none."""
    paths: list[Path] = []
    weights: list[float] = []
    for argument in arguments:
        name, equals, tail = argument.rpartition("=")
        if not equals or Path(argument).exists():
            paths.append(Path(argument))
            continue
        try:
            weights.append(float(tail))
        except ValueError:
            raise click.UsageError(f'"{tail}" is no weight; write SCENARIO=0.3') from None
        paths.append(Path(name))
    if weights and len(weights) != len(paths):
        raise click.UsageError("give every scenario a weight or none")
    return paths, weights


def _folder(names: list[str]) -> str:
    few = "-".join(names[:3])
    return few if len(names) <= 3 else f"{few}-and-{len(names) - 3}-more"
