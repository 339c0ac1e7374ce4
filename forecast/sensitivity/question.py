"""What is asked of a forecast: a number of one year, or a question that is answered with yes or no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecast.errors import UsageError, did_you_mean
from forecast.graph import Graph
from forecast.shapes import Coordinates
from forecast.units import Array

Sign = Literal[">=", ">", "<=", "<"]
FORMS = "'training_cost >= 1e9 by 2028', 'payers < 3 in 2030' or 'can_pay openai 2028'"

_NUMBER = re.compile(r"(\w+)\s*(>=|<=|>|<)\s*(\S+)\s+(by|in)\s+(\d{4})")
_CAN_PAY = re.compile(r"can_pay\s+([\w-]+)\s+(?:in\s+)?(\d{4})")


@dataclass(frozen=True, slots=True)
class Target:
    """A variable in one year, on its logarithm where only ratios count."""

    variable: str
    year: int
    unit: str
    log: bool

    def of(self, values: Mapping[str, Array], coordinates: Coordinates) -> Array:
        """The target on each path, from values with dims ``(year, draw)``."""
        row = values[self.variable][coordinates.years.index(self.year)]
        found: Array = np.log(row) if self.log else row.astype(float)
        return found

    def original(self, value: float) -> float:
        """A value of the target in the unit of the variable."""
        return float(np.exp(value)) if self.log else float(value)


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a path with the answer yes or no.

    ``reached`` asks whether it holds in any year up to ``year``, otherwise only that year counts. ``lab`` is empty
    unless the variable is told of each lab.
    """

    text: str
    variable: str
    year: int
    sign: Sign = ">="
    threshold: float = 1.0
    reached: bool = False
    lab: str = ""
    unit: str = "yes/no"

    def of(self, values: Mapping[str, Array], coordinates: Coordinates) -> Array:
        """1 on the paths with the answer yes, 0 on the others, from values with dims ``([lab,] year, draw)``."""
        found = values[self.variable]
        if self.lab:
            found = found[coordinates.labs.index(self.lab)]
        last = coordinates.years.index(self.year)
        rows = found[: last + 1] if self.reached else found[last : last + 1]
        compare = {">=": np.greater_equal, ">": np.greater, "<=": np.less_equal, "<": np.less}[self.sign]
        return compare(rows, self.threshold).any(axis=0).astype(float)


def target(variable: str, year: int | None, graph: Graph, coordinates: Coordinates) -> Target:
    """The target that a user named; the last year unless one is given.

    Raises:
        UsageError: There is no such variable without a member axis, or the year is outside the horizon.
    """
    _check_variable(variable, graph)
    chosen = coordinates.years[-1] if year is None else year
    _check_year(chosen, coordinates)
    unit = graph.nodes[variable].kind.unit
    # Amounts are compared by ratio; shares, counts, flags and points by difference.
    log = (unit.positive or unit.nonnegative) and unit.symbol not in ("count", "weight", "yr")
    return Target(variable, chosen, unit.symbol, log)


def question(text: str, graph: Graph, coordinates: Coordinates) -> Question:
    """A question as its text says.

    Raises:
        UsageError: The text has none of the forms of `FORMS`, or names what there is not.
    """
    words = " ".join(text.split())
    if found := _CAN_PAY.fullmatch(words):
        lab, year = found[1], int(found[2])
        if lab not in coordinates.labs:
            raise UsageError(
                f'question "{words}": there is no lab "{lab}"{did_you_mean(lab, coordinates.labs)}'
            )
        _check_year(year, coordinates)
        return Question(words, "affordable", year, lab=lab)
    if not (found := _NUMBER.fullmatch(words)):
        raise UsageError(f'question "{words}" is not understood; write {FORMS}')
    variable, sign, number, word, year = found[1], found[2], found[3], found[4], int(found[5])
    _check_variable(variable, graph)
    _check_year(year, coordinates)
    try:
        threshold = float(number)
    except ValueError:
        raise UsageError(f'question "{words}": "{number}" is no number; write one such as 1e9') from None
    if not np.isfinite(threshold):
        raise UsageError(f'question "{words}": "{number}" is no finite number')
    unit = graph.nodes[variable].kind.unit.symbol
    return Question(words, variable, year, sign, threshold, reached=word == "by", unit=unit)  # type: ignore[arg-type]


def _check_variable(name: str, graph: Graph) -> None:
    choices = [each for each, node in graph.nodes.items() if not node.kind.member and not node.kind.path]
    if name not in choices:
        raise UsageError(
            f'there is no variable "{name}" with a value for each year{did_you_mean(name, choices)}'
        )


def _check_year(year: int, coordinates: Coordinates) -> None:
    if year not in coordinates.years:
        raise UsageError(f"{year} is outside the forecast, {coordinates.years[0]} to {coordinates.years[-1]}")
