"""Reweighting against closed forms, and what is refused."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy.special import ndtri

from forecast.errors import ScenarioError, UsageError
from forecast.report.dataset import read_trajectories
from forecast.reweight import Beliefs, effective_size, read_beliefs, reweight, weights
from forecast.shapes import QUANTILES
from forecast.summary import summarise

DRAWS = 40_000


def normal_beliefs(mean: float, sd: float, *probabilities: float) -> Beliefs:
    return Beliefs(probabilities, tuple(mean + sd * float(ndtri(each)) for each in probabilities))


@pytest.mark.parametrize(("mean", "sd"), [(0.5, 0.6), (-0.3, 0.9), (0.0, 0.5)])
def test_normal_prior_and_normal_beliefs(mean, sd):
    z = np.random.default_rng(1).standard_normal(DRAWS)
    weight = weights(z, normal_beliefs(mean, sd, 0.05, 0.5, 0.95))
    assert weight.mean() == pytest.approx(1.0)
    assert np.average(z, weights=weight) == pytest.approx(mean, abs=0.02)
    assert np.sqrt(np.average((z - mean) ** 2, weights=weight)) == pytest.approx(sd, abs=0.02)
    # E[w^2] of the ratio of two normal densities with the same mean or not, in closed form.
    shrink = 2.0 - sd**2
    expected = sd * math.sqrt(shrink) * math.exp(-(mean**2) / shrink)
    assert effective_size(weight) / DRAWS == pytest.approx(expected, rel=0.05)


def test_a_transformation_of_the_driver_changes_nothing():
    z = np.random.default_rng(2).standard_normal(DRAWS)
    plain = normal_beliefs(0.4, 0.7, 0.1, 0.5, 0.9)
    transformed = Beliefs(plain.probabilities, tuple(math.exp(value) for value in plain.values))
    assert weights(np.exp(z), transformed) == pytest.approx(weights(z, plain), rel=1e-5)


def test_stated_quantiles_hold_exactly_and_what_depends_on_the_driver_moves_along():
    generator = np.random.default_rng(3)
    x = generator.gamma(2.0, size=DRAWS)
    y = x + generator.standard_normal(DRAWS)
    beliefs = Beliefs((0.05, 0.3, 0.95), (0.8, 1.9, 4.2))
    weight = weights(x, beliefs)
    for probability, value in zip(beliefs.probabilities, beliefs.values, strict=True):
        assert weight[x <= value].sum() / DRAWS == pytest.approx(probability, abs=1e-3)
    assert np.average(y, weights=weight) == pytest.approx(np.average(x, weights=weight), abs=0.03)


def test_beliefs_that_say_what_the_run_says_leave_it_as_it_is():
    z = np.random.default_rng(4).standard_normal(DRAWS)
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    weight = weights(z, Beliefs(levels, tuple(np.quantile(z, levels).tolist())))
    assert effective_size(weight) > 0.999 * DRAWS


@pytest.fixture(scope="module")
def stored(finished):
    return read_trajectories(finished.folder / "trajectories.nc")


@pytest.mark.slow
def test_a_stored_run_is_read_as_it_was(stored, finished):
    assert stored.coordinates.labs == finished.trajectories.coordinates.labs
    assert stored.coordinates.years == finished.trajectories.coordinates.years
    for name, variable in finished.trajectories.variables.items():
        assert stored.variables[name].dims == variable.dims
        assert stored[name] == pytest.approx(variable.values, rel=1e-6)


def test_equal_weights_give_the_summary_of_the_run(stored):
    values = stored["algorithmic_growth"].astype(float)
    same = Beliefs((0.05, 0.5, 0.95), tuple(np.quantile(values, (0.05, 0.5, 0.95)).tolist()))
    found = reweight(stored, "algorithmic_growth", same, thresholds=(1e9,), least_size=300)
    plain = summarise(stored, thresholds=(1e9,))
    assert found.effective_size > 0.99 * stored.draws
    assert found.summary.series("training_cost") == pytest.approx(plain.series("training_cost"), rel=0.06)
    for mine, other in zip(found.summary.affordability, plain.affordability, strict=True):
        assert (mine.lab, mine.year) == (other.lab, other.year)
        assert mine.probability == pytest.approx(other.probability, abs=0.02)
    assert found.summary.crossings[0].by_year == pytest.approx(plain.crossings[0].by_year, abs=0.02)
    assert len(found.summary.rows) == len(plain.rows)


def test_beliefs_about_algorithms_move_capability_and_not_cost(stored):
    values = stored["algorithmic_growth"].astype(float)
    high = Beliefs((0.1, 0.5, 0.9), tuple(np.quantile(values, (0.3, 0.7, 0.95)).tolist()))
    found = reweight(stored, "algorithmic_growth", high, least_size=50)
    plain = summarise(stored)
    middle = QUANTILES.index(0.5)
    assert found.after[middle] == pytest.approx(high.values[1], rel=0.05)
    last = (-1, middle)
    assert found.summary.series("effective_compute")[last] > 1.5 * plain.series("effective_compute")[last]
    assert found.summary.series("training_cost")[last] == pytest.approx(
        plain.series("training_cost")[last], rel=0.3
    )


def test_too_little_left_is_refused(stored):
    values = stored["algorithmic_growth"].astype(float)
    narrow = Beliefs((0.05, 0.95), tuple(np.quantile(values, (0.96, 0.98)).tolist()))
    with pytest.raises(UsageError, match="effective sample") as refused:
        reweight(stored, "algorithmic_growth", narrow)
    assert refused.value.exit_code == 3
    with pytest.raises(UsageError, match="no path is as far out") as refused:
        weights(values, Beliefs((0.5, 0.9), (0.1, 99.0)))
    with pytest.raises(
        UsageError, match=r"a believed value \(30x/yr\); the run's own draws lie between .*x/yr"
    ):
        reweight(stored, "algorithmic_growth", Beliefs((0.5, 0.9), (0.1, float(np.log(30.0)))))
    assert refused.value.exit_code == 3
    with pytest.raises(UsageError, match='did you mean "algorithmic_growth"'):
        reweight(stored, "algorithmic_grow", narrow)
    with pytest.raises(UsageError, match="nothing to weigh"):
        weights(np.ones(10), narrow)


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        ("p,v\n0.5,1\n", "x", "first line"),
        ("probability,value\n0.5,1\n", "x", "two quantiles"),
        ("probability,value\n0.5,1\n0.4,2\n", "x", "must rise"),
        ("probability,value\n0.5,1\n0.9,1\n", "x", "must rise"),
        ("probability,value\n0.5,1\n1.2,2\n", "x", "not between 0 and 1"),
        ("probability,value\n0.5,one\n0.9,2\n", "x", "is in x"),
        ("probability,value\n0.5,1\n0.9,inf\n", "x", "no finite number"),
        ("probability,value\n0.5,2\n0.9,3\n", "1/yr", "growth rate"),
        ("probability,value\n0.5\n", "x", "two cells"),
    ],
)
def test_beliefs_that_cannot_be_read(text, unit, message, tmp_path):
    path = tmp_path / "beliefs.csv"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=message):
        read_beliefs(path, unit)


def test_command(command, finished, tmp_path):
    beliefs = tmp_path / "beliefs.csv"
    beliefs.write_text("probability,value\n0.05,2x/yr\n0.5,4x/yr\n0.95,9x/yr\n")
    arguments = ("reweight", finished.folder, "--driver", "algorithmic_growth", "--beliefs", beliefs)
    out = tmp_path / "seen"
    done = command(*arguments, "--least-size", 50, "--out", out)
    assert done.code == 0, done.err
    assert "effective sample size" in done.out
    names = {path.name for path in out.iterdir()}
    assert names == {
        "summary.csv", "affordability.csv", "thresholds.csv", "beliefs.csv", "weights.csv", "run.json",
    }  # fmt: skip
    told = json.loads(command(*arguments, "--least-size", 50, "--out", out, "--json").out)
    assert 50 < told["effective_size"] <= 400
    assert told["after"]["p50"] == pytest.approx(math.log(4), rel=0.05)
    refused = command(*arguments, "--least-size", 10_000, "--out", tmp_path / "none")
    assert refused.code == 3
    assert "effective sample" in refused.err
    assert not (tmp_path / "none").exists()
    assert command("reweight", tmp_path, *arguments[2:]).code == 2
