"""How good old forecasts were: where outcomes fell within them, how often intervals held, and scores by method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator

from forecast.report.style import (
    BLUE,
    BODY_SIZE,
    FAINT,
    GREEN,
    INK,
    LABEL_SIZE,
    MUTED,
    NOTE_SIZE,
    PAGE_WIDTH,
    PURPLE,
    RULE,
    TITLE_SIZE,
    VERMILLION,
    figure_text,
    spread,
    text_color,
    wrap,
)
from forecast.scoring import COVERAGES, Score

COLORS: Mapping[str, str] = {
    "forecast": BLUE,
    "scenario": GREEN,
    "ols_top10": VERMILLION,
    "random_walk": PURPLE,
    "last_value": FAINT,
}
NAMES: Mapping[str, str] = {
    "forecast": "this fit",
    "scenario": "the scenario",
    "ols_top10": "line of top ten",
    "random_walk": "random walk",
    "last_value": "last value",
}
TARGET_NAMES: Mapping[str, str] = {
    "record_cost": "Record cost",
    "record_compute": "Record compute",
    "price_performance": "Price-performance",
}
_READING = (
    "Left: number of outcomes in each fifth of the forecast; dashed: a calibrated forecast. Middle: share of outcomes "
    "inside the central 50, 80 and 90% intervals (light to dark), by years ahead; black ticks: what they claim. Right: "
    "mean continuous ranked probability score by years ahead, lower is better."
)
_BINS = 5
_ROW = 1.72
_TOP = 0.78
_COLUMNS = ((0.4, 1.75), (2.75, 1.6), (5.0, 1.25))


def calibration_figure(scores: Sequence[Score], *, method: str = "forecast", note: str = "") -> Figure:
    """Three charts for each target: the place of outcomes within forecasts, coverage by lead, and CRPS by method.

    Args:
        scores: Every forecast of every method.
        method: Whose calibration is shown.
        note: Words for the foot of the figure, behind those that say how to read it.
    """
    targets = [name for name in TARGET_NAMES if any(row.target == name for row in scores)]
    foot = wrap(f"{_READING} {note}".rstrip(), 72.0 * (PAGE_WIDTH - 0.24), NOTE_SIZE)
    bottom = 0.1 + (foot.count("\n") + 1) * NOTE_SIZE * 1.3 / 72.0
    height = _TOP + _ROW * len(targets) + bottom
    figure = Figure(figsize=(PAGE_WIDTH, height))
    heading = {"fontsize": TITLE_SIZE, "fontweight": "bold", "color": INK, "va": "baseline"}
    figure_text(figure, 0.12, 0.26, "Forecasts from old dates, beside what came out", **heading)
    origins = [row.origin for row in scores]
    leads = sorted({row.lead for row in scores})
    span = f"origins: ends of {min(origins)} to {max(origins)}, {leads[0]} to {leads[-1]} years ahead"
    figure_text(figure, 0.12, 0.45, span, fontsize=BODY_SIZE, color=MUTED, va="baseline")
    titles = ("Outcomes by fifths of the forecast", "Outcomes inside intervals", "CRPS, orders of magnitude")
    for row, target in enumerate(targets):
        upper = _TOP + _ROW * row
        words = {"fontsize": BODY_SIZE, "fontweight": "bold", "color": INK, "va": "baseline"}
        figure_text(figure, 0.12, upper, TARGET_NAMES[target], **words)
        chosen = [score for score in scores if score.target == target]
        ours = [score for score in chosen if score.method == method]
        axes = []
        for title, (left, width) in zip(titles, _COLUMNS, strict=True):
            figure_text(
                figure, left - 0.28, upper + 0.2, title, fontsize=LABEL_SIZE, color=MUTED, va="baseline"
            )
            box = (left / PAGE_WIDTH, 1.0 - (upper + 1.32) / height, width / PAGE_WIDTH, 1.0 / height)
            axes.append(figure.add_axes(box))
            _plain_axes(axes[-1])
        pit_histogram(axes[0], ours, color=COLORS[method])
        coverage_by_lead(axes[1], ours, color=COLORS[method])
        crps_by_lead(axes[2], chosen)
    figure_text(
        figure, 0.12, height - 0.08, foot, fontsize=NOTE_SIZE, color=MUTED, va="bottom", linespacing=1.25
    )
    return figure


def pit_histogram(ax: Axes, scores: Sequence[Score], *, color: str = BLUE) -> None:
    """How often the outcome fell into each fifth of the forecast; level bars are the mark of a calibrated forecast.

    Args:
        ax: The axes.
        scores: Forecasts of one method on one target.
        color: Of the bars.
    """
    counts, _ = np.histogram([row.pit for row in scores], bins=_BINS, range=(0.0, 1.0))
    edges = np.arange(_BINS) / _BINS
    ax.bar(edges + 0.5 / _BINS, counts, width=0.94 / _BINS, color=color, linewidth=0.0)
    level = len(scores) / _BINS
    ax.axhline(level, color=INK, linewidth=0.7, linestyle=(0, (3, 2)))
    ax.text(1.02, level, "even", fontsize=LABEL_SIZE - 1, color=MUTED, va="center", ha="left")
    ax.set_xlim(0.0, 1.0)
    top = max(*counts.tolist(), round(level) + 1) * 1.12
    ax.set_ylim(0.0, top)
    ax.xaxis.set_major_locator(FixedLocator([0.0, 0.2, 0.4, 0.6, 0.8, 1.0]))
    ax.xaxis.set_major_formatter(FixedFormatter(["0", "20", "40", "60", "80", "100%"]))
    step = 5 if top > 8 else 2
    ticks = list(range(0, int(top) + 1, step))
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_formatter(FixedFormatter([str(tick) for tick in ticks]))


def coverage_by_lead(ax: Axes, scores: Sequence[Score], *, color: str = BLUE) -> None:
    """The share of outcomes inside the central 50, 80 and 90% intervals, by years ahead.

    Args:
        ax: The axes.
        scores: Forecasts of one method on one target.
        color: Of the marks.
    """
    leads = sorted({row.lead for row in scores})
    width = 0.24
    for place, percent in enumerate(COVERAGES):
        shares = [
            float(np.mean([getattr(row, f"covered_{percent}") for row in scores if row.lead == lead]))
            for lead in leads
        ]
        positions = np.array(leads) + (place - 1) * (width + 0.02)
        strength = (0.45, 0.7, 1.0)[place]
        ax.bar(positions, shares, width=width, color=color, alpha=strength, linewidth=0.0)
        for position in positions:
            ax.plot(
                [position - width / 2, position + width / 2],
                [percent / 100.0] * 2,
                color=INK,
                linewidth=1.0,
                solid_capstyle="butt",
            )
    ax.set_xlim(min(leads) - 0.5, max(leads) + 0.5)
    ax.set_ylim(0.0, 1.05)
    _lead_axis(ax, leads)
    ax.yaxis.set_major_locator(FixedLocator([0.0, 0.5, 1.0]))
    ax.yaxis.set_major_formatter(FixedFormatter(["0", "50", "100%"]))


def crps_by_lead(ax: Axes, scores: Sequence[Score]) -> None:
    """Mean CRPS by years ahead, a line for each method with its name at its end.

    Args:
        ax: The axes.
        scores: Forecasts of all methods on one target.
    """
    leads = sorted({row.lead for row in scores})
    methods = [name for name in COLORS if any(row.method == name for row in scores)]
    ends = []
    top = 0.0
    for name in methods:
        means = [
            float(np.mean([row.crps for row in scores if row.lead == lead and row.method == name]))
            for lead in leads
        ]
        ours = name in {"forecast", "scenario"}
        ax.plot(leads, means, color=COLORS[name], linewidth=1.6 if ours else 1.0, marker="o", markersize=2.2)
        ends.append((means[-1], name))
        top = max(top, *means)
    ax.set_xlim(min(leads) - 0.15, max(leads) + 0.15)
    ax.set_ylim(0.0, 1.08 * top)
    ends.sort()
    places = spread([value for value, _ in ends], 0.145 * 1.08 * top, 0.0, 1.08 * top)
    for (value, name), place in zip(ends, places, strict=True):
        ax.annotate(
            NAMES[name],
            (max(leads), value),
            xytext=(max(leads) + 0.45, place),
            fontsize=LABEL_SIZE - 0.5,
            color=text_color(COLORS[name]),
            va="center",
            ha="left",
            annotation_clip=False,
            fontweight="bold" if name in {"forecast", "scenario"} else "normal",
        )
    _lead_axis(ax, leads)
    step = next(size for size in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if 1.08 * top / size <= 5.0)
    ticks = [step * number for number in range(int(1.08 * top / step) + 1)]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in np.round(ticks, 6)]))
    ax.grid(visible=True, axis="y", color=RULE, linewidth=0.5)


def alt_text_calibration(scores: Sequence[Score], *, method: str = "forecast") -> str:
    """What the figure shows, in words."""
    sentences = ["Scores of forecasts from old dates."]
    for target, name in TARGET_NAMES.items():
        ours = [row for row in scores if row.target == target and row.method == method]
        if not ours:
            continue
        means = [
            f"{NAMES.get(other, other)} {_mean_crps(scores, target, other):.2f}"
            for other in dict.fromkeys(row.method for row in scores if row.target == target)
        ]
        covered = ", ".join(
            f"{percent}%: {100 * np.mean([getattr(row, f'covered_{percent}') for row in ours]):.0f}%"
            for percent in COVERAGES
        )
        sentences.append(
            f"{name}, {len(ours)} forecasts: mean CRPS in orders of magnitude {'; '.join(means)}. Outcomes inside the "
            f"intervals of {NAMES.get(method, method)}: {covered}."
        )
    return " ".join(sentences)


def _mean_crps(scores: Sequence[Score], target: str, method: str) -> float:
    return float(np.mean([row.crps for row in scores if (row.target, row.method) == (target, method)]))


def _plain_axes(ax: Axes) -> None:
    ax.tick_params(axis="both", length=2, width=0.5, color=FAINT, labelsize=LABEL_SIZE - 0.5, pad=2)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.set_axisbelow(True)


def _lead_axis(ax: Axes, leads: Sequence[int]) -> None:
    ax.xaxis.set_major_locator(FixedLocator(list(leads)))
    labels = [str(lead) for lead in leads]
    labels[0] = f"{labels[0]} yr"
    ax.xaxis.set_major_formatter(FixedFormatter(labels))
