"""The tables that pass between the stages, each with its shape in words.

Arrays are plain NumPy, aligned to the axes ``(member, year, draw)``; labels travel beside them.
`Trajectories.to_xarray` gives the labelled form that users of the Python interface expect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import UsageError
from forecast.units import Array

if TYPE_CHECKING:
    import xarray

DIM_ORDER = ("lab", "source", "tier", "year", "draw")


@dataclass(frozen=True)
class Posterior:
    """What history says about the trends: joint draws of every fitted quantity.

    ``draws`` maps a name to an array of shape ``(n,)``; the i-th entries of all arrays belong together.
    Units and names are those of the drivers that they feed (`forecast.fit`). ``attributes`` says where the
    draws come from.
    """

    draws: Mapping[str, Array]
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of joint draws."""
        return len(next(iter(self.draws.values())))


FITTED: Mapping[str, str] = {
    "frontier_compute_now": "level of the trend of the ten largest runs at the as-of date",
    "frontier_compute_growth": "growth of that level in force at the as-of date",
    "frontier_compute_growth_floor": "growth of that level once all that can fade has faded",
    "frontier_compute_growth_fade": "time in which growth above its floor falls to a third",
    "frontier_compute_volatility": "standard deviation of the yearly surprises of the level",
    "frontier_compute_growth_volatility": "standard deviation of the yearly changes of its growth",
    "frontier_compute_dispersion": "scale of the scatter of one run around the level",
    "frontier_compute_tail": "degrees of freedom of that scatter",
    "frontier_releases": "frontier releases a year",
    "record_compute_known": "the largest run that is known",
    "price_performance_now": "compute that a dollar buys at the as-of date, GPU clusters, amortised",
    "price_performance_growth": "growth of price-performance in force at the as-of date",
    "price_performance_volatility": "standard deviation of its yearly surprises",
    "price_performance_dispersion": "scale of the scatter of one run's price-performance around the typical one",
    "cloud_cost_ratio": "cost at cloud list prices over amortised cost",
    "acquisition_cost_ratio": "cost of buying the cluster over amortised cost of the run",
}
"""The names that a posterior must hold so that a simulation can start from it, and what each means.

At the as-of date: after the last well-observed day the trends are carried on to it by their own law.
"""


@dataclass(frozen=True)
class Drivers:
    """Every input of the formulas for one block of draws.

    ``values`` maps a driver to an array aligned to ``(member, year, draw)``, axes without variation having length
    one. ``factors`` maps a variable to arrays that multiply it after its formula: the events of the scenario.
    ``size`` is the number of draws.
    """

    values: Mapping[str, Array]
    factors: Mapping[str, tuple[Array, ...]]
    size: int


@dataclass(frozen=True)
class Coordinates:
    """The labels of the axes: what stands at each place of ``lab``, ``source``, ``tier`` and ``year``."""

    years: tuple[int, ...]
    labs: tuple[str, ...]
    sources: tuple[str, ...]
    tiers: tuple[str, ...]

    def members(self, dim: str) -> tuple[str, ...]:
        """The labels along a member axis; empty for a variable without one."""
        return {"lab": self.labs, "source": self.sources, "tier": self.tiers}.get(dim, ())


@dataclass(frozen=True)
class Variable:
    """Values of one variable on every path, with what is needed to read them.

    ``values`` has one axis per entry of ``dims``, always in the order lab or source or tier, then year,
    then draw.
    """

    name: str
    values: NDArray[Any]
    dims: tuple[str, ...]
    unit: str
    description: str


@dataclass(frozen=True)
class Trajectories:
    """Every variable that was asked for, on every path: one draw is one world, the same over years and labs."""

    variables: Mapping[str, Variable]
    coordinates: Coordinates
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The values of one variable."""
        return self.variables[name].values

    @property
    def draws(self) -> int:
        """The number of paths."""
        return int(next(iter(self.variables.values())).values.shape[-1])

    def to_xarray(self) -> xarray.Dataset:
        """The same numbers as a labelled dataset with units in the attributes."""
        import xarray as xr

        labels = {
            "lab": list(self.coordinates.labs),
            "source": list(self.coordinates.sources),
            "tier": list(self.coordinates.tiers),
            "year": np.array(self.coordinates.years),
        }
        used = {dim for variable in self.variables.values() for dim in variable.dims}
        return xr.Dataset(
            {
                name: (
                    variable.dims,
                    variable.values,
                    {"units": variable.unit, "long_name": variable.description},
                )
                for name, variable in self.variables.items()
            },
            coords={dim: values for dim, values in labels.items() if dim in used},
            attrs=dict(self.attributes),
        )

    @classmethod
    def from_xarray(cls, dataset: xarray.Dataset) -> Trajectories:
        """The paths of a dataset that `to_xarray` made, or of some variables or years of it.

        Raises:
            UsageError: Dimensions or labels are missing.
        """
        lacking = [dim for dim in ("year", "draw") if dim not in dataset.dims]
        lacking += [dim for dim in ("lab", "year") if dim in dataset.dims and dim not in dataset.coords]
        if lacking:
            raise UsageError(
                f"the dataset has no {lacking[0]}; give what forecast.simulate returned, with all draws"
            )
        order = {
            name: tuple(dim for dim in DIM_ORDER if dim in dataset[name].dims) for name in dataset.data_vars
        }
        if unlike := [str(name) for name, dims in order.items() if "draw" not in dims]:
            raise UsageError(f"{', '.join(unlike)} has no draws; give what forecast.simulate returned")
        return cls(
            variables={
                str(name): Variable(
                    str(name),
                    dataset[name].transpose(*dims).to_numpy(),
                    dims,
                    str(dataset[name].attrs.get("units", "")),
                    str(dataset[name].attrs.get("long_name", "")),
                )
                for name, dims in order.items()
            },
            coordinates=Coordinates(
                years=tuple(int(year) for year in dataset["year"].to_numpy()),
                labs=_labels(dataset, "lab"),
                sources=_labels(dataset, "source"),
                tiers=_labels(dataset, "tier"),
            ),
            attributes={str(name): str(text) for name, text in dataset.attrs.items()},
        )


def _labels(dataset: xarray.Dataset, dim: str) -> tuple[str, ...]:
    return tuple(str(label) for label in dataset[dim].to_numpy()) if dim in dataset.coords else ()


QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
"""The quantiles that every summary holds: the edges of the equal-tailed 90, 80 and 50% intervals, and the median."""


@dataclass(frozen=True)
class SummaryRow:
    """One variable in one year (or over the whole path): its mean, its quantiles and their Monte Carlo standard errors.

    ``member`` is a lab, source or tier, or empty; ``year`` is None for a value of the whole path.
    ``quantiles`` and ``quantile_errors`` follow `QUANTILES`.
    """

    variable: str
    unit: str
    member: str
    year: int | None
    mean: float
    mean_error: float
    quantiles: tuple[float, ...]
    quantile_errors: tuple[float, ...]


@dataclass(frozen=True)
class AffordabilityRow:
    """The share of paths on which a lab can pay for the record run of a year, with its Monte Carlo standard error.

    ``by_path`` is the share of paths on which it could pay in every year up to this one, ``near`` the share on which
    it can pay for a run near the record (None where the paths do not say).
    """

    lab: str
    year: int
    probability: float
    error: float
    by_path: float
    by_path_error: float
    near: float | None = None
    near_error: float | None = None


@dataclass(frozen=True)
class CrossingRow:
    """When a variable first reaches a threshold: the share of paths that have by each year, the others are censored.

    ``by_year`` and ``errors`` follow the years of the forecast; ``never`` is the share of paths on which it
    does not happen within the horizon (never dropped). ``quantile_years`` follows `QUANTILES`; None means
    "after the last year".
    """

    variable: str
    unit: str
    threshold: float
    by_year: tuple[float, ...]
    errors: tuple[float, ...]
    never: float
    never_error: float
    quantile_years: tuple[int | None, ...]


@dataclass(frozen=True)
class DropoutRow:
    """How often a lab is the first that can no longer pay for the record run, over the paths.

    ``able`` is the share of paths on which it can pay in some year, ``dropped`` the share on which it cannot in the
    year after, ``first`` the share on which that happens to no other lab earlier (labs that drop out in the same
    year share the path). Errors are Monte Carlo standard errors.
    """

    lab: str
    able: float
    dropped: float
    dropped_error: float
    first: float
    first_error: float


@dataclass(frozen=True)
class PayerSetRow:
    """How often exactly these labs, and no others, can pay for the record run of a year, with its Monte Carlo error."""

    year: int
    labs: tuple[str, ...]
    probability: float
    error: float


@dataclass(frozen=True)
class Summary:
    """All that is told about a run: quantiles by year, who can pay, and when thresholds are crossed."""

    rows: tuple[SummaryRow, ...]
    affordability: tuple[AffordabilityRow, ...]
    crossings: tuple[CrossingRow, ...]
    coordinates: Coordinates
    attributes: Mapping[str, str] = field(default_factory=dict)
    dropouts: tuple[DropoutRow, ...] = ()
    payer_sets: tuple[PayerSetRow, ...] = ()

    def series(self, variable: str, member: str = "") -> Array:
        """Quantiles of one variable over the years, shape ``(year, quantile)``.

        Raises:
            KeyError: When the summary has no such variable and member.
        """
        rows = [
            row
            for row in self.rows
            if row.variable == variable and row.member == member and row.year is not None
        ]
        if not rows:
            raise KeyError(variable if not member else f"{variable}[{member}]")
        return np.array([row.quantiles for row in rows])

    def unit(self, variable: str) -> str:
        """The unit of one variable."""
        return next(row.unit for row in self.rows if row.variable == variable)
