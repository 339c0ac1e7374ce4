"""`check`, `show` and `schema` as commands, with the real drivers and the shipped scenarios."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from forecast.cli.check import check
from forecast.cli.schema import schema
from forecast.cli.show import show
from forecast.drivers import affectable, specs
from forecast.errors import ScenarioError
from forecast.scenario import load

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "scenarios").rglob("*.yaml"))
BASELINE = str(ROOT / "scenarios" / "baseline.yaml")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_number_has_a_reason_and_a_source(path):
    scenario = load(path, drivers=specs(), events_affect=affectable())
    assert scenario.name == path.stem
    entries = [
        *scenario.assumptions.values(),
        *(each for values in scenario.member_assumptions.values() for each in values.values()),
        *scenario.events,
        *scenario.correlations,
    ]
    assert [entry for entry in entries if not (entry.why and entry.source)] == []


@pytest.mark.slow
def test_check_prints_a_line_for_each_good_file():
    result = CliRunner().invoke(check, [str(path) for path in SHIPPED])
    assert result.exit_code == 0, result.exception
    assert result.stdout.count(": ok (") == len(SHIPPED)


def test_check_reports_the_mistakes_of_all_files_at_once(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\nas_of: soon\nassumptions: {{}}\n")
    arguments = [BASELINE, str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]
    result = CliRunner().invoke(check, arguments)
    assert "baseline.yaml: ok" in result.stdout
    assert isinstance(result.exception, ScenarioError)
    files = [problem.file for problem in result.exception.problems if problem.path == "as_of"]
    assert files == arguments[1:]
    report = json.loads(CliRunner().invoke(check, [*arguments, "--json"]).stdout)["files"]
    assert [entry["ok"] for entry in report] == [True, False, False]
    assert report[1]["problems"][0]["line"] >= 1


def test_show_names_the_place_that_set_each_value():
    result = CliRunner().invoke(show, [BASELINE, "--set", "last_year=2030"])
    assert result.exit_code == 0, result.exception
    assert "last_year: 2030  (--set last_year=2030)" in result.stdout
    scenario = load(BASELINE, drivers=specs(), events_affect=affectable())
    for assumption in scenario.assumptions.values():
        assert f"  {assumption.name} [" in result.stdout
        assert str(assumption.where) in result.stdout
    for lab in scenario.labs.values():
        assert f"  {lab.id}: {lab.name}" in result.stdout


def test_show_as_json_holds_everything():
    content = json.loads(CliRunner().invoke(show, [BASELINE, "--json"]).stdout)
    scenario = load(BASELINE, drivers=specs(), events_affect=affectable())
    assert content["digest"] == scenario.digest
    assert set(content["assumptions"]) == set(scenario.assumptions)
    assert set(content["labs"]) == set(scenario.labs)
    assert all(entry["line"] and entry["why"] for entry in content["assumptions"].values())


def test_schema_prints_the_published_schema():
    assert CliRunner().invoke(schema).stdout == (ROOT / "schemas" / "scenario-v1.json").read_text()


def test_checking_imports_nothing_heavy():
    code = (
        "import sys; from forecast.cli.check import check; from forecast.cli.show import show\n"
        f"check.main([{BASELINE!r}], standalone_mode=False); show.main([{BASELINE!r}], standalone_mode=False)\n"
        "heavy = {'pymc', 'arviz', 'matplotlib', 'scipy.stats'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
