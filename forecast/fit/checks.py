"""Posterior predictive checks: would the fitted model have produced a history that looks like the real one?

For every draw a whole history is drawn anew at the same dates and labs, and a few features of it that matter to
a forecast of records are compared with the real ones: how often and how high records are set, how heavy the
tails of single runs are, whether errors come in streaks, and whether cost behaves as compute over compute per
dollar should. A p-value here is the share of replicated histories with more of the feature than the real one
(ties count half). It is not uniform even for a perfect model, because the data were used twice: it is drawn
towards a half. So one near 0 or 1 is a fault, one near a half is no proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.fit.history import MEASUREMENT_ERROR, History
from forecast.fit.pointwise import KINDS, Rows
from forecast.units import Array

SEED = 20160115
SUSPECT = 0.025
"""A p-value nearer to 0 or 1 than this is called out."""

_DECADE = float(np.log(10.0))
_FEWEST = 5


@dataclass(frozen=True)
class Check:
    """One feature of history beside what the model would produce.

    Attributes:
        name: Name of the test quantity.
        what: The feature in words.
        unit: Its unit.
        observed: Its value in the real history; the median over the draws where it depends on parameters.
        low: 5% quantile of its replicated values.
        median: Their median.
        high: Their 95% quantile.
        p: Share of draws whose replicated value is above the real one, ties counting half.
    """

    name: str
    what: str
    unit: str
    observed: float
    low: float
    median: float
    high: float
    p: float
    probability: float = 0.9
    kind: str = "posterior predictive interval, equal-tailed"

    @property
    def suspect(self) -> bool:
        """Whether the model hardly ever produces such a feature."""
        return not SUSPECT <= self.p <= 1.0 - SUSPECT


def predictive_checks(history: History, law: Rows) -> tuple[Check, ...]:
    """Every check that the history has data for.

    Args:
        history: What was fitted.
        law: What the model says about its rows.
    """
    generator = np.random.Generator(np.random.PCG64(SEED))
    replicated = law.replicate(generator)
    found: list[Check] = []

    def add(name: str, what: str, unit: str, observed: Array, new: Array) -> None:
        low, median, high = (float(value) for value in np.quantile(new, [0.05, 0.5, 0.95]))
        p = float((new > observed).mean() + 0.5 * (new == observed).mean())
        found.append(Check(name, what, unit, float(np.median(observed)), low, median, high, p))

    def both(
        name: str, what: str, unit: str, feature: Callable[[Array], Array], real: Array, new: Array
    ) -> None:
        add(name, what, unit, feature(real), feature(new))

    run = law.kind == KINDS.index("run")
    years = history.run_time.astype(int)
    real, new = law.outcome[np.newaxis, run], replicated[:, run]
    _records(both, "compute", years, real, new)
    _residuals(both, "compute", law.residuals()[:, run], law.residuals(replicated)[:, run])
    doubtful = history.run_error >= MEASUREMENT_ERROR["likely"] - 1e-9
    if min(doubtful.sum(), (~doubtful).sum()) >= _FEWEST:
        expected = law.expected[:, run]

        def ratio(values: Array) -> Array:
            residual = np.abs(values - expected)
            return np.asarray(
                np.median(residual[:, doubtful], axis=1) / np.median(residual[:, ~doubtful], axis=1)
            )

        both(
            "compute_error_ratio",
            "typical distance from the trend, doubtful runs over confident ones",
            "x",
            ratio,
            real,
            new,
        )

    paid = law.kind == KINDS.index("price_performance")
    if paid.sum() < _FEWEST:
        return tuple(found)
    _residuals(both, "price_performance", law.residuals()[:, paid], law.residuals(replicated)[:, paid])
    own = history.paid_run.astype(int)
    if len(own) == paid.sum() and (own >= 0).all():
        # Cost is compute over compute per dollar of the same run; levels differ by a constant from those of the data.
        cost, new_cost = real[:, own] - law.outcome[np.newaxis, paid], new[:, own] - replicated[:, paid]
        _records(both, "cost", years[own], cost, new_cost)
        residuals, fresh = law.residuals(), law.residuals(replicated)
        add(
            "cost_residual_correlation",
            "correlation of a run's compute residual with its compute per dollar residual",
            "1",
            _correlation(residuals[:, run][:, own], residuals[:, paid]),
            _correlation(fresh[:, run][:, own], fresh[:, paid]),
        )
        both(
            "cost_residual_spread",
            "standard deviation of cost about its expected value",
            "orders of magnitude",
            lambda values: np.asarray(
                (values - (law.expected[:, run][:, own] - law.expected[:, paid])).std(axis=1) / _DECADE
            ),
            cost,
            new_cost,
        )
    return tuple(found)


_Adder = Callable[[str, str, str, Callable[[Array], Array], Array, Array], None]


def _records(both: _Adder, what: str, years: NDArray[np.int_], real: Array, new: Array) -> None:
    groups = [years == year for year in np.unique(years)]

    def yearly(values: Array) -> Array:
        return np.stack([values[:, group].max(axis=1) for group in groups], axis=1)

    def set_records(values: Array) -> Array:
        return np.asarray((np.diff(np.maximum.accumulate(values, axis=1), axis=1) > 0).sum(axis=1) + 1.0)

    both(f"{what}_records_set", f"runs that set a record of {what}", "runs", set_records, real, new)
    both(
        f"{what}_record_height",
        f"mean of the yearly records of {what}, over the mean run",
        "orders of magnitude",
        lambda values: (yearly(values).mean(axis=1) - values.mean(axis=1)) / _DECADE,
        real,
        new,
    )
    if len(groups) > 1:
        both(
            f"{what}_record_step",
            f"largest step of the record of {what} from one year to the next",
            "orders of magnitude",
            lambda values: (
                np.diff(np.maximum.accumulate(yearly(values), axis=1), axis=1).max(axis=1) / _DECADE
            ),
            real,
            new,
        )


def _residuals(both: _Adder, what: str, real: Array, new: Array) -> None:
    name = what.replace("price_performance", "compute per dollar")
    both(
        f"{what}_largest_residual",
        f"largest residual of {name}, without sign",
        "scales",
        lambda values: np.abs(values).max(axis=1),
        real,
        new,
    )
    both(
        f"{what}_residual_tails",
        f"residuals of {name} beyond two scales",
        "share",
        lambda values: (np.abs(values) > 2.0).mean(axis=1),
        real,
        new,
    )
    both(
        f"{what}_residual_skew",
        f"upper minus lower tail of the residuals of {name} (95% and 5% quantile)",
        "scales",
        lambda values: np.quantile(values, 0.95, axis=1) + np.quantile(values, 0.05, axis=1),
        real,
        new,
    )
    if real.shape[1] >= _FEWEST:
        both(
            f"{what}_residual_streaks",
            f"correlation of successive residuals of {name}",
            "1",
            lambda values: _correlation(values[:, 1:], values[:, :-1]),
            real,
            new,
        )


def _correlation(first: Array, second: Array) -> Array:
    first = first - first.mean(axis=1, keepdims=True)
    second = second - second.mean(axis=1, keepdims=True)
    size = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return np.asarray((first * second).sum(axis=1) / np.maximum(size, 1e-300))
