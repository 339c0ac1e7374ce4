"""How quantities move through time, against quadrature, limits and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from forecast.paths import drift, fading_growth, intervals, wander, wandering_drift

rates = st.floats(-1.0, 2.0)
starts = st.floats(-0.5, 0.5)


def years(start: float, count: int = 6) -> np.ndarray:
    return (start + np.arange(count))[:, np.newaxis]


@settings(max_examples=60)
@given(rates, rates, st.floats(0.2, 20.0), st.floats(-0.5, 10.0))
def test_fading_growth_is_the_integral_of_its_rate(
    now: float, later: float, fade: float, time: float
) -> None:
    integral, _ = quad(lambda t: later + (now - later) * np.exp(-t / fade), 0.0, time)
    assert float(fading_growth(now, later, fade, np.float64(time))) == pytest.approx(
        integral, rel=1e-9, abs=1e-12
    )


def test_growth_that_fades_never_or_at_once_is_plain_growth() -> None:
    elapsed = years(-0.25)
    np.testing.assert_allclose(fading_growth(0.9, 0.1, 1e9, elapsed), drift(0.9, elapsed), rtol=1e-7)
    np.testing.assert_allclose(fading_growth(0.9, 0.1, 1e-6, years(0.5)), drift(0.1, years(0.5)), rtol=1e-4)
    np.testing.assert_allclose(fading_growth(0.4, 0.4, 2.0, elapsed), drift(0.4, elapsed), rtol=1e-12)


@given(rates, rates, st.floats(0.2, 20.0))
def test_fading_growth_starts_at_zero_and_lies_between_its_two_rates(
    now: float, later: float, fade: float
) -> None:
    elapsed = years(0.0)
    path = fading_growth(now, later, fade, elapsed)
    assert path[0, 0] == 0.0
    low, high = min(now, later) * elapsed, max(now, later) * elapsed
    assert np.all((low - 1e-12 <= path) & (path <= high + 1e-12))


@given(starts)
def test_intervals_add_up_to_the_time_since_now(start: float) -> None:
    elapsed = years(start)
    steps = intervals(elapsed)
    assert np.all(steps >= 0.0)
    np.testing.assert_allclose(np.cumsum(steps, axis=-2), np.maximum(elapsed, 0.0), atol=1e-12)


def influence(path: object, start: float, volatility: float) -> np.ndarray:
    """How much each year's shock moves each year: ``(year, shock)``; the paths are linear in their shocks."""
    count = 6
    return path(volatility, np.eye(count), years(start, count))  # type: ignore[operator]


@given(starts, st.floats(0.0, 1.0))
def test_the_variance_of_a_walk_is_volatility_squared_times_the_time_since_now(
    start: float, volatility: float
) -> None:
    matrix = influence(wander, start, volatility)
    time = np.maximum(years(start)[:, 0], 0.0)
    np.testing.assert_allclose((matrix**2).sum(axis=1), volatility**2 * time, atol=1e-12)
    # Cov(W_s, W_t) = volatility^2 min(s, t): increments are independent of the past.
    np.testing.assert_allclose(matrix @ matrix.T, volatility**2 * np.minimum.outer(time, time), atol=1e-12)


@given(starts, st.floats(0.0, 1.0))
def test_the_variance_of_a_wandering_drift_has_its_closed_form(start: float, volatility: float) -> None:
    def path(volatility: float, shock: np.ndarray, elapsed: np.ndarray) -> np.ndarray:
        return wandering_drift(0.0, volatility, shock, elapsed)

    matrix = influence(path, start, volatility)
    time = np.maximum(years(start)[:, 0], 0.0)
    # An integrated Wiener process has variance v^2 t^3 / 3. Here the slope is a straight line within each step d,
    # so each step is the midpoint rule of the integral of (t - s)^2, which falls short of it by d^3 / 12.
    short = np.cumsum(intervals(years(start))[:, 0] ** 3) / 12.0
    np.testing.assert_allclose((matrix**2).sum(axis=1), volatility**2 * (time**3 / 3.0 - short), atol=1e-12)


@given(rates, starts)
def test_without_volatility_nothing_is_left_to_chance(growth: float, start: float) -> None:
    elapsed = years(start)
    shock = np.random.default_rng(1).standard_normal((6, 4))
    assert np.all(wander(0.0, shock, elapsed) == 0.0)
    expected = np.broadcast_to(drift(growth, elapsed), (6, 4))
    np.testing.assert_array_equal(wandering_drift(growth, 0.0, shock, elapsed), expected)


@given(rates, starts)
def test_shocks_spread_a_path_around_its_drift_and_never_into_the_past(growth: float, start: float) -> None:
    elapsed = years(start)
    shock = np.random.default_rng(1).standard_normal((6, 4))
    path = wandering_drift(growth, 0.5, shock, elapsed)
    mirror = wandering_drift(growth, 0.5, -shock, elapsed)
    np.testing.assert_allclose(
        0.5 * (path + mirror), np.broadcast_to(growth * elapsed, path.shape), atol=1e-12
    )
    for moved in (wander(0.5, shock, elapsed), path - growth * elapsed):
        assert np.all(moved[elapsed[:, 0] <= 0.0] == 0.0)


def test_members_walk_apart_on_the_same_clock() -> None:
    shock = np.random.default_rng(1).standard_normal((3, 6, 4))
    together = wander(np.array([0.1, 0.2, 0.3])[:, np.newaxis, np.newaxis], shock, years(0.3))
    for member, volatility in enumerate((0.1, 0.2, 0.3)):
        np.testing.assert_array_equal(together[member], wander(volatility, shock[member], years(0.3)))
