"""Several scenarios on the page: how they differ on the same paths, and which assumptions do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forecast.assumptions import AssumptionDifference
from forecast.attribution import Attribution
from forecast.compare import Comparison, Difference
from forecast.report.charts import comparisons as charts
from forecast.report.charts.affordability_difference import alt_text_affordability_difference
from forecast.report.charts.dumbbell import alt_text_dumbbells, shown
from forecast.report.charts.overlay import alt_text_overlay
from forecast.report.charts.waterfall import alt_text_waterfall
from forecast.report.charts.wording import title
from forecast.report.comparison_words import contribution, factor, level, points, steps
from forecast.report.numbers import interval, margin, percent, quantity
from forecast.report.page.content import Name, Number, Picture, Piece, Section, Sentence, Table
from forecast.report.page.pictures import picture
from forecast.report.page.sentences import exact
from forecast.report.style import house_style

Pair = tuple[str, str]
_SHOWN = (
    *(
        "training_cost",
        "training_compute",
        "effective_compute",
        "price_performance",
        "algorithmic_efficiency",
    ),
    *("data_cost", "labeling_cost", "development_cost", "largest_run_budget", "payers", "contenders"),
)


def comparison_sections(
    futures: charts.Futures,
    comparisons: Sequence[Comparison],
    assumptions: Mapping[Pair, Sequence[AssumptionDifference]],
    attributions: Mapping[Pair, Sequence[Attribution]],
    refused: Mapping[Pair, str],
) -> tuple[Section, ...]:
    """How scenarios differ, the first with each of the others.

    Args:
        futures: The scenarios.
        comparisons: The first scenario with each of the others.
        assumptions: What the files say differently, by the names of the two scenarios.
        attributions: What is divided over groups of assumptions.
        refused: Why something is not divided.
    """
    return (
        _side_by_side(futures, comparisons),
        _reasons(futures, comparisons, assumptions, attributions, refused),
    )


def _side_by_side(futures: charts.Futures, comparisons: Sequence[Comparison]) -> Section:
    year = futures.years[-1]
    differences = [_differences(comparison, year) for comparison in comparisons]
    with house_style():
        panels = charts.panels_figure(futures)
        rows = shown(futures.summaries, tuple(dict.fromkeys((futures.target, *charts.VARIABLES))), year)
        horizon = charts.horizon_figure(futures, rows)
    pictures = [
        picture(
            panels,
            name="panels",
            heading=f"{title(futures.target)}, one scenario beside the other",
            alternative=alt_text_overlay(
                futures.summaries, futures.target, names=futures.names, years=futures.years
            ),
        ),
        picture(
            horizon,
            name="horizon",
            heading=f"Where the scenarios stand in {year}",
            alternative=alt_text_dumbbells(futures.summaries, rows, names=futures.names, year=year),
            tables=differences,
        ),
    ]
    for number, comparison in enumerate(comparisons):
        if comparison.affordability:
            with house_style():
                figure = charts.affordability_figure(futures, comparison)
            pictures.append(
                picture(
                    figure,
                    name=f"affordability-{number}",
                    heading=f"Who can pay: {comparison.second} against {comparison.first}",
                    alternative=alt_text_affordability_difference(comparison, names=futures.labs),
                    tables=[_able(comparison, futures.labs)],
                )
            )
    return Section(
        name="comparison",
        heading="How the scenarios differ",
        sentences=tuple(_sentence(comparison, year) for comparison in comparisons)
        + tuple((note,) for comparison in comparisons for note in comparison.notes),
        pictures=tuple(pictures),
    )


def _sentence(comparison: Comparison, year: int) -> Sentence:
    row = next(
        (row for row in comparison.differences if row.variable == "training_cost" and row.year == year), None
    )
    if row is None or row.factor is None or row.ratios is None:
        return (Name(comparison.second), " is compared with ", Name(comparison.first), ".")
    return (
        "In ",
        Name(comparison.second),
        f" the record run of {year} costs ",
        Number(factor(row.factor), exact(row.factor)),
        " as much as in ",
        Name(comparison.first),
        " on the same path (geometric mean; 90%: ",
        Number(factor(row.ratios[0]), exact(row.ratios[0])),
        " to ",
        Number(factor(row.ratios[2]), exact(row.ratios[2])),
        "), and more on ",
        Number(percent(row.exceeds), exact(row.exceeds)),
        f" of paths (Monte Carlo error {margin(row.exceeds_error)} points).",
    )


def _differences(comparison: Comparison, year: int) -> Table:
    def ratio(row: Difference) -> Piece:
        if row.factor is None:
            return "no ratio"
        return Number(f"{factor(row.factor)}", exact(row.factor))

    def spread(row: Difference) -> str:
        return f"{factor(row.ratios[0])} to {factor(row.ratios[2])}" if row.ratios is not None else ""

    rows = [
        (
            title(variable),
            *(
                piece
                for side in (row.first, row.second)
                for piece in (
                    Number(quantity(side[1], row.unit), exact(side[1])),
                    interval(side[0], side[2], row.unit),
                )
            ),
            ratio(row),
            spread(row),
            Number(percent(row.exceeds), exact(row.exceeds)),
        )
        for variable in _SHOWN
        for row in comparison.differences
        if row.variable == variable and row.year == year and not row.member
    ]
    return Table(
        caption=f"{comparison.second} against {comparison.first} in {year}, on the same paths",
        header=(
            *("Variable", comparison.first, "90%", comparison.second, "90%"),
            *("Ratio on a path", "90% of that", "Second above first"),
        ),
        rows=tuple(rows),
    )


def _able(comparison: Comparison, labs: Mapping[str, str]) -> Table:
    rows = {(row.lab, row.year): row for row in comparison.affordability}
    order = list(dict.fromkeys(row.lab for row in comparison.affordability))
    return Table(
        caption=f"Change of the share of paths on which each lab can pay, {comparison.second} less {comparison.first}, "
        "percentage points",
        header=("Lab", *map(str, comparison.years), "Greatest error, points"),
        rows=tuple(
            (
                Name(labs.get(lab, lab)),
                *(
                    Number(points(rows[lab, year].difference), exact(rows[lab, year].difference))
                    for year in comparison.years
                ),
                margin(max(rows[lab, year].error for year in comparison.years)) or "0",
            )
            for lab in order
        ),
    )


def _reasons(
    futures: charts.Futures,
    comparisons: Sequence[Comparison],
    assumptions: Mapping[Pair, Sequence[AssumptionDifference]],
    attributions: Mapping[Pair, Sequence[Attribution]],
    refused: Mapping[Pair, str],
) -> Section:
    pictures: list[Picture] = []
    for number, comparison in enumerate(comparisons):
        pair = comparison.first, comparison.second
        for place, attribution in enumerate(attributions.get(pair, ())):
            if place and attribution.target.member:
                continue
            with house_style():
                figure = charts.waterfall_figure(futures, pair, attribution)
            pictures.append(
                picture(
                    figure,
                    name=f"why-{number}-{place}",
                    heading=f"Why {title(attribution.target.variable).lower()} differs: {pair[1]} against {pair[0]}",
                    alternative=alt_text_waterfall(attribution, names=pair),
                    tables=[_parts(pair, attribution)],
                )
            )
    tables = [
        Table(
            caption=f"What {pair[1]} assumes differently from {pair[0]}",
            header=("Assumption", "Group", pair[0], "Where", pair[1], "Where"),
            rows=tuple(
                (
                    Name(f"{row.name} [{row.member}]" if row.member else row.name),
                    row.group or row.kind,
                    Name(row.first or "does not have it"),
                    Name(str(row.first_where)),
                    Name(row.second or "does not have it"),
                    Name(str(row.second_where)),
                )
                for row in found
            ),
            wide=(22, 12, 20, 13, 20, 13),
        )
        for pair, found in assumptions.items()
        if found
    ]
    return Section(
        name="reasons",
        heading="Why they differ",
        sentences=(
            (
                (
                    "A difference is divided exactly over groups of assumptions by Shapley values: what "
                    "switching a group adds, averaged over all orders of switching. Both ends of each "
                    "range are the least and the greatest over the orders."
                ),
            ),
            *((Name(f"{pair[1]}: {reason}"),) for pair, reason in refused.items()),
        ),
        pictures=tuple(pictures),
        tables=tuple(tables),
    )


def _parts(pair: Pair, attribution: Attribution) -> Table:
    rows: list[tuple[Piece, ...]] = [
        (Name(pair[0]), level(attribution.first, attribution), "", ""),
        *(
            (
                part.group,
                Number(contribution(part.value, attribution), exact(part.value)),
                contribution(part.low, attribution),
                contribution(part.high, attribution),
            )
            for part in steps(attribution)
        ),
        (Name(pair[1]), level(attribution.second, attribution), "", ""),
    ]
    return Table(
        caption=f"What each group of assumptions does to the {attribution.measure}",
        header=("Group", "Contribution", "Least over all orders", "Greatest"),
        rows=tuple(rows),
    )
