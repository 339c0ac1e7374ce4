"""The plain line: log cost of the top-ten runs against time, with normal scatter. What the field does.

    ln cost_i = a + g (t_i - mean t) + e_i        e_i ~ Normal(0, sigma)

with flat priors on ``a``, ``g`` and ``ln sigma``. It knows neither that the slope may change nor that records
lie above the line, so it is not used to forecast; it is here to be compared with the published growth of
cost, which was fitted this way. Under these priors the posterior of ``g`` is known exactly, a Student-t
around the least-squares slope, so the report needs no sampler and a test compares the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import FitError
from forecast.fit.history import year_of
from forecast.units import Array

if TYPE_CHECKING:
    import pymc as pm

    from forecast.observations import Observations

NAME = "plain line of cost"


@dataclass(frozen=True)
class CostHistory:
    """Costs of frontier runs: release [years] and natural logarithm of the amortised cost [ln USD of 2023]."""

    time: Array
    cost: Array
    names: tuple[str, ...]


@dataclass(frozen=True)
class Slope:
    """The exact posterior of the line's growth: Student-t.

    Attributes:
        growth: Its centre, the least-squares slope [1/yr].
        error: Its scale, the slope's standard error [1/yr].
        freedom: Its degrees of freedom.
    """

    growth: float
    error: float
    freedom: int

    def interval(self, probability: float) -> tuple[float, float]:
        """The equal-tailed credible interval, which here is also the confidence interval of least squares [1/yr]."""
        from scipy.special import stdtrit

        reach = float(stdtrit(self.freedom, 0.5 + probability / 2.0)) * self.error
        return self.growth - reach, self.growth + reach


def costs(observations: Observations, *, first: date, last: date, sample: str = "") -> CostHistory:
    """The amortised costs of frontier runs.

    Args:
        observations: History.
        first: Earliest release.
        last: Latest release.
        sample: Take exactly the runs that a published study used (`TrainingRun.samples`), also those which the
            tables keep out of fits by now; else the runs that may be fitted and were among the ten largest at release.
    """
    rows = []
    for run in observations.training_runs:
        cost = run.real_cost("amortized", observations.price_index)
        chosen = sample in run.samples if sample else run.fit == "yes" and run.top_ten
        if chosen and cost is not None and first <= run.released <= last:
            rows.append((year_of(run.released), math.log(cost), run.model))
    return CostHistory(
        time=np.array([time for time, _, _ in rows]),
        cost=np.array([cost for _, cost, _ in rows]),
        names=tuple(name for _, _, name in rows),
    )


def build(history: CostHistory) -> pm.Model:
    """The line as a model.

    Args:
        history: Times and costs.

    Returns:
        A PyMC model with the free variables ``level``, ``growth`` and ``log_scatter``.
    """
    import pymc as pm
    import pytensor.tensor as pt

    centred = history.time - history.time.mean()
    with pm.Model() as model:
        level = pm.Flat("level", initval=float(history.cost.mean()))
        growth = pm.Flat("growth", initval=0.5)
        log_scatter = pm.Flat("log_scatter", initval=0.0)
        pm.Normal("cost", mu=level + growth * centred, sigma=pt.exp(log_scatter), observed=history.cost)
    return model


def exact(history: CostHistory) -> Slope:
    """The posterior of the growth in closed form.

    Args:
        history: Times and costs of at least three runs, not all of one day.

    Raises:
        FitError: No line can be drawn through so few runs.
    """
    count = len(history.time)
    if count < 3 or float(np.ptp(history.time)) == 0.0:
        raise FitError(f"{count} runs with a cost are too few for a line")
    centred = history.time - history.time.mean()
    spread = float(centred @ centred)
    growth = float(centred @ history.cost) / spread
    residual = history.cost - history.cost.mean() - growth * centred
    return Slope(
        growth=growth,
        error=math.sqrt(float(residual @ residual) / (count - 2) / spread),
        freedom=count - 2,
    )
