"""`forecast sensitivity`: what it prints, what it leaves, what it refuses; and its charts."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pytest

from forecast import drivers
from forecast.model import graph
from forecast.report.charts.sensitivity import draw_sensitivity
from forecast.sensitivity import analyse, question, target


@pytest.fixture(scope="module")
def found(baseline, posterior):
    axes = drivers.coordinates(baseline)
    asked = [question(text, graph(), axes) for text in ("can_pay openai 2028", "payers < 3 in 2030")]
    return analyse(baseline, posterior, target("training_cost", None, graph(), axes), asked, draws=512)


@pytest.mark.slow
def test_charts_are_the_same_bytes_each_time_and_say_what_they_show(found):
    drawn = draw_sensitivity(found, {"openai": "OpenAI"})
    assert set(drawn) == {
        f"{name}.{suffix}" for name in ("tornado", "shares", "knowing") for suffix in ("svg", "png")
    }
    assert drawn == draw_sensitivity(found, {"openai": "OpenAI"})
    assert b"OpenAI can pay for the record run of 2028" in drawn["knowing.svg"]
    assert b"Tornado of training cost" in drawn["tornado.svg"]
    assert b"(OpenAI)" in drawn["tornado.svg"]
    assert b"(openai)" not in drawn["tornado.svg"] + drawn["shares.svg"] + drawn["knowing.svg"]
    assert b"other inputs" in drawn["shares.svg"]


def test_charts_of_a_target_that_hardly_anything_moves(found, baseline, posterior):
    axes = drivers.coordinates(baseline)
    few = analyse(baseline, posterior, target("mmlu", 2031, graph(), axes), draws=300)
    assert set(draw_sensitivity(few)) == {"tornado.svg", "tornado.png", "shares.svg", "shares.png"}
    nothing = replace(found, influences=(), answers=())
    assert draw_sensitivity(nothing)


def test_command(command, baseline, tmp_path):
    out = tmp_path / "what-matters"
    call = ("sensitivity", baseline.path, "--draws", 300, "--out", out)
    done = command(*call, "--question", "can_pay openai 2028")
    assert done.code == 0, done.err
    assert "worth knowing" in done.out
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    charts = {f"charts/{name}.{kind}" for name in ("tornado", "shares", "knowing") for kind in ("svg", "png")}
    assert names == {"shares.csv", "tornado.csv", "knowing.csv", "run.json"} | charts
    shares = list(csv.DictReader((out / "shares.csv").read_text().splitlines()))
    assert sum(float(row["contribution"]) for row in shares) == pytest.approx(1.0, abs=1e-6)
    before = (out / "shares.csv").read_bytes()
    told = json.loads(command(*call, "--question", "can_pay openai 2028", "--no-charts", "--json").out)
    assert (out / "shares.csv").read_bytes() == before
    assert not (out / "charts").exists()
    assert told["questions"][0]["question"] == "can_pay openai 2028"
    names = {each["name"] for each in told["inputs"]}
    assert {"final_run_boldness", "final_run_boldness[openai]"} <= names
    assert sum(each["contribution"]["value"] for each in told["inputs"]) == pytest.approx(1.0)


def test_what_is_refused_leaves_nothing(command, baseline, tmp_path):
    out = tmp_path / "none"
    call = ("sensitivity", baseline.path, "--out", out)
    assert command(*call, "--question", "will it rain").code == 2
    assert command(*call, "--target", "training_costs").code == 2
    assert command(*call, "--year", 2050).code == 2
    assert not out.exists()
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    assert command(*call, "--draws", 300).code == 4
