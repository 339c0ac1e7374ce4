"""Predictive records against laws that are known in closed form."""

import math

import numpy as np
import pytest
from scipy.stats import t

from forecast.fit.predictive import Habits, _median, yearly_records

SIZE = 20_000


def still(**changes: float) -> dict[str, np.ndarray]:
    """A world that does not move, apart from the given changes."""
    values = {
        "frontier_compute_now": 1e25,
        "frontier_compute_growth": 0.0,
        "frontier_compute_volatility": 0.0,
        "frontier_compute_growth_volatility": 0.0,
        "frontier_compute_dispersion": 1.0,
        "frontier_compute_tail": 8.0,
        "frontier_releases": 10.0,
        "price_performance_now": 1e18,
        "price_performance_growth": 0.0,
        "price_performance_volatility": 0.0,
        "price_performance_dispersion": 1e-9,
        "tpu_price_performance_ratio": 1.0,
    } | changes
    return {name: np.full(SIZE, value) for name, value in values.items()}


def habits(*, error: float = 1e-9, costed: bool = True, tpu: bool = False) -> Habits:
    return Habits(error=np.array([error]), costed=np.array([costed]), tpu=np.array([tpu]))


def test_the_years_record_has_the_law_of_a_poisson_maximum():
    drawn = yearly_records(still(), habits(), [(0.0, 1.0)], seed=1)["record_compute"][:, 0]
    for quantile in (0.1, 0.5, 0.9):
        # exp(-rate (1 - F)) = quantile
        expected = math.log(1e25) + t.ppf(1.0 + math.log(quantile) / 10.0, 8.0)
        assert np.quantile(drawn, quantile) == pytest.approx(expected, abs=0.03)


def test_cost_is_compute_over_compute_per_dollar():
    drawn = yearly_records(still(), habits(), [(0.0, 1.0)], seed=1)
    np.testing.assert_allclose(drawn["record_cost"], drawn["record_compute"] - math.log(1e18), atol=1e-6)


def test_runs_that_nobody_costs_set_no_record_of_cost():
    drawn = yearly_records(still(), habits(costed=False), [(0.0, 1.0)], seed=1)
    assert np.isneginf(drawn["record_cost"]).all()
    assert np.isnan(drawn["price_performance"]).all()


def test_growth_carries_the_record_along():
    early, late = yearly_records(
        still(frontier_compute_growth=1.5), habits(), [(0.0, 1.0), (3.0, 4.0)], seed=1
    )["record_compute"].T
    assert np.median(late) - np.median(early) == pytest.approx(4.5, abs=0.05)


def test_a_walk_widens_with_the_root_of_time():
    draws = still(frontier_compute_volatility=0.5, frontier_compute_dispersion=1e-9)
    near, far = yearly_records(draws, habits(), [(0.99, 1.0), (3.99, 4.0)], seed=1)["record_compute"].T
    near, far = near[np.isfinite(near)], far[np.isfinite(far)]
    assert far.std() / near.std() == pytest.approx(2.0, rel=0.08)


def test_measurement_error_lifts_a_recorded_maximum():
    exact = yearly_records(still(), habits(), [(0.0, 1.0)], seed=1)["record_compute"]
    noisy = yearly_records(still(), habits(error=1.0), [(0.0, 1.0)], seed=1)["record_compute"]
    assert np.median(noisy) > np.median(exact) + 0.3


def test_growth_above_a_floor_fades():
    fading = still(frontier_compute_growth=1.5) | {
        "frontier_compute_growth_floor": np.full(SIZE, 0.5),
        "frontier_compute_growth_fade": np.full(SIZE, 2.0),
        "frontier_compute_dispersion": np.full(SIZE, 1e-9),
    }
    drawn = yearly_records(fading, habits(), [(3.99, 4.0)], seed=1)["record_compute"]
    drawn = drawn[np.isfinite(drawn)]
    expected = math.log(1e25) + 0.5 * 4.0 + 1.0 * 2.0 * (1.0 - math.exp(-2.0))
    assert np.median(drawn) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    "row", [[3.0, 1.0, 2.0], [1.0, np.nan, 4.0], [5.0, np.nan, np.nan], [4.0, 1.0, 2.0, 8.0]]
)
def test_the_median_leaves_out_what_is_missing(row):
    assert _median(np.array([row]))[0] == np.nanmedian(row)
