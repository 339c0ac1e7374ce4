"""What the money buys: benchmark scores, index points and model generations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.model.capability import (
    capability_decades,
    capability_index,
    effective_compute,
    generations,
    marginal_cost,
    mmlu,
)

if TYPE_CHECKING:
    from tests.conftest import World

REFERENCE = 2.1e25


def test_gpt_4_scores_what_gpt_4_scored(world: World) -> None:
    # GPT-4 technical report: 86.4% on MMLU, 5-shot.
    height, chance = world["mmlu_reference"][0, 0], world["mmlu_chance"][0, 0]
    assert mmlu(REFERENCE, REFERENCE, height, 1.02, chance) == pytest.approx(0.864, abs=5e-5)
    assert capability_decades(REFERENCE, REFERENCE) == 0.0
    assert capability_index(0.0, 13.0) == 0.0


@given(st.floats(1e15, 1e35))
def test_mmlu_stays_between_guessing_and_all(compute: float) -> None:
    assert 0.25 < mmlu(compute, REFERENCE, 1.507, 1.02, 0.25) <= 1.0


def test_mmlu_of_a_tiny_model_is_a_guess() -> None:
    assert mmlu(1e10, REFERENCE, 1.507, 1.02, 0.25) == pytest.approx(0.25, abs=1e-3)


def test_effective_compute_is_chips_times_algorithms_times_data() -> None:
    assert effective_compute(1e26, 5.0, 0.8) == pytest.approx(4e26)


def test_the_next_point_costs_the_slope_of_the_cost() -> None:
    cost, slope, price, step = 1e9, 13.0, 2e18, 1e-6
    compute = cost * price
    more = compute * 10.0 ** (step / slope)
    gained = capability_index(
        capability_decades(more, REFERENCE) - capability_decades(compute, REFERENCE), slope
    )
    assert gained == pytest.approx(step, rel=1e-6)
    assert marginal_cost(cost, slope) == pytest.approx((more - compute) / price / step, rel=1e-5)


def test_generations_count_tenfolds_since_the_first_year(world: World) -> None:
    assert np.all(world["generations"][0] == 0.0)
    tenfold = world["effective_compute"][-1] / world["effective_compute"][0]
    np.testing.assert_allclose(10.0 ** world["generations"][-1], tenfold, rtol=1e-9)
    np.testing.assert_array_equal(generations(np.array([[1.5], [2.0], [4.5]]))[:, 0], [0.0, 0.5, 3.0])
