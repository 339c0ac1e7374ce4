"""Two futures side by side: what differs on the same paths, and how surely.

Random numbers belong to names, so two scenarios share every draw that they can: a difference on a path is the
assumptions' doing and not chance, and its Monte Carlo error is far below that of either scenario. Where draws are
spread evenly, errors come from replicates: what is compared on all paths is compared on each replicate by itself, so
that an error holds what the scenarios share, whatever it is the error of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from forecast.errors import UsageError
from forecast.shapes import QUANTILES, Trajectories, Variable
from forecast.summary import influence, proportion_error, quantiles
from forecast.summary.replicates import estimate_errors, pieces, replicate_draws, share_errors
from forecast.units import Array

LEVELS = (0.05, 0.5, 0.95)
"""The quantiles that a comparison holds: the median and the ends of the 90% interval."""

_PLACES = [QUANTILES.index(level) for level in LEVELS]

Triple = tuple[float, float, float]

# Which estimate each error belongs to. Of shares of paths, those on which all replicates agree still have an error.
_ERRORS = {
    "mean_error": "mean",
    "quantile_errors": "quantiles",
    "medians_error": "medians",
    "ratio_errors": "ratios",
    "factor_error": "factor",
    "errors": "differences",
    "error": "difference",
}
_SHARE_ERRORS = {
    "exceeds_error": "exceeds",
    "below_error": "below",
    "first_errors": "first",
    "second_errors": "second",
    "first_error": "first",
    "second_error": "second",
    "earlier_error": "earlier",
    "later_error": "later",
    "never_error": "never",
}
# What two runs on the same draws have in common beside their number.
_DRAWN = ("seed", "sampler", "replicate_draws")


@dataclass(frozen=True)
class Difference:
    """One variable in one year in both scenarios, and how they differ on the same path, always second against first.

    ``first`` and ``second`` are quantiles of each scenario by itself, ``quantiles`` those of the difference on a path,
    all in the order of `LEVELS`; ``mean`` is the mean difference and ``medians`` the difference of the two medians.
    ``ratios`` are quantiles of second over first on a path and ``factor`` their geometric mean; all of these are None
    where a value can be zero or negative. ``exceeds`` is the share of paths on which the second is greater, ``below``
    that on which it is less; on the rest both are equal. ``year`` is None for a value of the whole path. Every
    ``..._error`` is a Monte Carlo standard error that takes into account that the paths are shared.
    """

    variable: str
    unit: str
    member: str
    year: int | None
    first: Triple
    second: Triple
    mean: float
    mean_error: float
    quantiles: Triple
    quantile_errors: Triple
    medians: float
    medians_error: float
    ratios: Triple | None
    ratio_errors: Triple | None
    factor: float | None
    factor_error: float | None
    exceeds: float
    exceeds_error: float
    below: float
    below_error: float


@dataclass(frozen=True)
class ThresholdDifference:
    """When each scenario first reaches a threshold.

    ``first`` and ``second`` are the shares of paths that have reached it by each of the years, ``differences`` second
    less first. ``earlier`` and ``later`` are the shares of paths on which the second reaches it in an earlier or later
    year than the first (never counts as later than any year), ``never`` that on which neither does within the horizon.
    """

    variable: str
    unit: str
    threshold: float
    years: tuple[int, ...]
    first: tuple[float, ...]
    first_errors: tuple[float, ...]
    second: tuple[float, ...]
    second_errors: tuple[float, ...]
    differences: tuple[float, ...]
    errors: tuple[float, ...]
    first_median: int | None
    second_median: int | None
    earlier: float
    earlier_error: float
    later: float
    later_error: float
    never: float
    never_error: float


@dataclass(frozen=True)
class AffordabilityDifference:
    """The share of paths on which a lab can pay in a year in each scenario; ``difference`` is second less first."""

    lab: str
    year: int
    first: float
    first_error: float
    second: float
    second_error: float
    difference: float
    error: float


@dataclass(frozen=True)
class Comparison:
    """All that is told about two scenarios on the same draws.

    ``notes`` say in words what about the two does not match and how that was dealt with.
    """

    first: str
    second: str
    years: tuple[int, ...]
    notes: tuple[str, ...]
    differences: tuple[Difference, ...]
    thresholds: tuple[ThresholdDifference, ...]
    affordability: tuple[AffordabilityDifference, ...]

    def row(self, variable: str, year: int | None, member: str = "") -> Difference:
        """The difference of one variable in one year.

        Raises:
            KeyError: When it was not compared.
        """
        for row in self.differences:
            if (row.variable, row.year, row.member) == (variable, year, member):
                return row
        raise KeyError(f"{variable} in {year}")


def compare(
    first: Trajectories,
    second: Trajectories,
    *,
    names: tuple[str, str] = ("first", "second"),
    thresholds: Sequence[float] = (),
    variables: Sequence[str] = (),
    horizons: tuple[Sequence[int], Sequence[int]] | None = None,
) -> Comparison:
    """How two scenarios differ, path by path, over the years that both forecast.

    Args:
        first: The paths of the scenario that is compared with.
        second: The paths of the other scenario, on the same draws.
        names: What the scenarios are called.
        thresholds: Costs of the record run whose first-crossing years are compared [USD of 2023].
        variables: Which variables are compared, those of labs included; by default all without a lab axis that both
            scenarios have.
        horizons: The years that each scenario forecasts, where its paths were cut to fewer.

    Returns:
        The comparison; every difference and probability with its Monte Carlo standard error.

    Raises:
        UsageError: The two have no year in common, or were not drawn with the same seed, sampler and number of draws,
            or are some of the paths of runs whose draws are evenly spread, and not whole replicates.
    """
    years, notes = aligned_years(first, second, names=names, horizons=horizons)
    drawn = [(paths.draws, *map(paths.attributes.get, _DRAWN)) for paths in (first, second)]
    if drawn[0] != drawn[1]:
        raise UsageError(
            f"{names[0]} and {names[1]} were not simulated on the same draws; "
            "give both the same --draws, --seed and --sampler"
        )
    asked = tuple(variables), tuple(sorted(set(thresholds)))
    whole = _compared(first, second, names, years, notes, *asked)
    if not replicate_draws(first.attributes):
        return whole
    parts = [
        _compared(one, other, names, years, notes, *asked)
        for one, other in zip(pieces(first), pieces(second), strict=True)
    ]
    if len(parts) < 2:
        raise UsageError(
            f"{first.draws:,} paths are one replicate alone, which does not say how precise a difference is; "
            "give all paths of both runs"
        )
    return replace(
        whole,
        differences=_by_replicates(whole.differences, [part.differences for part in parts], first.draws),
        thresholds=_by_replicates(whole.thresholds, [part.thresholds for part in parts], first.draws),
        affordability=_by_replicates(
            whole.affordability, [part.affordability for part in parts], first.draws
        ),
    )


_Row = TypeVar("_Row", Difference, ThresholdDifference, AffordabilityDifference)


def _by_replicates(rows: Sequence[_Row], parts: Sequence[Sequence[_Row]], draws: int) -> tuple[_Row, ...]:
    """Rows of all paths with the errors that follow from the same rows of each replicate."""
    found = []
    for row, *replicates in zip(rows, *parts, strict=True):
        errors: dict[str, Any] = {}
        for name, estimate in (_ERRORS | _SHARE_ERRORS).items():
            # What some path makes zero or negative has no ratio, though on some replicates it would have one.
            if getattr(row, name, None) is None:
                continue
            estimates = np.array([getattr(each, estimate) for each in replicates])
            error = share_errors(estimates, draws) if name in _SHARE_ERRORS else estimate_errors(estimates)
            errors[name] = tuple(error.tolist()) if error.ndim else float(error)
        found.append(replace(row, **errors))
    return tuple(found)


def _compared(
    first: Trajectories,
    second: Trajectories,
    names: tuple[str, str],
    years: tuple[int, ...],
    notes: tuple[str, ...],
    variables: Sequence[str],
    thresholds: Sequence[float],
) -> Comparison:
    """Two scenarios on the same draws, with the errors that independent draws have."""
    chosen = variables or [
        name
        for name, variable in first.variables.items()
        if name in second.variables and "lab" not in variable.dims
    ]
    rows = [row for name in chosen for row in _differences(first, second, name, years)]
    has_cost = "training_cost" in first.variables and "training_cost" in second.variables
    crossings = [_thresholds(first, second, "training_cost", level, years) for level in thresholds]
    return Comparison(
        first=names[0],
        second=names[1],
        years=years,
        notes=notes,
        differences=tuple(rows),
        thresholds=tuple(crossings) if has_cost else (),
        affordability=tuple(_affordability(first, second, years)),
    )


def aligned_years(
    first: Trajectories,
    second: Trajectories,
    *,
    names: tuple[str, str] = ("first", "second"),
    horizons: tuple[Sequence[int], Sequence[int]] | None = None,
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The years that two scenarios have in common, and in words what about their time axes does not match.

    Raises:
        UsageError: There is no common year.
    """
    years = tuple(year for year in first.coordinates.years if year in second.coordinates.years)
    one, other = horizons or (first.coordinates.years, second.coordinates.years)
    spans = f"{names[0]} forecasts {one[0]} to {one[-1]}, {names[1]} {other[0]} to {other[-1]}"
    if not years:
        raise UsageError(f"nothing to compare: {spans}, which have no year in common")
    notes = []
    if tuple(one) != tuple(other):
        notes.append(f"{spans}: compared over {years[0]} to {years[-1]}")
    if one[0] != other[0]:
        notes.append(
            "the forecasts start in different years: their paths share parameters but not the surprises of single "
            "years, so paired differences are less precise than usual"
        )
    dates = (first.attributes.get("as_of", ""), second.attributes.get("as_of", ""))
    if dates[0] != dates[1]:
        notes.append(
            f"{names[0]} is as of {dates[0]}, {names[1]} as of {dates[1]}: they are fitted to different histories, "
            "and a difference holds what became known in between"
        )
    labs = (set(first.coordinates.labs), set(second.coordinates.labs))
    for name, only in zip(names, (labs[0] - labs[1], labs[1] - labs[0]), strict=True):
        if only:
            notes.append(f"only {name} has {', '.join(sorted(only))}: not compared lab by lab")
    return years, tuple(notes)


def _differences(
    first: Trajectories, second: Trajectories, name: str, years: Sequence[int]
) -> Iterator[Difference]:
    variable = first.variables[name]
    one, other = _over(first, name, years), _over(second, name, years)
    member_dim = variable.dims[0] if variable.dims[0] in ("lab", "source", "tier") else ""
    members: tuple[str, ...] = ("",)
    if member_dim:
        mine, theirs = first.coordinates.members(member_dim), second.coordinates.members(member_dim)
        members = tuple(member for member in mine if member in theirs)
        one = one[[mine.index(member) for member in members]]
        other = other[[theirs.index(member) for member in members]]
    labels: tuple[int | None, ...] = tuple(years) if "year" in variable.dims else (None,)
    one = one.reshape(len(members), len(labels), -1)
    other = other.reshape(len(members), len(labels), -1)
    for place, member in enumerate(members):
        for column, year in enumerate(labels):
            yield _difference(variable, member, year, one[place, column], other[place, column])


def _difference(variable: Variable, member: str, year: int | None, one: Array, other: Array) -> Difference:
    draws = one.shape[-1]
    change = other - one
    found, errors = quantiles(change)
    median_one, moves_one = influence(one, 0.5)
    median_other, moves_other = influence(other, 0.5)
    ratios = ratio_errors = factor = factor_error = None
    if one.min() > 0.0 and other.min() > 0.0:
        ratio = other / one
        ratio_found, ratio_spread = quantiles(ratio)
        ratios, ratio_errors = _triple(ratio_found), _triple(ratio_spread)
        logs = np.log(ratio)
        factor = float(np.exp(logs.mean()))
        factor_error = factor * float(logs.std() / np.sqrt(draws))
    exceeds, below = float((change > 0.0).mean()), float((change < 0.0).mean())
    return Difference(
        variable=variable.name,
        unit=variable.unit,
        member=member,
        year=year,
        first=_triple(quantiles(one)[0]),
        second=_triple(quantiles(other)[0]),
        mean=float(change.mean()),
        mean_error=float(change.std() / np.sqrt(draws)),
        quantiles=_triple(found),
        quantile_errors=_triple(errors),
        medians=float(median_other - median_one),
        medians_error=float((moves_other - moves_one).std() / np.sqrt(draws)),
        ratios=ratios,
        ratio_errors=ratio_errors,
        factor=factor,
        factor_error=factor_error,
        exceeds=exceeds,
        exceeds_error=proportion_error(exceeds, draws),
        below=below,
        below_error=proportion_error(below, draws),
    )


def _triple(values: Array) -> Triple:
    low, middle, high = (float(values[place]) for place in _PLACES)
    return low, middle, high


def _over(trajectories: Trajectories, name: str, years: Sequence[int]) -> Array:
    """The values of a variable in some of its years."""
    variable = trajectories.variables[name]
    values = variable.values.astype(float, copy=False)
    if "year" not in variable.dims:
        return values
    places = [trajectories.coordinates.years.index(year) for year in years]
    return values[..., places, :]


def _thresholds(
    first: Trajectories, second: Trajectories, name: str, threshold: float, years: tuple[int, ...]
) -> ThresholdDifference:
    reached = []
    for paths in (first, second):
        # Accumulated from each scenario's own first year: what was reached before the common years counts.
        so_far = np.maximum.accumulate(paths[name] >= threshold, axis=0)
        reached.append(so_far[[paths.coordinates.years.index(year) for year in years]])
    one, other = reached
    draws = one.shape[-1]
    paired = other.astype(float) - one
    shares = [so_far.mean(axis=1) for so_far in reached]
    # The number of years in which it has been reached orders the paths; never is zero, after every year.
    lead = other.sum(axis=0) - one.sum(axis=0)
    earlier, later = float((lead > 0).mean()), float((lead < 0).mean())
    never = float((~one[-1] & ~other[-1]).mean())
    medians = [
        next((year for year, share in zip(years, by_year, strict=True) if share >= 0.5), None)
        for by_year in shares
    ]
    return ThresholdDifference(
        variable=name,
        unit=first.variables[name].unit,
        threshold=threshold,
        years=years,
        first=tuple(shares[0].tolist()),
        first_errors=tuple(proportion_error(float(share), draws) for share in shares[0]),
        second=tuple(shares[1].tolist()),
        second_errors=tuple(proportion_error(float(share), draws) for share in shares[1]),
        differences=tuple(paired.mean(axis=1).tolist()),
        errors=tuple((paired.std(axis=1) / np.sqrt(draws)).tolist()),
        first_median=medians[0],
        second_median=medians[1],
        earlier=earlier,
        earlier_error=proportion_error(earlier, draws),
        later=later,
        later_error=proportion_error(later, draws),
        never=never,
        never_error=proportion_error(never, draws),
    )


def _affordability(
    first: Trajectories, second: Trajectories, years: tuple[int, ...]
) -> Iterator[AffordabilityDifference]:
    if "affordable" not in first.variables or "affordable" not in second.variables:
        return
    one, other = _over(first, "affordable", years), _over(second, "affordable", years)
    draws = one.shape[-1]
    for place, lab in enumerate(first.coordinates.labs):
        if lab not in second.coordinates.labs:
            continue
        there = second.coordinates.labs.index(lab)
        for column, year in enumerate(years):
            paired = other[there, column] - one[place, column]
            shares = float(one[place, column].mean()), float(other[there, column].mean())
            yield AffordabilityDifference(
                lab=lab,
                year=year,
                first=shares[0],
                first_error=proportion_error(shares[0], draws),
                second=shares[1],
                second_error=proportion_error(shares[1], draws),
                difference=float(paired.mean()),
                error=float(paired.std() / np.sqrt(draws)),
            )
