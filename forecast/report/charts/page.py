"""A page of a comparison: title, what is compared, room for charts, how to read them, and what made the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.report.charts.sizes import PAGE, Size
from forecast.report.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    NOTE_SIZE,
    PURPLE,
    SCENARIO_COLORS,
    TITLE_SIZE,
    VERMILLION,
    figure_text,
    shorten,
    wrap,
)

MARGIN = 0.12
_TITLE_TOP = 0.26

# Beyond the four colours of the house: dark enough for 3:1 against white and apart from them.
_MORE = ("#7A5C00", "#5B5B5B", "#7B1E3A", "#2F4B7C")


def page(
    heading: str, line: str, note: str, provenance: str, *, height: float, size: Size = PAGE
) -> tuple[Figure, float, float]:
    """A figure with title, subtitle and footer.

    Args:
        heading: The title.
        line: The line below it.
        note: How to read the chart.
        provenance: Where the numbers come from.
        height: Height of the figure, on a narrow one without its texts [inch]; a slide has its own.
        size: Where it will stand.

    Returns:
        The figure and the room that its texts take at the top and at the bottom [inch].
    """
    width = 72.0 * (size.width - 2 * MARGIN)
    title_size = TITLE_SIZE - 1.5 if size.narrow else TITLE_SIZE
    # Bold letters are about a tenth wider than those that `wrap` measures.
    titles = wrap(heading, 0.88 * width, title_size).split("\n") if size.narrow else [heading]
    lines = wrap(line, width, 8.0).split("\n") if size.narrow else [line]
    footer = "\n".join(wrap(text, width, NOTE_SIZE) for text in (note, provenance) if text)
    top = _TITLE_TOP + 0.3 + 0.17 * (len(titles) - 1) + 0.14 * (len(lines) - 1)
    bottom = 0.15 + (footer.count("\n") + 1) * NOTE_SIZE * 1.3 / 72.0
    height = size.height or (height + top + bottom if size.narrow else height)
    figure = Figure(figsize=(size.width, height))
    for row, text in enumerate(titles):
        figure_text(
            figure,
            MARGIN,
            _TITLE_TOP + 0.17 * row,
            shorten(text, width, title_size, "bold"),
            fontsize=title_size,
            fontweight="bold",
            color=INK,
            va="baseline",
        )
    for row, text in enumerate(lines):
        figure_text(
            figure,
            MARGIN,
            _TITLE_TOP + 0.17 * (len(titles) - 1) + 0.19 + 0.14 * row,
            shorten(text, width, 8.0),
            fontsize=8.0,
            color=MUTED,
            va="baseline",
        )
    figure_text(
        figure,
        MARGIN,
        height - 0.08,
        footer,
        fontsize=NOTE_SIZE,
        color=MUTED,
        va="bottom",
        linespacing=1.25,
    )
    return figure, top, bottom


def place(figure: Figure, *, left: float, right: float, top: float, bottom: float) -> Axes:
    """Axes at distances in inches from the figure's edges."""
    width, height = figure.get_size_inches()
    return figure.add_axes(
        (left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height)
    )


def distinct_colors(scenarios: Sequence[str]) -> tuple[str, ...]:
    """A colour for each of some scenarios: its own where it has one, and never the same for two of the first eight."""
    taken = [SCENARIO_COLORS[name] for name in dict.fromkeys(scenarios) if name in SCENARIO_COLORS]
    free = [color for color in (BLUE, VERMILLION, GREEN, PURPLE, *_MORE) if color not in taken]
    found: list[str] = []
    for name in scenarios:
        own = SCENARIO_COLORS.get(name)
        if own is not None and own not in found:
            found.append(own)
        else:
            found.append(free.pop(0) if free else INK)
    return tuple(found)
