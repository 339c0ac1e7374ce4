"""The cost of the record run: the sum of its parts, on three cost bases that are never mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

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
