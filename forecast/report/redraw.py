"""Charts of a finished run from its folder: the same numbers in another form, without simulating again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.errors import UsageError, did_you_mean
from forecast.report.dataset import read_trajectories
from forecast.report.folder import RECORD
from forecast.report.numbers import quantity
from forecast.shapes import CrossingRow, Summary, Trajectories
from forecast.summary import crossing, summarise

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from forecast.report.charts.bands import Bands
    from forecast.report.charts.history import HistoryPoint
    from forecast.report.charts.sizes import Size

PATHS = "trajectories.nc"

KINDS: Mapping[str, str] = {
    "fan": "history and the range of what may come",
    "affordability": "which labs can pay, by year",
    "composition": "what the cost is made of",
    "drivers": "fans of what drives the cost",
    "dropout": "the first year in which each lab can no longer pay",
    "crossing": "dots for the year in which thresholds are reached",
    "data": "tokens wanted against stocks, and when those are exhausted",
    "labeling": "labeling's share of the cost, and its cost",
}
"""What can be drawn from a finished run."""

_WITH_VARIABLE = ("fan", "crossing")
_WITH_BANDS = ("fan", "drivers", "data", "labeling")
_WITH_WORDS = ("fan", "affordability", "dropout", "crossing")
_WITH_VINTAGE = ("fan", "drivers", "labeling")


@dataclass(frozen=True)
class Finished:
    """A finished run as its folder holds it; ``names`` says what each lab is called."""

    folder: Path
    trajectories: Trajectories
    summary: Summary
    names: Mapping[str, str]


@dataclass(frozen=True)
class Chart:
    """A drawn chart with its title and what it shows in words."""

    figure: Figure
    title: str
    description: str


@dataclass(frozen=True)
class Options:
    """How a chart is drawn; ``variable`` and ``threshold`` None mean those that the run itself would take."""

    variable: str | None = None
    threshold: float | None = None
    bands: str = "house"
    words: bool = False
    size: str = "page"
    dark: bool = False


def read_finished(folder: Path) -> Finished:
    """A finished run from its folder, its summary computed from the paths as the run itself did.

    Args:
        folder: What ``forecast run`` wrote.

    Raises:
        UsageError: The folder holds no finished run, or its files are not those that the run wrote.
    """
    record = _record(folder)
    path = folder / PATHS
    try:
        digest = record["files"][PATHS]
        thresholds = [float(value) for value in record["scenario"]["thresholds"]]
        names = dict(record["scenario"].get("members", {}).get("labs", []))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{folder} holds no finished run that can be drawn; give a folder that forecast run wrote"
        ) from error
    trajectories = read_trajectories(path)
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise UsageError(f"{path} is not the file that the run wrote; run the scenario again")
    return Finished(folder, trajectories, summarise(trajectories, thresholds=thresholds), names)


def _record(folder: Path) -> dict[str, Any]:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{folder} holds no finished run ({RECORD} cannot be read)") from error
    if not isinstance(record, dict):
        raise UsageError(f"{folder} holds no finished run ({RECORD} says something else)")
    return record


def check(kind: str, options: Options, *, vintage: bool = False) -> None:
    """Refuse what cannot be meant, before anything is read.

    Raises:
        UsageError: An unknown kind or preset, or an option that a kind does nothing with.
    """
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS) or f"; kinds are {', '.join(KINDS)}"
        raise UsageError(f'there is no chart "{kind}"{hint}')
    for given, option, kinds in (
        (options.variable is not None, "--variable", _WITH_VARIABLE),
        (options.threshold is not None, "--threshold", ("crossing",)),
        (options.bands != "house", "--bands", _WITH_BANDS),
        (options.words, "--words", _WITH_WORDS),
        (vintage, "--vintage", _WITH_VINTAGE),
    ):
        if given and kind not in kinds:
            raise UsageError(f"{option} works with --kind {' or '.join(kinds)}, not with {kind}")
    if options.words and options.size == "column" and kind in ("affordability", "dropout"):
        raise UsageError(f"--words has no room in a column with --kind {kind}; give --width page or slide")
    if options.threshold is not None and not math.isfinite(options.threshold):
        raise UsageError("--threshold needs a finite number")


def draw(run: Finished, kind: str, options: Options, *, earlier: Finished | None = None) -> Chart:
    """One chart of a finished run.

    Args:
        run: The run.
        kind: One of `KINDS`.
        options: How it is drawn.
        earlier: A run whose 90% interval stands behind this one's.

    Raises:
        UsageError: See `check`; or the run lacks what the chart needs.
    """
    from forecast.report.charts.bands import PRESETS
    from forecast.report.charts.sizes import SIZES
    from forecast.report.charts.theme import darken
    from forecast.report.style import house_style, printable

    check(kind, options, vintage=earlier is not None)
    variable = _variable(run, options.variable) if kind in _WITH_VARIABLE else ""
    if kind == "fan" and run.trajectories.variables[variable].unit == "yes/no":
        raise UsageError(
            f"{variable} is yes or no on each path and has no range; draw it with --kind crossing"
        )
    before = earlier.summary if earlier is not None else None
    if before is not None and kind == "fan":
        _variable(earlier or run, variable)
    with house_style():
        figure, description = _drawn(
            run,
            kind,
            options,
            variable=variable,
            size=SIZES[options.size],
            bands=PRESETS[options.bands],
            before=before,
        )
        if options.dark:
            darken(figure)
    attributes = run.summary.attributes
    name = printable(attributes.get("title") or attributes.get("scenario") or "scenario")
    return Chart(figure, f"{(variable or kind).replace('_', ' ')}: {name}", description)


def _drawn(
    run: Finished,
    kind: str,
    options: Options,
    *,
    variable: str,
    size: Size,
    bands: Bands,
    before: Summary | None,
) -> tuple[Figure, str]:
    from forecast.report import charts
    from forecast.report.charts import crossing_years, data_stock, labeling
    from forecast.report.charts import dropout as who_drops_out

    summary, trajectories, words = run.summary, run.trajectories, options.words
    known = {row.variable for row in summary.rows}
    needed = {
        "affordability": ("affordable",),
        "dropout": ("affordable",),
        "composition": ("compute_share", "data_share", "labeling_share"),
        "data": ("tokens_wanted",),
        "labeling": ("labeling_share", "labeling_cost"),
    }
    if missing := [name for name in needed.get(kind, ()) if name not in {*known, *trajectories.variables}]:
        raise UsageError(f"{run.folder} lacks {', '.join(missing)}, which this chart shows; run it again")
    if kind == "fan":
        observed = _history(run).get(variable, ())
        return (
            charts.cost_figure(
                summary,
                trajectories,
                observed,
                variable=variable,
                size=size,
                bands=bands,
                words=words,
                earlier=before,
            ),
            charts.alt_text_fan(
                summary,
                variable,
                history=observed,
                trajectories=trajectories,
                bands=bands,
                words=words,
                earlier=before,
            ),
        )
    if kind == "affordability":
        return (
            charts.affordability_figure(summary, run.names, size=size, words=words),
            charts.alt_text_affordability(summary, names=run.names, words=words),
        )
    if kind == "composition":
        return charts.composition_figure(summary, size=size), charts.alt_text_composition(summary)
    if kind == "drivers":
        return (
            charts.drivers_figure(
                summary, trajectories, _history(run), size=size, bands=bands, earlier=before
            ),
            charts.alt_text_drivers(summary),
        )
    if kind == "dropout":
        return (
            who_drops_out.dropout_figure(summary, trajectories, run.names, size=size, words=words),
            who_drops_out.alt_text_dropout(trajectories, names=run.names, words=words),
        )
    if kind == "crossing":
        rows = _crossings(run, variable, options.threshold)
        return (
            crossing_years.crossing_figure(summary, rows, size=size, words=words),
            crossing_years.alt_text_crossing(summary, rows, words=words),
        )
    if kind == "data":
        return (
            data_stock.data_figure(summary, trajectories, size=size, bands=bands),
            data_stock.alt_text_data(summary, trajectories, bands=bands),
        )
    return (
        labeling.labeling_figure(summary, trajectories, size=size, bands=bands, earlier=before),
        labeling.alt_text_labeling(summary, trajectories, bands=bands, earlier=before),
    )


def _variable(run: Finished, name: str | None) -> str:
    """A variable that has one value a year on each path."""
    name = name or "training_cost"
    found = run.trajectories.variables.get(name)
    fit = [each.name for each in run.trajectories.variables.values() if each.dims == ("year", "draw")]
    if found is None:
        hint = did_you_mean(name, fit) or f"; give one of forecast explain, such as {', '.join(fit[:3])}"
        raise UsageError(f'{run.folder} has no variable "{name}"{hint}')
    if found.dims != ("year", "draw"):
        kind = "differs by " + found.dims[0] if found.dims[0] != "draw" else "is an input without years"
        raise UsageError(f"{name} {kind}; a chart of this kind needs a variable with one value a year")
    return name


def _crossings(run: Finished, variable: str, threshold: float | None) -> Sequence[CrossingRow]:
    if threshold is not None:
        return (crossing(run.trajectories, variable, threshold),)
    rows = [row for row in run.summary.crossings if row.variable == variable]
    if not rows:
        last = float(run.summary.series(variable)[-1, 3])
        example = quantity(last, run.summary.unit(variable))
        raise UsageError(
            f"the run has no threshold for {variable}; give one with --threshold, such as {last:.2g} ({example}, "
            "its median in the last year)"
        )
    return rows


def _history(run: Finished) -> Mapping[str, Sequence[HistoryPoint]]:
    """What was known on the day of the forecast."""
    from forecast import observations
    from forecast.report.observed import history

    try:
        day = date.fromisoformat(run.summary.attributes.get("as_of", ""))
    except ValueError:
        return {}
    return history(observations.load(as_of=day))
