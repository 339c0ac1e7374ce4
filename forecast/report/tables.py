"""The tables that a run leaves behind, as text: the same bytes for the same numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from forecast import cells
from forecast.shapes import QUANTILES, Summary

LEVELS = tuple(f"p{round(100 * quantile)}" for quantile in QUANTILES)
"""Column names of the quantiles."""


def _text(value: float | str | None) -> str:
    if value is None:
        return ""
    # Nine digits are far more than the Monte Carlo error leaves and hide the last bit, which may differ by platform.
    return f"{value:.9g}" if isinstance(value, float) else cells.safe(str(value))


def csv_text(header: Sequence[str], rows: Iterable[Sequence[float | str | int | None]]) -> str:
    """A table as text: numbers with nine digits, nothing for what is not known."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_text(value) for value in row])
    return text.getvalue()


def summary_csv(summary: Summary) -> str:
    """Mean and quantiles of every variable by year, each with its Monte Carlo standard error."""
    header = (
        "variable",
        "unit",
        "member",
        "year",
        "mean",
        "mean_error",
        *LEVELS,
        *(f"{level}_error" for level in LEVELS),
    )
    return csv_text(
        header,
        (
            (
                row.variable,
                row.unit,
                row.member,
                row.year,
                row.mean,
                row.mean_error,
                *row.quantiles,
                *row.quantile_errors,
            )
            for row in summary.rows
        ),
    )


def affordability_csv(summary: Summary, names: Mapping[str, str]) -> str:
    """Share of paths on which each lab can pay for the record run, in all years so far, or comes near; with errors."""
    header = (
        "lab",
        "name",
        "year",
        "probability",
        "error",
        "probability_every_year_so_far",
        "every_year_error",
        "probability_near_the_record",
        "near_error",
    )
    return csv_text(
        header,
        (
            (
                row.lab,
                names.get(row.lab, row.lab),
                row.year,
                row.probability,
                row.error,
                row.by_path,
                row.by_path_error,
                "" if row.near is None else row.near,
                "" if row.near_error is None else row.near_error,
            )
            for row in summary.affordability
        ),
    )


def dropouts_csv(summary: Summary, names: Mapping[str, str]) -> str:
    """Who drops out first: share of paths on which each lab can pay at all, stops, and is the first to, with errors."""
    header = ("lab", "name", "ever_able", "drops_out", "drops_out_error", "first_to_drop_out", "first_error")
    return csv_text(
        header,
        (
            (
                row.lab,
                names.get(row.lab, row.lab),
                row.able,
                row.dropped,
                row.dropped_error,
                row.first,
                row.first_error,
            )
            for row in summary.dropouts
        ),
    )


def payer_sets_csv(summary: Summary, names: Mapping[str, str]) -> str:
    """The likeliest sets of labs that can pay for the record run of each year, and how likely each is, with errors."""
    header = ("year", "labs", "names", "count", "probability", "error")
    return csv_text(
        header,
        (
            (
                row.year,
                " ".join(row.labs),
                ", ".join(names.get(lab, lab) for lab in row.labs),
                len(row.labs),
                row.probability,
                row.error,
            )
            for row in summary.payer_sets
        ),
    )


def thresholds_csv(summary: Summary) -> str:
    """Share of paths that have reached each threshold by each year, and the share that has not by the last."""
    last = summary.coordinates.years[-1]
    rows: list[Sequence[float | str | int | None]] = []
    for crossing in summary.crossings:
        points = zip(summary.coordinates.years, crossing.by_year, crossing.errors, strict=True)
        rows += [
            (crossing.variable, crossing.unit, crossing.threshold, f"by {year}", share, error)
            for year, share, error in points
        ]
        rows.append(
            (
                crossing.variable,
                crossing.unit,
                crossing.threshold,
                f"after {last}",
                crossing.never,
                crossing.never_error,
            )
        )
    return csv_text(("variable", "unit", "threshold", "reached", "probability", "error"), rows)
