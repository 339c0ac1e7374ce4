"""The cost of the record run: the sum of its parts, on three cost bases that are never mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecast import observations
from forecast.model import graph
from forecast.model.cost import (
    acquisition_cost,
    cloud_compute_cost,
    compute_cost,
    development_cost,
    reference_capability_cost,
    uncapped_training_cost,
)

if TYPE_CHECKING:
    from tests.conftest import World


def test_the_training_cost_is_compute_data_and_labeling(world: World) -> None:
    parts = world["compute_cost"] + world["data_cost"] + world["labeling_cost"]
    np.testing.assert_allclose(world["training_cost"], parts, rtol=1e-12)
    assert set(graph().nodes["training_cost"].parts) == {"compute_cost", "data_cost", "labeling_cost"}


def test_the_shares_of_the_cost_add_up_to_one(world: World) -> None:
    shares = [world[name] for name in ("compute_share", "data_share", "labeling_share")]
    np.testing.assert_allclose(sum(shares), 1.0, rtol=1e-12)
    assert all(np.all((share >= 0.0) & (share <= 1.0)) for share in shares)


def test_gpt_4_on_three_cost_bases() -> None:
    # Epoch AI, costs of GPT-4 in USD of 2023: 35.9M amortised, 78.3M at cloud prices, 776M to buy the cluster.
    bought = 2.1e25 / 35.936e6
    amortised = compute_cost(2.1e25, bought)
    assert amortised == pytest.approx(35.936e6)
    assert cloud_compute_cost(amortised, 78.345 / 35.936) == pytest.approx(78.345e6)
    assert acquisition_cost(amortised, 776.01 / 35.936) == pytest.approx(776.01e6)


def test_the_uncapped_run_costs_at_least_as_much(world: World) -> None:
    assert np.all(world["uncapped_training_cost"] >= world["training_cost"] * (1.0 - 1e-12))
    free = (world["money_binds"] == 0.0) & (world["physics_binds"] == 0.0)
    np.testing.assert_allclose(
        world["uncapped_training_cost"][free], world["training_cost"][free], rtol=1e-12
    )
    assert uncapped_training_cost(6.0, 2.0, 5.0) == 8.0


def test_staff_are_a_share_of_the_whole_development_cost() -> None:
    whole = development_cost(10.0, 8.0, 2.0, 0.4)
    assert whole - (10.0 + 8.0 * 2.0) == pytest.approx(0.4 * whole)
    assert development_cost(10.0, 8.0, 0.0, 0.0) == 10.0


def test_developing_the_model_costs_more_than_training_it(world: World) -> None:
    assert np.all(world["development_cost"] > world["training_cost"])


def test_a_capability_gets_cheaper_by_chips_and_algorithms_alike() -> None:
    base = reference_capability_cost(2.1e25, 1.0, 6e17)
    assert base == pytest.approx(3.5e7)
    assert reference_capability_cost(2.1e25, 4.0, 6e17) == pytest.approx(base / 4.0)
    assert reference_capability_cost(2.1e25, 1.0, 24e17) == pytest.approx(base / 4.0)


def runs_with(basis: str) -> list[tuple[float, float]]:
    """Amortised cost and cost on another basis of every run since 2022 that has both [USD of 2023]."""
    known = observations.load()
    pairs = [
        (run.real_cost("amortized", known.price_index), run.real_cost(basis, known.price_index))
        for run in known.training_runs
        if run.released.year >= 2022
    ]
    return [(amortised, other) for amortised, other in pairs if amortised and other]


@pytest.mark.parametrize(
    ("basis", "driver"), [("cloud", "cloud_cost_ratio"), ("acquisition", "acquisition_cost_ratio")]
)
def test_the_other_bases_lie_where_those_of_known_runs_do(world: World, basis: str, driver: str) -> None:
    ratios = np.array([other / amortised for amortised, other in runs_with(basis)])
    assert len(ratios) >= 10
    # The typical ratio, within the error of a median of so few.
    middle = np.median(world[driver])
    low, high = np.quantile(ratios, [0.25, 0.75])
    assert low < middle < high


def test_known_runs_cost_what_their_compute_costs_at_the_price_of_their_day(world: World) -> None:
    known = observations.load()
    now, growth = np.median(world["price_performance_now"]), np.median(world["price_performance_growth"])
    errors = []
    for run in known.training_runs:
        cost = run.real_cost("amortized", known.price_index)
        if (
            cost
            and run.compute is not None
            and run.compute.value
            and run.released.year >= 2022
            and run.chip != "tpu"
        ):
            age = 2026.75 - (run.released.year + (run.released.month - 0.5) / 12.0)
            errors.append(np.log(compute_cost(run.compute.value, now * np.exp(-growth * age)) / cost))
    assert len(errors) >= 15
    # Single runs scatter by 0.45 around the typical price; their median does by much less.
    assert abs(np.median(errors)) < 0.4
    assert np.std(errors) < 0.8


@pytest.mark.parametrize(
    ("amortised", "staff", "published"),
    [
        (2.04e6, 0.33, (5.4e6, 7.4e6, 10.2e6)),
        (35.9e6, 0.29, (101e6, 129e6, 170e6)),
        (29.6e6, 0.49, (95e6, 132e6, 182e6)),
        (0.73e6, 0.43, (2.2e6, 2.8e6, 3.7e6)),
    ],
    ids=["GPT-3", "GPT-4", "Gemini Ultra", "OPT-175B"],
)
def test_development_costs_as_much_as_was_published(
    amortised: float, staff: float, published: tuple[float, float, float]
) -> None:
    # Cottier et al. 2024: experiments 2.2 times the final run (1.2 to 4), staff as a share of the whole by model; their
    # results at 5, 50 and 95%.
    low, middle, high = (development_cost(amortised, amortised, ratio, staff) for ratio in (1.2, 2.2, 4.0))
    assert low < published[2]
    assert published[0] < high
    assert 0.6 < middle / published[1] < 1.6


def test_budgets_are_compared_with_the_amortised_basis_and_no_other() -> None:
    asked = ("affordable", "payers", "contenders", "training_compute", "run_price", "revenue_index")
    behind = {*graph().needed(asked), *graph().inputs_of(asked)}
    others = {"cloud_compute_cost", "acquisition_cost", "development_cost"}
    assert behind & {*others, "cloud_cost_ratio", "acquisition_cost_ratio", "staff_share"} == set()
    assert {"training_cost", "compute_cost"} <= behind
