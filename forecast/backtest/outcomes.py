"""What came out, and what of it could be seen at an origin: records and price-performance by year.

The record of a year is the highest figure on record by the end of that year, whoever reached it and when: it never
falls, as in the simulation. The outcomes of 2025 are those of the end of August 2025, because the leading labs have
published no compute since; the forecasts of 2025 aim at that day. Later years are not scored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from forecast.fit.history import LAST_WELL_OBSERVED, frontier_runs, year_of
from forecast.units import Array

if TYPE_CHECKING:
    from forecast.observations import Observations

LAST_YEAR = LAST_WELL_OBSERVED.year
RECORDS = ("record_cost", "record_compute")
TARGETS = (*RECORDS, "price_performance")


@dataclass(frozen=True)
class Series:
    """One target as it can be seen on some day, in orders of magnitude.

    Attributes:
        time: Release of each frontier run that has a value [years].
        value: Its value [log10 of USD of 2023, FLOP, or FLOP/USD].
        yearly: By year the record so far, or for price-performance the median of the year's runs on GPUs.
    """

    time: Array
    value: Array
    yearly: Mapping[int, float]


def observe(observations: Observations, *, as_of: date = date.max) -> dict[str, Series]:
    """Every target as it could be seen on a day.

    Args:
        observations: History.
        as_of: Nothing that became known later is used.

    Returns:
        Series by target.
    """
    points: dict[str, list[tuple[date, float]]] = {target: [] for target in TARGETS}
    for run in frontier_runs(observations, as_of=as_of):
        cost = run.real_cost("amortized", observations.price_index)
        used = run.compute.value if run.compute else math.nan
        points["record_compute"].append((run.released, math.log10(used)))
        if cost is not None:
            points["record_cost"].append((run.released, math.log10(cost)))
            if run.chip != "tpu":
                points["price_performance"].append((run.released, math.log10(used / cost)))
    return {
        target: Series(
            time=np.array([year_of(day) for day, _ in found]),
            value=np.array([value for _, value in found]),
            yearly=_records(found) if target in RECORDS else _medians(found),
        )
        for target, found in points.items()
    }


def end_of(year: int) -> float:
    """When the outcome of a year counts as known: at its end, or on the last well-observed day [years]."""
    return min(year + 1.0, year_of(LAST_WELL_OBSERVED))


def _by_year(points: list[tuple[date, float]]) -> dict[int, list[float]]:
    years: dict[int, list[float]] = {}
    for day, value in points:
        years.setdefault(day.year, []).append(value)
    return years


def _records(points: list[tuple[date, float]]) -> dict[int, float]:
    values = _by_year(points)
    record, found = -math.inf, {}
    for year in range(min(values), max(values) + 1):
        record = max(record, *values.get(year, [record]))
        found[year] = record
    return found


def _medians(points: list[tuple[date, float]]) -> dict[int, float]:
    return {year: median(values) for year, values in _by_year(points).items()}
