"""Trajectories as a netCDF file that any tool of the field opens, with CF attributes and the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast import netcdf
from forecast.errors import UsageError
from forecast.files import make_sure_of_room
from forecast.shapes import DIM_ORDER, Coordinates, Trajectories, Variable

# Single precision halves the file and loses nothing that the Monte Carlo error has not lost before.
LARGEST_SINGLE = 1e38

_ROOM_FOR_NAMES = 1 << 20
"""Bytes of a file that are no values, at most."""


def write_trajectories(path: Path, trajectories: Trajectories) -> None:
    """Write every variable on every path.

    Args:
        path: The file to be made; it must not exist.
        trajectories: Values with dims ``draw``, ``year`` and ``lab`` and units in the attributes.
    """
    import h5netcdf
    import h5py

    axes = trajectories.coordinates
    labels: dict[str, NDArray[Any]] = {
        "lab": np.array(axes.labs, dtype=object),
        "source": np.array(axes.sources, dtype=object),
        "tier": np.array(axes.tiers, dtype=object),
        "year": np.array(axes.years, dtype=np.int32),
        "draw": np.arange(trajectories.draws, dtype=np.int32),
    }
    used = {dim for variable in trajectories.variables.values() for dim in variable.dims}
    # HDF5 crashes the whole process when it cannot write the end of a file.
    values_size = sum(
        each.values.size * min(each.values.itemsize, 4) for each in trajectories.variables.values()
    )
    make_sure_of_room(path.parent, values_size + _ROOM_FOR_NAMES)
    with h5netcdf.File(path, "w") as file:
        file.attrs["Conventions"] = "CF-1.11"
        for name, text in sorted(trajectories.attributes.items()):
            file.attrs[name] = text
        for dim, values in labels.items():
            if dim not in used:
                continue
            file.dimensions[dim] = len(values)
            kind = h5py.string_dtype() if values.dtype == object else values.dtype
            coordinate = file.create_variable(dim, (dim,), dtype=kind)
            coordinate[...] = values
            coordinate.attrs["long_name"] = {"draw": "path", "year": "calendar year"}.get(dim, dim)
        for name, variable in trajectories.variables.items():
            values = variable.values
            if values.dtype == np.float64 and float(np.abs(values).max(initial=0.0)) < LARGEST_SINGLE:
                values = values.astype(np.float32)
            stored = file.create_variable(name, variable.dims, data=values)
            stored.attrs["units"] = variable.unit
            stored.attrs["long_name"] = variable.description


def read_trajectories(path: Path) -> Trajectories:
    """The paths of a finished run, as `write_trajectories` stored them.

    Args:
        path: The file ``trajectories.nc`` of a run.

    Raises:
        UsageError: There is no such file, or it holds no trajectories.
    """
    import h5netcdf

    try:
        netcdf.refuse_unsafe(path)
        with h5netcdf.File(path, "r") as file:
            labels = {dim: file.variables[dim][...] for dim in DIM_ORDER if dim in file.variables}
            variables = {
                name: Variable(
                    name,
                    np.asarray(stored[...]),
                    tuple(stored.dimensions),
                    str(stored.attrs.get("units", "")),
                    str(stored.attrs.get("long_name", "")),
                )
                for name, stored in file.variables.items()
                if name not in DIM_ORDER
            }
            attributes = {name: str(text) for name, text in file.attrs.items() if name != "Conventions"}
    except (OSError, KeyError) as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else "it is no netCDF file"
        raise UsageError(f"{path} cannot be read: {reason}; give the folder of a finished run") from error
    if "draw" not in labels or "year" not in labels or not variables:
        raise UsageError(f"{path} holds no trajectories; give the folder of a finished run")

    def names(dim: str) -> tuple[str, ...]:
        return tuple(each.decode() if isinstance(each, bytes) else str(each) for each in labels.get(dim, ()))

    coordinates = Coordinates(
        years=tuple(int(year) for year in labels["year"]),
        labs=names("lab"),
        sources=names("source"),
        tiers=names("tier"),
    )
    return Trajectories(variables=variables, coordinates=coordinates, attributes=attributes)
