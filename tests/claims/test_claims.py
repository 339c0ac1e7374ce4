"""All claims together, and those that trajectories answer."""

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from forecast import drivers
from forecast.claims import SUBJECTS, Answers, Claim, Worlds, answer, statements, tables
from forecast.errors import OutputExistsError
from forecast.run import trajectories_of
from forecast.scenario import load
from forecast.shapes import Posterior
from forecast.summary import summarise

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
Claims = dict[int, Claim]
UNQUANTIFIED: set[int] = set()
KEYS = {
    "number",
    "claim",
    "essay",
    "ours",
    "outcome",
    "source",
    "status",
    "settled_by",
    "value",
    "low",
    "high",
}


def test_every_number_stands_once(answers: Answers) -> None:
    assert [claim.number for claim in answers.claims] == list(range(1, 46))
    assert list(statements()) == list(range(1, 46))
    answered = [
        number
        for subject in SUBJECTS
        for number in (*getattr(subject, "HISTORY", {}), *getattr(subject, "FUTURE", {}))
    ]
    assert sorted([*answered, 45]) == list(range(1, 46))


def test_every_claim_is_answered_in_words_with_its_outcome(answers: Answers) -> None:
    for claim in answers.claims:
        assert claim.statement.claim
        assert claim.statement.essay
        assert claim.answer.ours, claim.number
        assert claim.answer.outcome, claim.number
        assert not any(word in claim.answer.ours for word in ("nan", "inf", "unknown")), claim.answer.ours


def test_only_what_cannot_be_quantified_has_no_figures(answers: Answers) -> None:
    without = {claim.number for claim in answers.claims if claim.settled_by == "not quantified"}
    assert without == UNQUANTIFIED
    assert all("not quantified" in claim.answer.ours for claim in answers.claims if claim.number in without)
    assert all(claim.answer.figures for claim in answers.claims if claim.number not in without)


SMALL = """\
name: small
title: A small world
description: Two years, two labs and few sources, to see that no claim needs more than that.
extends: baseline.yaml
last_year: 2027
events: []
sources: {private: remove, papers: remove}
labs: {google: remove, meta: remove, microsoft: remove}
"""
# What nobody opens on any path.
CLOSED = """\
name: closed
title: A closed world
description: Private documents stay closed on every path, as in the shipped data wall.
extends: baseline.yaml
sources: {private: {access_probability: {value: 0, unit: probability, why: Closed., source: judgement, verified: no}}}
"""


@pytest.mark.parametrize("text", [SMALL, CLOSED], ids=["small", "closed"])
def test_worlds_that_lack_what_a_claim_asks_for_are_answered(
    text: str, posterior: Posterior, tmp_path: Path
) -> None:
    shutil.copy(BASELINE, tmp_path / "baseline.yaml")
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    scenario = load(path, drivers=drivers.specs(), events_affect=drivers.affectable())
    found = {claim.number: claim for claim in answer(scenario, posterior, draws=200, seed=1).claims}
    assert len(found) == 45
    assert "open on no path" in found[32].answer.ours
    assert [figure.value for figure in found[32].answer.figures] == [0.0]
    assert ("too few years" in found[28].answer.ours) == (text is SMALL)
    assert all(np.isfinite(figure.value) for claim in found.values() for figure in claim.answer.figures)


@pytest.mark.parametrize("when", ["answers", "earlier"])
def test_every_claim_says_where_it_can_be_looked_up(when: str, request: pytest.FixtureRequest) -> None:
    found: Answers = request.getfixturevalue(when)
    assert [claim.number for claim in found.claims if not claim.source] == []


def test_facts_name_rows_and_sources(answers: Answers) -> None:
    for claim in answers.claims:
        if claim.settled_by == "history":
            assert claim.answer.rows, claim.number
            assert claim.source, claim.number


@pytest.mark.parametrize("when", ["answers", "earlier"])
def test_probabilities_are_probabilities_with_errors(when: str, request: pytest.FixtureRequest) -> None:
    found: Answers = request.getfixturevalue(when)
    for claim in found.claims:
        for figure in claim.answer.figures:
            assert np.isfinite(figure.value), (claim.number, figure.name)
            if figure.unit == "probability":
                assert 0.0 <= figure.value <= 1.0
                assert figure.error is not None
                assert 0.0 < figure.error < 0.1
            if figure.low is not None and figure.high is not None:
                assert figure.low <= figure.value <= figure.high, (claim.number, figure.name)
            if figure.interval == "90%" and claim.settled_by == "trajectories":
                assert figure.error is not None


def chances(claim: Claim) -> dict[str, float]:
    return {figure.name: figure.value for figure in claim.answer.figures if figure.unit == "probability"}


def test_dearer_thresholds_and_wider_bases_order_the_chances(by_number: Claims) -> None:
    found = chances(by_number[26])
    for basis in ("amortised", "at cloud prices", "with experiments and staff"):
        row = [
            found[f"record run {basis} reaches {size} by 2028"]
            for size in ("$100M", "$300M", "$1B", "$3B", "$10B")
        ]
        assert row == sorted(row, reverse=True)
    assert (
        found["record run amortised reaches $10B by 2028"]
        <= found["record run with experiments and staff reaches $10B by 2028"]
    )


def test_paths_are_those_of_an_ordinary_run(worlds: Worlds, posterior, baseline, by_number: Claims) -> None:
    paths = trajectories_of(baseline, posterior, draws=worlds.trajectories.draws, seed=3)
    np.testing.assert_array_equal(paths["training_cost"], worlds.trajectories["training_cost"])
    crossing = next(
        row for row in summarise(paths, thresholds=[1e9]).crossings if row.variable == "training_cost"
    )
    assert by_number[26].headline is not None
    assert by_number[26].headline.value == crossing.by_year[paths.coordinates.years.index(2028)]


def test_more_text_lasts_longer(by_number: Claims) -> None:
    for number in (30, 31):
        found = {
            name.split(" used")[0].removeprefix("stock "): value
            for name, value in chances(by_number[number]).items()
        }
        assert found["raw"] <= found["cleaned"]
        assert found["with synthesis"] <= found["repeated"] <= found["cleaned"]


def test_labs_that_can_pay_add_up(by_number: Claims, worlds: Worlds) -> None:
    each = sum(value for name, value in chances(by_number[41]).items() if "can pay" in name)
    assert each == pytest.approx(worlds.at("payers").mean())
    few, at_most = by_number[41].answer.figures[:2]
    assert few.value <= at_most.value


def test_a_claim_about_the_future_is_read_in_2028_or_the_nearest_year(
    worlds: Worlds, earlier: Answers
) -> None:
    assert worlds.target == 2028
    assert earlier.scenario.last_year == 2028


def test_json_has_every_key(answers: Answers) -> None:
    page = json.loads(json.dumps(tables.document(answers), allow_nan=False))
    assert page["format"] == 1
    assert page["hindcast"] is None
    assert len(page["claims"]) == 45 == sum(page["tally"].values())
    for claim in page["claims"]:
        assert set(claim) >= KEYS
        assert (claim["probability"] is None) or (claim["value"] is None)
    assert {"name", "unit", "value", "low", "high", "interval", "error"} == set(
        page["claims"][0]["figures"][0]
    )


def test_csv_has_one_row_a_claim(answers: Answers) -> None:
    rows = list(csv.DictReader(io.StringIO(tables.claims_csv(answers))))
    assert [int(row["number"]) for row in rows] == list(range(1, 46))
    assert tuple(rows[0]) == tables.COLUMNS
    assert float(rows[3]["value"]) == pytest.approx(163.542, abs=1e-3)


@pytest.mark.parametrize("when", ["answers", "earlier"])
def test_text_fits_a_terminal_and_names_every_claim(when: str, request: pytest.FixtureRequest) -> None:
    found: Answers = request.getfixturevalue(when)
    lines = list(tables.lines(found))
    assert max(map(len, lines)) <= 120
    assert sum(line[:5].strip().isdigit() for line in lines) == 45
    # What came since is told where there is something to score: each observation with the score of each method.
    assert (f"WHAT CAME SINCE {found.scenario.as_of}" in lines) == bool(found.hindcast)
    assert sum("; log score " in line for line in lines) == len(found.hindcast)


def test_command_prints_text_csv_and_json(command, tmp_path: Path) -> None:
    scenario = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
    text = command("claims", scenario, "--draws", "300", "--quiet")
    assert text.code == 0
    assert "GPT-3 took 1,662 times" in text.out
    assert text.err == ""
    target = tmp_path / "claims.csv"
    assert command("claims", scenario, "--draws", "300", "--csv", "--out", target, "--quiet").out == ""
    assert target.read_text(encoding="utf-8").startswith("number,subject,claim,essay,ours")
    again = command("claims", scenario, "--draws", "300", "--csv", "--out", target, "--quiet")
    assert again.code == OutputExistsError.exit_code
    replaced = command("claims", scenario, "--draws", "300", "--json", "--out", target, "--force", "--quiet")
    assert replaced.code == 0
    assert len(json.loads(target.read_text(encoding="utf-8"))["claims"]) == 45


def test_command_takes_the_shipped_baseline_unless_told(command, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    called = command("claims", "--draws", "300", "--json", "--quiet")
    assert json.loads(called.out)["scenario"]["name"] == "baseline"


def test_command_refuses_two_forms_at_once(command) -> None:
    called = command("claims", "--json", "--csv")
    assert called.code == 2
    assert "exclude each other" in called.err


def test_small_models_cost_little_beside_the_record(by_number: Claims, worlds: Worlds) -> None:
    # By hand on one path of medians: GPT-4's 2.1e25 FLOP, cut by 1.52x a year (a hundredfold in eleven years) over the
    # 5.3 years to the middle of 2028 (9.2x), at some 3e18 FLOP a dollar: under a million dollars.
    cost, part = by_number[43].answer.figures
    saved = 100.0 ** (5.3 / 11.0)
    middle = 2.1e25 / saved / np.median(worlds.at("price_performance", 2028))
    assert cost.value == pytest.approx(middle, rel=0.15)
    assert part.high is not None
    assert part.high < 0.02
    # A tenth of what the model's own efficiency for frontier runs would leave is not claimed here.
    assert cost.value > np.median(worlds.at("reference_capability_cost", 2028))
