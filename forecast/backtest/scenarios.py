"""A whole scenario backtested: its budgets, caps and events, beside the trends alone and the baselines.

A scenario is forecast from its own date, or from the end of another year that none of its sources is later than.
One that knows more than its origin would be marked with the answers at hand, and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from forecast import fit as fitting
from forecast import observations as history
from forecast.backtest import (
    LAST_ORIGIN,
    METHODS,
    Backtest,
    Forecast,
    Score,
    baseline_forecasts,
    leads_of,
    origin_of,
    our_forecasts,
    record_at,
)
from forecast.backtest.outcomes import LAST_YEAR, RECORDS, Series, observe
from forecast.errors import UsageError
from forecast.fit.batch import Each, Wanted
from forecast.fit.batch import make as make_fits
from forecast.run import later_than, resolve, trajectories_of
from forecast.scenario import Scenario
from forecast.scoring import score
from forecast.shapes import Posterior

METHOD = "scenario"
_VARIABLES = {
    "record_cost": "compute_cost",
    "record_compute": "training_compute",
    "price_performance": "price_performance",
}


def backtest_scenario(
    path: Path,
    *,
    origins: Sequence[int] | None = None,
    draws: int = 20_000,
    seed: int = 1,
    progress: Callable[[str], None] = lambda _: None,
    fitter: Callable[[history.Observations, date], Posterior] | None = None,
    each: Each | None = None,
) -> Backtest:
    """Forecasts of a scenario (method ``scenario``), of the trends alone (``forecast``) and of the baselines, scored.

    Args:
        path: The scenario file.
        origins: Years at whose ends forecasts are made; the scenario's own date unless given.
        draws: The number of paths.
        seed: The seed of the run.
        progress: Told what is being done.
        fitter: Makes the posterior from what was known on a day; the fit that ships unless given.
        each: Who makes the fits that are not stored; by default this process, when their turn comes.

    Raises:
        ScenarioError: Every mistake of the file.
        UsageError: The scenario knows more than an origin, or nothing came out yet of what it forecasts.
    """
    given = resolve(path)
    days = [date(year, 12, 31) for year in sorted(set(origins))] if origins else [given.as_of]
    make = fitter or (lambda known, day: fitting.fit(known, as_of=day, progress=progress))
    scenarios = [_from(given, path, day) for day in days]
    if each is not None:
        wanted = [Wanted.at(history.load(as_of=day), day) for day in days]
        make_fits(wanted, each, progress=progress)
    outcomes = {target: seen.yearly for target, seen in observe(history.load()).items()}
    scores: list[Score] = []
    sensitivity: list[Score] = []
    found = []
    for scenario in scenarios:
        day = scenario.as_of
        progress(f"forecasting from {day}")
        known = history.load(as_of=day)
        posterior = make(known, day)
        series = observe(known, as_of=day)
        found.append(origin_of(day, posterior, known, series))
        for target, method, lead, sample in (
            *_scenario_forecasts(scenario, posterior, series, draws=draws, seed=seed),
            *our_forecasts(posterior, known, series, day),
            *baseline_forecasts(series, day.year),
        ):
            observed = outcomes[target].get(day.year + lead)
            if observed is not None:
                row = score(sample, observed, target=target, method=method, origin=day.year, lead=lead)
                (scores if method in {METHOD, *METHODS} else sensitivity).append(row)
    return Backtest(scores=tuple(scores), sensitivity=tuple(sensitivity), origins=tuple(found))


def _from(given: Scenario, path: Path, day: date) -> Scenario:
    """The scenario on a date from which it can be scored."""
    if day.year > LAST_ORIGIN:
        raise UsageError(
            f"{given.name} forecasts from {day}, and nothing of that has come out yet (outcomes are known until August "
            f"{LAST_YEAR}); backtest a scenario of an earlier date, such as essay-2023, or the fit alone"
        )
    late = later_than(given, day)
    if late:
        shown = ", ".join(late[:3]) + (f" and {len(late) - 3} others" if len(late) > 3 else "")
        raise UsageError(
            f"{given.name} cannot be backtested from {day}: {shown} rest on sources from after that date; a scenario "
            "must not know what came later"
        )
    return resolve(path, as_of=day)


def _scenario_forecasts(
    scenario: Scenario, posterior: Posterior, series: dict[str, Series], *, draws: int, seed: int
) -> Iterator[Forecast]:
    year = scenario.as_of.year
    paths = trajectories_of(scenario, posterior, draws=draws, seed=seed)
    for target, variable in _VARIABLES.items():
        values = np.log10(paths[variable])
        if target in RECORDS:
            values = np.maximum.accumulate(np.maximum(values, record_at(series[target], year)), axis=0)
        for lead in leads_of(year):
            if year + lead in scenario.years:
                yield target, METHOD, lead, values[scenario.years.index(year + lead)]
