"""Names and values where lines end, set apart from each other and joined to their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from forecast.report.charts.frame import Frame
from forecast.report.numbers import percent, short
from forecast.report.style import FAINT, MUTED, spread, text_color


@dataclass(frozen=True)
class Named:
    """A line's name and its value where the line ends."""

    name: str
    value: float
    color: str


def level_name(level: float) -> str:
    """What the line of a quantile is called."""
    return "median" if level == 0.5 else percent(level)


def end_labels(
    ax: Axes, frame: Frame, ends: Sequence[Named], unit: str, *, start: float, heading: str, size: float
) -> None:
    """Write names and values at the right, each joined to the end of its line by a hairline.

    Args:
        ax: Any matplotlib axes, already in their place.
        frame: Where values stand on them.
        ends: The lines.
        unit: The unit of their values.
        start: Where the lines end, as a share of the width.
        heading: What stands above all names, such as ``in 2031``.
        size: Size of the text [point].
    """
    if not ends:
        return
    ordered = sorted(ends, key=lambda end: (end.value, end.name))
    centers = [frame.up(end.value) * frame.height for end in ordered]
    gap = 1.25 * size
    places = spread(centers, gap, 0.5 * gap, frame.height - 1.5 * gap)
    ax.add_collection(
        LineCollection(
            [
                [(start, center / frame.height), (1.0 + 2.0 / frame.width, place / frame.height)]
                for center, place in zip(centers, places, strict=True)
            ],
            colors=FAINT,
            linewidths=0.4,
            transform=ax.transAxes,
            clip_on=False,
            zorder=4,
        ),
        autolim=False,
    )
    for end, place in zip(ordered, places, strict=True):
        ax.text(
            1.0 + 4.0 / frame.width,
            place / frame.height,
            f"{end.name}: {short(end.value, unit)}",
            transform=ax.transAxes,
            fontsize=size,
            color=text_color(end.color),
            fontweight="bold" if end.name == "median" else "normal",
            verticalalignment="center_baseline",
            parse_math=False,
            zorder=6,
        )
    ax.text(
        1.0 + 4.0 / frame.width,
        (places[-1] + gap) / frame.height,
        heading,
        transform=ax.transAxes,
        fontsize=size,
        color=MUTED,
        verticalalignment="center_baseline",
        parse_math=False,
        zorder=6,
    )
