"""Several scenarios weighed into one forecast, and how much of its spread lies between and within them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.errors import UsageError
from forecast.shapes import Trajectories, Variable
from forecast.summary.replicates import estimate_errors, replicate_draws
from forecast.units import Array

# The golden ratio's multiples fill the unit interval as evenly as a fixed sequence can, so any number of paths divides
# over the scenarios almost exactly by weight, and more paths leave the earlier ones where they were.
_STEP = (math.sqrt(5.0) - 1.0) / 2.0
_GROUPS = 20
TOLERANCE = 0.005


@dataclass(frozen=True)
class Spread:
    """Where the spread of a mixture comes from in one year: the variance of a variable within and between scenarios.

    ``total`` is ``within`` plus ``between`` (law of total variance); ``share`` is between over total with its
    Monte Carlo standard error. Variances are of the natural logarithm where ``log`` is set.
    """

    variable: str
    year: int
    log: bool
    total: float
    within: float
    between: float
    share: float
    error: float


def normalised(weights: Sequence[float]) -> tuple[float, ...]:
    """Weights that add up to one exactly.

    Raises:
        UsageError: A weight is not positive, or they do not add up to one but for rounding.
    """
    if any(not math.isfinite(weight) or weight <= 0.0 for weight in weights):
        raise UsageError("every weight must be a positive number; leave out a scenario that shall not count")
    total = sum(weights)
    if abs(total - 1.0) > TOLERANCE:
        raise UsageError(f"the weights add up to {total:g}; they must add up to 1")
    return tuple(weight / total for weight in weights)


def membership(weights: Sequence[float], draws: int) -> NDArray[np.intp]:
    """The scenario that each path of a mixture belongs to, in shares that follow the weights to one path or so."""
    place = np.mod(np.arange(draws) * _STEP + 0.5, 1.0)
    owner: NDArray[np.intp] = np.searchsorted(np.cumsum(weights)[:-1], place, side="right")
    return owner


def mix(
    runs: Sequence[Trajectories], weights: Sequence[float], *, attributes: Mapping[str, str] | None = None
) -> Trajectories:
    """One forecast from several: each path is a path of one of the scenarios, as often as its weight says.

    Args:
        runs: The scenarios' paths on the same draws; only years, variables and labs that all have are kept.
        weights: The probability of each scenario; they add up to one.
        attributes: What is to be said about the mixture.

    Returns:
        Paths like those of a run.

    Raises:
        UsageError: The scenarios have no year in common, or not the same draws.
    """
    first = runs[0]
    if any(run.draws != first.draws for run in runs):
        raise UsageError("a mixture needs scenarios with the same number of draws")
    years = tuple(
        year for year in first.coordinates.years if all(year in run.coordinates.years for run in runs)
    )
    if not years:
        raise UsageError("nothing to weigh: the scenarios have no year in common")
    axes = {
        dim: tuple(
            label
            for label in first.coordinates.members(dim)
            if all(label in run.coordinates.members(dim) for run in runs)
        )
        for dim in ("lab", "source", "tier")
    }
    coordinates = replace(
        first.coordinates, years=years, labs=axes["lab"], sources=axes["source"], tiers=axes["tier"]
    )
    owner = membership(weights, first.draws)
    variables = {}
    for name, variable in first.variables.items():
        if not all(name in run.variables for run in runs):
            continue
        cut = [_cut(run, name, years, axes) for run in runs]
        values = cut[0].copy()
        for place, other in enumerate(cut[1:], start=1):
            values[..., owner == place] = other[..., owner == place]
        variables[name] = Variable(name, values, variable.dims, variable.unit, variable.description)
    return Trajectories(variables, coordinates, dict(attributes or {}))


def spread(runs: Sequence[Trajectories], weights: Sequence[float], variable: str) -> tuple[Spread, ...]:
    """How much of a variable's variance lies between the scenarios and within them, by year.

    Positive amounts are decomposed on the logarithmic scale. Every scenario counts with all its paths, which are whole
    replicates where draws are spread evenly.
    """
    years = tuple(
        year for year in runs[0].coordinates.years if all(year in run.coordinates.years for run in runs)
    )
    values = np.stack([_cut(run, variable, years, {}) for run in runs]).astype(float)
    unit = runs[0].variables[variable].unit
    log = unit not in ("count", "share", "yes/no", "probability") and bool(values.min() > 0.0)
    if log:
        values = np.log(values)
    share = np.asarray(weights)[:, np.newaxis]
    within, between = _parts(values, share)
    # The error of the share from the scatter between groups of paths (batch means), which have to be independent.
    size = replicate_draws(runs[0].attributes)
    groups = values.shape[-1] // size if size else min(_GROUPS, values.shape[-1])
    shares = np.stack([_share(*_parts(part, share)) for part in np.array_split(values, groups, axis=-1)])
    errors = estimate_errors(shares) if groups > 1 else np.zeros(len(years))
    return tuple(
        Spread(
            variable=variable,
            year=year,
            log=log,
            total=float(within[place] + between[place]),
            within=float(within[place]),
            between=float(between[place]),
            share=float(_share(within, between)[place]),
            error=float(errors[place]),
        )
        for place, year in enumerate(years)
    )


def _parts(values: Array, share: Array) -> tuple[Array, Array]:
    """Variance within and between, from shape ``(scenario, year, draw)`` and weights ``(scenario, 1)``."""
    means = values.mean(axis=-1)
    within = (share * values.var(axis=-1)).sum(axis=0)
    centre = (share * means).sum(axis=0)
    return within, (share * (means - centre) ** 2).sum(axis=0)


def _share(within: Array, between: Array) -> Array:
    total = within + between
    share: Array = between / np.where(total > 0.0, total, 1.0)
    return share


def _cut(
    run: Trajectories, name: str, years: Sequence[int], axes: Mapping[str, Sequence[str]]
) -> NDArray[np.generic]:
    variable = run.variables[name]
    values = variable.values
    if "year" in variable.dims:
        values = values[..., [run.coordinates.years.index(year) for year in years], :]
    if variable.dims[0] in axes:
        members = run.coordinates.members(variable.dims[0])
        values = values[[members.index(label) for label in axes[variable.dims[0]]]]
    return values
