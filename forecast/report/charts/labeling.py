"""Labeling over the years: its share of the training cost, and what it comes to."""

from __future__ import annotations

from matplotlib.figure import Figure

from forecast.report.charts.bands import HOUSE, Bands
from forecast.report.charts.fan import alt_text_fan, fan
from forecast.report.charts.figures import fan_note, summary_page
from forecast.report.charts.page import place as axes_at
from forecast.report.charts.sizes import PAGE, Size
from forecast.report.charts.wording import title
from forecast.report.style import INK, figure_text
from forecast.shapes import Summary, Trajectories

PANELS = ("labeling_share", "labeling_cost")


def labeling_figure(
    summary: Summary,
    trajectories: Trajectories | None = None,
    *,
    size: Size = PAGE,
    bands: Bands = HOUSE,
    earlier: Summary | None = None,
) -> Figure:
    """Fans of labeling's share and of its cost, side by side, or below each other where it is narrow."""
    note = fan_note(bands, paths=trajectories is not None)
    if earlier is not None:
        note += (
            f" Grey area and dots: the forecast as of {earlier.attributes.get('as_of', 'an earlier date')}."
        )
    figure, top, bottom = summary_page(
        summary, "Labeling in the cost of the record run", note, height=4.0, body=4.4, size=size
    )
    width, height = figure.get_size_inches()
    columns = 1 if size.narrow else 2
    across, down = (width - 0.24) / columns, (height - top - bottom + 0.25) / (3 - columns)
    for place, name in enumerate(PANELS):
        left, upper = 0.12 + (place % columns) * across, top + (place // columns) * down
        figure_text(
            figure, left, upper + 0.14, title(name), fontsize=8.5, fontweight="bold", color=INK, va="baseline"
        )
        ax = axes_at(
            figure,
            left=left + 0.5,
            right=width - left - across + 0.98,
            top=upper + 0.42,
            bottom=height - upper - down + 0.27,
        )
        fan(
            ax,
            summary,
            name,
            trajectories=trajectories,
            paths=8,
            margin=60.0,
            bands=bands,
            earlier=earlier,
        )
    return figure


def alt_text_labeling(
    summary: Summary,
    trajectories: Trajectories | None = None,
    *,
    bands: Bands = HOUSE,
    earlier: Summary | None = None,
) -> str:
    """What the two fans show, in sentences with their numbers."""
    return " ".join(
        alt_text_fan(summary, name, trajectories=trajectories, bands=bands, earlier=earlier)
        for name in PANELS
    )
