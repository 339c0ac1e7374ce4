"""History as the charts show it: what each run cost, used and got for its money, with how well that is known."""

from __future__ import annotations

from forecast.observations import Observations, TrainingRun
from forecast.report.charts.history import HistoryPoint

COST_ERROR = {"gpu": (0.34, 3.7), "tpu": (0.27, 4.9)}
"""90% measurement interval of an amortised cost as factors of it, by kind of chip.

From the uncertainty analysis published with Cottier et al. 2024 (arXiv:2405.21015).
"""

COMPUTE_ERROR = {"confident": 3.0, "likely": 10.0, "speculative": 30.0}
"""Width of the 90% interval of a compute estimate, upper over lower end, by Epoch AI's class of confidence."""


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
        day = run.released.year + (run.released.timetuple().tm_yday - 0.5) / 365.25
        compute = run.compute
        width = COMPUTE_ERROR.get(run.confidence, 30.0) ** 0.5
        computes.append(
            HistoryPoint(
                day,
                compute.value,
                compute.low or compute.value / width,
                compute.high or compute.value * width,
                run.model,
            )
        )
        cost = run.real_cost("amortized", observations.price_index)
        if cost is None:
            continue
        low, high = _cost_error(run)
        costs.append(HistoryPoint(day, cost, cost * low, cost * high, run.model))
        ratio = compute.value / cost
        performances.append(HistoryPoint(day, ratio, ratio / high, ratio / low, run.model))
    return {
        "training_cost": tuple(costs),
        "training_compute": tuple(computes),
        "price_performance": tuple(performances),
    }


def _cost_error(run: TrainingRun) -> tuple[float, float]:
    return COST_ERROR["tpu" if run.chip == "tpu" else "gpu"]
