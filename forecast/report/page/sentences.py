"""The first things a reader sees: what the numbers come to, in sentences, each probability with its error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forecast.report.charts.history import HistoryPoint, records
from forecast.report.likelihood import likelihood
from forecast.report.numbers import margin, money, percent, quantity
from forecast.report.page.content import Likely, Name, Number, Sentence
from forecast.report.tables import LEVELS
from forecast.shapes import CrossingRow, Summary, SummaryRow


def exact(value: float) -> str:
    """A number as the CSV tables write it."""
    return f"{value:.9g}"


def quantile(row: SummaryRow, level: str, *, text: str = "") -> Number:
    """A quantile of a variable as a figure of the page."""
    value = row.quantiles[LEVELS.index(level)]
    return Number(text or quantity(value, row.unit), exact(value), _summary_key(row, level))


def mean(row: SummaryRow) -> Number:
    """A mean of a variable as a figure of the page."""
    return Number(quantity(row.mean, row.unit), exact(row.mean), _summary_key(row, "mean"))


def chance(value: float, error: float, key: str = "") -> tuple[Number, str]:
    """A probability and its Monte Carlo standard error in points."""
    shown = margin(error)
    return Number(percent(value), exact(value), key), f" ({shown})" if shown else ""


def likely(probability: Number) -> Likely:
    """The calibrated words for a probability."""
    return Likely(likelihood(float(probability.value)))


def reached(row: CrossingRow, year: int, years: tuple[int, ...]) -> tuple[Number, str]:
    """The probability that a threshold is reached by a year."""
    place = years.index(year)
    key = f"thresholds|{row.variable}|{exact(row.threshold)}|by {year}"
    return chance(row.by_year[place], row.errors[place], key)


def headlines(
    summary: Summary, names: Mapping[str, str], history: tuple[HistoryPoint, ...] = ()
) -> tuple[Sentence, ...]:
    """What a busy reader should know, each figure with the number behind it.

    Args:
        summary: The run; what it lacks is not told.
        names: What each lab is called, by its id.
        history: Observed costs, of which the last record is told.
    """
    return tuple(_headlines(summary, names, history))


def _who_pays(summary: Summary, last: int) -> Iterator[Sentence]:
    if payers := row_of(summary, "payers", last):
        low, high = quantile(payers, "p5"), quantile(payers, "p95")
        yield (
            low,
            *((" to ", high) if low.value != high.value else ()),
            " lab can pay for it" if low.value == high.value == "1" else " labs can pay for it",
            " (90% of paths; median ",
            quantile(payers, "p50"),
            ").",
        )
    bound, near = row_of(summary, "money_binds", last), row_of(summary, "contenders", last)
    if bound and near:
        shown = margin(bound.mean_error)
        yield (
            "Where money sets the record (",
            mean(bound),
            f" of paths in {last}{f', {shown}' if shown else ''}) ",
            "it takes all that its payer would spend, so that hardly another lab can pay; ",
            quantile(near, "p5"),
            " to ",
            quantile(near, "p95"),
            " labs can pay for a run near it (median ",
            quantile(near, "p50"),
            ").",
        )


def row_of(summary: Summary, variable: str, year: int | None) -> SummaryRow | None:
    """One row of the summary, None where there is none."""
    return next(
        (row for row in summary.rows if row.variable == variable and row.year == year and not row.member),
        None,
    )


def crossing_of(summary: Summary, variable: str, threshold: float = 1.0) -> CrossingRow | None:
    """When a variable reaches a threshold, None where nothing is known of it."""
    return next(
        (row for row in summary.crossings if row.variable == variable and row.threshold == threshold), None
    )


def _summary_key(row: SummaryRow, column: str) -> str:
    year = "" if row.year is None else row.year
    return f"summary|{row.variable}|{row.member}|{year}|{column}"


def _headlines(
    summary: Summary, names: Mapping[str, str], history: tuple[HistoryPoint, ...]
) -> Iterator[Sentence]:
    years = summary.coordinates.years
    last = years[-1]
    if cost := row_of(summary, "training_cost", last):
        known: Sentence = ()
        if highest := records(history):
            top = highest[-1]
            known = (
                "; the dearest run on record cost ",
                Number(money(top.value), exact(top.value)),
                *((" (", Name(top.label), ")") if top.label else ()),
            )
        yield (
            f"By {last} the record training run costs ",
            quantile(cost, "p50"),
            " (90%: ",
            quantile(cost, "p5"),
            " to ",
            quantile(cost, "p95"),
            ")",
            *known,
            ".",
        )
    yield from _who_pays(summary, last)
    thresholds = [row for row in summary.crossings if row.variable == "training_cost"]
    for row in thresholds[:3]:
        place = next((year for year, share in zip(years, row.by_year, strict=True) if share >= 0.5), last)
        found, error = reached(row, place, years)
        yield (
            "A run of ",
            Number(money(row.threshold), exact(row.threshold)),
            f" or more happens by {place} on ",
            found,
            f"{error} of paths",
            likely(found),
            ".",
        )
    if wall := crossing_of(summary, "data_binds"):
        found, error = reached(wall, last, years)
        yield (
            f"The data wall binds by {last} on ",
            found,
            f"{error} of paths",
            likely(found),
            ": the record run wants more different tokens than there are.",
        )
    money_binds, physics = crossing_of(summary, "money_binds"), crossing_of(summary, "physics_binds")
    if money_binds and physics:
        one, one_error = reached(money_binds, last, years)
        other, other_error = reached(physics, last, years)
        yield (
            f"By {last} money holds the record run back on ",
            one,
            f"{one_error} of paths",
            likely(one),
            ", power or chips on ",
            other,
            other_error,
            likely(other),
            ".",
        )
    if summary.dropouts:
        first = max(summary.dropouts, key=lambda row: row.first)
        if first.first > 0.0:
            found, error = chance(first.first, first.first_error, f"dropouts|{first.lab}|first_to_drop_out")
            yield (
                Name(names.get(first.lab, first.lab)),
                " is the likeliest to drop out first, on ",
                found,
                f"{error} of paths",
                likely(found),
                ".",
            )
    if share := row_of(summary, "labeling_share", last):
        yield (
            "Labeling is ",
            quantile(share, "p50"),
            f" of the cost of {last} (90%: ",
            quantile(share, "p5"),
            " to ",
            quantile(share, "p95"),
            ").",
        )
