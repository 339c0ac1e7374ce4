"""Where the spread comes from: what each input contributes, alone and together with the others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from forecast.report.charts.wording import phrase, title
from forecast.report.numbers import margin, percent, quantity
from forecast.report.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    LABEL_SIZE,
    MUTED,
    PAPER,
    PURPLE,
    RULE,
    VERMILLION,
    axes_points,
    plain,
    printable,
    shorten,
)
from forecast.sensitivity import SOURCES, Answer, Influence, Knowing, Sensitivity

MOST = 25
NAME_WIDTH = 136.0
# Dark enough for 3:1 against white, and apart in lightness too.
COLORS: Mapping[str, str] = {
    "fitted": BLUE,
    "assumed": GREEN,
    "lab": PURPLE,
    "source": "#7A5C00",
    "tier": "#7B1E3A",
    "chance": "#737373",
    "event": VERMILLION,
}
_BAR = 0.62


def largest(found: Sensitivity, most: int = MOST) -> tuple[tuple[Influence, ...], float, int]:
    """The inputs that contribute most, the sum of the contributions of all others, and how many these are."""
    shown = found.influences if len(found.influences) <= most else found.influences[: most - 1]
    rest = found.influences[len(shown) :]
    return shown, sum(each.shapley.value for each in rest), len(rest)


def shares(ax: Axes, found: Sensitivity, *, most: int = MOST) -> None:
    """Draw each input's part of the variance as a bar with its 90% interval; rings: alone; ticks: if all else is known.

    The last row holds all other inputs together, so that the rows add up to the whole. Leave 2 inches to the left of
    the axes for names and 0.75 to the right for numbers.

    Args:
        ax: Any matplotlib axes, already in their place.
        found: The analysis.
        most: How many rows are drawn at most.
    """
    shown, rest, others = largest(found, most)
    rows = len(shown) + bool(others)
    reach = max([0.05, rest, *(max(each.shapley.high, each.first.value, each.total.value) for each in shown)])
    floor = min([0.0, *(max(each.shapley.low, -0.1 * reach) for each in shown)])
    ax.set_xlim(floor, 1.04 * reach)
    ax.set_ylim(rows - 0.4, -0.6)
    for row, each in enumerate(shown):
        color = COLORS[each.group.source]
        _bar(ax, row, max(each.shapley.value, 0.0), (each.shapley.low, each.shapley.high), color)
        ax.plot(
            [max(each.first.value, 0.0)],
            [row],
            marker="o",
            markersize=4.2,
            markerfacecolor=PAPER,
            markeredgecolor=INK,
            markeredgewidth=0.9,
            zorder=4,
            linestyle="none",
        )
        ax.plot([each.total.value] * 2, [row - 0.34, row + 0.34], color=INK, linewidth=1.1, zorder=3.5)
        _number(ax, row, f"{percent(max(each.shapley.value, 0.0))} {margin(each.shapley.error)}")
    if others:
        _bar(ax, rows - 1, max(rest, 0.0), None, RULE)
        _number(ax, rows - 1, percent(max(rest, 0.0)))
    names = [each.group.label for each in shown] + ([f"{others} other inputs"] if others else [])
    _axis(ax, names, reach)
    _legend(ax, [each.group.source for each in shown])


def knowing(ax: Axes, answer: Answer, *, most: int = 12, legend: Sequence[str] = ()) -> None:
    """Draw what knowing each input exactly would be worth for one question, the most valuable on top.

    Bars: the expected fall of the Brier score as a share of what it is now, with the 90% interval. Beside them: by
    how many percentage points the probability would move. Leave the same room as for `shares`.

    Args:
        ax: Any matplotlib axes, already in their place.
        answer: The question and what is worth knowing.
        most: How many inputs are drawn at most.
        legend: The kinds of inputs that a legend explains; none for no legend.
    """
    shown = valuable(answer, most)
    reach = max([0.02, *(each.value.high for each in shown)])
    ax.set_xlim(0.0, 1.04 * reach)
    ax.set_ylim(max(len(shown), 1) - 0.4, -0.6)
    for row, each in enumerate(shown):
        ends = (each.value.low, each.value.high)
        _bar(ax, row, max(each.value.value, 0.0), ends, COLORS[each.group.source])
        points = f"{100.0 * each.movement:.0f}"
        _number(
            ax,
            row,
            f"±{points} point{'' if points == '1' else 's'}" if each.movement >= 0.005 else "<1 point",
        )
    _axis(ax, [each.group.label for each in shown], reach)
    if legend:
        _legend(ax, legend)


def asked(answer: Answer, names: Mapping[str, str]) -> str:
    """The question in words; ``names`` says what each lab is called, by its id."""
    question = answer.question
    if question.lab:
        return f"{names.get(question.lab, question.lab)} can pay for the record run of {question.year}"
    signs = {">=": "at least", ">": "above", "<=": "at most", "<": "below"}
    when = "by" if question.reached else "in"
    amount = f"{signs[question.sign]} {quantity(question.threshold, question.unit)}"
    return f"{title(question.variable)} {amount} {when} {question.year}"


def valuable(answer: Answer, most: int) -> tuple[Knowing, ...]:
    """The inputs that are worth knowing, those first whose value stands out from its error."""
    return tuple(each for each in answer.knowing if each.value.low > 0.0)[:most]


def alt_text_shares(found: Sensitivity, *, most: int = MOST) -> str:
    """What the chart of shares shows, in sentences."""
    shown, rest, others = largest(found, most)
    target = found.target
    scale = "the logarithm of " if target.log else ""
    sentences = [
        f"What contributes to the variance of {scale}{phrase(target.variable)} in {target.year}; parts add up to 100%."
    ]
    sentences += [
        f"{printable(each.group.label)} ({SOURCES[each.group.source]}): {percent(max(each.shapley.value, 0.0))}, alone "
        f"{percent(max(each.first.value, 0.0))}."
        for each in shown
    ]
    return " ".join(
        [*sentences, f"{others} other inputs: {percent(max(rest, 0.0))}."] if others else sentences
    )


def alt_text_knowing(answers: Sequence[Answer], names: Mapping[str, str], *, most: int = 12) -> str:
    """What the chart of the value of knowing shows, in sentences."""
    sentences = []
    for answer in answers:
        sentences.append(f"Question: {printable(asked(answer, names))}; now {percent(answer.probability)}.")
        sentences += [
            f"Knowing {printable(each.group.label)} would lower the expected Brier score by "
            f"{percent(max(each.value.value, 0.0))} and move the "
            f"probability by {100.0 * each.movement:.1f} percentage points."
            for each in valuable(answer, most)
        ]
    return " ".join(sentences)


def _bar(ax: Axes, row: int, value: float, ends: tuple[float, float] | None, color: str) -> None:
    ax.barh(row, value, height=_BAR, color=color, linewidth=0, zorder=2)
    if ends is not None:
        low, high = max(ends[0], ax.get_xlim()[0]), ends[1]
        ax.plot([low, high], [row, row], color=INK, linewidth=0.9, zorder=3, solid_capstyle="butt")


def _number(ax: Axes, row: int, text: str) -> None:
    ax.annotate(
        text,
        (1.0, row),
        xycoords=ax.get_yaxis_transform(),
        xytext=(4, 0),
        textcoords="offset points",
        ha="left",
        va="center_baseline",
        fontsize=LABEL_SIZE,
        color=INK,
        annotation_clip=False,
        parse_math=False,
    )


def _axis(ax: Axes, names: Sequence[str], reach: float) -> None:
    step = next(size for size in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if reach / size <= 6 or size == 0.5)
    ticks = [number * step for number in range(math.floor(1.04 * reach / step + 1e-9) + 1)]
    ax.set_yticks(range(len(names)), [shorten(name, NAME_WIDTH, LABEL_SIZE) for name in names])
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FixedFormatter([percent(tick) for tick in ticks]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", length=3, width=0.6, color=FAINT, labelsize=LABEL_SIZE, labelcolor=INK)
    ax.tick_params(axis="y", length=0, labelsize=LABEL_SIZE, labelcolor=INK, pad=3)
    ax.grid(visible=True, axis="x", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    for side in ("left", "right", "bottom"):
        ax.spines[side].set_visible(False)
    ax.axvline(0.0, color=MUTED, linewidth=0.6, zorder=2.5)
    plain([*ax.get_xticklabels(), *ax.get_yticklabels()])


LEGEND_COLUMNS = 3


def legend_room(sources: Iterable[str]) -> float:
    """The room that the legend of some kinds of inputs takes below the axes [inch]."""
    return 0.06 + 0.15 * math.ceil(len(set(sources)) / LEGEND_COLUMNS)


def _legend(ax: Axes, present: Sequence[str]) -> None:
    patches = [Patch(color=COLORS[source], label=SOURCES[source]) for source in SOURCES if source in present]
    # Below the axes: any place inside may hold a long bar.
    legend = ax.legend(
        handles=patches,
        loc="upper right",
        bbox_to_anchor=(1.0, -1.0 / axes_points(ax)[1]),
        ncols=LEGEND_COLUMNS,
        fontsize=LABEL_SIZE,
        frameon=False,
        borderpad=0.3,
        columnspacing=1.4,
        handlelength=1.0,
        handleheight=0.9,
        labelcolor=INK,
    )
    legend.set_zorder(5)
    plain(legend.get_texts())
