"""The backtest sees nothing from after its origin, scores what was recorded, and says what holds."""

import csv
import io
import json
import math
import shutil
from dataclasses import asdict
from datetime import date

import numpy as np
import pytest

from forecast import observations
from forecast.backtest import LAST_ORIGIN, METHODS, TARGETS, averages, backtest, criteria, paired
from forecast.backtest.outcomes import end_of, observe
from forecast.backtest.tables import document, lines, scores_csv
from forecast.errors import UsageError
from forecast.fit.history import digest, history
from forecast.observations.tables import FOLDER
from forecast.shapes import Posterior

FIELDS = {
    "target",
    "method",
    "origin",
    "lead",
    "observed",
    "median",
    "crps",
    "log_score",
    "pit",
    "covered_50",
    "covered_80",
    "covered_90",
    "width_90",
}


def made_up_fit(known, day):
    """A posterior that follows from the data alone, so that a leak would show."""
    seen = history(known, as_of=day)
    size = 500
    generator = np.random.default_rng(1)
    slope, level = np.polyfit(seen.run_time - seen.end, seen.run_compute, 1)
    price = seen.paid_price_performance[-10:].mean()

    def about(value, scale):
        return value + scale * generator.standard_normal(size)

    return Posterior(
        draws={
            "frontier_compute_now": np.exp(about(level, 0.5)),
            "frontier_compute_growth": about(slope, 0.3),
            "frontier_compute_volatility": np.full(size, 0.3),
            "frontier_compute_growth_volatility": np.full(size, 0.13),
            "frontier_compute_dispersion": np.full(size, 1.2),
            "frontier_compute_tail": np.full(size, 8.0),
            "frontier_releases": np.full(size, seen.recent_releases / seen.recent_years),
            "price_performance_now": np.exp(about(price, 0.2)),
            "price_performance_growth": about(0.3, 0.05),
            "price_performance_volatility": np.full(size, 0.14),
            "price_performance_dispersion": np.full(size, 0.6),
            "tpu_price_performance_ratio": np.full(size, 2.0),
        },
        attributes={"digest": digest(seen), "model": "made up"},
    )


@pytest.fixture(scope="module")
def result():
    return backtest((2018, 2021, 2024), fitter=made_up_fit)


def test_every_method_is_scored_on_every_target_where_the_outcome_is_known(result):
    found = {(row.target, row.method, row.origin, row.lead) for row in result.scores}
    pairs = [(2018, lead) for lead in range(1, 6)] + [(2021, lead) for lead in range(1, 5)] + [(2024, 1)]
    expected = {(target, method, *pair) for target in TARGETS for method in METHODS for pair in pairs}
    assert found == expected
    assert len(result.scores) == len(expected)


def test_every_figure_is_finite(result):
    for row in (*result.scores, *result.sensitivity):
        assert all(math.isfinite(value) for value in asdict(row).values() if isinstance(value, float))
        assert 0.0 <= row.pit <= 1.0
        assert row.covered_50 <= row.covered_80 <= row.covered_90


@pytest.mark.parametrize("origin", [2018, 2022])
def test_rows_from_after_the_origin_change_no_forecast(origin, tmp_path, plant):
    folder = tmp_path / "tables"
    shutil.copytree(FOLDER, folder)
    plant(folder, origin)
    planted = observations.load(folder=folder)
    assert max(observe(planted)["record_compute"].yearly.values()) > 39.0, (
        "the absurd rows must be seen somewhere"
    )

    def forecasts(result):
        rows = (*result.scores, *result.sensitivity)
        return {
            (row.target, row.method, row.lead): (row.median, row.width_90) for row in rows
        }, result.origins

    day = date(origin, 12, 31)
    known = observations.load(as_of=day, folder=folder)
    assert digest(history(known, as_of=day)) == digest(history(observations.load(as_of=day), as_of=day))
    clean = backtest((origin,), fitter=made_up_fit)
    assert forecasts(backtest((origin,), fitter=made_up_fit, folder=folder)) == forecasts(clean)


def test_a_record_never_falls_and_ends_where_the_labs_fell_silent():
    found = observe(observations.load())
    for target in ("record_cost", "record_compute"):
        values = list(found[target].yearly.values())
        assert values == sorted(values)
        assert values[-1] == found[target].value.max()
        assert max(found[target].yearly) == LAST_ORIGIN + 1
    assert end_of(2024) == 2025.0
    assert end_of(2025) == pytest.approx(2025.66, abs=0.01)


@pytest.mark.parametrize("years", [(2025,), (2015,), ()])
def test_an_origin_that_cannot_be_scored_is_refused(years):
    with pytest.raises(UsageError, match="2016 to 2024"):
        backtest(years, fitter=made_up_fit)


def test_means_and_pairs_are_those_of_the_rows(result):
    rows = [row for row in result.scores if row.target == "record_cost"]
    ours = {(row.origin, row.lead): row for row in rows if row.method == "forecast"}
    theirs = {(row.origin, row.lead): row for row in rows if row.method == "random_walk"}
    mean = next(
        row
        for row in averages(result.scores)
        if (row.target, row.method, row.lead) == ("record_cost", "forecast", None)
    )
    assert mean.count == 10
    assert mean.crps == pytest.approx(np.mean([row.crps for row in ours.values()]))
    assert mean.bias == pytest.approx(np.mean([row.median - row.observed for row in ours.values()]))
    pair = next(
        row
        for row in paired(result.scores, method="forecast", baselines=["random_walk"])
        if row.target == "record_cost" and row.lead is None
    )
    assert pair.crps == pytest.approx(np.mean([ours[key].crps - theirs[key].crps for key in ours]))


def test_a_criterion_fails_when_its_bound_is_passed(result):
    names = {each.name: each for each in criteria(result.scores)}
    assert len(names) == 6
    for each in names.values():
        assert each.holds == (each.low <= each.value <= each.high)


def test_the_document_holds_the_scores_and_says_how_few_they_are(result):
    found = json.loads(json.dumps(document(result), allow_nan=False))
    assert found["format"] == 1
    assert all(set(row) == FIELDS for row in found["scores"])
    assert {row["method"] for row in found["scores"]} == set(METHODS)
    assert "no p-values" in found["caution"]
    assert len(list(csv.reader(io.StringIO(scores_csv(result))))) == 1 + len(result.scores) + len(
        result.sensitivity
    )


def test_the_text_shows_every_method_and_every_rule(result):
    text = "\n".join(lines(result))
    assert all(method in text for method in METHODS)
    assert text.count("holds") + text.count("FAILS") >= 6
    assert max(len(line) for line in text.splitlines()) <= 120


def test_a_folder_holds_table_document_and_chart(result, tmp_path, files_in):
    from forecast.backtest.folder import write

    write(result, tmp_path / "out")
    first = files_in(tmp_path / "out")
    assert set(first) == {"scores.csv", "backtest.json", "backtest.svg", "backtest.png", "run.json"}
    write(result, tmp_path / "out")
    assert files_in(tmp_path / "out") == first
