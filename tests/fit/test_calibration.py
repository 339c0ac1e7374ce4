from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast import observations
from forecast.fit import calibration as module
from forecast.fit import model_joint_trend as model
from forecast.fit.calibration import (
    Calibration,
    calibrate,
    document,
    histogram,
    histogram_band,
    lines,
    quantities,
    simulate,
    verdicts,
)
from forecast.fit.headlines import QUANTITIES
from forecast.fit.history import history
from forecast.fit.pointwise import rows

DRAWS = 99


def made(ranks):
    named = {f"quantity {number}": values for number, values in enumerate(ranks)}
    return Calibration(ranks=named, draws=DRAWS, divergences=0, seconds=1.0, seed=1)


def uniform(generator, *, quantities=10, fits=200):
    return made(generator.integers(0, DRAWS + 1, (quantities, fits)))


@pytest.mark.slow
def test_uniform_ranks_pass_about_as_often_as_they_should():
    generator = np.random.default_rng(1)
    failed = sum(not all(each.passed for each in verdicts(uniform(generator))) for _ in range(60))
    # One in a hundred is expected; five would be a wrong threshold.
    assert failed <= 4


@pytest.mark.parametrize(
    ("fault", "bend"),
    [
        ("too sure", lambda normal: 1.6 * normal),
        ("too unsure", lambda normal: normal / 1.6),
        ("too high", lambda normal: normal - 0.5),
    ],
)
def test_a_fault_in_one_quantity_is_found(fault, bend):
    from scipy.special import ndtr

    generator = np.random.default_rng(2)
    ranks = generator.integers(0, DRAWS + 1, (10, 300))
    ranks[4] = (ndtr(bend(generator.standard_normal(300))) * (DRAWS + 1)).astype(int)
    found = verdicts(made(ranks))
    assert [each.name for each in found if not each.passed] == ["quantity 4"], fault
    worst = found[0]
    assert {"too sure": worst.spread > 1.2, "too unsure": worst.spread < 0.8, "too high": worst.mean < 0.45}[
        fault
    ]
    assert any("outside" in line for line in lines(made(ranks), found))
    assert document(made(ranks), found)["passed"] is False


@pytest.mark.slow
def test_the_p_value_of_uniform_ranks_is_uniform():
    generator = np.random.default_rng(3)
    p = np.array([each.p for _ in range(20) for each in verdicts(uniform(generator, fits=100))])
    assert p.mean() == pytest.approx(0.5, abs=0.08)
    assert (p < 0.1).mean() == pytest.approx(0.1, abs=0.06)


def test_histogram_and_band_count_alike():
    drawn = uniform(np.random.default_rng(4), quantities=4, fits=1000)
    low, high = histogram_band(drawn, 20)
    assert low < 50 < high
    for ranks in drawn.ranks.values():
        counts = histogram(ranks, DRAWS, 20)
        assert counts.sum() == 1000
        assert ((low <= counts) & (counts <= high)).all()


def test_a_truth_has_a_value_for_every_quantity_that_is_named(made_up, made_up_draws):
    truth = simulate(made_up, np.random.default_rng(5))
    found = quantities(made_up, model.design(made_up), made_up_draws, seed=1)
    assert set(truth.values) == set(found) == {*QUANTITIES, "log_likelihood"}
    assert len(truth.outcome) == len(model.design(made_up).outcome)
    assert np.isfinite(list(truth.values.values())).all()


def test_the_same_seed_makes_the_same_history(made_up):
    once, again = (simulate(made_up, np.random.default_rng(6)) for _ in range(2))
    np.testing.assert_array_equal(once.outcome, again.outcome)
    assert once.values == again.values


def test_a_truth_without_chance_is_the_line_that_the_fit_expects(monkeypatch, made_up):
    """With every scale next to nothing, the simulated rows are what the design and the bend give for the truth."""
    still = dict.fromkeys(model.SCALES, (1e-6, 1.0)) | {"run_tail": (8.0, 1.0)}
    monkeypatch.setattr(model, "SCALES", still)
    exact = replace(made_up, run_error=np.full(len(made_up.run_time), 1e-6))
    truth = simulate(exact, np.random.default_rng(7))
    draws = {
        "coefficients": np.array([[[truth.values[name] for name in model.COEFFICIENTS]]]),
        "log_scales": np.log([[[truth.values[name] for name in still]]]),
        "units": np.zeros((1, 1, 2 * (model.design(exact).grid.intervals - 1) + 2 * len(exact.labs))),
        "growth": np.array(
            [
                [
                    [
                        truth.values["frontier_compute_mean_growth"],
                        truth.values["price_performance_mean_growth"],
                    ]
                ]
            ]
        ),
    }
    np.testing.assert_allclose(rows(exact, draws).expected[0], truth.outcome, atol=1e-3)
    told = replace(model.design(exact), outcome=truth.outcome)
    found = quantities(exact, told, draws, seed=1)
    for name in ("frontier_compute_now", "frontier_compute_growth", "price_performance_now"):
        assert found[name][0] == pytest.approx(truth.values[name], abs=1e-3), name


def test_ranks_follow_the_truths(monkeypatch, made_up, made_up_draws):
    monkeypatch.setattr(module, "_compiled", lambda _: lambda *_: (made_up_draws, 1))
    found = calibrate(made_up, fits=5)
    again = calibrate(made_up, fits=5)
    assert found.fits == 5
    assert found.divergences == 5
    # Others may make the fits, and theirs come in any order.
    bench = copy(module._Bench(made_up, module.SEED))
    shared_out = calibrate(
        made_up,
        fits=5,
        each=lambda function, _, tasks: ((task, function(bench, task)) for task in reversed(tasks)),
    )
    for name, ranks in found.ranks.items():
        np.testing.assert_array_equal(ranks, again.ranks[name])
        np.testing.assert_array_equal(ranks, shared_out.ranks[name])


@pytest.mark.slow
def test_the_model_that_ships_finds_what_was_put_in():
    day = date(2026, 9, 30)
    real = history(observations.load(as_of=day), as_of=day)
    found = calibrate(real, fits=40)
    # Histories from so wide a prior are harder than the real one: some transition in twenty thousand may diverge.
    assert found.divergences <= 3
    assert [each.name for each in verdicts(found) if not each.passed] == []
    low, high = histogram_band(found, 10)
    for name, ranks in found.ranks.items():
        counts = histogram(ranks, found.draws, 10)
        assert ((low <= counts) & (counts <= high)).all(), name
