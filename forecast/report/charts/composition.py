"""What the record run's cost is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from forecast.report.charts.axes import column, log_axis, name_axis, year_axis
from forecast.report.numbers import PRICE_YEAR, interval, money, percent
from forecast.report.style import (
    BLUE,
    BODY_SIZE,
    FAINT,
    GREEN,
    INK,
    LABEL_SIZE,
    PAPER,
    PURPLE,
    VERMILLION,
    axes_points,
    spread,
    text_color,
)
from forecast.shapes import QUANTILES, Summary
from forecast.units import Array

PARTS = ("compute", "data", "labeling")
_COLORS: Mapping[str, str] = {"compute": BLUE, "data": GREEN, "labeling": VERMILLION, "other": PURPLE}
_MARKERS = ("o", "s", "D", "^")
_MEDIAN = QUANTILES.index(0.5)


def mean_shares(summary: Summary, parts: Sequence[str] = PARTS) -> Mapping[str, Array]:
    """The mean over the paths of each part's share of the training cost, by year.

    Means of shares add up to one; medians would not. What the parts leave is ``other``.
    """
    shares = {
        part: np.array(
            [row.mean for row in summary.rows if row.variable == f"{part}_share" and row.year is not None]
        )
        for part in parts
    }
    rest = 1.0 - np.sum(list(shares.values()), axis=0)
    if np.any(rest > 5e-4):
        shares["other"] = rest
    return shares


def composition(ax: Axes, summary: Summary, *, parts: Sequence[str] = PARTS) -> None:
    """Draw the mean share of each part in the training cost as one bar a year, with the shares as a table below.

    Leave 0.75 inches to the left of the axes for the parts' names, and below them 0.2 inches and 0.17 for each part.
    """
    years = summary.coordinates.years
    shares = mean_shares(summary, parts)
    year_axis(ax, years[0], years[-1])
    ax.set_ylim(0, 1)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0%", "25%", "50%", "75%", "100%"])
    ax.tick_params(axis="y", length=3, width=0.6, color=FAINT, labelsize=BODY_SIZE, labelcolor=INK)
    name_axis(ax, "mean share of the training cost")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    x = np.array([column(year) for year in years])
    bottom = np.zeros(len(years))
    for part, share in shares.items():
        ax.bar(
            x,
            share,
            0.66,
            bottom=bottom,
            color=_color(part),
            edgecolor=PAPER,
            linewidth=0.6,
            zorder=2,
            label=part,
        )
        bottom = bottom + share
    _table(ax, x, shares)


def composition_dollars(ax: Axes, summary: Summary, *, parts: Sequence[str] = PARTS) -> None:
    """Draw what each part of the training cost comes to in dollars: median and 90% interval by year.

    Leave 0.75 inches to the right of the axes for the parts' names.
    """
    years = summary.coordinates.years
    series = {part: summary.series(f"{part}_cost") for part in parts}
    positive = np.concatenate([values[values > 0.0] for values in series.values()])
    low, high = float(positive.min()) / 1.5, float(positive.max()) * 1.5
    year_axis(ax, years[0], years[-1])
    log_axis(ax, low, high, "USD")
    name_axis(ax, f"{PRICE_YEAR} USD, median and 90% interval, log axis", margin=45.0)
    step = 0.78 / len(series)
    for place, (part, values) in enumerate(series.items()):
        x = np.array([column(year) for year in years]) + step * (place - 0.5 * (len(series) - 1))
        bars = [
            [(at, max(row[0], low)), (at, max(row[-1], low))]
            for at, row in zip(x, values.tolist(), strict=True)
        ]
        ax.add_collection(LineCollection(bars, colors=_color(part), linewidths=1.6, zorder=2), autolim=False)
        ax.plot(
            x,
            values[:, _MEDIAN],
            linestyle="none",
            marker=_MARKERS[place % len(_MARKERS)],
            markersize=4.0,
            markerfacecolor=PAPER,
            markeredgecolor=_color(part),
            markeredgewidth=1.2,
            zorder=3,
        )
    height = axes_points(ax)[1]
    medians = {part: float(values[-1, _MEDIAN]) for part, values in series.items()}
    order = sorted(medians, key=lambda part: medians[part])
    ups = [height * float(np.log(max(medians[part], low) / low) / np.log(high / low)) for part in order]
    for part, y in zip(order, spread(ups, 2.7 * BODY_SIZE, BODY_SIZE, height - BODY_SIZE), strict=True):
        ax.annotate(
            f"{part}\n{money(medians[part])}",
            (1.0, y / height),
            xytext=(5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=BODY_SIZE,
            fontweight="bold",
            color=text_color(_color(part)),
            verticalalignment="center",
            parse_math=False,
        )


def alt_text_composition(summary: Summary, *, parts: Sequence[str] = PARTS) -> str:
    """What the composition charts show, in sentences with the numbers of the summary."""
    years = summary.coordinates.years
    shares = mean_shares(summary, parts)
    sentences = ["Bars of the parts of the record run's training cost, mean share over the paths."]
    sentences += [
        f"{year}: {', '.join(f'{part} {percent(float(share[place]))}' for part, share in shares.items())}."
        for place, year in enumerate(years)
    ]
    for part in parts:
        row = summary.series(f"{part}_cost")[-1].tolist()
        sentences.append(
            f"{part.capitalize()} in {years[-1]}: median {money(row[_MEDIAN])} "
            f"(90%: {interval(row[0], row[-1], 'USD')}, {PRICE_YEAR} USD)."
        )
    return " ".join(sentences)


def _color(part: str) -> str:
    return _COLORS.get(part, PURPLE)


def _table(ax: Axes, x: Array, shares: Mapping[str, Array]) -> None:
    """The shares in numbers under the bars, in the order of the bars; the names are the key to the colours."""
    width, height = axes_points(ax)
    for row, (part, share) in enumerate(reversed(list(shares.items()))):
        y = -(24.0 + 12.0 * row) / height
        ax.text(
            -6.0 / width,
            y,
            part,
            transform=ax.transAxes,
            fontsize=LABEL_SIZE,
            fontweight="bold",
            color=text_color(_color(part)),
            horizontalalignment="right",
            verticalalignment="center_baseline",
            parse_math=False,
        )
        ax.plot(
            [-0.5 / width],
            [y],
            transform=ax.transAxes,
            marker="s",
            markersize=4.0,
            color=_color(part),
            linestyle="none",
            clip_on=False,
        )
        for at, value in zip(x, share, strict=True):
            ax.text(
                at,
                y,
                percent(float(value)),
                transform=ax.get_xaxis_transform(),
                fontsize=LABEL_SIZE,
                color=INK,
                horizontalalignment="center",
                verticalalignment="center_baseline",
                parse_math=False,
            )
