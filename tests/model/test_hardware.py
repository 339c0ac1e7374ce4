"""What a dollar buys, and how much power and how many chips one run can get."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from forecast.model.hardware import (
    SCATTER_TAIL,
    chip_limited_compute,
    energy_efficiency,
    feasible_compute,
    power_draw,
    power_limited_compute,
    price_performance,
    record_price_performance,
    run_length,
    site_power,
    world_compute,
)
from forecast.streams import uniforms

DAY = 86400.0
ELAPSED = np.array([[-0.25], [0.75], [1.75], [2.75]])


def test_without_volatility_price_performance_grows_at_its_rate() -> None:
    path = price_performance(2e18, np.log(1.37), 0.0, np.ones((4, 2)), ELAPSED)
    np.testing.assert_allclose(path[1:] / path[:-1], 1.37, rtol=1e-12)


def test_price_performance_can_fall() -> None:
    path = price_performance(2e18, 0.05, 0.3, np.full((4, 1), -1.0), ELAPSED)
    assert np.all(np.diff(path[1:], axis=0) < 0.0)


def test_record_runs_scatter_around_the_typical_cluster_by_students_t() -> None:
    chance = uniforms("record_price_chance", 1, 0)
    found = record_price_performance(2e18, 0.45, chance)
    np.testing.assert_allclose(found, 2e18 * np.exp(0.45 * student.ppf(chance, SCATTER_TAIL)), rtol=1e-8)
    assert float(record_price_performance(2e18, 0.45, 0.5)) == pytest.approx(2e18)
    np.testing.assert_array_equal(record_price_performance(2e18, 0.0, chance), 2e18)


def test_gpt_4_from_its_chips() -> None:
    # Epoch AI: 25,000 A100 (312e12 FLOP/s dense at 16 bit) for 95 days at 34% utilisation gave 2.1e25 FLOP.
    by_chips = chip_limited_compute(25_000 * 312e12 / 0.5, 0.5, 0.34, 95 * DAY)
    assert by_chips == pytest.approx(2.1e25, rel=0.05)


def test_a_run_draws_the_power_that_it_was_given() -> None:
    length, efficiency = 90 * DAY, 2.5e11
    by_power = power_limited_compute(1e9, length, efficiency)
    # A gigawatt for 90 days at 2.5e11 FLOP per joule: 1e9 x 7.776e6 x 2.5e11.
    assert by_power == pytest.approx(1.944e27)
    assert power_draw(by_power, length, efficiency) == pytest.approx(1e9)


def test_the_scarcer_of_power_and_chips_decides() -> None:
    by_power = power_limited_compute(1e9, 7e6, 2e11)
    by_chips = chip_limited_compute(3e22, 0.1, 0.4, 7e6)
    assert feasible_compute(by_power, by_chips) == by_power == pytest.approx(1.4e27)
    assert feasible_compute(by_power, chip_limited_compute(3e21, 0.1, 0.4, 7e6)) == pytest.approx(8.4e26)


def test_a_run_never_trains_longer_than_pays() -> None:
    path = run_length(9e6, np.log(1.4), 1.2e7, ELAPSED)
    assert np.all(path <= 1.2e7)
    assert path[0, 0] == pytest.approx(9e6 * 1.4**-0.25)
    assert path[-1, 0] == 1.2e7


def test_efficiency_power_and_chips_start_from_now() -> None:
    now = np.array([[0.0]])
    assert energy_efficiency(2.5e11, 0.3, now) == 2.5e11
    assert site_power(1e9, 0.7, 0.2, 3.0, now) == 1e9
    assert world_compute(3e22, 0.8, 0.3, 2.0, now) == 3e22


def test_growth_of_power_and_chips_settles_at_its_lasting_rate() -> None:
    late = np.array([[60.0], [61.0]])
    for formula in (site_power, world_compute):
        path = formula(1.0, 0.8, 0.2, 3.0, late)
        assert np.log(path[1, 0] / path[0, 0]) == pytest.approx(0.2, rel=1e-6)
