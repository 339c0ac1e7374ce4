"""How differences between scenarios are told: as lines of text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecast.assumptions import AssumptionDifference
    from forecast.attribution import Attribution
    from forecast.compare import Comparison, Difference
    from forecast.futures import Futures
    from forecast.scenario import Where

LISTED = 12
"""How many differing assumptions are listed unless all are asked for."""


def lines(result: Futures, *, every: bool = False) -> Iterator[str]:
    """A finished comparison as text, every figure from its tables.

    Args:
        result: The comparison.
        every: List every differing assumption and every lab.
    """
    attributes = result.futures[0].summary.attributes
    spread = (
        f" ({attributes['sampler']}, {attributes['replicates']} replicates)"
        if "sampler" in attributes
        else ""
    )
    yield (
        f"{' and '.join(result.names)}: {int(attributes['draws']):,} shared paths{spread}, seed {attributes['seed']}; "
        "medians and 90% intervals, USD of 2023; ±: Monte Carlo standard error"
    )
    for comparison in result.comparisons:
        pair = comparison.first, comparison.second
        yield ""
        yield f"{comparison.second} against {comparison.first}"
        yield from (f"  note: {note}" for note in comparison.notes)
        yield from _assumptions(result.assumptions[pair], pair, every=every)
        yield from _table(comparison, result.target.variable, result.target.member)
        if result.target.variable != "payers":
            yield from _table(comparison, "payers", "")
        yield from _thresholds(comparison)
        yield from _affordability(result, comparison, every=every)
        if pair in result.refused:
            yield f"  {result.refused[pair]}"
        found = result.attributions.get(pair, ())
        for attribution in found:
            if attribution is found[0] or not attribution.target.member:
                yield from _why(attribution)
    if result.mixture is not None:
        yield from _mixture(result)
    if result.folder is not None:
        yield f"results: {result.folder}"


def as_dict(result: Futures, *, only_target: bool, year: int | None) -> dict[str, object]:
    """A finished comparison as JSON-ready values.

    Args:
        result: The comparison.
        only_target: Leave out the differences of other variables than the target.
        year: Leave out the differences in other years.
    """
    weights = result.mixture.weights if result.mixture else [None] * len(result.futures)
    attributes = result.futures[0].summary.attributes
    return {
        "version": 1,
        "scenarios": [
            {
                "name": future.name,
                "title": future.scenario.title,
                "file": str(future.scenario.path),
                "digest": future.scenario.digest,
                "as_of": future.scenario.as_of.isoformat(),
                "years": list(future.scenario.years),
                "weight": weight,
            }
            for future, weight in zip(result.futures, weights, strict=True)
        ],
        "target": {
            "variable": result.target.variable,
            "member": result.target.member,
            "year": result.year,
            "statistic": result.target.statistic,
        },
        "draws": int(attributes["draws"]),
        "seed": int(attributes["seed"]),
        "sampler": attributes.get("sampler", "random"),
        "replicates": int(attributes["replicates"]) if "replicates" in attributes else None,
        "notes": [
            {"first": comparison.first, "second": comparison.second, "notes": list(comparison.notes)}
            for comparison in result.comparisons
        ],
        "differences": [
            _difference(comparison, row)
            for comparison in result.comparisons
            for row in comparison.differences
            if (
                not only_target
                or (row.variable, row.member) == (result.target.variable, result.target.member)
            )
            and (year is None or row.year == year)
        ],
        "thresholds": [
            {
                "first": comparison.first,
                "second": comparison.second,
                "variable": row.variable,
                "threshold": row.threshold,
                "first_by_year": dict(zip(map(str, row.years), row.first, strict=True)),
                "second_by_year": dict(zip(map(str, row.years), row.second, strict=True)),
                "differences": dict(zip(map(str, row.years), row.differences, strict=True)),
                "errors": dict(zip(map(str, row.years), row.errors, strict=True)),
                "first_median_year": row.first_median,
                "second_median_year": row.second_median,
                "probability_second_earlier": row.earlier,
                "probability_second_later": row.later,
                "probability_neither": row.never,
            }
            for comparison in result.comparisons
            for row in comparison.thresholds
        ],
        "affordability": [
            {
                "first": comparison.first,
                "second": comparison.second,
                "lab": row.lab,
                "year": row.year,
                "first_probability": row.first,
                "first_error": row.first_error,
                "second_probability": row.second,
                "second_error": row.second_error,
                "difference": row.difference,
                "error": row.error,
            }
            for comparison in result.comparisons
            for row in comparison.affordability
        ],
        "attribution": [
            *(_attribution(pair, each) for pair, found in result.attributions.items() for each in found),
            *({"first": pair[0], "second": pair[1], "refused": why} for pair, why in result.refused.items()),
        ],
        "assumptions": [
            {
                "first": pair[0],
                "second": pair[1],
                "kind": row.kind,
                "name": row.name,
                "member": row.member,
                "group": row.group,
                "first_says": row.first,
                "first_place": _place(row.first_where),
                "second_says": row.second,
                "second_place": _place(row.second_where),
            }
            for pair, found in result.assumptions.items()
            for row in found
        ],
        "mixture": _mixture_dict(result),
        "folder": str(result.folder) if result.folder else None,
    }


def _assumptions(
    found: tuple[AssumptionDifference, ...], pair: tuple[str, str], *, every: bool
) -> Iterator[str]:
    if not found:
        yield "  the files assume the same in everything that can change a result"
        return
    yield f"  what the files assume differently: {len(found)}"
    for row in found if every else found[:LISTED]:
        name = f"{row.name}[{row.member}]" if row.member else row.name
        group = f" ({row.group})" if row.group else ""
        yield f"    {row.kind} {name}{group}"
        for called, says, where in (
            (pair[0], row.first, row.first_where),
            (pair[1], row.second, row.second_where),
        ):
            place = f"  ({where})" if where.file else ""
            yield f"      {called}: {says or 'nothing'}{place}"
    if not every and len(found) > LISTED:
        yield f"    ... and {len(found) - LISTED} more (--all lists them)"


def _table(comparison: Comparison, variable: str, member: str) -> Iterator[str]:
    from forecast.report.numbers import percent, quantity

    rows = [
        row
        for row in comparison.differences
        if (row.variable, row.member) == (variable, member) and row.year is not None
    ]
    if not rows:
        return
    name = f"{variable}[{member}]" if member else variable
    unit = rows[0].unit
    cells: list[tuple[str, ...]] = [
        (f"  {name}", comparison.first, comparison.second, "second against first", "second above")
    ]
    for row in rows:
        sides = [
            f"{quantity(middle, unit)} ({quantity(low, unit)} to {quantity(high, unit)})"
            for low, middle, high in (row.first, row.second)
        ]
        cells.append((f"  {row.year}", *sides, _change(row), f"{percent(row.exceeds)} of paths"))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _change(row: Difference) -> str:
    """The paired change: a factor where values are positive, else an amount."""
    from forecast.report.comparison_words import factor
    from forecast.report.numbers import MINUS, quantity, significant

    if row.factor is not None and row.factor_error is not None and row.unit not in ("share", "count"):
        return f"{factor(row.factor)} ±{significant(row.factor_error)}"
    amount = quantity(row.mean, row.unit)
    return f"{'' if amount.startswith(MINUS) else '+'}{amount} ±{quantity(row.mean_error, row.unit)}"


def _thresholds(comparison: Comparison) -> Iterator[str]:
    from forecast.report.numbers import money, percent

    for row in comparison.thresholds:
        last = row.years[-1]
        halves = [
            f"half by {year}" if year is not None else f"not half by {last}"
            for year in (row.first_median, row.second_median)
        ]
        yield (
            f"  a run of {money(row.threshold)} by {last}: {comparison.first} {percent(row.first[-1])} ({halves[0]}), "
            f"{comparison.second} {percent(row.second[-1])} ({halves[1]}); {comparison.second} earlier on "
            f"{percent(row.earlier)} of paths, later on {percent(row.later)}"
        )


def _affordability(result: Futures, comparison: Comparison, *, every: bool) -> Iterator[str]:
    from forecast.report.comparison_words import points
    from forecast.report.numbers import margin, percent

    rows = [row for row in comparison.affordability if row.year == result.year]
    rows.sort(key=lambda row: (-abs(row.difference), row.lab))
    shown = rows if every else rows[:6]
    if not shown:
        return
    yield f"  who can pay in {result.year}"
    for row in shown:
        error = margin(row.error)
        yield (
            f"    {row.lab}: {percent(row.first)} to {percent(row.second)}, {points(row.difference)} points"
            + (f" ({error})" if error else "")
        )
    if len(shown) < len(rows):
        yield f"    ... and {len(rows) - len(shown)} labs that change less (--all lists them)"


def _why(attribution: Attribution) -> Iterator[str]:
    from forecast.report.comparison_words import contribution, idle, level, span, steps

    ends = f"{level(attribution.first, attribution)} to {level(attribution.second, attribution)}"
    yield (
        f"  why: {attribution.measure}, {ends} "
        f"(Shapley values over {attribution.draws:,} paths, range over all orders)"
    )
    parts = steps(attribution)
    for part in parts:
        share = f", {100.0 * part.value / attribution.difference:.0f}%" if attribution.difference else ""
        yield (
            f"    {part.group:<12}{contribution(part.value, attribution):>8}  "
            f"({span(part, attribution)}){share}"
        )
    if without := idle(attribution):
        yield f"    no part: {', '.join(without)}"


def _mixture(result: Futures) -> Iterator[str]:
    from forecast.report.numbers import margin, percent, quantity

    mixture = result.mixture
    if mixture is None:
        return
    shares = ", ".join(
        f"{name} {percent(weight)}" for name, weight in zip(result.names, mixture.weights, strict=True)
    )
    variable = mixture.spread[0].variable
    unit = mixture.summary.unit(variable)
    yield ""
    yield f"all together ({shares})"
    for row, quantiles in zip(mixture.spread, mixture.summary.series(variable).tolist(), strict=True):
        low, middle, high = (quantity(quantiles[place], unit) for place in (0, 3, -1))
        what = "variance of its logarithm" if row.log else "variance"
        yield (
            f"  {row.year}  {variable} {middle} ({low} to {high}); {percent(row.share)} of the {what} lies between the "
            f"scenarios ({margin(row.error) or '±0'} points), the rest within them"
        )


def _difference(comparison: Comparison, row: Difference) -> dict[str, object]:
    ratio = None
    if row.ratios is not None and row.ratio_errors is not None:
        ratio = {
            "geometric_mean": row.factor,
            "error": row.factor_error,
            "quantiles": _levels(row.ratios),
            "errors": _levels(row.ratio_errors),
        }
    return {
        "first": comparison.first,
        "second": comparison.second,
        "variable": row.variable,
        "member": row.member,
        "unit": row.unit,
        "year": row.year,
        "first_quantiles": _levels(row.first),
        "second_quantiles": _levels(row.second),
        "difference": {
            "mean": row.mean,
            "mean_error": row.mean_error,
            "of_medians": row.medians,
            "of_medians_error": row.medians_error,
            "quantiles": _levels(row.quantiles),
            "errors": _levels(row.quantile_errors),
        },
        "ratio": ratio,
        "probability_second_above": row.exceeds,
        "probability_second_above_error": row.exceeds_error,
        "probability_first_above": row.below,
        "probability_first_above_error": row.below_error,
    }


def _levels(triple: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("p5", "p50", "p95"), triple, strict=True))


def _attribution(pair: tuple[str, str], attribution: Attribution) -> dict[str, object]:
    return {
        "first": pair[0],
        "second": pair[1],
        "variable": attribution.target.variable,
        "member": attribution.target.member,
        "year": attribution.year,
        "statistic": attribution.target.statistic,
        "measure": attribution.measure,
        "scale": "log" if attribution.log else "linear",
        "unit": attribution.unit,
        "first_value": attribution.first,
        "second_value": attribution.second,
        "difference": attribution.difference,
        "error": attribution.error,
        "draws": attribution.draws,
        "mixtures": attribution.coalitions,
        "parts": [
            {
                "group": part.group,
                "value": part.value,
                "error": part.error,
                "lowest": part.low,
                "highest": part.high,
                "alone": part.alone,
                "last": part.last,
                "factor": math.exp(part.value) if attribution.log else None,
            }
            for part in attribution.parts
        ],
    }


def _mixture_dict(result: Futures) -> dict[str, object] | None:
    mixture = result.mixture
    if mixture is None:
        return None
    variable = mixture.spread[0].variable
    return {
        "variable": variable,
        "unit": mixture.summary.unit(variable),
        "years": [
            {
                "year": row.year,
                "quantiles": dict(
                    zip(("p5", "p10", "p25", "p50", "p75", "p90", "p95"), quantiles, strict=True)
                ),
                "scale": "log" if row.log else "linear",
                "variance": row.total,
                "within": row.within,
                "between": row.between,
                "share_between": row.share,
                "share_between_error": row.error,
            }
            for row, quantiles in zip(mixture.spread, mixture.summary.series(variable).tolist(), strict=True)
        ],
        "thresholds": [
            {
                "threshold": row.threshold,
                "by_year": dict(zip(map(str, mixture.summary.coordinates.years), row.by_year, strict=True)),
            }
            for row in mixture.summary.crossings
            if row.variable == "training_cost"
        ],
    }


def _place(where: Where) -> dict[str, object] | None:
    return {"file": where.file, "line": where.line, "column": where.column} if where.file else None
