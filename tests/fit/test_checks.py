from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.fit.checks import predictive_checks
from forecast.fit.pointwise import KINDS, rows


@pytest.fixture
def law(made_up, made_up_draws):
    return rows(made_up, made_up_draws)


def found(history, law):
    return {check.name: check for check in predictive_checks(history, law)}


def test_a_history_that_the_model_drew_raises_no_alarm(made_up, law):
    drawn = replace(law, outcome=law.replicate(np.random.default_rng(3))[7])
    checks = predictive_checks(made_up, drawn)
    assert len(checks) >= 15
    assert sum(check.suspect for check in checks) <= 1
    assert all(check.low <= check.median <= check.high for check in checks)
    assert all(0.0 <= check.p <= 1.0 for check in checks)


def test_every_check_says_what_it_is_and_names_its_interval(made_up, law):
    for check in predictive_checks(made_up, law):
        assert check.what
        assert check.unit
        assert (check.probability, check.kind) == (0.9, "posterior predictive interval, equal-tailed")


def test_a_wild_run_is_noticed(made_up, law):
    outcome = law.replicate(np.random.default_rng(4))[0]
    outcome[30] += 40.0
    assert found(made_up, replace(law, outcome=outcome))["compute_largest_residual"].p < 0.01


def test_errors_that_come_in_streaks_are_noticed(made_up, law):
    outcome = law.expected.mean(axis=0).copy()
    runs = law.kind == KINDS.index("run")
    outcome[runs] += 1.5 * np.sin(np.arange(runs.sum()) / 5.0)
    assert found(made_up, replace(law, outcome=outcome))["compute_residual_streaks"].p < 0.01


def test_cost_that_goes_with_compute_is_noticed(made_up, law):
    outcome = law.replicate(np.random.default_rng(5))[0]
    expected = law.expected.mean(axis=0)
    paid = np.flatnonzero(law.kind == KINDS.index("price_performance"))
    own = made_up.paid_run.astype(int)
    outcome[paid] = expected[paid] + 0.6 * (outcome[own] - expected[own])
    assert found(made_up, replace(law, outcome=outcome))["cost_residual_correlation"].p < 0.01


def test_without_costs_only_compute_is_checked(made_up, law):
    bare = replace(made_up, paid_run=np.full(40, -1.0))
    names = set(found(bare, law))
    assert "compute_records_set" in names
    assert not any(name.startswith("cost") for name in names)


def test_the_same_fit_gives_the_same_figures(made_up, law):
    assert predictive_checks(made_up, law) == predictive_checks(made_up, law)
