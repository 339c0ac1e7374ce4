"""The fitted growth rates beside published ones, and why they differ where they do."""

from __future__ import annotations

import csv
import math
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import FitError
from forecast.fit import model_line
from forecast.fit.history import FIRST_DATE, LAST_WELL_OBSERVED
from forecast.units import Array

if TYPE_CHECKING:
    from forecast.fit import Fit
    from forecast.observations import Observations

PROBABILITY = 0.9
CREDIBLE = "credible interval, equal-tailed"

ANCHORS = Path(__file__).with_name("anchors.csv")

# The runs behind the published line of cost, as the tables mark them.
PUBLISHED_SAMPLE = "cottier2024"


@dataclass(frozen=True)
class Growth:
    """A growth rate as people read it, with an interval that says what it is.

    Attributes:
        quantity: ``training_compute``, ``price_performance`` or ``training_cost``.
        what: What exactly grows, and over which stretch.
        low: Lower end of the interval [factor a year].
        median: Median, or the least-squares value [factor a year].
        high: Upper end [factor a year].
        probability: Probability of the interval.
        kind: Kind of the interval.
    """

    quantity: str
    what: str
    low: float
    median: float
    high: float
    probability: float = PROBABILITY
    kind: str = CREDIBLE

    @property
    def doubling_months(self) -> float:
        """Time to double at the median rate [months]; infinite where nothing grows."""
        return 12.0 * math.log(2.0) / math.log(self.median) if self.median > 1.0 else math.inf


@dataclass(frozen=True)
class Anchor:
    """A published growth rate [factor a year] with its interval and source.

    ``measures_other`` says what it measures where that is not quite what ours does; empty where it is the same.
    """

    id: str
    quantity: str
    what: str
    low: float | None
    value: float | None
    high: float | None
    interval: str
    window: str
    source: str
    note: str
    measures_other: str


@dataclass(frozen=True)
class Comparison:
    """One of our figures beside a published one."""

    ours: Growth
    anchor: Anchor

    @property
    def agrees(self) -> bool:
        """Whether our interval and the published one (or the point, where there is no interval) share a value."""
        anchor = self.anchor
        low = anchor.low if anchor.low is not None else anchor.value
        high = anchor.high if anchor.high is not None else anchor.value
        return low is not None and high is not None and self.ours.low <= high and self.ours.high >= low


def anchors() -> tuple[Anchor, ...]:
    """The published growth rates."""

    def number(cell: str) -> float | None:
        return float(cell) if cell else None

    with ANCHORS.open(encoding="utf-8", newline="") as file:
        return tuple(
            Anchor(
                id=row["id"],
                quantity=row["quantity"],
                what=row["what"],
                low=number(row["low"]),
                value=number(row["value"]),
                high=number(row["high"]),
                interval=row["interval"],
                window=row["window"],
                source=row["source"],
                note=row["note"],
                measures_other=row["measures_other"],
            )
            for row in csv.DictReader(file)
        )


def growth_of(quantity: str, what: str, rates: Array) -> Growth:
    """Median and equal-tailed interval of draws of a continuous rate, as factors a year.

    Args:
        quantity: What grows.
        what: In words.
        rates: Draws [1/yr].
    """
    tail = (1.0 - PROBABILITY) / 2.0
    low, median, high = np.exp(np.quantile(rates, [tail, 0.5, 1.0 - tail]))
    return Growth(quantity, what, float(low), float(median), float(high))


def growth_rates(fitted: Fit) -> dict[str, Growth]:
    """The growth rates of a fit: realised over the history, and in force at its date.

    Cost is compute over compute per dollar, so its growth is their difference, draw by draw.

    Args:
        fitted: A converged fit.
    """
    draws, extra, history = fitted.posterior.draws, fitted.extra, fitted.history
    window = f"{history.start:.0f} to {fitted.posterior.attributes['data_end']}"
    now = f"in force on {fitted.posterior.attributes['as_of']}"
    compute, per_dollar = extra["frontier_compute_mean_growth"], extra["price_performance_mean_growth"]
    compute_now, per_dollar_now = draws["frontier_compute_growth"], draws["price_performance_growth"]
    chips_window = (
        f"{min(history.chip_time):.0f} to {max(history.chip_time):.0f}"
        if len(history.chip_time)
        else "no data"
    )
    return {
        "compute": growth_of("training_compute", f"compute of frontier runs, {window}", compute),
        "compute_now": growth_of("training_compute", f"compute of frontier runs, {now}", compute_now),
        "price_performance": growth_of(
            "price_performance", f"compute per dollar of runs, {window}", per_dollar
        ),
        "price_performance_now": growth_of(
            "price_performance", f"compute per dollar of runs, {now}", per_dollar_now
        ),
        "chips": growth_of(
            "price_performance", f"peak FLOP/s per dollar of chips, {chips_window}", extra["chip_growth"]
        ),
        "cost": growth_of("training_cost", f"cost of frontier runs, {window}", compute - per_dollar),
        "cost_now": growth_of("training_cost", f"cost of frontier runs, {now}", compute_now - per_dollar_now),
    }


@dataclass(frozen=True)
class Line:
    """The plain line through the costs of some set of runs."""

    label: str
    runs: int
    growth: Growth


def lines(observations: Observations) -> dict[str, Line]:
    """The plain line of cost through the published runs, and through others: how far it moves with the choice.

    Args:
        observations: History.

    Returns:
        Lines by name: ``published`` (the runs of the published line), ``top_ten`` (ours of the same years),
        ``from_2018``, ``from_2012`` and ``all``. One that has too few runs to be drawn is not there.
    """
    published_span = date(2016, 1, 1), date(2023, 12, 31)
    choices = {
        "published": ("the published line's runs", *published_span, PUBLISHED_SAMPLE),
        "top_ten": ("our top-ten runs of the same years", *published_span, ""),
        "from_2018": ("our top-ten runs from 2018 on", date(2018, 1, 1), published_span[1], ""),
        "from_2012": ("our top-ten runs from 2012 on", FIRST_DATE, published_span[1], ""),
        "all": ("from 2012 to the last well-observed date", FIRST_DATE, LAST_WELL_OBSERVED, ""),
    }
    found = {}
    for name, (label, first, last, sample) in choices.items():
        history = model_line.costs(observations, first=first, last=last, sample=sample)
        with suppress(FitError):
            slope = model_line.exact(history)
            low, high = slope.interval(PROBABILITY)
            what = f"cost of {len(history.time)} top-ten runs, plain line, {first.year} to {last.year}"
            growth = Growth("training_cost", what, math.exp(low), math.exp(slope.growth), math.exp(high))
            found[name] = Line(label=label, runs=len(history.time), growth=growth)
    return found


def compare(fitted: Fit, observations: Observations) -> tuple[Comparison, ...]:
    """Each published growth rate beside the figure of ours that measures the nearest thing.

    Args:
        fitted: A converged fit.
        observations: The history that it was made from.
    """
    ours = growth_rates(fitted)
    chosen = {
        "compute-frontier": ours["compute"],
        "compute-notable": ours["compute"],
        "compute-top-ten": ours["compute"],
        "price-performance-ml-gpus": ours["chips"],
        "price-performance-all-gpus": ours["price_performance"],
        "price-performance-fixed": ours["chips"],
        "cost-compute-over-price": ours["cost"],
    }
    drawn = lines(observations)
    if "published" in drawn:
        chosen["cost-top-ten"] = drawn["published"].growth
    return tuple(Comparison(chosen[anchor.id], anchor) for anchor in anchors() if anchor.id in chosen)
