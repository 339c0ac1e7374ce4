"""``forecast chart``: a chart of a finished run, drawn anew for where it will stand."""

from __future__ import annotations

from pathlib import Path

import click

from forecast.cli import options
from forecast.errors import UsageError, printable

FORMATS = ("svg", "pdf", "png")


@click.command()
@click.argument("result", metavar="RESULT", type=click.Path(path_type=Path))
@click.option(
    "--kind",
    default="fan",
    show_default=True,
    help="fan, affordability, composition, drivers, dropout, crossing, data or labeling.",
)
@click.option("--variable", metavar="NAME", help="What a fan or crossing shows.  [default: training_cost]")
@click.option("--threshold", type=float, help="Value whose crossing is shown.  [default: those of the run]")
@click.option(
    "--bands",
    type=click.Choice(["house", "boe", "imf", "ipcc"]),
    default="house",
    show_default=True,
    help="Intervals: 50/80/90%, or as the Bank of England (30/60/90), the IMF (50/70/90) or the IPCC (66/90) shows.",
)
@click.option("--words", is_flag=True, help='Add calibrated words such as "very likely" to probabilities.')
@click.option(
    "--width",
    "size",
    type=click.Choice(["column", "page", "slide"]),
    default="page",
    show_default=True,
    help="One column (3.5 inches), the page (7.2) or a slide (16:9).",
)
@click.option(
    "--theme",
    type=click.Choice(["light", "dark"]),
    default="light",
    show_default=True,
    help="Paper or screen.",
)
@click.option(
    "--vintage",
    metavar="OLD_RESULT",
    type=click.Path(path_type=Path),
    help="Folder of an earlier run, whose 90% interval is drawn behind.",
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="File format.  [default: that of --out, else svg]"
)
@options.out("The file.  [default: RESULT-KIND.svg here]")
@options.force("Replace a file that is there.")
@options.quiet("Print nothing but errors.")
def chart(
    result: Path,
    kind: str,
    variable: str | None,
    threshold: float | None,
    bands: str,
    size: str,
    theme: str,
    vintage: Path | None,
    form: str | None,
    out: Path | None,
    *,
    words: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Redraw a chart of a finished run without simulating again.

    RESULT is a folder that forecast run wrote. Prints the text alternative of the chart, to be put beside it
    where it is published; the file carries it too.

    \b
    Examples:
      forecast chart outputs/baseline --kind fan --bands ipcc --words
      forecast chart outputs/baseline --kind crossing --width column --format pdf
      forecast chart outputs/baseline --variable power_draw --theme dark --width slide --out p.png

    Exit code: 0; 1 when the file cannot be written; 2 for a folder without a run or an unknown kind or variable; 4 when
    there is another file of that name.
    """
    from forecast.report.redraw import Options, check, draw, read_finished

    options = Options(variable, threshold, bands, words, size, theme == "dark")
    check(kind, options, vintage=vintage is not None)
    path, form = _target(result, kind, variable, out, form)
    run = read_finished(result)
    earlier = read_finished(vintage) if vintage is not None else None
    drawn = draw(run, kind, options, earlier=earlier)

    from forecast.files import write_whole
    from forecast.report.charts.render import render
    from forecast.report.charts.sizes import SIZES

    content = render(
        drawn.figure, title=drawn.title, description=drawn.description, formats=(form,), dpi=SIZES[size].dpi
    )[form]
    write_whole(path, content, force=force)
    if not quiet:
        click.echo(printable(drawn.description))
        click.echo(f"chart: {printable(str(path))}", err=True)


def _target(
    result: Path, kind: str, variable: str | None, out: Path | None, form: str | None
) -> tuple[Path, str]:
    if out is None:
        form = form or "svg"
        # A name that the user typed wrongly must not lead out of this folder.
        what = f"{kind}-{Path(variable).name}" if variable else kind
        return Path(f"{result.resolve().name}-{what}.{form}"), form
    ending = out.suffix.lower().lstrip(".")
    if form is None and ending not in FORMATS:
        raise UsageError(f"{out} does not end in .svg, .pdf or .png; give --format")
    if form is not None and ending in FORMATS and ending != form:
        raise UsageError(f"--format {form} does not fit the name {out}")
    return out, form or ending
