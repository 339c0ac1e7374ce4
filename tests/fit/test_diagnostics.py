from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.errors import ConvergenceError
from forecast.fit.diagnostics import diagnose


def _statistics(generator, *, divergences=0):
    diverging = np.zeros((4, 1000))
    diverging.flat[:divergences] = 1.0
    return {"diverging": diverging, "energy": generator.normal(size=(4, 1000))}


def _autoregressive(generator, correlation, shape):
    shocks = generator.normal(size=shape)
    values = np.empty(shape)
    values[:, 0] = shocks[:, 0]
    for place in range(1, shape[1]):
        values[:, place] = correlation * values[:, place - 1] + np.sqrt(1 - correlation**2) * shocks[:, place]
    return values


def test_independent_draws_pass_and_count_in_full():
    generator = np.random.default_rng(1)
    draws = {"a": generator.normal(size=(4, 1000)), "b": generator.normal(size=(4, 1000, 2))}
    found = diagnose(draws, _statistics(generator), {"b": ("left", "right")})
    assert found.variables == 3
    assert found.r_hat < 1.005
    assert found.bulk_ess == pytest.approx(4000, rel=0.15)
    assert found.e_bfmi == pytest.approx(2.0, rel=0.1)
    assert found.failures() == ()
    found.gate("model")


def test_correlated_draws_count_for_as_many_as_theory_says():
    generator = np.random.default_rng(2)
    correlation = 0.6
    draws = {"a": _autoregressive(generator, correlation, (4, 1000))}
    found = diagnose(draws, _statistics(generator), {})
    assert found.bulk_ess == pytest.approx(4000 * (1 - correlation) / (1 + correlation), rel=0.2)


def test_a_chain_that_sits_elsewhere_is_named():
    generator = np.random.default_rng(3)
    values = generator.normal(size=(4, 1000, 2))
    values[0, :, 1] += 1.0
    found = diagnose({"b": values}, _statistics(generator, divergences=2), {"b": ("left", "right")})
    assert found.r_hat_of == "b[right]"
    with pytest.raises(ConvergenceError, match=r"R-hat of b\[right\] is 1\.\d+, more than 1\.01") as caught:
        found.gate("joint trend")
    assert "2 of 4000 transitions diverged" in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"r_hat": 1.02}, "R-hat of units[3] is 1.020"),
        ({"r_hat": float("nan")}, "R-hat of units[3] is nan"),
        ({"bulk_ess": 399.0}, "bulk ESS of growth[compute] is 399"),
        ({"tail_ess": 12.0}, "tail ESS of units[5] is 12"),
        ({"divergences": 1}, "1 of 4000 transitions diverged"),
        ({"e_bfmi": 0.1}, "E-BFMI is 0.10"),
    ],
)
def test_each_figure_can_close_the_gate(good, change, words):
    assert good.failures() == ()
    failures = replace(good, **change).failures()
    assert len(failures) == 1
    assert words in failures[0]
