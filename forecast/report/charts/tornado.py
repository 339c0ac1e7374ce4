"""The tornado: how far one input at a time moves the target from its 5% to its 95% quantile."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from forecast.report.charts.wording import axis_label, phrase
from forecast.report.numbers import quantity, short
from forecast.report.style import (
    BLUE,
    FAINT,
    INK,
    LABEL_SIZE,
    MUTED,
    NOTE_SIZE,
    RULE,
    VERMILLION,
    axes_points,
    plain,
    printable,
    shorten,
    text_color,
    text_size,
)
from forecast.sensitivity import Influence, Sensitivity, Swing

MOST = 30
NAME_WIDTH = 136.0
_BAR = 0.62


def widest(found: Sensitivity, most: int = MOST) -> tuple[Influence, ...]:
    """The inputs with the widest swings, the widest first; those that move nothing are left out."""

    def width(each: Influence) -> float:
        swing = each.swing
        assert swing is not None  # noqa: S101 - filtered below
        if found.target.log:
            return abs(math.log(swing.high_median / swing.low_median))
        return abs(swing.high_median - swing.low_median)

    moving = [each for each in found.influences if each.swing is not None and width(each) > 0.0]
    return tuple(sorted(moving, key=lambda each: (-width(each), each.group.name))[:most])


def ends(each: Influence) -> tuple[str, str]:
    """What the input is at its low and at its high end, in words."""
    swing = each.swing
    if each.group.source == "event":
        return "does not happen", "happens"
    if swing is None or swing.low_input is None or swing.high_input is None or each.group.source == "chance":
        return "", ""
    unit = each.group.unit
    return _input(swing.low_input, unit), _input(swing.high_input, unit)


def _input(value: float, unit: str) -> str:
    # A rate of a hair below nothing would read as a fall of 0%.
    return quantity(0.0 if unit == "1/yr" and abs(value) < 0.005 else value, unit)


def tornado(ax: Axes, found: Sensitivity, *, most: int = MOST) -> None:
    """Draw a bar for each input from the target at the input's 5% quantile to that at its 95% quantile.

    Beside each end stands what the input is there. Leave 2 inches to the left of the axes for names and a quarter
    of an inch to the right.

    Args:
        ax: Any matplotlib axes, already in their place.
        found: The analysis.
        most: How many inputs are drawn at most.
    """
    shown = widest(found, most)
    middle = found.quantiles[1]
    values = [middle, *(value for each in shown for value in _medians(each))]
    low, high = _limits(ax, found, shown, min(values), max(values))
    ax.set_xlim(low, high)
    if found.target.log:
        ax.set_xscale("log")
        ticks = _log_ticks(low, high)
    else:
        ticks = [tick for tick in MaxNLocator(6).tick_values(low, high) if low <= tick <= high]
    ax.set_ylim(len(shown) - 0.4, -0.6)
    for row, each in enumerate(shown):
        bottom, top = _medians(each)
        for value, color in ((bottom, BLUE), (top, VERMILLION)):
            # Where both ends lie on one side the shorter bar is drawn over the longer.
            longer = abs(value - middle) >= abs((top if value == bottom else bottom) - middle)
            ax.barh(
                row,
                value - middle,
                left=middle,
                height=_BAR if longer or (bottom - middle) * (top - middle) < 0 else 0.5 * _BAR,
                color=color,
                linewidth=0,
                zorder=2.0 if longer else 2.5,
            )
        _end_texts(ax, row, each, middle)
    ax.axvline(middle, color=INK, linewidth=0.8, zorder=3.0)
    ax.set_yticks(range(len(shown)), [shorten(each.group.label, NAME_WIDTH, LABEL_SIZE) for each in shown])
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FixedFormatter([short(tick, found.target.unit) for tick in ticks]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_xlabel(
        f"median in {found.target.year}, {axis_label(found.target.variable, found.target.unit, log=found.target.log)}",
        fontsize=LABEL_SIZE,
        color=MUTED,
        parse_math=False,
    )
    ax.tick_params(axis="x", length=3, width=0.6, color=FAINT, labelsize=LABEL_SIZE, labelcolor=INK)
    ax.tick_params(axis="y", length=0, labelsize=LABEL_SIZE, labelcolor=INK, pad=3)
    ax.grid(visible=True, axis="x", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    for side in ("left", "right", "bottom"):
        ax.spines[side].set_visible(False)
    plain([*ax.get_xticklabels(), *ax.get_yticklabels()])


def alt_text_tornado(found: Sensitivity, *, most: int = MOST) -> str:
    """What the tornado shows, in sentences."""
    target = found.target
    opening = (
        f"Tornado of {phrase(target.variable)} in {target.year}: the median is "
        f"{quantity(found.quantiles[1], target.unit)}; each input is moved from its 5% to its 95% quantile, all else "
        "drawn."
    )
    sentences = [opening]
    for each in widest(found, most):
        bottom, top = _medians(each)
        sentences.append(
            f"{printable(each.group.label)}: {quantity(bottom, target.unit)} to {quantity(top, target.unit)}."
        )
    return " ".join(sentences)


def _medians(each: Influence) -> tuple[float, float]:
    swing: Swing | None = each.swing
    return (math.nan, math.nan) if swing is None else (swing.low_median, swing.high_median)


def _limits(
    ax: Axes, found: Sensitivity, shown: tuple[Influence, ...], low: float, high: float
) -> tuple[float, float]:
    """Limits that leave room for the words at both ends of every bar."""
    width = axes_points(ax)[0]
    to = math.log if found.target.log else float
    back = math.exp if found.target.log else float
    bottom, top = to(low), to(high)
    if bottom == top:
        bottom, top = bottom - 0.5, top + 0.5
    for _ in range(20):
        scale = (top - bottom) / width
        need_low, need_high = bottom, top
        for each in shown:
            texts, (first, second) = ends(each), _medians(each)
            left, right = (texts[0], texts[1]) if first <= second else (texts[1], texts[0])
            need_low = min(need_low, to(min(first, second)) - scale * (text_size(left, NOTE_SIZE)[0] + 5.0))
            need_high = max(
                need_high, to(max(first, second)) + scale * (text_size(right, NOTE_SIZE)[0] + 5.0)
            )
        if need_low >= bottom - 1e-9 and need_high <= top + 1e-9:
            break
        bottom, top = need_low, need_high
    return back(bottom), back(top)


def _log_ticks(low: float, high: float) -> list[float]:
    """From three to nine round numbers between low and high, evenly chosen within each decade."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for factors in (
        (1,),
        (1, 3),
        (1, 2, 5),
        (1, 1.5, 2, 3, 5, 7),
        (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 7, 8, 9),
    ):
        ticks = [factor * 10.0**power for power in decades for factor in factors]
        found = [tick for tick in ticks if low <= tick <= high]
        if len(found) >= 4:
            break
    return found


def _end_texts(ax: Axes, row: int, each: Influence, middle: float) -> None:
    first, second = _medians(each)
    low_text, high_text = ends(each)
    # Where both ends lie on one side of the median, the words go to the outer sides of the pair all the same.
    for value, text, color, left in (
        (first, low_text, BLUE, first <= second),
        (second, high_text, VERMILLION, second < first),
    ):
        place = min(value, middle) if left else max(value, middle)
        ax.annotate(
            text,
            (place, row),
            xytext=(-3 if left else 3, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center_baseline",
            fontsize=NOTE_SIZE,
            color=text_color(color),
            parse_math=False,
        )
