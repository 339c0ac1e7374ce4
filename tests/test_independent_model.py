"""Two programs, one page: the package and the plain NumPy of `independent_model` agree within Monte Carlo error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecast import drivers
from forecast.model import graph
from forecast.scenario import Scenario
from forecast.shapes import Posterior, Trajectories
from forecast.simulation import simulate
from forecast.streams import blocks
from forecast.summary import proportion_error, quantiles
from tests import independent_model

PAGE = Path(__file__).parents[1] / "docs" / "model.md"
DRAWS = 20_480
LEVELS = (0, 3, 6)
"""Places of 5, 50 and 95% among the quantiles of a summary."""
# Some thousand figures are compared, and the errors of quantiles are themselves estimates.
DEVIATIONS = 5.0


@pytest.fixture(scope="module")
def both(
    baseline: Scenario, posterior: Posterior
) -> tuple[Trajectories, dict[str, np.ndarray], tuple[str, ...]]:
    text = PAGE.read_text(encoding="utf-8")
    other, labs = independent_model.simulate(text, posterior.draws, DRAWS, seed=20260930)
    ours = simulate(
        graph(),
        (drivers.sample(baseline, posterior, seed=7, block=block) for block in blocks(DRAWS)),
        drivers.coordinates(baseline),
        draws=DRAWS,
        wanted=[name for name in other if name in graph().nodes],
    )
    return ours, other, labs


def test_the_independent_program_leaves_out_no_lab(
    both: tuple[Trajectories, dict[str, np.ndarray], tuple[str, ...]],
) -> None:
    ours, other, labs = both
    assert sorted(labs) == sorted(ours.coordinates.labs)
    assert set(other) <= set(ours.variables)
    assert {"training_cost", "run_budget", "affordable", "payers"} <= set(other)


def test_costs_budgets_and_all_else_agree_in_their_quantiles(
    both: tuple[Trajectories, dict[str, np.ndarray], tuple[str, ...]],
) -> None:
    ours, other, labs = both
    order = [labs.index(lab) for lab in ours.coordinates.labs]
    far = []
    for name, theirs in other.items():
        if ours.variables[name].unit in ("yes/no", "count"):
            continue
        in_order = theirs[order] if theirs.ndim == 3 else theirs
        (one, one_error), (two, two_error) = quantiles(ours[name]), quantiles(in_order)
        allowed = DEVIATIONS * np.hypot(one_error, two_error) + 1e-9 * np.abs(one)
        apart = np.abs(one - two) > allowed
        far += [
            (name, place, one[place], two[place])
            for place in map(tuple, np.argwhere(apart))
            if place[-1] in LEVELS
        ]
    assert far == []


def test_who_can_pay_and_what_binds_agree_as_probabilities(
    both: tuple[Trajectories, dict[str, np.ndarray], tuple[str, ...]],
) -> None:
    ours, other, labs = both
    order = [labs.index(lab) for lab in ours.coordinates.labs]
    for name, theirs in other.items():
        if ours.variables[name].unit != "yes/no":
            continue
        one = ours[name].mean(axis=-1)
        two = (theirs[order] if theirs.ndim == 3 else theirs).mean(axis=-1)
        error = np.vectorize(proportion_error)(0.5 * (one + two), DRAWS) * np.sqrt(2.0)
        assert np.all(np.abs(one - two) <= DEVIATIONS * error), name


@pytest.mark.parametrize("name", ["payers", "contenders"])
def test_the_number_of_payers_agrees(
    name: str, both: tuple[Trajectories, dict[str, np.ndarray], tuple[str, ...]]
) -> None:
    ours, other, _ = both
    one, two = ours[name], other[name]
    error = np.hypot(one.std(axis=-1), two.std(axis=-1)) / np.sqrt(DRAWS)
    assert np.all(np.abs(one.mean(axis=-1) - two.mean(axis=-1)) <= DEVIATIONS * error)
