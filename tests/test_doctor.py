"""What `doctor` looks at, what it says of what is missing, and that it changes nothing."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from forecast.cli import doctor

ROOT = Path(__file__).parents[1]


def findings(called):
    """What was found of each subject: whether it is right, and the words."""
    rows = {}
    for line in called.out.splitlines():
        mark, rest = line.split(maxsplit=1)
        subject, words = rest.split(": ", 1)
        rows[subject] = (mark == "ok", words)
    return rows


def test_all_is_well_here(command, files_in, fits):
    before = files_in(fits)
    called = command("doctor")
    assert (called.code, called.err) == (0, "")
    rows = findings(called)
    assert all(right for right, _ in rows.values())
    assert set(doctor.NEEDED) <= set(rows)
    assert str(fits) in rows["stored fits"][1]
    assert rows["history"][1].endswith("chips")
    assert rows["baseline.yaml"] == (True, "fit is stored")
    assert {path.name for path in (ROOT / "scenarios").glob("*.yaml")} <= set(rows)
    assert files_in(fits) == before


def test_a_missing_library_is_named_with_what_to_do(command, monkeypatch):
    def installed(name):
        if name == "pymc":
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(doctor, "version", installed)
    called = command("doctor")
    assert called.code == 3
    assert [line for line in called.out.splitlines() if line.startswith("WRONG")] == [
        "WRONG  pymc: is not installed; run: make install"
    ]


def test_a_fit_that_is_not_stored_yet_is_not_wrong(command, monkeypatch, tmp_path):
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path / "new" / "cache"))
    called = command("doctor")
    assert called.code == 0
    assert findings(called)["baseline.yaml"] == (True, "right; its fit will be made on the first run")
    assert list(tmp_path.iterdir()) == []


def test_a_place_for_fits_that_cannot_hold_any_is_wrong(command, monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path / "cache"))
    called = command("doctor")
    assert called.code == 3
    right, words = findings(called)["stored fits"]
    assert not right
    assert "FORECAST_CACHE_DIR" in words


def test_a_scenario_with_mistakes_is_wrong_and_the_others_are_still_looked_at(command, monkeypatch, tmp_path):
    (tmp_path / "scenarios").mkdir()
    text = (ROOT / "scenarios" / "baseline.yaml").read_text(encoding="utf-8")
    (tmp_path / "scenarios" / "baseline.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "scenarios" / "adrift.yaml").write_text("name: adrift\nextends: baseline.yaml\ntilte: a\n")
    monkeypatch.chdir(tmp_path)
    called = command("doctor")
    assert called.code == 3
    rows = findings(called)
    assert rows["adrift.yaml"] == (False, "1 mistakes; see: forecast check scenarios/adrift.yaml")
    assert rows["baseline.yaml"][0]


def test_mistakes_in_the_history_are_wrong(command, monkeypatch):
    from forecast.errors import Problem

    monkeypatch.setattr("forecast.observations.check", lambda: (Problem("no date"),))
    called = command("doctor")
    assert called.code == 3
    assert findings(called)["history"] == (False, "1 mistakes; see: forecast data check")


def test_without_shipped_scenarios_nothing_is_wrong(command, monkeypatch):
    monkeypatch.setattr("forecast.run.shipped_folder", lambda: None)
    called = command("doctor")
    assert called.code == 0
    assert findings(called)["scenarios"][0]


@pytest.mark.parametrize("argument", ["--fix", "everything"])
def test_it_takes_no_arguments(argument, command):
    assert command("doctor", argument).code == 2
