"""Paths as netCDF by the Climate and Forecast conventions 1.11: years are times with bounds, draws realizations.

The conventions know physical units only. Money and FLOP therefore stand as numbers of things (``units`` "1"); the unit
itself is in ``unit_of_quantity`` and in the long name, and the year of the dollars in ``price_base``.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from forecast.export.finished import BASE_DOLLARS, Options, Run, chosen, unit_with_base
from forecast.report.dataset import LARGEST_SINGLE
from forecast.shapes import Variable

EPOCH = date(1970, 1, 1)
_AXES = {"year": "time", "draw": "realization", "lab": "lab"}
# What the units of this package are to UDUNITS; what is not here is a number of things.
_PHYSICAL = {
    "W": "W",
    "s": "s",
    "yr": "year",
    "1/yr": "year-1",
    "per yr": "year-1",
    "FLOP/s": "s-1",
    "FLOP/J": "J-1",
}
_PHYSICAL |= {"yr^-0.5": "1", "yr^-1.5": "1", "USD/yr": "year-1"}


def write(run: Run, stage: Path, options: Options, _: str) -> None:
    """One file; the same run gives the same bytes."""
    import h5netcdf
    import h5py

    wanted = chosen(run, options.variables, ()) if options.variables else ()
    axes, draws = run.trajectories.coordinates, run.trajectories.draws
    variables = [each for name, each in run.trajectories.variables.items() if not wanted or name in wanted]
    used = {dim for each in variables for dim in each.dims}
    with h5netcdf.File(stage / "paths.nc", "w") as file:
        about = run.trajectories.attributes
        file.attrs["Conventions"] = "CF-1.11"
        file.attrs["title"] = (
            f"Forecast of the cost of frontier AI models: {about.get('title', run.scenario)}"
        )
        file.attrs["institution"] = "forecast (ai-cost-forecast)"
        file.attrs["source"] = run.origin
        file.attrs["history"] = f"Exported from a finished run, simulated as of {about['as_of']}"
        file.attrs["references"] = "docs/model.md of the project forecast says every formula and assumption"
        file.attrs["comment"] = (
            f"Money in constant USD of {BASE_DOLLARS}. Times are whole calendar years, with bounds."
        )
        for name in ("scenario", "scenario_digest", "posterior_digest", "as_of", "data_end", "seed"):
            file.attrs[name] = str(about.get(name, ""))
        file.dimensions["realization"] = draws
        number = file.create_variable("realization", ("realization",), data=np.arange(draws, dtype=np.int32))
        number.attrs.update({"standard_name": "realization", "long_name": "number of the path", "units": "1"})
        if "year" in used:
            file.dimensions["time"] = len(axes.years)
            file.dimensions["bounds"] = 2
            starts = [_day(date(year, 1, 1)) for year in axes.years]
            ends = [_day(date(year + 1, 1, 1)) for year in axes.years]
            middle = [(start + end) / 2 for start, end in zip(starts, ends, strict=True)]
            time = file.create_variable("time", ("time",), data=np.array(middle, dtype=np.float64))
            time.attrs.update(
                {
                    "standard_name": "time",
                    "long_name": "middle of the calendar year",
                    "units": "days since 1970-01-01 00:00:00",
                    "calendar": "proleptic_gregorian",
                    "units_metadata": "leap_seconds: none",
                    "axis": "T",
                    "bounds": "time_bounds",
                }
            )
            bounds = np.array([starts, ends], dtype=np.float64).T
            file.create_variable("time_bounds", ("time", "bounds"), data=bounds)
        if "lab" in used:
            file.dimensions["lab"] = len(axes.labs)
            for name, labels in (
                ("lab_id", axes.labs),
                ("lab_name", [run.names.get(lab, lab) for lab in axes.labs]),
            ):
                label = file.create_variable(name, ("lab",), dtype=h5py.string_dtype())
                label[...] = np.array(labels, dtype=object)
                label.attrs["long_name"] = {"lab_id": "lab", "lab_name": "name of the lab"}[name]
        for each in variables:
            _store(file, each)


def _day(day: date) -> int:
    return (day - EPOCH).days


def _store(file: Any, variable: Variable) -> None:
    # The conventions want every axis that is neither time nor place left of those.
    order = [dim for dim in ("draw", "lab", "year") if dim in variable.dims]
    values = variable.values.transpose([variable.dims.index(dim) for dim in order])
    if values.dtype == np.float64 and float(np.abs(values).max(initial=0.0)) < LARGEST_SINGLE:
        values = values.astype(np.float32)
    stored = file.create_variable(
        variable.name, tuple(_AXES[dim] for dim in order), data=np.ascontiguousarray(values)
    )
    unit = unit_with_base(variable.unit)
    stored.attrs["long_name"] = f"{variable.name.replace('_', ' ')} [{unit}]"
    stored.attrs["comment"] = variable.description
    stored.attrs["unit_of_quantity"] = unit
    if "USD" in unit:
        stored.attrs["price_base"] = str(BASE_DOLLARS)
    if variable.unit == "yes/no":
        stored.attrs["flag_values"] = np.array([0, 1], dtype=values.dtype)
        stored.attrs["flag_meanings"] = "no yes"
    else:
        stored.attrs["units"] = _PHYSICAL.get(variable.unit, "1")
    if "lab" in variable.dims:
        stored.attrs["coordinates"] = "lab_id lab_name"
