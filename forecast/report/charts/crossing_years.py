"""Quantile dotplots of the year in which a threshold is crossed: each dot is the same share of the paths.

Dots are counted more easily than areas are compared (Kay et al. 2016). Paths on which it does not happen within the
horizon have a column of their own: leaving them out would make every year look likelier than it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.report.charts.figures import summary_page
from forecast.report.charts.page import place as axes_at
from forecast.report.charts.sizes import PAGE, Size
from forecast.report.charts.wording import phrase, title
from forecast.report.likelihood import SCALE, likelihood
from forecast.report.numbers import margin, percent, quantity
from forecast.report.style import (
    BODY_SIZE,
    FAINT,
    INK,
    LABEL_SIZE,
    MUTED,
    PAPER,
    axes_points,
    figure_text,
    mix,
    scenario_color,
    shorten,
    text_color,
)
from forecast.shapes import CrossingRow, Summary

DOTS = 50
"""Dots of a plot; each is 2% of the paths."""

_LARGEST = 11.0


def dots(row: CrossingRow, number: int = DOTS) -> tuple[int, ...]:
    """How many of a number of equally likely dots fall into each year, and after the last one.

    Dot i stands at the quantile (i + 1/2) / number of the first-crossing year, so that the counts add up and never
    differ from the shares by a whole dot.
    """
    reached = [*row.by_year, 1.0]
    places = (np.arange(number) + 0.5) / number
    upto = np.searchsorted(places, reached, side="right")
    return tuple(int(count) for count in np.diff(upto, prepend=0))


def crossing_years(
    ax: Axes, row: CrossingRow, years: Sequence[int], *, color: str, number: int = DOTS, highest: int = 0
) -> None:
    """Draw the first year in which a threshold is reached as dots, each the same share of the paths.

    Args:
        ax: Any matplotlib axes; place it before the call, the size of dots follows from it.
        row: When the threshold is reached.
        years: The years of the forecast.
        color: Colour of the dots; those that are not reached within the horizon are hollow.
        number: How many dots.
        highest: Dots in the highest column of all plots that shall have dots of the same size.
    """
    counts = dots(row, number)
    width, height = axes_points(ax)
    columns = len(counts)
    shares = np.diff([0.0, *row.by_year, 1.0])
    most = max(*counts, highest)
    room = width / columns

    # As many dots side by side as make them largest.
    def step_of(side: int) -> float:
        return min(0.86 * room / side, (height - 17.0) / -(-most // side), _LARGEST)

    across = max(range(1, 7), key=lambda side: (step_of(side), side))
    step = step_of(across)
    ax.set_xlim(0, columns)
    ax.set_ylim(0, height)
    for column, count in enumerate(counts):
        x = column + 0.5 + (np.arange(count) % across - 0.5 * (min(across, max(count, 1)) - 1)) * step / room
        y = (np.arange(count) // across + 0.5) * step + 1.5
        beyond = column == columns - 1
        ax.plot(
            x,
            y,
            linestyle="none",
            marker="o",
            markersize=0.8 * step,
            markerfacecolor=PAPER if beyond else color,
            markeredgecolor=text_color(color),
            markeredgewidth=0.7,
            clip_on=False,
            zorder=3,
        )
        ax.text(
            column + 0.5,
            -(-count // across) * step + 5.0,
            percent(float(shares[column])),
            fontsize=LABEL_SIZE,
            color=INK,
            horizontalalignment="center",
            verticalalignment="bottom",
            parse_math=False,
        )
    ax.axvspan(columns - 1, columns, color=mix(FAINT, 0.15), linewidth=0.0, zorder=0.5)
    ax.set_xticks(
        [column + 0.5 for column in range(columns)], [*(str(year) for year in years), f"after\n{years[-1]}"]
    )
    ax.set_yticks([])
    size = min(BODY_SIZE, room / 2.9)
    ax.tick_params(axis="x", length=0, labelsize=size, labelcolor=INK, pad=3)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(FAINT)


def crossing_figure(
    summary: Summary, rows: Sequence[CrossingRow], *, size: Size = PAGE, words: bool = False
) -> Figure:
    """A dotplot for each threshold, side by side where there is room.

    Args:
        summary: The run.
        rows: Thresholds of one variable.
        size: Where the figure will stand.
        words: Say the likelihood in calibrated words too.
    """
    years = summary.coordinates.years
    variable = rows[0].variable
    columns = 1 if size.narrow else min(2, len(rows))
    lines = -(-len(rows) // columns)
    error = margin(max(error for row in rows for error in row.errors))
    note = (
        f"{DOTS} dots a plot, each {percent(1 / DOTS)} of the paths; filled: the first year in which the threshold is "
        f"reached; hollow: not within the forecast, it may come later. Shares are of all paths, Monte Carlo standard "
        f"error at most {error} points."
    )
    if words:
        note += f" {SCALE}"
    figure, top, bottom = summary_page(
        summary,
        f"First year: {phrase(variable)}"
        if _is_flag(rows[0])
        else f"When {phrase(variable)} first reaches a threshold",
        note,
        height=1.7 + 1.9 * lines,
        body=1.75 * lines,
        size=size,
    )
    width, height = figure.get_size_inches()
    across, down = (width - 0.24) / columns, (height - top - bottom + 0.2) / lines
    highest = max(max(dots(row)) for row in rows)
    color = scenario_color(summary.attributes.get("scenario", ""))
    for place, row in enumerate(rows):
        line, side = divmod(place, columns)
        left, upper = 0.12 + side * across, top + line * down
        half = next((year for year, share in zip(years, row.by_year, strict=True) if share >= 0.5), None)
        middle = f"median {half}" if half else f"median after {years[-1]}"
        term = f", {likelihood(row.by_year[-1])}" if words else ""
        figure_text(
            figure,
            left,
            upper + 0.14,
            shorten(_threshold(row), 72.0 * across - 12.0, 8.5, "bold"),
            fontsize=8.5,
            fontweight="bold",
            color=INK,
            va="baseline",
        )
        figure_text(
            figure,
            left,
            upper + 0.29,
            shorten(
                f"{middle}; by {years[-1]}: {percent(row.by_year[-1])}{term}",
                72.0 * across - 12.0,
                LABEL_SIZE,
            ),
            fontsize=LABEL_SIZE,
            color=MUTED,
            va="baseline",
        )
        ax = axes_at(
            figure,
            left=left,
            right=width - left - across + (0.12 if columns > 1 else 0.0),
            top=upper + 0.36,
            bottom=height - upper - down + 0.42,
        )
        crossing_years(ax, row, years, color=color, highest=highest)
    return figure


def _threshold(row: CrossingRow) -> str:
    return title(row.variable) if _is_flag(row) else quantity(row.threshold, row.unit)


def _is_flag(row: CrossingRow) -> bool:
    return row.unit == "yes/no"


def alt_text_crossing(summary: Summary, rows: Sequence[CrossingRow], *, words: bool = False) -> str:
    """What the dotplots show, in sentences with their numbers."""
    years = summary.coordinates.years
    sentences = [
        f"Quantile dotplots of the first year in which {phrase(rows[0].variable)} reaches a threshold."
    ]
    for row in rows:
        shares = np.diff([0.0, *row.by_year])
        when = ", ".join(f"{year} {percent(float(share))}" for year, share in zip(years, shares, strict=True))
        term = f" ({likelihood(row.by_year[-1])})" if words else ""
        sentences.append(
            f"{_threshold(row)}: {when}; by {years[-1]} {percent(row.by_year[-1])}{term}, after {years[-1]} or never "
            f"{percent(row.never)}."
        )
    return " ".join(sentences)
