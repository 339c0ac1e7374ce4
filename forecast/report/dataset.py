"""Trajectories as a netCDF file that any tool of the field opens, with CF attributes and the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.shapes import Trajectories

# Single precision halves the file and loses nothing that the Monte Carlo error has not lost before.
LARGEST_SINGLE = 1e38


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
