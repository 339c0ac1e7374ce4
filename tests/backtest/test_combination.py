"""Weights from scores, mixtures from weights, and no weight from a future."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from forecast.backtest.combination import compare_candidates, mixture, stack
from forecast.scoring import Score, score


def row(
    method: str, log_score: float, origin: int = 2018, lead: int = 1, target: str = "record_cost"
) -> Score:
    made = score(np.linspace(0.0, 1.0, 9), 0.5, target=target, method=method, origin=origin, lead=lead)
    return replace(made, log_score=log_score)


def test_without_outcomes_the_weights_are_even():
    assert stack([], ["one", "two"]) == {"one": 0.5, "two": 0.5}


def test_one_that_is_always_better_gets_everything():
    rows = [row(name, loss, lead=lead) for lead in (1, 2, 3) for name, loss in (("one", 0.2), ("two", 1.5))]
    assert stack(rows, ["one", "two"])["one"] == pytest.approx(1.0, abs=1e-6)


def test_the_weights_are_where_the_mean_log_density_is_highest():
    losses = np.random.default_rng(1).normal(size=(12, 2))
    rows = [
        row(name, losses[lead, place], lead=lead)
        for lead in range(12)
        for place, name in enumerate(("a", "b"))
    ]
    density = np.exp(-losses)
    best = minimize_scalar(
        lambda share: -np.log(share * density[:, 0] + (1.0 - share) * density[:, 1]).mean(),
        bounds=(0.0, 1.0),
        method="bounded",
    )
    assert stack(rows, ["a", "b"])["a"] == pytest.approx(best.x, abs=2e-3)


def test_a_target_that_does_not_count_moves_nothing():
    rows = [row("a", 0.0, target="price_performance"), row("b", 9.0, target="price_performance")]
    assert stack(rows, ["a", "b"]) == {"a": 0.5, "b": 0.5}


def test_a_mixture_holds_its_parts_by_weight():
    generator = np.random.default_rng(2)
    parts = {"low": generator.normal(-10.0, 1.0, 5000), "high": generator.normal(10.0, 1.0, 5000)}
    found = mixture(parts, {"low": 0.25, "high": 0.75})
    assert (found < 0.0).mean() == pytest.approx(0.25)
    assert found[found < 0.0].mean() == pytest.approx(-10.0, abs=0.05)


def test_weights_at_an_origin_use_only_outcomes_that_had_come(posterior):
    draws = {**posterior.draws, "tpu_price_performance_ratio": np.full(posterior.size, 2.0)}

    def fitter(_known, _day, name):
        shift = {"near": 1.0, "far": 1e6}[name]
        return replace(
            posterior, draws=draws | {"frontier_compute_now": shift * draws["frontier_compute_now"]}
        )

    found = compare_candidates((2022, 2023, 2024), candidates=("near", "far"), fitter=fitter)
    assert found.weights[2022] == {"near": 0.5, "far": 0.5}
    assert found.weights[2024]["near"] > 0.9
    assert {row.method for row in found.scores} == {"near", "far", "even", "stacked"}
