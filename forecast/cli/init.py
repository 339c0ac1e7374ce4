"""``forecast init``: a commented scenario to start from."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from forecast.cli import options, progress
from forecast.errors import OutputExistsError, UsageError, printable

BASE = "baseline.yaml"
SCHEMA = "scenario-v1.json"
_TEMPLATE = """\
# yaml-language-server: $schema={schema}
#
# A scenario says only what differs from the one it extends. Change the entries below, remove the # in front of others,
# then look at what you have and run it:
#
#   forecast check {file}
#   forecast show {file}
#   forecast run {file}
#   forecast compare {base} {file}
#
# `forecast show {base}` lists every assumption there is, `forecast explain training_cost` what they lead to.
name: {name}
title: Slower algorithms
description: >-
  What this future is about, in a sentence or two for whoever reads the report.
extends: {base}

# Forecast from an earlier day, or further ahead.
# as_of: 2026-09-30
# last_year: 2035

# Costs whose crossing is told, in US dollars of 2023.
# thresholds: [1e9, 1e10, 1e11]

assumptions:
  # An interval that holds the truth with 90%, and its median: the usual form. A growth rate carries its unit; the other
  # ways to write one are 30%/yr, -30%/yr, "doubling: 8 months" and "halving: 8 months". Every number has its reason and
  # its source; verified says whether somebody has looked at that source.
  algorithmic_growth:
    {{ p5: 1.2x/yr, p50: 2x/yr, p95: 4x/yr,
      why: "An example: the easy gains have been made. Put your own reason here.",
      source: "judgement", dated: {dated}, verified: no }}

  # One number, without uncertainty.
  # final_run_share: {{ value: 0.2, unit: yr, why: "...", source: "..." }}

  # What was fitted to history, with the spread of the fit made wider or narrower (scale) or moved (shift).
  # price_performance_growth: {{ fitted: {{scale: 1.3}}, why: "...", source: "..." }}

# What one lab has, as in {base}; a lab with another id is a new one and needs every assumption.
# labs:
#   openai:
#     funds_now: {{ p5: 2e10, p50: 3e10, p95: 5e10, unit: USD, dollars: 2026, why: "...", source: "..." }}

# What may happen: with what probability, when, to which variable, by what factor and for how long. A list is replaced
# as a whole: repeat the events of {base} that you want to keep.
# events:
#   - {{ name: chip squeeze, probability: 0.2, year: 2028, affects: price_performance, factor: 0.7, lasts: 2,
#       why: "...", source: "..." }}
"""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=Path("my-scenario.yaml"))
@options.force("Replace the file if it is there.")
@options.quiet("Print nothing but errors.")
def init(file: Path, *, force: bool, quiet: bool) -> None:
    """Write a commented scenario to start from.

    FILE (my-scenario.yaml unless given) extends baseline.yaml, which is put beside it if it is not there, with the
    schema that lets an editor complete and check both. It can be checked and run at once.

    \b
    Examples:
      forecast init
      forecast init scenarios/slow-algorithms.yaml

    Exit code: 0; 1 when a file cannot be written; 2 when the name cannot be that of a scenario; 4 when FILE is there.
    """
    from forecast.run import resolve, shipped
    from forecast.scenario.load import NAME_PATTERN
    from forecast.scenario.schema import schema_text

    if file.suffix not in {".yaml", ".yml"}:
        raise UsageError(f"{file} does not end in .yaml")
    if not re.fullmatch(NAME_PATTERN, file.stem):
        raise UsageError(
            f'"{file.stem}" cannot be the name of a scenario; use small letters, digits and hyphens, such as '
            "slow-algorithms.yaml"
        )
    if file.exists() and not force:
        raise OutputExistsError(f"{file} is there already; give another name, or replace it with --force")
    source = shipped(BASE.removesuffix(".yaml"))
    folder = file.parent
    base = folder / BASE
    if source is None and not base.exists():
        raise UsageError(f"the shipped scenarios are not there; put a {BASE} beside {file}")
    if file.name == BASE:
        raise UsageError(f"{BASE} is what the new scenario extends; give it another name")
    # In a checkout the schema stands in its own folder.
    shared = folder / ".." / "schemas" / SCHEMA
    schema = f"../schemas/{SCHEMA}" if shared.is_file() else SCHEMA
    written = []
    with _all_or_none() as write:
        if schema == SCHEMA and not (folder / SCHEMA).exists():
            written.append(write(folder / SCHEMA, schema_text()))
        if source is not None and not base.exists():
            text = source.read_text(encoding="utf-8")
            written.append(write(base, re.sub(r"(?<=\$schema=)\S+", schema, text, count=1)))
        dated = resolve(base).as_of.isoformat()
        content = _TEMPLATE.format(schema=schema, file=file, base=BASE, name=file.stem, dated=dated)
        written.append(write(file, content, force=force))
    if not quiet:
        for path in written:
            click.echo(printable(f"written: {path}"))
        progress.next_step(f"forecast check {file}", f"forecast run {file}")


@contextlib.contextmanager
def _all_or_none() -> Iterator[Callable[..., Path]]:
    """Writes files; those that were not there before go again when not all can be written."""
    from forecast.files import write_whole

    new: list[Path] = []

    def write(path: Path, text: str, *, force: bool = False) -> Path:
        if not path.exists():
            new.append(path)
        try:
            write_whole(path, text.encode("utf-8"), force=force)
        except OutputExistsError:
            # Somebody else has put it there meanwhile: it is not ours to remove.
            new[:] = [each for each in new if each != path]
            raise
        return path

    try:
        yield write
    except BaseException:
        for path in new:
            with contextlib.suppress(OSError):
                path.unlink()
        raise
