"""What the models are fitted to: the frontier runs and chips of the observations as plain arrays on the log scale."""

from __future__ import annotations

import hashlib
import math
from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import FitError
from forecast.units import Array

if TYPE_CHECKING:
    from forecast.observations import Observations, TrainingRun

FIRST_DATE = date(2012, 1, 1)

# From September 2025 on the leading labs publish no compute, and what is published is of open-weight models far from
# the frontier. Fitting those would bend the trend down; so published runs end here, and from there on the trend is
# held by the runs of which only a bound is known (`bounded_runs`).
LAST_WELL_OBSERVED = date(2025, 8, 31)

# How many of the largest runs make the frontier, as in `TrainingRun.top_ten`.
_PLACES = 10

# The number of frontier releases a year is taken from this stretch before the end.
RECENT_YEARS = 4.0
FEWEST_RUNS = 3

# Standard deviation of the error of a run's compute, in natural logarithms, by the source's own confidence
# class: about 0.15, 0.25, 0.45 and 0.35 orders of magnitude.
MEASUREMENT_ERROR = {
    "confident": 0.15 * math.log(10),
    "likely": 0.25 * math.log(10),
    "speculative": 0.45 * math.log(10),
    "unknown": 0.35 * math.log(10),
}

# Names under which one lab appears in the tables; runs of one lab share an effect.
SAME_LAB = {
    "deepmind": "google",
    "facebook": "meta",
    "facebook ai": "meta",
    "google brain": "google",
    "google deepmind": "google",
    "google research": "google",
    "meta ai": "meta",
    "microsoft ai": "microsoft",
    "microsoft research": "microsoft",
    "zhipu ai": "z.ai",
    "z.ai (zhipu ai)": "z.ai",
}

# What a report needs to know of a history and no model sees.
_UNSEEN = frozenset({"sources", "paid_run", "cloud_run", "acquisition_run", "bounded_names"})

_NORMAL_90 = 2 * 1.6448536269514722


def year_of(day: date) -> float:
    """A date as a number of years: the first of January is a whole number [years]."""
    first = date(day.year, 1, 1)
    length = (date(day.year + 1, 1, 1) - first).days
    return day.year + (day - first).days / length


def lab_of(organization: str) -> str:
    """The lab whose habits a run shows: the first organisation named, under one name for its whole history."""
    first = organization.replace(";", ",").split(",")[0].strip().casefold()
    return SAME_LAB.get(first, first)


@dataclass(frozen=True)
class History:
    """Frontier runs and chips, as the joint model sees them.

    Times are years, everything else natural logarithms of FLOP, FLOP per USD of 2023, FLOP/s per USD of 2023
    or plain ratios. ``lab`` arrays hold positions in ``labs``. Every array of one group has the same length.

    Attributes:
        start: Begin of the stretch that is fitted [years].
        end: Its end, the last date when the frontier was well observed [years]. Runs without a published compute may
            be later.
        labs: The labs that released the runs.
        names: The models' names, for the run arrays.
        run_time: Release of each frontier run with a known compute.
        run_compute: Its compute [ln FLOP].
        run_error: Standard deviation of the measurement error of that [ln].
        run_lab: Its lab.
        paid_time: Release of each of these runs that has an amortised cost.
        paid_price_performance: Compute over amortised cost [ln FLOP/USD].
        paid_tpu: 1 where the run used TPUs, else 0.
        paid_lab: Its lab.
        cloud_ratio: Cloud cost over amortised cost of a run [ln].
        acquisition_ratio: Acquisition cost of the cluster over amortised cost of a run [ln].
        chip_time: Release of each chip with a price.
        chip_price_performance: Peak 16-bit FLOP/s per purchase dollar [ln].
        chip_own: 1 where the price is an estimate of a maker's own cost rather than what a buyer pays, else
            0.
        recent_releases: Frontier runs released in the last ``recent_years`` years.
        recent_years: Length of that stretch [years].
        bounded_time: Release of each run without a published compute, of which a bound is known [years].
        bounded_low: What its compute is at least [ln FLOP]; minus infinity where that is not known.
        bounded_high: What it is at most [ln FLOP]; infinity where that is not known.
        bounded_lab: Its lab.
        bounded_names: Its name.
        sources: Where each run's figures come from, in words.
        paid_run: Position in ``names`` of the run that each cost belongs to; -1 where it is none of these.
        cloud_run: The same for each cloud ratio.
        acquisition_run: The same for each acquisition ratio.
    """

    start: float
    end: float
    labs: tuple[str, ...]
    names: tuple[str, ...]
    run_time: Array
    run_compute: Array
    run_error: Array
    run_lab: Array
    paid_time: Array
    paid_price_performance: Array
    paid_tpu: Array
    paid_lab: Array
    cloud_ratio: Array
    acquisition_ratio: Array
    chip_time: Array
    chip_price_performance: Array
    chip_own: Array
    recent_releases: int
    recent_years: float
    bounded_time: Array = field(default_factory=lambda: np.zeros(0))
    bounded_low: Array = field(default_factory=lambda: np.zeros(0))
    bounded_high: Array = field(default_factory=lambda: np.zeros(0))
    bounded_lab: Array = field(default_factory=lambda: np.zeros(0))
    bounded_names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    paid_run: Array = field(default_factory=lambda: np.zeros(0))
    cloud_run: Array = field(default_factory=lambda: np.zeros(0))
    acquisition_run: Array = field(default_factory=lambda: np.zeros(0))

    @property
    def reach(self) -> float:
        """The last date of which anything is known of the frontier's compute, be it a bound [years]."""
        return max(self.end, float(self.bounded_time.max(initial=self.end)))


def measurement_error(run: TrainingRun) -> float:
    """The standard deviation of the error of a run's compute [ln].

    A stated interval says it best, read as 90% where its source only calls it a range; the confidence class
    stands in where there is none. Hard bounds are no interval: they say what a value cannot be, not where it
    probably is.
    """
    compute = run.compute
    if compute is not None and compute.interval in {"90%", "range"} and compute.low and compute.high:
        return math.log(compute.high / compute.low) / _NORMAL_90
    return MEASUREMENT_ERROR.get(run.confidence, MEASUREMENT_ERROR["unknown"])


def frontier_runs(
    observations: Observations, *, as_of: date, last: date = LAST_WELL_OBSERVED
) -> tuple[TrainingRun, ...]:
    """The runs that were among the ten largest at their release, from 2012 to the last well-observed date.

    Args:
        observations: History.
        as_of: Nothing that became known later is used.
        last: The last date when the frontier was well observed.

    Returns:
        Runs with a known compute that may be fitted, in order of release.
    """
    end = min(as_of, last)
    return tuple(
        run
        for run in observations.training_runs
        if run.fit == "yes"
        and run.compute is not None
        and run.top_ten
        and FIRST_DATE <= run.released <= end
        and run.known <= as_of
    )


@dataclass(frozen=True)
class Bounded:
    """A run without a published compute, and what its compute at least and at most is [FLOP]."""

    run: TrainingRun
    low: float
    high: float


def bounded_runs(observations: Observations, *, as_of: date) -> tuple[Bounded, ...]:
    """The runs without a published compute of which a bound is known, from 2012 on.

    The table may bound a run's compute (``compute_low_flop``, ``compute_high_flop``). Elsewhere one thing is assumed:
    the run of a lab that holds one of the ten largest published runs of the day is no smaller than the tenth of them,
    by the rule that makes every other run a frontier run. The bound is weak on purpose. It counts published runs
    only, so the true tenth place is never below it, and it also holds for a model that was trained on from an earlier
    one. Of a lab that holds none of the ten, the release alone says nothing about compute: whatever it was has
    probability one, and the run does not enter.

    Args:
        observations: History.
        as_of: Nothing that became known later is used.

    Returns:
        Runs in order of release; 0 and infinity where one of the bounds is not known.
    """
    return tuple(
        each
        for each in _bounded(observations, as_of=as_of)
        if each.run.released >= FIRST_DATE and (each.low > 0.0 or each.high < math.inf)
    )


def _bounded(observations: Observations, *, as_of: date) -> Iterator[Bounded]:
    largest: list[tuple[float, str]] = []
    # Runs of one day are there at the same time, as they are for the ranks.
    order = sorted(observations.training_runs, key=lambda run: (run.released, run.compute is None))
    for run in order:
        if run.known > as_of or run.released > as_of:
            continue
        lab = lab_of(run.organization)
        if run.fit == "yes" and run.compute is not None:
            insort(largest, (run.compute.value, lab))
        elif run.fit == "censored":
            low, high = run.bounds
            top = largest[-_PLACES:]
            if low is None and len(top) == _PLACES and lab in {holder for _, holder in top}:
                low = top[0][0]
            yield Bounded(run, low or 0.0, math.inf if high is None else high)


def history(
    observations: Observations,
    *,
    as_of: date,
    last: date = LAST_WELL_OBSERVED,
    fewest_costs: int = FEWEST_RUNS,
) -> History:
    """The arrays that the joint model is fitted to.

    Args:
        observations: History.
        as_of: Nothing that became known later is used.
        last: The last date when the frontier was well observed.
        fewest_costs: How many runs must have a cost.

    Returns:
        Frontier runs and chips.

    Raises:
        FitError: There are too few runs, or a value has no logarithm.
    """
    runs = frontier_runs(observations, as_of=as_of, last=last)
    bounded = bounded_runs(observations, as_of=as_of)
    index = observations.price_index
    labs = tuple(sorted({lab_of(run.organization) for run in (*runs, *(each.run for each in bounded))}))
    end = year_of(min(as_of, last))
    releases = [year_of(run.released) for run in (*runs, *(each.run for each in bounded))]

    costs = {
        basis: [run.real_cost(basis, index) for run in runs]
        for basis in ("amortized", "cloud", "acquisition")
    }
    paid = [(run, cost) for run, cost in zip(runs, costs["amortized"], strict=True) if cost is not None]
    if len(runs) < FEWEST_RUNS or len(paid) < fewest_costs:
        raise FitError(
            f"as of {as_of} there are {len(runs)} frontier runs with a known compute and {len(paid)} of them "
            f"with a cost; a trend needs at least {FEWEST_RUNS} of each"
        )
    chips = [
        (chip, value)
        for chip in observations.chips
        if chip.fit == "yes" and chip.known <= as_of and (value := chip.price_performance(index)) is not None
    ]
    first = year_of(runs[0].released)
    found = History(
        # Whole half-years, so that one early run more or less does not move every knot; and never an empty
        # stretch.
        start=min(math.floor(2.0 * first) / 2.0, end - 1.5),
        end=end,
        labs=labs,
        names=tuple(run.model for run in runs),
        run_time=_array(year_of(run.released) for run in runs),
        run_compute=_logarithms((run.model, _value(run)) for run in runs),
        run_error=_array(measurement_error(run) for run in runs),
        run_lab=_array(labs.index(lab_of(run.organization)) for run in runs),
        paid_time=_array(year_of(run.released) for run, _ in paid),
        paid_price_performance=_logarithms((run.model, _value(run) / cost) for run, cost in paid),
        paid_tpu=_array(float(run.chip == "tpu") for run, _ in paid),
        paid_lab=_array(labs.index(lab_of(run.organization)) for run, _ in paid),
        cloud_ratio=_cost_ratios(runs, costs["cloud"], costs["amortized"]),
        acquisition_ratio=_cost_ratios(runs, costs["acquisition"], costs["amortized"]),
        chip_time=_array(year_of(chip.released) for chip, _ in chips),
        chip_price_performance=_logarithms((chip.chip, value) for chip, value in chips),
        chip_own=_array(float(chip.own_cost) for chip, _ in chips),
        # That a run was released counts whether or not its compute is known.
        recent_releases=sum(end - RECENT_YEARS < day <= end for day in releases),
        recent_years=RECENT_YEARS,
        bounded_time=_array(year_of(each.run.released) for each in bounded),
        bounded_low=_array(math.log(each.low) if each.low > 0.0 else -math.inf for each in bounded),
        bounded_high=_array(math.log(each.high) for each in bounded),
        bounded_lab=_array(labs.index(lab_of(each.run.organization)) for each in bounded),
        bounded_names=tuple(each.run.model for each in bounded),
        sources=tuple(run.source for run in runs),
        paid_run=_both(costs["amortized"], costs["amortized"]),
        cloud_run=_both(costs["cloud"], costs["amortized"]),
        acquisition_run=_both(costs["acquisition"], costs["amortized"]),
    )
    _check_finite(found)
    return found


def with_costs_of(found: History, other: History) -> History:
    """A history whose compute per dollar and cost bases are those of another, as far as they fall into its time.

    Args:
        found: Has the runs.
        other: Has the costs and the chips.
    """
    labs = (*found.labs, *(lab for lab in other.labs if lab not in found.labs))
    place = np.array([labs.index(lab) for lab in other.labs], dtype=float)
    inside = (other.paid_time >= found.start) & (other.paid_time <= found.end)
    nobody = np.full(len(other.names), -1.0)
    return replace(
        found,
        labs=labs,
        paid_time=other.paid_time[inside],
        paid_price_performance=other.paid_price_performance[inside],
        paid_tpu=other.paid_tpu[inside],
        paid_lab=place[other.paid_lab.astype(int)][inside],
        cloud_ratio=other.cloud_ratio,
        acquisition_ratio=other.acquisition_ratio,
        paid_run=nobody[: int(inside.sum())],
        cloud_run=nobody[: len(other.cloud_ratio)],
        acquisition_run=nobody[: len(other.acquisition_ratio)],
    )


def digest(found: History) -> str:
    """A fingerprint of everything that the model sees: equal exactly when a fit would be the same."""
    content = hashlib.sha256()
    for item in fields(found):
        if item.name in _UNSEEN:
            continue
        value = getattr(found, item.name)
        plain = value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode()
        content.update(f"{item.name}:{len(plain)}:".encode())
        content.update(plain)
    return content.hexdigest()


def _array(values: Iterable[float]) -> Array:
    return np.array(list(values), dtype=float)


def _value(run: TrainingRun) -> float:
    return math.nan if run.compute is None else run.compute.value


def _logarithms(named: Iterable[tuple[str, float]]) -> Array:
    result = []
    for name, value in named:
        if not (value > 0 and math.isfinite(value)):
            raise FitError(
                f"{name}: {value:g} has no place on a logarithmic scale; a positive number is needed"
            )
        result.append(math.log(value))
    return np.array(result, dtype=float)


def _both(first: Iterable[float | None], second: Iterable[float | None]) -> Array:
    """Positions at which there are both of two numbers."""
    pairs = enumerate(zip(first, second, strict=True))
    return _array(place for place, pair in pairs if None not in pair)


def _cost_ratios(
    runs: Iterable[TrainingRun], numerators: Iterable[float | None], denominators: Iterable[float | None]
) -> Array:
    pairs = zip(runs, numerators, denominators, strict=True)
    return _logarithms(
        (run.model, upper / lower) for run, upper, lower in pairs if upper is not None and lower is not None
    )


def _check_finite(found: History) -> None:
    if not (np.isfinite(found.run_error).all() and (found.run_error > 0).all()):
        raise FitError("a run's measurement error is not a positive number; look at the ends of its interval")
