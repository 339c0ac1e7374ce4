"""History as the charts show it: what each run cost, used and got for its money, with how well that is known."""

from __future__ import annotations

import math
from datetime import date

from forecast.fit.history import measurement_error
from forecast.observations import Observations
from forecast.report.charts.history import HistoryPoint

# The 95% quantile of the standard normal: a 90% interval reaches so many standard deviations to each side.
_Z95 = 1.6448536269514722


def history(observations: Observations) -> dict[str, tuple[HistoryPoint, ...]]:
    """Observed runs among the ten largest at their release, by the variable that they are history of.

    Args:
        observations: What was known on the date of the forecast.

    Returns:
        Points for ``training_cost`` [USD of 2023, amortised], ``training_compute`` [FLOP] and ``price_performance``
        [FLOP/USD], each with its 90% measurement interval.
    """
    costs, computes, performances = [], [], []
    for run in observations.training_runs:
        if run.fit != "yes" or not run.top_ten or run.compute is None:
            continue
        day = _decimal_year(run.released)
        used = run.compute.value
        # The error that the fit reckons with, so that chart and fit tell the same story.
        width = math.exp(_Z95 * measurement_error(run))
        low, high = used / width, used * width
        computes.append(HistoryPoint(day, used, low, high, run.model))
        quoted = run.cost("amortized")
        if quoted is None:
            continue
        factor = observations.price_index.factor(quoted.date)
        paid = quoted.value * factor
        least, most = (quoted.low or quoted.value) * factor, (quoted.high or quoted.value) * factor
        costs.append(HistoryPoint(day, paid, least, most, run.model))
        performances.append(HistoryPoint(day, used / paid, used / most, used / least, run.model))
    return {
        "training_cost": tuple(costs),
        "training_compute": tuple(computes),
        "price_performance": tuple(performances),
    }


def _decimal_year(day: date) -> float:
    return day.year + (day.timetuple().tm_yday - 0.5) / 365.25
