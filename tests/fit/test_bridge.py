from __future__ import annotations

import numpy as np
import pytest

from forecast.fit.bridge import (
    bridge,
    coordinate_variance,
    cumulation,
    drift_given_growth,
    slope_at_end,
    walk_on,
)


@pytest.mark.parametrize(("end", "intervals"), [(2013.0, 3), (2018.0, 12), (2025.7, 27)])
def test_the_basis_is_orthonormal_and_sums_to_zero(end, intervals):
    grid = bridge(2012.0, end)
    assert grid.intervals == intervals
    np.testing.assert_allclose(grid.basis.T @ grid.basis, np.eye(intervals - 1), atol=1e-12)
    np.testing.assert_allclose(grid.basis.sum(axis=0), 0.0, atol=1e-12)


def test_the_bridge_is_zero_at_both_ends_and_straight_between_knots():
    grid = bridge(2012.0, 2018.0)
    np.testing.assert_allclose(grid.at(np.array([2012.0, 2018.0])), 0.0, atol=1e-12)
    left, middle, right = grid.at(np.array([2014.0, 2014.25, 2014.5]))
    np.testing.assert_allclose(middle, (left + right) / 2.0, atol=1e-12)


def test_line_and_bridge_together_give_back_any_growth_of_the_intervals():
    grid = bridge(2012.0, 2018.0)
    growth = np.random.default_rng(1).normal(1.5, 0.4, grid.intervals)
    coordinates = grid.basis.T @ growth
    knots = np.linspace(2012.0, 2018.0, grid.intervals + 1)
    level = growth.mean() * (knots - 2012.0) + grid.at(knots) @ coordinates
    np.testing.assert_allclose(np.diff(level) / grid.step, growth)


def _covariance(grid, *, level, slope, prior):
    """Covariance of the intervals' growth and of the slope after the last one, straight from the definition."""
    cumulate = np.vstack([cumulation(grid.intervals), np.ones(grid.intervals - 1)])
    # The slope after the last interval has one shock more than any interval.
    shocks = np.hstack([cumulate, np.eye(grid.intervals + 1)[:, -1:]])
    slopes = prior**2 + grid.step * slope**2 * shocks @ shocks.T
    noise = np.diag([*np.full(grid.intervals, level**2 / grid.step), 0.0])
    return slopes + noise


def test_coordinates_are_independent_with_the_stated_variance():
    grid = bridge(2012.0, 2020.0)
    covariance = _covariance(grid, level=0.3, slope=0.15, prior=1.0)[:-1, :-1]
    rotated = grid.basis.T @ covariance @ grid.basis
    stated = coordinate_variance(grid, level_scale=np.array([0.3]), slope_scale=np.array([0.15]))[0]
    np.testing.assert_allclose(rotated, np.diag(stated), atol=1e-12)


def test_the_slope_in_force_is_the_conditional_normal():
    grid = bridge(2012.0, 2020.0)
    level, slope, prior_mean, prior = 0.3, 0.15, 1.1, 0.9
    covariance = _covariance(grid, level=level, slope=slope, prior=prior)
    growth = np.random.default_rng(2).normal(1.4, 0.3, grid.intervals)
    weights = np.linalg.solve(covariance[:-1, :-1], covariance[:-1, -1])
    mean = prior_mean + weights @ (growth - prior_mean)
    variance = covariance[-1, -1] - weights @ covariance[:-1, -1]

    noise = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    drawn = slope_at_end(
        grid,
        np.full(3, growth.mean()),
        np.tile(grid.basis.T @ growth, (3, 1)),
        level_scale=np.full(3, level),
        slope_scale=np.full(3, slope),
        prior_mean=prior_mean,
        prior_scale=prior,
        noise=noise,
    )
    assert drawn[0] == pytest.approx(mean)
    assert (drawn[1] - drawn[0]) ** 2 + (drawn[2] - drawn[0]) ** 2 == pytest.approx(variance)


def test_a_drift_without_a_walk_is_the_growth_and_with_a_wild_one_the_prior():
    growth, prior = np.array([0.5]), np.array([0.3])
    common = {"years": 10.0, "prior_mean": prior, "prior_scale": 0.1, "noise": np.zeros(1)}
    assert drift_given_growth(growth, scale=np.array([1e-9]), **common) == pytest.approx(0.5)
    assert drift_given_growth(growth, scale=np.array([1e6]), **common) == pytest.approx(0.3)


def test_drawing_the_drift_given_the_growth_gives_back_the_joint_law():
    generator, size, years, scale, spread = np.random.default_rng(3), 200_000, 8.0, 0.4, 0.2
    drift = generator.normal(0.3, spread, size)
    growth = drift + generator.normal(0.0, scale / np.sqrt(years), size)
    again = drift_given_growth(
        growth,
        years=years,
        scale=np.full(size, scale),
        prior_mean=np.full(size, 0.3),
        prior_scale=spread,
        noise=generator.standard_normal(size),
    )
    np.testing.assert_allclose(np.cov(again, growth), np.cov(drift, growth), rtol=0.02)


@pytest.mark.parametrize("steps", [1, 13])
def test_the_walk_carries_on_with_the_variance_of_its_law_however_it_is_cut(steps):
    size, years, level, slope = 200_000, 1.5, 0.3, 0.2
    later = walk_on(
        np.full(size, 60.0),
        np.full(size, 1.5),
        level_scale=np.full(size, level),
        slope_scale=np.full(size, slope),
        years=years,
        steps=steps,
        generator=np.random.default_rng(4),
    )
    assert later.level.shape == (size, steps)
    end = later.level[:, -1]
    assert end.mean() == pytest.approx(60.0 + 1.5 * years, abs=0.005)
    assert end.var() == pytest.approx(level**2 * years + slope**2 * years**3 / 3.0, rel=0.02)
    assert later.slope.var() == pytest.approx(slope**2 * years, rel=0.02)
    assert np.cov(end, later.slope)[0, 1] == pytest.approx(slope**2 * years**2 / 2.0, rel=0.03)


def test_no_time_leaves_everything_where_it_was():
    later = walk_on(
        np.array([60.0]),
        np.array([1.5]),
        level_scale=np.array([0.3]),
        slope_scale=np.array([0.2]),
        years=0.0,
        steps=1,
        generator=np.random.default_rng(5),
    )
    assert later.level[0, -1] == 60.0
    assert later.slope[0] == 1.5
