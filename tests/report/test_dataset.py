"""The netCDF file holds the paths as they are, in a form that the tools of the field open."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import xarray as xr

from forecast.report.dataset import write_trajectories
from forecast.shapes import Coordinates, Trajectories, Variable


@pytest.fixture(scope="module")
def dataset(finished):
    with xr.open_dataset(finished.folder / "trajectories.nc", engine="h5netcdf") as opened:
        yield opened.load()


def test_every_variable_is_there_with_unit_and_meaning(finished, dataset):
    assert set(dataset.data_vars) == set(finished.trajectories.variables)
    for name, variable in finished.trajectories.variables.items():
        assert dataset[name].attrs["units"] == variable.unit
        assert dataset[name].attrs["long_name"] == variable.description
        assert dataset[name].dims == variable.dims


def test_values_are_those_in_memory(finished, dataset):
    for name, variable in finished.trajectories.variables.items():
        stored = dataset[name].values
        if variable.values.dtype == np.int8:
            assert np.array_equal(stored, variable.values)
        else:
            assert np.allclose(stored, variable.values, rtol=1e-6, atol=0), name


def test_axes_carry_their_labels(finished, dataset):
    axes = finished.trajectories.coordinates
    assert dataset["year"].values.tolist() == list(axes.years)
    assert dataset["lab"].values.tolist() == list(axes.labs)
    assert dataset["draw"].values.tolist() == list(range(finished.trajectories.draws))
    assert set(dataset.sizes) == {"draw", "year", "lab"}
    assert dataset["year"].attrs["long_name"] == "calendar year"


def test_the_file_says_where_it_comes_from(finished, dataset):
    attributes = dataset.attrs
    assert attributes["Conventions"].startswith("CF-")
    assert {name: attributes[name] for name in finished.trajectories.attributes} == dict(
        finished.trajectories.attributes
    )
    assert attributes["scenario_digest"] == finished.scenario.digest
    assert attributes["posterior_digest"] == finished.posterior.attributes["digest"]
    assert (attributes["draws"], attributes["seed"]) == ("400", "3")


def test_it_agrees_with_the_labelled_form_of_the_python_interface(finished, dataset):
    labelled = finished.trajectories.to_xarray()
    xr.testing.assert_allclose(labelled, dataset.drop_vars("draw"), rtol=1e-6)
    assert labelled["training_cost"].attrs == dataset["training_cost"].attrs


def paths(values, *, dims=("year", "draw")):
    axes = Coordinates(years=(2026, 2027), labs=("a", "b"), sources=("web",), tiers=("expert",))
    return Trajectories(
        {"thing": Variable("thing", values, dims, "USD", "A thing.")}, axes, {"title": "Größe", "seed": "1"}
    )


def test_the_same_paths_give_the_same_bytes(tmp_path):
    values = np.random.default_rng(1).standard_normal((2, 3))
    for name in ("one.nc", "two.nc"):
        write_trajectories(tmp_path / name, paths(values))
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "two.nc").read_bytes()


def test_text_of_any_script_survives(tmp_path):
    write_trajectories(tmp_path / "x.nc", paths(np.ones((2, 3))))
    with xr.open_dataset(tmp_path / "x.nc", engine="h5netcdf") as opened:
        assert opened.attrs["title"] == "Größe"


@pytest.mark.parametrize(("largest", "kept"), [(1e37, "float32"), (1e39, "float64"), (-1e39, "float64")])
def test_numbers_too_large_for_single_precision_stay_whole(largest, kept, tmp_path):
    write_trajectories(tmp_path / "x.nc", paths(np.full((2, 3), largest)))
    with h5py.File(tmp_path / "x.nc") as file:
        assert file["thing"].dtype == kept
        assert np.allclose(file["thing"][...], largest, rtol=1e-6)


@pytest.mark.parametrize("dim", ["lab", "source", "tier"])
def test_only_axes_in_use_are_written(dim, tmp_path):
    members = 2 if dim == "lab" else 1
    write_trajectories(tmp_path / "x.nc", paths(np.ones((members, 2, 3)), dims=(dim, "year", "draw")))
    with xr.open_dataset(tmp_path / "x.nc", engine="h5netcdf") as opened:
        assert set(opened.coords) == {dim, "year", "draw"}


def test_an_existing_file_that_cannot_be_replaced_is_an_error(tmp_path):
    (tmp_path / "x.nc").mkdir()
    with pytest.raises(OSError, match=r"(?i)unable to"):
        write_trajectories(tmp_path / "x.nc", paths(np.ones((2, 3))))
