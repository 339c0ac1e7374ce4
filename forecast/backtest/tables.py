"""The backtest as text, JSON and CSV."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any

from forecast import cells
from forecast.backtest import FORMAT, Average, Backtest, averages, criteria, paired
from forecast.backtest.combination import Comparison
from forecast.backtest.outcomes import LAST_YEAR
from forecast.fit.candidates import SHIPPED
from forecast.scoring import Score

_TARGETS = {
    "record_cost": "record cost (amortised, USD of 2023)",
    "record_compute": "record compute (FLOP)",
    "price_performance": "price-performance (FLOP per USD of 2023, runs on GPUs)",
}
_WIDTH = 100
_COLUMNS = {"CRPS": 6, "ratio": 6, "log": 6, "50/80/90% cover": 16, "bias": 6, "width": 6, "PIT": 5}
_HEADING = f"  {'method':<20} " + " ".join(f"{name:>{width}}" for name, width in _COLUMNS.items())


def scores_csv(result: Backtest) -> str:
    """Every score, one forecast of one method a row; the variants of the baseline come last."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [item.name for item in fields(Score)]
    writer.writerow(names)
    for row in (*result.scores, *result.sensitivity):
        writer.writerow([_cell(getattr(row, name)) for name in names])
    return text.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else cells.safe(str(value))


def document(
    result: Backtest, *, method: str = "forecast", compared: Comparison | None = None
) -> dict[str, Any]:
    """Scores, their means, paired differences and what must hold, ready for JSON.

    Args:
        result: The backtest.
        method: Whose forecasts are judged.
        compared: The candidate models, if they were compared.
    """
    found: dict[str, Any] = {
        "format": FORMAT,
        "unit": "orders of magnitude (log10); log_score is minus the natural logarithm of a density: lower is better",
        "origins": [asdict(origin) for origin in result.origins],
        "scores": [asdict(row) for row in result.scores],
        "sensitivity": [asdict(row) for row in result.sensitivity],
        "averages": [asdict(row) for row in averages((*result.scores, *result.sensitivity))],
        "paired": [
            asdict(row) for row in paired(result.scores, method=method, baselines=_others(result, method))
        ],
        "criteria": [asdict(each) | {"holds": each.holds} for each in criteria(result.scores, method=method)],
        "caution": caution(result),
    }
    if compared is not None:
        found["candidates"] = candidate_document(compared)
    return found


def candidate_document(compared: Comparison) -> dict[str, Any]:
    """The candidates beside each other, ready for JSON.

    Args:
        compared: The candidates' scores and weights.
    """
    return {
        "shipped": SHIPPED,
        "scores": [asdict(row) for row in compared.scores],
        "averages": [asdict(row) for row in averages(compared.scores)],
        "stacking_weights": {str(year): dict(each) for year, each in compared.weights.items()},
        "final_stacking_weights": dict(compared.final),
    }


def caution(result: Backtest) -> str:
    """How little these figures can show, in words."""
    count = len({(row.origin, row.lead) for row in result.scores})
    independent = max(1, round(len(result.origins) / 1.5)) if len(result.origins) > 1 else 1
    return (
        f"{count} forecasts from {len(result.origins)} origins. Their horizons overlap, so they are worth about "
        f"{independent} independent ones: small differences mean nothing, and no p-values are given. Costs and compute "
        "of old runs are as estimated today, not as rumoured then, and the outcomes of "
        f"{LAST_YEAR} are those of its end of August, after which the leading labs published no compute."
    )


def lines(result: Backtest, *, method: str = "forecast", compared: Comparison | None = None) -> Iterator[str]:
    """The backtest for people.

    Args:
        result: The backtest.
        method: Whose forecasts are judged.
        compared: The candidate models, if they were compared.
    """
    every = averages((*result.scores, *result.sensitivity))
    first, last = result.origins[0].year, result.origins[-1].year
    span = f"from the ends of {first} to {last}" if last > first else f"from the end of {first}"
    if method != "forecast":
        span = "from " + ", ".join(each.day for each in result.origins)
    ahead = (
        f"{min(_leads(every))} to {max(_leads(every))}" if len(_leads(every)) > 1 else f"{_leads(every)[0]}"
    )
    yield f"Backtest {span}, {ahead} years ahead; orders of magnitude, lower CRPS is better"
    yield from textwrap.wrap(caution(result), _WIDTH)
    for target, words in _TARGETS.items():
        rows = [row for row in every if row.target == target and row.lead is None]
        base = next(row.crps for row in rows if row.method == "ols_top10")
        yield ""
        yield words
        yield _HEADING
        yield from (_line(row, base) for row in rows)
        yield f"  {'CRPS by lead':<20} " + " ".join(f"{lead:>6}" for lead in _leads(every))
        for each in dict.fromkeys(row.method for row in result.scores):
            by_lead = {row.lead: row.crps for row in every if (row.target, row.method) == (target, each)}
            yield f"    {each:<18} " + " ".join(f"{by_lead[lead]:>6.2f}" for lead in _leads(every))
    yield ""
    yield f"paired differences of CRPS, {method} less baseline (negative: {method} is better)"
    for pair in paired(result.scores, method=method, baselines=_others(result, method)):
        if pair.lead is None:
            yield (
                f"  {pair.target:<18} {pair.baseline:<12} {pair.crps:+.3f}  better in {100 * pair.better:.0f}% of "
                f"{pair.count}; the origin that speaks most against it: {pair.worst_origin:+.3f}"
            )
    yield ""
    yield from criteria_lines(result, method=method)
    if compared is not None:
        yield from candidate_lines(compared)


def criteria_lines(result: Backtest, *, method: str = "forecast") -> Iterator[str]:
    """What must hold on record cost, with what was found.

    Args:
        result: The backtest.
        method: Whose forecasts are judged.
    """
    yield f"what must hold on record cost ({method})"
    for rule in criteria(result.scores, method=method):
        bounds = f"at most {rule.high:g}" if rule.low == 0.0 else f"{rule.low:g} to {rule.high:g}"
        yield f"  {'holds' if rule.holds else 'FAILS'}  {rule.name}: {rule.value:.2f} ({bounds})"


def candidate_lines(compared: Comparison) -> Iterator[str]:
    """The candidates beside each other in words: scores of forecasts from old dates, and stacking weights.

    Args:
        compared: The candidates' scores and weights.
    """
    every = averages(compared.scores)
    for target, words in _TARGETS.items():
        rows = [row for row in every if row.target == target and row.lead is None]
        base = next(row.crps for row in rows if row.method == SHIPPED)
        yield ""
        yield f"candidate models, {words}; ratio to {SHIPPED}, which ships"
        yield _HEADING
        yield from (_line(row, base) for row in rows)
    yield ""
    yield "stacking weights of the candidates, by multi-year log scores of both records"
    for label, weights in (
        *((f"known at the end of {year}", found) for year, found in compared.weights.items()),
        ("from all outcomes", compared.final),
    ):
        yield f"  {label:<24} " + "  ".join(f"{name} {weight:.2f}" for name, weight in weights.items())


def _others(result: Backtest, method: str) -> Sequence[str]:
    return [name for name in dict.fromkeys(row.method for row in result.scores) if name != method]


def _leads(rows: Sequence[Average]) -> list[int]:
    return sorted({row.lead for row in rows if row.lead is not None})


def _line(row: Average, base: float) -> str:
    cover = "/".join(f"{100 * share:.0f}" for share in (row.covered_50, row.covered_80, row.covered_90))
    return (
        f"  {row.method:<20} {row.crps:>6.3f} {row.crps / base:>6.2f} {row.log_score:>6.2f} {cover:>16} "
        f"{row.bias:>+6.2f} {row.width_90:>6.2f} {row.pit:>5.2f}"
    )
