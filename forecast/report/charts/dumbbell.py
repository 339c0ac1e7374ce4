"""Dumbbells: how far the medians of scenarios lie apart in one year, in units of the first scenario's median."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from forecast.report.charts.axes import log_ticks
from forecast.report.charts.overlay import series_over
from forecast.report.charts.wording import phrase, title
from forecast.report.numbers import quantity, short, times
from forecast.report.style import (
    BODY_SIZE,
    FAINT,
    INK,
    LABEL_SIZE,
    MUTED,
    PAPER,
    RULE,
    axes_points,
    mix,
    plain,
    printable,
    shorten,
    text_color,
)
from forecast.shapes import QUANTILES, Summary

_MEDIAN = QUANTILES.index(0.5)
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def column_width(scenarios: int) -> float:
    """Room that each scenario's column of values takes at the right of the axes [inch]."""
    return 0.62 if scenarios > 3 else 0.85


def shown(summaries: Sequence[Summary], variables: Sequence[str], year: int) -> tuple[str, ...]:
    """The variables that can stand on a scale of ratios: every scenario has them, and all values are positive."""
    return tuple(
        name
        for name in variables
        if all(
            any(row.variable == name and row.year == year for row in summary.rows) for summary in summaries
        )
        and all(series_over(summary, name, [year]).min() > 0.0 for summary in summaries)
    )


def dumbbells(
    ax: Axes,
    summaries: Sequence[Summary],
    variables: Sequence[str],
    *,
    names: Sequence[str],
    colors: Sequence[str],
    year: int,
) -> None:
    """Draw the median and the 90% interval of each scenario in one year as factors of the first scenario's median.

    Leave 2.2 inches to the left of the axes for names and `column_width` for each scenario to the right.

    Args:
        ax: Any matplotlib axes, already in their place.
        summaries: The scenarios, the one that is compared with first.
        variables: What is shown, from the top; see `shown`.
        names: What each scenario is called.
        colors: The colour of each scenario.
        year: The year.
    """
    table = np.array([[series_over(summary, name, [year])[0] for summary in summaries] for name in variables])
    factors = table / table[:, :1, _MEDIAN : _MEDIAN + 1]
    low, high = float(factors.min()) / 1.15, float(factors.max()) * 1.15
    rows, count = len(variables), len(summaries)
    units = [summaries[0].unit(name) for name in variables]
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ax.set_ylim(rows - 0.5, -0.75)
    width, _ = axes_points(ax)
    ticks, _ = log_ticks(low, high, width / 34.0)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FixedFormatter([factor_tick(tick) for tick in ticks]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.tick_params(axis="x", length=3, width=0.6, color=FAINT, labelsize=LABEL_SIZE, labelcolor=INK)
    ax.grid(visible=True, axis="x", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.axvline(1.0, color=MUTED, linewidth=0.7, zorder=1.5)
    step = min(0.22, 0.6 / max(count - 1, 1))
    for place, color in enumerate(colors):
        up = np.arange(rows) + step * (place - 0.5 * (count - 1))
        ax.add_collection(
            LineCollection(
                [
                    [(factors[row, place, 0], up[row]), (factors[row, place, -1], up[row])]
                    for row in range(rows)
                ],
                colors=mix(color, 0.55),
                linewidths=2.0,
                zorder=2,
            ),
            autolim=False,
        )
        ax.plot(
            factors[:, place, _MEDIAN],
            up,
            linestyle="none",
            marker="o",
            markersize=5.0,
            color=color,
            markeredgecolor=PAPER,
            markeredgewidth=0.5,
            zorder=4,
        )
        if place:
            ax.add_collection(
                LineCollection(
                    [
                        [
                            (factors[row, 0, _MEDIAN], row - step * 0.5 * (count - 1)),
                            (factors[row, place, _MEDIAN], up[row]),
                        ]
                        for row in range(rows)
                    ],
                    colors=INK,
                    linewidths=0.8,
                    zorder=3,
                ),
                autolim=False,
            )
        medians = zip(table[:, place, _MEDIAN].tolist(), units, strict=True)
        _values(ax, place, count, names[place], color, list(medians))
    ax.set_yticks(range(rows), [shorten(title(name), 148.0, BODY_SIZE) for name in variables])
    ax.tick_params(axis="y", length=0, labelsize=BODY_SIZE, labelcolor=INK, pad=4)
    plain(ax.get_yticklabels())
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def alt_text_dumbbells(
    summaries: Sequence[Summary], variables: Sequence[str], *, names: Sequence[str], year: int
) -> str:
    """What the dumbbells show, in sentences with the numbers of the summaries."""
    sentences = [f"Medians in {year} of {len(names)} scenarios, as factors of that of {printable(names[0])}."]
    for variable in variables:
        unit = summaries[0].unit(variable)
        medians = [float(series_over(summary, variable, [year])[0, _MEDIAN]) for summary in summaries]
        values = "; ".join(
            f"{printable(name)} {quantity(median, unit)}"
            + (f" ({times(median / medians[0])})" if place else "")
            for place, (name, median) in enumerate(zip(names, medians, strict=True))
        )
        words = phrase(variable)
        sentences.append(f"{words[:1].upper()}{words[1:]}: {values}.")
    return " ".join(sentences)


def factor_tick(factor: float) -> str:
    """A factor at a tick: ``100x``, ``0.01x``, ``10⁻⁶x``."""
    if 1e-3 < factor < 1e6:
        return f"{factor:,.4g}x"
    digits, exponent = f"{factor:.0e}".split("e")
    return f"{'' if digits == '1' else digits + '×'}10{str(int(exponent)).translate(_SUPERSCRIPT)}x"


def _values(
    ax: Axes, place: int, count: int, name: str, color: str, medians: Sequence[tuple[float, str]]
) -> None:
    """A column of medians beside the axes under the scenario's name."""
    width, _ = axes_points(ax)
    room = 72.0 * column_width(count)
    rows = [(-0.75, shorten(name, room - 5.0, LABEL_SIZE, "bold"), "bold")]
    rows += [(float(row), short(median, unit), "normal") for row, (median, unit) in enumerate(medians)]
    for row, text, weight in rows:
        ax.text(
            1.0 + room * (place + 1) / width,
            row,
            text,
            transform=ax.get_yaxis_transform(),
            horizontalalignment="right",
            verticalalignment="center_baseline",
            fontsize=LABEL_SIZE,
            fontweight=weight,
            color=text_color(color),
            parse_math=False,
        )
