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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast import fit as fitting
from forecast import observations as history
from forecast.backtest import baselines
from forecast.backtest.outcomes import LAST_YEAR, RECORDS, TARGETS, Series, end_of, observe
from forecast.backtest.verdict import Average, Criterion, Paired, averages, criteria, paired
from forecast.errors import FitError, UsageError
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
    """One date that forecasts were made from: the end of a year, and what was known then."""

    year: int
    runs: int
    runs_with_cost: int
    model: str
    data_digest: str
    posterior_digest: str

    @property
    def day(self) -> date:
        """The last day of the year."""
        return date(self.year, 12, 31)


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
) -> Backtest:
    """Forecasts of our fit and of the baselines from the end of each origin year, scored.

    Args:
        origins: Years from 2016 to the one before the last outcome.
        progress: Told what is being done.
        fitter: Makes the posterior from what was known on a day; the fit that ships unless given.
        folder: Where the tables lie.

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
    make = fitter or (lambda known, day: fitting.fit(known, as_of=day, progress=progress))
    scores: list[Score] = []
    sensitivity: list[Score] = []
    found = []
    for year in sorted(set(origins)):
        progress(f"forecasting from the end of {year}")
        day = date(year, 12, 31)
        known = history.load(as_of=day, folder=folder)
        posterior = make(known, day)
        attributes = posterior.attributes
        series = observe(known, as_of=day)
        found.append(
            Origin(
                year=year,
                runs=len(series["record_compute"].time),
                runs_with_cost=len(series["record_cost"].time),
                model=attributes.get("model", ""),
                data_digest=known.digest,
                posterior_digest=attributes.get("digest", ""),
            )
        )
        for target, method, lead, sample in (
            *_ours(posterior, known, series, year),
            *_baselines(series, year),
        ):
            observed = outcomes[target].get(year + lead)
            if observed is None:
                continue
            row = score(sample, observed, target=target, method=method, origin=year, lead=lead)
            (scores if method in METHODS else sensitivity).append(row)
    return Backtest(scores=tuple(scores), sensitivity=tuple(sensitivity), origins=tuple(found))


Forecast = tuple[str, str, int, Array]
"""Target, method, lead and sample [log10]."""


def leads_of(year: int) -> range:
    """The leads whose outcome is known: at most five."""
    return range(1, min(LONGEST_LEAD, LAST_YEAR - year) + 1)


def _ours(
    posterior: Posterior, known: Observations, series: dict[str, Series], year: int
) -> Iterator[Forecast]:
    leads = leads_of(year)
    start = year + 1.0
    drawn = yearly_records(
        posterior.draws,
        habits(known, as_of=date(year, 12, 31)),
        [(year + lead - start, end_of(year + lead) - start) for lead in leads],
        seed=_SEED + year,
    )
    for target in TARGETS:
        values = drawn[target] / math.log(10.0)
        if target in RECORDS:
            values = np.maximum.accumulate(np.maximum(values, series[target].yearly[year]), axis=1)
        for place, lead in enumerate(leads):
            sample = values[:, place]
            sample = sample[np.isfinite(sample)]
            if not len(sample):
                raise FitError(f"the fit as of the end of {year} forecasts no release in {year + lead}")
            yield target, "forecast", lead, sample


def _baselines(series: dict[str, Series], year: int) -> Iterator[Forecast]:
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
                yield target, "ols_top10_floor", lead, np.maximum(line, seen.yearly[year])
