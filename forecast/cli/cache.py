"""``forecast cache``: the fits that were kept, so that the next forecast takes seconds."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from forecast.cli import documents, options
from forecast.errors import ForecastError, printable


class DamagedError(ForecastError):
    """Some stored fits are not what was written."""

    exit_code = 3


@click.group()
def cache() -> None:
    """Look after the fits that were kept.

    A fit is found by what it was made of (data, model, settings, versions) and checked against its own digest
    each time it is used. A damaged one is set aside and made again.

    \b
    Examples:
      forecast cache list
      forecast cache verify

    Exit code: 0; 1 when something cannot be removed; 3 when verify finds damage.
    """


@cache.command(name="dir")
def directory() -> None:
    """Print the folder: `FORECAST_CACHE_DIR`, or the user's cache folder.

    \b
    Example:
      du -sh "$(forecast cache dir)"

    Exit code: 0.
    """
    from forecast.fit import cache as fits

    click.echo(printable(str(fits.directory())))


@cache.command(name="list")
@options.as_json("the list")
def list_entries(*, as_json: bool) -> None:
    """List the stored fits, the newest first.

    \b
    Examples:
      forecast cache list
      forecast cache list --json

    Exit code: 0.
    """
    from forecast.fit import cache as fits

    folder, found = fits.directory(), fits.stored_files()
    if as_json:
        fit_list = [
            {"file": each.path.name, "bytes": each.size, "stored": each.stored.isoformat(timespec="seconds")}
            for each in found
        ]
        documents.echo("cache-list", {"folder": str(folder), "fits": fit_list})
        return
    for each in found:
        click.echo(f"{each.path.name}  {each.size / 1e6:8.1f} MB  {_day(each.stored)}")
    total = sum(each.size for each in found)
    click.echo(f"{len(found)} fits, {total / 1e6:.1f} MB, in {printable(str(folder))}")


@cache.command()
@options.as_json("what was found")
def verify(*, as_json: bool) -> None:
    """Compare every stored fit with its digest, and change nothing.

    \b
    Example:
      forecast cache verify

    Exit code: 0; 3 when a fit is damaged. It is set aside and made again when it is next needed.
    """
    from forecast.fit import cache as fits

    found = fits.stored_files()
    damage = {each.path: problem for each in found if (problem := fits.damage(each.path))}
    if as_json:
        documents.echo(
            "cache-verify",
            {
                "whole": len(found) - len(damage),
                "damaged": [{"file": path.name, "problem": problem} for path, problem in damage.items()],
            },
        )
    else:
        click.echo(f"{len(found) - len(damage)} of {len(found)} stored fits are whole")
    if damage:
        raise DamagedError(
            "\n".join(
                f"{path}: {problem}; it is made again when it is next needed"
                for path, problem in damage.items()
            )
        )


@cache.command()
def clear() -> None:
    """Remove every stored fit, and what was set aside as damaged; other files in the folder stay.

    The next forecast fits the history again, which takes a minute or two.

    \b
    Example:
      forecast cache clear

    Exit code: 0; 1 when a file cannot be removed.
    """
    from forecast.fit import cache as fits

    count, size = fits.clear()
    click.echo(f"removed {count} files, {size / 1e6:.1f} MB")


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
