from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast import observations
from forecast.errors import FitError
from forecast.fit.history import (
    LAST_WELL_OBSERVED,
    MEASUREMENT_ERROR,
    bounded_runs,
    digest,
    frontier_runs,
    history,
    lab_of,
    measurement_error,
    year_of,
)

NOW = date(2026, 9, 30)


@pytest.fixture(scope="module")
def known():
    return observations.load(as_of=NOW)


def _with_run(known, change):
    """The observations with the first frontier run changed."""
    first = frontier_runs(known, as_of=NOW)[0]
    runs = tuple(change(run) if run.id == first.id else run for run in known.training_runs)
    return replace(known, training_runs=runs)


def test_a_date_is_its_share_of_the_year():
    assert year_of(date(2024, 1, 1)) == 2024.0
    assert year_of(date(2024, 7, 2)) == 2024.5
    assert 2025.99 < year_of(date(2025, 12, 31)) < 2026.0


def test_one_lab_has_one_name():
    assert (
        lab_of("Google Brain") == lab_of("DeepMind,Google Research") == lab_of("Google DeepMind") == "google"
    )
    assert lab_of("Meta AI") == lab_of("Facebook,University of Washington")
    assert lab_of("OpenAI") != lab_of("Anthropic")


def test_frontier_runs_may_be_fitted_and_end_where_the_frontier_was_last_observed(known):
    runs = frontier_runs(known, as_of=NOW)
    assert len(runs) > 80
    assert all(run.fit == "yes" and run.top_ten and run.compute is not None for run in runs)
    assert max(run.released for run in runs) <= LAST_WELL_OBSERVED
    names = {run.model for run in runs}
    assert {"GPT-4", "GPT-3 175B (davinci)", "AlexNet"} <= names
    assert not {"AlphaGo Zero", "AlphaZero", "AlphaGo Master", "Claude Mythos Preview"} & names


def test_what_became_known_later_is_not_used_even_if_it_is_handed_over(known):
    early = date(2020, 6, 30)
    assert max(run.known for run in frontier_runs(known, as_of=early)) <= early
    found = history(known, as_of=early)
    assert found.end == year_of(early)
    assert max(found.run_time) <= found.end
    assert max(found.chip_time) <= found.end


def test_all_arrays_of_a_group_have_one_length_and_are_finite(known):
    found = history(known, as_of=NOW)
    for group in ("run_", "paid_", "chip_", "bounded_"):
        sizes = {len(value) for name, value in vars(found).items() if name.startswith(group)}
        assert len(sizes) == 1
    for name, value in vars(found).items():
        if isinstance(value, np.ndarray):
            assert (np.isfinite(value) | (name in {"bounded_low", "bounded_high"})).all(), name


def test_error_comes_from_a_stated_interval_else_from_the_confidence_class(known):
    by_name = {run.model: run for run in known.training_runs}
    gpt4 = by_name["GPT-4"]
    assert gpt4.compute.interval == "90%"
    expected = math.log(gpt4.compute.high / gpt4.compute.low) / (2 * 1.645)
    assert measurement_error(gpt4) == pytest.approx(expected, rel=1e-3)
    bound = next(run for run in known.training_runs if run.compute and run.compute.interval == "bound")
    assert measurement_error(bound) == MEASUREMENT_ERROR[bound.confidence]
    assert MEASUREMENT_ERROR["confident"] < MEASUREMENT_ERROR["likely"] < MEASUREMENT_ERROR["speculative"]


def test_before_there_was_a_history_there_is_no_fit(known):
    with pytest.raises(FitError, match="a trend needs at least 3 of each"):
        history(known, as_of=date(2012, 1, 1))


def test_a_leading_labs_run_without_a_compute_is_at_least_the_tenth_largest_published(known):
    bounded = {each.run.model: each for each in bounded_runs(known, as_of=NOW)}
    assert {"Gemini 3 Pro", "Claude Opus 4.5", "GPT-5.5", "Claude Opus 4"} <= set(bounded)
    for each in bounded.values():
        published = sorted(
            run.compute.value
            for run in known.training_runs
            if run.fit == "yes" and run.compute and run.released <= each.run.released
        )
        assert (each.low, each.high) == (published[-10], math.inf)
    # Alibaba holds none of the ten: of its run nothing is known but that it was released.
    assert "Qwen 3.7 Max" in {run.model for run in known.training_runs if run.fit == "censored"}
    assert "Qwen 3.7 Max" not in bounded
    found = history(known, as_of=NOW)
    assert set(found.bounded_names) == set(bounded)
    assert found.end < found.reach == found.bounded_time.max() <= year_of(NOW)


def test_bounds_of_the_table_come_first_and_later_ones_are_not_seen(known):
    def told(run):
        return replace(run, bounds=(None, 3e27)) if run.model in {"Gemini 3 Pro", "Qwen 3.7 Max"} else run

    runs = tuple(told(run) for run in known.training_runs)
    bounded = {each.run.model: each for each in bounded_runs(replace(known, training_runs=runs), as_of=NOW)}
    assert bounded["Gemini 3 Pro"].high == bounded["Qwen 3.7 Max"].high == 3e27
    assert bounded["Gemini 3 Pro"].low > 0.0
    assert bounded["Qwen 3.7 Max"].low == 0.0
    early = date(2025, 12, 31)
    assert {each.run.model for each in bounded_runs(known, as_of=early)} < set(bounded)
    assert history(known, as_of=early).reach <= year_of(early)


def test_a_release_counts_whether_or_not_its_compute_is_known(known):
    found = history(known, as_of=NOW)
    bare = replace(known, training_runs=tuple(run for run in known.training_runs if run.fit == "yes"))
    within = (found.bounded_time <= found.end).sum()
    assert within > 0
    assert found.recent_releases == history(bare, as_of=NOW).recent_releases + within


@pytest.mark.parametrize("compute", [0.0, -1.0, math.inf, math.nan])
def test_compute_without_a_logarithm_is_named(known, compute):
    bad = _with_run(known, lambda run: replace(run, compute=replace(run.compute, value=compute)))
    name = frontier_runs(known, as_of=NOW)[0].model
    with pytest.raises(FitError, match="no place on a logarithmic scale") as caught:
        history(bad, as_of=NOW)
    assert name in str(caught.value)


def test_the_fingerprint_changes_with_a_value_and_not_with_a_comment(known):
    before = digest(history(known, as_of=NOW))
    changed = _with_run(
        known, lambda run: replace(run, compute=replace(run.compute, value=run.compute.value * 1.001))
    )
    commented = _with_run(known, lambda run: replace(run, notes="another remark"))
    assert digest(history(changed, as_of=NOW)) != before
    assert digest(history(commented, as_of=NOW)) == before
