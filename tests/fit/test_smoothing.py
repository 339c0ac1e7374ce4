from __future__ import annotations

import numpy as np
import pytest

from forecast.fit.smoothing import LARGEST_K, pareto_fit, quantiles, smoothed


def test_equal_ratios_leave_every_draw_its_weight():
    weights = smoothed(np.zeros(1000))
    np.testing.assert_allclose(weights.values, 1e-3)
    assert weights.reliable
    assert weights.effective == pytest.approx(1000.0)


def test_weights_turn_draws_of_one_normal_into_those_of_another():
    draws = np.random.default_rng(1).standard_normal(20_000)
    weights = smoothed(-0.5 * (draws - 0.7) ** 2 + 0.5 * draws**2)
    assert weights.reliable
    assert weights.values.sum() == pytest.approx(1.0)
    assert (weights.values * draws).sum() == pytest.approx(0.7, abs=0.05)
    assert quantiles(draws, weights.values, (0.5,))[0] == pytest.approx(0.7, abs=0.05)


def test_a_target_wider_than_the_draws_is_not_trusted():
    draws = np.random.default_rng(2).standard_normal(4000)
    weights = smoothed(-0.5 * (draws / 10.0) ** 2 + 0.5 * draws**2)
    assert weights.k > LARGEST_K
    assert not weights.reliable


def test_smoothing_keeps_the_order_of_the_weights():
    ratios = np.random.default_rng(3).standard_t(2, 2000)
    weights = smoothed(ratios).values
    assert np.isfinite(weights).all()
    assert (np.diff(weights[np.argsort(ratios)]) >= 0.0).all()


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_the_shape_of_a_pareto_tail_is_found(shape):
    uniform = np.random.default_rng(4).random(20_000)
    values = np.sort(2.0 * np.expm1(-shape * np.log1p(-uniform)) / shape)
    found, scale = pareto_fit(values)
    assert found == pytest.approx(shape, abs=0.03)
    assert scale == pytest.approx(2.0, rel=0.05)


def test_quantiles_with_equal_weights_are_the_usual_ones():
    values = np.random.default_rng(5).standard_normal(5001)
    found = quantiles(values, np.full(5001, 1.0 / 5001), (0.05, 0.5, 0.95))
    np.testing.assert_allclose(found, np.quantile(values, [0.05, 0.5, 0.95]), atol=1e-3)


@pytest.mark.slow
def test_it_agrees_with_arviz():
    import arviz

    if not hasattr(arviz, "psislw"):
        pytest.skip("this generation of ArviZ has it elsewhere")
    ratios = np.random.default_rng(6).standard_t(4, (5, 4000))
    theirs, shapes = arviz.psislw(ratios.copy())
    for row, their_weights, k in zip(ratios, theirs, shapes, strict=True):
        ours = smoothed(row)
        assert ours.k == pytest.approx(float(k), abs=1e-9)
        np.testing.assert_allclose(ours.values, np.exp(their_weights), rtol=1e-8)
