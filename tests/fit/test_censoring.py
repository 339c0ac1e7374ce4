from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import special, stats

from forecast.fit.censoring import BEYOND, draw_between, exact_log_probability, log_probability

# The same functions on plain arrays as PyTensor has on tensors.
ARRAYS = SimpleNamespace(
    sqrt=np.sqrt,
    arctan2=np.arctan2,
    sin=np.sin,
    log=np.log,
    gammaln=special.gammaln,
    logsumexp=special.logsumexp,
)
BOUNDS = [(-1.0, 2.0), (0.5, 0.6), (3.0, BEYOND), (-BEYOND, -4.0), (-2.0, BEYOND), (-BEYOND, BEYOND)]


@pytest.mark.parametrize(
    ("tail", "exact"), [(2.0, 1e-8), (5.0, 1e-8), (11.3, 1e-8), (30.0, 1e-6), (60.0, 2e-3)]
)
@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_the_probability_between_bounds_is_the_student_ts(low, high, tail, exact):
    mine = log_probability(np.array([low]), np.array([high]), tail, ARRAYS)[0]
    # Far out on one side only the survival function keeps its digits.
    oracle = (
        np.log(stats.t.sf(low, tail) - stats.t.sf(high, tail))
        if low > 0
        else np.log(stats.t.cdf(high, tail) - stats.t.cdf(low, tail))
    )
    assert mine == pytest.approx(oracle, abs=exact)
    assert exact_log_probability(np.array(low), np.array(high), np.array(tail)) == pytest.approx(
        oracle, abs=1e-8
    )


def test_a_run_of_which_nothing_is_known_says_nothing():
    nothing = exact_log_probability(np.array([-np.inf]), np.array([np.inf]), np.array([7.0]))
    np.testing.assert_array_equal(nothing, 0.0)
    assert log_probability(np.array([-BEYOND]), np.array([BEYOND]), 7.0, ARRAYS)[0] == pytest.approx(
        0.0, abs=1e-9
    )


@pytest.mark.parametrize(("low", "high"), [(-np.inf, -1.0), (-0.5, 2.0), (2.0, np.inf), (40.0, np.inf)])
def test_draws_between_bounds_have_the_truncated_law(low, high):
    tail, size = 6.0, 20_000
    drawn = draw_between(
        np.full(size, low), np.full(size, high), np.full(size, tail), np.random.default_rng(1)
    )
    assert ((drawn >= low) & (drawn <= high)).all()
    begin, end = stats.t.sf(high, tail), stats.t.sf(low, tail)
    uniform = (stats.t.sf(drawn, tail) - begin) / (end - begin)
    assert stats.kstest(uniform, "uniform").pvalue > 1e-3
