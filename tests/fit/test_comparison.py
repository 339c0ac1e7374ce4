from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from forecast.fit import model_joint_steady
from forecast.fit import model_joint_trend as model
from forecast.fit.comparison import Candidate, compare, leave_one_out


def test_it_finds_the_exact_density_of_a_row_left_out():
    # A normal mean with a flat prior and known spread: the density of each row given the others is known.
    generator = np.random.default_rng(1)
    data = generator.normal(0.0, 1.0, 30)
    means = generator.normal(data.mean(), 1.0 / math.sqrt(30), 20_000)
    found, shapes = leave_one_out(stats.norm.logpdf(data, means[:, np.newaxis], 1.0))
    others = (data.sum() - data) / 29
    exact = stats.norm.logpdf(data, others, math.sqrt(1.0 + 1.0 / 29))
    np.testing.assert_allclose(found, exact, atol=0.01)
    assert (shapes < 0.5).all()


def test_a_model_differs_from_itself_by_nothing(made_up, made_up_draws):
    twice = tuple(Candidate(name, name, model.FORM, made_up_draws) for name in ("one", "two"))
    for score in compare(made_up, twice):
        assert score.difference == 0.0
        assert score.difference_error == 0.0
        assert score.elpd == pytest.approx(sum(score.by_kind.values()))


def test_candidates_are_ordered_and_compared_to_the_first(made_up, made_up_draws):
    worse = {**made_up_draws, "growth": made_up_draws["growth"] - 1.0}
    found = compare(
        made_up,
        (
            Candidate("good", "good", model.FORM, made_up_draws),
            Candidate("bad", "bad", model_joint_steady.FORM, worse),
        ),
    )
    assert [score.candidate for score in found] == ["good", "bad"]
    assert found[1].difference < -found[1].difference_error < 0.0
