"""A finished run seen with other beliefs about one of its drivers: its paths weighed, none drawn anew.

The beliefs are quantiles. On the scale on which the run's own draws of the driver are normal, straight lines between
the believed quantiles (and on beyond the outer ones) give the believed distribution, so three quantiles mean what
``{p5, p50, p95}`` means in a scenario. A path's weight is the believed density at its value of the driver over the
density with which it was drawn; whatever else is correlated with the driver moves along. Weighing cannot find paths
that were never drawn: the effective sample size (Kish 1965) says how much of the run is left.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import ndtr, ndtri

from forecast.errors import Problem, ScenarioError, UnreadableError, UsageError, did_you_mean, printable
from forecast.files import read_bounded
from forecast.scenario.growth import growth_text, parse_growth
from forecast.shapes import (
    QUANTILES,
    AffordabilityRow,
    CrossingRow,
    Summary,
    SummaryRow,
    Trajectories,
    Variable,
)
from forecast.summary import proportion_error
from forecast.summary.quantiles import is_told
from forecast.units import Array

LEAST_SIZE = 400
"""The effective sample size below which a reweighted run is refused: a 5% quantile then rests on about twenty paths."""

RATE = "1/yr"
MAX_ROWS = 200
LARGEST = 64 << 10
"""Bytes of a file of beliefs that are read."""


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What somebody believes about a driver: values that it stays below with stated probabilities, both rising."""

    probabilities: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Reweighted:
    """A run with weights: its summary, the weights (mean 1), their effective size and the driver before and after.

    ``before`` and ``after`` are the driver's quantiles in the order of `QUANTILES`.
    """

    driver: str
    unit: str
    summary: Summary
    weights: Array
    effective_size: float
    before: tuple[float, ...]
    after: tuple[float, ...]


class EffectiveSizeError(UsageError):
    """Too little of a run is left once it has been weighed."""

    exit_code = 3


def read_beliefs(path: Path, unit: str) -> Beliefs:
    """Beliefs from a CSV file with the columns ``probability`` and ``value``.

    Args:
        path: The file.
        unit: The unit of the driver; growth rates are written with theirs, such as ``2.4x/yr``.

    Raises:
        ScenarioError: Every mistake of the file, with its line.
    """
    name = str(path)
    rows = _lines(path, name)
    if not rows or [cell.strip() for cell in rows[0]] != ["probability", "value"]:
        raise ScenarioError([Problem("the first line must be: probability,value", file=name, line=1)])
    problems: list[Problem] = []
    pairs: list[tuple[float, float]] = []
    for line, row in enumerate(rows[1 : MAX_ROWS + 1], start=2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            pair = _pair(row, unit)
        except ValueError as error:
            problems.append(Problem(str(error), file=name, line=line))
            continue
        if pairs and not (pair[0] > pairs[-1][0] and pair[1] > pairs[-1][1]):
            problems.append(
                Problem("probabilities and values must rise from line to line", file=name, line=line)
            )
        pairs.append(pair)
    if len(rows) > MAX_ROWS + 1:
        problems.append(Problem(f"holds more than {MAX_ROWS} quantiles", file=name))
    if not problems and len(pairs) < 2:
        problems.append(Problem("two quantiles are the least that says something; add a line", file=name))
    if problems:
        raise ScenarioError(problems)
    return Beliefs(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


def _lines(path: Path, name: str) -> list[list[str]]:
    try:
        return list(csv.reader(read_bounded(path, limit=LARGEST).decode("utf-8-sig").splitlines()))
    except UnreadableError as error:
        raise ScenarioError([Problem(str(error), file=name)]) from error
    except (UnicodeDecodeError, csv.Error) as error:
        reason = "it is not CSV in UTF-8"
        raise ScenarioError([Problem(f"cannot be read: {reason}", file=name)]) from error


def _pair(row: Sequence[str], unit: str) -> tuple[float, float]:
    if len(row) != 2:
        raise ValueError("two cells are needed: probability,value")
    try:
        probability = float(row[0])
        value = parse_growth(row[1]) if unit == RATE else float(row[1])
    except ValueError as error:
        raise ValueError(f"{error}; the value is in {unit or 'the unit of the driver'}") from None
    if not 0.0 < probability < 1.0:
        raise ValueError(f"{row[0].strip()} is not between 0 and 1")
    if not math.isfinite(value):
        raise ValueError(f"{row[1].strip()} is no finite number")
    return probability, value


def weights(draws: Array, beliefs: Beliefs, unit: str = "") -> Array:
    """How much each draw counts under the beliefs; the mean is 1.

    With normal scores ``z`` of the draws and ``t`` of the believed probabilities, ``t = g(z)`` joins the stated points
    by straight lines, and the weight is ``phi(g(z)) g'(z) / phi(z)``. Where draws and beliefs are both normal, or both
    normal after the same transformation, that is the exact ratio of the two densities.

    Args:
        draws: Values of the driver, one a path.
        beliefs: What is believed.
        unit: The unit of the driver, for what is told of values.

    Raises:
        EffectiveSizeError: The draws do not reach to where the beliefs lie.
    """
    ordered = np.sort(draws)
    size = len(ordered)
    if ordered[0] == ordered[-1]:
        raise UsageError("the driver is the same on every path; there is nothing to weigh")
    places = np.searchsorted(ordered, beliefs.values, side="left")
    if outside := [
        value for value, place in zip(beliefs.values, places, strict=True) if not 0 < place < size
    ]:
        farthest, lowest, highest = (
            growth_text(value) if unit == RATE else f"{value:.4g} {unit}".strip()
            for value in (outside[0], float(ordered[0]), float(ordered[-1]))
        )
        raise EffectiveSizeError(
            f"no path is as far out as a believed value ({farthest}); the run's own draws lie between "
            f"{lowest} and {highest}. Run the scenario with a wider assumption first"
        )
    unique, counts = np.unique(draws, return_counts=True)
    scores = ndtri((np.cumsum(counts) - 0.5 * counts) / size)
    knots = np.interp(beliefs.values, unique, scores)
    targets = ndtri(np.array(beliefs.probabilities))
    if (np.diff(knots) <= 0.0).any():
        raise EffectiveSizeError("two believed values lie between two neighbouring draws; use more paths")
    z = np.interp(draws, unique, scores)
    piece = np.clip(np.searchsorted(knots, z) - 1, 0, len(knots) - 2)
    slope = (np.diff(targets) / np.diff(knots))[piece]
    believed = targets[piece] + slope * (z - knots[piece])
    raw = slope * np.exp(0.5 * (z * z - believed * believed))
    # The mass between two stated quantiles is the one that was stated, whatever luck put between them.
    cell = np.searchsorted(knots, z)
    mass = np.diff(np.concatenate([[0.0], ndtr(targets), [1.0]]))
    found = np.bincount(cell, raw, len(mass))
    raw *= np.where(found > 0.0, mass / np.where(found > 0.0, found, 1.0), 0.0)[cell]
    scaled: Array = raw * (size / raw.sum())
    return scaled


def effective_size(weight: Array) -> float:
    """How many paths of equal weight would leave as little Monte Carlo error (Kish 1965)."""
    return float(weight.sum() ** 2 / (weight * weight).sum())


def reweight(
    trajectories: Trajectories,
    driver: str,
    beliefs: Beliefs,
    *,
    thresholds: Sequence[float] = (),
    least_size: float = LEAST_SIZE,
) -> Reweighted:
    """A run as it would be told if the beliefs about one driver held.

    Args:
        trajectories: The paths of the run, its scalar inputs among them.
        driver: The input that the beliefs are about.
        beliefs: Its believed quantiles.
        thresholds: Costs whose first-crossing years are wanted [USD of 2023].
        least_size: The effective sample size that is needed.

    Raises:
        UsageError: The run has no such input, or its draws are not independent.
        EffectiveSizeError: The weights leave too little of the run.
    """
    if sampler := trajectories.attributes.get("sampler"):
        raise UsageError(
            f"the draws of this run are spread evenly (--sampler {sampler}), and how precise they are once they are "
            "weighed is not known; run the scenario with --sampler random"
        )
    variable = trajectories.variables[input_name(trajectories, driver)]
    draws = variable.values.astype(float)
    weight = weights(draws, beliefs, variable.unit)
    size = effective_size(weight)
    if size < least_size:
        raise EffectiveSizeError(
            f"the beliefs about {driver} leave an effective sample of {size:,.0f} of {len(draws):,} paths, below "
            f"{least_size:,.0f}; run the scenario with more --draws, or with the beliefs as its assumption"
        )
    coordinates, years = trajectories.coordinates, trajectories.coordinates.years
    rows: list[SummaryRow] = []
    for each in trajectories.variables.values():
        if is_told(each):
            rows.extend(_rows(each, trajectories, weight, size))
    crossings = [_crossing(trajectories, "training_cost", value, weight, size) for value in thresholds]
    summary = Summary(
        rows=tuple(rows),
        affordability=tuple(_affordability(trajectories, weight, size)),
        crossings=tuple(crossings),
        coordinates=replace(coordinates, years=years),
        attributes={
            **trajectories.attributes,
            "reweighted": driver,
            "effective_sample_size": f"{size:.0f}",
        },
    )
    return Reweighted(
        driver=driver,
        unit=variable.unit,
        summary=summary,
        weights=weight,
        effective_size=size,
        before=tuple(_quantiles(draws, np.ones_like(draws), float(len(draws)))[0].tolist()),
        after=tuple(_quantiles(draws, weight, size)[0].tolist()),
    )


def input_name(trajectories: Trajectories, driver: str) -> str:
    """The name of a scalar input of a run, checked.

    Raises:
        UsageError: The run has no input of this name with one value a path.
    """
    choices = [name for name, each in trajectories.variables.items() if each.dims == ("draw",)]
    if driver not in choices:
        raise UsageError(
            f'the run has no driver "{printable(driver)}" with one value a path{did_you_mean(driver, choices)}'
        )
    return driver


def _rows(variable: Variable, trajectories: Trajectories, weight: Array, size: float) -> list[SummaryRow]:
    dim = variable.dims[0] if variable.dims[0] in ("lab", "source", "tier") else ""
    members = trajectories.coordinates.members(dim) or ("",)
    years: tuple[int | None, ...] = trajectories.coordinates.years if "year" in variable.dims else (None,)
    values = variable.values.reshape(len(members), len(years), -1).astype(float)
    rows = []
    for place, member in enumerate(members):
        for column, year in enumerate(years):
            series = values[place, column]
            found, errors = _quantiles(series, weight, size)
            mean = float(np.average(series, weights=weight))
            # The error of a ratio estimate: every path counts with its weight and its distance from the mean.
            error = float(np.sqrt(np.sum((weight * (series - mean)) ** 2)) / weight.sum())
            rows.append(
                SummaryRow(
                    variable=variable.name,
                    unit=variable.unit,
                    member=member,
                    year=year,
                    mean=mean,
                    mean_error=error,
                    quantiles=tuple(found.tolist()),
                    quantile_errors=tuple(errors.tolist()),
                )
            )
    return rows


def _quantiles(values: Array, weight: Array, size: float) -> tuple[Array, Array]:
    """Weighted quantiles and their standard errors, from the probabilities one standard deviation below and above."""
    order = np.argsort(values, kind="stable")
    ordered, share = values[order], weight[order]
    middle = (np.cumsum(share) - 0.5 * share) / share.sum()
    levels = np.array(QUANTILES)
    spread = np.sqrt(levels * (1.0 - levels) / size)
    found, low, high = (np.interp(at, middle, ordered) for at in (levels, levels - spread, levels + spread))
    return found, 0.5 * (high - low)


def _crossing(
    trajectories: Trajectories, variable: str, threshold: float, weight: Array, size: float
) -> CrossingRow:
    years = trajectories.coordinates.years
    reached = np.maximum.accumulate(trajectories[variable] >= threshold, axis=0)
    by_year = np.average(reached, axis=1, weights=weight)
    effective = round(size)
    never = 1.0 - float(by_year[-1])
    return CrossingRow(
        variable=variable,
        unit=trajectories.variables[variable].unit,
        threshold=threshold,
        by_year=tuple(by_year.tolist()),
        errors=tuple(proportion_error(share, effective) for share in by_year.tolist()),
        never=never,
        never_error=proportion_error(never, effective),
        quantile_years=tuple(
            next((year for year, share in zip(years, by_year, strict=True) if share >= level), None)
            for level in QUANTILES
        ),
    )


def _affordability(trajectories: Trajectories, weight: Array, size: float) -> list[AffordabilityRow]:
    if "affordable" not in trajectories.variables:
        return []
    can_pay = trajectories["affordable"] > 0
    comes_near = trajectories["near_record"] > 0 if "near_record" in trajectories.variables else None
    always = np.minimum.accumulate(can_pay, axis=1)
    effective = round(size)
    rows = []
    for place, lab in enumerate(trajectories.coordinates.labs):
        for column, year in enumerate(trajectories.coordinates.years):
            share, throughout = (
                float(np.average(values[place, column], weights=weight)) for values in (can_pay, always)
            )
            near = (
                None if comes_near is None else float(np.average(comes_near[place, column], weights=weight))
            )
            rows.append(
                AffordabilityRow(
                    lab=lab,
                    year=year,
                    probability=share,
                    error=proportion_error(share, effective),
                    by_path=throughout,
                    by_path_error=proportion_error(throughout, effective),
                    near=near,
                    near_error=None if near is None else proportion_error(near, effective),
                )
            )
    return rows
