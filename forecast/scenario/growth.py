"""Growth as people write it, turned into the continuous rate per year that formulas use.

``2.4x/yr``, ``140%/yr`` and ``doubling: 9.5 months`` are three ways to say one thing. A bare number is none of them:
0.3 could be 30% a year, a continuous rate of 0.3 or a factor of 0.3, three futures that have little in common after
five years. So growth always carries its unit.
"""

from __future__ import annotations

import math
import re

_NUMBER = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
_GROWTH = re.compile(rf"({_NUMBER})\s*(x|%)\s*(?:/\s*|per\s+|a\s+)(?:yr|year)")
_HEAD = re.compile(rf"({_NUMBER})\s*(x|%)?")
_DURATION = re.compile(rf"({_NUMBER})(?P<unit>\s*(?P<base>day|week|month|year|yr)s?)")
_TIME = re.compile(rf"(doubling|halving)\s*:?\s+({_NUMBER}\s*\w+)")
_RANGE = re.compile(r"(.+?)\s+to\s+(.+)")
_PER_YEAR = {"day": 365.25, "week": 365.25 / 7, "month": 12.0, "year": 1.0, "yr": 1.0}

FORMS = "2.4x/yr, 30%/yr, -30%/yr, doubling: 8 months or halving: 8 months"


def parse_growth(text: str) -> float:
    """The continuous rate per year that a text such as ``2.4x/yr`` means.

    Args:
        text: One growth rate with its unit.

    Returns:
        The natural logarithm of the factor by which the quantity grows in one year.

    Raises:
        ValueError: The text is no growth rate, or one that no positive quantity can have; the message says so.
    """
    if found := _TIME.fullmatch(text.strip()):
        return parse_time(found[1], found[2])
    found = _GROWTH.fullmatch(text.strip())
    if not found:
        raise ValueError(f'"{text}" is no growth rate; write one with its unit: {FORMS}')
    number = float(found[1])
    factor = number if found[2] == "x" else 1 + number / 100
    if not factor > 0 or not math.isfinite(factor):
        advice = "-30%/yr or 0.7x/yr for a fall" if found[2] == "x" else "more than -100%/yr"
        raise ValueError(f'"{text}" would leave nothing after a year; write {advice}')
    # log1p keeps 0%/yr at exactly zero and small rates exact.
    return math.log(number) if found[2] == "x" else math.log1p(number / 100)


def parse_time(kind: str, text: str) -> float:
    """The continuous rate per year behind a doubling or halving time.

    Args:
        kind: ``doubling`` or ``halving``.
        text: A duration such as ``8 months``.

    Returns:
        The rate: positive for a doubling, negative for a halving.

    Raises:
        ValueError: The text is no positive duration.
    """
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError(f'"{text}" is no duration; write one such as 8 months or 2.5 years')
    duration = float(found[1]) / _PER_YEAR[found["base"]]
    if not duration > 0:
        raise ValueError(f'"{text}" is no {kind} time; it must be longer than nothing')
    rate = math.log(2) / duration
    if not math.isfinite(rate):
        raise ValueError(f'"{text}" is too short for a {kind} time')
    return rate if kind == "doubling" else -rate


def parse_range(text: str) -> tuple[str, str] | None:
    """The two ends of ``a to b``, or nothing when the text has no such form; ``2 to 3x/yr`` shares its unit."""
    found = _RANGE.fullmatch(text.strip())
    if not found:
        return None
    low, high = found[1].strip(), found[2].strip()
    head, tail = _HEAD.fullmatch(low), _GROWTH.fullmatch(high)
    if tail and head and head[2] in (None, tail[2]):
        low = f"{head[1]}{tail[2]}/yr"
    duration = _DURATION.fullmatch(high)
    if duration and re.fullmatch(_NUMBER, low):
        low += duration["unit"]
    return low, high


def growth_text(rate: float) -> str:
    """A continuous rate as its yearly factor, such as ``2.4x/yr``."""
    return f"{math.exp(rate):.3g}x/yr" if rate < 700 else f"exp({rate:.4g})x/yr"
