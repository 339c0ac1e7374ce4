from __future__ import annotations

import math

import numpy as np
import pytest

from forecast.fit import model_joint_trend as model
from forecast.fit.bridge import cumulation
from forecast.fit.headlines import HEADLINES, QUANTITIES, headlines
from forecast.fit.pointwise import pooled
from forecast.fit.priors import (
    _components,
    _compute_growth_law,
    _distance,
    contrasts,
    log_ratio,
    sensitivities,
)
from forecast.fit.smoothing import smoothed


@pytest.mark.parametrize("component", _components())
def test_a_power_of_one_changes_nothing(made_up, made_up_draws, component):
    np.testing.assert_allclose(log_ratio(made_up, made_up_draws, component, 1.0), 0.0, atol=1e-12)


@pytest.mark.parametrize("component", ["tpu", "level_walk"])
def test_a_prior_to_the_fourth_power_is_half_as_wide(made_up, made_up_draws, component):
    size, generator = 40_000, np.random.default_rng(1)
    drawn = {name: np.repeat(values[:1, :1], size, axis=1) for name, values in made_up_draws.items()}
    coefficients, scales = list(model.COEFFICIENTS), list(model.SCALES)
    if component in coefficients:
        centre, spread = model.COEFFICIENTS[component]
        target, place = drawn["coefficients"], coefficients.index(component)
    else:
        median, factor = model.SCALES[component]
        centre, spread = math.log(median), math.log(factor)
        target, place = drawn["log_scales"], scales.index(component)
    target[..., place] = generator.normal(centre, spread, (1, size))
    weights = smoothed(log_ratio(made_up, drawn, component, 4.0)).values
    values = target[0, :, place]
    mean = (weights * values).sum()
    assert mean == pytest.approx(centre, abs=0.05 * spread)
    assert math.sqrt((weights * (values - mean) ** 2).sum()) == pytest.approx(spread / 2.0, rel=0.05)


def test_the_law_of_the_mean_growth_is_the_conditional_normal(made_up, made_up_draws):
    one = {name: values[:1, :1] for name, values in made_up_draws.items()}
    flat = pooled(one)
    mean, variance = _compute_growth_law(made_up, flat)
    grid = model.design(made_up).grid
    scale = dict(zip(model.SCALES, np.exp(flat["log_scales"][0]), strict=True))
    cumulate = cumulation(grid.intervals)
    covariance = (
        model.FIRST_SLOPE[1] ** 2
        + grid.step * scale["slope_walk"] ** 2 * cumulate @ cumulate.T
        + scale["level_walk"] ** 2 / grid.step * np.eye(grid.intervals)
    )
    turn = np.hstack([grid.basis, np.full((grid.intervals, 1), 1.0 / grid.intervals)])
    joint = turn.T @ covariance @ turn
    weights = np.linalg.solve(joint[:-1, :-1], joint[:-1, -1])
    coordinates = np.sqrt(np.diag(joint)[:-1]) * flat["units"][0, : grid.intervals - 1]
    assert mean[0] == pytest.approx(model.FIRST_SLOPE[0] + weights @ coordinates)
    assert variance[0] == pytest.approx(joint[-1, -1] - weights @ joint[:-1, -1])


def test_distance_is_nothing_between_equals_and_grows_with_the_shift():
    values = np.random.default_rng(2).standard_normal(4000)
    even = np.full(4000, 1.0 / 4000)
    assert _distance(values, even) == pytest.approx(0.0, abs=1e-6)
    near, far = (smoothed(shift * values).values for shift in (0.1, 0.5))
    assert 0.0 < _distance(values, near) < _distance(values, far) < 1.0
    assert _distance(-values, near) == pytest.approx(_distance(values, near), rel=1e-6)


def test_every_parameter_is_contrasted_under_its_name(made_up, made_up_draws):
    found = contrasts(made_up, made_up_draws)
    assert [each.name for each in found] == list(QUANTITIES)
    for each in found:
        assert each.prior.low < each.prior.median < each.prior.high
        assert each.posterior.low <= each.posterior.median <= each.posterior.high
        assert (each.prior.probability, each.prior.kind) == (0.9, "credible interval, equal-tailed")
    by_name = {each.name: each for each in found}
    # The draws know the growth to three hundredths, the prior to more than one.
    assert by_name["frontier_compute_mean_growth"].learned > 0.9


def test_figures_lean_on_the_data_and_on_the_prior_that_is_all_they_have(made_up, made_up_draws):
    everything = model.trends(made_up, made_up_draws, as_of=made_up.end, seed=1)
    generator = np.random.default_rng(3)
    drawn = {name: values.copy() for name, values in made_up_draws.items()}
    centre, spread = model.COEFFICIENTS["tpu"]
    own = generator.normal(centre, spread, drawn["coefficients"].shape[:2])
    drawn["coefficients"][..., list(model.COEFFICIENTS).index("tpu")] = own
    figures = headlines(everything) | {"cost_growth": own.reshape(-1)}
    found = {(each.component, each.headline): each for each in sensitivities(made_up, drawn, figures)}
    assert {headline for _, headline in found} == set(HEADLINES)
    # A figure that is drawn from a prior moves with it; power-scaling finds that one and no other.
    assert found["tpu", "cost_growth"].sensitive
    assert not found["cloud", "cost_growth"].sensitive
