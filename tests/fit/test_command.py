from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner

from forecast.cli.fit import fit as command
from forecast.fit import Fit
from forecast.fit.model_joint_trend import trends
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
        return Fit(Posterior(everything, attributes), everything, good, made_up, 30.0, cached=True)

    monkeypatch.setattr("forecast.fit.full_fit", full_fit)

    def call(*arguments):
        return CliRunner().invoke(command, arguments)

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


def test_a_wrong_date_is_wrong_usage(run):
    assert run("--as-of", "yesterday").exit_code == 2
