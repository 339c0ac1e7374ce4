"""Fans of several scenarios on the same scale: laid over each other, or side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from forecast.report.charts.axes import column, linear_axis, log_axis, name_axis, year_axis
from forecast.report.charts.wording import axis_label, phrase
from forecast.report.numbers import quantity, short
from forecast.report.style import (
    FAINT,
    INK,
    LABEL_SIZE,
    MUTED,
    axes_points,
    mix,
    printable,
    shorten,
    spread,
    text_color,
    text_size,
)
from forecast.shapes import QUANTILES, Summary
from forecast.units import Array

_BANDS = ((0, 6, 0.16), (1, 5, 0.30), (2, 4, 0.48))
_MEDIAN = QUANTILES.index(0.5)
LABEL_ROOM = 116.0
"""Longest label at the right of overlaid fans [point]."""

_LINEAR_UNITS = ("share", "probability", "yes/no", "count", "1/yr", "ln", "decade", "point")


@dataclass(frozen=True)
class Scale:
    """A vertical axis that several charts share."""

    low: float
    high: float
    log: bool
    unit: str

    def up(self, value: float) -> float:
        """A value as a share of the height."""
        if self.log:
            return float(np.log(value / self.low) / np.log(self.high / self.low))
        return (value - self.low) / (self.high - self.low)


def series_over(summary: Summary, variable: str, years: Sequence[int]) -> Array:
    """Quantiles of a variable in some of a scenario's years, shape ``(year, quantile)``."""
    return summary.series(variable)[[summary.coordinates.years.index(year) for year in years]]


def common_scale(summaries: Sequence[Summary], variable: str, years: Sequence[int]) -> Scale:
    """The axis that holds the 90% intervals of all scenarios."""
    values = np.concatenate([series_over(summary, variable, years).ravel() for summary in summaries])
    unit = summaries[0].unit(variable)
    low, high = float(values.min()), float(values.max())
    log = unit not in _LINEAR_UNITS and low > 0.0
    if log:
        pad = max(0.05 * np.log(high / low), 0.1)
        return Scale(low * float(np.exp(-pad)), high * float(np.exp(pad)), log, unit)
    pad = 0.05 * (high - low) or 0.5
    return Scale(0.0 if low >= 0.0 else low - pad, high + pad, log, unit)


def overlay(
    ax: Axes,
    summaries: Sequence[Summary],
    variable: str,
    *,
    names: Sequence[str],
    colors: Sequence[str],
    years: Sequence[int],
) -> None:
    """Draw the fans of some scenarios over each other: 90% and 50% intervals of each year by itself, and medians.

    Leave `LABEL_ROOM` and a little more to the right of the axes for the labels.

    Args:
        ax: Any matplotlib axes, already in their place.
        summaries: The scenarios.
        variable: A variable without a lab axis.
        names: What each scenario is called.
        colors: The colour of each scenario.
        years: The years that are shown.
    """
    scale = common_scale(summaries, variable, years)
    _prepare(ax, scale, variable, years, size=8.0)
    x = np.array([column(year) for year in years])
    ends = []
    for summary, name, color in zip(summaries, names, colors, strict=True):
        series = series_over(summary, variable, years)
        for lower, upper, strength in (_BANDS[0], _BANDS[2]):
            ax.fill_between(
                x,
                series[:, lower],
                series[:, upper],
                color=color,
                alpha=0.5 * strength,
                linewidth=0.0,
                zorder=1.5,
            )
            ax.add_collection(
                LineCollection(
                    [np.column_stack([x, series[:, edge]]) for edge in (lower, upper)],
                    colors=mix(color, 0.85),
                    linewidths=0.7,
                    zorder=3,
                ),
                autolim=False,
            )
        ax.plot(x, series[:, _MEDIAN], color=mix(color, 0.8, "#000000"), linewidth=1.6, zorder=5)
        for words, edge in (("5%", 0), ("median", _MEDIAN), ("95%", 6)):
            value = float(series[-1, edge])
            said = f" {words}: {short(value, scale.unit)}"
            room = LABEL_ROOM - text_size(said, LABEL_SIZE, "bold")[0]
            called = shorten(name, room, LABEL_SIZE, "bold")
            ends.append((called + said, value, color, edge == _MEDIAN))
    _labels(ax, scale, ends, years[-1])


def panel(
    ax: Axes,
    summary: Summary,
    variable: str,
    *,
    scale: Scale,
    color: str,
    years: Sequence[int],
    against: Array | None = None,
    named: bool = False,
) -> None:
    """Draw one fan of a row of fans on their common scale, with another scenario's median dashed.

    Leave 0.6 inches to the right of the axes for the labels. With ``named``, the vertical axis says what it shows.
    """
    series = series_over(summary, variable, years)
    _prepare(ax, scale, variable if named else "", years, size=LABEL_SIZE)
    x = np.array([column(year) for year in years])
    for lower, upper, strength in _BANDS:
        ax.fill_between(
            x, series[:, lower], series[:, upper], color=mix(color, strength), linewidth=0.0, zorder=1.5
        )
        ax.add_collection(
            LineCollection(
                [np.column_stack([x, series[:, edge]]) for edge in (lower, upper)],
                colors=mix(color, 0.8),
                linewidths=0.6,
                zorder=3,
            ),
            autolim=False,
        )
    ax.plot(x, series[:, _MEDIAN], color=mix(color, 0.75, "#000000"), linewidth=1.3, zorder=5)
    if against is not None:
        ax.plot(x, against[:, _MEDIAN], color=INK, linewidth=0.9, dashes=(4, 2), zorder=4)
    ends = [
        (short(float(series[-1, edge]), scale.unit), float(series[-1, edge]), color, edge == _MEDIAN)
        for edge in (0, _MEDIAN, 6)
    ]
    _labels(ax, scale, ends, None)


def alt_text_overlay(
    summaries: Sequence[Summary], variable: str, *, names: Sequence[str], years: Sequence[int]
) -> str:
    """What fans of several scenarios show, in sentences with the numbers of their summaries."""
    unit = summaries[0].unit(variable)
    sentences = [f"Fan charts of {phrase(variable)} ({axis_label(variable, unit, log=False)}) on one scale."]
    for summary, name in zip(summaries, names, strict=True):
        series = series_over(summary, variable, years).tolist()
        values = "; ".join(
            f"{year} median {quantity(row[_MEDIAN], unit)}, 90% of paths from {quantity(row[0], unit)} to "
            f"{quantity(row[-1], unit)}"
            for year, row in ((years[0], series[0]), (years[-1], series[-1]))
        )
        sentences.append(f"{printable(name)}: {values}.")
    return " ".join(sentences)


def _prepare(ax: Axes, scale: Scale, variable: str, years: Sequence[int], *, size: float) -> None:
    year_axis(ax, years[0], years[-1], size=size)
    (log_axis if scale.log else linear_axis)(ax, scale.low, scale.high, scale.unit, size=size)
    if variable:
        name_axis(ax, axis_label(variable, scale.unit, log=scale.log), size=size, margin=110.0)


def _labels(
    ax: Axes, scale: Scale, ends: Sequence[tuple[str, float, str, bool]], last_year: int | None
) -> None:
    """Words at the right, each joined to the end of its line by a hairline."""
    ordered = sorted(ends, key=lambda end: (end[1], end[0]))
    width, height = axes_points(ax)
    gap = 1.3 * LABEL_SIZE
    centers = [scale.up(value) * height for _, value, _, _ in ordered]
    places = spread(centers, gap, 0.5 * gap, height - (1.5 if last_year else 0.5) * gap)
    first, last = ax.get_xlim()
    years = last - first
    start = (years - 0.5) / years
    ax.add_collection(
        LineCollection(
            [
                [(start, center / height), (1.0 + 2.0 / width, there / height)]
                for center, there in zip(centers, places, strict=True)
            ],
            colors=FAINT,
            linewidths=0.4,
            transform=ax.transAxes,
            clip_on=False,
            zorder=4,
        ),
        autolim=False,
    )
    for (words, _, color, bold), there in zip(ordered, places, strict=True):
        _word(ax, words, there / height, text_color(color), bold=bold, offset=4.0 / width)
    if last_year:
        _word(ax, f"in {last_year}", (places[-1] + gap) / height, MUTED, bold=False, offset=4.0 / width)


def _word(ax: Axes, text: str, up: float, color: str, *, bold: bool, offset: float) -> None:
    ax.text(
        1.0 + offset,
        up,
        text,
        transform=ax.transAxes,
        fontsize=LABEL_SIZE,
        fontweight="bold" if bold else "normal",
        color=color,
        verticalalignment="center_baseline",
        parse_math=False,
        zorder=6,
    )
