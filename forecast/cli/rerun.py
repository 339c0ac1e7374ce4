"""``forecast rerun``: a finished run made again from its record."""

from __future__ import annotations

from pathlib import Path

import click

from forecast.cli import documents, options
from forecast.errors import ForecastError, printable


class NotTheSameError(ForecastError):
    """The files of a run did not come out as they were."""

    exit_code = 3


@click.command()
@click.argument("record", metavar="RUN.JSON", type=click.Path(path_type=Path))
@options.out("Folder of the new results.  [default: outputs/NAME-rerun]")
@click.option("--dry-run", is_flag=True, help="Say what is not as it was, and run nothing.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Your own training runs, when the run was fitted to them.",
)
@options.as_json("what was found")
@options.force()
@options.quiet()
def rerun(
    record: Path,
    out: Path | None,
    data: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Make a finished run again from its record.

    RUN.JSON, or the folder that holds it, says everything that the run was made of: scenario files are not needed.
    Says which version, which history or which fit is not as it was, and compares every new file with the digest
    of the old one.

    \b
    Examples:
      forecast rerun outputs/baseline/run.json
      forecast rerun outputs/baseline --dry-run

    Exit code: 0 when every file came out byte for byte (with --dry-run: when nothing differs); 2 when it is no record
    of a run; 3 when something differs; 4 when the folder holds other files.
    """
    from forecast import rerun as again
    from forecast.cli.progress import clear, teller

    found = again.read(record)
    if dry_run:
        differs = again.differences(found)
        if as_json:
            documents.echo("rerun", {"differences": _plain(differs)})
        elif not quiet:
            _say(differs)
        if differs:
            raise NotTheSameError("this is not what the run was made with, so other results may come out")
        return
    place = out or Path("outputs") / f"{found.scenario.name}-rerun"
    try:
        made = again.rerun(found, place, data=data, force=force, progress=teller(quiet=quiet))
    finally:
        clear(quiet=quiet)
    if as_json:
        documents.echo(
            "rerun",
            {
                "exact": made.exact,
                "differences": _plain(made.differences),
                "same": made.same,
                "changed": made.changed,
                "missing": made.missing,
                "folder": str(place),
            },
        )
    elif not quiet:
        _say(made.differences)
        click.echo(f"{len(made.same)} of {len(found.files)} files are the same, byte for byte; see {place}")
    if not made.exact:
        changed = ", ".join(made.changed) or "none"
        missing = f"; not written: {', '.join(made.missing)}" if made.missing else ""
        raise NotTheSameError(f"files with other bytes: {changed}{missing}")


def _plain(differences: tuple[object, ...]) -> list[dict[str, str]]:
    return [dict(vars(each)) for each in differences]


def _say(differences: tuple[object, ...]) -> None:
    if not differences:
        click.echo("version, libraries and history are those of the run")
    for each in differences:
        click.echo(printable(str(each)))
