"""What the record run costs, on each cost basis. Budgets are compared with the amortised one and no other."""

from __future__ import annotations

from forecast.graph import adds_to
from forecast.units import Flop, FlopPerUsd, Ratio, Share, Usd


@adds_to("training_cost")
def compute_cost(training_compute: Flop, record_price_performance: FlopPerUsd) -> Usd:
    """Amortised hardware and energy that the record run uses up, at the year's prices (Cottier et al. 2024, eq. 2).

    Equation:
        training_compute / record_price_performance

    Leaves out:
        Staff, buildings, idle time and the margin of a landlord: renters pay a markup in
        `run_price`.
    """
    return training_compute / record_price_performance


def cloud_compute_cost(compute_cost: Usd, cloud_cost_ratio: Ratio) -> Usd:
    """What the record run's compute would cost at cloud list prices.

    Equation:
        compute_cost * cloud_cost_ratio

    Leaves out:
        Discounts; list prices are seldom paid by those who train records. Never compared with a
        budget.
    """
    return compute_cost * cloud_cost_ratio


def acquisition_cost(compute_cost: Usd, acquisition_cost_ratio: Ratio) -> Usd:
    """What it costs to buy the cluster that the record run trains on.

    Equation:
        compute_cost * acquisition_cost_ratio

    Leaves out:
        That the cluster serves for years after the run. Never compared with a budget.
    """
    return compute_cost * acquisition_cost_ratio


def uncapped_training_cost(
    planned_compute: Flop, record_price_performance: FlopPerUsd, overhead_cost: Usd
) -> Usd:
    """What the record run would cost if the trend went on and anybody could pay for it.

    Equation:
        planned_compute / record_price_performance + overhead_cost

    Leaves out:
        That prices would rise if somebody bought so much.
    """
    return planned_compute / record_price_performance + overhead_cost


def development_cost(
    training_cost: Usd, compute_cost: Usd, experiments_per_run: Ratio, staff_share: Share
) -> Usd:
    """Full cost of developing the record model: final run, experiments and research staff with their equity.

    Equation:
        (training_cost + compute_cost * experiments_per_run) / (1 - staff_share)

    Leaves out:
        Failed runs counted twice in some sources; safety testing and deployment. Never compared
        with a budget.
    """
    return (training_cost + compute_cost * experiments_per_run) / (1.0 - staff_share)


def compute_share(compute_cost: Usd, training_cost: Usd) -> Share:
    """Part of the record run's cost that is compute.

    Equation:
        compute_cost / training_cost

    Leaves out:
        Nothing: it is a definition.
    """
    return compute_cost / training_cost


def data_share(data_cost: Usd, training_cost: Usd) -> Share:
    """Part of the record run's cost that is data.

    Equation:
        data_cost / training_cost

    Leaves out:
        Nothing: it is a definition.
    """
    return data_cost / training_cost


def labeling_share(labeling_cost: Usd, training_cost: Usd) -> Share:
    """Part of the record run's cost that is labeling.

    Equation:
        labeling_cost / training_cost

    Leaves out:
        Nothing: it is a definition.
    """
    return labeling_cost / training_cost


def reference_capability_cost(
    reference_compute: Flop, algorithmic_efficiency: Ratio, price_performance: FlopPerUsd
) -> Usd:
    """What it costs in compute to train a model as capable as GPT-4 was at its release.

    Equation:
        reference_compute / (algorithmic_efficiency * price_performance)

    Leaves out:
        Distillation from a better model, which is cheaper still; that gains measured at the frontier are larger than
        those of small runs (at most 1.5x a year, Gundlach et al. 2025), so that far below GPT-4's cost it is too low.
    """
    return reference_compute / (algorithmic_efficiency * price_performance)
