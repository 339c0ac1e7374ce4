"""The fan of several weighed scenarios split by scenario, and how much of its spread lies between them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from forecast.mixture import Spread
from forecast.report.charts.axes import column, name_axis, year_axis
from forecast.report.charts.overlay import common_scale, panel, series_over
from forecast.report.charts.wording import phrase
from forecast.report.numbers import margin, percent, quantity
from forecast.report.style import (
    BODY_SIZE,
    FAINT,
    INK,
    LABEL_SIZE,
    MUTED,
    NOTE_SIZE,
    PAPER,
    axes_points,
    mix,
    printable,
    readable_on,
    shorten,
    spread,
    text_color,
    text_size,
)
from forecast.shapes import QUANTILES, Summary

_MEDIAN = QUANTILES.index(0.5)
_SHADE = "#5B5B5B"


def split_fan(
    ax: Axes,
    mixture: Summary,
    summaries: Sequence[Summary],
    variable: str,
    *,
    names: Sequence[str],
    colors: Sequence[str],
    weights: Sequence[float],
) -> None:
    """Draw the fan of a mixture in grey with the median and the 90% interval of each scenario in its colour.

    Leave 0.6 inches to the right of the axes for the mixture's labels.
    """
    years = mixture.coordinates.years
    scale = common_scale([mixture, *summaries], variable, years)
    panel(ax, mixture, variable, scale=scale, color=_SHADE, years=years, named=True)
    x = np.array([column(year) for year in years])
    for summary, color in zip(summaries, colors, strict=True):
        series = series_over(summary, variable, years)
        ax.plot(x, series[:, _MEDIAN], color=color, linewidth=1.5, zorder=6)
        for edge in (0, 6):
            ax.plot(x, series[:, edge], color=color, linewidth=0.8, dashes=(3, 1.5), zorder=6)
    _key(ax, names, colors, weights)


def spread_bars(ax: Axes, rows: Sequence[Spread]) -> None:
    """Draw the share of the variance that lies between the scenarios as the lower part of a bar for each year."""
    year_axis(ax, rows[0].year, rows[-1].year, size=LABEL_SIZE)
    ax.set_ylim(0.0, 1.0)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0%", "25%", "50%", "75%", "100%"])
    ax.tick_params(axis="y", length=3, width=0.6, color=FAINT, labelsize=LABEL_SIZE, labelcolor=INK)
    name_axis(ax, "share of the variance", size=LABEL_SIZE)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    x = [column(row.year) for row in rows]
    between, within = _SHADE, mix(_SHADE, 0.3)
    ax.bar(x, [row.share for row in rows], 0.7, color=between, edgecolor=PAPER, linewidth=0.6, zorder=2)
    ax.bar(
        x,
        [1.0 - row.share for row in rows],
        0.7,
        bottom=[row.share for row in rows],
        color=within,
        edgecolor=PAPER,
        linewidth=0.6,
        zorder=2,
    )
    # Above the dark part where there is room, so that a thin one is named too.
    width, height = axes_points(ax)
    above = 1.6 * NOTE_SIZE / height
    step = math.ceil(len(rows) * (text_size("<0.1%", NOTE_SIZE)[0] + 2.0) / width)
    for row, place in list(zip(rows, x, strict=True))[::-step]:
        low = row.share + above < 1.0
        ax.text(
            place,
            row.share + 0.5 * above if low else row.share - 0.5 * above,
            percent(row.share),
            fontsize=NOTE_SIZE,
            color=readable_on(within if low else between),
            horizontalalignment="center",
            verticalalignment="center_baseline",
            parse_math=False,
            zorder=4,
        )


def alt_text_mixture(
    mixture: Summary,
    summaries: Sequence[Summary],
    rows: Sequence[Spread],
    *,
    names: Sequence[str],
    weights: Sequence[float],
) -> str:
    """What the fan of a mixture shows, in sentences with its numbers."""
    variable = rows[0].variable
    unit, years = mixture.unit(variable), mixture.coordinates.years
    last = mixture.series(variable)[-1]
    parts = []
    for name, weight, each in zip(names, weights, summaries, strict=True):
        median = float(series_over(each, variable, years)[-1, _MEDIAN])
        parts.append(f"{printable(name)} {percent(weight)} (median {quantity(median, unit)})")
    return (
        f"Fan chart of {phrase(variable)} over weighed scenarios: {', '.join(parts)}. In {years[-1]}: median "
        f"{quantity(float(last[_MEDIAN]), unit)}, 90% of paths from {quantity(float(last[0]), unit)} to "
        f"{quantity(float(last[-1]), unit)}. Share of the variance that lies between the scenarios: "
        + ", ".join(
            f"{percent(row.share)} in {row.year}" + (f" ({margin(row.error)} points)" if row.error else "")
            for row in rows
        )
        + "."
    )


def _key(ax: Axes, names: Sequence[str], colors: Sequence[str], weights: Sequence[float]) -> None:
    """Which colour is which scenario, in the corner that a rising fan leaves free."""
    width, height = axes_points(ax)
    lines = [
        (f"{shorten(name, 96.0, LABEL_SIZE)} {percent(weight)}", color)
        for name, color, weight in zip(names, colors, weights, strict=True)
    ]
    lines.append(("all together", _SHADE))
    places = spread([height] * len(lines), 1.35 * LABEL_SIZE, 0.0, height - 0.8 * LABEL_SIZE)
    for (words, color), there in zip(lines, reversed(places), strict=True):
        ax.plot(
            [4.0 / width, 16.0 / width],
            [there / height] * 2,
            transform=ax.transAxes,
            color=color,
            linewidth=1.6,
            zorder=7,
        )
        ax.text(
            20.0 / width,
            there / height,
            words,
            transform=ax.transAxes,
            fontsize=LABEL_SIZE,
            color=text_color(color) if color != _SHADE else MUTED,
            verticalalignment="center_baseline",
            parse_math=False,
            zorder=7,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.8},
        )
    ax.tick_params(axis="y", labelsize=min(LABEL_SIZE, BODY_SIZE))
