"""``forecast check``: is everything in these scenario files right?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.cli import documents, options, progress
from forecast.errors import Problem, ScenarioError, printable

if TYPE_CHECKING:
    from forecast.scenario import Scenario


@click.command()
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.overrides("Check with this laid over the file.")
@click.option("--strict", is_flag=True, help="Fail when there are notes, too.")
@options.as_json("the result")
def check(scenarios: tuple[Path, ...], overrides: tuple[str, ...], *, strict: bool, as_json: bool) -> None:
    """Find every mistake in scenario files.

    Reads each SCENARIO with all that it extends and prints one line for each that can be run. Mistakes are all
    reported at once, each with file, line and column, what is wrong and what would be right.

    Of files that are right it notes what looks like a slip: an override that changes nothing, an assumption that no
    result depends on, a value outside what was fitted or published, a number without a source. Effects and fitted
    ranges need a stored fit (forecast fit).

    \b
    Examples:
      forecast check scenarios/baseline.yaml
      forecast check scenarios/*.yaml
      forecast check scenarios/baseline.yaml --set algorithmic_growth=3x/yr --strict

    Exit code: 0 when every file is right, 2 when one is not, 3 with --strict when there are notes.
    """
    from forecast.drivers import affectable, specs
    from forecast.scenario import load

    drivers, affected = specs(), affectable()
    problems: dict[Problem, None] = {}
    noted: dict[Problem, None] = {}
    results: list[dict[str, object]] = []
    for path in scenarios:
        try:
            scenario = load(path, drivers=drivers, events_affect=affected, overrides=overrides)
        except ScenarioError as error:
            problems |= dict.fromkeys(error.problems)
            results.append(
                {
                    "file": str(path),
                    "ok": False,
                    "problems": [_plain(each) for each in error.problems],
                    "notes": [],
                }
            )
            continue
        notes = _notes(scenario, overrides)
        noted |= dict.fromkeys(notes)
        results.append(
            {"file": str(path), "ok": True, "problems": [], "notes": [_plain(each) for each in notes]}
        )
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
    if not as_json:
        for note in noted:
            click.echo(f"note: {note}", err=True)
    if as_json:
        documents.echo("check", {"files": results})
    if problems:
        raise ScenarioError(tuple(problems))
    if not as_json:
        progress.next_step(f"forecast run {' '.join(map(str, scenarios))}")
    if strict and noted:
        raise SystemExit(3)


def _notes(scenario: Scenario, overrides: tuple[str, ...]) -> tuple[Problem, ...]:
    from forecast import observations
    from forecast.fit import stored
    from forecast.lint import lint

    posterior = stored(observations.load(as_of=scenario.as_of), as_of=scenario.as_of)
    if posterior is None:
        click.echo(
            f"note: effects and fitted ranges of {printable(scenario.name)} are not looked at, history has not been "
            "fitted yet; run: forecast fit",
            err=True,
        )
    return lint(scenario, overrides=overrides, posterior=posterior)


def _plain(problem: Problem) -> dict[str, object]:
    return {
        "file": printable(problem.file),
        "line": problem.line,
        "column": problem.column,
        "path": printable(problem.path),
        "message": printable(problem.message),
    }
