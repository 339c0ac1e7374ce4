"""``forecast whatif``: what a change to a scenario changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.cli import documents, options

if TYPE_CHECKING:
    from forecast.samplers import Sampler


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@options.overrides("An assumption laid over the file; may be given more than once.", required=True)
@click.option(
    "--target",
    metavar="VARIABLE",
    help="The variable that is shown; VARIABLE[LAB] for one lab.  [default: training_cost]",
)
@click.option("--year", type=int, help="The year of the details.  [default: the last year]")
@options.draws()
@options.seed
@options.sampler
@options.out("Write tables and charts into this folder.")
@click.option("--all", "every", is_flag=True, help="List every lab.")
@options.as_json("the differences")
@options.force()
@options.quiet()
def whatif(
    scenario: Path,
    overrides: tuple[str, ...],
    target: str | None,
    year: int | None,
    draws: int,
    seed: int,
    sampler: Sampler,
    out: Path | None,
    *,
    every: bool,
    as_json: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Show what a change to SCENARIO changes, on the same draws.

    Compares the file's own result with the result after every --set, path by path, with Monte Carlo errors. Nothing is
    written unless --out says where.

    \b
    Examples:
      forecast whatif scenarios/baseline.yaml --set algorithmic_growth=3x/yr
      forecast whatif scenarios/baseline.yaml --set algorithms.growth=3x/yr  # the same by subject
      forecast whatif scenarios/baseline.yaml --set labs.openai.funds_now='{value: 2e11, unit: USD}'

    Exit code: 0; 2 when the scenario or a --set has mistakes.
    """
    from forecast.cli.differences import as_dict, lines
    from forecast.cli.progress import clear, teller
    from forecast.errors import printable
    from forecast.futures import compare_scenarios
    from forecast.run import resolve

    before, after = resolve(scenario), resolve(scenario, overrides=overrides)
    result = compare_scenarios(
        [before, after],
        names=(before.name, "changed"),
        target=target or "training_cost",
        year=year,
        draws=options.spread_draws(draws, sampler, options.EVEN_DRAWS),
        seed=seed,
        sampler=sampler,
        out=out,
        force=force,
        progress=teller(quiet=quiet),
    )
    clear(quiet=quiet)
    if as_json:
        documents.echo("compare", as_dict(result, only_target=target is not None, year=year))
    elif not quiet:
        for line in lines(result, every=every):
            click.echo(printable(line))
