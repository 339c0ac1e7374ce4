"""Whole figures for print: a title, the charts, how to read them, and where the numbers come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.report.charts.affordability import affordability, alt_text_affordability
from forecast.report.charts.composition import (
    alt_text_composition,
    composition,
    composition_dollars,
    mean_shares,
)
from forecast.report.charts.fan import alt_text_fan, fan
from forecast.report.charts.history import HistoryPoint
from forecast.report.charts.render import render
from forecast.report.charts.wording import phrase, title
from forecast.report.numbers import count, margin, quantity
from forecast.report.style import (
    BODY_SIZE,
    INK,
    LABEL_SIZE,
    MUTED,
    NOTE_SIZE,
    PAGE_WIDTH,
    TITLE_SIZE,
    figure_text,
    house_style,
    printable,
    shorten,
    text_size,
    wrap,
)
from forecast.shapes import Summary, Trajectories

DRIVERS = (
    "training_compute",
    "price_performance",
    "algorithmic_efficiency",
    "effective_compute",
    "power_draw",
    "tokens_wanted",
)
"""The variables of the panel of drivers; those that a summary lacks are left out."""

_AGAINST = {"tokens_wanted": "unique_tokens"}
_PAST = 10
_PAST_OF_DRIVERS = 8
_RECORDS = ("training_compute",)
_MARGIN = 0.12
_TITLE_TOP = 0.26
_FAN_NOTE = (
    "Bands hold 50, 80 and 90% of the paths of each year by itself, equal tails; thick line: median; grey "
    "hairlines: some whole paths. Each value stands in the middle of its year's column."
)


def draw_all(
    summary: Summary,
    trajectories: Trajectories | None = None,
    history: Mapping[str, Sequence[HistoryPoint]] | None = None,
    names: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """Every chart of a run as files in memory: name to bytes, SVG and PNG of each, the same for the same run.

    Args:
        summary: The run; what it lacks is left out.
        trajectories: The paths, some of which are drawn within the fans.
        history: What was observed, by variable.
        names: What each lab is called, by its id.
    """
    observed = history or {}
    files: dict[str, bytes] = {}
    with house_style():
        made = {
            "training_cost": (
                cost_figure(summary, trajectories, observed.get("training_cost", ())),
                alt_text_fan(summary, history=observed.get("training_cost", ())),
            ),
            "drivers": (drivers_figure(summary, trajectories, observed), alt_text_drivers(summary)),
        }
        if summary.affordability:
            made["affordability"] = (
                affordability_figure(summary, names),
                alt_text_affordability(summary, names=names),
            )
        made["composition"] = (composition_figure(summary), alt_text_composition(summary))
        for name, (figure, description) in made.items():
            heading = f"{name.replace('_', ' ')}: {_scenario(summary)}"
            for suffix, content in render(figure, title=heading, description=description).items():
                files[f"{name}.{suffix}"] = content
    return files


def cost_figure(
    summary: Summary,
    trajectories: Trajectories | None = None,
    history: Sequence[HistoryPoint] = (),
    *,
    variable: str = "training_cost",
) -> Figure:
    """The fan of a cost with history and thresholds on a page of its own."""
    note = _FAN_NOTE
    since = summary.coordinates.years[0] - _PAST
    earlier = sum(point.date < since for point in history)
    if history:
        note += " Dots: observed runs, 90% measurement interval; steps: the dearest so far" + (
            f" ({earlier} runs before {since} not shown)." if earlier else "."
        )
    if any(row.variable == variable for row in summary.crossings):
        note += " ±: Monte Carlo standard error in percentage points."
    known = {row.variable for row in summary.rows}
    uncapped = "uncapped_training_cost" if variable == "training_cost" else ""
    if uncapped in known:
        note += " Dashes: median if neither money nor physics capped the run."
    figure, top, bottom = _page(summary, title(variable), note, height=5.1)
    ax = _axes(figure, left=0.62, right=1.15, top=top + 0.3, bottom=bottom)
    fan(
        ax,
        summary,
        variable,
        history=history,
        trajectories=trajectories,
        uncapped=uncapped if uncapped in known else "",
        since=since if earlier else None,
        margin=70.0,
    )
    return figure


def drivers_figure(
    summary: Summary,
    trajectories: Trajectories | None = None,
    history: Mapping[str, Sequence[HistoryPoint]] | None = None,
    *,
    variables: Sequence[str] = DRIVERS,
) -> Figure:
    """Fans of the main drivers, side by side."""
    known = {row.variable for row in summary.rows if not row.member and row.year is not None}
    shown = [name for name in variables if name in known]
    rows = (len(shown) + 1) // 2
    # A small picture of the whole past would leave the forecast no room.
    note = _FAN_NOTE
    if any((history or {}).get(name) for name in shown):
        note += " Dots: observed runs, 90% measurement interval; steps: the largest so far."
    if "unique_tokens" in known:
        note += " Grey with dashes: tokens there are, median and 90% interval."
    figure, top, bottom = _page(
        summary, "What drives the cost of the record run", note, height=1.15 + 2.25 * rows
    )
    width, height = figure.get_size_inches()
    cell_width, cell_height = (width - 2 * _MARGIN) / 2, (height - top - bottom + 0.3) / max(rows, 1)
    for place, name in enumerate(shown):
        row, side = divmod(place, 2)
        left = _MARGIN + side * cell_width
        upper = top + row * cell_height
        against = _AGAINST.get(name, "")
        against = against if against in known else ""
        heading = f"{title(name)}{', and in stock' if against else ''}"
        figure_text(
            figure, left, upper + 0.16, heading, fontsize=8.5, fontweight="bold", color=INK, va="baseline"
        )
        ax = _axes(
            figure,
            left=left + 0.5,
            right=width - left - cell_width + 1.05,
            top=upper + 0.42,
            bottom=height - upper - cell_height + 0.33,
        )
        fan(
            ax,
            summary,
            name,
            trajectories=trajectories,
            history=(history or {}).get(name, ()),
            paths=8,
            against=against,
            labels="few",
            margin=70.0,
            size=LABEL_SIZE,
            names=0,
            record=name in _RECORDS,
            since=summary.coordinates.years[0] - (_PAST_OF_DRIVERS if (history or {}).get(name) else 0),
        )
    return figure


def affordability_figure(summary: Summary, names: Mapping[str, str] | None = None) -> Figure:
    """The heat map of who can pay, on a page of its own."""
    labs = len({row.lab for row in summary.affordability})
    error = max(row.error for row in summary.affordability)
    note = (
        "A lab can pay when the run fits the budget it would put into one final run and its cash. Each year by itself: "
        f"a lab may drop out and come back. Monte Carlo standard error of a share: at most {margin(error)} points. "
        "Lower rows: median over the paths, in brackets the 90% interval; a near-record uses a third of the record's "
        "compute; cost in 2023 USD."
    )
    figure, top, bottom = _page(
        summary,
        "Who can pay for the record run of the year, share of paths",
        note,
        height=1.6 + 0.235 * (labs + 3),
    )
    affordability(
        _axes(figure, left=1.85, right=0.15, top=top + 0.22, bottom=bottom - 0.15), summary, names=names
    )
    return figure


def composition_figure(summary: Summary) -> Figure:
    """Shares and dollars of the parts of the training cost, side by side."""
    note = (
        "Left: mean over the paths of each part's share of the cost (means add up to 100%, medians would not). "
        "Right: median and 90% interval of each part by itself; medians of the parts do not add up to the median cost."
    )
    figure, top, bottom = _page(summary, "What the record run's cost is made of", note, height=4.1)
    half = PAGE_WIDTH / 2
    lower = bottom + 0.17 * len(mean_shares(summary)) + 0.06
    composition(_axes(figure, left=0.75, right=half + 0.05, top=top + 0.3, bottom=lower), summary)
    composition_dollars(_axes(figure, left=half + 0.6, right=0.75, top=top + 0.3, bottom=lower), summary)
    return figure


def alt_text_drivers(summary: Summary, variables: Sequence[str] = DRIVERS) -> str:
    """What the panel of drivers shows: first and last year of each."""
    known = {row.variable for row in summary.rows if not row.member and row.year is not None}
    years = summary.coordinates.years
    sentences = ["Fan charts of the main drivers."]
    for name in (*variables, *_AGAINST.values()):
        if name in known:
            unit, series = summary.unit(name), summary.series(name).tolist()
            ends = "; ".join(
                f"{year} median {quantity(row[3], unit)} (90%: {quantity(row[0], unit)} to {quantity(row[-1], unit)})"
                for year, row in ((years[0], series[0]), (years[-1], series[-1]))
            )
            sentences.append(f"{phrase(name).capitalize()}: {ends}.")
    return " ".join(sentences)


def provenance(attributes: Mapping[str, str]) -> str:
    """Where a chart's numbers come from: scenario and its digest, vintage of the data, draws and seed."""
    draws = attributes.get("draws", "")
    parts = [
        f"Scenario {attributes['scenario']}" if attributes.get("scenario") else "",
        f"digest {attributes['scenario_digest'][:8]}" if attributes.get("scenario_digest") else "",
        f"data to {attributes['data_end']}" if attributes.get("data_end") else "",
        f"as of {attributes['as_of']}" if attributes.get("as_of") else "",
        f"{count(float(draws))} draws" if draws.isdigit() else "",
        f"seed {attributes['seed']}" if attributes.get("seed") else "",
    ]
    return " · ".join(part for part in parts if part)


def _scenario(summary: Summary) -> str:
    attributes = summary.attributes
    return printable(attributes.get("title") or attributes.get("scenario") or "scenario")


def _page(summary: Summary, heading: str, note: str, *, height: float) -> tuple[Figure, float, float]:
    """A figure with title, subtitle and footer; returns it with the room these take at top and bottom [inch]."""
    figure = Figure(figsize=(PAGE_WIDTH, height))
    width = 72.0 * (PAGE_WIDTH - 2 * _MARGIN)
    years = summary.coordinates.years
    span = f" · {years[0]} to {years[-1]}"
    line = shorten(_scenario(summary), width - text_size(span, BODY_SIZE)[0], BODY_SIZE) + span
    figure_text(
        figure,
        _MARGIN,
        _TITLE_TOP,
        shorten(heading, width, TITLE_SIZE, "bold"),
        fontsize=TITLE_SIZE,
        fontweight="bold",
        color=INK,
        va="baseline",
    )
    figure_text(
        figure,
        _MARGIN,
        _TITLE_TOP + 0.19,
        line,
        fontsize=BODY_SIZE,
        color=MUTED,
        va="baseline",
    )
    footer = "\n".join(
        part
        for part in (wrap(note, width, NOTE_SIZE), wrap(provenance(summary.attributes), width, NOTE_SIZE))
        if part
    )
    lines = footer.count("\n") + 1
    figure_text(
        figure,
        _MARGIN,
        height - 0.08,
        footer,
        fontsize=NOTE_SIZE,
        color=MUTED,
        va="bottom",
        linespacing=1.25,
    )
    return figure, _TITLE_TOP + 0.3, 0.4 + lines * NOTE_SIZE * 1.3 / 72.0


def _axes(figure: Figure, *, left: float, right: float, top: float, bottom: float) -> Axes:
    """Axes at distances in inches from the figure's edges."""
    width, height = figure.get_size_inches()
    return figure.add_axes(
        (left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height)
    )
