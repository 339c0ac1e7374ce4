"""What the tables say of the inputs that a scenario states: the least and the greatest published value of each.

Only rows that measure what an input means are named here, and only where they span a range: an interval, or several
figures. What was derived from other rows, or measures something near it, says nothing about where a number must lie.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forecast.observations import Observation, Observations

Place = tuple[str, str]
"""An input, and the member of its axis or an empty text."""


@dataclass(frozen=True, slots=True)
class Published:
    """The range of what was published about an input, in its own unit (money in USD of 2023, growth as a rate)."""

    low: float
    high: float
    rows: tuple[str, ...]
    table: str


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows that measure an input: their table, metric and the beginnings of their entities, and how they convert."""

    table: str
    metric: str
    entities: tuple[str, ...] = ("",)
    convert: Callable[[float], float] = float
    points: bool = False


def _times(factor: float) -> Callable[[float], float]:
    return lambda value: value * factor


def _halving(months: float) -> float:
    return math.log(2.0) * 12.0 / months


_TRILLION, _BILLION = _times(1e12), _times(1e9)
_PER_MILLION, _MONTHS = _times(1e-6), _times(1.0 / 12.0)
_PHILIPPINES_AND_KENYA = ("Remotasks Philippines", "Remotasks Kenya", "Sama Kenya")
_GENERALISTS = ("Remotasks US", "DataAnnotation", "Surge annotator", "Commodity annotation")

_MEASURED: Mapping[Place, tuple[_Rows, ...]] = {
    ("algorithmic_growth", ""): (
        # Their intervals reach down to six weeks, which nobody proposes as a forecast: the point values count.
        _Rows("algorithms", "halving_time", ("Language pre-training", "ImageNet"), _halving, points=True),
        _Rows(
            "algorithms",
            "efficiency_gain",
            ("Software progress overall", "Pre-training efficiency"),
            math.log,
        ),
    ),
    # One published figure is an upper end: a run that lasts longer each year meets its limit.
    ("run_length_growth", ""): (_Rows("algorithms", "growth", ("Training run length",), math.log),),
    ("tokens_per_parameter", ""): (
        _Rows("algorithms", "tokens_per_parameter"),
        _Rows("algorithms", "tokens_per_parameter_at_Chinchilla_compute"),
    ),
    ("loss_parameter_exponent", ""): (_Rows("algorithms", "alpha", ("Chinchilla",)),),
    ("loss_token_exponent", ""): (_Rows("algorithms", "beta", ("Chinchilla",)),),
    ("open_weights_lag", ""): (_Rows("algorithms", "lag", ("Open vs closed", "China vs frontier"), _MONTHS),),
    ("stock_now", "web"): (_Rows("data_stocks", "raw_stock", ("Indexed web",), _TRILLION),),
    ("stock_growth", "web"): (_Rows("data_stocks", "stock_growth", ("Indexed web",), math.log),),
    ("price_per_token", "web"): (_Rows("data_stocks", "implied_price", ("Web crawl",), _PER_MILLION),),
    ("wage_now", "offshore"): (_Rows("labeling", "wage", _PHILIPPINES_AND_KENYA),),
    ("wage_now", "generalist"): (_Rows("labeling", "wage", _GENERALISTS),),
    ("wage_now", "skilled"): (_Rows("labeling", "wage", ("Expert RLHF", "Mercor average")),),
    ("wage_now", "expert"): (_Rows("labeling", "wage", ("Professional experts", "Medical consultant")),),
    ("automated_label_price", ""): (_Rows("labeling", "unit_cost", ("AI preference datum",)),),
    ("experiments_per_run", ""): (_Rows("lab_finances", "experiments_vs_final_compute_multiplier"),),
    ("final_run_share", ""): (_Rows("lab_finances", "final_run_share_of_rd_compute"),),
    ("capital_spending_now", "google"): (_Rows("lab_finances", "capex_guidance", ("Alphabet",), _BILLION),),
    ("capital_spending_now", "microsoft"): (
        _Rows("lab_finances", "capex_guidance", ("Microsoft",), _BILLION),
    ),
    ("capital_spending_now", "meta"): (_Rows("lab_finances", "capex_guidance", ("Meta",), _BILLION),),
}
_FLOORS: Mapping[Place, float] = {("run_length_growth", ""): 0.0}
MEASURED = tuple(_MEASURED)
"""The inputs for which the tables hold published figures."""


def published(history: Observations) -> dict[Place, Published]:
    """The least and the greatest published value of inputs, intervals included.

    Args:
        history: What was known on some day.

    Returns:
        The range of each input of which something was known by then.
    """
    found: dict[Place, Published] = {}
    for place, measures in _MEASURED.items():
        rows = [
            (row, value)
            for measure in measures
            for row in getattr(history, measure.table)
            if row.metric == measure.metric and row.entity.startswith(measure.entities)
            for value in _values(row, measure, history)
        ]
        floor = _FLOORS.get(place)
        values = [value for _, value in rows] + ([floor] if rows and floor is not None else [])
        if values and min(values) < max(values):
            names = tuple(dict.fromkeys(row.id for row, _ in rows))
            found[place] = Published(min(values), max(values), names, measures[0].table)
    return found


def _values(row: Observation, measure: _Rows, history: Observations) -> list[float]:
    numbers = (row.value,) if measure.points else (row.low, row.value, row.high)
    dollars = history.price_index.factor(row.date) if row.unit.startswith("USD") else 1.0
    return [measure.convert(number * dollars) for number in numbers if number is not None and number > 0.0]
