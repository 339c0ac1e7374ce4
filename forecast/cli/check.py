"""``forecast check``: is everything in these scenario files right?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from forecast.errors import Problem, ScenarioError, printable


@click.command()
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--set", "overrides", metavar="NAME=VALUE", multiple=True, help="Check with this laid over the file."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def check(scenarios: tuple[Path, ...], overrides: tuple[str, ...], *, as_json: bool) -> None:
    """Find every mistake in scenario files.

    Reads each SCENARIO with all that it extends and prints one line for each that can be run. Mistakes are all
    reported at once, each with file, line and column, what is wrong and what would be right; nothing is computed.

    \b
    Examples:
      forecast check scenarios/baseline.yaml
      forecast check scenarios/*.yaml
      forecast check scenarios/baseline.yaml --set algorithmic_growth=3x/yr

    Exit code: 0 when every file is right, 2 when one is not.
    """  # noqa: D301 - click reads the escape as "do not rewrap"
    from forecast.drivers import affectable, specs
    from forecast.scenario import load

    drivers, affected = specs(), affectable()
    problems: dict[Problem, None] = {}
    results: list[dict[str, object]] = []
    for path in scenarios:
        try:
            scenario = load(path, drivers=drivers, events_affect=affected, overrides=overrides)
        except ScenarioError as error:
            problems |= dict.fromkeys(error.problems)
            results.append(
                {"file": str(path), "ok": False, "problems": [_plain(each) for each in error.problems]}
            )
            continue
        results.append({"file": str(path), "ok": True, "problems": []})
        if not as_json:
            counts = (
                (len(scenario.assumptions), "assumptions"),
                (len(scenario.labs), "labs"),
                (len(scenario.events), "events"),
            )
            words = ", ".join(f"{count} {what}" for count, what in counts)
            years = f"{scenario.first_year} to {scenario.last_year}"
            click.echo(
                f"{printable(str(path))}: ok ({scenario.name}, as of {scenario.as_of}, {years}, {words})"
            )
            unsourced = [name for name, assumption in scenario.assumptions.items() if not assumption.source]
            if unsourced:
                names = ", ".join(unsourced[:5]) + (" and others" if len(unsourced) > 5 else "")
                click.echo(printable(f"{path}: note: no source is named for {names}"), err=True)
    if as_json:
        click.echo(json.dumps(results, indent=2))
    if problems:
        raise ScenarioError(tuple(problems))


def _plain(problem: Problem) -> dict[str, object]:
    return {
        "file": printable(problem.file),
        "line": problem.line,
        "column": problem.column,
        "path": printable(problem.path),
        "message": printable(problem.message),
    }
