"""Training data: what is wanted, what repetition is worth, and what a shortage costs in compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from forecast.model.data import (
    accessible,
    data_binds,
    data_cost,
    data_factor,
    data_generations,
    data_stock,
    data_use,
    effective_tokens,
    licence_cost,
    licence_price,
    parameters_wanted,
    quality_stock,
    raw_stock,
    repeated_stock,
    repetition_worth,
    synthesis_cost,
    synthesized_stock,
    token_shadow_price,
    tokens_wanted,
    unique_tokens,
    usable_stock,
)

if TYPE_CHECKING:
    from tests.conftest import World

# Besiroglu et al. 2024, arXiv:2404.10102: A, B, alpha and beta of the replicated law.
COEFFICIENT_A, COEFFICIENT_B, ALPHA, BETA = 482.01, 2085.43, 0.3478, 0.3658
LAW = {
    "loss_parameter_scale": COEFFICIENT_A ** (1.0 / ALPHA),
    "loss_token_scale": COEFFICIENT_B ** (1.0 / BETA),
    "loss_parameter_exponent": ALPHA,
    "loss_token_exponent": BETA,
}
# Muennighoff et al. 2023: fitted R*.
REPETITION_SCALE = 15.387756


def test_chinchilla_from_its_compute() -> None:
    # Hoffmann et al. 2022: 70B parameters and 1.4T tokens, 20 a parameter; 6 N D is 5.88e23.
    tokens = tokens_wanted(5.88e23, 1.0, 20.0, 6.0)
    assert tokens == pytest.approx(1.4e12, rel=1e-12)
    assert parameters_wanted(tokens, 20.0) == pytest.approx(70e9, rel=1e-12)
    # Their budget, Gopher's 5.76e23, gives both within two hundredths.
    assert tokens_wanted(5.76e23, 1.0, 20.0, 6.0) == pytest.approx(1.4e12, rel=0.02)


@given(st.floats(1e20, 1e32), st.floats(0.1, 1.0), st.floats(5.0, 500.0))
def test_tokens_and_parameters_use_up_the_compute(compute: float, share: float, ratio: float) -> None:
    tokens = tokens_wanted(compute, share, ratio, 6.0)
    parameters = parameters_wanted(tokens, ratio)
    assert 6.0 * tokens * parameters == pytest.approx(share * compute)
    assert tokens / parameters == pytest.approx(ratio)


@pytest.mark.parametrize(("epochs", "worth"), [(4.0, 3.73), (16.0, 10.58)])
def test_repeated_data_are_worth_what_was_published(epochs: float, worth: float) -> None:
    # Muennighoff et al. 2023: four epochs are worth 3.73 fresh ones, sixteen 10.58.
    assert effective_tokens(epochs, 1.0, REPETITION_SCALE) == pytest.approx(worth, abs=0.005)


@given(st.floats(1e-3, 1e4), st.floats(1.0, 30.0))
def test_repetition_is_worth_less_than_fresh_data_and_never_more_than_its_limit(
    wanted: float, scale: float
) -> None:
    worth = float(effective_tokens(wanted, 1.0, scale))
    assert worth <= min(wanted, 1.0 + scale) * (1.0 + 1e-12)
    assert worth >= min(wanted, 1.0) * (1.0 - 1e-12)
    if wanted <= 1.0:
        assert worth == wanted


def test_the_baseline_holds_the_replicated_loss_law(world: World) -> None:
    parameter_scale, token_scale = world["loss_parameter_scale"][0, 0], world["loss_token_scale"][0, 0]
    alpha, beta = world["loss_parameter_exponent"][0, 0], world["loss_token_exponent"][0, 0]
    assert (alpha, beta) == (ALPHA, BETA)
    assert parameter_scale**alpha == pytest.approx(COEFFICIENT_A, rel=1e-3)
    assert token_scale**beta == pytest.approx(COEFFICIENT_B, rel=1e-3)


def compute_of_equal_loss(parameters: float, wanted: float, having: float, law: dict[str, float]) -> float:
    """The factor found by bisection: along the same ray N and D both fall with the square root of compute."""

    def loss(step: float, tokens: float) -> float:
        from_parameters = (law["loss_parameter_scale"] / parameters * np.exp(-step)) ** law[
            "loss_parameter_exponent"
        ]
        return from_parameters + (law["loss_token_scale"] / tokens) ** law["loss_token_exponent"]

    target = loss(0.0, having)
    root = brentq(lambda step: np.log(loss(step, wanted * np.exp(step)) / target), -60.0, 1.0, xtol=1e-14)
    return float(np.exp(2.0 * root))


sizes = st.floats(8.0, 18.0)


@given(sizes, sizes, st.floats(-8.0, 0.0))
def test_the_data_factor_is_the_compute_of_the_run_with_the_same_loss(
    parameters: float, tokens: float, shortage: float
) -> None:
    wanted, having = 10.0**tokens, 10.0 ** (tokens + shortage)
    factor = float(data_factor(wanted, having, 10.0**parameters, **LAW))
    assert factor == pytest.approx(compute_of_equal_loss(10.0**parameters, wanted, having, LAW), rel=1e-8)
    assert 0.0 < factor <= 1.0


@given(sizes, sizes, st.floats(-3.0, 0.0), st.floats(0.2, 0.6), st.floats(0.2, 0.6))
def test_the_data_factor_holds_for_laws_with_unlike_exponents(
    parameters: float, tokens: float, shortage: float, alpha: float, beta: float
) -> None:
    law = {**LAW, "loss_parameter_exponent": alpha, "loss_token_exponent": beta}
    wanted, having = 10.0**tokens, 10.0 ** (tokens + shortage)
    factor = float(data_factor(wanted, having, 10.0**parameters, **law))
    assert factor == pytest.approx(compute_of_equal_loss(10.0**parameters, wanted, having, law), rel=1e-5)
    assert 0.0 < factor <= 1.0


def test_enough_data_cost_no_compute() -> None:
    assert data_factor(1e13, 1e13, 1e11, **LAW) == pytest.approx(1.0, abs=1e-12)
    assert data_factor(1e13, 5e13, 1e11, **LAW) == 1.0


def test_a_shortage_that_stops_nobody_is_no_shortage(world: World) -> None:
    enough = world["data_binds"] == 0.0
    assert enough.any()
    assert not enough.all()
    np.testing.assert_allclose(world["data_factor"][enough], 1.0, atol=1e-12)
    assert np.all(world["data_factor"][~enough] < 1.0)
    np.testing.assert_array_equal(enough, world["data_use"] <= 1.0)


def test_stocks_grow_from_now() -> None:
    stock = data_stock(5e14, np.log(1.08), np.array([[0.0], [1.0], [-0.5]]))
    np.testing.assert_allclose(stock[:, 0], [5e14, 5e14 * 1.08, 5e14 * 1.08**-0.5])


def test_a_source_is_open_or_closed_for_the_whole_path(world: World) -> None:
    open_sources = world["usable_stock"] > 0.0
    assert np.all(open_sources == open_sources[:, :1])
    chance = np.array([[[0.1, 0.6, 0.9]]])
    gate = accessible(np.array([[[0.6]]]), chance)
    np.testing.assert_array_equal(usable_stock(10.0, 0.5, gate)[0, 0], [5.0, 0.0, 0.0])


def test_a_certain_source_is_always_open_and_an_impossible_one_never() -> None:
    chance = np.array([[[1e-16, 0.5, 1.0 - 1e-16]]])
    assert np.all(accessible(1.0, chance) == 1.0)
    assert np.all(accessible(0.0, chance) == 0.0)


def test_there_is_never_less_than_the_largest_known_training_set(world: World) -> None:
    assert np.all(world["unique_tokens"] >= world["tokens_in_hand"])
    assert unique_tokens(np.zeros((3, 1, 1)), 3.6e13) == 3.6e13
    assert unique_tokens(np.full((3, 1, 1), 2e13), 3.6e13) == 6e13


def test_the_price_of_text_starts_from_now_and_drifts() -> None:
    # News Corp sells five years for 250 million dollars, 50 a year; at 1.1x a year the fourth year costs 67.
    price = licence_price(50.0, np.log(1.1), np.array([[0.0], [3.0]]))
    np.testing.assert_allclose(price[:, 0], [50.0, 66.55])


def test_only_the_tokens_that_are_used_are_paid_for() -> None:
    stock, price = np.array([2.0, 6.0])[:, None, None], np.array([1.0, 0.5])[:, None, None]
    assert licence_cost(stock, price, 0.5) == 0.5 * (2.0 + 3.0)
    # A token is paid for once, however often it is read.
    assert licence_cost(stock, price, 3.0) == licence_cost(stock, price, 1.0) == 5.0


def test_the_wall_stands_where_use_passes_one() -> None:
    wanted = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(data_binds(wanted, 2.0), [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(data_use(wanted, 2.0), [0.5, 1.0, 1.5])


def test_synthetic_text_costs_the_compute_that_wrote_it() -> None:
    # A 100B generator at two FLOP per parameter, 1e18 FLOP a dollar: 0.2 USD per million tokens.
    stock, synthetic = np.array([2e13, 5e13])[:, None, None], np.array([0.0, 1.0])[:, None, None]
    assert synthesis_cost(stock, synthetic, 2e11, 1e18, 1.0) == pytest.approx(5e13 * 2e-7)
    assert synthesis_cost(stock, synthetic, 2e11, 1e18, 0.1) == pytest.approx(5e12 * 2e-7)
    assert synthesis_cost(stock, 0.0 * synthetic, 2e11, 1e18, 1.0) == 0.0
    assert data_cost(3.0, 4.0) == 7.0


def test_human_text_is_the_same_stock_four_times() -> None:
    # Villalobos et al. 2024: 508T on the indexed web, a fifth of it usable, worth three times as much with repetition.
    stock = np.array([5.08e14, 1e15, 1e14])[:, None, None]
    share, synthetic = np.array([0.2, 0.5, 0.3])[:, None, None], np.array([0.0, 0.0, 1.0])[:, None, None]
    gate = np.array([1.0, 0.0, 1.0])[:, None, None]
    usable = usable_stock(stock, share, gate)
    assert raw_stock(stock, gate, synthetic, 1e13) == pytest.approx(5.08e14)
    good = quality_stock(usable, synthetic, 1e13)
    assert good == pytest.approx(1.016e14)
    worth = repetition_worth(REPETITION_SCALE, 3.0)
    assert worth == pytest.approx(3.73, abs=0.005)
    assert repeated_stock(good, worth) == pytest.approx(1.016e14 * worth)
    assert synthesized_stock(unique_tokens(usable, 1e13), worth) == pytest.approx(1.316e14 * worth)
    assert quality_stock(0.0 * usable, synthetic, 3.6e13) == 3.6e13


def test_a_wider_definition_never_has_less_text(world: World) -> None:
    assert np.all(world["raw_stock"] >= world["quality_stock"])
    assert np.all(world["repeated_stock"] >= world["quality_stock"])
    assert np.all(world["synthesized_stock"] >= world["repeated_stock"])
    # And so it is exhausted later, on every path and in every year.
    assert np.all(world["synthesized_stock_use"] <= world["repeated_stock_use"])
    assert np.all(world["repeated_stock_use"] <= world["quality_stock_use"])
    assert np.all(world["raw_stock_use"] <= world["quality_stock_use"])


def test_the_effective_stock_is_near_the_published_one(world: World) -> None:
    # Villalobos et al. 2024: 300T, 90% interval 100T to 1000T, of public human text in 2024; 8% more a year.
    low, middle, high = np.quantile(world["repeated_stock"][0], [0.05, 0.5, 0.95]) / 1.17
    assert 2e14 < middle < 7e14
    assert low < 2e14
    assert high < 3e15


def test_a_stock_of_twice_the_tokens_feeds_four_times_the_compute(world: World) -> None:
    assert data_generations(1.0) == 0.0
    assert data_generations(0.5) == pytest.approx(np.log10(4.0))
    assert data_generations(10.0) == pytest.approx(-2.0)
    left, use = world["data_generations"], world["repeated_stock_use"]
    np.testing.assert_array_equal(left > 0.0, use < 1.0)


def held_compute(compute: float, wanted: float, unique: float, more: float) -> float:
    """The compute that reaches with more unique tokens the loss of the given run: by bisection, no derivative."""
    ratio = 30.0

    def loss(size: float, stock: float) -> float:
        tokens = wanted * np.sqrt(size / compute)
        worth = float(effective_tokens(tokens, stock, REPETITION_SCALE))
        return (LAW["loss_parameter_scale"] / (tokens / ratio)) ** ALPHA + (
            LAW["loss_token_scale"] / worth
        ) ** BETA

    target = loss(compute, unique)
    return float(
        brentq(lambda size: loss(size, unique + more) - target, compute * 0.5, compute * 1.01, xtol=1.0)
    )


@pytest.mark.parametrize("use", [1.5, 4.0, 12.0, 40.0])
def test_the_shadow_price_is_the_compute_that_one_more_token_saves(use: float) -> None:
    wanted, cost, compute = 2e14, 3e9, 1e27
    unique = wanted / use
    worth = effective_tokens(wanted, unique, REPETITION_SCALE)
    price = token_shadow_price(cost, wanted, unique, worth, wanted / 30.0, REPETITION_SCALE, *LAW.values())
    more = unique * 1e-4
    saved = cost * (1.0 - held_compute(compute, wanted, unique, more) / compute)
    assert price * more == pytest.approx(saved, rel=2e-3)


def test_a_token_is_worth_nothing_while_there_are_enough(world: World) -> None:
    price, enough = world["token_shadow_price"], world["data_use"] <= 1.0
    assert np.all(price[enough] == 0.0)
    assert np.all(price[~enough] > 0.0)
