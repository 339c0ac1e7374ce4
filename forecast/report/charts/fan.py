"""The fan chart: what was observed, and the range of what may come."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from forecast.report.charts.axes import column, linear_axis, log_axis, name_axis, year_axis
from forecast.report.charts.bands import HOUSE, Bands, quantile_series
from forecast.report.charts.ends import Named, end_labels, level_name
from forecast.report.charts.frame import Box, Frame
from forecast.report.charts.history import HistoryPoint, clean, records
from forecast.report.charts.past import data_end, decimal_year, observed_points, point_names, record_steps
from forecast.report.charts.wording import axis_label, phrase
from forecast.report.likelihood import likelihood
from forecast.report.numbers import crossing, percent, quantity, reached
from forecast.report.style import (
    BODY_SIZE,
    FAINT,
    INK,
    LABEL_SIZE,
    MUTED,
    PAPER,
    axes_points,
    mix,
    printable,
    scenario_color,
    text_size,
)
from forecast.shapes import QUANTILES, CrossingRow, Summary, Trajectories
from forecast.units import Array

Labels = Literal["all", "few", "none"]

_MEDIAN = QUANTILES.index(0.5)
# Quantities that live on a bounded or signed scale; a logarithm would distort or break them.
_LINEAR_UNITS = ("share", "probability", "yes/no", "count", "1/yr", "ln", "decade", "point")


def fan(
    ax: Axes,
    summary: Summary,
    variable: str = "training_cost",
    *,
    history: Sequence[HistoryPoint] = (),
    trajectories: Trajectories | None = None,
    thresholds: Sequence[float] | None = None,
    paths: int = 12,
    uncapped: str = "",
    against: str = "",
    color: str = "",
    labels: Labels = "all",
    names: int = 7,
    since: int | None = None,
    record: bool = True,
    size: float = BODY_SIZE,
    margin: float = 0.0,
    bands: Bands = HOUSE,
    words: bool = False,
    earlier: Summary | None = None,
) -> None:
    """Draw the fan of a variable: equal-tailed intervals that hold 50, 80 and 90% of the paths of each year by itself.

    Values of a year stand in the middle of its column. The edges of the intervals and the median are named at the
    right with their values in the last year. Place the axes before the call, with room at the right for these labels:
    labels are set apart by the size that the axes have then.

    Args:
        ax: Any matplotlib axes.
        summary: The run.
        variable: A variable without lab, source or tier.
        history: What was observed; drawn as dots with measurement errors.
        trajectories: The paths; some of them are drawn within the fan.
        thresholds: Values to mark with the probability of reaching them; by default all that the summary knows.
        paths: How many paths to draw.
        uncapped: A second variable in the same unit whose median is drawn dashed.
        against: A second variable in the same unit, drawn with its median and 90% interval.
        color: Colour of the fan; by default that of the scenario.
        labels: Name all edges, only median and 90% interval, or none.
        names: How many observed points to name at most.
        since: First year to show; by default the first of the history.
        record: Whether the highest observed value so far is drawn as steps: the variable is that of a record run.
        size: Size of tick labels [point].
        margin: Room at the right of the axes into which the name of the vertical axis may reach [point].
        bands: Which intervals are shown and how; those that the summary does not hold need ``trajectories``.
        words: Say how likely thresholds are reached in calibrated words too.
        earlier: An earlier forecast of the same variable, whose 90% interval and median stand behind this one's.

    Raises:
        KeyError: When the summary lacks one of the variables.
        ValueError: When a band needs the paths and they are not given.
    """
    years = summary.coordinates.years
    unit = summary.unit(variable)
    series = summary.series(variable)
    edges = quantile_series(summary, variable, bands.levels, trajectories)
    before = _earlier(earlier, variable)
    color = color or scenario_color(summary.attributes.get("scenario", ""))
    rivals = {name: summary.series(name) for name in (uncapped, against) if name}
    first = since if since is not None else (int(clean(history)[0].date) if history else years[0])
    points = clean(history)
    rows = _crossings(summary, variable, thresholds)
    chosen = _paths(trajectories, variable, paths)
    log = unit not in _LINEAR_UNITS and bool(
        min(edges.min(), *(s.min() for s in (*rivals.values(), *before.values())), np.inf) > 0
    )
    highest = records(points) if record else ()
    points = tuple(point for point in points if point.date >= first and (not log or point.value > 0.0))
    drawn = [other if name == against else other[:, _MEDIAN] for name, other in rivals.items()]
    drawn += [row for year, row in before.items() if first <= year <= years[-1]]
    frame = _frame(ax, (first, years[-1] + 1), [edges, *drawn, chosen], points, rows, log=log)

    year_axis(ax, first, years[-1], size=size)
    (log_axis if log else linear_axis)(ax, frame.low, frame.high, unit, size=size)
    name_axis(ax, axis_label(variable, unit, log=log), size=size, margin=margin)
    x = np.array([column(year) for year in years])
    _before(ax, frame, before, "" if years[-1] in before else _vintage(earlier))
    _bands(ax, x, edges, color, bands)
    for name, other in rivals.items():
        _rival(ax, x, other, band=name == against)
    _sample_paths(ax, x, chosen)
    if bands.median:
        ax.plot(x, series[:, _MEDIAN], color=mix(color, 0.75, "#000000"), linewidth=1.2, zorder=5)
    taken = _threshold_lines(
        ax, frame, rows, years, room=frame.across(years[0]) if points else 1.0, words=words
    )
    end = decimal_year(summary.attributes.get("data_end", ""))
    if points:
        observed_points(ax, frame, points)
        steps = record_steps(ax, frame, highest, max(end or 0.0, points[-1].date))
        data_end(ax, frame, end, taken, size, later=end is not None and points[-1].date > end)
        point_names(ax, frame, points, [*taken, *steps], names, limit=frame.across(years[0]) * frame.width)
    shown = {"all": bands.levels, "few": (bands.levels[0], 0.5, bands.levels[-1]), "none": ()}[labels]
    ends = [
        Named(level_name(level), float(value), color)
        for level, value in zip(bands.levels, edges[-1], strict=True)
        if level in shown and (bands.median or level != 0.5)
    ]
    if labels != "none":
        if years[-1] in before:
            ends.append(Named(_vintage(earlier), float(before[years[-1]][1]), MUTED))
        for name, other in rivals.items():
            ends += _rival_names(name, other, band=name == against)
    end_labels(
        ax,
        frame,
        ends,
        unit,
        start=frame.across(column(years[-1])),
        heading=f"in {years[-1]}",
        size=min(size, LABEL_SIZE),
    )


def alt_text_fan(
    summary: Summary,
    variable: str = "training_cost",
    *,
    history: Sequence[HistoryPoint] = (),
    trajectories: Trajectories | None = None,
    bands: Bands = HOUSE,
    words: bool = False,
    earlier: Summary | None = None,
) -> str:
    """What the fan chart of a variable shows, in sentences with the numbers of the summary."""
    years, unit = summary.coordinates.years, summary.unit(variable)
    series = summary.series(variable)
    sentences = [f"Fan chart of {phrase(variable)} ({axis_label(variable, unit, log=False)})."]
    points = clean(history)
    if points:
        top = max(points, key=lambda point: point.value)
        sentences.append(
            f"{len(points)} observed values from {int(points[0].date)} to {int(points[-1].date)}, "
            f"the highest {quantity(top.value, unit)}{f' ({printable(top.label)})' if top.label else ''}."
        )
    edges = quantile_series(summary, variable, bands.levels, trajectories)
    # The middle one of three intervals adds length and little else.
    told = [level for level in bands.lower if bands is not HOUSE or level != 0.1]
    for year, row, quantiles in zip(years, edges, series, strict=True):
        value = dict(zip(bands.levels, row, strict=True))
        parts = [
            f"{bands.share(level)} {'of paths ' if place == 0 else ''}from {quantity(value[level], unit)} "
            f"to {quantity(value[round(1.0 - level, 10)], unit)}"
            for place, level in enumerate(reversed(told))
        ]
        sentences.append(f"{year}: median {quantity(quantiles[_MEDIAN], unit)}, {', '.join(parts)}.")
    sentences += [f"{crossing(row, years, words=words)}." for row in _crossings(summary, variable, None)]
    before = {year: row for year, row in _earlier(earlier, variable).items() if year in years}
    if earlier is not None and before:
        last = max(before)
        low, middle, high = (quantity(value, unit) for value in before[last])
        sentences.append(
            f"Behind it the forecast as of {earlier.attributes.get('as_of', 'an earlier date')}: "
            f"in {last} median {middle}, 90% of paths from {low} to {high}."
        )
    return " ".join(sentences)


def _earlier(earlier: Summary | None, variable: str) -> dict[int, Array]:
    """The 5%, 50% and 95% quantiles of an earlier forecast by year."""
    if earlier is None:
        return {}
    series = earlier.series(variable)[:, [0, _MEDIAN, len(QUANTILES) - 1]]
    return dict(zip(earlier.coordinates.years, series, strict=True))


def _crossings(
    summary: Summary, variable: str, thresholds: Sequence[float] | None
) -> tuple[CrossingRow, ...]:
    return tuple(
        row
        for row in summary.crossings
        if row.variable == variable and (thresholds is None or row.threshold in thresholds)
    )


def _paths(trajectories: Trajectories | None, variable: str, paths: int) -> Array:
    """Some whole paths, evenly spaced over the draws: shape ``(year, path)``."""
    if trajectories is None or paths <= 0 or variable not in trajectories.variables:
        return np.empty((0, 0))
    values = trajectories[variable]
    step = max(1, trajectories.draws // paths)
    return values[:, ::step][:, :paths].astype(float)


def _frame(
    ax: Axes,
    years: tuple[int, int],
    arrays: list[Array],
    points: Sequence[HistoryPoint],
    rows: Sequence[CrossingRow],
    *,
    log: bool,
) -> Frame:
    values = np.concatenate(
        [array.ravel() for array in arrays]
        + [[point.value, point.low, point.high] for point in points]
        + [[row.threshold for row in rows]]
    )
    values = values[np.isfinite(values) & ((values > 0.0) | (not log))]
    low, high = float(values.min()), float(values.max())
    width, height = axes_points(ax)
    if log:
        pad = max(0.04 * math.log(high / low), 0.1)
        low, high = low * math.exp(-pad), high * math.exp(pad)
    else:
        pad = 0.05 * (high - low) or 0.5
        low, high = (0.0 if low >= 0.0 else low - pad), high + pad
    return Frame(float(years[0]), float(years[1]), low, high, log, width, height)


def _vintage(earlier: Summary | None) -> str:
    day = earlier.attributes.get("as_of", "") if earlier is not None else ""
    return f"as of {day[:7]}" if day else "earlier"


def _before(ax: Axes, frame: Frame, before: dict[int, Array], name: str) -> None:
    """An earlier forecast: its 90% interval as a grey area with edges, its median dotted."""
    inside = [year for year in before if frame.first <= year < frame.last]
    if not inside:
        return
    x = np.array([column(year) for year in inside])
    rows = np.array([before[year] for year in inside])
    ax.fill_between(x, rows[:, 0], rows[:, 2], color=mix(FAINT, 0.35), linewidth=0.0, zorder=1.3)
    outline = np.column_stack([np.concatenate([x[::-1], x]), np.concatenate([rows[::-1, 0], rows[:, 2]])])
    # Closed where it began, open where the chart cuts it.
    whole = inside[0] == min(before)
    edges = [outline] if whole else [outline[: len(x)], outline[len(x) :]]
    ax.add_collection(LineCollection(edges, colors=FAINT, linewidths=0.8, zorder=1.4), autolim=False)
    if name:
        ax.annotate(
            name,
            (x[-1], rows[-1, 0]),
            xytext=(0, -2),
            textcoords="offset points",
            fontsize=LABEL_SIZE,
            color=MUTED,
            horizontalalignment="center",
            verticalalignment="top",
            parse_math=False,
            zorder=6,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        )
    ax.plot(x, rows[:, 1], color=MUTED, linewidth=1.0, dashes=(1, 1.5), zorder=4.5)


def _bands(ax: Axes, x: Array, edges_of_bands: Array, color: str, bands: Bands) -> None:
    series, last = edges_of_bands, edges_of_bands.shape[1] - 1
    pairs = [(place, last - place) for place in range(len(bands.lower))]
    for (lower, upper), strength in zip(pairs, bands.strengths, strict=True):
        ax.fill_between(
            x, series[:, lower], series[:, upper], color=mix(color, strength), linewidth=0.0, zorder=1.5
        )
    # Each outline is closed at the first year: without a left edge the eye would extend the fan into the past.
    edges = [
        np.column_stack(
            [np.concatenate([x[::-1], x]), np.concatenate([series[::-1, lower], series[:, upper]])]
        )
        for lower, upper in (pairs if bands.outlined else pairs[:1])
    ]
    ax.add_collection(LineCollection(edges, colors=mix(color, 0.8), linewidths=0.6, zorder=4), autolim=False)


def _rival(ax: Axes, x: Array, series: Array, *, band: bool) -> None:
    if band:
        ax.fill_between(x, series[:, 0], series[:, -1], color=FAINT, alpha=0.22, linewidth=0.0, zorder=2.5)
        for place in (0, -1):
            ax.plot(x, series[:, place], color=MUTED, linewidth=0.6, zorder=4)
    ax.plot(x, series[:, _MEDIAN], color=INK, linewidth=1.0, dashes=(4, 2), zorder=5)


def _sample_paths(ax: Axes, x: Array, values: Array) -> None:
    if values.size:
        segments = [np.column_stack([x, path]) for path in values.T]
        ax.add_collection(
            LineCollection(segments, colors=INK, linewidths=0.4, alpha=0.45, zorder=3),
            autolim=False,
        )


def _threshold_lines(
    ax: Axes,
    frame: Frame,
    rows: Sequence[CrossingRow],
    years: tuple[int, ...],
    *,
    room: float,
    words: bool,
) -> list[Box]:
    """Mark thresholds and say how likely they are reached; returns where the words stand."""
    taken = []
    for row in rows:
        up = frame.up(row.threshold)
        ax.plot(
            [0, 1], [up, up], transform=ax.transAxes, color=INK, linewidth=0.7, dashes=(1.5, 2), zorder=2.2
        )
        name = quantity(row.threshold, row.unit)
        sentence = crossing(row, years, words=words)
        term = f", {likelihood(row.by_year[-1])}" if words else ""
        wordings = (
            sentence,
            sentence.split(";")[0],
            f"{name}: reached {reached(row, years[-1], years)}{term}",
            f"{name}: {percent(row.by_year[-1])} by {years[-1]}{term}",
            f"{name}: {percent(row.by_year[-1])} by {years[-1]}",
            f"{name}: {percent(row.by_year[-1])}",
            name,
        )
        available = room * frame.width - 8.0
        text = next((each for each in wordings if text_size(each, LABEL_SIZE)[0] <= available), name)
        width, height = text_size(text, LABEL_SIZE)
        left, bottom = 3.0, up * frame.height + 1.5
        ax.text(
            left / frame.width,
            bottom / frame.height,
            text,
            transform=ax.transAxes,
            fontsize=LABEL_SIZE,
            color=INK,
            verticalalignment="bottom",
            parse_math=False,
            zorder=6,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        )
        taken.append(Box(left, bottom - 2.0, left + width + 5.0, bottom + height))
        taken.append(Box(0.0, up * frame.height - 0.7, frame.width, up * frame.height + 0.7))
    return taken


def _rival_names(name: str, series: Array, *, band: bool) -> list[Named]:
    words = {"uncapped_training_cost": "no caps", "unique_tokens": "stock"}.get(name, phrase(name))
    ends = [Named(words, float(series[-1, _MEDIAN]), INK)]
    if band:
        ends += [
            Named(f"{words} {level_name(QUANTILES[place])}", float(series[-1, place]), MUTED)
            for place in (0, 6)
        ]
    return ends
