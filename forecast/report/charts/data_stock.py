"""Data wanted against data there are, and the year in which each kind of stock is exhausted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from forecast.report.charts.affordability import cell, shade
from forecast.report.charts.bands import HOUSE, Bands
from forecast.report.charts.fan import alt_text_fan, fan
from forecast.report.charts.figures import fan_note, summary_page
from forecast.report.charts.page import place as axes_at
from forecast.report.charts.sizes import PAGE, Size
from forecast.report.likelihood import likelihood
from forecast.report.numbers import margin, percent, quantity
from forecast.report.style import BODY_SIZE, INK, PAPER, axes_points, figure_text, plain, readable_on
from forecast.shapes import CrossingRow, Summary, Trajectories

STOCKS: Mapping[str, str] = {
    "raw_stock_use": "all human text",
    "quality_stock_use": "good human text",
    "repeated_stock_use": "good text, repeated",
    "synthesized_stock_use": "with synthetic text",
    "data_binds": "what a lab can get",
}
"""The uses of a stock whose first year at one or more is its exhaustion, in words."""


def exhaustion(summary: Summary) -> dict[str, CrossingRow]:
    """When each stock is exhausted; stocks that a run does not know are left out."""
    rows = {row.variable: row for row in summary.crossings}
    return {name: rows[name] for name in STOCKS if name in rows}


def exhaustion_table(ax: Axes, summary: Summary, *, size: float = BODY_SIZE) -> None:
    """Draw the share of paths on which each stock has been exhausted by each year, and on which it is not.

    Args:
        ax: Any matplotlib axes, with room at the left for names and above for the years.
        summary: The run.
        size: The largest size of text [point].
    """
    rows, years = exhaustion(summary), summary.coordinates.years
    shares = np.array([[*row.by_year, row.never] for row in rows.values()])
    lines, columns = shares.shape
    colours = LinearSegmentedColormap.from_list("affordability", [shade(0.0), shade(1.0)])
    ax.pcolormesh(
        np.arange(columns + 1),
        np.arange(lines + 1),
        shares,
        cmap=colours,
        vmin=0.0,
        vmax=1.0,
        edgecolors=PAPER,
        linewidth=1.0,
    )
    ax.set_xlim(0, columns)
    ax.set_ylim(lines, 0)
    width, height = axes_points(ax)
    size = min(size, 0.6 * height / lines, 0.27 * width / columns)
    for place, share in enumerate(shares.ravel()):
        line, column = divmod(place, columns)
        cell(ax, column + 0.5, line + 0.5, percent(float(share)), size, readable_on(shade(float(share))))
    ax.set_xticks(
        [column + 0.5 for column in range(columns)], [*(f"by\n{year}" for year in years), "not\nby then"]
    )
    ax.set_yticks([line + 0.5 for line in range(lines)], [STOCKS[name] for name in rows])
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelsize=size, labelcolor=INK, pad=3)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.plot([columns - 1] * 2, [-0.1, lines], color=INK, linewidth=0.8, clip_on=False)
    plain(ax.get_yticklabels())


def data_figure(
    summary: Summary,
    trajectories: Trajectories | None = None,
    *,
    size: Size = PAGE,
    bands: Bands = HOUSE,
) -> Figure:
    """Tokens wanted against tokens there are, with when each stock is exhausted, on a page of its own."""
    rows = exhaustion(summary)
    error = margin(max((error for row in rows.values() for error in row.errors), default=0.0))
    note = (
        f"{fan_note(bands, paths=trajectories is not None)} Grey with dashes: different tokens that a lab can get, "
        "median and 90% interval. Table: a stock is exhausted when the record run first wants as many tokens as it "
        f"holds; repeated text counts for less each time; Monte Carlo standard error at most {error} points."
    )
    figure, top, bottom = summary_page(
        summary,
        "Training data wanted by the record run, and when stocks are exhausted",
        note,
        height=4.2 + 0.24 * len(rows),
        body=3.1 + 0.2 * len(rows),
        size=size,
    )
    width, height = figure.get_size_inches()
    wide = size.height is not None
    split = 0.5 if wide else 0.0
    table = 0.0 if wide else (0.2 if size.narrow else 0.24) * len(rows) + 0.75
    ax = axes_at(
        figure,
        left=0.55,
        right=(width * split if wide else 0.0) + 1.05,
        top=top + 0.3,
        bottom=bottom + table,
    )
    fan(
        ax,
        summary,
        "tokens_wanted",
        trajectories=trajectories,
        against="unique_tokens" if _holds(summary, "unique_tokens") else "",
        labels="few",
        margin=60.0,
        bands=bands,
    )
    if rows:
        left = width * split + 0.12 if wide else 0.12
        upper = top + 0.16 if wide else height - bottom - table + 0.42
        figure_text(
            figure,
            left,
            upper,
            "Share of paths on which a stock is exhausted",
            fontsize=8.5,
            fontweight="bold",
            color=INK,
            va="baseline",
        )
        lower = height - upper - 0.42 - 0.45 * len(rows) if wide else bottom - 0.15
        exhaustion_table(
            axes_at(
                figure,
                left=left + (0.98 if size.narrow else 1.25),
                right=0.12,
                top=upper + 0.42,
                bottom=lower,
            ),
            summary,
            size=6.5 if size.narrow else BODY_SIZE,
        )
    return figure


def _holds(summary: Summary, variable: str) -> bool:
    return any(row.variable == variable and row.year is not None for row in summary.rows)


def alt_text_data(
    summary: Summary,
    trajectories: Trajectories | None = None,
    *,
    bands: Bands = HOUSE,
    words: bool = False,
) -> str:
    """What the figure shows, in sentences with its numbers."""
    years = summary.coordinates.years
    sentences = [alt_text_fan(summary, "tokens_wanted", trajectories=trajectories, bands=bands)]
    if _holds(summary, "unique_tokens"):
        row = summary.series("unique_tokens")[-1].tolist()
        sentences.append(
            f"Different tokens that a lab can get in {years[-1]}: median {quantity(row[3], 'token')}, 90% from "
            f"{quantity(row[0], 'token')} to {quantity(row[-1], 'token')}."
        )
    for name, found in exhaustion(summary).items():
        half = next((year for year, share in zip(years, found.by_year, strict=True) if share >= 0.5), None)
        term = f" ({likelihood(found.by_year[-1])})" if words else ""
        sentences.append(
            f"{STOCKS[name].capitalize()}: exhausted by {years[0]} on {percent(found.by_year[0])} of paths, by "
            f"{years[-1]} on {percent(found.by_year[-1])}{term}, not by then on {percent(found.never)}; median year "
            f"{half or f'after {years[-1]}'}."
        )
    return " ".join(sentences)
