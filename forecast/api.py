"""The Python interface: a scenario in, labelled paths out. `forecast` itself offers these functions.

>>> import forecast
>>> scenario = forecast.load("scenarios/baseline.yaml")
>>> paths = forecast.simulate(scenario, draws=500)
>>> paths["training_cost"].dims, paths["training_cost"].attrs["units"]
(('year', 'draw'), 'USD')
>>> dict(paths.sizes)["draw"]
500

A changed scenario shares every draw that it can with the one it came from, so differences are taken path by path:

>>> slower = forecast.simulate(scenario.with_(algorithmic_growth="1.1x/yr"), draws=500)
>>> bool((slower["effective_compute"] < paths["effective_compute"]).mean() > 0.9)
True

What is told about a run, and a chart on axes of one's own:

>>> summary = forecast.summarise(paths)
>>> summary.series("training_cost").shape  # (year, quantile)
(6, 7)
>>> from matplotlib.figure import Figure
>>> ax = Figure(figsize=(6, 4)).add_subplot()
>>> forecast.report.charts.fan(ax, summary, "training_cost")
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from forecast import observations, run, summary
from forecast.errors import UsageError
from forecast.fit import fit
from forecast.samplers import Sampler, Spread
from forecast.scenario import Scenario
from forecast.shapes import Posterior, Summary, Trajectories

if TYPE_CHECKING:
    import xarray

DRAWS, EVEN_DRAWS = 20_000, 16_384

LARGEST = 10_000_000
"""Most paths that are simulated at once."""


def load(path: str | Path, *, as_of: date | str | None = None, overrides: Sequence[str] = ()) -> Scenario:
    """A scenario as it will be run: its file, the files that it extends, and any overrides.

    >>> scenario = load("scenarios/baseline.yaml")
    >>> scenario.name, scenario.years[0], len(scenario.years)
    ('baseline', 2026, 6)
    >>> scenario.with_(algorithmic_growth="3x/yr").assumptions["algorithmic_growth"].describe()
    '3x/yr'

    Args:
        path: The scenario file.
        as_of: Forecast from what was known on this date instead of the scenario's own.
        overrides: Texts such as ``algorithmic_growth=3x/yr``, laid over the file in their order.

    Returns:
        The complete, checked scenario; `Scenario.with_` gives changed ones.

    Raises:
        ScenarioError: With every mistake in any of the files.
        UsageError: A date outside the history.
    """
    try:
        day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    except ValueError as error:
        raise UsageError(f'"{as_of}" is no date; write it as 2023-09-30') from error
    return run.resolve(Path(path), as_of=day, overrides=overrides)


def simulate(
    scenario: Scenario | str | Path,
    *,
    draws: int | None = None,
    seed: int = 1,
    sampler: Sampler = "random",
    posterior: Posterior | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> xarray.Dataset:
    """Every variable of a scenario on every path, year by year.

    The first call for a history fits the trends, which takes about a minute; the fit is kept for later calls.

    >>> paths = simulate("scenarios/baseline.yaml", draws=200)
    >>> paths["affordable"].dims, paths["affordable"].attrs["units"]
    (('lab', 'year', 'draw'), 'yes/no')
    >>> paths.attrs["scenario"], paths.attrs["seed"]
    ('baseline', '1')

    Args:
        scenario: What `load` returned, or a scenario file.
        draws: The number of paths; by default 20,000, or 16,384 where they are spread evenly.
        seed: The seed of every random stream; the same scenario, seed and fit give the same numbers.
        sampler: How the draws are spread: at random, as Latin hypercubes (``lhs``) or as scrambled Sobol sequences
            (``sobol``), which need fewer for the same error. Their number is then a power of two from 1,024 on, beyond
            65,536 a multiple of 4,096. They are not independent of each other: errors come from replicates, as
            `summarise` tells them. Scenarios with other labs, events or years share no ``sobol`` draws.
        posterior: Fitted trends to start from (`forecast.fit`); by default those of the history at the scenario's date.
        progress: Told what is being done.

    Returns:
        Variables with dims among ``lab``, ``year`` and ``draw``, each with ``units`` and ``long_name``; money is in USD
        of 2023. The attributes say what made them.

    Raises:
        ForecastError: A mistake in the scenario, draws that cannot be spread evenly, or a fit that does not converge.
    """
    if draws is None:
        draws = DRAWS if sampler == "random" else EVEN_DRAWS
    if not 1 <= draws <= LARGEST:
        raise UsageError(f"draws is {draws}; give a number from 1 to {LARGEST:,}")
    Spread.of(sampler, draws)
    found = scenario if isinstance(scenario, Scenario) else load(scenario)
    if posterior is None:
        posterior = fit(observations.load(as_of=found.as_of), as_of=found.as_of, progress=progress)
    progress(f"simulating {draws:,} paths of {found.name}")
    return run.trajectories_of(found, posterior, draws=draws, seed=seed, sampler=sampler).to_xarray()


def summarise(paths: xarray.Dataset, *, thresholds: Sequence[float] = (1e9, 1e10)) -> Summary:
    """What is told about a run: quantiles by year, who can pay, when thresholds are crossed, with errors.

    >>> summary = summarise(simulate("scenarios/baseline.yaml", draws=200), thresholds=[1e9])
    >>> crossing = summary.crossings[0]
    >>> crossing.variable, crossing.unit, crossing.threshold, len(crossing.by_year)
    ('training_cost', 'USD', 1000000000.0, 6)

    Args:
        paths: What `simulate` returned.
        thresholds: Costs of the record run whose first-crossing years are wanted [USD of 2023].

    Returns:
        What the charts of `forecast.report.charts` draw.

    Raises:
        UsageError: The dataset does not come from `simulate`, or has some of its evenly spread draws alone.
    """
    return summary.summarise(Trajectories.from_xarray(paths), thresholds=thresholds)
