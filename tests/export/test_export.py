"""Exports hold the run's own numbers in the shape that their format asks for, and refuse what cannot be meant."""

import csv
import io
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import OutputExistsError, UsageError
from forecast.export import FORMATS, Options, Run, export, read
from forecast.export.hubverse import horizon
from forecast.export.latex import escaped as for_latex
from forecast.export.markdown import escaped as for_markdown
from forecast.export.metaculus import LEAST_STEP, LEAST_TAIL, MOST_STEP, POINTS, distribution
from forecast.run import Result
from forecast.shapes import QUANTILES

QUESTION = Options(low=1e8, high=1e12, log=True)


# All variables take their time in these two.
FEW = Options(variables=("training_cost", "payers", "money_binds"))


def options(name: str) -> Options:
    return QUESTION if name == "metaculus-cdf" else FEW if name in ("netcdf", "parquet") else Options()


@pytest.fixture(scope="module")
def run(finished: Result) -> Run:
    return read(finished.folder or Path())


def made(run: Run, name: str, out: Path, given: Options | None = None) -> Path:
    export(run, name, out, options(name) if given is None else given)
    return out


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


@pytest.mark.usefixtures("stored_fits")
@pytest.mark.parametrize("name", FORMATS)
def test_the_same_run_gives_the_same_bytes_and_writing_twice_changes_nothing(
    name: str, run: Run, tmp_path: Path, files_in: Callable[[Path], dict[str, bytes]]
) -> None:
    made(run, name, tmp_path / "a" / "x")
    made(run, name, tmp_path / "b" / "x")
    first = files_in(tmp_path / "a")
    assert first
    assert first == files_in(tmp_path / "b")
    export(run, name, tmp_path / "a" / "x", options(name))
    assert first == files_in(tmp_path / "a")


def test_a_hub_file_holds_quantiles_medians_and_whole_paths(
    run: Run, finished: Result, tmp_path: Path
) -> None:
    chosen = Options(variables=("training_cost", "power_draw"), samples=40, model="acme-mc")
    hub = made(run, "hubverse", tmp_path / "hub", chosen)
    table = rows(hub / "model-output" / "acme-mc" / "2026-09-30-acme-mc.csv")
    years = finished.summary.coordinates.years
    assert len(table) == 2 * len(years) * (len(QUANTILES) + 1 + 40)
    tasks = json.loads((hub / "hub-config" / "tasks.json").read_text(encoding="utf-8"))
    (task,) = tasks["rounds"][0]["model_tasks"]
    for column, values in task["task_ids"].items():
        assert {row[column] for row in table} == {str(value) for value in values["optional"]}
    assert task["target_metadata"][0]["time_unit"] == "month"
    assert set(task["output_type"]) == {row["output_type"] for row in table}
    paths: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for row in table:
        assert int(row["horizon"]) == 3 + 12 * (int(row["target_end_date"][:4]) - 2026)
        if row["output_type"] == "sample":
            paths[row["output_type_id"]][row["target"], row["target_end_date"]] = float(row["value"])
    sampling = task["output_type"]["sample"]["output_type_id_params"]
    assert len(paths) == sampling["min_samples_per_task"] == sampling["max_samples_per_task"] == 40
    # One id is one path, over targets and horizons.
    for identity, path in paths.items():
        for (target, day), value in path.items():
            own = finished.trajectories[target][years.index(int(day[:4])), int(identity)]
            assert value == pytest.approx(own, rel=1e-6)
        assert len(path) == 2 * len(years)
    for row in table:
        if row["output_type"] == "quantile":
            place = (
                years.index(int(row["target_end_date"][:4])),
                QUANTILES.index(float(row["output_type_id"])),
            )
            assert float(row["value"]) == pytest.approx(
                finished.summary.series(row["target"])[place], rel=1e-6
            )
        assert (row["output_type_id"] == "NA") == (row["output_type"] == "median")


def test_months_are_counted_to_the_end_of_the_year(finished: Result) -> None:
    day = finished.scenario.as_of
    assert [horizon(day, year) for year in (2026, 2027)] == [3, 15]
    assert horizon(day.replace(month=12, day=31), 2026) == 0


def test_a_hub_that_is_there_gets_the_file_and_keeps_its_own(run: Run, tmp_path: Path) -> None:
    hub = made(run, "hubverse", tmp_path / "hub")
    (hub / "README.md").write_text("ours", encoding="utf-8")
    (hub / "hub-config" / "admin.json").write_text("{}", encoding="utf-8")
    with pytest.raises(OutputExistsError, match=r"admin\.json"):
        made(run, "hubverse", hub, Options(model="acme-mc"))
    assert not (hub / "model-output" / "acme-mc").exists()
    export(run, "hubverse", hub, Options(model="acme-mc"), force=True)
    assert (hub / "README.md").read_text(encoding="utf-8") == "ours"
    assert sorted(path.name for path in (hub / "model-output").iterdir()) == [
        "acme-mc",
        "forecast-montecarlo",
    ]


def test_both_iamc_tables_hold_the_same_values(run: Run, finished: Result, tmp_path: Path) -> None:
    long, wide = (rows(made(run, name, tmp_path / name)) for name in ("iamc", "iamc-wide"))
    by_year = {(row["Variable"], row["Unit"], row["Year"]): row["Value"] for row in long}
    years = [str(year) for year in finished.summary.coordinates.years]
    assert by_year == {(row["Variable"], row["Unit"], year): row[year] for row in wide for year in years}
    assert len(by_year) == len(long)
    median = by_year["Training Cost|50.0th Percentile", "USD_2023", years[-1]]
    assert float(median) == pytest.approx(finished.summary.series("training_cost")[-1, 3], rel=1e-6)
    assert ("Run Budget|OpenAI|Mean", "USD_2023", years[0]) in by_year
    assert all(row["Unit"] for row in long)


def test_parquet_joins_what_belongs_to_a_path(run: Run, finished: Result, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    folder = made(run, "parquet", tmp_path / "parquet", Options())
    years, labs, draws = (
        finished.summary.coordinates.years,
        finished.scenario.labs,
        finished.trajectories.draws,
    )
    paths = pq.read_table(folder / "paths.parquet")
    grid = paths["training_cost"].to_numpy().reshape(draws, len(years))
    np.testing.assert_allclose(grid.T, finished.trajectories["training_cost"], rtol=1e-6)
    assert paths["year"].to_pylist()[: len(years)] == list(years)
    assert paths.schema.field("training_cost").metadata[b"unit"] == b"USD"
    assert paths.schema.metadata[b"scenario"] == b"baseline"
    by_lab = pq.read_table(folder / "lab_paths.parquet")
    budgets = by_lab["run_budget"].to_numpy().reshape(draws, len(years), len(labs))
    np.testing.assert_allclose(budgets.transpose(2, 1, 0), finished.trajectories["run_budget"], rtol=1e-6)
    assert pq.read_table(folder / "inputs.parquet").num_rows == draws


def test_without_pyarrow_the_message_says_how_to_install_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"ai-cost-forecast\[parquet\]"):
        made(run, "parquet", tmp_path / "x")


@pytest.mark.slow
def test_netcdf_has_times_with_bounds_and_units_that_are_physical(
    run: Run, finished: Result, tmp_path: Path
) -> None:
    import xarray as xr

    with xr.open_dataset(made(run, "netcdf", tmp_path / "paths.nc", Options()), engine="h5netcdf") as data:
        assert data["training_cost"].dims == ("realization", "time")
        assert [int(year) for year in data["time"].dt.year] == list(finished.summary.coordinates.years)
        np.testing.assert_allclose(data["training_cost"].T, finished.trajectories["training_cost"], rtol=1e-6)
        assert data["training_cost"].attrs["unit_of_quantity"] == "USD_2023"
        assert list(data["lab_id"].to_numpy()) == list(finished.scenario.labs)
        assert (data["time_bounds"][:, 1] - data["time_bounds"][:, 0]).dt.days.to_numpy().min() == 365


@pytest.mark.usefixtures("stored_fits")
def test_a_data_package_describes_every_file_and_column(run: Run, tmp_path: Path) -> None:
    folder = made(run, "datapackage", tmp_path / "package")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    files = {path.name for path in folder.iterdir()} - {"datapackage.json"}
    assert {resource["path"] for resource in package["resources"]} == files
    for resource in package["resources"]:
        if resource["format"] == "csv":
            header = next(csv.reader((folder / resource["path"]).read_text(encoding="utf-8").splitlines()))
            assert [field["name"] for field in resource["schema"]["fields"]] == header


@pytest.mark.usefixtures("stored_fits")
def test_a_posterior_has_chains_and_draws(run: Run, finished: Result, tmp_path: Path) -> None:
    import xarray as xr

    path = made(run, "posterior", tmp_path / "posterior.nc")
    with xr.open_dataset(path, engine="h5netcdf", group="posterior") as group:
        assert dict(group.sizes) == {"chain": 2, "draw": 200}
        for name, values in finished.posterior.draws.items():
            np.testing.assert_array_equal(group[name].to_numpy().ravel(), values)
        assert group["frontier_compute_now"].attrs["units"] == "FLOP"


def test_a_posterior_that_is_no_longer_stored_is_said_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path / "empty"))
    with pytest.raises(UsageError, match="run the scenario again"):
        made(run, "posterior", tmp_path / "posterior.nc")


forecasts = st.lists(st.floats(-50.0, 150.0), min_size=1, max_size=60).map(np.array)


@given(values=forecasts, lower=st.booleans(), upper=st.booleans())
def test_a_distribution_obeys_the_rules_of_the_site(values: Any, *, lower: bool, upper: bool) -> None:
    where = np.linspace(0.0, 100.0, POINTS)
    inside = (lower | (values >= 0.0)) & (upper | (values <= 100.0))
    if not inside.any():
        with pytest.raises(UsageError, match="no path"):
            distribution(values, where, open_lower=lower, open_upper=upper)
        return
    heights, share = distribution(values, where, open_lower=lower, open_upper=upper)
    assert len(heights) == POINTS
    steps = np.diff(heights)
    assert steps.min() >= LEAST_STEP * (1.0 - 1e-9)
    assert steps.max() <= MOST_STEP * (1.0 + 1e-9)
    assert heights[0] >= LEAST_TAIL if lower else heights[0] == 0.0
    assert heights[-1] <= 1.0 - LEAST_TAIL + 1e-12 if upper else heights[-1] == pytest.approx(1.0)
    assert 0.0 < share <= 1.0


def test_a_wide_forecast_is_told_as_it_is() -> None:
    values = np.random.default_rng(1).normal(50.0, 12.0, 20_000)
    where = np.linspace(0.0, 100.0, POINTS)
    heights, share = distribution(values, where, open_lower=True, open_upper=True)
    assert share == pytest.approx(0.01, rel=0.05)
    for level in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert np.interp(np.quantile(values, level), where, heights) == pytest.approx(level, abs=0.01)
    # Closed at both ends: paths beyond them are left out, the others are all there is.
    half = where / 2.0
    cut, _ = distribution(values, half, open_lower=False, open_upper=False)
    assert np.interp(np.median(values[values <= 50.0]), half, cut) == pytest.approx(0.5, abs=0.01)


def test_a_question_is_answered_on_its_own_scale(run: Run, finished: Result, tmp_path: Path) -> None:
    answer = json.loads(made(run, "metaculus-cdf", tmp_path / "cdf.json").read_text(encoding="utf-8"))
    median = finished.summary.series("training_cost")[-1, 3]
    where = np.geomspace(1e8, 1e12, POINTS)
    assert np.interp(median, where, answer["continuous_cdf"]) == pytest.approx(0.5, abs=0.03)
    assert answer["question"] == "training cost in 2031"


def test_tables_for_texts_hold_what_the_summary_holds(run: Run, finished: Result) -> None:
    chosen = Options(variables=("payers",))
    text = export(run, "markdown", None, chosen)
    assert isinstance(text, str)
    line = next(line for line in text.splitlines() if line.startswith("| Labs"))
    series = finished.summary.series("payers")
    assert [cell.split()[0] for cell in line.split("|")[2:-1]] == [f"{row[3]:g}" for row in series]
    latex = export(run, "latex", None, chosen)
    assert isinstance(latex, str)
    assert latex.count(r" \\") == 2
    assert latex.count("&") == 2 * len(series)
    assert f"{series[0, 3]:g}\\newline{{\\scriptsize {series[0, 0]:g}~to {series[0, -1]:g}}}" in latex


def test_special_characters_stand_as_they_are() -> None:
    assert for_latex("50% of $1_B & {x}^2 ~ \\") == (
        r"50\% of \$1\_B \& \{x\}\textasciicircum{}2 \textasciitilde{} \textbackslash{}"
    )
    assert for_markdown("a|b $1 *x* <b>\nc") == r"a\|b \$1 \*x\* \<b\> c"


@pytest.mark.parametrize(
    ("name", "wanted", "message"),
    [
        ("iamc", Options(variables=("training_csot",)), 'did you mean "training_cost"'),
        ("iamc", Options(variables=("run_budget",)), "has a value for each lab"),
        ("hubverse", Options(samples=100_000), "the run has 400 paths"),
        ("hubverse", Options(model="a b"), "no name of a model"),
        ("metaculus-cdf", Options(), "--low and --high"),
        ("metaculus-cdf", Options(low=5.0, high=1.0), "not below"),
        ("metaculus-cdf", Options(low=-1.0, high=5.0, log=True, year=2050), "(?s)2050.*logarithmic"),
        ("metaculus-cdf", Options(low=1.0, high=5.0), "no path lies within"),
    ],
)
def test_a_wrong_wish_is_refused_before_anything_is_written(
    name: str, wanted: Options, message: str, run: Run, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        export(run, name, tmp_path / "out", wanted)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--format", "hubvers"), 'did you mean "hubverse"'),
        (("--format", "iamc", "--samples", "5"), "has no use for --samples"),
        (("--format", "netcdf", "--out", "-"), "cannot be printed"),
    ],
)
def test_a_wrong_call_says_what_would_be_right_and_writes_nothing(
    arguments: tuple[str, ...],
    message: str,
    finished: Result,
    command: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    called = command("export", finished.folder, *arguments)
    assert called.code == 2
    assert message in called.err
    assert not list(tmp_path.iterdir())


def test_the_command_writes_prints_and_never_replaces_unasked(
    finished: Result, command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("export", tmp_path, "--format", "iamc").code == 2
    called = command("export", finished.folder, "--format", "iamc")
    assert (called.code, called.out.strip()) == (0, "run-iamc.csv")
    Path("run-iamc.csv").write_text("mine", encoding="utf-8")
    assert command("export", finished.folder, "--format", "iamc").code == 4
    assert Path("run-iamc.csv").read_text(encoding="utf-8") == "mine"
    printed = command("export", finished.folder, "--format", "markdown", "--out", "-")
    assert printed.out.startswith("**")
