"""What the record run costs, on each cost basis. Budgets are compared with the amortised one and no other."""

from __future__ import annotations

from forecast.graph import adds_to
from forecast.units import Flop, FlopPerUsd, Ratio, Share, Usd


@adds_to("training_cost")
def compute_cost(training_compute: Flop, record_price_performance: FlopPerUsd) -> Usd:
    """Amortised hardware and energy that the record run uses up, at the year's prices (Cottier et al. 2024, eq. 2)."""
    return training_compute / record_price_performance


def cloud_compute_cost(compute_cost: Usd, cloud_cost_ratio: Ratio) -> Usd:
    """What the record run's compute would cost at cloud list prices."""
    return compute_cost * cloud_cost_ratio


def acquisition_cost(compute_cost: Usd, acquisition_cost_ratio: Ratio) -> Usd:
    """What it costs to buy the cluster that the record run trains on."""
    return compute_cost * acquisition_cost_ratio


def uncapped_training_cost(
    planned_compute: Flop, record_price_performance: FlopPerUsd, overhead_cost: Usd
) -> Usd:
    """What the record run would cost if the trend went on and anybody could pay for it."""
    return planned_compute / record_price_performance + overhead_cost


def development_cost(
    training_cost: Usd, compute_cost: Usd, experiments_per_run: Ratio, staff_share: Share
) -> Usd:
    """Full cost of developing the record model: final run, experiments and research staff with their equity."""
    return (training_cost + compute_cost * experiments_per_run) / (1.0 - staff_share)


def compute_share(compute_cost: Usd, training_cost: Usd) -> Share:
    """Part of the record run's cost that is compute."""
    return compute_cost / training_cost


def data_share(data_cost: Usd, training_cost: Usd) -> Share:
    """Part of the record run's cost that is data."""
    return data_cost / training_cost


def labeling_share(labeling_cost: Usd, training_cost: Usd) -> Share:
    """Part of the record run's cost that is labeling."""
    return labeling_cost / training_cost


def reference_capability_cost(
    reference_compute: Flop, algorithmic_efficiency: Ratio, price_performance: FlopPerUsd
) -> Usd:
    """What it costs in compute to train a model as capable as GPT-4 was at its release."""
    return reference_compute / (algorithmic_efficiency * price_performance)
