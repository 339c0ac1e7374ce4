"""What is told about a run: quantiles, probabilities and first-crossing years, each with its Monte Carlo error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from forecast.shapes import CrossingRow, Summary, SummaryRow, Trajectories, Variable
from forecast.summary.quantiles import influence, is_told, quantiles, summary_rows
from forecast.summary.replicates import Replicates, pieces, replicate_draws, share_errors
from forecast.summary.tallies import (
    PAYER_SETS,
    affordability_rows,
    crossing_row,
    dropout_rows,
    payer_set_rows,
    proportion_error,
    reached,
    tally,
    with_counts,
)
from forecast.threads import together
from forecast.units import Array

__all__ = [
    "crossing",
    "influence",
    "proportion_error",
    "quantiles",
    "replicate",
    "share_error",
    "summarise",
]


def summarise(trajectories: Trajectories, *, thresholds: Sequence[float] = ()) -> Summary:
    """Quantiles of every variable by year, who can pay, and when the record run crosses each threshold.

    Args:
        trajectories: The paths.
        thresholds: Costs of the record run whose first-crossing years are wanted [USD of 2023].

    Returns:
        The summary; every probability and quantile with its Monte Carlo standard error.

    Raises:
        UsageError: The paths are some of those of a run whose draws are evenly spread, and not whole replicates.
    """
    whole = _counted(trajectories, thresholds)
    if not replicate_draws(trajectories.attributes):
        return whole
    found = Replicates()
    for number, piece in enumerate(pieces(trajectories)):
        found.add(number, replicate(piece, thresholds=thresholds), piece.draws)
    return found.errors_of(whole, trajectories.draws)


def replicate(trajectories: Trajectories, *, thresholds: Sequence[float] = ()) -> Summary:
    """What one replicate comes to, with every set of payers however rare; its own errors mean nothing."""
    return _counted(trajectories, thresholds, payer_sets=None)


def _counted(
    trajectories: Trajectories, thresholds: Sequence[float], *, payer_sets: int | None = PAYER_SETS
) -> Summary:
    coordinates = trajectories.coordinates
    told = [each for each in trajectories.variables.values() if is_told(each)]
    rows = chain.from_iterable(together(partial(_rows, trajectories=trajectories), told))
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
        payer_sets=tuple(payer_set_rows(counts, coordinates, most=payer_sets)),
    )


def share_error(trajectories: Trajectories, happens: NDArray[np.bool_]) -> Array:
    """The Monte Carlo standard errors of shares of paths.

    Args:
        trajectories: The paths.
        happens: Whether something happens on each of them, shape ``(..., draw)``.

    Returns:
        Shape ``(...)``.
    """
    draws = trajectories.draws
    if size := replicate_draws(trajectories.attributes):
        split = happens.reshape(*happens.shape[:-1], draws // size, size)
        return share_errors(np.moveaxis(split.mean(axis=-1), -1, 0), draws)
    errors: Array = np.vectorize(proportion_error)(happens.mean(axis=-1), draws)
    return errors


def crossing(trajectories: Trajectories, variable: str, threshold: float) -> CrossingRow:
    """When a variable first reaches a threshold, over the paths; paths on which it never does stay in as censored.

    Args:
        trajectories: The paths.
        variable: A variable with a year axis and no member axis.
        threshold: The value to be reached, in the variable's unit.

    Returns:
        Shares of paths by year, the share that never crosses within the horizon, and quantiles of the first year.
    """
    found = crossing_row(
        variable,
        trajectories.variables[variable].unit,
        threshold,
        reached(trajectories[variable], threshold),
        trajectories.draws,
        trajectories.coordinates.years,
    )
    if not replicate_draws(trajectories.attributes):
        return found
    has = np.logical_or.accumulate(trajectories[variable] >= threshold, axis=0)
    errors = tuple(share_error(trajectories, has).tolist())
    return replace(found, errors=errors, never_error=errors[-1])


def _rows(variable: Variable, trajectories: Trajectories) -> list[SummaryRow]:
    values = variable.values
    if values.ndim < 3:
        means, spread, found, errors = _told(values)
    else:
        # Member by member, so that what comes in between stays in the cache.
        parts = zip(*(_told(each) for each in values), strict=True)
        means, spread, found, errors = (np.stack(each) for each in parts)
    mean_errors = spread / np.sqrt(values.shape[-1])
    return summary_rows(variable, trajectories.coordinates, means, mean_errors, found, errors)


def _told(values: Array) -> tuple[Array, Array, Array, Array]:
    means = values.mean(axis=-1, dtype=float)
    spread = values.std(axis=-1, dtype=float, mean=means[..., np.newaxis])
    return means, spread, *quantiles(values)
