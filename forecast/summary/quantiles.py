"""Quantiles with their Monte Carlo standard errors, and how much each path moves one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from forecast.shapes import QUANTILES, Coordinates, SummaryRow, Variable
from forecast.units import Array


def is_told(variable: Variable) -> bool:
    """Whether a variable has quantiles: all but whether each lab can pay, which is told as probabilities."""
    return not (variable.unit == "yes/no" and "lab" in variable.dims)


def quantiles(values: Array) -> tuple[Array, Array]:
    """Quantiles along the last axis and their Monte Carlo standard errors, as `from_order` tells them.

    Args:
        values: Any shape ``(..., draw)``.

    Returns:
        Two arrays of shape ``(..., quantile)`` in the order of `QUANTILES`.
    """
    ordered = np.sort(values, axis=-1)
    # Interpolated in double precision: single-precision neighbours differ in the last digit otherwise.
    return from_order(lambda ranks: ordered[..., ranks].astype(float), ordered.shape[-1])


def from_order(at: Callable[[NDArray[np.int64]], Array], draws: int) -> tuple[Array, Array]:
    """Quantiles and their Monte Carlo standard errors from the sorted order of some values.

    The error is half the distance between the order statistics one binomial standard deviation below and above, which
    needs no density (Maritz and Jarrett 1978 give the same idea with weights).

    Args:
        at: The values at some places of the order, the first being at 0.
        draws: The number of values.

    Returns:
        Two arrays in the order of `QUANTILES`.
    """
    probabilities = np.array(QUANTILES)
    place = probabilities * (draws - 1)
    spread = np.sqrt(probabilities * (1.0 - probabilities) * draws)
    lower = np.clip(np.floor(place - spread), 0, draws - 1).astype(np.int64)
    upper = np.clip(np.ceil(place + spread), 0, draws - 1).astype(np.int64)
    below = np.floor(place).astype(np.int64)
    low, high = at(below), at(np.minimum(below + 1, draws - 1))
    return low + (place - below) * (high - low), 0.5 * (at(upper) - at(lower))


def influence(values: Array, probability: float) -> tuple[Array, Array]:
    """A quantile along the last axis, and by how much each path moves it.

    The influence of a path on the quantile q is (p - [value <= q]) / density(q) (Hampel 1974); its standard deviation
    over the root of the number of paths is the quantile's error, and any weighted sum of quantiles of the same paths
    has the same weighted sum of influences, so that errors of differences hold what the quantiles share.

    Args:
        values: Any shape ``(..., draw)``.
        probability: Which quantile, strictly between 0 and 1.

    Returns:
        The quantile, shape ``(...)``, and the influences, shape ``(..., draw)``.
    """
    ordered = np.sort(values, axis=-1)
    draws = ordered.shape[-1]
    place = probability * (draws - 1)
    spread = np.sqrt(probability * (1.0 - probability) * draws)
    lower, upper = max(int(place - spread), 0), min(int(np.ceil(place + spread)), draws - 1)
    below = int(place)
    low, high = ordered[..., below], ordered[..., min(below + 1, draws - 1)]
    found = low + (place - below) * (high - low)
    sparsity = draws * (ordered[..., upper] - ordered[..., lower]) / max(upper - lower, 1)
    moves = (probability - (values <= found[..., np.newaxis])) * sparsity[..., np.newaxis]
    return found, moves


def summary_rows(
    variable: Variable,
    coordinates: Coordinates,
    means: Array,
    mean_errors: Array,
    found: Array,
    errors: Array,
) -> list[SummaryRow]:
    """The rows of one variable, member by member and year by year.

    Args:
        variable: Its name, unit and dims.
        coordinates: The labels of the axes.
        means: One number for each place of the variable's axes but the draws, in their order.
        mean_errors: The same for the error of the mean.
        found: The same for quantiles, along a further axis.
        errors: The same for the errors of quantiles.
    """
    member_dim = variable.dims[0] if variable.dims[0] in ("lab", "source", "tier") else ""
    members = coordinates.members(member_dim) or ("",)
    years: tuple[int | None, ...] = coordinates.years if "year" in variable.dims else (None,)
    labels = [(member, year) for member in members for year in years]
    table = np.concatenate(
        [
            np.reshape(means, (len(labels), 1)),
            np.reshape(mean_errors, (len(labels), 1)),
            found.reshape(len(labels), -1),
            errors.reshape(len(labels), -1),
        ],
        axis=1,
    ).tolist()
    split = 2 + len(QUANTILES)
    return [
        SummaryRow(
            variable.name,
            variable.unit,
            member,
            year,
            row[0],
            row[1],
            tuple(row[2:split]),
            tuple(row[split:]),
        )
        for (member, year), row in zip(labels, table, strict=True)
    ]
