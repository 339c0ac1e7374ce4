"""Scores of a forecast from an earlier day."""

import json
from datetime import date

import numpy as np
import pytest

from forecast.claims import Answers, Claim, averages, tables
from forecast.claims.facts import statements
from forecast.claims.hindcast import ESSAY, FORECAST, WALK, Scored

Claims = dict[int, Claim]


def find(found: Answers, name: str, day: date, method: str) -> Scored:
    return next(
        each
        for each in found.hindcast
        if (each.observable.name, each.observable.day, each.method) == (name, day, method)
    )


def test_nothing_is_scored_that_was_known_on_the_day(answers: Answers) -> None:
    assert answers.hindcast == ()
    assert answers.claims[44].answer.status == "open"


def test_outcomes_are_those_of_the_tables(earlier: Answers) -> None:
    end_2024, end_2025 = date(2024, 12, 31), date(2025, 12, 31)
    assert find(earlier, "largest run", end_2024, FORECAST).observable.value == 5e25
    assert find(earlier, "largest run", end_2025, FORECAST).observable.value == 5e26
    assert find(earlier, "largest known training set", end_2024, FORECAST).observable.value == 18e12
    assert find(earlier, "largest known training set", end_2025, FORECAST).observable.value == 36e12
    assert 1.9e8 < find(earlier, "dearest run, at cloud prices", end_2024, FORECAST).observable.value < 2e8


def test_contested_and_planned_figures_are_not_averaged(earlier: Answers) -> None:
    open_ones = {each.observable.name for each in earlier.hindcast if not each.observable.settled}
    assert open_ones == {
        "dearest run, amortised or rented",
        "largest run",
        "capital spending of four hyperscalers (guided)",
    }
    overall = averages(earlier.hindcast)[0]
    settled = {each.observable for each in earlier.hindcast if each.observable.settled}
    assert overall.method == FORECAST
    assert overall.count == len(settled)


def test_the_essay_goes_straight_from_gpt4_to_ten_billion(earlier: Answers) -> None:
    points = [
        find(earlier, "dearest run, amortised", date(year, 12, 31), ESSAY).median for year in (2024, 2025)
    ]
    # From the middle of 100 to 200 million in March 2023 to 10 billion in September 2028.
    yearly = (1e10 / 2e16**0.5) ** (1.0 / 5.55)
    assert points[1] / points[0] == pytest.approx(yearly, rel=0.01)
    assert points[0] == pytest.approx(2e16**0.5 * yearly**1.8, rel=0.02)
    assert statements()[26].range == (1e9, 1e10)


def test_the_random_walk_drifts_at_the_published_rate(earlier: Answers) -> None:
    first, second = (
        find(earlier, "dearest run, amortised", date(year, 12, 31), WALK) for year in (2024, 2025)
    )
    assert second.median / first.median == pytest.approx(2.4, rel=1e-3)
    assert second.high / second.low > first.high / first.low


def test_each_rival_is_compared_on_what_it_speaks_of(earlier: Answers) -> None:
    rows = {(row.method, row.against): row for row in averages(earlier.hindcast)}
    for rival in (ESSAY, WALK):
        assert rows[rival, rival].count == rows[FORECAST, rival].count < rows[FORECAST, FORECAST].count
    essay = rows[ESSAY, ESSAY]
    assert essay.coverage == (0.0, 0.0, 0.0)
    # No stated spread beats the one that is chosen afterwards.
    assert essay.best_log_score is not None
    assert essay.best_log_score <= essay.log_score
    assert rows[WALK, WALK].best_log_score is None


def test_coverage_grows_with_the_interval_and_answers_the_last_claim(earlier: Answers) -> None:
    coverage = averages(earlier.hindcast)[0].coverage
    assert list(coverage) == sorted(coverage)
    assert earlier.claims[44].answer.figures[0].value == coverage[-1]


def test_scores_are_finite_and_go_into_json(earlier: Answers) -> None:
    assert all(np.isfinite([each.score.crps, each.score.log_score]).all() for each in earlier.hindcast)
    page = json.loads(json.dumps(tables.document(earlier), allow_nan=False))["hindcast"]
    assert page["origin"] == "2023-09-30"
    assert len(page["scores"]) == len(earlier.hindcast)
    assert {"crps", "log_score", "covered_90", "observed", "settled", "method"} <= set(page["scores"][0])
    assert any("WHAT CAME SINCE" in line for line in tables.lines(earlier))
