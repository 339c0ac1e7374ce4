"""The record run: the largest of a random number of releases, held back by money and physics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import ks_2samp
from scipy.stats import t as student

from forecast.model.compute import (
    chips_bind,
    frontier_compute,
    largest_release,
    length_binds,
    money_binds,
    physics_binds,
    planned_compute,
    power_binds,
    training_compute,
)
from forecast.streams import BLOCK, uniforms

if TYPE_CHECKING:
    from tests.conftest import World


def releases(rate: float, tail: float, dispersion: float, growth: float) -> np.ndarray:
    chances = (uniforms("first", 1, 0), uniforms("second", 1, 0))
    return largest_release(1.0, growth, dispersion, tail, rate, *chances)[0]


def brute_force(
    rate: float, tail: float, dispersion: float, growth: float, times: tuple[float, float] | None
) -> np.ndarray:
    """Every release of every year drawn one by one, at the two given times or spread over the year."""
    generator = np.random.default_rng(1)
    largest = np.zeros(BLOCK)
    for path in range(BLOCK):
        for half in range(2):
            count = generator.poisson(0.5 * rate)
            time = times[half] if times else generator.uniform(-0.5, 0.0, count) + 0.5 * half
            sizes = growth * time + dispersion * generator.standard_t(tail, count)
            largest[path] = max(largest[path], np.exp(sizes).max(initial=0.0))
    return largest


@pytest.mark.parametrize(
    ("rate", "tail", "dispersion", "growth"), [(10.8, 9.8, 1.04, 1.7), (1.5, 3.0, 0.5, 0.4)]
)
def test_the_largest_release_is_that_of_releases_drawn_one_by_one(
    rate: float, tail: float, dispersion: float, growth: float
) -> None:
    closed = releases(rate, tail, dispersion, growth)
    drawn = brute_force(rate, tail, dispersion, growth, (-0.25, 0.25))
    assert ks_2samp(closed, drawn).pvalue > 0.01
    # Two moments a year stand in well for releases at any time of it.
    spread = brute_force(rate, tail, dispersion, growth, None)
    assert ks_2samp(closed, spread).statistic < 0.06


def test_a_year_may_pass_without_a_release() -> None:
    found = releases(1.2, 5.0, 0.6, 0.5)
    # A Poisson number is zero with probability exp(-rate); three standard errors of the share.
    none = np.exp(-1.2)
    assert np.mean(found == 0.0) == pytest.approx(none, abs=3.0 * np.sqrt(none * (1.0 - none) / BLOCK))


def test_the_distribution_of_the_largest_release_is_closed_form() -> None:
    rate, tail, dispersion = 6.0, 4.0, 0.8
    found = releases(rate, tail, dispersion, 0.0)
    found = np.log(found[found > 0.0])
    # Without growth both halves are one year: P(largest <= x) = exp(-rate (1 - F(x))).
    share = np.exp(-rate * student.sf(found / dispersion, tail))
    grid = np.linspace(0.05, 0.95, 19)
    assert np.max(np.abs(np.quantile(share, grid) - grid)) < 0.03


def test_without_chance_the_trend_is_a_straight_line_in_the_logarithm() -> None:
    elapsed = np.array([[-0.25], [0.75], [1.75]])
    path = frontier_compute(
        5e26, np.log(4.5), np.log(4.5), 8.0, 0.0, np.ones((3, 4)), 0.0, np.ones((3, 4)), elapsed
    )
    # Epoch AI: training compute of frontier models grows 4x to 5x a year.
    np.testing.assert_allclose(path[1:] / path[:-1], 4.5, rtol=1e-12)
    np.testing.assert_allclose(path[1], 5e26 * 4.5**0.75, rtol=1e-12)


def test_the_record_never_falls_and_never_falls_below_what_is_known(world: World) -> None:
    for name in ("planned_compute", "training_compute"):
        assert np.all(np.diff(world[name], axis=0) >= 0.0)
        assert np.all(world[name] >= world["record_compute_known"])
    assert np.all(world["training_compute"] <= world["planned_compute"])


def test_what_holds_the_record_back_is_named(world: World) -> None:
    money, physics = world["money_binds"], world["physics_binds"]
    assert np.all(money * physics == 0.0)
    free = (money == 0.0) & (physics == 0.0)
    np.testing.assert_array_equal(world["training_compute"][free], world["planned_compute"][free])
    ceiling = np.minimum(world["affordable_compute"], world["feasible_compute"])
    np.testing.assert_array_equal(free, world["planned_compute"] <= ceiling)


def test_the_lowest_of_plan_money_and_physics_decides() -> None:
    planned, money, physics = (
        np.array([[1.0, 3.0, 3.0, 2.0]]),
        np.array([[2.0, 1.0, 2.0, 2.0]]),
        np.full((1, 4), 2.0),
    )
    physics[0, 2] = 1.5
    np.testing.assert_array_equal(
        training_compute(planned, money, physics, np.zeros((1, 4)))[0], [1.0, 1.0, 1.5, 2.0]
    )
    np.testing.assert_array_equal(money_binds(planned, money, physics)[0], [0.0, 1.0, 0.0, 0.0])
    np.testing.assert_array_equal(physics_binds(planned, money, physics)[0], [0.0, 0.0, 1.0, 0.0])


def test_physics_is_power_or_chips_and_never_both(world: World) -> None:
    power, chips = world["power_binds"], world["chips_bind"]
    np.testing.assert_array_equal(power + chips, world["physics_binds"])
    assert np.all(power * chips == 0.0)
    assert power.any()
    assert chips.any()
    bound = np.array([[1.0, 1.0, 1.0, 0.0]])
    by_power, by_chips = np.array([[1.0, 2.0, 3.0, 1.0]]), np.full((1, 4), 2.0)
    np.testing.assert_array_equal(power_binds(bound, by_power, by_chips)[0], [1.0, 1.0, 0.0, 0.0])
    np.testing.assert_array_equal(
        chips_bind(bound, power_binds(bound, by_power, by_chips))[0], [0.0, 0.0, 1.0, 0.0]
    )


def test_a_record_stands_until_it_is_broken() -> None:
    year = np.array([[2.0], [1.0], [5.0]])
    np.testing.assert_array_equal(planned_compute(year, np.array([[1.5]]))[:, 0], [2.0, 2.0, 5.0])
    np.testing.assert_array_equal(
        training_compute(year, year, year, np.array([[3.0]]))[:, 0], [3.0, 3.0, 5.0]
    )


def test_the_longest_run_binds_where_time_is_used_up_and_physics_holds_back(world: World) -> None:
    bound, length = np.array([[1.0, 1.0, 0.0]]), np.array([[2.4e7, 2.3e7, 2.4e7]])
    np.testing.assert_array_equal(length_binds(bound, length, 2.4e7)[0], [1.0, 0.0, 0.0])
    # In the baseline: never without one of the two limits on speed, and ever more often as runs get longer.
    flag = world["length_binds"]
    assert np.all(flag <= world["power_binds"] + world["chips_bind"])
    assert np.all(np.diff(flag.mean(axis=-1)) >= 0.0)
    assert flag[-1].any()
