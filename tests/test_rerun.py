from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast import rerun as again
from forecast.errors import UsageError
from forecast.scenario import distributions
from forecast.scenario.restore import distribution, restored

EARLIER = "2024-06-30"
DRAWS = ("--draws", 200)


BASELINE = Path(__file__).parents[1] / "scenarios" / "baseline.yaml"


@pytest.fixture
def desk(tmp_path, monkeypatch):
    shutil.copy(BASELINE, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(path, **changes):
    record = json.loads(path.read_text())
    for key, value in changes.items():
        if isinstance(value, dict):
            record[key] = (record[key] or {}) | value
        else:
            record[key] = value
    path.write_text(json.dumps(record))


@pytest.mark.parametrize(
    "charts", [("--no-charts",), pytest.param((), marks=pytest.mark.slow, id="with charts")]
)
def test_a_run_is_made_again_from_its_record_alone(charts, command, desk):
    (desk / "samples.csv").write_text("value\n1.5\n2\n4\n")
    (desk / "mine.yaml").write_text(
        "name: mine\nextends: baseline.yaml\ntitle: Mine\nassumptions:\n"
        "  experiments_per_run: {samples: samples.csv, unit: x}\n"
    )
    changed = ("--set", "algorithmic_growth=3x/yr", "--as-of", EARLIER, "--seed", 7)
    called = command("run", "mine.yaml", *DRAWS, *changed, *charts)
    assert called.code == 0, called.err
    for path in desk.glob("*.*"):
        path.unlink()
    called = command("rerun", "outputs/mine/run.json")
    assert called.code == 0, called.err
    lines = called.out.splitlines()
    assert lines[0] == "version, libraries and history are those of the run"
    count = len(json.loads((desk / "outputs/mine/run.json").read_text())["files"])
    assert count >= 6
    assert charts or count > 10
    assert lines[1].startswith(f"{count} of {count} files are the same, byte for byte")
    first, second = (again.read(desk / "outputs" / name) for name in ("mine", "mine-rerun"))
    assert first.files == second.files
    assert first.scenario.digest == second.scenario.digest


def test_what_is_not_as_it_was_is_said(command, desk, finished):
    shutil.copytree(finished.folder, desk / "outputs/baseline")
    path = desk / "outputs/baseline/run.json"
    edit(
        path,
        forecast="0.0.1",
        versions={"numpy": "1.0"},
        data_digest="other",
        posterior={"digest": "another"},
    )
    called = command("rerun", "outputs/baseline", "--dry-run")
    assert called.code == 3
    assert len(called.out.splitlines()) == 3
    assert "forecast: 0.0.1 then" in called.out
    assert "numpy: 1.0 then" in called.out
    assert "history (data digest): other then" in called.out
    edit(path, files={"summary.csv": "0" * 64, "gone.csv": "0" * 64})
    called = command("rerun", "outputs/baseline", "--json", "--quiet")
    assert called.code == 3
    found = json.loads(called.out)
    assert not found["exact"]
    assert (found["changed"], found["missing"]) == (["summary.csv"], ["gone.csv"])
    assert {each["what"] for each in found["differences"]} == {
        "forecast",
        "numpy",
        "history (data digest)",
        "fit (posterior digest)",
    }
    assert "files with other bytes: summary.csv; not written: gone.csv" in called.err


def test_a_run_of_own_data_asks_for_them(command, desk, finished):
    shutil.copytree(finished.folder, desk / "outputs/baseline")
    edit(desk / "outputs/baseline/run.json", own_data={"file": "mine.csv", "sha256": "0" * 64})
    called = command("rerun", "outputs/baseline")
    assert called.code == 2
    assert "mine.csv; give it with --data" in called.err
    assert command("rerun", "outputs/baseline", "--dry-run").code == 0
    (desk / "mine.csv").write_text("model,released,compute\n")
    record = again.read(desk / "outputs/baseline")
    (found,) = again._own_data(record, desk / "mine.csv")
    assert (found.what, found.then) == ("own data (SHA-256)", "0" * 64)


def test_the_old_run_is_never_written_over(command, finished):
    called = command("rerun", finished.folder, "--out", finished.folder)
    assert called.code == 2
    assert "holds the run that is to be made again" in called.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "no record of a run"),
        ('{"files": {}, "kind": "report"}', "of another command"),
        ('{"files": {}, "draws": true, "seed": 1}', "keeps no scenario"),
        ('{"files": {}, "draws": 0, "seed": 1}', "how many paths"),
        ('{"files": {}, "draws": 1e400, "seed": 1}', "how many paths"),
        ('{"files": {}, "draws": 200, "seed": 1}', "keeps no scenario"),
        ('{"files": {}, "draws": 200, "seed": 1, "scenario": 7}', "keeps no scenario"),
    ],
)
def test_what_is_no_record_is_one_message(content, message, command, tmp_path):
    path = tmp_path / "run.json"
    path.write_text(content)
    called = command("rerun", path)
    assert called.code == 2
    assert message in called.err
    assert "Traceback" not in called.err
    assert list(tmp_path.iterdir()) == [path]


def test_a_record_that_is_not_there_is_one_message(command, tmp_path):
    called = command("rerun", tmp_path)
    assert called.code == 2
    assert "no such file" in called.err


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../../elsewhere"},
        {"last_year": 10**9},
        {"thresholds": [math.inf]},
        {"thresholds": ["1"]},
        {"as_of": "never"},
        {"events": [{"name": "x"}]},
        {"members": {}},
        {"assumptions": {"x": {"unit": "x", "dollars": None, "form": "other"}}},
    ],
)
def test_a_record_that_was_changed_is_refused(change, baseline, tmp_path):
    scenario = baseline
    plain = json.loads(json.dumps(scenario.plain()))
    same = restored(plain, scenario.digest, title=scenario.title, path=tmp_path)
    assert same.plain() == scenario.plain()
    with pytest.raises(UsageError, match=r"keeps no scenario|does not fit its scenario_digest"):
        restored(plain | change, scenario.digest, title="", path=tmp_path)
    with pytest.raises(UsageError, match="does not fit its scenario_digest"):
        restored(plain | {"thresholds": [3.0]}, scenario.digest, title="", path=tmp_path)


_NUMBERS = st.floats(1e-6, 1e6)
_FORMS = st.one_of(
    st.builds(distributions.Constant, _NUMBERS),
    st.builds(
        distributions.Quantiles, _NUMBERS, _NUMBERS, st.none() | _NUMBERS, st.sampled_from(["log", "rate"])
    ),
    st.builds(distributions.Triangular, _NUMBERS, _NUMBERS, _NUMBERS),
    st.builds(distributions.MeanSd, _NUMBERS, _NUMBERS, st.sampled_from(["linear", "logit"])),
    st.builds(distributions.Samples, st.lists(_NUMBERS, min_size=2).map(tuple)),
    st.builds(distributions.Fitted, _NUMBERS, _NUMBERS),
)


@given(_FORMS, st.none() | _NUMBERS, st.none() | _NUMBERS)
def test_every_form_comes_back_through_json(form, low, high):
    if low is not None or high is not None:
        form = distributions.Truncated(
            form, -math.inf if low is None else low, math.inf if high is None else high
        )
    assert distribution(json.loads(json.dumps(form.plain()))) == form
