"""``forecast backtest`` on the command line, without fits."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import forecast.backtest as tests
from forecast.backtest import METHODS, TARGETS, Backtest, Origin
from forecast.cli.backtest import backtest
from forecast.errors import UsageError
from forecast.report.charts.calibration import alt_text_calibration
from forecast.scoring import score


@pytest.fixture
def made_up(monkeypatch) -> Backtest:
    """A backtest in which every forecast is the same three numbers."""
    rows = tuple(
        score(
            np.array([7.0 - place, 8.0, 9.0 + place]),
            8.1,
            target=target,
            method=method,
            origin=origin,
            lead=lead,
        )
        for target in TARGETS
        for place, method in enumerate((*METHODS, "ols_top10_mid_year"))
        for origin in (2020, 2021)
        for lead in (1, 2, 3)
    )
    found = Backtest(
        scores=tuple(row for row in rows if row.method in METHODS),
        sensitivity=tuple(row for row in rows if row.method not in METHODS),
        origins=tuple(Origin(year, f"{year}-12-31", 50, 40, "made up", "d", "p") for year in (2020, 2021)),
    )
    monkeypatch.setattr(tests, "backtest", lambda *_, **__: found)
    return found


@pytest.mark.usefixtures("made_up")
def test_the_table_names_targets_methods_and_rules():
    called = CliRunner().invoke(backtest, ["--quiet"])
    assert called.exit_code == 0
    for words in (
        "record cost",
        "record compute",
        "price-performance",
        *METHODS,
        "what must hold",
        "no p-values",
    ):
        assert words in called.stdout


def test_json_is_one_document_with_every_score(made_up):
    called = CliRunner().invoke(backtest, ["--json", "--quiet"])
    found = json.loads(called.stdout)
    assert len(found["scores"]) == len(made_up.scores)
    assert found["origins"][0]["year"] == 2020


@pytest.mark.usefixtures("made_up")
def test_a_folder_is_written_and_not_over_others(tmp_path):
    out = tmp_path / "out"
    assert CliRunner().invoke(backtest, ["--quiet", "--out", str(out)]).exit_code == 0
    assert (out / "scores.csv").read_text().startswith("target,method,origin,lead,observed")
    (out / "mine.txt").write_text("kept")
    again = CliRunner().invoke(backtest, ["--quiet", "--out", str(out)])
    assert type(again.exception).__name__ == "OutputExistsError"


@pytest.mark.parametrize("years", ["20x", "2024:2018", ""])
def test_what_is_no_span_of_years_is_refused(years):
    called = CliRunner().invoke(backtest, ["--origins", years])
    assert called.exit_code == 2
    assert "2018:2024" in called.stderr


def test_an_origin_without_outcome_is_refused():
    called = CliRunner().invoke(backtest, ["--origins", "2030", "--quiet"])
    assert isinstance(called.exception, UsageError)


def test_the_chart_says_in_words_what_it_shows(made_up):
    text = alt_text_calibration(made_up.scores)
    assert "Record cost, 6 forecasts" in text
    assert "line of top ten" in text
