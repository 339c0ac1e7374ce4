"""The tables that a comparison leaves behind, as text: the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from forecast.assumptions import AssumptionDifference
from forecast.attribution import Attribution
from forecast.compare import Comparison, Triple
from forecast.mixture import Spread
from forecast.report.tables import csv_text

_NOTHING = (None, None, None)
Row = Sequence[float | str | int | None]


def differences_csv(comparisons: Sequence[Comparison]) -> str:
    """Every variable in every year in both scenarios, the paired difference and ratio, and who is above."""
    header = (
        *("first", "second", "variable", "unit", "member", "year"),
        *(f"{side}_{level}" for side in ("first", "second") for level in ("p5", "p50", "p95")),
        *("mean_difference", "mean_difference_error", "difference_of_medians", "difference_of_medians_error"),
        *(f"difference_{level}" for level in ("p5", "p50", "p95")),
        *(f"difference_{level}_error" for level in ("p5", "p50", "p95")),
        *("ratio", "ratio_error"),
        *(f"ratio_{level}" for level in ("p5", "p50", "p95")),
        *(f"ratio_{level}_error" for level in ("p5", "p50", "p95")),
        *("probability_second_above", "second_above_error", "probability_first_above", "first_above_error"),
    )
    return csv_text(header, (row for comparison in comparisons for row in _differences(comparison)))


def affordability_csv(comparisons: Sequence[Comparison], names: Mapping[str, str]) -> str:
    """Share of paths on which each lab can pay in both scenarios, and the paired difference."""
    header = (
        *("first", "second", "lab", "name", "year"),
        *("first_probability", "first_error", "second_probability", "second_error", "difference", "error"),
    )
    rows: Iterator[Row] = (
        (
            *(comparison.first, comparison.second, row.lab, names.get(row.lab, row.lab), row.year),
            *(row.first, row.first_error, row.second, row.second_error, row.difference, row.error),
        )
        for comparison in comparisons
        for row in comparison.affordability
    )
    return csv_text(header, rows)


def thresholds_csv(comparisons: Sequence[Comparison]) -> str:
    """Share of paths that have reached each threshold by each year in both scenarios, and the paired difference."""
    header = (
        *("first", "second", "variable", "unit", "threshold", "by_year"),
        *("first_probability", "first_error", "second_probability", "second_error", "difference", "error"),
    )
    rows: Iterator[Row] = (
        (comparison.first, comparison.second, row.variable, row.unit, row.threshold, *cells)
        for comparison in comparisons
        for row in comparison.thresholds
        for cells in zip(
            row.years,
            row.first,
            row.first_errors,
            row.second,
            row.second_errors,
            row.differences,
            row.errors,
            strict=True,
        )
    )
    return csv_text(header, rows)


def attribution_csv(attributions: Mapping[tuple[str, str], Sequence[Attribution]]) -> str:
    """What each group of assumptions contributes to each difference, with error and range over all orders."""
    header = (
        *("first", "second", "variable", "member", "year", "statistic", "scale"),
        *("first_value", "second_value", "difference", "difference_error"),
        *("group", "part", "error", "least", "greatest", "alone", "last"),
    )
    rows: Iterator[Row] = (
        (
            *(*pair, each.target.variable, each.target.member, each.year, each.target.statistic),
            "log" if each.log else each.unit,
            *(each.first, each.second, each.difference, each.error),
            *(part.group, part.value, part.error, part.low, part.high, part.alone, part.last),
        )
        for pair, found in attributions.items()
        for each in found
        for part in each.parts
    )
    return csv_text(header, rows)


def assumptions_csv(found: Mapping[tuple[str, str], Sequence[AssumptionDifference]]) -> str:
    """What the files assume differently, each with the file and line that says it."""
    header = (
        *("first", "second", "kind", "name", "member", "group"),
        *("first_says", "first_file", "first_line", "second_says", "second_file", "second_line"),
    )
    rows: Iterator[Row] = (
        (
            *(*pair, row.kind, row.name, row.member, row.group),
            *(row.first, row.first_where.file, row.first_where.line),
            *(row.second, row.second_where.file, row.second_where.line),
        )
        for pair, differences in found.items()
        for row in differences
    )
    return csv_text(header, rows)


def spread_csv(rows: Sequence[Spread]) -> str:
    """How much of the variance of a mixture lies within and between its scenarios, by year."""
    header = ("variable", "year", "scale", "variance", "within", "between", "share_between", "error")
    return csv_text(
        header,
        (
            (
                *(row.variable, row.year, "log" if row.log else "linear"),
                *(row.total, row.within, row.between, row.share, row.error),
            )
            for row in rows
        ),
    )


def _differences(comparison: Comparison) -> Iterator[Row]:
    for row in comparison.differences:
        yield (
            *(comparison.first, comparison.second, row.variable, row.unit, row.member, row.year),
            *(*row.first, *row.second, row.mean, row.mean_error, row.medians, row.medians_error),
            *(*row.quantiles, *row.quantile_errors, row.factor, row.factor_error),
            *(*_cells(row.ratios), *_cells(row.ratio_errors)),
            *(row.exceeds, row.exceeds_error, row.below, row.below_error),
        )


def _cells(triple: Triple | None) -> tuple[float | None, ...]:
    return triple if triple is not None else _NOTHING
