"""``forecast sensitivity``: what matters, and what would be worth knowing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.cli import documents, options
from forecast.errors import printable

if TYPE_CHECKING:
    from forecast.sensitivity import Sensitivity, Share

_SHOWN = 12
_WORTH = 6


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--target", "variable", default="training_cost", show_default=True, help="The variable of interest."
)
@click.option("--year", type=int, help="Its year.  [default: the last one]")
@click.option(
    "--question",
    "questions",
    multiple=True,
    help="A question answered with yes or no; may be given more than once.  [default: whether the record run costs "
    "the scenario's greatest threshold]",
)
@options.draws(fewest=200)
@options.seed
@options.out("Folder of the results.  [default: outputs/NAME-sensitivity]")
@options.as_of()
@options.overrides()
@options.no_charts()
@options.as_json("the result")
@options.force()
@options.workers
@options.cluster
@options.quiet()
def sensitivity(
    scenario: Path,
    variable: str,
    year: int | None,
    questions: tuple[str, ...],
    draws: int,
    seed: int,
    out: Path | None,
    as_of: date | None,
    overrides: tuple[str, ...],
    *,
    no_charts: bool,
    as_json: bool,
    force: bool,
    workers: int | None,
    cluster: str,
    quiet: bool,
) -> None:
    """Find which inputs of a scenario matter, and which would be worth knowing.

    Moves each input from its 5% to its 95% quantile (tornado.csv), divides the variance of the target over all inputs
    (shares.csv: contributions are Shapley effects, which add up to 100% whatever is correlated), and says for each
    question by how much knowing an input exactly would improve the answer (knowing.csv), everything with 90%
    intervals. A question is 'training_cost >= 1e9 by 2028', 'payers < 3 in 2030' or 'can_pay openai 2028'.

    \b
    Examples:
      forecast sensitivity scenarios/baseline.yaml
      forecast sensitivity scenarios/baseline.yaml --target payers --year 2029
      forecast sensitivity scenarios/baseline.yaml --question 'can_pay openai 2028'

    Exit code: 0; 1 when the results cannot be written; 2 for a mistake in the scenario or a question that cannot be
    asked; 3 when the fit does not converge; 4 when the folder holds files that no run wrote.
    """
    from forecast.cli.progress import clear, teller
    from forecast.run import resolve
    from forecast.studies import sensitivity_of

    folder = (
        out or Path("outputs") / f"{resolve(scenario, as_of=as_of, overrides=overrides).name}-sensitivity"
    )
    try:
        found = sensitivity_of(
            scenario,
            variable=variable,
            year=year,
            questions=questions,
            draws=draws,
            seed=seed,
            out=folder,
            as_of=as_of,
            charts=not no_charts,
            force=force,
            overrides=overrides,
            workers=workers or 0,
            cluster=cluster,
            progress=teller(quiet=quiet),
        )
    finally:
        clear(quiet=quiet)
    if as_json:
        documents.echo("sensitivity", as_dict(found, folder))
    elif not quiet:
        for line in headline(found, folder):
            click.echo(printable(line))


def headline(found: Sensitivity, folder: Path) -> list[str]:
    """The analysis in a few lines of text."""
    from forecast.report.numbers import margin, percent, quantity

    target, unit = found.target, found.target.unit
    low, middle, high = (quantity(value, unit) for value in found.quantiles)
    attributes = found.attributes
    paths, walks = (
        f"{int(attributes['draws']):,} paths",
        f"from walks between {int(attributes['walked']):,} of them",
    )
    lines = [
        f"{attributes['scenario']}: {target.variable} in {target.year}, median {middle} (90%: {low} to {high})",
        f"  {paths}, seed {attributes['seed']}; contributions to its variance, {walks}, add up to 100%",
        f"  {'input':<38} {'contributes':<13} {'alone':<8} median at its 5% and 95% quantile",
    ]
    for each in found.influences[:_SHOWN]:
        contributes = f"{percent(max(each.shapley.value, 0.0))} {margin(each.shapley.error)}"
        alone = percent(max(each.first.value, 0.0))
        swing = ""
        if each.swing is not None:
            swing = f"{quantity(each.swing.low_median, unit)}, {quantity(each.swing.high_median, unit)}"
        lines.append(f"  {each.group.label:<38} {contributes:<13} {alone:<8} {swing}".rstrip())
    if rest := found.influences[_SHOWN:]:
        share = percent(max(sum(each.shapley.value for each in rest), 0.0))
        lines.append(f"  {f'{len(rest)} other inputs':<38} {share}")
    for answer in found.answers:
        error = margin(answer.error)
        lines.append(
            f"  {answer.question.text}? {percent(answer.probability)} ({error} points); worth knowing:"
        )
        for knowing in [each for each in answer.knowing if each.value.low > 0.0][:_WORTH]:
            moves = f"moves the answer by {100.0 * knowing.movement:.0f} points"
            gain = percent(max(knowing.value.value, 0.0))
            lines.append(f"    {knowing.group.label:<36} Brier score {gain} lower, {moves}")
    return [*lines, f"  results: {folder}"]


def as_dict(found: Sensitivity, folder: Path) -> dict[str, object]:
    """The analysis as JSON-ready values."""
    return {
        "version": 1,
        "folder": str(folder),
        "attributes": dict(found.attributes),
        "target": {
            "variable": found.target.variable,
            "year": found.target.year,
            "unit": found.target.unit,
            "log": found.target.log,
            "quantiles": dict(zip(("p5", "p50", "p95"), found.quantiles, strict=True)),
        },
        "inputs": [
            {
                "name": each.group.name,
                "from": each.group.source,
                "contribution": _share(each.shapley),
                "alone": _share(each.first),
                "if_all_else_were_known": _share(each.total),
                "median_low": each.swing.low_median if each.swing else None,
                "median_high": each.swing.high_median if each.swing else None,
            }
            for each in found.influences
        ],
        "without_connection": list(found.without),
        "questions": [
            {
                "question": answer.question.text,
                "probability": answer.probability,
                "error": answer.error,
                "brier": answer.brier,
                "inputs": [
                    {
                        "name": each.group.name,
                        "value_of_knowing": _share(each.value),
                        "movement": each.movement,
                        "contribution": _share(each.shapley),
                    }
                    for each in answer.knowing
                ],
            }
            for answer in found.answers
        ],
    }


def _share(share: Share) -> dict[str, float]:
    return {"value": share.value, "low": share.low, "high": share.high}
