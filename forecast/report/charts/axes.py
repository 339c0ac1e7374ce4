"""Axes that say what they show: years as columns, decades with readable ticks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.markers import TICKDOWN, TICKLEFT
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from forecast.report.numbers import short
from forecast.report.style import BODY_SIZE, FAINT, INK, MUTED, RULE, axes_points, text_size, wrap

# Marks that carry no name are one artist: matplotlib's own minor ticks cost ten times the time.
_MARKS: Mapping[str, Any] = {
    "linestyle": "none",
    "color": FAINT,
    "markeredgewidth": 0.6,
    "clip_on": False,
    "zorder": 2.0,
    "scalex": False,
    "scaley": False,
}


def column(year: int) -> float:
    """Where the value of a calendar year stands: in the middle of the year's column."""
    return year + 0.5


def year_axis(ax: Axes, first: int, last: int, *, size: float = BODY_SIZE) -> None:
    """A horizontal axis on which each year is a column: marks at its borders, its name under its middle."""
    ax.set_xlim(first, last + 1)
    width, _ = axes_points(ax)
    room = width / (last + 1 - first)
    step = max(1, math.ceil((text_size("2030", size)[0] + 4.0) / room))
    named = [year for year in range(first, last + 1) if (last - year) % step == 0]
    ax.xaxis.set_major_locator(FixedLocator([column(year) for year in named]))
    ax.xaxis.set_major_formatter(FixedFormatter([str(year) for year in named]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.tick_params(axis="x", which="major", length=0, pad=4, labelsize=size, labelcolor=INK)
    borders = list(range(first, last + 2))
    ax.plot(
        borders,
        [0] * len(borders),
        transform=ax.get_xaxis_transform(),
        marker=TICKDOWN,
        markersize=3,
        **_MARKS,
    )


def name_axis(ax: Axes, text: str, *, size: float = BODY_SIZE, margin: float = 0.0) -> None:
    """Say what the vertical axis shows, level above it where it is read first.

    Args:
        ax: The axes.
        text: What it shows.
        size: Size of the text [point].
        margin: Room at the right of the axes that the text may use [point].
    """
    width, height = axes_points(ax)
    ax.set_ylabel(
        wrap(text, 20.0 + width + margin, size),
        rotation="horizontal",
        horizontalalignment="left",
        verticalalignment="bottom",
        fontsize=size,
        color=MUTED,
        parse_math=False,
    )
    ax.yaxis.set_label_coords(-20.0 / width, 1.0 + 5.0 / height)


def log_axis(ax: Axes, low: float, high: float, unit: str, *, size: float = BODY_SIZE) -> None:
    """A vertical logarithmic axis from low to high with ticks in words that people use."""
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    ticks, minor = log_ticks(low, high, axes_points(ax)[1] / (2.2 * size))
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_formatter(FixedFormatter([short(tick, unit).replace(".0x", "x") for tick in ticks]))
    ax.yaxis.set_minor_locator(NullLocator())
    if minor:
        ax.plot(
            [0] * len(minor),
            minor,
            transform=ax.get_yaxis_transform(),
            marker=TICKLEFT,
            markersize=1.5,
            **_MARKS,
        )
    _finish(ax, size)


def linear_axis(ax: Axes, low: float, high: float, unit: str, *, size: float = BODY_SIZE) -> None:
    """A vertical linear axis from low to high."""
    ax.set_ylim(low, high)
    ticks = [
        tick for tick in MaxNLocator(5, integer=unit == "count").tick_values(low, high) if low <= tick <= high
    ]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_formatter(FixedFormatter([short(tick, unit) for tick in ticks]))
    _finish(ax, size)


def log_ticks(low: float, high: float, room: float) -> tuple[list[float], list[float]]:
    """Round numbers between low and high, at most about ``room`` of them with a name, and marks between them."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = last - first
    for factors in ((1, 2, 3, 5), (1, 2, 5), (1, 3)):
        ticks = _inside(
            [factor * 10.0**power for power in range(first, last) for factor in factors], low, high
        )
        if decades <= 3 and 3 <= len(ticks) <= min(room, 7):
            break
    else:
        step = next(step for step in (1, 2, 3, 5, 10, 20, 50, 100) if decades / step <= max(room, 3))
        ticks = _inside([10.0**power for power in range(first, last + 1) if power % step == 0], low, high)
    dense = decades <= 5
    marks = (
        [factor * 10.0**power for power in range(first, last) for factor in range(1, 10)]
        if dense
        else [10.0**power for power in range(first, last + 1)]
    )
    return ticks, [mark for mark in _inside(marks, low, high) if mark not in ticks]


def _inside(values: list[float], low: float, high: float) -> list[float]:
    return [value for value in values if low * (1.0 - 1e-9) <= value <= high * (1.0 + 1e-9)]


def _finish(ax: Axes, size: float) -> None:
    ax.tick_params(axis="y", which="major", length=3, width=0.6, color=FAINT, labelsize=size, labelcolor=INK)
    ax.grid(visible=True, axis="y", which="major", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
