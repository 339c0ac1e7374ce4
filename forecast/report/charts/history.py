"""What has been observed, as a chart needs it: a date, a value and how well it is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class HistoryPoint:
    """One observed value: ``date`` in decimal years, ``low`` and ``high`` the 90% measurement interval."""

    date: float
    value: float
    low: float
    high: float
    label: str = ""


def clean(history: Sequence[HistoryPoint]) -> tuple[HistoryPoint, ...]:
    """The points that can be drawn, by date."""
    usable = [point for point in history if math.isfinite(point.date) and math.isfinite(point.value)]
    return tuple(sorted(usable, key=lambda point: (point.date, point.value, point.label)))


def records(history: Sequence[HistoryPoint]) -> tuple[HistoryPoint, ...]:
    """The points that were the highest so far when they appeared."""
    found: list[HistoryPoint] = []
    for point in clean(history):
        if not found or point.value > found[-1].value:
            found.append(point)
    return tuple(found)


def notable(history: Sequence[HistoryPoint]) -> tuple[HistoryPoint, ...]:
    """Records with a name, the most telling first: the present one, then by how far and for how long each stood out."""
    kept = records(history)
    if not kept:
        return ()
    last_date = clean(history)[-1].date

    def weight(place: int) -> float:
        point = kept[place]
        if place == len(kept) - 1:
            return math.inf
        stood = kept[place + 1].date - point.date
        jump = math.log(point.value / kept[place - 1].value) if place and kept[place - 1].value > 0.0 else 1.0
        # Recent records matter more to a reader of a forecast.
        return (stood + 0.05 * jump) * math.exp(-0.15 * (last_date - point.date))

    order = sorted(range(len(kept)), key=weight, reverse=True)
    return tuple(kept[place] for place in order if kept[place].label)
