"""Shapley parts: exact, antisymmetric, blind to what is not used, and the same as another way of computing them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast import drivers
from forecast.attribution import (
    DATE,
    EVENTS,
    STATISTICS,
    Attribution,
    Target,
    _Game,
    attribute,
    groups,
    players,
    shapley,
    target_of,
)
from forecast.errors import UsageError
from forecast.graph import Graph, build
from forecast.model import MODULES, graph
from forecast.scenario import Scenario, load
from forecast.shapes import Coordinates, Drivers, Posterior
from forecast.units import Array

DRAWS = 300
AXES = Coordinates(years=(2026, 2027), labs=(), sources=(), tiers=())


def by_permutation(values: Array, n: int) -> list[float]:
    """Shapley values as they are defined: the mean contribution over all orders."""
    totals = [0.0] * n
    orders = list(permutations(range(n)))
    for order in orders:
        coalition = 0
        for player in order:
            totals[player] += values[coalition | (1 << player)] - values[coalition]
            coalition |= 1 << player
    return [total / len(orders) for total in totals]


def games(n: int) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(-1e3, 1e3), min_size=2**n, max_size=2**n)


@given(st.integers(1, 5).flatmap(games))
def test_shapley_agrees_with_enumeration_of_all_orders(worths: list[float]) -> None:
    values = np.array(worths)
    n = len(worths).bit_length() - 1
    found, low, high = shapley(values)
    assert found == pytest.approx(by_permutation(values, n), abs=1e-9)
    assert found.sum() == pytest.approx(values[-1] - values[0], abs=1e-9)
    assert np.all(low <= found + 1e-9)
    assert np.all(found <= high + 1e-9)


@given(games(4))
def test_shapley_of_the_mirrored_game_flips_every_sign(worths: list[float]) -> None:
    values = np.array(worths)
    forth, low, high = shapley(values)
    # Starting from the other side, a coalition holds who has not been switched.
    back, back_low, back_high = shapley(values[::-1])
    assert back == pytest.approx(-forth, abs=1e-9)
    assert back_low == pytest.approx(-high, abs=1e-9)
    assert back_high == pytest.approx(-low, abs=1e-9)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=6))
def test_players_who_only_add_get_what_they_add_in_every_order(adds: list[float]) -> None:
    n = len(adds)
    values = np.array([sum(adds[place] for place in range(n) if c >> place & 1) for c in range(2**n)])
    found, low, high = shapley(values)
    for each in (found, low, high):
        assert each == pytest.approx(adds, abs=1e-9)


def test_a_game_without_players_has_no_parts() -> None:
    assert [each.shape for each in shapley(np.array([3.0]))] == [(0,)] * 3


def test_every_driver_has_one_group_and_every_group_is_a_player() -> None:
    world = graph()
    found = groups(world)
    assert set(found) == set(world.drivers)
    assert set(found.values()) | {EVENTS} == set(players(world))
    assert set(players(world)) == {*MODULES, EVENTS, DATE}
    assert len(players(world)) == len(set(players(world)))
    expected = {
        "price_performance_growth": "hardware",
        "algorithmic_growth": "algorithms",
        "frontier_compute_growth": "compute",
        "stock_now": "data",
        "wage_now": "labeling",
        "final_run_share": "labs",
        "elapsed": DATE,
    }
    assert {name: found[name] for name in expected} == expected


@pytest.fixture
def toy(write_module: Callable[[str, str], ModuleType]) -> Graph:
    """Three subjects: two multiply to a cost, the third is used by nothing but itself."""
    left = write_module(
        "left", 'def cost(width: Ratio, height: Usd) -> Usd:\n    """C."""\n    return width * height\n'
    )
    right = write_module("right", 'def height(depth: Usd) -> Usd:\n    """H."""\n    return depth + 0.0\n')
    aside = write_module(
        "aside", 'def idle(unused: Ratio) -> Ratio:\n    """I."""\n    return unused + 0.0\n'
    )
    return build([left, right, aside])


def block(seed: int, scale: float, *, factor: float = 1.0, size: int = DRAWS) -> Drivers:
    generator = np.random.default_rng(seed)
    values = {
        name: np.exp(scale + 0.3 * generator.standard_normal((1, size)))
        for name in ("width", "depth", "unused")
    }
    factors = {"cost": (np.full((2, size), factor),)} if factor != 1.0 else {}
    return Drivers(values, factors, size)


def attributed(toy: Graph, pairs: list[tuple[Drivers, Drivers]], statistic: str = "mean") -> Attribution:
    target = Target("cost", statistic=statistic)
    return attribute(toy, pairs, (AXES, AXES), [target], year=2027, draws=DRAWS * len(pairs))[0]


@pytest.mark.parametrize("statistic", ["mean", "median", "p95"])
def test_errors_of_parts_come_from_replicates_where_draws_are_spread_evenly(
    toy: Graph, statistic: str
) -> None:
    first, second = block(1, 0.0), block(2, 0.5)
    target, size = Target("cost", statistic=statistic), DRAWS // 6

    def of(pair: tuple[Drivers, Drivers], draws: int, replicate: int) -> Attribution:
        return attribute(toy, [pair], (AXES, AXES), [target], year=2027, draws=draws, replicate=replicate)[0]

    found, plain = of((first, second), DRAWS, size), of((first, second), DRAWS, 0)
    split = [
        of(
            (
                Drivers(
                    {name: value[:, place : place + size] for name, value in first.values.items()}, {}, size
                ),
                Drivers(
                    {name: value[:, place : place + size] for name, value in second.values.items()}, {}, size
                ),
            ),
            size,
            0,
        )
        for place in range(0, DRAWS, size)
    ]
    spread = np.std([each.difference for each in split], ddof=1) / np.sqrt(6)
    assert found.error == pytest.approx(spread)
    for name, part in ((part.group, part) for part in found.parts):
        each = [parts(one)[name] for one in split]
        assert part.error == pytest.approx(np.std(each, ddof=1) / np.sqrt(6))
    assert parts(found) == parts(plain)
    assert [part.high for part in found.parts] == [part.high for part in plain.parts]


def parts(found: Attribution) -> Mapping[str, float]:
    return {part.group: part.value for part in found.parts}


def test_factors_of_a_product_match_one_at_a_time(toy: Graph) -> None:
    first, second = block(1, 0.0), block(2, 0.5, factor=3.0)
    found = attributed(toy, [(first, second)])
    assert found.log
    expected = {
        "left": np.log(second.values["width"]).mean() - np.log(first.values["width"]).mean(),
        "right": np.log(second.values["depth"]).mean() - np.log(first.values["depth"]).mean(),
        EVENTS: np.log(3.0),
        "aside": 0.0,
        DATE: 0.0,
    }
    assert parts(found) == pytest.approx(expected, abs=1e-12)
    for part in found.parts:
        assert (part.low, part.high, part.alone, part.last) == pytest.approx([part.value] * 4, abs=1e-12)


def test_errors_of_parts_are_those_of_paired_means(toy: Graph) -> None:
    first, second = block(1, 0.0), block(2, 0.5)
    found = attributed(toy, [(first, second)])
    paired = np.log(second.values["width"] / first.values["width"])
    part = next(part for part in found.parts if part.group == "left")
    assert part.error == pytest.approx(paired.std() / np.sqrt(DRAWS))
    whole = paired + np.log(second.values["depth"] / first.values["depth"])
    assert found.error == pytest.approx(whole.std() / np.sqrt(DRAWS))


def test_an_unused_group_gets_exactly_nothing(toy: Graph) -> None:
    found = attributed(toy, [(block(1, 0.0), block(2, 0.5))])
    part = next(part for part in found.parts if part.group == "aside")
    assert (part.value, part.error, part.low, part.high) == (0.0, 0.0, 0.0, 0.0)
    assert found.coalitions == 4


@pytest.mark.parametrize("statistic", STATISTICS)
def test_parts_add_up_and_swapping_flips_them(toy: Graph, statistic: str) -> None:
    one = [block(1, 0.0), block(5, 0.0)]
    # In the first block nothing happens to the events, in the second they do: blocks may differ in other groups.
    other = [block(2, 0.5), block(6, 0.5, factor=0.2)]
    forth = attributed(toy, list(zip(one, other, strict=True)), statistic=statistic)
    back = attributed(toy, list(zip(other, one, strict=True)), statistic=statistic)
    assert sum(parts(forth).values()) == pytest.approx(forth.difference, abs=1e-12)
    assert forth.difference == forth.second - forth.first
    assert parts(back) == pytest.approx({name: -value for name, value in parts(forth).items()}, abs=1e-12)
    assert (back.first, back.second) == (forth.second, forth.first)
    assert forth.error > 0.0


def test_the_same_scenario_has_exactly_no_difference(toy: Graph) -> None:
    found = attributed(toy, [(block(1, 0.0), block(1, 0.0))])
    assert found.difference == found.error == 0.0
    assert all(part.value == part.error == part.low == part.high == 0.0 for part in found.parts)


def test_amounts_that_can_be_zero_are_compared_as_they_are(toy: Graph) -> None:
    first, second = block(1, 0.0), block(2, 0.5)
    zero = replace(second, values={**second.values, "width": 0.0 * second.values["width"]})
    found = attributed(toy, [(first, zero)])
    assert not found.log
    assert found.second == 0.0


def test_unknown_targets_and_statistics_are_told_what_is_known(toy: Graph) -> None:
    world = graph()
    with pytest.raises(UsageError, match="did you mean"):
        target_of(world, "training_costs")
    with pytest.raises(UsageError, match=r"run_budget\[LAB\]"):
        target_of(world, "run_budget")
    with pytest.raises(UsageError, match="whole world"):
        target_of(world, "training_cost[openai]")
    assert target_of(world, "affordable[openai]") == Target("affordable", "openai")
    with pytest.raises(UsageError, match="none of"):
        target_of(world, "training_cost", statistic="p99")
    later = replace(AXES, years=(2027, 2028))
    with pytest.raises(UsageError, match="same years"):
        attribute(toy, [], (AXES, later), [Target("cost")], year=2027, draws=1)


def test_a_target_is_what_people_write() -> None:
    assert str(Target("training_cost")) == "training_cost"
    assert str(Target("affordable", "openai", "median")) == "affordable[openai]"
    assert target_of(graph(), "affordable[openai]", statistic="p90") == Target("affordable", "openai", "p90")
    with pytest.raises(UsageError, match="none of mean, median, p5,"):
        target_of(graph(), "training_cost", statistic="p99")


def test_what_is_divided_is_named_with_its_statistic(toy: Graph) -> None:
    pairs = [(block(1, 0.0), block(2, 0.5))]
    assert attributed(toy, pairs).measure == "geometric mean of cost in 2027"
    assert attributed(toy, pairs, statistic="median").measure == "median of cost in 2027"
    zero = replace(pairs[0][1], values={**pairs[0][1].values, "width": np.zeros((1, DRAWS))})
    assert attributed(toy, [(pairs[0][0], zero)]).measure == "mean of cost in 2027"


@pytest.mark.parametrize(("name", "coalitions"), [("width", 2), ("depth", 2), ("unused", 1)])
def test_groups_that_hold_the_same_numbers_are_not_switched(toy: Graph, name: str, coalitions: int) -> None:
    first = block(1, 0.0)
    # Equal numbers in other arrays are the same numbers; only one driver has others.
    values = {each: value.copy() for each, value in first.values.items()} | {name: 2.0 * first.values[name]}
    found = attributed(toy, [(first, replace(first, values=values))])
    assert found.coalitions == coalitions
    assert found.difference == pytest.approx(np.log(2.0) * (coalitions - 1))


def test_events_that_differ_in_number_or_size_are_switched(toy: Graph) -> None:
    plain, half = block(1, 0.0), np.full((2, DRAWS), 0.5)
    for factors in ((half,), (half, half)):
        found = attributed(toy, [(plain, replace(plain, factors={"cost": factors}))])
        assert parts(found)[EVENTS] == pytest.approx(len(factors) * np.log(0.5))
        assert found.coalitions == 2
    same = [replace(plain, factors={"cost": (each,)}) for each in (half, half.copy())]
    assert attributed(toy, [(same[0], same[1])]).coalitions == 1


def test_a_formula_is_computed_once_for_the_coalitions_that_agree_and_forgotten_after_the_last(
    toy: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: Counter[str] = Counter()

    def counting(name: str) -> Callable[..., Array]:
        def formula(*inputs: Array) -> Array:
            calls[name] += 1
            return toy.nodes[name].formula(*inputs)

        return formula

    held: list[int] = []
    settle = _Game._settle

    def watched(game: _Game, *arguments: object) -> None:
        settle(game, *arguments)
        held.append(len(arguments[-1]))

    monkeypatch.setattr(_Game, "_settle", watched)
    counted = replace(
        toy,
        nodes={name: replace(node, formula=counting(name)) for name, node in toy.nodes.items()},
        _plans={},
    )
    found = attributed(counted, [(block(1, 0.0), block(2, 0.5, factor=3.0))])
    assert found.coalitions == 8
    # The height depends on one of the three groups; of its two values one is kept at a time, and none at the end.
    assert calls == {"cost": 8, "height": 2}
    assert held == [1, 1, 1, 0, 1, 1, 1, 0]


def test_groups_that_are_too_many_are_refused(toy: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [(block(1, 0.0), block(2, 0.5))]
    monkeypatch.setattr("forecast.attribution.MAX_PLAYERS", 2)
    assert attributed(toy, pairs).coalitions == 4
    monkeypatch.setattr("forecast.attribution.MAX_PLAYERS", 1)
    with pytest.raises(UsageError, match="2 groups differ; an attribution can hold 1"):
        attributed(toy, pairs)


@pytest.mark.parametrize(("above", "below"), [(1e300, 1e-300), (0.0, 0.0), (1.0, 0.0)])
def test_numbers_that_break_are_no_answer(
    write_module: Callable[[str, str], ModuleType], above: float, below: float
) -> None:
    broken = build(
        [
            write_module(
                "odd", 'def cost(above: Usd, below: Usd) -> Usd:\n    """C."""\n    return above / below\n'
            )
        ]
    )
    first, second = (
        Drivers({"above": np.full((1, 3), top), "below": np.full((1, 3), under)}, {}, 3)
        for top, under in ((1.0, 1.0), (above, below))
    )
    with pytest.raises(FloatingPointError):
        attribute(broken, [(first, second)], (AXES, AXES), [Target("cost")], year=2027, draws=3)


@pytest.mark.parametrize("dim", ["lab", "source", "tier"])
def test_members_come_and_go_with_the_one_group_that_owns_their_axis(
    write_module: Callable[[str, str], ModuleType], dim: str
) -> None:
    axis = {"lab": "PerLab", "source": "PerSource", "tier": "PerTier"}[dim]
    modules = [
        write_module("base", 'def level(scale: Ratio) -> Ratio:\n    """L."""\n    return scale + 0.0\n'),
        write_module(
            "members",
            f'def amount(each: {axis}[Ratio], level: Ratio) -> {axis}[Ratio]:\n    """A."""\n    return each * level\n'
            f'def total(amount: {axis}[Ratio]) -> Ratio:\n    """T."""\n    return amount.sum(axis=0, keepdims=True)\n',
        ),
    ]
    world = build(modules)
    field = f"{dim}s"
    axes = tuple(replace(AXES, **{field: names}) for names in (("a", "b"), ("b",)))
    both = np.array([2.0, 3.0])[:, np.newaxis, np.newaxis]
    one = np.ones((1, 1, 1))
    first = Drivers({"each": both, "scale": one}, {}, 1)
    second = Drivers({"each": both[1:], "scale": 2.0 * one}, {}, 1)
    total, kept = attribute(
        world, [(first, second)], axes, [Target("total"), Target("amount", "b")], year=2027, draws=1
    )
    assert parts(total) == pytest.approx(
        {"base": np.log(2.0), "members": np.log(3.0 / 5.0), EVENTS: 0.0, DATE: 0.0}
    )
    assert parts(kept) == pytest.approx({"base": np.log(2.0), "members": 0.0, EVENTS: 0.0, DATE: 0.0})
    # Their values may be one for all, yet a member's place on the axis is that of the scenario that is read.
    flat = Drivers({"each": one, "scale": one}, {}, 1)
    (read,) = attribute(world, [(flat, flat)], axes, [Target("amount", "b")], year=2027, draws=1)
    assert (read.coalitions, read.difference) == (2, 0.0)
    # With the same members nothing stands for them.
    same = attribute(world, [(first, first)], (axes[0], axes[0]), [Target("amount", "a")], year=2027, draws=1)
    assert same[0].coalitions == 1
    more = write_module(
        "more", f'def other(extra: {axis}[Ratio]) -> {axis}[Ratio]:\n    """O."""\n    return extra + 0.0\n'
    )
    with pytest.raises(
        UsageError,
        match=rf"have different {dim}s, and drivers with that axis stand in several groups \(members, more\): such",
    ):
        attribute(build([*modules, more]), [], axes, [Target("total")], year=2027, draws=1)


def test_an_axis_that_no_driver_has_divides_nothing(toy: Graph) -> None:
    pairs = [(block(1, 0.0), block(2, 0.5))]
    labs = replace(AXES, labs=("a",))
    found = attribute(toy, pairs, (AXES, labs), [Target("cost")], year=2027, draws=DRAWS)[0]
    assert found == attributed(toy, pairs)
    assert attribute(toy, pairs, (AXES, AXES), [], year=2027, draws=DRAWS) == ()


# The world model itself: the shortcut that reuses formulas against evaluating every coalition from scratch.


BASELINE = Path(__file__).parents[1] / "scenarios" / "baseline.yaml"
CHANGES = (
    "price_performance_growth={fitted: {scale: 1.3}}",
    "frontier_compute_growth={fitted: {scale: 1.1}}",
    "tokens_per_parameter={p5: 60, p50: 120, p95: 300, unit: token/parameter}",
    "vendor_margin=0.6",
    "final_run_share={p5: 0.1, p50: 0.3, p95: 0.5, unit: yr}",
    "algorithmic_growth=2x/yr",
)


@pytest.fixture(scope="module")
def changed() -> Scenario:
    return load(BASELINE, drivers=drivers.specs(), events_affect=drivers.affectable(), overrides=CHANGES)


def sampled(
    first: Scenario, second: Scenario, posterior: Posterior, size: int
) -> Iterator[tuple[Drivers, Drivers]]:
    yield tuple(shortened(drivers.sample(each, posterior, seed=1, block=0), size) for each in (first, second))


def shortened(block: Drivers, size: int) -> Drivers:
    values = {
        name: value[..., :size] if value.shape[-1] > 1 else value for name, value in block.values.items()
    }
    factors = {name: tuple(each[..., :size] for each in found) for name, found in block.factors.items()}
    return Drivers(values, factors, size)


def test_reusing_formulas_gives_what_evaluating_each_coalition_gives(
    baseline: Scenario, changed: Scenario, posterior: Posterior
) -> None:
    world, size = graph(), 200
    axes = drivers.coordinates(baseline)
    targets = [Target("training_cost"), Target("payers"), Target("affordable", "openai"), Target("mmlu")]
    year = baseline.last_year
    found = attribute(
        world, sampled(baseline, changed, posterior, size), (axes, axes), targets, year=year, draws=size
    )
    first, second = next(sampled(baseline, changed, posterior, size))
    group = groups(world)
    differ = sorted(
        {group[name] for name in group if not np.array_equal(first.values[name], second.values[name])}
    )
    worth = np.empty((2 ** len(differ), len(targets)))
    for coalition in range(len(worth)):
        mixed = {
            name: (
                second if group[name] in differ and coalition >> differ.index(group[name]) & 1 else first
            ).values[name]
            for name in group
        }
        values = world.evaluate(mixed, [target.variable for target in targets], factors=first.factors)
        worth[coalition] = (
            np.log(values["training_cost"][-1]).mean(),
            values["payers"][-1].mean(),
            values["affordable"][axes.labs.index("openai"), -1].mean(),
            values["mmlu"][-1].mean(),
        )
    for place, attribution in enumerate(found):
        expected = dict(zip(differ, by_permutation(worth[:, place], len(differ)), strict=True))
        for part in attribution.parts:
            assert part.value == pytest.approx(expected.get(part.group, 0.0), abs=1e-12)
    for target, attribution in zip(targets, found, strict=True):
        used = {group[name] for name in world.inputs_of([target.variable])}
        assert all(value == 0.0 for name, value in parts(attribution).items() if name not in used)
    assert parts(found[3])["algorithms"] != 0.0


def test_labs_that_only_one_scenario_has_come_and_go_with_their_group(
    baseline: Scenario, posterior: Posterior
) -> None:
    fewer = without_lab(baseline, "openai")
    axes = drivers.coordinates(baseline), drivers.coordinates(fewer)
    targets = [Target("payers"), Target("affordable", "google")]
    payers_part, google = attribute(
        graph(), sampled(baseline, fewer, posterior, 300), axes, targets, year=baseline.last_year, draws=300
    )
    assert parts(payers_part)["labs"] == pytest.approx(payers_part.difference)
    assert payers_part.difference < 0.0
    assert google.parts[0].group == payers_part.parts[0].group


def without_lab(scenario: Scenario, lab: str) -> Scenario:
    members = {
        section: {key: member for key, member in given.items() if key != lab}
        for section, given in scenario.members.items()
    }
    assumptions = {
        name: {key: value for key, value in given.items() if key != lab}
        for name, given in scenario.member_assumptions.items()
    }
    return replace(scenario, members=members, member_assumptions=assumptions)


def test_blocks_are_counted_and_the_last_one_is_cut_to_the_draws(toy: Graph) -> None:
    pairs = [(block(seed, 0.0), block(seed + 10, 0.5)) for seed in (1, 2)]
    done: list[int] = []
    found = attribute(
        toy, pairs, (AXES, AXES), [Target("cost")], year=2027, draws=DRAWS + 5, progress=done.append
    )[0]
    assert done == [DRAWS, DRAWS + 5]
    cut = [Drivers({name: value[:, :5] for name, value in each.values.items()}, {}, 5) for each in pairs[1]]
    whole = attribute(
        toy, [pairs[0], (cut[0], cut[1])], (AXES, AXES), [Target("cost")], year=2027, draws=DRAWS + 5
    )[0]
    assert found == whole
