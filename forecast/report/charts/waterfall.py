"""The waterfall: from one scenario's value to another's, one step for each group of assumptions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from forecast.attribution import Attribution, Part
from forecast.report.charts.axes import log_ticks
from forecast.report.charts.wording import phrase
from forecast.report.comparison_words import contribution, idle, level, span, steps
from forecast.report.numbers import MINUS, short
from forecast.report.style import (
    BODY_SIZE,
    FAINT,
    INK,
    LABEL_SIZE,
    MUTED,
    PAPER,
    RULE,
    axes_points,
    plain,
    printable,
    shorten,
)

# Units whose round numbers are short in words.
_WRITTEN_SHORT = ("USD", "USD/yr", "share", "probability", "yes/no")
# Neither is the colour of a scenario.
_UP, _DOWN = "#2F4B7C", "#B8860B"


def waterfall(ax: Axes, attribution: Attribution, *, names: Sequence[str], colors: Sequence[str]) -> None:
    """Draw the first scenario's value, a step for each group of assumptions, and the second scenario's value.

    Each step starts where the one above ended; the thin line spans what the group contributes over all orders in
    which the groups can be switched. Leave 1.5 inches to the left of the axes for names and 1.75 to the right for
    numbers.

    Args:
        ax: Any matplotlib axes, already in their place.
        attribution: The difference and its parts.
        names: What the two scenarios are called.
        colors: Their colours.
    """
    parts = steps(attribution)
    rows = len(parts) + 2
    ends = [attribution.first]
    for part in parts:
        ends.append(ends[-1] + part.value)
    reach = [attribution.first, attribution.second]
    for start, part in zip(ends, parts, strict=False):
        reach += [start + part.low, start + part.high]
    low, high = min(reach), max(reach)
    pad = 0.06 * (high - low) or 0.5
    low, high = low - pad, high + pad
    if not attribution.log and low < 0.0 <= min(reach):
        low = 0.0
    ax.set_xlim(low, high)
    ax.set_ylim(rows - 0.45, -0.95)
    _axis(ax, low, high, attribution)
    _total(ax, 0, attribution.first, low, colors[0])
    for row, (start, part) in enumerate(zip(ends, parts, strict=False), start=1):
        ax.barh(
            row,
            part.value,
            0.56,
            left=start,
            color=_DOWN if part.value < 0.0 else _UP,
            edgecolor=PAPER,
            linewidth=0.5,
            zorder=3,
        )
        ax.plot([start + part.low, start + part.high], [row, row], color=INK, linewidth=0.8, zorder=4)
        ax.plot(
            [start + part.low, start + part.high],
            [row, row],
            linestyle="none",
            marker="|",
            markersize=5,
            color=INK,
            markeredgewidth=0.8,
            zorder=4,
        )
    _total(ax, rows - 1, attribution.second, low, colors[1])
    # Each step hangs on the end of the one above.
    ax.add_collection(
        LineCollection(
            [[(end, row), (end, row + 1)] for row, end in enumerate(ends)],
            colors=FAINT,
            linewidths=0.6,
            zorder=2,
        ),
        autolim=False,
    )
    _words(ax, attribution, parts, names)


def alt_text_waterfall(attribution: Attribution, *, names: Sequence[str]) -> str:
    """What the waterfall shows, in sentences with the numbers of the attribution."""
    one, other = (printable(name) for name in names)
    ends = f"{level(attribution.first, attribution)} in {one}, {level(attribution.second, attribution)} in {other}"
    sentences = [f"Waterfall of {measure(attribution)}: {ends}."]
    sentences += [
        f"{part.group.capitalize()}: {contribution(part.value, attribution)} "
        f"({span(part, attribution)} over all orders)."
        for part in steps(attribution)
    ]
    if without := idle(attribution):
        sentences.append(f"No part: {', '.join(without)}.")
    return " ".join(sentences)


def measure(attribution: Attribution) -> str:
    """The value that is divided, in words that a reader knows."""
    what = phrase(attribution.target.variable)
    if attribution.target.member:
        what = f"{what} ({attribution.target.member})"
    statistic = attribution.target.statistic
    if statistic == "mean" and attribution.log:
        statistic = "geometric mean"
    elif statistic.startswith("p"):
        statistic = f"{statistic[1:]}% quantile"
    return f"{statistic} of {what} in {attribution.year}"


def _total(ax: Axes, row: int, value: float, low: float, color: str) -> None:
    """A dot at the end of a line: the length of a bar would mean nothing where the axis does not start at zero."""
    ax.plot([low, value], [row, row], color=color, linewidth=1.2, zorder=2.5)
    ax.plot(
        value,
        row,
        marker="o",
        markersize=8,
        color=color,
        markeredgecolor=PAPER,
        markeredgewidth=0.6,
        zorder=4,
    )


def _axis(ax: Axes, low: float, high: float, attribution: Attribution) -> None:
    width, _ = axes_points(ax)
    if attribution.log:
        ticks, _ = log_ticks(math.exp(low), math.exp(high), width / 40.0)
        if len(ticks) < 3:
            between = MaxNLocator(5).tick_values(math.exp(low), math.exp(high))
            ticks = [float(tick) for tick in between if math.exp(low) <= tick <= math.exp(high)]
        places, texts = [math.log(tick) for tick in ticks], [short(tick, attribution.unit) for tick in ticks]
    else:
        places = [tick for tick in MaxNLocator(5).tick_values(low, high) if low <= tick <= high]
        texts = [_tick(place, attribution.unit) for place in places]
    ax.xaxis.set_major_locator(FixedLocator(places))
    ax.xaxis.set_major_formatter(FixedFormatter(texts))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.tick_params(axis="x", length=3, width=0.6, color=FAINT, labelsize=LABEL_SIZE, labelcolor=INK)
    ax.grid(visible=True, axis="x", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def _tick(value: float, unit: str) -> str:
    """A value at a tick of a linear axis, with all the digits that it has."""
    if unit in _WRITTEN_SHORT:
        return short(value, unit)
    return f"{value:.6g}".replace("-", MINUS)


def _words(ax: Axes, attribution: Attribution, parts: Sequence[Part], names: Sequence[str]) -> None:
    width, _ = axes_points(ax)
    labels = [names[0], *(part.group for part in parts), names[1]]
    ax.set_yticks(range(len(labels)), [shorten(label, 98.0, BODY_SIZE) for label in labels])
    ax.tick_params(axis="y", length=0, labelsize=BODY_SIZE, labelcolor=INK, pad=4)
    plain(ax.get_yticklabels())
    values = [level(attribution.first, attribution)]
    values += [contribution(part.value, attribution) for part in parts]
    values += [level(attribution.second, attribution)]
    ranges = [
        "",
        *(span(part, attribution) for part in parts),
    ]
    for row, value in enumerate(values):
        bold = row in (0, len(values) - 1)
        _number(ax, 1.0 + 44.0 / width, row, value, INK, bold=bold)
    for row, text in enumerate(ranges):
        _number(ax, 1.0 + 122.0 / width, row, text, MUTED, bold=False)
    _number(ax, 1.0 + 44.0 / width, -0.85, "part", MUTED, bold=False)
    _number(ax, 1.0 + 122.0 / width, -0.85, "over all orders", MUTED, bold=False)


def _number(ax: Axes, across: float, row: float, text: str, color: str, *, bold: bool) -> None:
    if text:
        ax.text(
            across,
            row,
            text,
            transform=ax.get_yaxis_transform(),
            horizontalalignment="right",
            verticalalignment="center_baseline",
            fontsize=LABEL_SIZE,
            fontweight="bold" if bold else "normal",
            color=color,
            parse_math=False,
        )
