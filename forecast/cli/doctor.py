"""``forecast doctor``: is everything in place?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from forecast.cli import documents, habits, options, settings
from forecast.cli.settings import Settings
from forecast.errors import printable

NEEDED = (
    "numpy",
    "scipy",
    "pymc",
    "pytensor",
    "arviz",
    "nutpie",
    "numba",
    "xarray",
    "h5netcdf",
    "matplotlib",
    "PyYAML",
    "click",
)


@click.command()
@options.as_json("the findings")
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Check that everything a forecast needs is in place.

    Looks at Python, the libraries, your settings, the folder of stored fits, the tables of history and the shipped
    scenarios, and says of each whether it is right and what to do if not. Nothing is changed and no fit is made.

    \b
    Example:
      forecast doctor

    Exit code: 0 when all is well, 3 when something is wrong.
    """
    found = []
    for right, subject, words in _findings(context):
        found.append({"subject": subject, "ok": right, "words": words})
        if not as_json:
            mark = click.style("ok   ", fg="green") if right else click.style("WRONG", fg="red", bold=True)
            click.echo(f"{mark}  {printable(f'{subject}: {words}')}", color=habits.coloured())
    failed = not all(each["ok"] for each in found)
    if as_json:
        documents.echo("doctor", {"ok": not failed, "findings": found})
    if failed:
        raise SystemExit(3)


def _findings(context: click.Context) -> Iterator[tuple[bool, str, str]]:
    current = ".".join(map(str, sys.version_info[:3]))
    yield sys.version_info >= (3, 11), "python", f"{current} (3.11 or newer is needed)"
    for name in NEEDED:
        try:
            yield True, name, version(name)
        except PackageNotFoundError:
            yield False, name, "is not installed; run: make install"
    yield from _settings(context)
    yield _cache()
    yield _tables()
    yield from _scenarios()


def _settings(context: click.Context) -> Iterator[tuple[bool, str, str]]:
    root, found = context.find_root().command, context.obj
    if not isinstance(root, click.Group) or not isinstance(found, Settings):
        return
    _, wrong = settings.defaults(found, root)
    problems = dict.fromkeys([*found.problems, *(each for several in wrong.values() for each in several)])
    if problems:
        yield False, "settings", f"{len(problems)} mistakes; see: forecast config"
    else:
        files = [str(file) for file in (found.project, found.user) if file is not None and file.is_file()]
        yield True, "settings", ", ".join(files) or "none, everything as built in"


def _cache() -> tuple[bool, str, str]:
    import os

    from forecast.fit import cache

    folder = cache.directory()
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        return (
            False,
            "stored fits",
            f"{folder} cannot be written to; set FORECAST_CACHE_DIR to a folder that can",
        )
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0
    return True, "stored fits", f"{folder} ({size / 1e6:.1f} MB)"


def _tables() -> tuple[bool, str, str]:
    from forecast import observations

    problems = observations.check()
    if problems:
        return False, "history", f"{len(problems)} mistakes; see: forecast data check"
    history = observations.load()
    return True, "history", f"{len(history.training_runs)} training runs, {len(history.chips)} chips"


def _scenarios() -> Iterator[tuple[bool, str, str]]:
    from forecast.errors import ScenarioError
    from forecast.fit import stored
    from forecast.observations import load
    from forecast.run import resolve, shipped_folder

    folder = shipped_folder()
    if folder is None:
        yield True, "scenarios", "none beside this package; give the path of your own"
        return
    for path in sorted(Path(folder).glob("*.yaml")):
        try:
            scenario = resolve(path)
        except ScenarioError as error:
            yield False, path.name, f"{len(error.problems)} mistakes; see: forecast check {path}"
            continue
        found = stored(load(as_of=scenario.as_of), as_of=scenario.as_of)
        yield True, path.name, "fit is stored" if found else "right; its fit will be made on the first run"
