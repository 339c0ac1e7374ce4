from __future__ import annotations

import os

import h5py
import numpy as np
import pytest

from forecast import netcdf
from forecast.errors import UsageError
from forecast.report.dataset import read_trajectories


@pytest.fixture
def path(tmp_path):
    return tmp_path / "foreign.nc"


def refused(path, match):
    with pytest.raises(UsageError, match=match):
        netcdf.refuse_unsafe(path)
    with pytest.raises(UsageError, match=match):
        read_trajectories(path)


def test_what_netcdf_files_hold_is_accepted(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("plain", data=np.ones(10))
        file.create_dataset(
            "packed", data=np.ones(1000), compression="gzip", shuffle=True, fletcher32=True, chunks=(100,)
        )
        file.create_dataset("group/text", data=np.array(["a", "b"], dtype=object), dtype=h5py.string_dtype())
        file["type"] = np.dtype("i4")
        file["again"] = file["group"]
        file["group/round"] = file["group"]
    netcdf.refuse_unsafe(path)


def test_a_file_that_packs_well_is_accepted(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("zeros", data=np.zeros(4_000_000), compression="gzip", compression_opts=9)
    assert path.stat().st_size < 100_000
    netcdf.refuse_unsafe(path)


@pytest.mark.parametrize("link", [h5py.ExternalLink("/etc/passwd", "/x"), h5py.SoftLink("/elsewhere")])
@pytest.mark.parametrize("place", ["draw", "deep/in/side"])
def test_links_are_refused(path, link, place):
    with h5py.File(path, "w") as file:
        file[place] = link
    refused(path, "leads out of its place")


def test_values_in_other_files_are_refused(path, tmp_path):
    (tmp_path / "secret").write_bytes(bytes(80))
    with h5py.File(path, "w") as file:
        file.create_dataset("draw", (10,), "f8", external=[(str(tmp_path / "secret"), 0, 80)])
    refused(path, "lie in other files")


def test_virtual_values_are_refused(path, tmp_path):
    layout = h5py.VirtualLayout((10,), "f8")
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", shape=(10,))
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("draw", layout)
    refused(path, "lie in other files")


def test_filters_that_would_load_a_plug_in_are_refused(path):
    with h5py.File(path, "w") as file:
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk((10,))
        plan.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
        h5py.h5d.create(file.id, b"draw", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((10,)), plan)
    refused(path, "needs the filter 32015")


def test_a_small_file_that_claims_very_many_values_is_refused(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("draw", (10**12,), "f8", chunks=(1000,))
    assert path.stat().st_size < 10_000
    refused(path, "claims more values than it can hold")


def test_what_is_no_netcdf_file_is_one_message(path):
    os.mkfifo(path)
    refused(path, "no regular file")
    path.unlink()
    for content in (b"", b"\x89HDF\r\n\x1a\n", bytes(5000), b"CDF\x01" + bytes(100)):
        path.write_bytes(content)
        with pytest.raises(UsageError, match="it is no netCDF file"):
            read_trajectories(path)
