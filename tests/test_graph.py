"""The formula engine: functions wired by name, totals, mistakes named, only what is wanted computed."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import GraphError, MissingDriverError
from forecast.graph import Graph, Kind, aligned, build
from forecast.model import graph
from forecast.units import Unit

if TYPE_CHECKING:
    from tests.conftest import World

Write = Callable[[str, str], ModuleType]

CHAIN = '''
    def planned(level: Flop, growth: Rate, elapsed: Elapsed) -> Flop:
        """What is planned."""
        return level * np.exp(growth * elapsed)

    @adds_to("total")
    def chips(planned: Flop, price: FlopPerUsd) -> Usd:
        """What chips cost."""
        return planned / price

    @adds_to("total")
    def people(wages: PerTier[Usd]) -> Usd:
        """What people cost."""
        return wages.sum(axis=0)

    def half(total: Usd) -> Usd:
        """Half of all of it."""
        return total / 2.0

    def alone(shock: Shock) -> LogRatio:
        """Something that nothing else needs."""
        return shock

    def _private(nothing):
        return nothing
'''
DRIVERS = {
    "level": np.array([[1.0, 2.0]]),
    "growth": np.array([[0.5, 0.0]]),
    "elapsed": np.array([[0.0], [1.0]]),
    "price": np.array([[4.0, 4.0]]),
    "wages": np.ones((3, 1, 2)),
}


@pytest.fixture
def chain(write_module: Write) -> Graph:
    return build([write_module("chain", CHAIN)])


def mistake(write_module: Write, *texts: str) -> str:
    with pytest.raises(GraphError) as caught:
        build([write_module(f"part{place}", text) for place, text in enumerate(texts)])
    assert caught.value.exit_code == 70
    return str(caught.value)


def test_public_functions_are_variables_and_their_other_inputs_drivers(chain: Graph) -> None:
    assert set(chain.nodes) == {"planned", "chips", "people", "total", "half", "alone"}
    assert set(chain.drivers) == {"level", "growth", "elapsed", "price", "wages", "shock"}
    assert chain.nodes["chips"].inputs == ("planned", "price")
    assert chain.nodes["chips"].description == "What chips cost."
    assert chain.nodes["chips"].module == "chain"


def test_what_a_module_imports_is_not_its_own(write_module: Write) -> None:
    world = build(
        [
            write_module(
                "borrower", 'from textwrap import dedent\ndef a(b: Usd) -> Usd:\n    "A."\n    return b'
            )
        ]
    )
    assert set(world.nodes) == {"a"}


def test_every_variable_comes_after_its_inputs() -> None:
    order = list(graph().nodes)
    for place, node in enumerate(graph().nodes.values()):
        assert all(order.index(name) < place for name in node.inputs if name in graph().nodes)


def test_signatures_say_unit_axes_and_origin(chain: Graph) -> None:
    assert chain.drivers["wages"].member == "tier"
    assert chain.drivers["wages"].dims == ("tier", "year", "draw")
    assert chain.drivers["level"].dims == ("year", "draw")
    assert chain.drivers["elapsed"].calendar
    assert chain.drivers["shock"].noise is not None
    assert chain.drivers["level"].unit.symbol == "FLOP"


def test_a_total_is_the_sum_of_what_adds_to_it(chain: Graph) -> None:
    total = chain.nodes["total"]
    assert total.parts == total.inputs == ("chips", "people")
    assert total.kind == chain.nodes["chips"].kind
    values = chain.evaluate(DRIVERS, ["total", "chips", "people", "half"])
    np.testing.assert_array_equal(values["total"], values["chips"] + values["people"])
    np.testing.assert_array_equal(values["half"], values["total"] / 2.0)


def test_a_total_gathers_parts_from_several_modules(write_module: Write) -> None:
    more = '@adds_to("total")\ndef cover(premium: Usd) -> Usd:\n    "Insurance."\n    return premium'
    world = build([write_module("chain", CHAIN), write_module("more", more)])
    assert world.nodes["total"].parts == ("chips", "people", "cover")
    values = world.evaluate({**DRIVERS, "premium": np.array([[7.0, 7.0]])}, ["total"])
    np.testing.assert_array_equal(values["total"], build_total() + 7.0)


def build_total() -> np.ndarray:
    return DRIVERS["level"] * np.exp(DRIVERS["growth"] * DRIVERS["elapsed"]) / 4.0 + 3.0


def test_only_what_is_needed_is_computed_and_asked_for(chain: Graph) -> None:
    assert chain.needed(["chips"]) == ("planned", "chips")
    assert chain.inputs_of(["chips"]) == {"level", "growth", "elapsed", "price"}
    assert chain.needed(["people"]) == ("people",)
    assert chain.inputs_of(["people"]) == {"wages"}
    assert set(chain.needed(["half", "alone"])) == set(chain.nodes)
    assert chain.inputs_of(chain.nodes) == set(chain.drivers)


def test_evaluation_returns_the_wanted_and_leaves_the_drivers_alone(chain: Graph) -> None:
    given = {name: value.copy() for name, value in DRIVERS.items()}
    values = chain.evaluate(given, ["planned", "half"])
    assert set(values) == {"planned", "half"}
    assert set(given) == set(DRIVERS)
    for name, value in given.items():
        np.testing.assert_array_equal(value, DRIVERS[name])
    np.testing.assert_array_equal(chain.evaluate(given, ["half"])["half"], values["half"])


def test_what_some_drivers_do_not_reach_can_be_given_instead_of_computed(chain: Graph) -> None:
    assert chain.reached(["half"], {"price"}) == ("chips", "total", "half")
    assert chain.reached(["half"], {"people"}) == ("people", "total", "half")
    assert chain.reached(["planned"], {"price"}) == ()
    assert chain.unmoved(["half"], {"price"}) == ("planned", "people")
    assert chain.unmoved(["half", "planned"], {"wages"}) == ("planned", "chips")
    assert chain.unmoved(["half"], {"shock"}) == ("half",)
    assert chain.unmoved(["half"], chain.drivers) == ()
    given = chain.evaluate(DRIVERS, ["planned", "people"])
    found = chain.evaluate({"price": 2.0 * DRIVERS["price"], **given}, ["half", "planned"])
    moved = chain.evaluate({**DRIVERS, "price": 2.0 * DRIVERS["price"]}, ["half", "planned"])
    for name, value in moved.items():
        np.testing.assert_array_equal(found[name], value)
    with pytest.raises(MissingDriverError, match="wages"):
        chain.evaluate({"price": DRIVERS["price"], "planned": given["planned"]}, ["half"])


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_what_drivers_of_the_model_do_not_reach_need_not_be_computed_again(
    data: st.DataObject, world: World
) -> None:
    moved = data.draw(st.sets(st.sampled_from(sorted(graph().drivers)), max_size=3))
    wanted = data.draw(st.sets(st.sampled_from(sorted(graph().nodes)), min_size=1, max_size=5))
    before, factors = world.drivers.values, world.drivers.factors
    # The same numbers on other paths: still such as a scenario may have.
    after = {name: value[..., ::-1] if name in moved else value for name, value in before.items()}
    unmoved = graph().evaluate(before, graph().unmoved(wanted, moved), factors=factors)
    found = graph().evaluate({**after, **unmoved}, wanted, factors=factors)
    for name, value in graph().evaluate(after, wanted, factors=factors).items():
        np.testing.assert_array_equal(found[name], value)


def test_a_value_is_freed_once_nothing_later_reads_it(write_module: Write) -> None:
    text = '''
        import weakref
        made, alive = [], []

        def first(driver: Usd) -> Usd:
            """One."""
            value = driver + 1.0
            made.append(weakref.ref(value))
            return value

        def second(first: Usd) -> Usd:
            """Two."""
            return first + 1.0

        def third(second: Usd) -> Usd:
            """Three."""
            alive.append(made[-1]() is not None)
            return second + 1.0
    '''
    module = write_module("freeing", text)
    world = build([module])
    world.evaluate({"driver": np.ones((1, 2))}, ["third"])
    values = world.evaluate({"driver": np.ones((1, 2))}, ["first", "third"])
    assert module.alive == [False, True]
    np.testing.assert_array_equal(values["first"], 2.0)


def test_factors_multiply_a_variable_before_anything_reads_it(chain: Graph) -> None:
    plain = chain.evaluate(DRIVERS, chain.nodes.keys() - {"alone"})
    factors = {"chips": [np.array([[2.0], [3.0]]), np.array([[1.0, 0.5]])]}
    moved = chain.evaluate(DRIVERS, chain.nodes.keys() - {"alone"}, factors=factors)
    np.testing.assert_array_equal(moved["planned"], plain["planned"])
    np.testing.assert_array_equal(moved["chips"], plain["chips"] * factors["chips"][0] * factors["chips"][1])
    np.testing.assert_array_equal(moved["total"], moved["chips"] + plain["people"])


def test_all_missing_drivers_are_named_with_their_units(chain: Graph) -> None:
    given = {name: value for name, value in DRIVERS.items() if name not in ("price", "wages")}
    with pytest.raises(MissingDriverError, match=r"price \[FLOP/USD\], wages \[USD\]") as caught:
        chain.evaluate(given, ["half"])
    assert caught.value.exit_code == 2
    chain.evaluate(given, ["planned"])


def test_an_unknown_name_is_met_with_the_nearest_known_one(chain: Graph) -> None:
    with pytest.raises(GraphError, match=r'"chip".*did you mean "chips"'):
        chain.needed(["chip"])
    with pytest.raises(GraphError, match="there is no variable"):
        chain.evaluate(DRIVERS, ["nothing_like_it"])


def test_one_name_in_two_modules_is_refused(write_module: Write) -> None:
    text = 'def cost(money: Usd) -> Usd:\n    "A cost."\n    return money'
    message = mistake(write_module, text, text)
    assert '"cost"' in message
    assert "part0" in message
    assert "part1" in message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("money: Usd", "money: UsdPerYear"),
        ("money: Usd", "money: PerLab[Usd]"),
        ("chance: Chance", "chance: PathChance"),
        ("chance: Chance", "chance: Share"),
    ],
)
def test_one_driver_with_two_units_or_axes_is_refused(write_module: Write, first: str, second: str) -> None:
    text = 'def {}({}) -> Usd:\n    "A cost."\n    return 1.0'
    message = mistake(write_module, text.format("one", first), text.format("two", second))
    assert "part1.two" in message
    assert first.split(":", maxsplit=1)[0] in message


def test_a_variable_taken_in_another_unit_is_refused(write_module: Write) -> None:
    text = """
        def cost(money: Usd) -> Usd:
            'A cost.'
            return money

        def use(cost: Flop) -> Flop:
            'Its use.'
            return cost
    """
    message = mistake(write_module, text)
    assert "FLOP" in message
    assert "USD" in message


def test_a_circle_is_shown_from_end_to_end(write_module: Write) -> None:
    text = "".join(
        f'def {name}({source}: Usd) -> Usd:\n    "A cost."\n    return {source}\n'
        for name, source in (("one", "three"), ("two", "one"), ("three", "two"))
    )
    assert "one <- three <- two <- one" in mistake(write_module, text)


def test_a_formula_that_eats_its_own_answer_is_a_circle(write_module: Write) -> None:
    assert "cost <- cost" in mistake(
        write_module, 'def cost(cost: Usd) -> Usd:\n    "A cost."\n    return cost'
    )


@pytest.mark.parametrize(
    "signature",
    [
        "money) -> Usd",
        "money: float) -> Usd",
        "money: Usd)",
        "money: Usd) -> float",
        "money: __import__('typing').Annotated[float, 'no unit']) -> Usd",
        "money: __import__('typing').Annotated[Usd, *Usd.__metadata__]) -> Usd",
    ],
)
def test_a_signature_without_a_unit_is_refused(write_module: Write, signature: str) -> None:
    message = mistake(write_module, f'def cost({signature}:\n    "A cost."\n    return money')
    assert "part0.cost" in message
    assert "unit" in message


def test_a_formula_must_say_what_it_means(write_module: Write) -> None:
    assert "part0.cost" in mistake(write_module, "def cost(money: Usd) -> Usd:\n    return money")


def test_unlike_things_do_not_add_up(write_module: Write) -> None:
    text = '@adds_to("total")\ndef {}(money: Usd, rate: UsdPerYear) -> {}:\n    "A part."\n    return {}'
    assert "USD/yr" in mistake(
        write_module, text.format("one", "Usd", "money"), text.format("two", "UsdPerYear", "rate")
    )


def test_a_total_cannot_also_be_a_formula(write_module: Write) -> None:
    part = '@adds_to("total")\ndef part(money: Usd) -> Usd:\n    "A part."\n    return money\n'
    whole = 'def total(money: Usd) -> Usd:\n    "A total."\n    return money'
    assert '"total"' in mistake(write_module, part + whole)


KIND = Kind(Unit("USD"), member="lab")
SHAPE = {"lab": 3, "source": 5, "tier": 6, "year": 2, "draw": 4}


def test_values_are_brought_to_the_axes_of_their_kind() -> None:
    generator = np.random.default_rng(1)
    full = generator.normal(size=(3, 2, 4))
    np.testing.assert_array_equal(aligned(full, KIND, SHAPE), full)
    assert aligned(full[:, :1], KIND, SHAPE).shape == (3, 2, 4)
    assert aligned(full[0], Kind(Unit("USD")), SHAPE).shape == (2, 4)
    np.testing.assert_array_equal(aligned(full[0], Kind(Unit("USD")), SHAPE), full[0])
    path = Kind(Unit("USD"), path=True)
    assert path.dims == ("draw",)
    np.testing.assert_array_equal(aligned(full[0, :1], path, SHAPE), full[0, 0])


def test_a_value_with_an_axis_too_many_is_refused() -> None:
    with pytest.raises(GraphError, match="does not fit"):
        aligned(np.ones((3, 2, 4)), Kind(Unit("USD")), SHAPE)
    with pytest.raises(GraphError, match="does not fit"):
        aligned(np.ones((2, 4)), Kind(Unit("USD"), path=True), SHAPE)


def test_the_world_model_is_whole() -> None:
    world = graph()
    assert {"compute_cost", "data_cost", "labeling_cost"} <= set(world.nodes["training_cost"].parts)
    assert not set(world.nodes) & set(world.drivers)
    assert world.inputs_of(world.nodes) == set(world.drivers)
    assert {kind.member for kind in world.drivers.values()} == {"", "lab", "source", "tier"}
    assert all(node.description.endswith(".") for node in world.nodes.values())
