"""``forecast merge``: one run out of parts that were computed one by one."""

from __future__ import annotations

from pathlib import Path

import click

from forecast.cli import options


@click.command()
@click.argument("parts", metavar="PART...", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.out("Folder of the results.  [default: outputs/NAME]")
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    help="The scenario file, if it is no longer where it was when the parts were computed.",
)
@options.no_charts("Tables and trajectories only.")
@options.force("Write into a folder that holds other files; those with other names stay.")
@options.quiet()
def merge(
    parts: tuple[Path, ...],
    out: Path | None,
    scenario: Path | None,
    *,
    no_charts: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Put the parts of a run together.

    Parts come from `forecast run --block-range`, from whichever machines. The results are the same bytes as those of
    a run in one go, times in run.json aside.

    \b
    Examples:
      forecast run scenarios/baseline.yaml --draws 1000000 --block-range 0:123 --out parts/0.part
      forecast run scenarios/baseline.yaml --draws 1000000 --block-range 123:245 --out parts/1.part
      forecast merge parts/*.part --out outputs/large

    Exit code: 0; 1 when the results cannot be written; 2 when a part is damaged, belongs to another run or is missing;
    4 when the folder holds files that no run wrote.
    """
    from forecast.cli.progress import clear, teller
    from forecast.cli.run import headline
    from forecast.execution.parts import about
    from forecast.run import merged

    target = out or Path("outputs") / str(about(parts[0])["name"])
    try:
        result = merged(
            parts,
            out=target,
            path=scenario,
            charts=not no_charts,
            force=force,
            progress=teller(quiet=quiet),
        )
    finally:
        clear(quiet=quiet)
    if not quiet:
        for line in headline(result):
            click.echo(line)
