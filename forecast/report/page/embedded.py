"""What the page carries for its script: quantiles as they are, and a thinned set of whole paths in few bytes."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.report.charts.bands import PRESETS, quantile_series
from forecast.report.charts.history import HistoryPoint, clean
from forecast.report.charts.wording import axis_label, title
from forecast.report.page.changes import Earlier
from forecast.shapes import QUANTILES, Summary, Trajectories
from forecast.units import Array

VARIABLES = (
    "training_cost",
    "development_cost",
    "training_compute",
    "effective_compute",
    "price_performance",
    "power_draw",
    "data_use",
    "labeling_share",
    "payers",
)
"""The variables that the page can draw and filter; those that a run lacks are left out."""

LEVELS = tuple(sorted({*QUANTILES, *(level for bands in PRESETS.values() for level in bands.levels)}))
"""The quantiles that some way of drawing a fan needs, symmetric about the median."""

FILTERS = 12
"""How many inputs the what-if panel offers."""

MOST_PATHS = 2000
_LARGEST = 65535
_LINEAR = ("share", "probability", "yes/no", "count", "1/yr", "ln", "decade", "point")
_PAST = 6


def embedded(
    summary: Summary,
    trajectories: Trajectories,
    history: Mapping[str, Sequence[HistoryPoint]],
    names: Mapping[str, str],
    *,
    paths: int = MOST_PATHS,
    earlier: Earlier | None = None,
) -> dict[str, Any]:
    """Everything that the script needs to draw one scenario and to filter its paths, ready for JSON.

    Args:
        summary: The run.
        trajectories: Its paths; the first ones are taken, since draws are in no order.
        history: What was observed, by variable.
        names: What each lab is called, by its id.
        paths: How many paths to carry at most.
        earlier: An earlier run, to be drawn behind this one where its figures differ.
    """
    kept = min(paths, trajectories.draws)
    years = summary.coordinates.years
    shown = [name for name in VARIABLES if name in trajectories.variables]
    return {
        "years": list(years),
        "draws": trajectories.draws,
        "paths": kept,
        "earlier": _earlier(summary, earlier, shown) if earlier is not None else None,
        "variables": {
            name: {
                **_described(name, summary, trajectories),
                "history": [
                    [
                        _rounded(point.date, 7),
                        *(_rounded(each) for each in (point.value, point.low, point.high)),
                    ]
                    for point in clean(history.get(name, ()))
                    if point.date >= years[0] - _PAST
                ],
                "thresholds": [
                    {
                        "value": row.threshold,
                        "by": [_rounded(share, 9) for share in row.by_year],
                        "errors": [_rounded(error, 9) for error in row.errors],
                    }
                    for row in summary.crossings
                    if row.variable == name
                ],
                **packed(
                    trajectories[name][:, :kept],
                    log=summary.unit(name) not in _LINEAR and _above_zero(trajectories[name]),
                ),
            }
            for name in shown
        },
        "inputs": [
            {
                "name": name,
                "label": title(name),
                "unit": trajectories.variables[name].unit,
                **packed(trajectories[name][:kept], log=_above_zero(trajectories[name])),
            }
            for name in influential(trajectories)
        ],
        "labs": _labs(summary, trajectories, names, kept),
    }


def influential(trajectories: Trajectories, most: int = FILTERS) -> tuple[str, ...]:
    """The inputs that go together most with the cost of the record run, or with who can pay, in the last year.

    Ordered by the greater of the two rank correlations; inputs that do not vary are left out.
    """
    targets = [
        _ranks(trajectories[name][-1].astype(float))
        for name in ("training_cost", "effective_compute", "payers")
        if name in trajectories.variables
    ]
    strength = {}
    for name, variable in trajectories.variables.items():
        if variable.dims != ("draw",) or np.ptp(variable.values) <= 1e-12 * np.abs(variable.values).max():
            continue
        ranks = _ranks(variable.values)
        strength[name] = max((abs(float(np.mean(ranks * target))) for target in targets), default=0.0)
    return tuple(sorted(strength, key=lambda name: (-strength[name], name))[:most])


def packed(values: Array, *, log: bool) -> dict[str, Any]:
    """Numbers as base64 of 16-bit steps between their extremes, of their logarithms where ``log`` is set.

    Args:
        values: Any shape; the script gets them flat, the last axis fastest.
        log: Whether steps are equal in the logarithm; all values must be above zero then.
    """
    numbers = np.log(values) if log else values.astype(float)
    low, high = float(numbers.min()), float(numbers.max())
    width = (high - low) or 1.0
    steps = np.rint((numbers - low) / width * _LARGEST).astype("<u2")
    return {"log": log, "low": low, "width": width, "steps": _text(steps)}


def _earlier(summary: Summary, earlier: Earlier, shown: Sequence[str]) -> dict[str, Any] | None:
    """Year, 5%, 50% and 95% quantile of an earlier run, by variable; None when nothing has moved."""
    now = {
        (row.variable, row.year): [_rounded(value, 9) for value in row.quantiles[::3]]
        for row in summary.rows
        if not row.member
    }
    found: dict[str, list[list[float]]] = {}
    for (name, year), (quantiles, _) in sorted(earlier.quantiles.items()):
        if name in shown and summary.coordinates.years[0] <= year <= summary.coordinates.years[-1]:
            found.setdefault(name, []).append([year, *(_rounded(value, 9) for value in quantiles.values())])
    if all(row[1:] == now.get((name, int(row[0]))) for name, rows in found.items() for row in rows):
        return None
    return {"as_of": earlier.as_of, "variables": found}


def _described(name: str, summary: Summary, trajectories: Trajectories) -> dict[str, Any]:
    unit = summary.unit(name)
    series = quantile_series(summary, name, LEVELS, trajectories)
    errors = [row.quantile_errors for row in summary.rows if row.variable == name and row.year is not None]
    return {
        "title": title(name),
        "unit": unit,
        "whole": unit == "count",
        "axis": axis_label(name, unit, log=False),
        "quantiles": [[_rounded(value, 9) for value in row] for row in series.tolist()],
        "errors": [_rounded(row[QUANTILES.index(0.5)], 4) for row in errors],
    }


def _labs(
    summary: Summary, trajectories: Trajectories, names: Mapping[str, str], kept: int
) -> dict[str, Any]:
    if "affordable" not in trajectories.variables:
        return {"names": [], "bits": "", "chances": []}
    able = trajectories["affordable"][:, :, :kept] > 0
    chances = {(row.lab, row.year): row.probability for row in summary.affordability}
    labs, years = trajectories.coordinates.labs, trajectories.coordinates.years
    return {
        "names": [names.get(lab, lab) for lab in labs],
        "bits": _text(np.packbits(able.reshape(-1), bitorder="little")),
        "chances": [[_rounded(chances[lab, year], 9) for year in years] for lab in labs],
    }


def _above_zero(values: NDArray[Any]) -> bool:
    return bool(values.min() > 0)


def _ranks(values: Array) -> Array:
    """Ranks with mean zero and variance one, so that a mean product is the rank correlation."""
    order: Array = np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(float)
    scaled: Array = (order - order.mean()) / (order.std() or 1.0)
    return scaled


def _rounded(value: float, digits: int = 5) -> float:
    return float(f"{value:.{digits}g}")


def _text(numbers: NDArray[Any]) -> str:
    return base64.b64encode(numbers.tobytes()).decode("ascii")
