"""The main job: what a run leaves in its folder, that it is repeatable, and that a failure leaves nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import h5netcdf
import numpy as np
import pytest

from forecast import export, rerun
from forecast.errors import ObservationError, OutputExistsError, ScenarioError, UsageError, WriteError
from forecast.fit import stored
from forecast.fit.own import own_history
from forecast.observations import load as load_history
from forecast.observations.own import read
from forecast.run import lab_names, later_than, resolve, run, shipped, trajectories_of

ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "scenarios" / "baseline.yaml"
TABLES = {
    "affordability.csv",
    "dropouts.csv",
    "payer_sets.csv",
    "run.json",
    "summary.csv",
    "thresholds.csv",
    "trajectories.nc",
}
CHARTS = {
    f"charts/{name}.{form}"
    for name in ("affordability", "composition", "drivers", "training_cost")
    for form in ("png", "svg")
}
EARLIER = date(2024, 6, 30)

pytestmark = pytest.mark.usefixtures("stored_fits")


@pytest.fixture
def quick(tmp_path):
    """A small run without charts into a folder of this name."""

    def go(name="out", **keywords):
        return run(BASELINE, **{"draws": 200, "charts": False, "out": tmp_path / name, **keywords})

    return go


def test_a_run_leaves_the_tables_and_nothing_else(finished, files_in):
    assert set(files_in(finished.folder)) == TABLES
    assert {path.name for path in finished.folder.parent.iterdir()} == {finished.folder.name}


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes_from_two_working_folders(process, tmp_path, files_in):
    found = []
    for name, hashes in (("one", "1"), ("two", "2")):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(BASELINE, folder)
        given = "baseline.yaml" if name == "one" else folder / "baseline.yaml"
        arguments = ("-m", "forecast", "run", given, "--draws", 300, "--seed", 5, "--out", "results")
        called = process(*arguments, folder=folder, PYTHONHASHSEED=hashes)
        assert called.code == 0, called.err
        found.append(files_in(folder / "results"))
    one, two = found
    assert set(one) == TABLES | CHARTS
    assert {name for name in one if one[name] != two.get(name)} <= {"run.json"}
    first, second = (json.loads(each["run.json"]) for each in found)
    for record in (first, second):
        del record["started"], record["finished"], record["simulation_seconds"], record["summary_seconds"]
    assert first == second


def test_the_same_run_gives_the_same_bytes_twice_in_one_process(quick, files_in):
    one, two = (files_in(quick(name, seed=7).folder) for name in ("one", "two"))
    assert {name for name in one if one[name] != two[name]} <= {"run.json"}


def test_another_seed_changes_every_table(quick, files_in):
    one, two = (files_in(quick(str(seed), seed=seed).folder) for seed in (1, 2))
    assert {name for name in one if one[name] != two[name]} == TABLES


def test_without_a_folder_everything_stays_in_memory(tmp_path, monkeypatch, finished):
    monkeypatch.chdir(tmp_path)
    result = run(BASELINE, draws=400, seed=3)
    assert list(tmp_path.iterdir()) == []
    assert result.folder is None
    assert result.summary.rows == finished.summary.rows
    assert np.array_equal(result.trajectories["training_cost"], finished.trajectories["training_cost"])


def test_a_forecast_can_rest_on_a_users_own_runs(tmp_path, monkeypatch, baseline, finished, store_fit):
    path = tmp_path / "my.csv"
    rows = [f"m{number},20{16 + number}-01-15,{10 ** (21 + number / 2):g},a,1e6" for number in range(8)]
    path.write_text("\n".join(["model,released,compute,organization,cost", *rows]), encoding="utf-8")
    ours = load_history(as_of=baseline.as_of)
    own = own_history(read(path, ours.price_index), ours, as_of=baseline.as_of)
    store_fit(baseline.as_of, tmp_path / "cache", own.history)
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path / "cache"))
    result = run(BASELINE, draws=200, out=tmp_path / "out", charts=False, data=path)
    assert result.notes == ("8 of 8 runs in my.csv are fitted",)
    assert result.posterior.attributes["runs"] == "8"
    assert result.posterior.attributes["digest"] != finished.posterior.attributes["digest"]
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["own_data"] == {"file": "my.csv", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    # The record does not hold the runs, so it says how to make the run again, or to export its posterior.
    with pytest.raises(UsageError, match="--data"):
        rerun.rerun(rerun.read(tmp_path / "out"), tmp_path / "again")
    made = export.read(tmp_path / "out")
    with pytest.raises(UsageError, match=r"fitted to a file of its user, my\.csv; give it with --data"):
        export.export(made, "posterior", tmp_path / "posterior.nc", export.Options())
    export.export(made, "posterior", tmp_path / "posterior.nc", export.Options(data=path))
    with h5netcdf.File(tmp_path / "posterior.nc", "r") as file:
        drawn = np.array(file["posterior"]["frontier_compute_now"]).ravel()
    assert np.array_equal(drawn, result.posterior.draws["frontier_compute_now"])
    with pytest.raises(UsageError, match="leave out --data"):
        export.export(export.read(finished.folder), "posterior", tmp_path / "x.nc", export.Options(data=path))
    path.write_text(path.read_text(encoding="utf-8") + "\nm9,2024-01-15,1e26,a,1e7\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"my\.csv is not, or no longer, the file"):
        export.export(made, "posterior", tmp_path / "y.nc", export.Options(data=path))
    assert not {"x.nc", "y.nc"} & {each.name for each in tmp_path.iterdir()}


def test_mistakes_in_own_runs_leave_nothing_behind(tmp_path):
    path = tmp_path / "my.csv"
    path.write_text("model,released,compute\nA,soon,1e23\nB,2020-01-01,0\n", encoding="utf-8")
    with pytest.raises(ObservationError, match="soon"):
        run(BASELINE, draws=200, out=tmp_path / "out", charts=False, data=path)
    assert not (tmp_path / "out").exists()


def test_the_record_names_every_file_with_its_digest(finished, files_in):
    found = files_in(finished.folder)
    record = json.loads(found.pop("run.json"))
    assert record["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}


def test_the_record_says_what_went_in(finished):
    record = json.loads((finished.folder / "run.json").read_text(encoding="utf-8"))
    assert (record["draws"], record["seed"]) == (400, 3)
    assert record["scenario_file"] == "baseline.yaml"
    assert record["scenario_digest"] == finished.scenario.digest
    assert record["scenario"] == json.loads(json.dumps(finished.scenario.plain()))
    assert record["posterior"] == dict(finished.posterior.attributes)
    assert record["data_digest"] == load_history(as_of=finished.scenario.as_of).digest
    assert record["versions"]["numpy"] == np.__version__
    assert record["started"] <= record["finished"]
    assert 0.0 < record["simulation_seconds"] < 60.0
    assert 0.0 < record["summary_seconds"] < 60.0
    errors = record["monte_carlo_error"]["relative_error"]
    assert list(errors) == ["p5", "p10", "p25", "p50", "p75", "p90", "p95"]
    assert all(0 < error < 1 for error in errors.values())


def test_the_record_knows_no_place_of_this_machine(finished):
    assert str(ROOT) not in (finished.folder / "run.json").read_text(encoding="utf-8")


def test_cost_is_the_sum_of_its_parts_on_every_path(finished):
    paths = finished.trajectories
    parts = paths["compute_cost"] + paths["data_cost"] + paths["labeling_cost"]
    assert np.allclose(paths["training_cost"], parts, rtol=1e-12)
    shares = paths["compute_share"] + paths["data_share"] + paths["labeling_share"]
    assert np.allclose(shares, 1.0, rtol=1e-12)


def test_every_number_is_finite(finished):
    for variable in finished.trajectories.variables.values():
        assert np.isfinite(variable.values).all(), variable.name


def test_what_is_assumed_otherwise_comes_out_otherwise(quick):
    plain = quick("plain")
    changed = quick("changed", overrides=["final_run_share={p5: 0.02, p50: 0.03, p95: 0.05, unit: yr}"])
    assert changed.scenario.digest != plain.scenario.digest
    assert changed.summary.series("payers")[-1, -1] < plain.summary.series("payers")[-1, -1]
    # The same world otherwise: what does not depend on it has not moved on any path.
    untouched = "price_performance"
    assert np.array_equal(plain.trajectories[untouched], changed.trajectories[untouched])


def test_an_earlier_date_moves_the_years_along():
    own = resolve(BASELINE)
    moved = resolve(BASELINE, as_of=EARLIER)
    assert moved.as_of == EARLIER
    assert moved.years == tuple(range(2024, 2024 + len(own.years)))
    assert moved.digest != own.digest
    assert resolve(BASELINE, as_of=own.as_of) == own


@pytest.mark.parametrize("day", [date(2015, 12, 31), date(2027, 1, 1), date(9999, 12, 31)])
def test_a_date_outside_the_history_is_refused(day):
    with pytest.raises(UsageError, match="give a date from 2016 to 2026-09-30"):
        resolve(BASELINE, as_of=day)


def test_an_earlier_date_uses_only_what_was_known_then(quick):
    result = quick(as_of=EARLIER)
    assert result.trajectories.coordinates.years[0] == 2024
    assert result.posterior.attributes["as_of"] == EARLIER.isoformat()
    assert date.fromisoformat(result.posterior.attributes["data_end"]) <= EARLIER
    record = json.loads((result.folder / "run.json").read_text(encoding="utf-8"))
    assert record["scenario"]["as_of"] == EARLIER.isoformat()
    assert record["data_digest"] == load_history(as_of=EARLIER).digest


def test_assumptions_that_rest_on_later_sources_are_named():
    scenario = resolve(BASELINE)
    late = later_than(scenario, EARLIER)
    assert late
    dated = {
        name: assumption.dated
        for name, assumption in (
            *scenario.assumptions.items(),
            *(
                (f"{name}[{member}]", assumption)
                for name, members in scenario.member_assumptions.items()
                for member, assumption in members.items()
            ),
        )
    }
    assert all(dated[name] > EARLIER for name in late)
    assert later_than(scenario, max(filter(None, dated.values()))) == []
    assert len(later_than(scenario, min(filter(None, dated.values())) - timedelta(days=1))) == len(
        [day for day in dated.values() if day]
    )


def test_numbers_out_of_range_are_the_scenario_s_mistake(quick, tmp_path):
    with pytest.raises(ScenarioError, match=r"baseline\.yaml: what it assumes leads to numbers") as caught:
        quick(overrides=["market_volatility=1e10"])
    assert caught.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_stored_fit_is_what_a_run_starts_from(finished):
    scenario = finished.scenario
    posterior = stored(load_history(as_of=scenario.as_of), as_of=scenario.as_of)
    assert posterior is not None
    again = trajectories_of(scenario, posterior, draws=400, seed=3)
    assert again.attributes == finished.trajectories.attributes
    assert np.array_equal(again["training_cost"], finished.trajectories["training_cost"])


def test_progress_says_what_takes_time(quick):
    told = []
    quick(progress=told.append)
    assert told == ["simulating 200 paths of baseline"]


def test_every_lab_has_a_name(finished):
    names = lab_names(finished.scenario)
    assert set(names) == set(finished.trajectories.coordinates.labs)
    assert all(names.values())


def test_shipped_scenarios_are_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shipped("baseline") == BASELINE
    assert shipped("no-such-scenario") is None
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "baseline.yaml").write_text("name: mine\n")
    assert shipped("baseline") == Path("scenarios/baseline.yaml")


def test_shipped_scenarios_are_found_in_an_installed_package(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "forecast"
    shutil.copytree(ROOT / "scenarios", package / "scenarios")
    monkeypatch.setattr("forecast.run.__file__", str(package / "run.py"))
    monkeypatch.chdir(tmp_path)
    assert shipped("baseline") == package / "scenarios" / "baseline.yaml"


def test_a_run_replaces_an_earlier_one_whole(quick, monkeypatch, files_in):
    monkeypatch.setattr("forecast.report.charts.draw_all", lambda *_: {"some.svg": b"<svg/>"})
    with_charts = files_in(quick(charts=True).folder)
    assert set(with_charts) == TABLES | {"charts/some.svg"}
    without = quick(seed=2).folder
    assert set(files_in(without)) == TABLES
    assert not (without / "charts").exists()
    assert {path.name for path in without.parent.iterdir()} == {"out"}


def test_files_of_others_are_neither_overwritten_nor_lost(quick, tmp_path, files_in):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    before = files_in(tmp_path)
    with pytest.raises(OutputExistsError, match=r"thesis\.txt"):
        quick()
    assert files_in(tmp_path) == before
    quick(force=True)
    after = files_in(folder)
    assert set(after) == TABLES | {"thesis.txt"}
    assert after["thesis.txt"] == b"years of work"


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


FAILURES = [
    ("forecast.report.tables.affordability_csv", OSError(28, "No space left on device"), WriteError),
    ("forecast.report.dataset.write_trajectories", OSError("unable to write"), WriteError),
    ("forecast.report.charts.draw_all", RuntimeError("no font"), RuntimeError),
    ("forecast.report.charts.draw_all", KeyboardInterrupt(), KeyboardInterrupt),
    ("forecast.run._record", OSError(28, "No space left on device"), WriteError),
]


@pytest.mark.parametrize(("place", "error", "reported"), FAILURES)
def test_a_failure_while_writing_leaves_what_was_there(
    place, error, reported, quick, tmp_path, monkeypatch, files_in
):
    quick()
    before = files_in(tmp_path)
    monkeypatch.setattr(place, raising(error))
    with pytest.raises(reported):
        quick(seed=2, charts="charts" in place)
    assert files_in(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


@pytest.mark.parametrize(("place", "error", "reported"), FAILURES[1:4:2])
def test_a_failure_while_writing_leaves_nothing_new(place, error, reported, quick, tmp_path, monkeypatch):
    monkeypatch.setattr(place, raising(error))
    with pytest.raises(reported):
        quick(charts="charts" in place)
    assert list(tmp_path.iterdir()) == []
