"""Whole figures for print: a title, the charts, how to read them, and where the numbers come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from forecast.report.charts.affordability import affordability, alt_text_affordability
from forecast.report.charts.bands import HOUSE, Bands, quantile_series
from forecast.report.charts.composition import (
    alt_text_composition,
    composition,
    composition_dollars,
    mean_shares,
)
from forecast.report.charts.fan import alt_text_fan, fan
from forecast.report.charts.history import HistoryPoint
from forecast.report.charts.page import page
from forecast.report.charts.page import place as axes_at
from forecast.report.charts.render import render
from forecast.report.charts.sizes import PAGE, Size
from forecast.report.charts.wording import axis_label, phrase, title
from forecast.report.likelihood import SCALE
from forecast.report.numbers import count, crossing, margin, quantity, short
from forecast.report.style import (
    BODY_SIZE,
    INK,
    LABEL_SIZE,
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
_PAST_OF_A_COLUMN = 5
_RECORDS = ("training_compute",)
_MARGIN = 0.12
# Where the highest so far is what is forecast.
_WITH_RECORD = ("training_cost", "training_compute")


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
    size: Size = PAGE,
    bands: Bands = HOUSE,
    words: bool = False,
    earlier: Summary | None = None,
) -> Figure:
    """The fan of a cost, or of any other variable, with history and thresholds on a page of its own.

    Args:
        summary: The run.
        trajectories: The paths.
        history: What was observed.
        variable: A variable without lab, source or tier.
        size: Where the figure will stand.
        bands: Which intervals are shown and how.
        words: Say likelihoods in calibrated words too.
        earlier: An earlier forecast whose 90% interval stands behind this one's.
    """
    known = {row.variable for row in summary.rows}
    uncapped = "uncapped_training_cost" if variable == "training_cost" and size.height is None else ""
    uncapped = uncapped if uncapped in known and not size.narrow else ""
    past = _PAST_OF_A_COLUMN if size.narrow else _PAST
    since = summary.coordinates.years[0] - past
    earlier_runs = sum(point.date < since for point in history)
    notes = [fan_note(bands, paths=trajectories is not None)]
    if history:
        best = "dearest" if variable == "training_cost" else "highest"
        steps = f"; steps: the {best} so far" if variable in _WITH_RECORD else ""
        notes.append(
            f"Dots: observed runs, 90% measurement interval{steps}"
            + (f" ({earlier_runs} runs before {since} not shown)." if earlier_runs else ".")
        )
    rows = [row for row in summary.crossings if row.variable == variable]
    if rows and (size.narrow or words):
        # A narrow chart has no room for whole sentences beside the lines.
        notes += [f"{crossing(row, summary.coordinates.years, words=words)}." for row in rows]
    if rows:
        notes.append("±: Monte Carlo standard error in percentage points.")
    if words and rows:
        notes.append(SCALE)
    if uncapped:
        notes.append("Dashes: median if neither money nor physics capped the run.")
    if earlier is not None:
        notes.append(f"{_vintage(earlier)}.")
    room = _label_room(summary, variable, bands, trajectories, least=0.0 if size.narrow else 1.15)
    left = 0.55 if size.narrow else 0.62
    figure, top, bottom = summary_page(
        summary, title(variable), " ".join(notes), height=5.1, body=2.6, size=size
    )
    lines = _label_lines(axis_label(variable, summary.unit(variable), log=True), size, left, room)
    ax = axes_at(figure, left=left, right=room, top=top + 0.3 + 0.14 * (lines - 1), bottom=bottom)
    fan(
        ax,
        summary,
        variable,
        history=history,
        trajectories=trajectories,
        uncapped=uncapped,
        since=since if earlier_runs else None,
        margin=72.0 * room - 13.0,
        names=3 if size.narrow else 7,
        paths=8 if size.narrow else 12,
        record=variable in _WITH_RECORD,
        bands=bands,
        words=words,
        earlier=earlier,
    )
    return figure


def fan_note(bands: Bands, *, paths: bool = True) -> str:
    """How to read a fan with some bands."""
    hairlines = "; grey hairlines: some whole paths" if paths else ""
    return f"{bands.note}{hairlines}. Each value stands in the middle of its year's column."


def drivers_figure(
    summary: Summary,
    trajectories: Trajectories | None = None,
    history: Mapping[str, Sequence[HistoryPoint]] | None = None,
    *,
    variables: Sequence[str] = DRIVERS,
    size: Size = PAGE,
    bands: Bands = HOUSE,
    earlier: Summary | None = None,
) -> Figure:
    """Fans of the main drivers, side by side."""
    known = {row.variable for row in summary.rows if not row.member and row.year is not None}
    shown = [name for name in variables if name in known]
    columns = 1 if size.narrow else (2 if size.height is None else 3)
    rows = -(-len(shown) // columns)
    # A small picture of the whole past would leave the forecast no room.
    note = fan_note(bands, paths=trajectories is not None)
    if any((history or {}).get(name) for name in shown):
        note += " Dots: observed runs, 90% measurement interval; steps: the largest so far."
    if "unique_tokens" in known:
        note += " Grey with dashes: tokens there are, median and 90% interval."
    if earlier is not None:
        note += f" {_vintage(earlier)}."
    figure, top, bottom = summary_page(
        summary,
        "What drives the cost of the record run",
        note,
        height=1.15 + 2.25 * rows,
        body=1.62 * rows,
        size=size,
    )
    width, height = figure.get_size_inches()
    cell_width = (width - 2 * _MARGIN) / columns
    cell_height = (height - top - bottom + 0.3) / max(rows, 1)
    past = _PAST_OF_A_COLUMN if columns != 2 else _PAST_OF_DRIVERS
    for place, name in enumerate(shown):
        row, side = divmod(place, columns)
        left = _MARGIN + side * cell_width
        upper = top + row * cell_height
        against = _AGAINST.get(name, "")
        against = against if against in known else ""
        heading = f"{title(name)}{', and in stock' if against else ''}"
        figure_text(
            figure,
            left,
            upper + 0.16,
            shorten(heading, 72.0 * cell_width - 4.0, 8.5, "bold"),
            fontsize=8.5,
            fontweight="bold",
            color=INK,
            va="baseline",
        )
        unit = summary.unit(name)
        words = wrap(axis_label(name, unit, log=True), 72.0 * (cell_width - 0.5) + 14.0, LABEL_SIZE)
        ax = axes_at(
            figure,
            left=left + 0.5,
            right=width - left - cell_width + 1.05,
            top=upper + 0.42 + 0.13 * words.count("\n"),
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
            since=summary.coordinates.years[0] - (past if (history or {}).get(name) else 0),
            bands=bands,
            earlier=earlier if earlier is None or _holds(earlier, name) else None,
        )
    return figure


def affordability_figure(
    summary: Summary,
    names: Mapping[str, str] | None = None,
    *,
    size: Size = PAGE,
    words: bool = False,
) -> Figure:
    """The heat map of who can pay, on a page of its own."""
    labs = len({row.lab for row in summary.affordability})
    error = max(row.error for row in summary.affordability)
    lower = "" if size.narrow else ", in brackets the 90% interval"
    note = (
        "A lab can pay when the run fits the budget it would put into one final run and its cash. Each year by itself: "
        f"a lab may drop out and come back. Monte Carlo standard error of a share: at most {margin(error)} points. "
        f"Lower rows: median over the paths{lower}; a near-record uses a third of the record's "
        "compute; cost in 2023 USD."
    )
    if words:
        note += f" {SCALE}"
    figure, top, bottom = summary_page(
        summary,
        "Who can pay for the record run of the year, share of paths",
        note,
        height=1.6 + 0.235 * (labs + 3) + (0.25 if words else 0.0),
        body=0.45 + 0.165 * (labs + 3),
        size=size,
    )
    affordability(
        axes_at(
            figure,
            left=1.2 if size.narrow else 1.95,
            right=1.3 if words else 0.15,
            top=top + 0.22,
            bottom=bottom - 0.15,
        ),
        summary,
        names=names,
        compact=size.narrow,
        words=words,
    )
    return figure


def composition_figure(summary: Summary, *, size: Size = PAGE) -> Figure:
    """Shares and dollars of the parts of the training cost, side by side, or below each other where it is narrow."""
    first, second = ("Above", "Below") if size.narrow else ("Left", "Right")
    note = (
        f"{first}: mean over the paths of each part's share of the cost (means add up to 100%, medians would not). "
        f"{second}: median and 90% interval of each part by itself; medians of the parts do not add up to the median "
        "cost."
    )
    figure, top, bottom = summary_page(
        summary, "What the record run's cost is made of", note, height=4.1, body=4.6, size=size
    )
    table = 0.17 * len(mean_shares(summary)) + 0.06
    width, height = figure.get_size_inches()
    if size.narrow:
        middle = top + 0.5 * (height - top - bottom)
        composition(
            axes_at(figure, left=0.75, right=0.1, top=top + 0.3, bottom=height - middle + table + 0.25),
            summary,
        )
        composition_dollars(axes_at(figure, left=0.75, right=0.75, top=middle + 0.36, bottom=bottom), summary)
        return figure
    half, lower = width / 2, bottom + table
    composition(axes_at(figure, left=0.75, right=half + 0.05, top=top + 0.3, bottom=lower), summary)
    composition_dollars(axes_at(figure, left=half + 0.6, right=0.75, top=top + 0.3, bottom=lower), summary)
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
    """Where a chart's numbers come from: scenario and its digest, vintage of the data, draws, sampler and seed."""
    draws, sampler = attributes.get("draws", ""), attributes.get("sampler", "")
    parts = [
        f"Scenario {attributes['scenario']}" if attributes.get("scenario") else "",
        f"digest {attributes['scenario_digest'][:8]}" if attributes.get("scenario_digest") else "",
        f"data to {attributes['data_end']}" if attributes.get("data_end") else "",
        f"as of {attributes['as_of']}" if attributes.get("as_of") else "",
        f"{count(float(draws))} draws{f' ({sampler})' if sampler else ''}" if draws.isdigit() else "",
        f"seed {attributes['seed']}" if attributes.get("seed") else "",
    ]
    return " · ".join(part for part in parts if part)


def _scenario(summary: Summary) -> str:
    attributes = summary.attributes
    return printable(attributes.get("title") or attributes.get("scenario") or "scenario")


def _holds(summary: Summary, variable: str) -> bool:
    return any(row.variable == variable and row.year is not None for row in summary.rows)


def _vintage(earlier: Summary) -> str:
    attributes = earlier.attributes
    name = f" ({attributes['scenario']}, digest {attributes.get('scenario_digest', '')[:8]})"
    return (
        f"Grey area and dots: the forecast as of {attributes.get('as_of', 'an earlier date')}"
        f"{name if attributes.get('scenario') else ''}, 90% of its paths and median"
    )


def _label_room(
    summary: Summary, variable: str, bands: Bands, trajectories: Trajectories | None, *, least: float
) -> float:
    """Room for the names of a fan's edges at its right [inch]."""
    unit = summary.unit(variable)
    values = quantile_series(summary, variable, bands.levels, trajectories)[-1]
    widest = max(text_size(f"median: {short(float(value), unit)}", LABEL_SIZE, "bold")[0] for value in values)
    return max(least, (widest + 8.0) / 72.0)


def _label_lines(text: str, size: Size, left: float, right: float) -> int:
    """How many lines the name of a vertical axis takes."""
    axes = 72.0 * (size.width - left - right)
    return wrap(text, 20.0 + axes + 72.0 * right - 13.0, BODY_SIZE).count("\n") + 1


def summary_page(
    summary: Summary, heading: str, note: str, *, height: float, body: float = 3.0, size: Size = PAGE
) -> tuple[Figure, float, float]:
    """A figure with title, subtitle and footer; returns it with the room these take at top and bottom [inch].

    ``height`` is that of a whole page figure, ``body`` that of the charts alone on a narrow one.
    """
    years = summary.coordinates.years
    span = f" · {years[0]} to {years[-1]}"
    width = 72.0 * (size.width - 2 * _MARGIN)
    room = (2.0 if size.narrow else 1.0) * width - text_size(span, BODY_SIZE)[0]
    line = shorten(_scenario(summary), room - (40.0 if size.narrow else 0.0), BODY_SIZE) + span
    figure, top, bottom = page(
        heading,
        line,
        note,
        provenance(summary.attributes),
        height=body + 0.25 if size.narrow else height,
        size=size,
    )
    return figure, top, bottom + 0.25
