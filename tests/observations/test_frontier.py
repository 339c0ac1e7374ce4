"""Which runs count as the frontier of their day."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from datetime import date

import pytest

from forecast.observations import Measurement, load
from forecast.observations.frontier import ranked

# Places in a ranking of all notable models in the snapshot of July 2026, worked out by other means, with the five
# withdrawn estimates still among the competitors.
PUBLISHED = {
    "VGG16": 1,
    "AlphaGo Fan": 1,
    "GNMT": 1,
    "Xception": 3,
    "Megatron-BERT": 1,
    "T5-11B": 1,
    "Meena": 1,
    "GPT-3 175B (davinci)": 1,
    "DALL-E": 7,
    "Gopher (280B)": 2,
    "PaLM (540B)": 2,
    "GPT-4": 1,
    "PaLM 2": 2,
    "Grok 3": 1,
    "Grok 4": 1,
}
NOT_FRONTIER = (
    "Transformer (big)",
    "GPT-1",
    "BERT-Large",
    "Qwen2.5-72B",
    "DeepSeek-V3",
    "Kimi K2",
    "DeepSeek-V4-Pro",
)


def by_model():
    return {run.model: run for run in load().training_runs}


@pytest.mark.parametrize(("model", "place"), PUBLISHED.items())
def test_ranks_agree_with_a_ranking_of_all_notable_models(model, place):
    assert abs(by_model()[model].rank - place) <= 1
    assert by_model()[model].top_ten


@pytest.mark.parametrize("model", NOT_FRONTIER)
def test_smaller_runs_of_their_day_are_not_at_the_frontier(model):
    assert not by_model()[model].top_ten


def test_withdrawn_estimates_take_nobodys_place():
    """Llama 3-70B is eleventh while four withdrawn estimates count, eighth without them."""
    assert by_model()["Llama 3-70B"].rank == 8


def test_a_rank_is_one_more_than_the_number_of_larger_runs_so_far():
    runs = load().training_runs
    fitted = [run for run in runs if run.compute and run.fit == "yes"]
    for run in runs:
        if run.compute is None:
            assert run.rank is None
            continue
        larger = [o for o in fitted if o.released <= run.released and o.compute.value > run.compute.value]
        assert run.rank == 1 + len(larger)


def test_a_rank_does_not_change_with_what_came_later():
    early = {run.id: run.rank for run in load(date(2022, 6, 30)).training_runs}
    late = {run.id: run.rank for run in load().training_runs}
    both = early.keys() & late.keys()
    assert len(both) > 80
    assert {name: early[name] for name in both} == {name: late[name] for name in both}


def test_runs_of_one_day_see_each_other():
    template = replace(by_model()["GPT-4"], superseded=None)

    def made(name, flop):
        return replace(
            template, id=name, compute=Measurement(flop, None, None, "", "FLOP", template.released)
        )

    first, second = ranked([made("a", 1e24), made("b", 2e24)])
    assert (first.rank, second.rank) == (2, 1)


def test_there_are_about_eight_frontier_releases_a_year():
    fitted = [run for run in load().training_runs if run.top_ten and run.fit == "yes"]
    assert 90 <= len(fitted) <= 130


def test_a_line_through_the_runs_of_cottier_2024_has_the_published_slope():
    """2.4 times a year, 90% interval 2.0 to 2.9; the costs here are those of later snapshots."""
    observations = load(date(2023, 12, 31))
    points = [
        (run.released.toordinal() / 365.2425, math.log(cost))
        for run in observations.training_runs
        if "cottier2024" in run.samples and run.released.year >= 2016
        if (cost := run.real_cost("amortized", observations.price_index)) is not None
    ]
    assert len(points) >= 41
    times, costs = zip(*points, strict=True)
    assert 2.0 < math.exp(statistics.linear_regression(times, costs).slope) < 2.9
