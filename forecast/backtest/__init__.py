"""The backtest: what the fit would have forecast from old dates, scored by what came out, beside simple baselines.

At the end of each origin year everything is done as if that day were today: the tables are cut to what was known,
the model is fitted to that, and the records of the next one to five years are forecast. `forecast.observations` says
what "known" means. The forecasts are uncapped, trends alone; a scenario with its budgets is backtested by
`backtest_scenario` where none of its assumptions comes from after the origin.

The sample is small. Origins a year apart share most of their horizon, so some two dozen forecasts are worth about five
independent ones; no p-value would mean anything here, and none is given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast import fit as fitting
from forecast import observations as history
from forecast.backtest import baselines
from forecast.backtest.outcomes import LAST_YEAR, RECORDS, TARGETS, Series, end_of, observe
from forecast.backtest.verdict import Average, Criterion, Paired, averages, criteria, paired
from forecast.errors import FitError, UsageError
from forecast.fit.batch import Each, Wanted
from forecast.fit.batch import make as make_fits
from forecast.fit.history import year_of
from forecast.fit.predictive import habits, yearly_records
from forecast.observations.tables import FOLDER
from forecast.scoring import Score, score
from forecast.shapes import Posterior
from forecast.units import Array

if TYPE_CHECKING:
    from forecast.observations import Observations

__all__ = [
    "FIRST_ORIGIN",
    "FORMAT",
    "LAST_ORIGIN",
    "LAST_YEAR",
    "METHODS",
    "TARGETS",
    "Average",
    "Backtest",
    "Criterion",
    "Origin",
    "Paired",
    "Score",
    "averages",
    "backtest",
    "backtest_stored",
    "criteria",
    "paired",
]

FORMAT = 1
"""Version of the layout of the scores."""

FIRST_ORIGIN, LAST_ORIGIN = 2018, LAST_YEAR - 1
LONGEST_LEAD = 5
METHODS = ("forecast", *baselines.METHODS)

_SEED = 20181231

Progress = Callable[[str], None]
Fitter = Callable[["Observations", date], Posterior]


@dataclass(frozen=True)
class Origin:
    """One date that forecasts were made from, and what was known then."""

    year: int
    day: str
    runs: int
    runs_with_cost: int
    model: str
    data_digest: str
    posterior_digest: str


@dataclass(frozen=True)
class Backtest:
    """All scores, and what they rest on.

    Attributes:
        scores: Every forecast of every method.
        sensitivity: The same for variants of the baseline, so that nobody has to wonder what another reading of it
            would have given: ``ols_top10_mid_year`` reads the line in the middle of the year, ``ols_top10_floor``
            forbids the record to fall.
        origins: The dates of the forecasts.
    """

    scores: tuple[Score, ...]
    sensitivity: tuple[Score, ...]
    origins: tuple[Origin, ...]


def backtest(
    origins: Sequence[int] = tuple(range(FIRST_ORIGIN, LAST_ORIGIN + 1)),
    *,
    progress: Progress = lambda _: None,
    fitter: Fitter | None = None,
    folder: Path = FOLDER,
    each: Each | None = None,
) -> Backtest:
    """Forecasts of our fit and of the baselines from the end of each origin year, scored.

    Args:
        origins: Years from 2016 to the one before the last outcome.
        progress: Told what is being done.
        fitter: Makes the posterior from what was known on a day; the fit that ships unless given.
        folder: Where the tables lie.
        each: Who makes the fits that are not stored; by default this process, when their turn comes.

    Raises:
        UsageError: An origin from which nothing can be scored.
        ForecastError: A fit that fails.
    """
    wrong = [year for year in origins if not 2016 <= year <= LAST_ORIGIN]
    if wrong or not origins:
        raise UsageError(
            f"no forecast from the end of {wrong[0] if wrong else 'no year'} can be scored; give origins from 2016 to "
            f"{LAST_ORIGIN} (outcomes are known until August {LAST_YEAR})"
        )
    outcomes = {target: series.yearly for target, series in observe(history.load(folder=folder)).items()}
    if each is not None:
        wanted = [Wanted.at(known, day) for day, known in known_at(origins, folder)]
        make_fits(wanted, each, progress=progress)
    make = fitter or (lambda known, day: fitting.fit(known, as_of=day, progress=progress))
    scores: list[Score] = []
    sensitivity: list[Score] = []
    found = []
    for day, known in known_at(origins, folder):
        year = day.year
        progress(f"forecasting from the end of {year}")
        posterior = make(known, day)
        series = observe(known, as_of=day)
        found.append(origin_of(day, posterior, known, series))
        for target, method, lead, sample in (
            *our_forecasts(posterior, known, series, day),
            *baseline_forecasts(series, year),
        ):
            observed = outcomes[target].get(year + lead)
            if observed is None:
                continue
            row = score(sample, observed, target=target, method=method, origin=year, lead=lead)
            (scores if method in METHODS else sensitivity).append(row)
    return Backtest(scores=tuple(scores), sensitivity=tuple(sensitivity), origins=tuple(found))


def known_at(origins: Iterable[int], folder: Path) -> Iterator[tuple[date, Observations]]:
    """The date of each origin, in their order, and what was known then."""
    for year in sorted(set(origins)):
        day = date(year, 12, 31)
        yield day, history.load(as_of=day, folder=folder)


def backtest_stored(folder: Path = FOLDER) -> Backtest | None:
    """As `backtest` from every origin if all of its fits are stored; None instead of fits that take minutes.

    Args:
        folder: Where the tables lie.
    """

    def make(known: Observations, day: date) -> Posterior:
        found = fitting.stored(known, as_of=day)
        if found is None:
            raise LookupError(day)
        return found

    try:
        return backtest(fitter=make, folder=folder)
    except LookupError:
        return None


def origin_of(day: date, posterior: Posterior, known: Observations, series: dict[str, Series]) -> Origin:
    """What a forecast from a date rests on."""
    return Origin(
        year=day.year,
        day=day.isoformat(),
        runs=len(series["record_compute"].time),
        runs_with_cost=len(series["record_cost"].time),
        model=posterior.attributes.get("model", ""),
        data_digest=known.digest,
        posterior_digest=posterior.attributes.get("digest", ""),
    )


Forecast = tuple[str, str, int, Array]
"""Target, method, lead and sample [log10]."""


def leads_of(year: int) -> range:
    """The leads whose outcome is known: at most five."""
    return range(1, min(LONGEST_LEAD, LAST_YEAR - year) + 1)


def our_forecasts(
    posterior: Posterior, known: Observations, series: dict[str, Series], day: date
) -> Iterator[Forecast]:
    """What a posterior says will be on record in the years after an origin.

    Args:
        posterior: The fitted trends as of the origin.
        known: What was known then.
        series: The targets as they could be seen then.
        day: The date of the origin, whose year is lead zero.
    """
    year = day.year
    leads = leads_of(year)
    start = year_of(day + timedelta(days=1))
    drawn = yearly_records(
        posterior.draws,
        habits(known, as_of=day),
        # What is left of the origin year comes first, since a record can fall in it.
        [(max(year + lead - start, 0.0), end_of(year + lead) - start) for lead in (0, *leads)],
        seed=_SEED + year,
    )
    for target in TARGETS:
        values = drawn[target] / math.log(10.0)
        if target in RECORDS:
            values = np.maximum.accumulate(np.maximum(values, record_at(series[target], year)), axis=1)
        for lead in leads:
            sample = values[:, lead]
            sample = sample[np.isfinite(sample)]
            if not len(sample):
                raise FitError(f"the fit as of the end of {year} forecasts no release in {year + lead}")
            yield target, "forecast", lead, sample


def record_at(series: Series, year: int) -> float:
    """The last record up to a year [log10]."""
    return series.yearly[max(each for each in series.yearly if each <= year)]


def baseline_forecasts(series: dict[str, Series], year: int) -> Iterator[Forecast]:
    """What the baselines say, and the variants of the line that are there for comparison.

    Args:
        series: The targets as they could be seen at the origin.
        year: The origin year.
    """
    for target in TARGETS:
        seen = series[target]
        record = target in RECORDS
        for lead in leads_of(year):
            end = end_of(year + lead)
            middle = 0.5 * (year + lead + end)
            line = baselines.ols_top10(seen, end if record else middle)
            yield target, "ols_top10", lead, line
            yield target, "random_walk", lead, baselines.random_walk(seen, lead, year)
            yield target, "last_value", lead, baselines.last_value(seen, lead, year)
            if record:
                yield target, "ols_top10_mid_year", lead, baselines.ols_top10(seen, middle)
                yield target, "ols_top10_floor", lead, np.maximum(line, record_at(seen, year))
