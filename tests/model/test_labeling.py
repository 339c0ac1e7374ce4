"""What labels cost, and the part that one run is charged with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.model import graph
from forecast.model.labeling import (
    CHEAPEST,
    automated_labeling_spend,
    automated_share,
    capability_ahead,
    expert_share,
    hourly_wage,
    human_label_price,
    human_labeling_spend,
    insourcing,
    label_need,
    label_price,
    label_price_now,
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
    spend = human_labeling_spend(40_000.0, 0.0, human_label_price(0.5, 30.0, 1.0))
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
    by_people = world["human_labeling_spend"] / world["human_label_price"]
    by_models = world["automated_labeling_spend"] / world["automated_label_price"]
    np.testing.assert_allclose(by_people + by_models, world["label_volume"], rtol=1e-9)


def test_spending_is_the_sum_over_tiers() -> None:
    people, models = np.array([1.0, 2.0, 4.0])[:, None, None], np.array([8.0, 16.0, 32.0])[:, None, None]
    assert labeling_spend(people, models) == 63.0


def test_without_people_only_models_are_paid() -> None:
    assert human_labeling_spend(1e6, 1.0, human_label_price(0.5, 30.0, 2.0)) == 0.0
    assert automated_labeling_spend(1e6, 1.0, 0.01) == pytest.approx(1e4)


def test_volume_and_wages_start_from_now() -> None:
    now = np.array([[0.0]])
    assert label_need(1e7, 1.5, 0.1, 2.0, now) == 1e7
    assert hourly_wage(20.0, 0.03, now) == 20.0
    assert hourly_wage(20.0, np.log(1.03), np.array([[1.0]])) == pytest.approx(20.6)


def test_one_run_is_charged_a_part_of_a_year(world: World) -> None:
    assert labeling_cost(1e9, 0.14) == pytest.approx(1.4e8)
    assert np.all(world["labeling_cost"] < world["labeling_spend"])


def test_prm800k_label_by_label() -> None:
    # 800,000 step labels at a minute each and a billed 45 USD an hour: 0.6 million; the essay says "several million".
    spend = human_labeling_spend(800_000.0, 0.0, human_label_price(1.0 / 60.0, 45.0, 1.0))
    assert spend == pytest.approx(0.6e6)
    # Several million would be 4 to 5 USD a label: as much as a whole human preference costs (1 to 10 USD).
    assert 1.0 < 3.75e6 / 800_000.0 < 10.0


def test_a_top_lab_spends_about_a_billion_now(world: World) -> None:
    # Press and projections for 2025 and 2026: 1 billion, 0.5 to 1.5.
    low, middle, high = np.quantile(world["labeling_spend"][0], [0.05, 0.5, 0.95])
    assert 0.5e9 < middle < 1.5e9
    assert low < 1e9 < high


def test_a_label_costs_what_the_market_asks(world: World) -> None:
    # A human preference 1 to 10 dollars [label-051], a reinforcement-learning task 200 to 2,000 [label-042].
    price = dict(zip(world.scenario.tiers, np.median(world["human_label_price"][:, 0], axis=-1), strict=True))
    assert 1.0 < price["generalist"] < 10.0
    assert 200.0 < price["expert"] < 2000.0
    assert price["offshore"] < price["generalist"] < price["skilled"] < price["expert"]


def test_what_five_labs_buy_is_what_vendors_earn(world: World) -> None:
    # Scale 0.87, Surge 1.2, Turing 0.3 billion in 2024 and Mercor at a rate of 0.5 in 2025 are 2.9; with growth to 2025
    # about 5 [label-027] [label-033] [label-035] [label-024] [label-064]. Vendors sell to each other too.
    insourced, markup = world["insourcing"], world["vendor_markup"]
    by_vendors = (markup - insourced) / markup
    bought = 5.0 * np.median((world["human_labeling_spend"].sum(axis=0) * by_vendors)[0])
    assert 1.5e9 < bought < 7e9


def test_labels_are_about_a_tenth_of_research_compute(world: World) -> None:
    # 1 billion of labels over 9 billion of research compute in 2025: 11%, 5 to 20.
    rows = [list(world.scenario.labs).index(lab) for lab in ("openai", "anthropic", "google")]
    budget = world["compute_budget"][rows, 0].mean(axis=0)
    assert 0.04 < np.median(world["labeling_spend"][0] / budget) < 0.2


@given(shares, st.floats(1.0, 100.0), st.floats(0.0, 1.0))
def test_cheaper_labels_are_used_more_but_cost_less_in_all(
    fall: float, price: float, elasticity: float
) -> None:
    before = label_volume(1e6, price, price, elasticity, 0.0, 0.2)
    after = label_volume(1e6, price * fall, price, elasticity, 0.0, 0.2)
    assert before == 1e6
    assert after == pytest.approx(1e6 * fall**-elasticity)
    # Below an elasticity of one the spending falls with the price, though less than it.
    assert after * fall <= before * (1.0 + 1e-12)


def test_a_breakthrough_of_labeling_brings_more_labels_for_less_money(world: World) -> None:
    # By hand: a tier made by people alone whose label falls from 10 to 1 dollar at an elasticity of a half is bought
    # sqrt(10) times as often, for 0.316 of the money.
    volume = label_volume(1e6, label_price(0.0, 1.0, 0.01), 10.0, 0.5, 0.0, 0.0)
    assert volume == pytest.approx(1e6 * np.sqrt(10.0))
    assert human_labeling_spend(volume, 0.0, 1.0) / (1e6 * 10.0) == pytest.approx(0.316, abs=5e-4)
    # In the baseline, path by path: where the event of the scenario strikes, labels are more and spending is less.
    wanted = ["label_volume", "human_labeling_spend", "labeling_spend"]
    events = world.drivers.factors
    calm = {name: factors for name, factors in events.items() if name != "human_label_price"}
    with_it = graph().evaluate(world.drivers.values, wanted, factors=events)
    without = graph().evaluate(world.drivers.values, wanted, factors=calm)
    factor = np.broadcast_to(np.prod(events["human_label_price"], axis=0), with_it["labeling_spend"].shape)
    struck, untouched = factor < 1.0, factor == 1.0
    assert 0.0 < struck.mean() < 0.5
    assert np.all(with_it["label_volume"][:, struck] > without["label_volume"][:, struck])
    assert np.all(with_it["human_labeling_spend"][:, struck] < without["human_labeling_spend"][:, struck])
    np.testing.assert_array_equal(with_it["labeling_spend"][untouched], without["labeling_spend"][untouched])


def test_free_labels_are_as_many_as_needed() -> None:
    assert label_volume(1e6, 0.0, 0.0, 0.5, 0.0, 0.0) == 1e6
    assert label_volume(1e6, 0.0, 2.0, 0.5, 0.0, 0.0) == pytest.approx(1e6 * CHEAPEST**-0.5)


def test_the_price_of_a_label_starts_from_now() -> None:
    now = np.array([[0.0]])
    markup = vendor_markup(0.5, insourcing(0.3, 0.2, now))
    share, wage = automated_share(0.4, 0.3, now), hourly_wage(20.0, 0.05, now)
    price = label_price(share, human_label_price(0.25, wage, markup), 0.01)
    assert price == pytest.approx(label_price_now(0.4, 0.25, 20.0, 0.5, 0.3, 0.01))
    # 60% by people at a quarter of an hour, 20 USD and a markup of 1.7; the rest at a cent.
    assert price == pytest.approx(0.6 * 0.25 * 20.0 * 1.7 + 0.4 * 0.01)


def test_capability_moves_labels_from_the_crowd_to_experts(world: World) -> None:
    gain = capability_ahead(np.array([[1e27], [5e27]]), np.array([[1.0], [2.0]]), np.array([[1.0], [1.0]]))
    np.testing.assert_allclose(gain[:, 0], [0.0, 1.0])
    volume = label_volume(1e6, 1.0, 1.0, 0.3, gain, np.array([-0.1, 0.15])[:, None, None])
    np.testing.assert_allclose(volume[:, 1, 0], [1e6 * np.exp(-0.1), 1e6 * np.exp(0.15)])
    # Experts' share of the money rises over the horizon on most paths, and is a share on all.
    share = world["expert_share"]
    assert np.all((share >= 0.0) & (share <= 1.0))
    assert np.median(share[-1]) > np.median(share[0])


def test_the_share_of_experts_is_theirs_of_the_human_spending() -> None:
    spend, expertise = np.array([1.0, 2.0, 5.0])[:, None, None], np.array([0.0, 0.0, 1.0])[:, None, None]
    assert expert_share(spend, expertise) == pytest.approx(0.625)
    assert expert_share(0.0 * spend, expertise) == 0.0


@given(shares, st.floats(-0.5, 0.5), st.floats(0.0, 10.0))
def test_the_odds_of_insourcing_grow_at_their_rate(now: float, growth: float, elapsed: float) -> None:
    later = insourcing(now, growth, np.array(elapsed))
    assert np.log(later / (1.0 - later)) - np.log(now / (1.0 - now)) == pytest.approx(
        growth * elapsed, abs=1e-6
    )
    assert insourcing(now, growth, np.array(0.0)) == pytest.approx(now)
