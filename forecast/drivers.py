"""The one place where uncertainty enters: draws for every input of the formulas.

A driver comes from the posterior (joint with all other fitted quantities), from a scenario's assumption, from pure
chance, or from the calendar. A draw is one world: the same parameters over all years, labs and scenarios.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from forecast import observations
from forecast.errors import MissingDriverError, ScenarioError
from forecast.graph import Kind
from forecast.inversion import normal
from forecast.model import graph
from forecast.observations import PriceIndex
from forecast.samplers import INDEPENDENT, Numbers, Spread
from forecast.scenario import Assumption, DriverSpec, Event, Scenario, Section
from forecast.scenario.distributions import Constant, Fitted, ppf_of_each
from forecast.shapes import FITTED, Coordinates, Drivers, Posterior
from forecast.streams import BLOCK, permutation
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
    scenario: Scenario,
    posterior: Posterior,
    *,
    seed: int,
    block: int,
    only: Collection[str] | None = None,
    spread: Spread = INDEPENDENT,
    among: Sequence[Scenario] = (),
) -> Drivers:
    """Draws of every driver for one block.

    Args:
        scenario: The assumptions.
        posterior: Joint draws of the fitted quantities; each is used equally often, whatever the number of draws.
        seed: The seed of the run.
        block: The number of the block (`forecast.streams.blocks`).
        only: The drivers that are wanted, without events; by default all. Each is drawn as it is among all.
        spread: How the draws are spread; by default they are independent.
        among: All scenarios that it shares its draws with, where it is compared; by default itself alone. Only what is
            spread over all numbers together, as a Sobol sequence, depends on it.

    Returns:
        Values aligned to ``(member, year, draw)`` and the factors of the scenario's events.

    Raises:
        MissingDriverError: When the posterior lacks a quantity that the scenario leaves to the fit; names all.
        ScenarioError: A shift takes what was fitted to where its unit has no values.
    """
    axes = coordinates(scenario)
    numbers = spread.numbers(seed, block, lambda: _dimensions(among or (scenario,)))
    joint = cache(lambda: _which(posterior, seed, block, spread, numbers))
    uniform = _Uniforms(scenario, numbers)
    prices = _prices()
    asked = _asked(only)
    assumed = _assumed(
        [scenario.assumptions[name] for name, kind in asked if _is_assumed(name, kind, scenario)],
        uniform,
        prices,
    )
    values: dict[str, Array] = {}
    missing = []
    for name, kind in asked:
        if kind.calendar:
            values[name] = _calendar(name, scenario)
        elif kind.noise is not None:
            values[name] = _noise(name, kind, kind.noise, axes, numbers)
        elif kind.member:
            values[name] = _members(name, scenario.member_assumptions[name], uniform, prices)
        elif name in assumed:
            values[name] = assumed[name][np.newaxis, :]
        elif name in posterior.draws:
            fitted, assumption = posterior.draws[name][joint()], scenario.assumptions.get(name)
            if assumption is not None and isinstance(assumption.distribution, Fitted):
                _refuse_shift(assumption, posterior.draws[name])
                fitted = assumption.distribution.apply(fitted)
            values[name] = fitted[np.newaxis, :]
        else:
            missing.append(name)
    if missing:
        raise MissingDriverError("the fit knows nothing of " + ", ".join(sorted(missing)))
    factors: dict[str, tuple[Array, ...]] = {}
    for event in scenario.events if only is None else ():
        factor = _factor(event, scenario.years, numbers)
        factors[event.affects] = (*factors.get(event.affects, ()), factor)
    return Drivers(values=values, factors=factors, size=BLOCK)


def _which(
    posterior: Posterior, seed: int, block: int, spread: Spread, numbers: Numbers
) -> NDArray[np.int64]:
    """Which joint draw of the fit each draw takes: each equally often, or nearly so where draws are spread evenly."""
    order = permutation("posterior", seed, posterior.size)
    if spread.sampler == "random":
        return order[(block * BLOCK + np.arange(BLOCK)) % posterior.size]
    places: NDArray[np.int64] = (numbers(["posterior"])[0, 0] * posterior.size).astype(np.int64)
    return order[places]


def _dimensions(scenarios: Sequence[Scenario]) -> dict[str, slice]:
    """The dimensions of a Sobol sequence that belong to each stream.

    The first are spread best. So the fit comes first, then what acts on the whole world and all years, then what acts
    on a year of it, events, and last what acts on one lab, source or tier. What a scenario assumes moves nothing, so
    that variants of it share their draws; another member or event does. Scenarios that are compared therefore get their
    dimensions together: else a number of one and a different number of the other could be the same dimension, and a
    world that takes some inputs from each (`forecast.attribution`) would hold the two as one.
    """
    years = max(len(scenario.years) for scenario in scenarios)
    ranked: dict[int, dict[str, int]] = {rank: {} for rank in range(4)}
    for scenario in scenarios:
        axes = coordinates(scenario)
        for name, kind in graph().drivers.items():
            rows = years if kind.noise is not None and kind.noise.yearly else 1
            if kind.member:
                names = (f"{name}[{member}]" for member in axes.members(kind.member))
                ranked[3 if rows > 1 else 2].update(dict.fromkeys(names, rows))
            elif not kind.calendar:
                ranked[1 if rows > 1 else 0][name] = rows
        ranked[1].update(
            {
                f"{what} {event.name}": 1
                for event in scenario.events
                for what in ("event", "event year", "event factor")
            }
        )
    found, first = {"posterior": slice(0, 1)}, 1
    for name, rows in chain.from_iterable(each.items() for each in ranked.values()):
        found[name] = slice(first, first + rows)
        first += rows
    return found


def _asked(only: Collection[str] | None) -> list[tuple[str, Kind]]:
    return [(name, kind) for name, kind in graph().drivers.items() if only is None or name in only]


def _refuse_shift(assumption: Assumption, fitted: Array) -> None:
    """Make sure that a fitted quantity that cannot be negative is not shifted below zero on any draw of the fit."""
    spec = specs()[assumption.name]
    if isinstance(assumption.distribution, Fitted) and (spec.positive or spec.nonnegative):
        shifted = assumption.distribution.apply(fitted)
        share = float(np.mean(shifted <= 0 if spec.positive else shifted < 0))
        if share:
            message = (
                f"the shift takes {share:.2%} of the fit's draws to where {assumption.unit} has no values; "
                "use a smaller one, or scale"
            )
            raise ScenarioError([assumption.where.problem(message, f"assumptions.{assumption.name}.fitted")])


@cache
def _prices() -> PriceIndex:
    return observations.load().price_index


class _Uniforms:
    """The uniform numbers of scalar drivers, correlated as the scenario says by a Gaussian copula."""

    def __init__(self, scenario: Scenario, numbers: Numbers) -> None:
        self.independent = numbers
        self.numbers: dict[str, Array] = {}
        names = sorted({name for pair in scenario.correlations for name in (pair.first, pair.second)})
        if names:
            matrix = np.eye(len(names))
            for pair in scenario.correlations:
                row, column = names.index(pair.first), names.index(pair.second)
                matrix[row, column] = matrix[column, row] = pair.rho
            scores = np.linalg.cholesky(matrix) @ normal(numbers(names)[:, 0])
            self.numbers = dict(zip(names, ndtr(scores), strict=True))

    def __call__(self, *names: str) -> Array:
        """The numbers of some drivers, shape ``(driver, draw)``."""
        alone = [name for name in names if name not in self.numbers]
        drawn: Array = self.independent(alone)[:, 0] if alone else np.empty((0, BLOCK))
        if len(alone) == len(names):
            return drawn
        found = {**self.numbers, **dict(zip(alone, drawn, strict=True))}
        return np.stack([found[name] for name in names])


def _members(name: str, given: Mapping[str, Assumption], uniform: _Uniforms, prices: PriceIndex) -> Array:
    """Draws of one driver for each member; where all are certain they take no room."""
    factors = [_dollars(each, prices) for each in given.values()]
    distributions = [each.distribution for each in given.values()]
    certain = [each.value if isinstance(each, Constant) else np.nan for each in distributions]
    values: Array = np.array(certain)[:, np.newaxis, np.newaxis]
    drawn = np.flatnonzero([not isinstance(each, Constant) for each in distributions])
    if not drawn.size:
        values = values * np.array(factors)[:, np.newaxis, np.newaxis]
        return np.broadcast_to(values, (len(given), 1, BLOCK))
    members = list(given)
    # All at once: a call for each would take longer than the numbers.
    found = ppf_of_each(
        [distributions[place] for place in drawn],
        uniform(*(f"{name}[{members[place]}]" for place in drawn)),
    )
    if len(drawn) == len(given):
        values = found[:, np.newaxis, :]
    else:
        values = np.repeat(values, BLOCK, axis=-1)
        values[drawn, 0] = found
    if any(factor != 1.0 for factor in factors):
        values *= np.array(factors)[:, np.newaxis, np.newaxis]
    return values


def _is_assumed(name: str, kind: Kind, scenario: Scenario) -> bool:
    """Whether a driver is one number a path that the scenario says itself."""
    if kind.calendar or kind.noise is not None or kind.member:
        return False
    given = scenario.assumptions.get(name)
    return given is not None and not isinstance(given.distribution, Fitted)


def _assumed(given: Sequence[Assumption], uniform: _Uniforms, prices: PriceIndex) -> dict[str, Array]:
    """Draws of some assumptions; what is certain is one number, repeated without taking room, and draws nothing."""
    values: dict[str, Array] = {}
    for each in given:
        if isinstance(each.distribution, Constant):
            values[each.name] = _certain(each.distribution.value * _dollars(each, prices))
    drawn = [each for each in given if each.name not in values]
    if drawn:
        # All at once, as in `_members`.
        found = ppf_of_each([each.distribution for each in drawn], uniform(*(each.name for each in drawn)))
        for each, row in zip(drawn, found, strict=True):
            factor = _dollars(each, prices)
            values[each.name] = row if factor == 1.0 else row * factor
    return values


def _dollars(assumption: Assumption, prices: PriceIndex) -> float:
    """By what money that is stated in dollars of some year is multiplied."""
    return 1.0 if assumption.dollars is None else prices.factor(date(assumption.dollars, 7, 1))


@lru_cache(maxsize=4096)
def _certain(value: float) -> Array:
    return np.broadcast_to(np.array([value]), (BLOCK,))


def _calendar(name: str, scenario: Scenario) -> Array:
    mid_years = np.array(scenario.years, dtype=float)[:, np.newaxis] + 0.5
    return mid_years if name == "mid_year" else mid_years - decimal_year(scenario.as_of)


def _noise(name: str, kind: Kind, noise: Noise, axes: Coordinates, numbers: Numbers) -> Array:
    rows = len(axes.years) if noise.yearly else 1
    names = [f"{name}[{member}]" for member in axes.members(kind.member)] if kind.member else [name]
    values = numbers(names, rows=rows)
    if not kind.member:
        values = values[0]
    return normal(values) if noise.law == "normal" else values


def _factor(event: Event, years: tuple[int, ...], numbers: Numbers) -> Array:
    happens = numbers([f"event {event.name}"])[0, 0] < event.probability
    span = event.last_year - event.first_year + 1
    start = event.first_year + np.floor(numbers([f"event year {event.name}"])[0, 0] * span)
    strength = event.factor.ppf(numbers([f"event factor {event.name}"])[0, 0])
    year = np.array(years, dtype=float)[:, np.newaxis]
    lasting = year >= start if event.lasts is None else (year >= start) & (year < start + event.lasts)
    return np.where(happens & lasting, strength, 1.0)
