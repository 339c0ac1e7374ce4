"""Which way the world moves when one input moves: signs that hold on every path, whatever the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecast.model import graph
from forecast.units import Array

if TYPE_CHECKING:
    from tests.conftest import World

DRAWS = 1000
# Driver: what never falls when it rises, and what never rises.
SIGNS = {
    "frontier_compute_now": (
        "planned_compute training_compute training_cost tokens_wanted",
        "payers data_factor",
    ),
    "frontier_releases": (
        "largest_release planned_compute training_compute training_cost",
        "payers contenders",
    ),
    "record_compute_known": (
        "planned_compute training_compute training_cost power_draw",
        "payers contenders",
    ),
    "price_performance_now": (
        "price_performance affordable_compute training_compute payers contenders",
        "compute_cost uncapped_training_cost reference_capability_cost money_binds",
    ),
    "energy_efficiency_now": (
        "feasible_compute training_compute training_cost",
        "payers power_draw physics_binds",
    ),
    "run_length_now": ("run_length feasible_compute training_compute", "payers physics_binds"),
    "run_length_limit": ("run_length feasible_compute training_compute", "payers physics_binds"),
    "site_power_now": (
        "site_power power_limited_compute feasible_compute training_compute training_cost",
        "payers physics_binds power_binds",
    ),
    "site_power_growth_later": ("feasible_compute training_compute", "physics_binds"),
    "world_compute_now": (
        "world_compute chip_limited_compute feasible_compute training_compute training_cost",
        "payers physics_binds chips_bind",
    ),
    "record_share_of_world": ("feasible_compute training_compute", "physics_binds"),
    "utilisation": ("feasible_compute training_compute", "physics_binds"),
    "algorithmic_growth": (
        "algorithmic_efficiency effective_compute capability_index mmlu",
        "reference_capability_cost",
    ),
    "algorithmic_growth_later": (
        "algorithmic_efficiency effective_compute capability_index mmlu",
        "reference_capability_cost",
    ),
    "stock_now": (
        "raw_stock repeated_stock synthesized_stock data_generations unique_tokens data_factor effective_compute",
        "data_use data_binds raw_stock_use quality_stock_use repeated_stock_use synthesized_stock_use",
    ),
    "synthetic_share": ("quality_stock_use", "raw_stock quality_stock repeated_stock data_generations"),
    "repetition_limit": (
        "repetition_worth repeated_stock synthesized_stock data_generations",
        "repeated_stock_use",
    ),
    "usable_share": ("unique_tokens effective_tokens data_factor effective_compute", "data_use data_binds"),
    "access_probability": (
        "accessible usable_stock raw_stock unique_tokens data_factor effective_compute",
        "data_use data_binds raw_stock_use",
    ),
    "tokens_in_hand": ("unique_tokens data_factor effective_compute", "data_use data_binds"),
    "repetition_scale": ("effective_tokens data_factor effective_compute capability_index", ""),
    "pretraining_share": ("tokens_wanted data_use data_binds", "data_factor effective_compute"),
    "tokens_per_parameter": ("tokens_wanted data_use data_binds", "parameters_wanted"),
    "labels_now": ("labeling_spend labeling_cost", "affordable_compute training_compute"),
    "automation_now": ("automated_share automated_labeling_spend", "human_labeling_spend"),
    "wage_now": ("hourly_wage labeling_cost", "affordable_compute training_compute"),
    "hours_per_label": ("human_labeling_spend labeling_cost", "affordable_compute training_compute"),
    "expertise": ("expert_share", ""),
    "vendor_margin": ("vendor_markup labeling_cost", "training_compute"),
    "insourced_share": ("training_compute", "vendor_markup labeling_cost"),
    "automated_label_price": ("labeling_cost", "training_compute"),
    "labeling_share_of_run": ("labeling_cost", "training_compute"),
    "research_spending_now": (
        "run_budget largest_run_budget affordable_compute training_compute",
        "money_binds",
    ),
    "capital_spending_now": (
        "run_budget largest_run_budget affordable_compute training_compute",
        "money_binds",
    ),
    "spending_growth_later": ("run_budget affordable_compute training_compute training_cost", "money_binds"),
    "final_run_share": ("run_budget affordable_compute training_compute training_cost", "money_binds"),
    "funds_now": ("cash_limit run_budget affordable_compute training_compute", "money_binds"),
    "funds_share_of_run": ("cash_limit run_budget affordable_compute training_compute", "money_binds"),
    "compute_markup": ("money_binds", "affordable_compute training_compute training_cost"),
    "frontier_probability": ("affordable_compute training_compute training_cost", "payers contenders"),
    "absorption_rate": ("", "active own_compute_budget"),
    "established": ("entered largest_run_budget affordable_compute training_compute", "money_binds"),
    "entry_rate": ("entered largest_run_budget affordable_compute training_compute", "money_binds"),
    "rental_markup": ("newcomer_price newcomer_budget", "raised_compute raised_record_share"),
    "raised_money": ("raised_compute raised_record_share", ""),
    "raised_share_of_run": ("raised_compute raised_record_share", ""),
    "open_weights_lag": ("open_weights_gap", ""),
    "open_compute_lag": ("", "open_weights_compute"),
    "openness_cost": ("open_release_probability", ""),
    "contender_share": ("", "contenders near_record"),
    "research_share_of_capital": ("own_compute_budget run_budget affordable_compute", "money_binds"),
    "backing_share_of_capital": ("backing_given backing_received run_budget", "money_binds"),
    "final_run_boldness": ("run_budget affordable_compute training_compute", "money_binds"),
    "frontier_compute_growth_floor": ("frontier_compute planned_compute training_compute", "payers"),
    "world_compute_growth_later": ("world_compute feasible_compute training_compute", "chips_bind"),
    "label_growth_later": ("label_need label_volume labeling_cost", "training_compute"),
    "flop_per_parameter_token": ("", "tokens_wanted parameters_wanted data_use data_binds"),
    "loss_parameter_scale": ("data_factor effective_compute", "token_shadow_price"),
    "loss_token_scale": ("token_shadow_price", "data_factor effective_compute"),
    "acquisition_cost_ratio": ("acquisition_cost", ""),
    "cloud_cost_ratio": ("cloud_compute_cost", ""),
    "experiments_per_run": ("development_cost", ""),
    "staff_share": ("development_cost", ""),
    "reference_compute": ("reference_capability_cost", "capability_decades capability_index mmlu"),
    "points_per_decade": ("", "marginal_cost"),
    "mmlu_reference": ("mmlu", ""),
    "leapfrog_distance": ("leapfrog_time", ""),
    "mmlu_chance": ("mmlu", ""),
}

# Volatility or scatter: the variable that it spreads.
SPREADS = {
    "frontier_compute_volatility": "frontier_compute",
    "frontier_compute_growth_volatility": "frontier_compute",
    "frontier_compute_dispersion": "largest_release",
    "price_performance_volatility": "price_performance",
    "price_performance_dispersion": "record_price_performance",
    "market_volatility": "market_index",
    "spending_volatility": "spending_growth",
}
# Time in which growth fades: growth now, lasting growth and the variable that grows.
FADES = {
    "frontier_compute_growth_fade": (
        "frontier_compute_growth",
        "frontier_compute_growth_floor",
        "frontier_compute",
    ),
    "algorithmic_growth_fade": (
        "algorithmic_growth",
        "algorithmic_growth_later",
        "algorithmic_efficiency",
    ),
    "site_power_growth_fade": ("site_power_growth_now", "site_power_growth_later", "site_power"),
    "world_compute_growth_fade": ("world_compute_growth_now", "world_compute_growth_later", "world_compute"),
    "label_growth_fade": ("label_growth_now", "label_growth_later", "label_need"),
    "spending_growth_fade": ("spending_growth_now", "spending_growth_later", "spending_growth"),
}
# The direction depends on which side of something the path is: the variable, and where it rises.
SIDES = {
    "openness_steepness": (
        "open_release_probability",
        lambda world: world["training_cost"] < world["openness_cost"],
    ),
    "reference_date": ("algorithmic_efficiency", lambda world: world["algorithmic_growth"] < 0.0),
    "mmlu_slope": ("mmlu", lambda world: world["capability_decades"] > 0.0),
    "market_exposure": ("spending_growth", lambda world: world["market_index"] > 1.0),
}
# Shown elsewhere in the tests of the model: shifts between members, and the exponents of the loss law.
ELSEWHERE = {"backing_weight", "loss_parameter_exponent", "loss_token_exponent", "frontier_compute_tail"}


def cut(value: Array) -> Array:
    return value[..., :DRAWS] if value.shape[-1] > 1 else value


@pytest.fixture(scope="module")
def free_data(world: World) -> dict[str, Array]:
    """The baseline's drivers with data that cost nothing.

    A richer payer wants more tokens, a more capable model more experts, and what these cost is then missing for
    compute: second-order effects that can turn a sign on one path in some thousands. Label counts do not react, and
    budgets do not follow capability: a higher start leaves less to gain.
    """
    values = {name: cut(value) for name, value in world.drivers.values.items()}
    effects = (
        "price_per_token",
        "synthesis_compute",
        "label_price_elasticity",
        "label_capability_response",
        "revenue_elasticity",
    )
    free = {name: np.zeros_like(values[name]) for name in effects}
    return {**values, **free}


@pytest.fixture(scope="module")
def factors(world: World) -> dict[str, tuple[Array, ...]]:
    return {name: tuple(cut(factor) for factor in each) for name, each in world.drivers.factors.items()}


def risen(name: str, value: Array) -> Array:
    unit = graph().drivers[name].unit
    if unit.bounded:
        return value + 0.3 * (1.0 - value)
    return value * 1.3 if unit.positive or unit.nonnegative else value + 0.15


def assert_never_less(name: str, small: Array, large: Array) -> None:
    assert np.all(large >= small - 1e-9 * np.abs(small)), name


def moved(
    drivers: Mapping[str, Array],
    factors: Mapping[str, tuple[Array, ...]],
    changes: Mapping[str, Array],
    wanted: str,
) -> tuple[dict[str, Array], dict[str, Array]]:
    names = wanted.split()
    before = graph().evaluate(drivers, names, factors=factors)
    return before, graph().evaluate({**drivers, **changes}, names, factors=factors)


@pytest.mark.parametrize("driver", SIGNS)
def test_a_driver_moves_the_world_one_way(
    driver: str, free_data: dict[str, Array], factors: dict[str, tuple[Array, ...]]
) -> None:
    rising, falling = SIGNS[driver]
    change = {driver: risen(driver, free_data[driver])}
    before, after = moved(free_data, factors, change, f"{rising} {falling}")
    for name in rising.split():
        assert_never_less(name, before[name], after[name])
    for name in falling.split():
        assert_never_less(name, after[name], before[name])
    # A sign that holds because nothing moves would show nothing.
    assert any(not np.array_equal(before[name], after[name]) for name in before)


def test_more_money_for_everybody_never_leaves_fewer_who_can_pay(
    free_data: dict[str, Array], factors: dict[str, tuple[Array, ...]]
) -> None:
    free = {name: np.zeros_like(free_data[name]) for name in ("wage_now", "automated_label_price")}
    money = ("funds_now", "research_spending_now", "capital_spending_now")
    more = {name: free_data[name] * 1.5 for name in money}
    before, after = moved(
        {**free_data, **free}, factors, more, "run_budget training_compute payers contenders"
    )
    np.testing.assert_allclose(after["run_budget"], 1.5 * before["run_budget"], rtol=1e-12)
    for name in before:
        assert_never_less(name, before[name], after[name])


@pytest.mark.parametrize("driver", ["price_per_token", "synthesis_compute"])
def test_dearer_data_leave_less_for_compute(
    driver: str, world: World, factors: dict[str, tuple[Array, ...]]
) -> None:
    values = {name: cut(value) for name, value in world.drivers.values.items()}
    before, after = moved(
        values, factors, {driver: values[driver] * 1.3}, "data_cost training_compute affordable_compute"
    )
    assert_never_less("data_cost", before["data_cost"], after["data_cost"])
    for name in ("training_compute", "affordable_compute"):
        assert_never_less(name, after[name], before[name])


def test_prices_of_text_that_grow_faster_make_later_data_dearer(
    world: World, factors: dict[str, tuple[Array, ...]]
) -> None:
    values = {name: cut(value) for name, value in world.drivers.values.items()}
    faster = {"price_per_token_growth": risen("price_per_token_growth", values["price_per_token_growth"])}
    # More text wanted, because a lower price in the first months left more for compute, is another matter.
    fixed = {"label_price_elasticity": np.zeros_like(values["label_price_elasticity"])}
    before, after = moved({**values, **fixed}, factors, faster, "licence_price licence_cost data_cost")
    later = world["elapsed"][:, 0] > 0.0
    for name in ("licence_price", "licence_cost", "data_cost"):
        assert_never_less(name, before[name][..., later, :], after[name][..., later, :])
    assert np.any(after["data_cost"] > before["data_cost"])


def test_more_rebound_means_more_labels_where_they_got_cheaper(
    world: World, factors: dict[str, tuple[Array, ...]]
) -> None:
    values = {name: cut(value) for name, value in world.drivers.values.items()}
    more = {"label_price_elasticity": np.minimum(values["label_price_elasticity"] * 1.3, 1.0)}
    before, after = moved(values, factors, more, "label_volume label_price label_price_now")
    cheaper = np.broadcast_to(
        before["label_price"] <= before["label_price_now"], before["label_volume"].shape
    )
    assert cheaper.any()
    assert not cheaper.all()
    assert np.all(after["label_volume"][cheaper] >= before["label_volume"][cheaper])
    assert np.all(after["label_volume"][~cheaper] <= before["label_volume"][~cheaper])


def test_a_stronger_response_to_capability_means_more_labels_where_there_is_more(
    world: World, factors: dict[str, tuple[Array, ...]]
) -> None:
    values = {name: cut(value) for name, value in world.drivers.values.items()}
    more = {"label_capability_response": values["label_capability_response"] + 0.1}
    before, after = moved(values, factors, more, "label_volume capability_ahead")
    ahead = np.broadcast_to(before["capability_ahead"] >= 0.0, before["label_volume"].shape)
    assert np.all(after["label_volume"][ahead] >= before["label_volume"][ahead])
    assert np.all(after["label_volume"][~ahead] <= before["label_volume"][~ahead])


@pytest.mark.parametrize(
    ("driver", "sign"), [("algorithmic_growth", 1.0), ("expected_capability_growth", -1.0)]
)
def test_capability_beyond_expectation_raises_every_budget(
    driver: str, sign: float, world: World, factors: dict[str, tuple[Array, ...]]
) -> None:
    values = {name: cut(value) for name, value in world.drivers.values.items()}
    wanted = "revenue_index compute_budget run_budget largest_run_budget"
    before, after = moved(values, factors, {driver: risen(driver, values[driver])}, wanted)
    for name in wanted.split():
        assert_never_less(name, sign * before[name], sign * after[name])
    assert np.any(after["revenue_index"] != before["revenue_index"])


@pytest.mark.parametrize("driver", ["revenue_elasticity", "revenue_lag"])
def test_elasticity_widens_and_a_lag_delays_what_revenue_does(
    driver: str, world: World, factors: dict[str, tuple[Array, ...]]
) -> None:
    values = {name: cut(value) for name, value in world.drivers.values.items()}
    before, after = moved(values, factors, {driver: risen(driver, values[driver])}, "revenue_index")
    spread = [np.log(each["revenue_index"][-1]).std() for each in (before, after)]
    assert spread[1] > spread[0] if driver == "revenue_elasticity" else spread[1] < spread[0]


def test_faster_automation_leaves_less_work_for_people_once_it_has_begun(
    world: World, free_data: dict[str, Array], factors: dict[str, tuple[Array, ...]]
) -> None:
    later = world["elapsed"][:, 0] > 0.0
    change = {"automation_speed": free_data["automation_speed"] * 1.3}
    before, after = moved(free_data, factors, change, "human_labeling_spend")
    assert np.all(after["human_labeling_spend"][:, later] < before["human_labeling_spend"][:, later])


@pytest.mark.parametrize("driver", ["automation_now", "automation_speed"])
def test_more_automation_never_raises_spending_at_fixed_label_counts(
    driver: str, world: World, free_data: dict[str, Array], factors: dict[str, tuple[Array, ...]]
) -> None:
    # Neither price nor capability changes how many labels are wanted here, and a model's label is the cheaper one.
    wanted = "labeling_spend labeling_cost label_volume human_label_price"
    before, after = moved(free_data, factors, {driver: risen(driver, free_data[driver])}, wanted)
    np.testing.assert_array_equal(before["label_volume"], after["label_volume"])
    cheaper = np.all(before["human_label_price"] >= free_data["automated_label_price"], axis=(0, 1))
    assert cheaper.mean() > 0.9
    later = world["elapsed"][:, 0] > 0.0
    for name in ("labeling_spend", "labeling_cost"):
        old, new = before[name][..., later, :][..., cheaper], after[name][..., later, :][..., cheaper]
        assert_never_less(name, new, old)
        assert np.all(new < old)


@pytest.mark.parametrize(
    ("growth", "level"),
    [
        ("frontier_compute_growth", "frontier_compute"),
        ("price_performance_growth", "price_performance"),
        ("energy_efficiency_growth", "energy_efficiency"),
        ("run_length_growth", "run_length"),
        ("site_power_growth_now", "site_power"),
        ("world_compute_growth_now", "world_compute"),
        ("stock_growth", "data_stock"),
        ("label_growth_now", "label_need"),
        ("label_growth_now", "label_volume"),
        ("insourcing_growth", "insourcing"),
        ("wage_growth", "hourly_wage"),
        ("spending_growth_now", "spending_growth"),
    ],
)
def test_faster_growth_raises_every_year_after_now(
    growth: str,
    level: str,
    world: World,
    free_data: dict[str, Array],
    factors: dict[str, tuple[Array, ...]],
) -> None:
    elapsed = world["elapsed"][:, 0]
    before, after = moved(free_data, factors, {growth: risen(growth, free_data[growth])}, level)
    ahead, behind = elapsed > 0.0, elapsed < 0.0
    assert_never_less(level, before[level][..., ahead, :], after[level][..., ahead, :])
    assert_never_less(level, after[level][..., behind, :], before[level][..., behind, :])
    assert np.any(after[level] > before[level])


@pytest.mark.parametrize("driver", SPREADS)
def test_more_volatility_spreads_the_paths(
    driver: str, free_data: dict[str, Array], factors: dict[str, tuple[Array, ...]]
) -> None:
    name = SPREADS[driver]
    before, after = moved(free_data, factors, {driver: free_data[driver] * 1.3}, name)
    spread = [np.std(np.log(np.maximum(each[name][..., -1, :], 1.0)), axis=-1) for each in (before, after)]
    assert np.all(spread[1] > spread[0])


@pytest.mark.parametrize("driver", FADES)
def test_growth_that_fades_later_leads_further_from_where_it_settles(
    driver: str, free_data: dict[str, Array], factors: dict[str, tuple[Array, ...]]
) -> None:
    growth_now, growth_later, name = FADES[driver]
    before, after = moved(free_data, factors, {driver: free_data[driver] * 1.3}, name)
    above = np.broadcast_to(free_data[growth_now] >= free_data[growth_later], before[name].shape)
    assert_never_less(name, before[name][above], after[name][above])
    assert_never_less(name, after[name][~above], before[name][~above])
    assert np.any(after[name] != before[name])


@pytest.mark.parametrize("driver", SIDES)
def test_a_steeper_curve_turns_around_its_middle(
    driver: str, free_data: dict[str, Array], factors: dict[str, tuple[Array, ...]]
) -> None:
    name, rises = SIDES[driver]
    context = "training_cost capability_decades market_index"
    before, after = moved(free_data, factors, {driver: risen(driver, free_data[driver])}, f"{name} {context}")
    up = np.broadcast_to(rises({**free_data, **before}), before[name].shape)
    assert_never_less(name, before[name][up], after[name][up])
    assert_never_less(name, after[name][~up], before[name][~up])
    assert np.any(after[name] != before[name])


def test_every_driver_is_moved_in_some_test() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    stated = {name for name, kind in graph().drivers.items() if kind.noise is None and not kind.calendar}
    assert {name for name in stated if f'"{name}"' not in text} == set()
    assert not ELSEWHERE & (SIGNS.keys() | SPREADS.keys() | FADES.keys() | SIDES.keys())
