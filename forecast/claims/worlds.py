"""The forecast as the claims ask for it: trajectories with what they are made of, medians, chances, first years."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast import drivers
from forecast.claims.claim import Figure
from forecast.claims.facts import HORIZON
from forecast.model import graph
from forecast.scenario import Scenario
from forecast.shapes import QUANTILES, Drivers, Posterior, Trajectories, Variable
from forecast.simulation import computable, outputs, simulate
from forecast.streams import blocks
from forecast.summary import crossing, proportion_error, quantiles
from forecast.units import Array

# Steps on the way with a member axis, which an ordinary run does not keep.
STEPS = (
    "accessible",
    "automated_share",
    "label_price",
    "label_volume",
    "spending_growth",
    "usable_stock",
)


@dataclass(frozen=True)
class Worlds:
    """Every path of one scenario.

    Attributes:
        scenario: What was assumed.
        trajectories: The paths, with the steps of `STEPS` and the capital spending of each lab.
    """

    scenario: Scenario
    trajectories: Trajectories

    @property
    def years(self) -> tuple[int, ...]:
        """The years of the forecast."""
        return self.trajectories.coordinates.years

    @property
    def target(self) -> int:
        """The year in which claims are read off: the end of the essay's five years, or the nearest forecast one."""
        return min(max(HORIZON, self.years[0]), self.years[-1])

    def at(self, variable: str, year: int | None = None, member: str = "") -> Array:
        """Values of a variable on every path, in a year and of a member where it has these axes."""
        found = self.trajectories.variables[variable]
        values = found.values
        if member:
            values = values[self.trajectories.coordinates.members(found.dims[0]).index(member)]
        if "year" in found.dims:
            values = values[..., self.years.index(self.target if year is None else year), :]
        return np.asarray(values, dtype=float)

    def until(self, variable: str, year: int | None = None) -> Array:
        """The highest value of a variable up to a year, on every path."""
        last = self.years.index(self.target if year is None else year)
        return np.asarray(self.trajectories[variable][: last + 1].max(axis=0), dtype=float)

    def unit(self, variable: str) -> str:
        """The unit of a variable."""
        return self.trajectories.variables[variable].unit

    def median(self, name: str, values: Array, unit: str) -> Figure:
        """The median of a number over the paths, with its 90% interval and Monte Carlo error."""
        found, errors = quantiles(values)
        low, middle, high = (QUANTILES.index(share) for share in (0.05, 0.5, 0.95))
        return Figure(
            name,
            unit,
            float(found[middle]),
            low=float(found[low]),
            high=float(found[high]),
            interval="90%",
            error=float(errors[middle]),
        )

    def chance(self, name: str, happens: NDArray[np.bool_]) -> Figure:
        """The share of paths on which something happens, with its Monte Carlo error."""
        share = float(np.mean(happens))
        return Figure(name, "probability", share, error=proportion_error(share, len(happens)))

    def first_year(self, variable: str, threshold: float) -> str:
        """By which year half of the paths have reached a threshold, in words."""
        row = crossing(self.trajectories, variable, threshold)
        year = row.quantile_years[QUANTILES.index(0.5)]
        return f"median year {year}" if year is not None else f"median after {self.years[-1]}"

    def growth(self, variable: str) -> Array:
        """By how much a variable grows a year, from the first year to the target, on every path [factor]."""
        span = self.target - self.years[0]
        return (self.at(variable) / self.at(variable, self.years[0])) ** (1.0 / max(span, 1))


def simulated(scenario: Scenario, posterior: Posterior, *, draws: int, seed: int) -> Worlds:
    """Every path of a scenario, on the draws that an ordinary run of it has.

    Args:
        scenario: The assumptions.
        posterior: The fitted trends.
        draws: The number of paths.
        seed: The seed of every random stream.
    """
    capital: list[Array] = []

    def sampled() -> Iterator[Drivers]:
        for block in blocks(draws):
            found = drivers.sample(scenario, posterior, seed=seed, block=block)
            capital.append(found.values["capital_spending_now"])
            yield found

    model = graph()
    with computable(scenario.path):
        paths = simulate(
            model, sampled(), drivers.coordinates(scenario), draws=draws, wanted=(*outputs(model), *STEPS)
        )
    spending = np.concatenate(capital, axis=-1)[..., :draws] * paths["spending_growth"]
    variable = Variable(
        "capital_spending",
        spending,
        ("lab", "year", "draw"),
        model.drivers["capital_spending_now"].unit.symbol,
        "Capital spending of each lab.",
    )
    attributes = {"as_of": scenario.as_of.isoformat(), "draws": str(draws), "seed": str(seed)}
    return Worlds(
        scenario,
        replace(paths, variables={**paths.variables, "capital_spending": variable}, attributes=attributes),
    )
