from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from forecast import observations
from forecast.errors import FitError
from forecast.fit import Fit, model_line
from forecast.fit.history import history
from forecast.fit.model_joint_trend import trends
from forecast.fit.published import Anchor, Comparison, Growth, anchors, compare, growth_rates, lines
from forecast.shapes import Posterior

NOW = date(2026, 9, 30)


@pytest.fixture(scope="module")
def known():
    return observations.load(as_of=NOW)


@pytest.fixture
def fitted(made_up, made_up_draws, good):
    everything = trends(made_up, made_up_draws, as_of=2026.0, seed=1)
    attributes = {"as_of": "2026-01-01", "data_end": "2025-01-01"}
    return Fit(Posterior(everything, attributes), everything, good, made_up, 30.0, cached=True)


def test_every_anchor_has_a_source_and_ordered_ends():
    found = anchors()
    assert len({anchor.id for anchor in found}) == len(found)
    for anchor in found:
        assert "http" in anchor.source
        ends = [value for value in (anchor.low, anchor.value, anchor.high) if value is not None]
        assert ends == sorted(ends)
        assert all(1.0 < value < 10.0 for value in ends)
        assert (anchor.low is None) == (anchor.high is None) == (anchor.interval == "")


def test_the_line_through_the_published_runs_agrees_with_the_published_line(known):
    # Cottier et al. 2024: 2.4x a year, 90% interval 2.0 to 2.9.
    ours = lines(known)["published"]
    assert 40 <= ours.runs <= 60
    assert 2.0 < ours.growth.median < 2.9
    assert ours.growth.low < 2.4 < ours.growth.high


def test_lines_that_cannot_be_drawn_are_not_there():
    early = lines(observations.load(as_of=date(2015, 6, 30)))
    assert "published" not in early
    assert "from_2018" not in early
    assert "all" in early


def test_the_exact_slope_is_least_squares(known):
    costs = model_line.costs(known, first=date(2016, 1, 1), last=date(2023, 12, 31))
    slope = model_line.exact(costs)
    (expected, _), covariance = np.polyfit(costs.time - costs.time.mean(), costs.cost, 1, cov=True)
    assert slope.growth == pytest.approx(expected)
    assert slope.error == pytest.approx(math.sqrt(covariance[0, 0]))
    assert slope.freedom == len(costs.time) - 2


def test_its_interval_covers_as_often_as_it_says():
    generator, truth, covered = np.random.default_rng(1), 0.9, 0
    time = np.sort(generator.uniform(2016.0, 2024.0, 12))
    rounds = 2000
    for _ in range(rounds):
        cost = 10.0 + truth * (time - 2020.0) + generator.normal(0.0, 1.3, len(time))
        low, high = model_line.exact(model_line.CostHistory(time, cost, ())).interval(0.8)
        covered += low < truth < high
    assert covered / rounds == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("time", [[], [2016.0, 2017.0], [2016.0, 2016.0, 2016.0, 2016.0]])
def test_too_few_runs_make_no_line(time):
    with pytest.raises(FitError, match="too few for a line"):
        model_line.exact(model_line.CostHistory(np.array(time), np.zeros(len(time)), ()))


def test_cost_growth_is_compute_growth_less_price_performance_growth(fitted):
    extra = fitted.extra
    rates = extra["frontier_compute_mean_growth"] - extra["price_performance_mean_growth"]
    growth = growth_rates(fitted)["cost"]
    assert growth.median == pytest.approx(math.exp(np.median(rates)))
    assert (growth.probability, growth.kind) == (0.9, "credible interval, equal-tailed")
    assert growth.low < growth.median < growth.high


def test_each_published_figure_stands_beside_one_of_the_same_quantity(fitted, known):
    found = compare(fitted, known)
    assert {comparison.anchor.id for comparison in found} == {anchor.id for anchor in anchors()}
    assert all(comparison.ours.quantity == comparison.anchor.quantity for comparison in found)


@pytest.mark.parametrize(
    ("low", "value", "high", "agrees"),
    [
        (2.0, 2.4, 2.9, True),
        (1.0, 1.2, 1.4, False),
        (3.5, 4.0, 4.5, False),
        (None, 2.5, None, True),
        (None, 4.0, None, False),
        (2.9, None, 5.0, True),
    ],
)
def test_figures_agree_when_their_intervals_share_a_value(low, value, high, agrees):
    ours = Growth("training_cost", "ours", 2.2, 2.5, 3.0)
    anchor = Anchor("id", "training_cost", "theirs", low, value, high, "90% interval", "", "", "", "")
    assert Comparison(ours, anchor).agrees is agrees


def test_doubling_time_belongs_to_the_median():
    assert Growth("training_cost", "", 1.5, 2.0, 2.5).doubling_months == pytest.approx(12.0)
    assert Growth("training_cost", "", 0.5, 0.9, 1.2).doubling_months == math.inf


def test_the_published_runs_include_rows_that_are_kept_out_of_fits(known):
    published = model_line.costs(known, first=date(2016, 1, 1), last=date(2023, 12, 31), sample="cottier2024")
    assert "AlphaGo Master" in published.names
    assert "AlphaGo Master" not in history(known, as_of=NOW).names
