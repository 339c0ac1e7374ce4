from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.scenario.growth import growth_text, parse_growth, parse_range


@pytest.mark.parametrize(
    "same",
    [
        (
            "doubling: 12 months",
            "2x/yr",
            "100%/yr",
            "doubling 1 year",
            "doubling: 365.25 days",
            "2x per year",
            "2 x a year",
        ),
        ("halving: 6 months", "0.25x/yr", "-75%/yr", "halving: .5 yr"),
        ("0%/yr", "1x/yr", "1.0x/year"),
        ("-30%/yr", "0.7x/yr"),
        ("30%/yr", "1.3x/yr", "+30%/yr", "3e1%/yr"),
    ],
)
def test_ways_to_write_one_growth_agree(same):
    rates = [parse_growth(text) for text in same]
    assert rates == pytest.approx([rates[0]] * len(rates), abs=1e-12)


def test_growth_is_continuous_and_per_year():
    assert parse_growth("2x/yr") == math.log(2)
    assert parse_growth("-30%/yr") == pytest.approx(math.log(0.7))
    assert parse_growth("halving: 8 months") == pytest.approx(-math.log(2) * 12 / 8)
    assert parse_growth("0%/yr") == 0


@pytest.mark.parametrize(
    "text",
    ["2.4", "30%", "2.4x", "0x/yr", "-2x/yr", "-100%/yr", "doubling: 0 months", "halving: -3 months", "doubling: soon",
     "1e999x/yr", "nanx/yr", "2x/month", "", "x/yr", "doubling: 1e-320 days"],
)  # fmt: skip
def test_what_is_no_growth_is_refused(text):
    with pytest.raises(ValueError, match=r"write|must be|too short"):
        parse_growth(text)


def test_the_ends_of_a_range_share_a_unit():
    assert parse_range("2 to 3x/yr") == ("2x/yr", "3x/yr")
    assert parse_range("2x to 3x/yr") == ("2x/yr", "3x/yr")
    assert parse_range("10% to 3x/yr") == ("10%", "3x/yr")
    assert parse_range("6 to 14 months") == ("6 months", "14 months")
    assert parse_range("5 to 30") == ("5", "30")
    assert parse_range("5") is None


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0.0, "1x/yr"), (math.log(2.4), "2.4x/yr"), (699.5, "6.15e+303x/yr"), (700.0, "exp(700)x/yr"),
     (900.5, "exp(900.5)x/yr")],
)  # fmt: skip
def test_a_factor_that_no_number_holds_is_written_as_a_power(rate, text):
    assert growth_text(rate) == text


@given(st.floats(-10, 10))
def test_a_rate_survives_being_written_as_a_factor(rate):
    assert parse_growth(growth_text(rate)) == pytest.approx(rate, abs=6e-3)
