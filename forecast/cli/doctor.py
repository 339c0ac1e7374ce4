"""``forecast doctor``: is everything in place?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

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
def doctor() -> None:
    """Check that everything a forecast needs is in place.

    Looks at Python, the libraries, the folder of stored fits, the tables of history and the shipped scenarios, and
    says of each whether it is right and what to do if not. Nothing is changed and no fit is made.

    \b
    Example:
      forecast doctor

    Exit code: 0 when all is well, 3 when something is wrong.
    """
    failed = False
    for right, subject, words in _findings():
        failed = failed or not right
        click.echo(f"{'ok   ' if right else 'WRONG'}  {subject}: {words}")
    if failed:
        raise SystemExit(3)


def _findings() -> Iterator[tuple[bool, str, str]]:
    current = ".".join(map(str, sys.version_info[:3]))
    yield sys.version_info >= (3, 11), "python", f"{current} (3.11 or newer is needed)"
    for name in NEEDED:
        try:
            yield True, name, version(name)
        except PackageNotFoundError:
            yield False, name, "is not installed; run: make install"
    yield _cache()
    yield _tables()
    yield from _scenarios()


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
