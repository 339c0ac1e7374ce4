"""What labels cost, and the part that one run is charged with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.model.labeling import (
    automated_labeling_spend,
    automated_share,
    hourly_wage,
    human_labeling_spend,
    label_volume,
    labeling_cost,
    labeling_spend,
    vendor_markup,
)

if TYPE_CHECKING:
    from tests.conftest import World

shares = st.floats(0.01, 0.99)


def test_instructgpt() -> None:
    # OpenAI 2022: 20,000 hours of feedback; the essay takes 30 USD an hour, 600,000 in all, a sixth of GPT-3's 3.6M.
    spend = human_labeling_spend(40_000.0, 0.0, 0.5, 30.0, 1.0)
    assert spend == 600_000.0
    assert spend / 3.6e6 == pytest.approx(0.167, abs=5e-4)


def test_a_margin_of_half_doubles_the_price() -> None:
    assert vendor_markup(0.5, 0.0) == 2.0
    assert vendor_markup(0.5, 0.5) == 1.5
    assert vendor_markup(0.0, 0.3) == 1.0


@given(shares, shares)
def test_labelers_of_ones_own_carry_no_margin(margin: float, insourced: float) -> None:
    assert vendor_markup(margin, 1.0) == 1.0
    assert 1.0 <= vendor_markup(margin, insourced) <= 1.0 / (1.0 - margin)


@given(shares, st.floats(0.0, 2.0), st.floats(-0.5, 10.0))
def test_automation_is_a_logistic_curve(now: float, speed: float, elapsed: float) -> None:
    share = automated_share(now, speed, np.array(elapsed))
    assert 0.0 < share <= 1.0
    # The odds grow exponentially, and the share left to people is the mirror image.
    assert np.log(share / now) - np.log((1.0 - share) / (1.0 - now)) == pytest.approx(
        speed * elapsed, abs=1e-6
    )
    assert automated_share(1.0 - now, speed, np.array(-elapsed)) == pytest.approx(1.0 - share, abs=1e-12)


def test_automation_starts_from_the_present_share_and_ends_at_all() -> None:
    assert automated_share(0.3, 0.4, np.array(0.0)) == pytest.approx(0.3)
    assert automated_share(0.3, 0.4, np.array(60.0)) == pytest.approx(1.0)


@pytest.mark.parametrize("now", [0.0, 1.0])
def test_a_tier_wholly_of_people_or_of_models_stays_so(now: float) -> None:
    assert automated_share(now, 0.4, np.array(3.0)) == now


def test_people_and_models_share_the_labels(world: World) -> None:
    by_people = world["human_labeling_spend"] / (
        world["hours_per_label"] * world["hourly_wage"] * world["vendor_markup"]
    )
    for factor in world.drivers.factors.get("human_labeling_spend", ()):
        by_people = by_people / factor
    by_models = world["automated_labeling_spend"] / world["automated_label_price"]
    np.testing.assert_allclose(by_people + by_models, world["label_volume"], rtol=1e-9)


def test_spending_is_the_sum_over_tiers() -> None:
    people, models = np.array([1.0, 2.0, 4.0])[:, None, None], np.array([8.0, 16.0, 32.0])[:, None, None]
    assert labeling_spend(people, models) == 63.0


def test_without_people_only_models_are_paid() -> None:
    assert human_labeling_spend(1e6, 1.0, 0.5, 30.0, 2.0) == 0.0
    assert automated_labeling_spend(1e6, 1.0, 0.01) == pytest.approx(1e4)


def test_volume_and_wages_start_from_now() -> None:
    now = np.array([[0.0]])
    assert label_volume(1e7, 1.5, 0.1, 2.0, now) == 1e7
    assert hourly_wage(20.0, 0.03, now) == 20.0
    assert hourly_wage(20.0, np.log(1.03), np.array([[1.0]])) == pytest.approx(20.6)


def test_one_run_is_charged_a_part_of_a_year(world: World) -> None:
    assert labeling_cost(1e9, 0.14) == pytest.approx(1.4e8)
    assert np.all(world["labeling_cost"] < world["labeling_spend"])
