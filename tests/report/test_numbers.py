"""Numbers read as people write them."""

from __future__ import annotations

import math

import pytest

from forecast.report import numbers
from forecast.shapes import CrossingRow


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "$0"), (0.04, "$0.04"), (15, "$15"), (999, "$999"), (999.7, "$1K"), (12_345, "$12K"), (340e6, "$340M"),
        (999.6e6, "$1B"), (1e9, "$1B"), (1.23e9, "$1.2B"), (9.97e9, "$10B"), (412e9, "$412B"), (2.5e12, "$2.5T"),
        (4e15, "$4,000T"), (-3e8, "−$300M"), (math.nan, "unknown"), (math.inf, "unknown"),
    ],
)  # fmt: skip
def test_money(value: float, text: str) -> None:
    assert numbers.money(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0%"), (1e-5, "<0.1%"), (0.004, "0.4%"), (0.01, "1%"), (0.5, "50%"), (0.934, "93%"), (0.996, "99.6%"),
        (0.9999, ">99.9%"), (1.0, "100%"),
    ],
)  # fmt: skip
def test_percent(share: float, text: str) -> None:
    assert numbers.percent(share) == text


@pytest.mark.parametrize(
    ("error", "text"), [(0.0018, "±0.2"), (5e-5, "±0.005"), (0.0096, "±1"), (0.0, ""), (math.nan, "")]
)
def test_margin(error: float, text: str) -> None:
    assert numbers.margin(error) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3.14e26, "FLOP", "3.1e26 FLOP"), (1e26, "FLOP", "1e26 FLOP"), (1.2e9, "W", "1.2 GW"), (36e12, "token", "36T"),
        (3.2, "x", "3.2x"), (3870.4, "x", "3,870x"), (0.3, "share", "30%"), (4, "count", "4"),
        (math.log(4.2), "1/yr", "4.2x a year"), (math.log(0.7), "1/yr", "−30% a year"), (3.0, "hour", "3.0 hour"),
        (1e-9, "USD/token", "1e-9 USD/token"), (math.nan, "FLOP", "unknown"),
    ],
)  # fmt: skip
def test_quantity(value: float, unit: str, text: str) -> None:
    assert numbers.quantity(value, unit) == text


def test_short_leaves_out_the_unit_that_the_axis_names() -> None:
    assert numbers.short(3.1e26, "FLOP") == "3.1×10²⁶"
    assert numbers.short(1.2e9, "USD") == "$1.2B"


@pytest.mark.parametrize("value", [1.234e-7, 0.05, 1.0, 3.6, 47.0, 999.9, 8.75e5, 6.02e23])
def test_rounding_never_moves_a_number_by_more_than_half_its_second_digit(value: float) -> None:
    assert float(numbers.scientific(value)) == pytest.approx(value, rel=0.051)
    assert float(numbers.significant(value).replace(",", "")) == pytest.approx(value, rel=0.051)


def row(*by_year: float) -> CrossingRow:
    return CrossingRow(
        variable="training_cost",
        unit="USD",
        threshold=1e9,
        by_year=by_year,
        errors=(0.002,) * len(by_year),
        never=1.0 - by_year[-1],
        never_error=0.002,
        quantile_years=(None,) * 7,
    )


def test_crossing_names_the_year_of_even_odds_and_the_last_year() -> None:
    assert (
        numbers.crossing(row(0.1, 0.6, 0.93), (2026, 2027, 2028))
        == "$1B: reached by 2027 on 60% of paths (±0.2), by 2028 on 93%; not by 2028: 7%"
    )


def test_what_does_not_come_is_said() -> None:
    assert (
        numbers.crossing(row(0.0, 0.1), (2026, 2027))
        == "$1B: reached by 2027 on 10% of paths (±0.2); not by 2027: 90%"
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_unknown_in_every_form(value: float) -> None:
    for form in (
        numbers.times,
        numbers.count,
        numbers.percent,
        numbers.growth,
        numbers.scientific,
        numbers.significant,
    ):
        assert form(value) == "unknown"
    assert numbers.short(value, "FLOP") == "unknown"


def test_nothing_has_a_short_form_too() -> None:
    assert (numbers.scientific(0.0), numbers.short(0.0, "FLOP")) == ("0", "0")
    assert numbers.short(3.1e26, "FLOP") == "3.1×10²⁶"
    assert numbers.short(1e7, "x") == "10⁷x"
    assert numbers.short(1.2e9, "USD/yr") == "$1.2B"
    assert numbers.interval(4.1e9, 4e10, "USD") == "$4.1B to $40B"
