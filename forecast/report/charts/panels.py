"""Many small charts on one page: a grid of panels under a heading, each with a short name of its own."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.report.style import (
    BODY_SIZE,
    FAINT,
    INK,
    LABEL_SIZE,
    MUTED,
    NOTE_SIZE,
    PAGE_WIDTH,
    TITLE_SIZE,
    figure_text,
    wrap,
)

_MARGIN = 0.12
_TOP = 0.62
_GAP = 0.14
_NAME = 0.3


def panels(
    names: Sequence[str], *, heading: str, subtitle: str, note: str, columns: int = 4, height: float = 0.62
) -> tuple[Figure, list[Axes]]:
    """A figure with one small panel for each name, in reading order.

    Args:
        names: What each panel shows; two lines at most are given to it.
        heading: Title of the figure.
        subtitle: The line below.
        note: How to read it, at the foot.
        columns: Panels side by side.
        height: Height of one panel without its name and ticks [inch].

    Returns:
        The figure and its axes, without ticks on the left.
    """
    rows = -(-len(names) // columns)
    row = height + _NAME + 0.24
    foot = wrap(note, 72.0 * (PAGE_WIDTH - 2 * _MARGIN), NOTE_SIZE)
    bottom = 0.14 + (foot.count("\n") + 1) * NOTE_SIZE * 1.3 / 72.0
    total = _TOP + rows * row + bottom
    figure = Figure(figsize=(PAGE_WIDTH, total))
    title = {"fontsize": TITLE_SIZE, "fontweight": "bold", "color": INK, "va": "baseline"}
    figure_text(figure, _MARGIN, 0.26, heading, **title)
    figure_text(figure, _MARGIN, 0.45, subtitle, fontsize=BODY_SIZE, color=MUTED, va="baseline")
    width = (PAGE_WIDTH - 2 * _MARGIN - _GAP * (columns - 1)) / columns
    axes = []
    for place, name in enumerate(names):
        line, column = divmod(place, columns)
        left, upper = _MARGIN + column * (width + _GAP), _TOP + line * row
        words = "\n".join(wrap(name, 72.0 * width, LABEL_SIZE - 0.5).split("\n")[:2])
        figure_text(
            figure,
            left,
            upper + _NAME - 0.03,
            words,
            fontsize=LABEL_SIZE - 0.5,
            color=INK,
            va="bottom",
            linespacing=1.1,
        )
        box = (left / PAGE_WIDTH, 1.0 - (upper + _NAME + height) / total, width / PAGE_WIDTH, height / total)
        ax = figure.add_axes(box)
        ax.set_yticks([])
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(axis="x", length=2, width=0.5, color=FAINT, labelsize=LABEL_SIZE - 1.0, pad=1.5)
        axes.append(ax)
    figure_text(
        figure, _MARGIN, total - 0.07, foot, fontsize=NOTE_SIZE, color=MUTED, va="bottom", linespacing=1.25
    )
    return figure, axes
