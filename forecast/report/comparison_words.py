"""Differences and their parts as people read them: the same wording in charts, sentences and on the terminal."""

from __future__ import annotations

import math

from forecast.attribution import Attribution, Part
from forecast.report.numbers import MINUS, quantity, significant, times

_SHARES = ("share", "probability", "yes/no")


def points(difference: float) -> str:
    """A difference of two shares in percentage points: ``+12``, ``−0.4``, ``≈0``, and ``0`` for none at all."""
    hundredths = 100.0 * difference
    if hundredths == 0.0:
        return "0"
    if abs(hundredths) < 0.05:
        return "≈0"
    digits = 1 if abs(hundredths) < 0.95 else 0
    return f"{hundredths:+.{digits}f}".replace("-", MINUS)


def factor(value: float) -> str:
    """A factor near one with two decimals, since two digits would call a few percent nothing: ``1.05x``, ``12x``."""
    return f"{value:.2f}x" if 0.1 < value < 9.995 else times(value)


def steps(attribution: Attribution) -> tuple[Part, ...]:
    """The groups that contribute anything, the greatest contribution first."""
    found = [part for part in attribution.parts if part.value != 0.0 or part.low != part.high]
    return tuple(sorted(found, key=lambda part: (-abs(part.value), part.group)))


def contribution(value: float, attribution: Attribution) -> str:
    """A contribution in words: a factor where logarithms are compared, else an amount with its sign."""
    if attribution.log:
        return factor(math.exp(value))
    if attribution.unit in _SHARES:
        return f"{100.0 * value:+.1f} pts".replace("-", MINUS)
    return f"+{significant(value)}" if value > 0.0 else significant(value)


def span(part: Part, attribution: Attribution) -> str:
    """The least and the greatest contribution over all orders, the unit once: ``1.2x to 1.9x``, ``−31 to +2.0 pts``."""
    low, high = contribution(part.low, attribution), contribution(part.high, attribution)
    return f"{low.removesuffix(' pts')} to {high}"


def level(value: float, attribution: Attribution) -> str:
    """A value of the target in words, back on its own scale."""
    return quantity(math.exp(value) if attribution.log else value, attribution.unit)


def idle(attribution: Attribution) -> tuple[str, ...]:
    """The groups that contribute nothing."""
    there = {part.group for part in steps(attribution)}
    return tuple(part.group for part in attribution.parts if part.group not in there)
