"""The heat map of who can pay for the record run of each year."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from forecast.report.likelihood import likelihood
from forecast.report.numbers import count, money, percent
from forecast.report.style import (
    BODY_SIZE,
    INK,
    MUTED,
    PAPER,
    axes_points,
    mix,
    plain,
    printable,
    readable_on,
    shorten,
)
from forecast.shapes import Summary
from forecast.units import Array

_TOTAL_ROWS = 3
_GAP = 0.35
_NAME_WIDTH = 118.0
_NARROW = 78.0
_DARKEST = "#08407A"


def affordability(
    ax: Axes,
    summary: Summary,
    *,
    names: Mapping[str, str] | None = None,
    compact: bool = False,
    words: bool = False,
) -> None:
    """Draw the share of paths on which each lab can pay for the record run of each year, as a table with colours.

    The likeliest payers stand on top. Below the labs: how many of them can pay on a path for the record and for a run
    near it (median and 90% interval), and what the record run costs (median). Leave 1.85 inches to the left of the
    axes for names.

    Args:
        ax: Any matplotlib axes.
        summary: The run.
        names: What each lab is called; by default its id.
        compact: Leave the intervals of the lower rows out and shorten names: 1.2 inches are enough for them.
        words: Say the likelihood in the last year in calibrated words at the right; leave 1.2 inches for them.
    """
    labs, years, chances = ranked(summary)
    rows, columns = chances.shape
    shades = [shade(float(chance)) for chance in chances.ravel()]
    colours = LinearSegmentedColormap.from_list("affordability", [shade(0.0), shade(1.0)])
    ax.pcolormesh(
        np.arange(columns + 1),
        np.arange(rows + 1),
        chances,
        cmap=colours,
        vmin=0.0,
        vmax=1.0,
        edgecolors=PAPER,
        linewidth=1.0,
    )
    bottom = rows + _GAP + _TOTAL_ROWS
    ax.set_xlim(0, columns)
    ax.set_ylim(bottom, 0)
    size = min(6.5 if compact else BODY_SIZE, 0.62 * axes_points(ax)[1] / bottom)
    room = _NARROW if compact else _NAME_WIDTH
    for place, (chance, background) in enumerate(zip(chances.ravel(), shades, strict=True)):
        row, year = divmod(place, columns)
        text = "" if np.isnan(chance) else percent(float(chance))
        cell(ax, year + 0.5, row + 0.5, text or "–", size, readable_on(background))
    if words:
        for row, chance in enumerate(chances[:, -1]):
            side_words(ax, columns, row + 0.5, likelihood(float(chance)), min(size, 7.0))
        side_words(ax, columns, -0.45, f"in {years[-1]}", min(size, 7.0))
    ax.set_yticks(
        [row + 0.5 for row in range(rows)] + [rows + _GAP + 0.5 + row for row in range(_TOTAL_ROWS)],
        [shorten((names or {}).get(lab, lab), room, size) for lab in labs]
        + (
            ["labs that can pay", "... a near-record", "cost of the run"]
            if compact
            else ["labs that can pay (90%)", "can pay for a near-record (90%)", "cost of the record run"]
        ),
    )
    ax.set_xticks([year + 0.5 for year in range(columns)], [str(year) for year in years])
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelsize=size, labelcolor=INK, pad=3)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.plot([0, columns], [rows + 0.5 * _GAP] * 2, color=MUTED, linewidth=0.6)
    totals = (_counts(summary, "payers"), _counts(summary, "contenders"), _costs(summary))
    for line, texts in enumerate(totals):
        for place, text in enumerate(texts):
            shown = text.split(" (")[0] if compact else text
            cell(ax, place + 0.5, rows + _GAP + 0.5 + line, shown, size, INK)
    plain(ax.get_yticklabels())


def shade(chance: float) -> str:
    """The colour of a cell: pale for never, dark for always."""
    return mix(_DARKEST, 0.02 + 0.98 * (0.0 if math.isnan(chance) else chance))


def ranked(summary: Summary) -> tuple[tuple[str, ...], tuple[int, ...], Array]:
    """Labs from the likeliest payer to the least likely, the years, and the probabilities, shape ``(lab, year)``."""
    years = summary.coordinates.years
    chances = {(row.lab, row.year): row.probability for row in summary.affordability}
    known = {lab for lab, _ in chances}
    rows = {lab: [chances.get((lab, year), float("nan")) for year in years] for lab in known}
    labs = tuple(sorted(rows, key=lambda lab: (-float(np.nansum(rows[lab])), lab)))
    return labs, years, np.array([rows[lab] for lab in labs]).reshape(len(labs), len(years))


def alt_text_affordability(
    summary: Summary, *, names: Mapping[str, str] | None = None, words: bool = False
) -> str:
    """What the heat map shows, in sentences with the numbers of the summary."""
    labs, years, chances = ranked(summary)
    first, last = years[0], years[-1]
    opening = (
        f"Table of {len(labs)} labs by {len(years)} years: the share of paths on which each can pay for the record run "
        "of the year, the likeliest on top."
    )
    sentences = [opening] + [
        f"{printable((names or {}).get(lab, lab))}: {percent(row[0])} in {first}, {percent(row[-1])} in {last}"
        f"{f' ({likelihood(float(row[-1]))})' if words else ''}."
        for lab, row in zip(labs, chances, strict=True)
    ]
    totals = ", ".join(
        f"{text} in {year}" for year, text in zip(years, _counts(summary, "payers"), strict=True) if text
    )
    return " ".join(
        [*sentences, f"Labs that can pay, median and 90% interval: {totals}."] if totals else sentences
    )


def _counts(summary: Summary, variable: str) -> list[str]:
    try:
        series = summary.series(variable)
    except KeyError:
        return [""] * len(summary.coordinates.years)
    return [f"{count(row[3])} ({count(row[0])} to {count(row[-1])})" for row in series.tolist()]


def _costs(summary: Summary) -> list[str]:
    try:
        series = summary.series("training_cost")
    except KeyError:
        return [""] * len(summary.coordinates.years)
    return [money(row[3]) for row in series.tolist()]


def side_words(ax: Axes, x: float, y: float, text: str, size: float) -> None:
    """Words at the right of a row of a table, starting a little beside a place."""
    ax.annotate(
        text,
        (x, y),
        xytext=(4, 0),
        textcoords="offset points",
        fontsize=size,
        color=INK,
        verticalalignment="center",
        annotation_clip=False,
        parse_math=False,
    )


def cell(ax: Axes, x: float, y: float, text: str, size: float, color: str) -> None:
    """The text in the middle of a cell of a table."""
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
