"""Dollars of one month in dollars of another, by a producer price index."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from forecast.errors import UsageError

BASE = date(2023, 12, 1)
"""The month whose dollars all money of this package is in, that of Epoch AI's published costs."""


def _month(day: date) -> int:
    return 12 * day.year + day.month - 1


@dataclass(frozen=True)
class PriceIndex:
    """Price level by month, for turning quoted dollars into constant ones.

    Between known months the level moves at a constant rate (straight in logarithms). Outside them it stays at the
    nearest known month for up to ``reach`` months; further away no level is guessed.

    Attributes:
        levels: Level of each known month (any day of it), in any unit.
        reach: How many months beyond the known ones the nearest level still serves.
    """

    levels: Mapping[date, float]
    reach: int = 24
    _months: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _logarithms: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the months once, because every lookup searches them."""
        pairs = sorted((_month(day), math.log(level)) for day, level in self.levels.items())
        object.__setattr__(self, "_months", tuple(month for month, _ in pairs))
        object.__setattr__(self, "_logarithms", tuple(logarithm for _, logarithm in pairs))

    def reaches(self, day: date) -> bool:
        """Whether dollars of the month that a day lies in can be converted."""
        months = self._months
        return bool(months) and months[0] - self.reach <= _month(day) <= months[-1] + self.reach

    def _logarithm(self, day: date) -> float:
        months = self._months
        month = _month(day)
        if not self.reaches(day):
            raise UsageError(
                f"the price index knows no level near {day:%Y-%m}; it cannot convert such dollars"
            )
        place = bisect_right(months, month)
        if place == 0:
            return self._logarithms[0]
        if months[place - 1] == month or place == len(months):
            return self._logarithms[place - 1]
        before, after = months[place - 1], months[place]
        weight = (month - before) / (after - before)
        return (1 - weight) * self._logarithms[place - 1] + weight * self._logarithms[place]

    def level(self, day: date) -> float:
        """The price level of the month that a day lies in, in the unit of ``levels``."""
        return math.exp(self._logarithm(day))

    def factor(self, quoted: date, wanted: date = BASE) -> float:
        """What one dollar of one month is in dollars of another.

        Args:
            quoted: A day in the month whose dollars are given.
            wanted: A day in the month whose dollars are wanted.
        """
        return math.exp(self._logarithm(wanted) - self._logarithm(quoted))

    def real(self, amount: float, quoted: date) -> float:
        """An amount in constant dollars [USD of December 2023].

        Args:
            amount: Dollars of the month ``quoted``.
            quoted: A day in that month.
        """
        return amount * self.factor(quoted)
