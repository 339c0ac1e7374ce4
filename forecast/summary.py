"""What is told about a run: quantiles, probabilities and first-crossing years, each with its Monte Carlo error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.shapes import (
    QUANTILES,
    AffordabilityRow,
    CrossingRow,
    DropoutRow,
    PayerSetRow,
    Summary,
    SummaryRow,
    Trajectories,
    Variable,
)
from forecast.units import Array

# Flags, and uses of a stock per token that there is: what a limit is called once it is reached.
REACHED_AT_ONE = (
    "data_binds",
    "money_binds",
    "physics_binds",
    "power_binds",
    "chips_bind",
    "length_binds",
    "raw_stock_use",
    "quality_stock_use",
    "repeated_stock_use",
    "synthesized_stock_use",
)

# The likeliest sets of payers that are told for each year; the rest are many and rare.
PAYER_SETS = 12


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
    crossings = [crossing(trajectories, "training_cost", threshold) for threshold in thresholds]
    crossings += [
        crossing(trajectories, name, 1.0) for name in REACHED_AT_ONE if name in trajectories.variables
    ]
    return Summary(
        rows=tuple(rows),
        affordability=tuple(_affordability(trajectories)),
        crossings=tuple(crossings),
        coordinates=coordinates,
        attributes=dict(trajectories.attributes),
        dropouts=tuple(_dropouts(trajectories)),
        payer_sets=tuple(_payer_sets(trajectories)),
    )


def proportion_error(probability: float, draws: int) -> float:
    """Monte Carlo standard error of a share of paths, above zero even when all paths agree.

    The square root of p (1 - p) / n at the Agresti-Coull point (x + 2) / (n + 4), so that 0 of 20,000 does not pretend
    to be exact (Agresti and Coull 1998).
    """
    adjusted = (probability * draws + 2.0) / (draws + 4.0)
    return float(np.sqrt(adjusted * (1.0 - adjusted) / (draws + 4.0)))


def quantiles(values: Array) -> tuple[Array, Array]:
    """Quantiles along the last axis and their Monte Carlo standard errors.

    The error is half the distance between the order statistics one binomial standard deviation below and above, which
    needs no density (Maritz and Jarrett 1978 give the same idea with weights).

    Args:
        values: Any shape ``(..., draw)``.

    Returns:
        Two arrays of shape ``(..., quantile)`` in the order of `QUANTILES`.
    """
    ordered = np.sort(values, axis=-1)
    draws = ordered.shape[-1]
    probabilities = np.array(QUANTILES)
    place = probabilities * (draws - 1)
    spread = np.sqrt(probabilities * (1.0 - probabilities) * draws)
    lower = np.clip(np.floor(place - spread), 0, draws - 1).astype(int)
    upper = np.clip(np.ceil(place + spread), 0, draws - 1).astype(int)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, draws - 1)
    # Interpolated in double precision: single-precision neighbours differ in the last digit otherwise.
    low, high = ordered[..., below].astype(float), ordered[..., above].astype(float)
    found = low + (place - below) * (high - low)
    errors = 0.5 * (ordered[..., upper].astype(float) - ordered[..., lower].astype(float))
    return found, errors


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


def crossing(trajectories: Trajectories, variable: str, threshold: float) -> CrossingRow:
    """When a variable first reaches a threshold, over the paths; paths on which it never does stay in as censored.

    Args:
        trajectories: The paths.
        variable: A variable with a year axis and no member axis.
        threshold: The value to be reached, in the variable's unit.

    Returns:
        Shares of paths by year, the share that never crosses within the horizon, and quantiles of the first year.
    """
    values = trajectories[variable]
    draws = trajectories.draws
    years = trajectories.coordinates.years
    reached = np.maximum.accumulate(values >= threshold, axis=0)
    by_year = reached.mean(axis=1)
    never = 1.0 - float(by_year[-1])
    quantile_years = tuple(
        next((year for year, share in zip(years, by_year, strict=True) if share >= probability), None)
        for probability in QUANTILES
    )
    return CrossingRow(
        variable=variable,
        unit=trajectories.variables[variable].unit,
        threshold=threshold,
        by_year=tuple(float(share) for share in by_year),
        errors=tuple(proportion_error(float(share), draws) for share in by_year),
        never=never,
        never_error=proportion_error(never, draws),
        quantile_years=quantile_years,
    )


def _rows(variable: Variable, trajectories: Trajectories) -> list[SummaryRow]:
    values = variable.values
    found, errors = quantiles(values)
    draws = values.shape[-1]
    means = values.mean(axis=-1, dtype=float)
    mean_errors = values.std(axis=-1, dtype=float) / np.sqrt(draws)
    member_dim = variable.dims[0] if variable.dims[0] in ("lab", "source", "tier") else ""
    members = trajectories.coordinates.members(member_dim) or ("",)
    years: tuple[int | None, ...] = trajectories.coordinates.years if "year" in variable.dims else (None,)
    shape = (len(members), len(years))
    found, errors = found.reshape(*shape, -1), errors.reshape(*shape, -1)
    means, mean_errors = means.reshape(shape), mean_errors.reshape(shape)
    return [
        SummaryRow(
            variable=variable.name,
            unit=variable.unit,
            member=member,
            year=year,
            mean=float(means[row, column]),
            mean_error=float(mean_errors[row, column]),
            quantiles=tuple(float(value) for value in found[row, column]),
            quantile_errors=tuple(float(value) for value in errors[row, column]),
        )
        for row, member in enumerate(members)
        for column, year in enumerate(years)
    ]


def _affordability(trajectories: Trajectories) -> list[AffordabilityRow]:
    if "affordable" not in trajectories.variables:
        return []
    can_pay = trajectories["affordable"] > 0
    comes_near = trajectories["near_record"] > 0 if "near_record" in trajectories.variables else None
    always = np.minimum.accumulate(can_pay, axis=1)
    draws = trajectories.draws
    rows = []
    for place, lab in enumerate(trajectories.coordinates.labs):
        for column, year in enumerate(trajectories.coordinates.years):
            share = float(can_pay[place, column].mean())
            throughout = float(always[place, column].mean())
            near = None if comes_near is None else float(comes_near[place, column].mean())
            rows.append(
                AffordabilityRow(
                    lab=lab,
                    year=year,
                    probability=share,
                    error=proportion_error(share, draws),
                    by_path=throughout,
                    by_path_error=proportion_error(throughout, draws),
                    near=near,
                    near_error=None if near is None else proportion_error(near, draws),
                )
            )
    return rows


def _dropouts(trajectories: Trajectories) -> list[DropoutRow]:
    """Who drops out first, read off the paths; a lab may be back in a later year."""
    if "affordable" not in trajectories.variables:
        return []
    can_pay = trajectories["affordable"] > 0
    horizon = can_pay.shape[1]
    fails = can_pay[:, :-1] & ~can_pay[:, 1:]
    when = np.where(fails.any(axis=1), fails.argmax(axis=1), horizon)
    earliest = (when == when.min(axis=0)) & (when < horizon)
    part = earliest / np.maximum(earliest.sum(axis=0), 1)
    draws = trajectories.draws
    rows = []
    for place, lab in enumerate(trajectories.coordinates.labs):
        dropped = float((when[place] < horizon).mean())
        rows.append(
            DropoutRow(
                lab=lab,
                able=float(can_pay[place].any(axis=0).mean()),
                dropped=dropped,
                dropped_error=proportion_error(dropped, draws),
                first=float(part[place].mean()),
                first_error=float(part[place].std() / np.sqrt(draws)),
            )
        )
    return rows


def _payer_sets(trajectories: Trajectories) -> list[PayerSetRow]:
    """The likeliest sets of labs that can pay, by year, likeliest first."""
    if "affordable" not in trajectories.variables:
        return []
    can_pay = trajectories["affordable"] > 0
    labs, draws = trajectories.coordinates.labs, trajectories.draws
    rows = []
    for column, year in enumerate(trajectories.coordinates.years):
        # A set is a row of bits; packed into bytes it is found by sorting, however many labs there are.
        packed = np.packbits(can_pay[:, column], axis=0)
        sets, counts = np.unique(packed, axis=1, return_counts=True)
        for place in np.argsort(-counts, kind="stable")[:PAYER_SETS]:
            bits = np.unpackbits(sets[:, place], count=len(labs))
            share = float(counts[place]) / draws
            members = tuple(lab for lab, bit in zip(labs, bits, strict=True) if bit)
            rows.append(PayerSetRow(year, members, share, proportion_error(share, draws)))
    return rows
