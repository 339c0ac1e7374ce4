"""``forecast export``: a finished run in the forms that other tools read."""

from __future__ import annotations

from pathlib import Path

import click

from forecast.cli import completion, options
from forecast.errors import UsageError, printable


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    metavar="FORMAT",
    required=True,
    help="hubverse, iamc, iamc-wide, parquet, netcdf, datapackage, posterior, metaculus-cdf, latex or markdown.",
    shell_complete=completion.formats,
)
@click.option(
    "--variable",
    "variables",
    metavar="NAME",
    multiple=True,
    help="Only this variable; give it several times for several.  [default: what the format is for]",
    shell_complete=completion.variables,
)
@click.option("--samples", metavar="N", type=int, help="Whole paths in a hubverse file.  [default: 100]")
@click.option(
    "--model",
    metavar="TEAM-MODEL",
    default="",
    help="Who submits to the hub.  [default: forecast-montecarlo]",
)
@click.option("--year", type=int, help="Year that a Metaculus question asks about.  [default: the last]")
@click.option("--low", type=float, help="Lower end of the question's range, in the variable's unit.")
@click.option("--high", type=float, help="Upper end of the question's range.")
@click.option(
    "--open-bound",
    "open_bounds",
    multiple=True,
    type=click.Choice(["lower", "upper"]),
    help="An end of the range beyond which the answer may lie.",
)
@click.option("--log", is_flag=True, help="The question's scale is logarithmic.")
@options.own_data("The user's own runs that the run was fitted to, for its posterior.")
@click.option(
    "--out",
    metavar="PATH",
    help="File or folder to make; - prints a format that is text.  [default: RUN-FORMAT.ENDING here]",
)
@options.force("Replace files that are there.")
@options.quiet("Print nothing but errors (and what - prints).")
def export(
    run: Path,
    form: str,
    variables: tuple[str, ...],
    samples: int | None,
    model: str,
    year: int | None,
    low: float | None,
    high: float | None,
    open_bounds: tuple[str, ...],
    data: Path | None,
    out: str | None,
    *,
    log: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Write a finished run in a form that other tools read.

    RUN is a folder that forecast run wrote. Nothing is simulated again; every file says which run it came from.

    \b
    hubverse       model output of a forecast hub, with a configuration that accepts it (a folder)
    iamc           IAMC table, one value a line, for pyam; iamc-wide has a column for each year
    parquet        paths, inputs and summary for data frames and DuckDB (a folder; needs PyArrow)
    netcdf         paths by the CF conventions
    datapackage    the run's files as a Frictionless data package (a folder)
    posterior      the fit behind the run, for ArviZ
    metaculus-cdf  cumulative distribution of one question, 201 points
    latex          medians and 90% intervals as a table; markdown the same

    \b
    Examples:
      forecast export outputs/baseline --format iamc
      forecast export outputs/baseline --format hubverse --model acme-forecast --out my-hub
      forecast export outputs/baseline --format metaculus-cdf --low 1e8 --high 1e11 --log
      forecast export outputs/baseline --format markdown --variable training_cost --out -

    Exit code: 0; 1 when a file cannot be written; 2 for a folder without a run, an unknown format or variable, or an
    option that the format has no use for; 4 when there are other files of that name.
    """
    from forecast.export import Options, check, read
    from forecast.export import export as write

    if out == "":
        raise UsageError("--out is empty; give a file or folder")
    wanted = Options(variables, samples, model, year, low, high, open_bounds, log, data)
    chosen = check(form, wanted, printed=out == "-")
    if out == "-":
        place = None
    elif out is not None:
        place = Path(out)
    else:
        place = Path(f"{run.resolve().name}-{form}{'.' if chosen.ending else ''}{chosen.ending}")
    made = write(read(run), form, place, wanted, force=force)
    if isinstance(made, str):
        click.echo(made, nl=False)
    elif not quiet:
        for path in made:
            click.echo(printable(str(path)))
