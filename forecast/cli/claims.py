"""``forecast claims``: what the essay claims, what we say, and what came of it."""

from __future__ import annotations

from pathlib import Path

import click

from forecast.cli import documents, options


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@options.draws()
@options.seed
@options.as_json("every claim with all its figures")
@click.option("--csv", "as_csv", is_flag=True, help="Print one row a claim as CSV.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write into this file instead of printing."
)
@options.force("Replace the file of --out if there is one.")
@options.quiet("Say nothing about progress.")
def claims(
    scenario: Path | None,
    draws: int,
    seed: int,
    out: Path | None,
    *,
    as_json: bool,
    as_csv: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Answer every numbered claim of the essay "The Future of AI Is Expensive" by numbers.

    Says for each of the 45 claims what the essay says, what our tables of history or the paths of SCENARIO say
    (baseline unless given), and what is known to have happened, with its source. A scenario of an earlier day is also
    scored against what came, beside the essay's own statements and a random walk.

    \b
    Examples:
      forecast claims
      forecast claims scenarios/essay-2023.yaml
      forecast claims scenarios/baseline.yaml --csv --out claims.csv

    Exit code: 0; 1 when the file cannot be written; 2 when the scenario has mistakes; 3 when the fit does not converge;
    4 when the file is there already.
    """
    from forecast import observations
    from forecast.claims import answer, tables
    from forecast.cli.progress import clear, teller
    from forecast.errors import UsageError, printable
    from forecast.files import refuse_other, write_whole
    from forecast.fit import fit
    from forecast.run import resolve, shipped

    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other; give one")
    if out is not None:
        refuse_other(out, force=force)
    path = scenario or shipped("baseline")
    if path is None:
        raise UsageError("the shipped scenarios are not there; name a scenario file")
    found = resolve(path)
    tell = teller(quiet=quiet)
    try:
        posterior = fit(observations.load(as_of=found.as_of), as_of=found.as_of, progress=tell)
        tell(f"simulating {draws:,} paths of {found.name}")
        answers = answer(found, posterior, draws=draws, seed=seed)
    finally:
        clear(quiet=quiet)
    if as_json:
        text = documents.text("claims", tables.document(answers)) + "\n"
    elif as_csv:
        text = tables.claims_csv(answers)
    else:
        text = "".join(f"{printable(line)}\n" for line in tables.lines(answers))
    if out is None:
        click.echo(text, nl=False)
        return
    write_whole(out, text.encode("utf-8"), force=force)
