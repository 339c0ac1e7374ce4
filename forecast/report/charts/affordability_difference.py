"""The heat map of who can pay more often, or less often, in one scenario than in another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from forecast.compare import AffordabilityDifference, Comparison
from forecast.report.comparison_words import points
from forecast.report.numbers import count, percent
from forecast.report.style import (
    BLUE,
    BODY_SIZE,
    INK,
    MUTED,
    PAPER,
    VERMILLION,
    axes_points,
    mix,
    plain,
    printable,
    readable_on,
    shorten,
)
from forecast.units import Array

_GAP = 0.35
_NAME_WIDTH = 118.0
_SHADES = 101


def shade(difference: float) -> str:
    """The colour of a cell: blue for more often, vermillion for less often, white for no difference."""
    strength = min(abs(difference), 1.0) ** 0.7
    return mix(BLUE if difference > 0.0 else VERMILLION, strength)


def ranked_differences(
    rows: Sequence[AffordabilityDifference],
) -> tuple[tuple[str, ...], tuple[int, ...], Array]:
    """Labs from the likeliest payer in either scenario down, the years, and the differences ``(lab, year)``."""
    years = tuple(sorted({row.year for row in rows}))
    labs = {row.lab for row in rows}
    weight = {lab: -sum(row.first + row.second for row in rows if row.lab == lab) for lab in labs}
    order = tuple(sorted(labs, key=lambda lab: (weight[lab], lab)))
    table = {(row.lab, row.year): row.difference for row in rows}
    return order, years, np.array([[table[lab, year] for year in years] for lab in order])


def affordability_difference(
    ax: Axes, comparison: Comparison, *, names: Mapping[str, str] | None = None
) -> None:
    """Draw by how many percentage points the share of paths changes on which each lab can pay, as a coloured table.

    Below the labs: how many labs can pay in each scenario (median and 90% interval). Leave 1.9 inches to the left of
    the axes for names.

    Args:
        ax: Any matplotlib axes, already in their place.
        comparison: The two scenarios.
        names: What each lab is called; by default its id.
    """
    labs, years, differences = ranked_differences(comparison.affordability)
    rows, columns = differences.shape
    ax.pcolormesh(
        np.arange(columns + 1),
        np.arange(rows + 1),
        differences,
        cmap=ListedColormap([shade(-1.0 + 2.0 * step / (_SHADES - 1)) for step in range(_SHADES)]),
        vmin=-1.0,
        vmax=1.0,
        edgecolors=PAPER,
        linewidth=1.0,
    )
    totals = _payers(comparison, years)
    bottom = rows + _GAP + len(totals)
    ax.set_xlim(0, columns)
    ax.set_ylim(bottom, 0)
    size = min(BODY_SIZE, 0.62 * axes_points(ax)[1] / bottom)
    for row in range(rows):
        for column in range(columns):
            value = float(differences[row, column])
            _cell(ax, column + 0.5, row + 0.5, points(value), size, readable_on(shade(value)))
    for place, (_, texts) in enumerate(totals):
        for column, text in enumerate(texts):
            _cell(ax, column + 0.5, rows + _GAP + place + 0.5, text, size, INK)
    ax.set_yticks(
        [row + 0.5 for row in range(rows)] + [rows + _GAP + place + 0.5 for place in range(len(totals))],
        [shorten((names or {}).get(lab, lab), _NAME_WIDTH, size) for lab in labs]
        + [shorten(f"payers, {name}", _NAME_WIDTH, size) for name, _ in totals],
    )
    ax.set_xticks([column + 0.5 for column in range(columns)], [str(year) for year in years])
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelsize=size, labelcolor=INK, pad=3)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if totals:
        ax.plot([0, columns], [rows + 0.5 * _GAP] * 2, color=MUTED, linewidth=0.6)
    plain(ax.get_yticklabels())


def alt_text_affordability_difference(
    comparison: Comparison, *, names: Mapping[str, str] | None = None
) -> str:
    """What the heat map shows, in sentences with the numbers of the comparison."""
    labs, years, _ = ranked_differences(comparison.affordability)
    one, other = printable(comparison.first), printable(comparison.second)
    cells = {(row.lab, row.year): row for row in comparison.affordability}
    last = years[-1]
    opening = (
        f"Table of {len(labs)} labs by {len(years)} years: the share of paths on which each can pay for the record run "
        f"of the year in {other}, less the same in {one}."
    )
    sentences = [opening]
    for lab in labs:
        row = cells[lab, last]
        sentences.append(
            f"{printable((names or {}).get(lab, lab))} in {last}: {percent(row.first)} in {one}, "
            f"{percent(row.second)} in {other}, {points(row.difference)} points."
        )
    return " ".join(sentences)


def _payers(comparison: Comparison, years: Sequence[int]) -> list[tuple[str, list[str]]]:
    rows = {row.year: row for row in comparison.differences if row.variable == "payers"}
    if not all(year in rows for year in years):
        return []
    return [
        (comparison.first, [_range(rows[year].first) for year in years]),
        (comparison.second, [_range(rows[year].second) for year in years]),
    ]


def _range(triple: tuple[float, float, float]) -> str:
    low, middle, high = (count(value) if math.isfinite(value) else "" for value in triple)
    return f"{middle} ({low} to {high})"


def _cell(ax: Axes, x: float, y: float, text: str, size: float, color: str) -> None:
    ax.text(
        x,
        y,
        text,
        fontsize=size,
        color=color,
        horizontalalignment="center",
        verticalalignment="center_baseline",
        parse_math=False,
    )
