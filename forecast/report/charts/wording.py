"""What variables are called on charts, and what their axes say: unit, price year, cost basis and scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.report.numbers import PRICE_YEAR


@dataclass(frozen=True)
class Wording:
    """A variable in words: the name for a title, the same within a sentence, and what its unit needs besides."""

    title: str
    basis: str = ""


WORDINGS: Mapping[str, Wording] = {
    "training_cost": Wording(
        "Training cost of the record run", "amortised hardware and energy + data + labeling"
    ),
    "uncapped_training_cost": Wording(
        "Training cost if anybody could pay", "amortised hardware and energy + data + labeling"
    ),
    "compute_cost": Wording("Compute cost of the record run", "amortised hardware and energy"),
    "cloud_compute_cost": Wording("Compute cost of the record run", "cloud rental"),
    "acquisition_cost": Wording("Cost of buying the record run's cluster", "cluster acquisition"),
    "data_cost": Wording("Data cost of the record run", "licences, collection and synthesis"),
    "labeling_cost": Wording("Labeling cost of the record run", "human and automated labels"),
    "development_cost": Wording("Cost of developing the record model", "final run, experiments and staff"),
    "training_compute": Wording("Training compute of the record run"),
    "planned_compute": Wording("Training compute if the trend decided"),
    "effective_compute": Wording("Effective compute of the record run", "algorithms and data counted in"),
    "price_performance": Wording("What a dollar of hardware buys", "amortised hardware and energy"),
    "algorithmic_efficiency": Wording("Algorithmic efficiency", "compute saved since GPT-4"),
    "power_draw": Wording("Power draw of the record run", "average over the run"),
    "tokens_wanted": Wording("Training tokens wanted"),
    "unique_tokens": Wording("Training tokens there are"),
    "labeling_share": Wording("Labeling's share of training cost"),
    "affordable": Wording("Share of paths on which the lab can pay"),
    "contenders": Wording("Labs that can pay for a run near the record"),
    "open_weights_compute": Wording("Training compute of the largest open model"),
    "open_weights_gap": Wording(
        "How far the best open model trails the record model", "of the capability index"
    ),
    "run_reach": Wording("Largest run that the lab can pay for", "part of the record run's compute"),
    "runner_up_reach": Wording(
        "Largest run that the second-richest lab can pay for", "part of the record run's compute"
    ),
    "mmlu": Wording("MMLU score of the record model", "questions answered right"),
    "capability_index": Wording("Capability of the record model", "index above GPT-4"),
    "generations": Wording("Model generations since GPT-4", "each ten times the effective compute"),
    "money_binds": Wording("Money keeps the record run below the trend"),
    "physics_binds": Wording("Power or chips keep the record run below the trend"),
    "power_binds": Wording("Power keeps the record run below the trend"),
    "chips_bind": Wording("Chips keep the record run below the trend"),
    "length_binds": Wording("The record run cannot be longer and stays below the trend"),
    "data_binds": Wording("The record run wants more text than there is"),
    "payers": Wording("Labs that can pay for the record run"),
}

_UNIT_WORDS: Mapping[str, str] = {
    "x": "factor",
    "W": "watt",
    "token": "tokens",
    "share": "share",
    "count": "number",
    "point": "points",
    "decade": "orders of magnitude",
    "yes/no": "share of paths",
    "1/yr": "growth a year",
    "FLOP/USD": f"FLOP per {PRICE_YEAR} USD",
}


def title(variable: str) -> str:
    """What a variable is called on a chart."""
    if variable in WORDINGS:
        return WORDINGS[variable].title
    words = variable.replace("_", " ")
    return words[:1].upper() + words[1:]


def phrase(variable: str) -> str:
    """The same within a sentence."""
    name = title(variable)
    return name[:1].lower() + name[1:]


def unit_words(unit: str) -> str:
    """A unit for people, with the price year where money is meant."""
    if unit in _UNIT_WORDS:
        return _UNIT_WORDS[unit]
    return unit.replace("USD", f"{PRICE_YEAR} USD", 1) if unit.startswith("USD") else unit


def axis_label(variable: str, unit: str, *, log: bool) -> str:
    """Unit, price year, cost basis and scale, as the axis has to say them."""
    basis = WORDINGS[variable].basis if variable in WORDINGS else ""
    return ", ".join(part for part in (unit_words(unit), basis, "log axis" if log else "") if part)
