from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
from click.testing import CliRunner

from forecast.cli.fit import fit as command
from forecast.errors import ConvergenceError, ObservationError, UsageError
from forecast.fit import Fit, influence
from forecast.fit.calibration import Calibration
from forecast.fit.headlines import HEADLINES
from forecast.fit.model_joint_trend import trends
from forecast.fit.trust import assess as real_assess
from forecast.shapes import Posterior


@pytest.fixture
def run(monkeypatch, made_up, made_up_draws, good):
    """Calls the command with a made-up fit in place of the real one."""
    asked = []

    def full_fit(_observations, *, as_of, refit, **_):
        asked.append((as_of, refit))
        everything = trends(made_up, made_up_draws, as_of=2026.0, seed=1)
        attributes = {
            "as_of": as_of.isoformat(),
            "data_end": "2025-08-31",
            "model": "joint local linear trend",
            "runs": "60",
            "runs_with_cost": "40",
            "chips": "20",
        }
        return Fit(
            Posterior(everything, attributes),
            everything,
            good,
            made_up,
            30.0,
            cached=True,
            draws=made_up_draws,
        )

    def fit_history(found, *, as_of, **_):
        asked.append(found)
        return full_fit(None, as_of=as_of, refit=False)

    def assess(fitted, *, progress, each):
        asked.append(each)
        return real_assess(fitted, progress=progress, others=False)

    monkeypatch.setattr("forecast.fit.full_fit", full_fit)
    monkeypatch.setattr("forecast.fit.fit_history", fit_history)
    monkeypatch.setattr("forecast.fit.trust.assess", assess)
    # What would be sampled again without some rows is what it was with them.
    monkeypatch.setattr(influence, "_sampled_again", lambda _, wanted, *__: [made_up_draws for _ in wanted])
    monkeypatch.setattr("forecast.backtest.combination.compare_stored", lambda: None)
    monkeypatch.setattr("forecast.backtest.backtest_stored", lambda: None)

    def call(*arguments, **more):
        return CliRunner().invoke(command, arguments, **more)

    call.asked = asked
    return call


def test_it_prints_growth_with_intervals_that_say_what_they_are(run):
    result = run("--as-of", "2026-09-30")
    assert result.exit_code == 0, result.output
    assert run.asked == [(date(2026, 9, 30), False)]
    assert "90% credible interval, equal-tailed" in result.output
    assert "R-hat at most 1.004" in result.output
    assert "0 divergences" in result.output


def test_the_report_names_every_published_figure_and_its_source(run):
    result = run("--report", "--as-of", "2026-09-30")
    assert result.exit_code == 0, result.output
    assert "arxiv.org/abs/2405.21015" in result.output
    assert "Why cost grows" in result.output


def test_json_has_the_same_content_and_nothing_else(run):
    result = run("--json", "--report", "--refit", "--as-of", "2026-09-30")
    found = json.loads(result.stdout)
    assert run.asked[0][1] is True
    assert found["growth"]["compute"]["probability"] == 0.9
    assert found["diagnostics"]["divergences"] == 0
    assert {comparison["id"] for comparison in found["comparisons"]} >= {"cost-top-ten", "compute-frontier"}
    assert found["lines"]["published"]["runs"] > 40


def test_the_report_says_why_to_trust_the_fit(run):
    text = run("--report", "--as-of", "2026-09-30").output
    for part in (
        "posterior predictive checks",
        "p = 0.",
        "prior and posterior",
        "power-scaling",
        "without one run, one lab, one source",
        "leave-future-out",
    ):
        assert part in text
    assert text.count("credible interval, equal-tailed") >= 5


def test_the_report_as_json_names_every_interval(run):
    found = json.loads(run("--report", "--json", "--as-of", "2026-09-30").stdout)["trust"]
    assert {"predictive_checks", "prior_posterior", "prior_sensitivity", "influence"} <= set(found)
    intervals = [each for row in found["prior_posterior"] for each in (row["prior"], row["posterior"])]
    intervals += [each for row in found["influence"] for each in row["without"].values()]
    assert {(each["probability"], each["kind"]) for each in intervals} == {
        (0.9, "credible interval, equal-tailed")
    }
    assert {row["headline"] for row in found["prior_sensitivity"]} == set(HEADLINES)


@pytest.mark.slow
def test_the_report_goes_into_a_folder_the_same_each_time(run, tmp_path):
    once, again = tmp_path / "once", tmp_path / "again"
    for place in (once, again):
        result = run("--report", "--as-of", "2026-09-30", "--out", str(place))
        assert result.exit_code == 0, result.output
    names = sorted(path.name for path in once.iterdir())
    assert names == ["prior_posterior.png", "prior_posterior.svg", "report.json", "report.txt", "run.json"]
    for name in names:
        assert (once / name).read_bytes() == (again / name).read_bytes(), name
    json.loads((once / "report.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)


def test_own_runs_are_fitted_and_said_to_be(run, tmp_path):
    path = tmp_path / "my.csv"
    rows = [f"m{number},20{16 + number}-01-15,{10 ** (21 + number / 2):g},a,1e6" for number in range(8)]
    path.write_text("\n".join(["model,released,compute,organization,cost", *rows]), encoding="utf-8")
    result = run("--data", str(path), "--as-of", "2026-09-30")
    assert result.exit_code == 0, result.output
    assert "8 of 8 runs in my.csv are fitted" in result.output
    assert run.asked[0].names == tuple(f"m{number}" for number in range(8))


def test_mistakes_in_own_runs_are_told_at_once(run, tmp_path):
    path = tmp_path / "my.csv"
    path.write_text("model,released,compute\nA,soon,1e23\nB,2020-01-01,0\n", encoding="utf-8")
    error = run("--data", str(path)).exception
    assert isinstance(error, ObservationError)
    assert [(problem.line, problem.column) for problem in error.problems] == [(2, 2), (3, 3)]


def test_a_calibration_is_printed_kept_and_fails_when_it_should(run, tmp_path, monkeypatch):
    good = {f"quantity {number}": np.arange(100) for number in range(3)}
    bad = good | {"tpu": np.zeros(100, dtype=int)}
    for ranks, code in ((good, None), (bad, ConvergenceError)):
        made = Calibration(ranks=ranks, draws=99, divergences=0, seconds=1.0, seed=1)
        monkeypatch.setattr("forecast.fit.calibration.calibrate", lambda *_, made=made, **__: made)
        place = tmp_path / str(code)
        result = run("--calibrate", "100", "--as-of", "2026-09-30", "--out", str(place))
        assert type(result.exception) is (code or type(None))
        assert "100 made-up histories" in result.output
        assert {path.name for path in place.iterdir()} >= {"ranks.csv", "ranks.png", "calibration.json"}


@pytest.mark.parametrize(
    "words",
    [
        ["--out", "x"],
        ["--calibrate", "50", "--report"],
        ["--workers", "2"],
        ["--cluster", "tcp://127.0.0.1:8786"],
    ],
)
def test_options_that_do_not_go_together(run, words):
    assert isinstance(run(*words).exception, UsageError)
    assert run.asked == []


def test_a_report_may_be_shared_out_and_one_fit_takes_a_number_of_processes_that_is_set_for_all(run):
    assert run("--report", "--as-of", "2026-09-30").exit_code == 0
    assert run.asked.pop() is None
    for words, expected in (
        (("--workers", "2"), {"workers": 2, "cluster": ""}),
        (("--cluster", "tcp://127.0.0.1:8786"), {"workers": 1, "cluster": "tcp://127.0.0.1:8786"}),
    ):
        assert run("--report", "--as-of", "2026-09-30", *words).exit_code == 0
        assert run.asked.pop().keywords == expected
    assert "shares out the fits of --report" in str(run("--workers", "2").exception)
    assert run("--as-of", "2026-09-30", default_map={"workers": 2}).exit_code == 0


def test_a_wrong_date_is_wrong_usage(run):
    assert run("--as-of", "yesterday").exit_code == 2
