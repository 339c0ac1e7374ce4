"""Notes on scenarios that are right and still look like a slip."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from forecast import drivers, observations
from forecast.lint import lint
from forecast.observations.published import MEASURED, published
from forecast.run import resolve

CHILD = """
name: child
extends: {baseline}
assumptions:
  mmlu_chance: {{value: 0.25, unit: share, why: w, source: s}}
  algorithmic_growth: {{value: 30x/yr, why: w, source: s}}
  price_performance_growth: {{value: 3x/yr, why: w, source: s}}
  final_run_share: {{p5: 0.1, p95: 0.3, unit: yr, why: w}}
labs:
  openai:
    funds_now: {{value: 9e30, unit: USD, why: w, source: s}}
    market_exposure: {{value: 1, unit: exponent, why: w, source: s}}
"""


@pytest.fixture
def child(tmp_path, baseline) -> Path:
    (tmp_path / "baseline.yaml").write_text(Path(baseline.path).read_text())
    path = tmp_path / "child.yaml"
    path.write_text(CHILD.format(baseline="baseline.yaml"))
    return path


def test_the_baseline_is_clean(baseline, posterior):
    notes = [str(note) for note in lint(baseline, posterior=posterior)]
    assert [note for note in notes if "outside what the fit" not in note] == []


def test_every_rule_says_where(child, posterior):
    scenario = resolve(child)
    notes = [note for note in lint(scenario, posterior=posterior) if note.file == str(child)]
    found = {note.path: note.message for note in notes}
    assert found["assumptions.mmlu_chance"].startswith("changes nothing")
    assert "baseline.yaml:" in found["assumptions.mmlu_chance"]
    assert "published, 2x/yr to 10x/yr" in found["assumptions.algorithmic_growth"]
    assert "the fit of history" in found["assumptions.price_performance_growth"]
    assert found["assumptions.final_run_share"].startswith("names no source")
    assert found["labs.openai.market_exposure"].startswith("changes nothing")
    assert all(note.line for note in notes)


@pytest.mark.parametrize(
    ("override", "span", "rows"),
    [
        ("algorithmic_growth=30x/yr", "2x/yr to 10x/yr", "alg-006"),
        (
            "labs.google.capital_spending_now={value: 9e11, unit: USD/yr}",
            "1.68e11 USD/yr to 1.78e11",
            "lab-027",
        ),
        ("tiers.offshore.wage_now={value: 40, unit: USD/hour}", "0.5 USD/hour to 10 USD/hour", "label-011"),
        ("sources.web.stock_growth=3x/yr", "1.04x/yr to 1.12x/yr", "data-006"),
        ("final_run_share=0.6", "0.07 yr to 0.3 yr", "lab-285"),
        ("open_weights_lag={value: 5, unit: yr}", "0.25 yr to 0.583 yr", "alg-098"),
    ],
)
def test_what_was_published_is_held_against_every_input_it_measures(baseline, override, span, rows):
    (note,) = lint(resolve(baseline.path, overrides=[override]))
    assert str(note).startswith("--set ")
    assert f"outside what was published, {span}" in note.message
    assert rows in note.message


def test_published_figures_are_of_inputs_that_there_are_and_of_their_day():
    now, before = (published(observations.load(as_of=day)) for day in (None, date(2023, 9, 30)))
    specs = drivers.specs()
    assert set(now) == set(MEASURED)
    assert all(name in specs and bool(specs[name].section) == bool(member) for name, member in MEASURED)
    assert ("experiments_per_run", "") not in before
    assert all(before[place].rows != now[place].rows or before[place] == now[place] for place in before)
    # Dollars of a later year are worth less in those of 2023: 175 to 185 billion of 2026.
    assert now["capital_spending_now", "google"].high == pytest.approx(185e9 * 0.9626, rel=1e-3)


def test_without_a_fit_only_what_needs_none_is_noted(child):
    messages = [note.message for note in lint(resolve(child))]
    assert any(message.startswith("changes nothing") for message in messages)
    assert not any("the fit of history" in message or "no effect" in message for message in messages)


def test_an_assumption_that_no_result_depends_on(baseline, posterior):
    overrides = ("labs.openai.backing_weight=0", "labs.openai.backing_share_of_capital={p5: 0.1, p95: 0.2}")
    notes = lint(resolve(baseline.path, overrides=overrides), overrides=overrides, posterior=posterior)
    found = {note.path: note.message for note in notes if note.file.startswith("--set")}
    # OpenAI spends no capital of its own, so what share of it backs others is idle.
    assert found == {"labs.openai.backing_share_of_capital": "has no effect: no result changes when it does"}


def test_an_override_that_says_the_same(baseline, posterior):
    overrides = ("flop_per_parameter_token=6",)
    notes = lint(resolve(baseline.path, overrides=overrides), overrides=overrides, posterior=posterior)
    assert [note.path for note in notes if "changes nothing" in note.message] == [
        "assumptions.flop_per_parameter_token"
    ]


def test_command(command, child, baseline):
    done = command("check", child)
    assert done.code == 0
    assert "ok (child" in done.out
    assert "changes nothing" in done.err
    assert command("check", child, "--strict").code == 3
    assert command("check", baseline.path).code == 0
    report = json.loads(command("check", child, "--json").out)["files"]
    assert {"file", "ok", "problems", "notes"} == set(report[0])
    assert any("changes nothing" in note["message"] for note in report[0]["notes"])
