"""The Python interface: light to import, labelled, and every example in its documentation runs."""

import doctest
import subprocess
import sys
from datetime import date
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import forecast
from forecast.errors import ScenarioError, UsageError
from forecast.run import Result
from forecast.shapes import Trajectories

ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "scenarios" / "baseline.yaml"


def with_examples() -> list[str]:
    """Every module of the package whose text shows a session of Python."""
    package = ROOT / "forecast"
    return sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in package.rglob("*.py")
        if ">>> " in path.read_text(encoding="utf-8")
    )


@pytest.mark.usefixtures("stored_fits")
@pytest.mark.parametrize("name", with_examples())
def test_examples_in_the_documentation_of_a_module_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    assert found.attempted > 0
    assert found.failed == 0


def test_the_interface_has_examples() -> None:
    assert {"forecast.api", "forecast.scenario.scenario", "forecast.report.charts"} <= set(with_examples())


def test_import_forecast_loads_nothing_and_still_offers_everything() -> None:
    program = (
        "import sys, forecast\n"
        "heavy = {'numpy', 'xarray', 'pymc', 'matplotlib', 'scipy', 'forecast.api'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert {'load', 'simulate', 'summarise', 'report'} <= set(dir(forecast))\n"
        "import forecast.run  # what other modules import does not hide the functions\n"
        "assert callable(forecast.simulate) and callable(forecast.load) and callable(forecast.summarise)\n"
        "assert not {'pymc', 'arviz', 'matplotlib'} & set(sys.modules)\n"
        "assert forecast.report.charts.fan.__name__ == 'fan'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    with pytest.raises(AttributeError, match="forecaster"):
        _ = forecast.forecaster


@pytest.mark.usefixtures("stored_fits")
def test_simulated_paths_are_those_of_the_command_with_labels_and_units(finished: Result) -> None:
    paths = forecast.simulate(forecast.load(BASELINE), draws=400, seed=3)
    assert all("units" in paths[name].attrs and "long_name" in paths[name].attrs for name in paths.data_vars)
    for name, variable in finished.trajectories.variables.items():
        np.testing.assert_array_equal(paths[name].to_numpy(), variable.values)
    assert list(paths["lab"].to_numpy()) == list(finished.scenario.labs)
    told = forecast.summarise(paths, thresholds=finished.scenario.thresholds)
    assert (told.rows, told.crossings) == (finished.summary.rows, finished.summary.crossings)


@pytest.mark.usefixtures("stored_fits")
def test_evenly_spread_paths_bring_along_how_they_are_summarised(finished: Result) -> None:
    paths = forecast.simulate(finished.scenario, draws=1024, seed=3, sampler="lhs")
    assert (paths.attrs["sampler"], paths.attrs["replicates"]) == ("lhs", "16")
    split = paths["training_cost"].to_numpy()[-1].reshape(16, 64).mean(axis=1)
    told = forecast.summarise(paths)
    row = next(row for row in told.rows if (row.variable, row.year) == ("training_cost", 2031))
    assert row.mean_error == pytest.approx(split.std(ddof=1) / 4.0)
    with pytest.raises(UsageError, match="no whole number of replicates"):
        forecast.summarise(paths.isel(draw=slice(100)))
    with pytest.raises(UsageError, match="cannot spread 400 draws evenly"):
        forecast.simulate(finished.scenario, draws=400, sampler="sobol")


@pytest.mark.usefixtures("stored_fits")
def test_a_changed_scenario_is_the_file_with_the_change() -> None:
    baseline = forecast.load(BASELINE)
    changed = baseline.with_(algorithmic_growth="3x/yr", **{"labs.openai.backing_weight": np.float64(4)})
    asked = forecast.load(BASELINE, overrides=changed.overrides)
    assert changed == asked
    assert changed.digest != baseline.digest
    assert baseline.with_().digest == baseline.digest
    assert (
        changed.with_(algorithmic_growth={"p5": "2x/yr", "p95": "8x/yr"}).overrides[:2] == changed.overrides
    )
    earlier = forecast.load(BASELINE, as_of="2024-06-30").with_(algorithmic_growth="3x/yr")
    assert (earlier.as_of, earlier.first_year) == (date(2024, 6, 30), 2024)


def test_mistakes_are_named_all_at_once() -> None:
    with pytest.raises(ScenarioError) as caught:
        forecast.load(BASELINE).with_(algorithmic_grwth="3x/yr", price_performance_growth=3.0)
    assert len(caught.value.problems) == 2
    assert 'did you mean "algorithmic_growth"' in str(caught.value)
    with pytest.raises(UsageError, match="draws is 0"):
        forecast.simulate(BASELINE, draws=0)
    with pytest.raises(UsageError, match="2023-09-30"):
        forecast.load(BASELINE, as_of="last year")


def test_paths_go_to_a_dataset_and_back(finished: Result) -> None:
    dataset = finished.trajectories.to_xarray()
    again = Trajectories.from_xarray(dataset)
    assert again.coordinates.years == finished.trajectories.coordinates.years
    assert again.coordinates.labs == finished.trajectories.coordinates.labs
    assert again.attributes == finished.trajectories.attributes
    for name, variable in finished.trajectories.variables.items():
        np.testing.assert_array_equal(again[name], variable.values)
        assert again.variables[name].unit == variable.unit
    turned = Trajectories.from_xarray(dataset[["run_budget"]].transpose("draw", "year", "lab"))
    np.testing.assert_array_equal(turned["run_budget"], finished.trajectories["run_budget"])
    with pytest.raises(UsageError, match="the dataset has no draw"):
        Trajectories.from_xarray(dataset.mean("draw"))
    with pytest.raises(UsageError, match="the dataset has no lab"):
        Trajectories.from_xarray(dataset.drop_vars("lab"))
    with pytest.raises(UsageError, match="extra has no draws"):
        Trajectories.from_xarray(dataset.assign(extra=dataset["training_cost"].mean("draw")))
