"""Numbers as people read them: the same wording in charts, sentences and tables.

Nothing here needs matplotlib, so pages and the command line may use it too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from forecast.report.likelihood import likelihood
from forecast.shapes import CrossingRow

PRICE_YEAR = 2023
UNKNOWN = "unknown"
MINUS = "\N{MINUS SIGN}"
_SHORT = ("", "K", "M", "B", "T")
_METRIC = ("", "k", "M", "G", "T")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def money(value: float) -> str:
    """An amount of dollars: ``$15``, ``$340M``, ``$1.2B``."""
    return _scaled(value, _SHORT, lambda digits, suffix: f"${digits}{suffix}", powers_beyond=False)


def flop(value: float) -> str:
    """An amount of arithmetic: ``3.1e26 FLOP``."""
    return f"{scientific(value)} FLOP"


def power(value: float) -> str:
    """Watts: ``150 MW``, ``1.2 GW``."""
    return _scaled(value, _METRIC, lambda digits, suffix: f"{digits} {suffix}W")


def tokens(value: float) -> str:
    """Training tokens: ``300B``, ``36T``."""
    return _scaled(value, _SHORT, lambda digits, suffix: f"{digits}{suffix}")


def times(value: float) -> str:
    """A factor: ``0.35x``, ``3.2x``, ``410x``, ``3,870x``."""
    if not math.isfinite(value):
        return UNKNOWN
    return f"{scientific(value) if abs(value) >= 1e6 else significant(value)}x"


def count(value: float) -> str:
    """A number of things: ``4``, ``2.5``, ``20,000``."""
    if not math.isfinite(value):
        return UNKNOWN
    text = f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else significant(value)
    return text.replace("-", MINUS)


def percent(share: float) -> str:
    """A share or probability with the digits that matter: ``93%``, ``0.4%``, ``>99.9%``.

    Only what is exactly none or all says ``0%`` or ``100%``.
    """
    if not math.isfinite(share):
        return UNKNOWN
    if 0.0 < share < 0.0005:
        return "<0.1%"
    if 0.9995 <= share < 1.0:
        return ">99.9%"
    hundredths = 100.0 * share
    if share not in (0.0, 1.0) and (round(abs(hundredths), 1) < 1.0 or 99.0 < hundredths < 100.0):
        return f"{hundredths:.1f}%".replace("-", MINUS)
    return f"{hundredths:.0f}%".replace("-", MINUS)


def margin(error: float) -> str:
    """The Monte Carlo standard error of a share, in percentage points with one digit that counts: ``±0.2``."""
    points = 100.0 * error
    if not math.isfinite(points) or points <= 0.0:
        return ""
    decimals = max(0, -math.floor(math.log10(points)))
    rounded = round(points, decimals)
    return f"±{rounded:.{max(0, -math.floor(math.log10(rounded)))}f}"


def growth(rate: float) -> str:
    """A continuous rate per year as what it does in a year: ``4.2x a year``, ``+35% a year``."""
    factor = math.exp(rate) if math.isfinite(rate) and abs(rate) < 500.0 else math.nan
    if not math.isfinite(factor):
        return UNKNOWN
    if factor >= 2.0:
        return f"{significant(factor)}x a year"
    return f"{100.0 * (factor - 1.0):+.0f}% a year".replace("-", MINUS)


def scientific(value: float) -> str:
    """Two digits and a power of ten, ``3.1e26``: FLOP have no other common short form."""
    if not math.isfinite(value):
        return UNKNOWN
    if value == 0.0:
        return "0"
    digits, exponent = f"{value:.1e}".split("e")
    digits = digits.removesuffix(".0").replace("-", MINUS)
    return f"{digits}e{int(exponent)}"


def significant(value: float) -> str:
    """A plain number with two significant digits, or three above a hundred: ``0.35``, ``3.2``, ``412``, ``3,870``."""
    if not math.isfinite(value):
        return UNKNOWN
    if value == 0.0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if exponent >= 3:
        return f"{round(value, 2 - exponent):,.0f}".replace("-", MINUS)
    decimals = max(0, 1 - exponent)
    if round(abs(value), decimals) >= 10.0 ** (exponent + 1):
        decimals = max(0, decimals - 1)
    return f"{value:.{decimals}f}".replace("-", MINUS)


_BY_UNIT: Mapping[str, Callable[[float], str]] = {
    "USD": money,
    "USD/yr": lambda value: f"{money(value)} a year",
    "FLOP": flop,
    "FLOP/USD": lambda value: f"{scientific(value)} FLOP per $",
    "FLOP/s": lambda value: f"{scientific(value)} FLOP/s",
    "FLOP/J": lambda value: f"{scientific(value)} FLOP/J",
    "W": power,
    "token": tokens,
    "x": times,
    "share": percent,
    "probability": percent,
    "yes/no": percent,
    "count": count,
    "1/yr": growth,
}


def quantity(value: float, unit: str) -> str:
    """A value with its unit, whatever the unit is."""
    if not math.isfinite(value):
        return UNKNOWN
    if unit in _BY_UNIT:
        return _BY_UNIT[unit](value)
    text = significant(value) if 1e-3 <= abs(value) < 1e5 or value == 0.0 else scientific(value)
    return f"{text} {unit}".strip()


def short(value: float, unit: str) -> str:
    """A value without its unit, for a chart whose axis names it: ``3.1×10²⁶``, ``$1.2B``."""
    if not math.isfinite(value):
        return UNKNOWN
    if value != 0.0 and (
        unit.startswith("FLOP")
        or (unit == "x" and abs(value) >= 1e6)
        or (unit not in _BY_UNIT and not 1e-3 <= abs(value) < 1e5)
    ):
        digits, exponent = scientific(value).split("e")
        factor = "" if digits == "1" else f"{digits}×"
        return f"{factor}10{exponent.translate(_SUPERSCRIPT)}{'x' if unit == 'x' else ''}"
    if value == 0.0 and unit.startswith("FLOP"):
        return "0"
    if unit in _BY_UNIT:
        return money(value) if unit == "USD/yr" else _BY_UNIT[unit](value)
    return significant(value)


def interval(low: float, high: float, unit: str) -> str:
    """A range in words: ``$4.1B to $40B``."""
    return f"{quantity(low, unit)} to {quantity(high, unit)}"


def reached(row: CrossingRow, year: int, years: tuple[int, ...]) -> str:
    """How likely a threshold is reached by a year: ``by 2028 on 93% of paths (±0.2)``."""
    place = years.index(year)
    error = margin(row.errors[place])
    return f"by {year} on {percent(row.by_year[place])} of paths{f' ({error})' if error else ''}"


def crossing(row: CrossingRow, years: tuple[int, ...], *, words: bool = False) -> str:
    """When a threshold is reached, in one sentence that also says what never comes within the horizon.

    It names the first year by which half of the paths have crossed and the last year of the forecast.

    Args:
        row: The threshold.
        years: The years of the forecast.
        words: Say the likelihood of reaching it by the last year in a calibrated word too.
    """
    name = quantity(row.threshold, row.unit)
    last = years[-1]
    half = next((year for year, share in zip(years, row.by_year, strict=True) if share >= 0.5), last)
    parts = [reached(row, half, years)] if half != last else []
    parts.append(reached(row, last, years) if not parts else f"by {last} on {percent(row.by_year[-1])}")
    if words:
        parts[-1] += f" ({likelihood(row.by_year[-1])})"
    never = f"; not by {last}: {percent(row.never)}" if row.never > 0.0 else ""
    return f"{name}: reached {', '.join(parts)}{never}"


def _scaled(
    value: float,
    suffixes: tuple[str, ...],
    join: Callable[[str, str], str],
    *,
    powers_beyond: bool = True,
) -> str:
    if not math.isfinite(value):
        return UNKNOWN
    sign, size = (MINUS if value < 0.0 else ""), abs(value)
    step = 0 if size < 1.0 else min(int(math.log10(size) / 3.0 + 1e-12), len(suffixes) - 1)
    if step < len(suffixes) - 1 and round(size / 1000.0**step) >= 1000:
        step += 1
    scaled = size / 1000.0**step
    beyond = scientific(scaled) if powers_beyond else f"{scaled:,.0f}"
    return sign + join(beyond if scaled >= 1e5 else _plain(scaled), suffixes[step])


def _plain(value: float) -> str:
    """Two significant digits, without a closing ``.0``."""
    text = significant(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
