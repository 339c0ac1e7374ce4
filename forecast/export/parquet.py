"""Parquet files for data frames and databases: paths by year, paths by lab, inputs of each path, and the summary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from forecast.errors import UsageError
from forecast.export.finished import Options, Run, chosen
from forecast.report.tables import LEVELS
from forecast.shapes import Variable


def write(run: Run, stage: Path, options: Options, _: str) -> None:
    """Four files; every column says its unit in the metadata of its field, every file what made it.

    Raises:
        UsageError: PyArrow is not installed, or an unknown variable.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise UsageError(
            'Parquet needs PyArrow, which is not installed; install it with: pip install "ai-cost-forecast[parquet]"'
        ) from error

    wanted = chosen(run, options.variables, ()) if options.variables else ()
    variables = [each for name, each in run.trajectories.variables.items() if not wanted or name in wanted]
    axes, draws = run.trajectories.coordinates, run.trajectories.draws
    labels: dict[str, Any] = {
        "draw": np.arange(draws, dtype=np.int32),
        "year": np.array(axes.years, dtype=np.int16),
        "lab": np.array(axes.labs, dtype=object),
    }
    about = {name: str(text) for name, text in run.trajectories.attributes.items()}

    def store(name: str, columns: dict[str, Any], units: dict[str, tuple[str, str]]) -> None:
        fields, arrays = [], []
        for column, values in columns.items():
            array = pa.array(values)
            unit, what = units.get(column, ("", ""))
            metadata = {"unit": unit, "description": what} if unit else None
            fields.append(pa.field(column, array.type, metadata=metadata))
            arrays.append(array)
        table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=about))
        pq.write_table(table, stage / f"{name}.parquet", compression="zstd")

    def paths(name: str, dims: tuple[str, ...]) -> None:
        """Every variable with just these dims, one line for each place along them, the draw outermost."""
        found: list[Variable] = [each for each in variables if each.dims == dims]
        if not found:
            return
        order = ("draw", *(dim for dim in ("year", "lab") if dim in dims))
        grid = np.meshgrid(*(labels[dim] for dim in order), indexing="ij")
        columns = {dim: values.ravel() for dim, values in zip(order, grid, strict=True)}
        turn = [dims.index(dim) for dim in order]
        columns |= {each.name: each.values.transpose(turn).ravel() for each in found}
        store(name, columns, {each.name: (each.unit, each.description) for each in found})

    paths("paths", ("year", "draw"))
    paths("lab_paths", ("lab", "year", "draw"))
    paths("inputs", ("draw",))
    rows = [row for row in run.summary.rows if not wanted or row.variable in wanted]
    summary: dict[str, Any] = {
        "variable": [row.variable for row in rows],
        "unit": [row.unit for row in rows],
        "member": [row.member or None for row in rows],
        "year": pa.array([row.year for row in rows], pa.int16()),
        "mean": [row.mean for row in rows],
        "mean_error": [row.mean_error for row in rows],
    }
    for place, level in enumerate(LEVELS):
        summary[level] = [row.quantiles[place] for row in rows]
        summary[f"{level}_error"] = [row.quantile_errors[place] for row in rows]
    store("summary", summary, {})
