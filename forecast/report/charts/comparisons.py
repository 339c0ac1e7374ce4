"""Whole figures of a comparison for print: fans, dumbbells, who can pay, and why, with where the numbers come from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from forecast.attribution import Attribution
from forecast.compare import Comparison
from forecast.mixture import Spread
from forecast.report.charts.affordability_difference import (
    affordability_difference,
    alt_text_affordability_difference,
)
from forecast.report.charts.dumbbell import alt_text_dumbbells, column_width, dumbbells, shown
from forecast.report.charts.mixture import alt_text_mixture, split_fan, spread_bars
from forecast.report.charts.overlay import (
    alt_text_overlay,
    common_scale,
    overlay,
    panel,
    series_over,
)
from forecast.report.charts.page import MARGIN, distinct_colors, page, place
from forecast.report.charts.render import render
from forecast.report.charts.waterfall import alt_text_waterfall, measure, waterfall
from forecast.report.charts.wording import axis_label, phrase, title
from forecast.report.comparison_words import idle, level, steps
from forecast.report.numbers import count, percent
from forecast.report.style import (
    PAGE_WIDTH,
    figure_text,
    house_style,
    printable,
    shorten,
    text_color,
)
from forecast.shapes import Summary

VARIABLES = (
    "training_cost",
    "compute_cost",
    "data_cost",
    "labeling_cost",
    "development_cost",
    "training_compute",
    "price_performance",
    "algorithmic_efficiency",
    "effective_compute",
    "power_draw",
    "tokens_wanted",
    "unique_tokens",
    "largest_run_budget",
)
"""The rows of the dumbbells; those that a scenario lacks are left out."""

_MOST_IN_A_ROW = 3
_MOST_IN_DUMBBELLS = 5


@dataclass(frozen=True)
class Weighed:
    """A mixture as the charts need it: its summary, the weights and where its spread comes from."""

    summary: Summary
    weights: tuple[float, ...]
    spread: tuple[Spread, ...]


@dataclass(frozen=True)
class Futures:
    """Scenarios as the charts need them, the one that the others are compared with first.

    ``names`` are what they are called, ``ids`` choose their colours, ``labs`` is what each lab is called.
    """

    summaries: tuple[Summary, ...]
    names: tuple[str, ...]
    ids: tuple[str, ...]
    years: tuple[int, ...]
    target: str
    labs: Mapping[str, str]

    @property
    def colors(self) -> tuple[str, ...]:
        """A colour for each scenario."""
        return distinct_colors(self.ids)

    @property
    def provenance(self) -> str:
        """Which scenarios, with their digests, on which draws."""
        digests = ", ".join(
            f"{name} {summary.attributes.get('scenario_digest', '')[:8]}".strip()
            for name, summary in zip(self.names, self.summaries, strict=True)
        )
        attributes = self.summaries[0].attributes
        draws, sampler = attributes.get("draws", ""), attributes.get("sampler", "")
        parts = [
            digests,
            f"data to {attributes['data_end']}" if attributes.get("data_end") else "",
            f"{count(float(draws))} shared draws{f' ({sampler})' if sampler else ''}"
            if draws.isdigit()
            else "",
            f"seed {attributes['seed']}" if attributes.get("seed") else "",
        ]
        return " · ".join(part for part in parts if part)


def draw_comparison(
    futures: Futures,
    comparisons: Sequence[Comparison],
    attributions: Mapping[tuple[str, str], Sequence[Attribution]],
    mixture: Weighed | None = None,
) -> dict[str, bytes]:
    """Every chart of a comparison as files in memory, SVG and PNG of each, the same bytes for the same numbers.

    Args:
        futures: The scenarios.
        comparisons: The first scenario with each of the others.
        attributions: What is divided over groups of assumptions, by the names of the two scenarios.
        mixture: The scenarios weighed into one.
    """
    variable = futures.target
    made: dict[str, tuple[Figure, str]] = {}
    with house_style():
        words = alt_text_overlay(futures.summaries, variable, names=futures.names, years=futures.years)
        if len(futures.summaries) == 2:
            made["fans"] = fans_figure(futures), words
        made["fans-side-by-side"] = panels_figure(futures), words
        year = futures.years[-1]
        if rows := shown(futures.summaries, tuple(dict.fromkeys((variable, *VARIABLES))), year):
            made["horizon"] = (
                horizon_figure(futures, rows),
                alt_text_dumbbells(futures.summaries, rows, names=futures.names, year=year),
            )
        for comparison in comparisons:
            suffix = f"-{_slug(comparison.second)}" if len(comparisons) > 1 else ""
            found = attributions.get((comparison.first, comparison.second), ())
            for name, drawn in _of_pair(futures, comparison, found):
                made[f"{name}{suffix}"] = drawn
        if mixture is not None:
            words = alt_text_mixture(
                mixture.summary,
                futures.summaries,
                mixture.spread,
                names=futures.names,
                weights=mixture.weights,
            )
            made["mixture"] = mixture_figure(futures, mixture), words
        files = {}
        for name, (figure, description) in made.items():
            heading = f"{name.replace('-', ' ')}: {' and '.join(futures.names)}"
            for suffix, content in render(figure, title=heading, description=description).items():
                files[f"{name}.{suffix}"] = content
    return files


def _of_pair(
    futures: Futures, comparison: Comparison, attributions: Sequence[Attribution]
) -> Iterator[tuple[str, tuple[Figure, str]]]:
    """The charts of two scenarios: who can pay, and why the target and the number of payers differ."""
    pair = comparison.first, comparison.second
    if comparison.affordability:
        words = alt_text_affordability_difference(comparison, names=futures.labs)
        yield "affordability", (affordability_figure(futures, comparison), words)
    for number, attribution in enumerate(attributions):
        target = attribution.target
        # The first is what was asked for; every lab's chance to pay would be a chart too many.
        if number and target.member:
            continue
        name = "-".join(
            ["why", target.variable.replace("_", "-"), *([_slug(target.member)] if target.member else [])]
        )
        yield (
            name,
            (waterfall_figure(futures, pair, attribution), alt_text_waterfall(attribution, names=pair)),
        )


def fans_figure(futures: Futures) -> Figure:
    """The fans of the scenarios over each other on a page of their own."""
    note = (
        "Bands hold 50 and 90% of the paths of each year by itself, equal tails; thick lines: medians. "
        "Both scenarios are simulated on the same draws."
    )
    figure, top, bottom = page(title(futures.target), _line(futures), note, futures.provenance, height=4.7)
    ax = place(figure, left=0.62, right=1.75, top=top + 0.3, bottom=bottom + 0.25)
    overlay(
        ax,
        futures.summaries,
        futures.target,
        names=futures.names,
        colors=futures.colors,
        years=futures.years,
    )
    return figure


def panels_figure(futures: Futures) -> Figure:
    """The fan of each scenario in a panel of its own, all on one scale."""
    number = len(futures.summaries)
    across = min(number, _MOST_IN_A_ROW)
    rows = math.ceil(number / across)
    note = (
        "Bands hold 50, 80 and 90% of the paths of each year by itself, equal tails; numbers: 5%, median and 95% in "
        f"{futures.years[-1]}; dashes: median of {printable(futures.names[0])}. One scale for all."
    )
    scale = common_scale(futures.summaries, futures.target, futures.years)
    words = axis_label(futures.target, scale.unit, log=scale.log)
    line = f"{words} · {futures.years[0]} to {futures.years[-1]}"
    figure, top, bottom = page(
        title(futures.target), line, note, futures.provenance, height=1.15 + 2.15 * rows
    )
    _, height = figure.get_size_inches()
    width = (PAGE_WIDTH - 2 * MARGIN) / across
    tall = (height - top - bottom) / rows
    reference = series_over(futures.summaries[0], futures.target, futures.years)
    for index, (summary, name, color) in enumerate(
        zip(futures.summaries, futures.names, futures.colors, strict=True)
    ):
        row, side = divmod(index, across)
        left, upper = MARGIN + side * width, top + row * tall
        figure_text(
            figure,
            left,
            upper + 0.14,
            shorten(name, 72.0 * width - 8.0, 8.5, "bold"),
            fontsize=8.5,
            fontweight="bold",
            color=text_color(color),
            va="baseline",
        )
        ax = place(
            figure,
            left=left + 0.5,
            right=PAGE_WIDTH - left - width + 0.6,
            top=upper + 0.28,
            bottom=height - upper - tall + 0.3,
        )
        panel(
            ax,
            summary,
            futures.target,
            scale=scale,
            color=color,
            years=futures.years,
            against=reference if index else None,
        )
    return figure


def horizon_figure(futures: Futures, variables: Sequence[str]) -> Figure:
    """Where the scenarios stand in the last common year, as factors of the first scenario's median."""
    year = futures.years[-1]
    note = (
        f"Dots: medians in {year}; bars: 90% of the paths of each scenario by itself. Numbers: medians; money in "
        "2023 USD."
    )
    number = min(len(futures.summaries), _MOST_IN_DUMBBELLS)
    if number < len(futures.summaries):
        note += f" The first {number} of {len(futures.summaries)} scenarios."
    rows = len(variables)
    column = column_width(number)
    figure, top, bottom = page(
        f"The scenarios in {year}",
        f"medians and 90% intervals as factors of the median of {printable(futures.names[0])}, log axis",
        note,
        futures.provenance,
        height=1.35 + rows * (0.24 + 0.05 * number),
    )
    ax = place(
        figure,
        left=2.25,
        right=0.15 + column * number,
        top=top + 0.1,
        bottom=bottom + 0.22,
    )
    dumbbells(
        ax,
        futures.summaries[:number],
        variables,
        names=futures.names[:number],
        colors=futures.colors[:number],
        year=year,
    )
    return figure


def affordability_figure(futures: Futures, comparison: Comparison) -> Figure:
    """By how much the chance of each lab to pay changes, on a page of its own."""
    labs = len({row.lab for row in comparison.affordability})
    one, other = printable(comparison.first), printable(comparison.second)
    note = (
        f"Share of paths on which the lab can pay for the record run of the year in {other}, less the same in {one}, "
        "in percentage points; blue: more often. Each year by itself. Lower rows: how many labs can pay, median over "
        "the paths, in brackets the 90% interval."
    )
    figure, top, bottom = page(
        f"Who can pay: {other} against {one}",
        f"{one} to {other} · {comparison.years[0]} to {comparison.years[-1]} · change in percentage points",
        note,
        futures.provenance,
        height=1.35 + 0.235 * (labs + 2),
    )
    ax = place(figure, left=1.9, right=0.15, top=top + 0.22, bottom=bottom)
    affordability_difference(ax, comparison, names=futures.labs)
    return figure


def waterfall_figure(futures: Futures, pair: tuple[str, str], attribution: Attribution) -> Figure:
    """What each group of assumptions contributes to a difference, on a page of its own."""
    parts = steps(attribution)
    note = (
        "Shapley values: what switching a group of assumptions from the first scenario to the second adds, averaged "
        "over all orders of switching; thin lines: least and greatest over the orders, the wider the more the groups "
        "interact."
    )
    if attribution.log:
        note += " Log axis: parts are factors, and multiply to the whole."
    if without := idle(attribution):
        note += f" No part: {', '.join(without)}."
    one, other = (printable(name) for name in pair)
    words = measure(attribution)
    figure, top, bottom = page(
        f"Why {other} differs from {one}",
        f"{words}: {level(attribution.first, attribution)} to {level(attribution.second, attribution)}",
        note,
        f"{futures.provenance} · {count(attribution.draws)} paths in each of {attribution.coalitions} mixtures",
        height=1.5 + 0.27 * (len(parts) + 2),
    )
    ax = place(figure, left=1.55, right=1.85, top=top + 0.08, bottom=bottom + 0.22)
    palette = dict(zip(futures.names, futures.colors, strict=True))
    waterfall(ax, attribution, names=pair, colors=[palette[name] for name in pair])
    return figure


def mixture_figure(futures: Futures, mixture: Weighed) -> Figure:
    """The weighed scenarios as one fan, split by scenario, beside how much of the spread lies between them."""
    last = mixture.spread[-1]
    note = (
        "Grey: all scenarios weighed into one, bands of 50, 80 and 90%, numbers: 5%, median and 95% in "
        f"{last.year}; colours: median and 90% interval of each scenario. Right: share of the variance of "
        f"{'log ' if last.log else ''}{phrase(futures.target)} that lies between the scenarios (dark) and within them "
        "(pale)."
    )
    figure, top, bottom = page(
        title(futures.target),
        f"{_line(futures)} · {percent(last.share)} of the spread in {last.year} lies between the scenarios",
        note,
        futures.provenance,
        height=4.2,
    )
    left = place(figure, left=0.62, right=3.4, top=top + 0.3, bottom=bottom + 0.25)
    split_fan(
        left,
        mixture.summary,
        futures.summaries,
        futures.target,
        names=futures.names,
        colors=futures.colors,
        weights=mixture.weights,
    )
    spread_bars(
        place(figure, left=PAGE_WIDTH - 2.35, right=0.15, top=top + 0.3, bottom=bottom + 0.25), mixture.spread
    )
    return figure


def _line(futures: Futures) -> str:
    return (
        f"{', '.join(printable(name) for name in futures.names)} · {futures.years[0]} to {futures.years[-1]}"
    )


def _slug(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text.casefold()).strip("-") or "scenario"
