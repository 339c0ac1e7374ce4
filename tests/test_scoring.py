"""Scores against closed forms, against brute force, and against what a proper score has to do."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from forecast.scoring import Score, crps, interval, log_score, pit, score


def quantiles(mean: float, scale: float, size: int = 20_001) -> np.ndarray:
    return norm.ppf((np.arange(size) + 0.5) / size, mean, scale)


def normal_crps(observed: float, mean: float, scale: float) -> float:
    """Gneiting and Raftery (2007), eq. 21."""
    z = (observed - mean) / scale
    return scale * (z * (2.0 * norm.cdf(z) - 1.0) + 2.0 * norm.pdf(z) - 1.0 / math.sqrt(math.pi))


@pytest.mark.parametrize("observed", [-3.0, 0.0, 0.7, 4.0])
def test_crps_of_a_normal_is_the_closed_form(observed):
    assert crps(quantiles(0.5, 1.3), observed) == pytest.approx(normal_crps(observed, 0.5, 1.3), abs=1e-3)


def test_crps_of_a_sample_is_the_double_sum():
    sample = np.random.default_rng(1).normal(size=40)
    pairs = np.abs(np.subtract.outer(sample, sample)).mean()
    assert crps(sample, 0.3) == pytest.approx(np.abs(sample - 0.3).mean() - 0.5 * pairs)


def test_crps_is_the_area_between_the_distributions():
    sample = np.random.default_rng(2).gumbel(size=25)
    grid = np.linspace(-10.0, 15.0, 200_001)
    below = (sample[:, np.newaxis] <= grid).mean(axis=0)
    assert crps(sample, 1.1) == pytest.approx(np.trapezoid((below - (grid >= 1.1)) ** 2, grid), abs=1e-3)


def test_crps_of_a_point_is_the_absolute_error():
    assert crps(np.full(7, 2.0), 5.0) == pytest.approx(3.0)


def test_crps_moves_and_scales_with_its_unit():
    sample = np.random.default_rng(3).normal(size=50)
    assert crps(3.0 * sample + 2.0, 3.0 * 0.4 + 2.0) == pytest.approx(3.0 * crps(sample, 0.4))


def test_log_score_of_a_normal_is_that_of_the_smoothed_normal():
    wide = math.hypot(1.0, 0.1)
    assert log_score(quantiles(0.0, 1.0), 0.8) == pytest.approx(-norm.logpdf(0.8, 0.0, wide), abs=1e-3)


def test_log_score_stays_finite_however_far_the_outcome():
    assert math.isfinite(log_score(np.zeros(10), 1e3))


@pytest.mark.parametrize("rule", [crps, log_score])
def test_the_truth_scores_best_on_average(rule):
    outcomes = np.random.default_rng(4).normal(size=400)

    def mean(centre, scale):
        return np.mean([rule(quantiles(centre, scale, 401), value) for value in outcomes])

    truth = mean(0.0, 1.0)
    assert truth < min(mean(0.6, 1.0), mean(-0.6, 1.0), mean(0.0, 1.7), mean(0.0, 0.6))


def test_pit_of_calibrated_forecasts_is_uniform():
    places = [pit(quantiles(0.0, 1.0, 999), value) for value in np.random.default_rng(5).normal(size=4000)]
    assert np.histogram(places, bins=10, range=(0, 1))[0] / 4000 == pytest.approx(np.full(10, 0.1), abs=0.02)


def test_a_tie_counts_half():
    assert pit(np.array([1.0, 2.0, 2.0, 3.0]), 2.0) == 0.5


def test_a_central_interval_leaves_equal_tails():
    assert interval(np.arange(101.0), 80) == pytest.approx((10.0, 90.0))


def test_a_score_holds_what_its_functions_say():
    sample = quantiles(1.0, 0.5)
    row = score(sample, 2.0, target="record_cost", method="forecast", origin=2020, lead=3)
    assert (row.crps, row.pit) == (crps(sample, 2.0), pit(sample, 2.0))
    assert (row.covered_50, row.covered_80, row.covered_90) == (False, False, False)
    assert row.width_90 == pytest.approx(2 * 1.6449 * 0.5, abs=1e-2)
    assert row.median == pytest.approx(1.0)


def test_log_score_moves_with_its_unit():
    sample = quantiles(3.0, 1.0) ** 2
    assert log_score(sample + 5.0, 9.0) == pytest.approx(log_score(sample, 4.0))
    assert log_score(sample, 9.0) < log_score(sample, -9.0)


def test_the_ends_of_an_interval_belong_to_it():
    certain = score(np.full(10, 2.0), 2.0, target="x", method="y", origin=2020, lead=1)
    assert (certain.covered_50, certain.covered_80, certain.covered_90) == (True, True, True)


def test_a_score_holds_each_figure_under_its_own_name():
    sample, observed = np.random.default_rng(6).normal(size=101), 1.4
    wide = interval(sample, 90)
    assert score(sample, observed, target="cost", method="ours", origin=2021, lead=3) == Score(
        target="cost",
        method="ours",
        origin=2021,
        lead=3,
        observed=observed,
        median=float(np.median(sample)),
        crps=crps(sample, observed),
        log_score=log_score(sample, observed),
        pit=pit(sample, observed),
        # The outcome lies beyond the 10% above the central 80% of the sample, and within the central 90%.
        covered_50=False,
        covered_80=False,
        covered_90=True,
        width_90=wide[1] - wide[0],
    )
