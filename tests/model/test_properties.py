"""What holds on every path of every valid scenario, however odd: shares, probabilities, stocks and budgets."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from forecast import drivers
from forecast.model import graph
from forecast.scenario import DriverSpec, Scenario, load
from forecast.scenario.distributions import Distribution
from forecast.shapes import FITTED, Posterior
from forecast.units import Array

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
CHANGED = 45
# Drivers whose values belong together or are dates.
FIXED = {"reference_date", "mmlu_reference", "mmlu_chance", "flop_per_parameter_token"}
# A year without a release, a closed source, and budgets that do not even cover data and labels.
SHAKEN = (
    "price_performance",
    "market_index",
    "algorithmic_efficiency",
    "human_label_price",
    "licence_price",
    "world_compute",
    "site_power",
    "label_need",
    "data_stock",
    "energy_efficiency",
)
MAY_BE_ZERO = {
    "largest_release",
    "usable_stock",
    "affordable_compute",
    "expected_affordable_compute",
    "run_reach",
    "runner_up_reach",
}


def changed(spec: DriverSpec, distribution: Distribution, generator: np.random.Generator) -> str:
    """Another assumption for a driver, as it would be written in a scenario."""
    middle = float(distribution.ppf(np.array(0.5)))
    move, width = generator.uniform(-1.0, 1.0), generator.uniform(0.1, 1.0)
    if spec.is_rate:
        values = [f"{np.exp(middle + 0.3 * move + side * 0.3 * width):.6g}x/yr" for side in (-1, 0, 1)]
    elif spec.bounded:
        logit = np.log(middle + 0.01) - np.log(1.01 - middle) + 2.0 * move
        values = [f"{1.0 / (1.0 + np.exp(-logit - side * width)):.6g}" for side in (-1, 0, 1)]
    elif spec.positive or spec.nonnegative:
        scale = middle if middle > 0.0 else 1e-3
        values = [f"{scale * np.exp(1.2 * move + side * width):.6g}" for side in (-1, 0, 1)]
    else:
        values = [f"{middle + 0.3 * move + side * 0.3 * width:.6g}" for side in (-1, 0, 1)]
    unit = "" if spec.is_rate else f", unit: {spec.unit}"
    quantiles = f"p5: {values[0]}, p50: {values[1]}, p95: {values[2]}{unit}"
    return f"{{ {quantiles}, why: A test., source: judgement, verified: no }}"


def odd_scenario(baseline: Scenario, folder: Path, seed: int) -> Scenario:
    """A valid scenario that differs from the baseline in many assumptions at random."""
    generator, specs = np.random.default_rng(seed), drivers.specs()
    names = [name for name in specs if name not in FITTED and name not in FIXED]
    scalars: list[str] = []
    members: dict[str, dict[str, list[str]]] = {"labs": {}, "sources": {}, "tiers": {}}
    for name in generator.choice(names, CHANGED, replace=False):
        spec = specs[name]
        if not spec.section:
            scalars.append(f"  {name}: {changed(spec, baseline.assumptions[name].distribution, generator)}")
            continue
        given = baseline.member_assumptions[name]
        for member in generator.choice(list(given), 3, replace=False):
            line = f"    {name}: {changed(spec, given[member].distribution, generator)}"
            members[spec.section].setdefault(member, []).append(line)
    lines = ["name: odd", "title: An odd world", "description: Drawn at random.", "extends: baseline.yaml"]
    lines += ["assumptions:", *scalars]
    for section, found in members.items():
        if found:
            lines += [
                f"{section}:",
                *(line for member, own in found.items() for line in (f"  {member}:", *own)),
            ]
    # Events of any strength in any year, upwards too, on what events of the shipped scenarios are about.
    lines.append("events:")
    for target in generator.choice(SHAKEN, 5, replace=False):
        start, factor = generator.integers(2027, 2032), np.exp(generator.uniform(-2.5, 1.5))
        lasts = "" if generator.random() < 0.5 else f", lasts: {generator.integers(1, 4)}"
        lines.append(
            f"  - {{ name: on {target}, probability: {generator.uniform():.3g}, year: {start}, affects: {target}, "
            f"factor: {factor:.4g}{lasts}, why: A test., source: judgement, verified: no }}"
        )
    shutil.copy(BASELINE, folder / "baseline.yaml")
    path = folder / "odd.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load(path, drivers=specs, events_affect=drivers.affectable())


SEEDS = [*range(8), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8, 48))]


@pytest.fixture(scope="module", params=SEEDS)
def odd_world(
    request: pytest.FixtureRequest,
    baseline: Scenario,
    posterior: Posterior,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, Array]:
    scenario = odd_scenario(baseline, tmp_path_factory.mktemp("odd"), request.param)
    block = drivers.sample(scenario, posterior, seed=request.param, block=0)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        values = graph().evaluate(block.values, graph().nodes, factors=block.factors)
    return {**block.values, **values}


def test_every_value_keeps_to_the_range_of_its_unit(odd_world: Mapping[str, Array]) -> None:
    for name, node in graph().nodes.items():
        value, unit = odd_world[name], node.kind.unit
        assert np.all(np.isfinite(value)), name
        if unit.bounded:
            assert np.all((value >= 0.0) & (value <= 1.0 + 1e-12)), name
        if unit.positive and name not in MAY_BE_ZERO:
            assert np.all(value > 0.0), name
        if unit.nonnegative or name in MAY_BE_ZERO:
            assert np.all(value >= 0.0), name


def test_shares_of_the_cost_add_up_to_one(odd_world: Mapping[str, Array]) -> None:
    whole = sum(odd_world[name] for name in ("compute_share", "data_share", "labeling_share"))
    np.testing.assert_allclose(whole, 1.0, rtol=1e-12)


def test_no_dollar_is_counted_twice(odd_world: Mapping[str, Array]) -> None:
    given, received = odd_world["backing_given"].sum(axis=0), odd_world["backing_received"].sum(axis=0)
    assert np.all(received <= given * (1.0 + 1e-12))
    money = (
        odd_world["research_spending_now"]
        + odd_world["capital_spending_now"]
        * (odd_world["research_share_of_capital"] + odd_world["backing_share_of_capital"])
    ) * odd_world["spending_growth"]
    allowed = money.sum(axis=0) * odd_world["revenue_index"]
    assert np.all(odd_world["compute_budget"].sum(axis=0) <= allowed * (1.0 + 1e-12))
    assert np.all(odd_world["run_budget"] <= odd_world["cash_limit"])


def test_wider_stocks_hold_more(odd_world: Mapping[str, Array]) -> None:
    assert np.all(odd_world["raw_stock"] >= odd_world["quality_stock"])
    assert np.all(odd_world["repeated_stock"] >= odd_world["quality_stock"])
    assert np.all(odd_world["synthesized_stock"] >= odd_world["repeated_stock"])
    assert np.all(odd_world["data_factor"] <= 1.0)
    assert np.all(odd_world["effective_tokens"] <= odd_world["tokens_wanted"] * (1.0 + 1e-12))


def test_the_record_is_kept_within_its_limits(odd_world: Mapping[str, Array]) -> None:
    record = odd_world["training_compute"]
    assert np.all(np.diff(record, axis=0) >= 0.0)
    assert np.all(record >= odd_world["record_compute_known"])
    assert np.all(record <= odd_world["planned_compute"])
    flags = odd_world["money_binds"] + odd_world["power_binds"] + odd_world["chips_bind"]
    assert np.all(flags <= 1.0)
    assert np.all(odd_world["open_weights_compute"] <= record * (1.0 + 1e-9))
    np.testing.assert_array_equal(odd_world["payers"], odd_world["affordable"].sum(axis=0))
    assert np.all(odd_world["payers"] <= len(odd_world["funds_now"]))
