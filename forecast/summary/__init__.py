"""What is told about a run: quantiles, probabilities and first-crossing years, each with its Monte Carlo error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.shapes import CrossingRow, Summary, SummaryRow, Trajectories, Variable
from forecast.summary.quantiles import influence, quantiles, summary_rows
from forecast.summary.tallies import (
    affordability_rows,
    crossing_row,
    dropout_rows,
    payer_set_rows,
    proportion_error,
    reached,
    tally,
    with_counts,
)

__all__ = ["crossing", "influence", "proportion_error", "quantiles", "summarise"]


def summarise(trajectories: Trajectories, *, thresholds: Sequence[float] = ()) -> Summary:
    """Quantiles of every variable by year, who can pay, and when the record run crosses each threshold.

    Args:
        trajectories: The paths.
        thresholds: Costs of the record run whose first-crossing years are wanted [USD of 2023].

    Returns:
        The summary; every probability and quantile with its Monte Carlo standard error.
    """
    coordinates = trajectories.coordinates
    rows: list[SummaryRow] = []
    for variable in trajectories.variables.values():
        if variable.unit == "yes/no" and "lab" in variable.dims:
            continue
        rows.extend(_rows(variable, trajectories))
    values = {name: variable.values for name, variable in trajectories.variables.items()}
    counts = tally(values, thresholds, draws=trajectories.draws)
    return Summary(
        rows=tuple(rows),
        affordability=tuple(affordability_rows(counts, coordinates)),
        crossings=tuple(
            crossing_row(
                name, trajectories.variables[name].unit, level, by_year, counts.draws, coordinates.years
            )
            for (name, level), by_year in counts.reached.items()
        ),
        coordinates=coordinates,
        attributes=with_counts(trajectories.attributes, counts),
        dropouts=tuple(dropout_rows(counts, coordinates)),
        payer_sets=tuple(payer_set_rows(counts, coordinates)),
    )


def crossing(trajectories: Trajectories, variable: str, threshold: float) -> CrossingRow:
    """When a variable first reaches a threshold, over the paths; paths on which it never does stay in as censored.

    Args:
        trajectories: The paths.
        variable: A variable with a year axis and no member axis.
        threshold: The value to be reached, in the variable's unit.

    Returns:
        Shares of paths by year, the share that never crosses within the horizon, and quantiles of the first year.
    """
    return crossing_row(
        variable,
        trajectories.variables[variable].unit,
        threshold,
        reached(trajectories[variable], threshold),
        trajectories.draws,
        trajectories.coordinates.years,
    )


def _rows(variable: Variable, trajectories: Trajectories) -> list[SummaryRow]:
    values = variable.values
    found, errors = quantiles(values)
    means = values.mean(axis=-1, dtype=float)
    mean_errors = values.std(axis=-1, dtype=float) / np.sqrt(values.shape[-1])
    return summary_rows(variable, trajectories.coordinates, means, mean_errors, found, errors)
