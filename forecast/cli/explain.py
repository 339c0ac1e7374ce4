"""``forecast explain``: what a variable is made of."""

from __future__ import annotations

from pathlib import Path

import click

from forecast.cli import completion, documents, options
from forecast.errors import UsageError, printable

DRAWS = 4096


@click.command()
@click.argument("variable", shell_complete=completion.variables)
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    help="The scenario that gives sources and values.  [default: scenarios/baseline.yaml]",
)
@click.option("--year", "years", multiple=True, type=int, help="A year to show; may be given more than once.")
@click.option("--depth", type=click.IntRange(0), help="Levels of inputs to show.  [default: all]")
@options.as_json("the tree")
def explain(
    variable: str, scenario: Path | None, years: tuple[int, ...], depth: int | None, *, as_json: bool
) -> None:
    """Show what a variable is made of.

    Prints the tree of formulas below VARIABLE, each with its unit, its meaning and, for what is assumed or fitted, the
    distribution, the source and the file and line that set it. Values are medians and 90% intervals over some
    thousand paths, when the fit of history is already stored; `forecast fit` makes it.

    \b
    Examples:
      forecast explain training_cost
      forecast explain affordable_compute --depth 1 --year 2028
      forecast explain data_factor --scenario scenarios/pessimistic.yaml --json

    Exit code: 0, or 2 when there is no such variable or the scenario has mistakes.
    """
    from forecast import explain as explaining
    from forecast import observations
    from forecast.fit import stored
    from forecast.model import graph
    from forecast.run import resolve, shipped, trajectories_of
    from forecast.summary import summarise

    # An unknown name is told before anything is computed.
    explaining.explain(variable, graph())
    path = scenario or shipped("baseline")
    found = resolve(path) if path else None
    if found is not None and (outside := sorted(set(years) - set(found.years))):
        raise UsageError(
            f"{found.name} has no year {', '.join(map(str, outside))}; give years from {found.years[0]} "
            f"to {found.years[-1]} with --year"
        )
    summary = None
    if found is not None:
        posterior = stored(observations.load(as_of=found.as_of), as_of=found.as_of)
        if posterior is None:
            click.echo("note: no values, history has not been fitted yet; run: forecast fit", err=True)
        else:
            summary = summarise(trajectories_of(found, posterior, draws=DRAWS, seed=1))
    tree = explaining.explain(variable, graph(), scenario=found, summary=summary, depth=depth)
    if as_json:
        documents.echo("explain", {"tree": tree.as_dict()})
        return
    if found is not None:
        click.echo(
            f"scenario {found.name}; medians and 90% intervals" if summary else f"scenario {found.name}"
        )
    for line in explaining.lines(tree, years):
        click.echo(printable(line))
