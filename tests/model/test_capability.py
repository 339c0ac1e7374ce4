"""What the money buys: benchmark scores, index points and model generations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast import observations
from forecast.model.capability import (
    LONGEST_LEAD,
    capability_decades,
    capability_index,
    effective_compute,
    generation_cost,
    generations,
    leapfrog_time,
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


def test_the_next_generation_gets_cheaper_with_chips_and_algorithms(world: World) -> None:
    effective, efficiency = np.array([[2e27], [9e27]]), np.array([[10.0], [40.0]])
    price = np.array([[1e18], [2e18]])
    # Ten times 2e27 at an efficiency of 10 is 2e27 FLOP: 2 billion; algorithms four times better on chips twice
    # as good leave an eighth.
    np.testing.assert_allclose(generation_cost(effective, efficiency, price)[:, 0], [2e9, 2.5e8])
    first = world["generation_cost"][0]
    # In the first year it is ten times the record, but for what a data shortage took.
    np.testing.assert_allclose(first, 10.0 * world["compute_cost"][0] * world["data_factor"][0], rtol=1e-9)


def test_a_faster_frontier_leapfrogs_sooner(world: World) -> None:
    years = np.array([[-0.25], [0.75], [1.75]])
    steady = leapfrog_time(np.array([[3.0], [4.0], [5.0]]), 0.5, years)
    np.testing.assert_allclose(steady[:, 0], 0.5)
    changing = leapfrog_time(np.array([[3.0], [3.25], [5.25]]), 0.5, years)
    np.testing.assert_allclose(changing[:, 0], [2.0, 0.25, 0.25])
    assert leapfrog_time(np.array([[3.0], [3.0], [2.0]]), 0.5, years).max() == LONGEST_LEAD
    lead = world["leapfrog_time"]
    assert np.all((lead > 0.0) & (lead <= LONGEST_LEAD))


def percent(model: str, metric: str) -> float:
    """One MMLU score of the table, in percent."""
    return next(
        row.value
        for row in observations.load().mmlu
        if row.entity == model and row.metric == metric and row.value is not None
    )


def test_the_percentages_of_the_essay_and_where_they_err() -> None:
    gpt2, gpt3 = percent("GPT-2 (1.5B)", "mmlu_fine_tuned"), "GPT-3 175B (davinci)"
    tuned, shots = percent(gpt3, "mmlu_fine_tuned"), percent(gpt3, "mmlu_5_shot")
    llama, palm = percent("LLaMA-65B", "mmlu_5_shot"), percent("PaLM (540B)", "mmlu_5_shot")
    gpt4, palm2 = percent("GPT-4", "mmlu_5_shot"), percent("PaLM 2", "mmlu_5_shot")
    # "70%" from GPT-2 to GPT-3 is right for fine-tuned models; with examples in the prompt it is half of that.
    assert tuned / gpt2 - 1.0 == pytest.approx(0.70, abs=0.05)
    assert shots / gpt2 - 1.0 == pytest.approx(0.35, abs=0.01)
    # "17%" from GPT-3 to LLaMA compares a fine-tuned model with one that was not; like for like it is 44%.
    assert llama / tuned - 1.0 == pytest.approx(0.17, abs=0.01)
    assert llama / shots - 1.0 == pytest.approx(0.44, abs=0.01)
    # "20%" from LLaMA to PaLM: 9%, or 16% with the instruction-tuned variant.
    assert palm / llama - 1.0 == pytest.approx(0.09, abs=0.005)
    assert percent("Flan-PaLM 540B", "mmlu_5_shot") / llama - 1.0 == pytest.approx(0.16, abs=0.005)
    # "6%" from PaLM 2 to GPT-4: 10% on the same test.
    assert gpt4 / palm2 - 1.0 == pytest.approx(0.10, abs=0.005)


def test_the_curve_of_mmlu_passes_through_its_history() -> None:
    known = observations.load()
    compute = {run.model: run.compute.value for run in known.training_runs if run.compute is not None}
    pairs = [
        (compute[row.entity], row.value / 100.0)
        for row in known.mmlu
        if row.fit == "yes" and row.value is not None and row.entity in compute and row.date.year <= 2023
    ]
    assert len(pairs) >= 10
    flops, scores = np.array(pairs).T
    # On the compute of training alone: the slope of the baseline was fitted on it, without algorithms.
    curve = mmlu(flops, REFERENCE, 1.507, 1.02, 0.25)
    assert np.abs(curve - scores).mean() < 0.08
    assert np.corrcoef(curve, scores)[0, 1] > 0.85
