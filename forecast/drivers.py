"""The one place where uncertainty enters: draws for every input of the formulas.

A driver comes from the posterior (joint with all other fitted quantities), from a scenario's assumption, from pure
chance, or from the calendar. A draw is one world: the same parameters over all years, labs and scenarios.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import cache

import numpy as np
from scipy.special import ndtr

from forecast import observations
from forecast.errors import MissingDriverError
from forecast.graph import Kind
from forecast.inversion import normal
from forecast.model import graph
from forecast.observations import PriceIndex
from forecast.scenario import Assumption, DriverSpec, Event, Scenario, Section
from forecast.scenario.distributions import Constant, Fitted
from forecast.shapes import FITTED, Coordinates, Drivers, Posterior
from forecast.streams import BLOCK, permutation, uniforms
from forecast.units import Array, Noise

SECTIONS: Mapping[str, Section] = {"lab": "labs", "source": "sources", "tier": "tiers"}


@cache
def specs() -> Mapping[str, DriverSpec]:
    """What the formulas ask of a scenario: every driver that is neither chance nor calendar, with unit and section."""
    subjects = graph().subjects()
    return {
        name: DriverSpec(
            name=name,
            unit=kind.unit.symbol,
            section=SECTIONS[kind.member] if kind.member else "",
            positive=kind.unit.positive,
            nonnegative=kind.unit.nonnegative,
            bounded=kind.unit.bounded,
            fitted=name in FITTED,
            subject=subjects[name],
        )
        for name, kind in graph().drivers.items()
        if kind.noise is None and not kind.calendar
    }


def affectable() -> frozenset[str]:
    """The variables that an event of a scenario may multiply: all that formulas compute but flags and shares.

    A share times a factor could pass one, and what is left of the whole would turn negative.
    """
    return frozenset(name for name, node in graph().nodes.items() if not node.kind.unit.bounded)


def coordinates(scenario: Scenario) -> Coordinates:
    """The labels of all axes of a scenario's trajectories."""
    return Coordinates(
        years=scenario.years,
        labs=tuple(scenario.labs),
        sources=tuple(scenario.sources),
        tiers=tuple(scenario.tiers),
    )


def decimal_year(day: date) -> float:
    """A date as a number: the year and the part of it that has passed at the end of that day."""
    start, end = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + ((day - start).days + 1) / (end - start).days


def sample(
    scenario: Scenario, posterior: Posterior, *, seed: int, block: int, only: Collection[str] | None = None
) -> Drivers:
    """Draws of every driver for one block.

    Args:
        scenario: The assumptions.
        posterior: Joint draws of the fitted quantities; each is used equally often, whatever the number of draws.
        seed: The seed of the run.
        block: The number of the block (`forecast.streams.blocks`).
        only: The drivers that are wanted, without events; by default all. Each is drawn as it is among all.

    Returns:
        Values aligned to ``(member, year, draw)`` and the factors of the scenario's events.

    Raises:
        MissingDriverError: When the posterior lacks a quantity that the scenario leaves to the fit; names all.
    """
    axes = coordinates(scenario)
    order = permutation("posterior", seed, posterior.size)
    index = order[(block * BLOCK + np.arange(BLOCK)) % posterior.size]
    uniform = _Uniforms(scenario, seed, block)
    prices = _prices()
    values: dict[str, Array] = {}
    missing = []
    for name, kind in _asked(only):
        if kind.calendar:
            values[name] = _calendar(name, scenario)
        elif kind.noise is not None:
            values[name] = _noise(name, kind, kind.noise, axes, seed=seed, block=block)
        elif kind.member:
            values[name] = _members(name, scenario.member_assumptions[name], uniform, prices)
        else:
            assumption = scenario.assumptions.get(name)
            if assumption is not None and not isinstance(assumption.distribution, Fitted):
                values[name] = _assumed(name, assumption, uniform, prices)[np.newaxis, :]
            elif name in posterior.draws:
                fitted = posterior.draws[name][index]
                if assumption is not None and isinstance(assumption.distribution, Fitted):
                    fitted = assumption.distribution.apply(fitted)
                values[name] = fitted[np.newaxis, :]
            else:
                missing.append(name)
    if missing:
        raise MissingDriverError("the fit knows nothing of " + ", ".join(sorted(missing)))
    factors: dict[str, tuple[Array, ...]] = {}
    for event in scenario.events if only is None else ():
        factor = _factor(event, scenario.years, seed, block)
        factors[event.affects] = (*factors.get(event.affects, ()), factor)
    return Drivers(values=values, factors=factors, size=BLOCK)


def _asked(only: Collection[str] | None) -> list[tuple[str, Kind]]:
    return [(name, kind) for name, kind in graph().drivers.items() if only is None or name in only]


@cache
def _prices() -> PriceIndex:
    return observations.load().price_index


class _Uniforms:
    """The uniform numbers of scalar drivers, correlated as the scenario says by a Gaussian copula."""

    def __init__(self, scenario: Scenario, seed: int, block: int) -> None:
        self.seed, self.block = seed, block
        self.numbers: dict[str, Array] = {}
        names = sorted({name for pair in scenario.correlations for name in (pair.first, pair.second)})
        if names:
            matrix = np.eye(len(names))
            for pair in scenario.correlations:
                row, column = names.index(pair.first), names.index(pair.second)
                matrix[row, column] = matrix[column, row] = pair.rho
            scores = np.stack([normal(uniforms(name, seed, block)[0]) for name in names])
            for name, score in zip(names, np.linalg.cholesky(matrix) @ scores, strict=True):
                self.numbers[name] = ndtr(score)

    def __call__(self, name: str) -> Array:
        """The numbers of one driver."""
        return self.numbers[name] if name in self.numbers else uniforms(name, self.seed, self.block)[0]


def _members(name: str, given: Mapping[str, Assumption], uniform: _Uniforms, prices: PriceIndex) -> Array:
    rows = [
        _assumed(f"{name}[{member}]", assumption, uniform, prices) for member, assumption in given.items()
    ]
    if all(row.strides == (0,) for row in rows):
        return np.broadcast_to(np.array([[row[:1]] for row in rows]), (len(rows), 1, BLOCK))
    return np.stack(rows)[:, np.newaxis, :]


def _assumed(name: str, assumption: Assumption, uniform: _Uniforms, prices: PriceIndex) -> Array:
    """Draws of one assumption; what is certain is one number, repeated without taking room, and draws nothing."""
    factor = 1.0 if assumption.dollars is None else prices.factor(date(assumption.dollars, 7, 1))
    if isinstance(assumption.distribution, Constant):
        return np.broadcast_to(np.array([assumption.distribution.value * factor]), (BLOCK,))
    values = assumption.distribution.ppf(uniform(name))
    return values if assumption.dollars is None else values * factor


def _calendar(name: str, scenario: Scenario) -> Array:
    mid_years = np.array(scenario.years, dtype=float)[:, np.newaxis] + 0.5
    return mid_years if name == "mid_year" else mid_years - decimal_year(scenario.as_of)


def _noise(name: str, kind: Kind, noise: Noise, axes: Coordinates, *, seed: int, block: int) -> Array:
    rows = len(axes.years) if noise.yearly else 1
    if kind.member:
        members = axes.members(kind.member)
        numbers = np.empty((len(members), rows, BLOCK))
        for place, member in enumerate(members):
            numbers[place] = _chance(noise, uniforms(f"{name}[{member}]", seed, block, rows))
        return numbers
    return _chance(noise, uniforms(name, seed, block, rows))


def _chance(noise: Noise, numbers: Array) -> Array:
    return normal(numbers) if noise.law == "normal" else numbers


def _factor(event: Event, years: tuple[int, ...], seed: int, block: int) -> Array:
    happens = uniforms(f"event {event.name}", seed, block)[0] < event.probability
    span = event.last_year - event.first_year + 1
    start = event.first_year + np.floor(uniforms(f"event year {event.name}", seed, block)[0] * span)
    strength = event.factor.ppf(uniforms(f"event factor {event.name}", seed, block)[0])
    year = np.array(years, dtype=float)[:, np.newaxis]
    lasting = year >= start if event.lasts is None else (year >= start) & (year < start + event.lasts)
    return np.where(happens & lasting, strength, 1.0)
