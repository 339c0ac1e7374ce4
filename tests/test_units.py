"""Every formula respects the units of its own signature: rescale the base units, and the answer rescales."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from inspect import isfunction
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast import paths, units
from forecast.graph import Graph, Node, build
from forecast.model import graph
from forecast.units import Array, Unit

# The year is the step of the model, so formulas of the model may hold "half a year"; those of `paths` may not.
BASE = ("chip", "flop", "hour", "label", "parameter", "point", "second", "token", "usd", "watt")
UNITS = {
    name: next(marker for marker in value.__metadata__ if isinstance(marker, Unit))
    for name, value in vars(units).items()
    if hasattr(value, "__metadata__") and any(isinstance(marker, Unit) for marker in value.__metadata__)
}


def alone(function: Callable[..., object]) -> Graph:
    """The graph of one function: those of `paths` reuse the names of their arguments with other units."""
    module = ModuleType(function.__module__)
    setattr(module, function.__name__, function)
    return build([module])


# A running sum has the unit of what it sums, whatever that is: such a function names no unit.
PATHS = {
    function.__name__: alone(function)
    for function in vars(paths).values()
    if isfunction(function) and function.__annotations__["return"] != "Array"
}
scales = st.dictionaries(st.sampled_from((*BASE, "year")), st.floats(-6, 6), min_size=3)


def scale(unit: Unit, logarithms: Mapping[str, float]) -> float:
    """The number by which a value in this unit grows when each base unit shrinks by ten to its logarithm."""
    return float(10.0 ** sum(logarithms.get(base, 0.0) * exponent for base, exponent in unit.exponents))


def assert_respects_units(
    node: Node, world: Graph, inputs: Mapping[str, Array], logarithms: Mapping[str, float]
):
    kinds = {
        name: world.nodes[name].kind if name in world.nodes else world.drivers[name] for name in node.inputs
    }
    before = node.formula(*inputs.values())
    after = node.formula(*(value * scale(kinds[name].unit, logarithms) for name, value in inputs.items()))
    np.testing.assert_allclose(after, before * scale(node.kind.unit, logarithms), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", graph().nodes)
def test_a_formula_of_the_model_scales_as_its_signature_says(
    name: str, inputs_of: Callable[[Node, int], dict[str, Array]]
) -> None:
    @settings(max_examples=6)
    @given(st.integers(0, 2**32), scales)
    def check(seed: int, logarithms: dict[str, float]) -> None:
        node = graph().nodes[name]
        assert_respects_units(node, graph(), inputs_of(node, seed), {**logarithms, "year": 0.0})

    check()


def test_every_base_unit_of_the_model_is_rescaled() -> None:
    used = {base for node in graph().nodes.values() for base, _ in node.kind.unit.exponents}
    used |= {base for kind in graph().drivers.values() for base, _ in kind.unit.exponents}
    assert used - {"year"} <= set(BASE)


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.floats(-3, 3), st.sampled_from(tuple(PATHS)))
def test_a_path_does_not_depend_on_the_unit_of_time(seed: int, logarithm: float, name: str) -> None:
    node, generator = PATHS[name].nodes[name], np.random.default_rng(seed)
    elapsed = (generator.uniform(-0.4, 0.6) + np.arange(5.0))[:, np.newaxis]
    inputs = {
        argument: elapsed
        if argument == "elapsed"
        else generator.uniform(0.1, 1.5, (5 if argument == "shock" else 1, 8))
        for argument in node.inputs
    }
    assert_respects_units(node, PATHS[name], inputs, {"year": logarithm})


@pytest.mark.parametrize(
    "body",
    [
        "training_compute * price_performance",
        "np.maximum(training_compute / price_performance, 1.0)",
        "np.log(training_compute / price_performance)",
        "training_compute / price_performance + training_compute",
    ],
)
def test_a_formula_with_wrong_units_is_found(body: str, write_module: Callable[..., object]) -> None:
    wrong = write_module(
        "wrong",
        f'''
        def compute_cost(training_compute: Flop, price_performance: FlopPerUsd) -> Usd:
            """A cost."""
            return {body}
        ''',
    )
    world = build([wrong])
    inputs = {"training_compute": np.array([0.2, 2.0]), "price_performance": np.array([0.5, 0.7])}
    with pytest.raises(AssertionError):
        assert_respects_units(world.nodes["compute_cost"], world, inputs, {"usd": 2.0, "flop": -1.0})


@pytest.mark.parametrize("name", UNITS)
def test_a_symbol_says_what_the_exponents_say(name: str) -> None:
    unit = UNITS[name]
    if not unit.exponents:
        assert "/" not in unit.symbol or unit.symbol == "yes/no"
        return
    words = {"j": {"watt": 1.0, "second": 1.0}, "s": {"second": 1.0}, "w": {"watt": 1.0}, "yr": {"year": 1.0}}
    found: dict[str, float] = {}
    over, _, under = unit.symbol.lower().replace("per yr", "1/yr").partition("/")
    for sign, side in ((1.0, over), (-1.0, under)):
        for word, power in re.findall(r"([a-z]+)(?:\^(-?[\d.]+))?", side):
            for base, exponent in words.get(word, {word: 1.0}).items():
                if base != "decade":
                    found[base] = found.get(base, 0.0) + sign * exponent * float(power or 1)
    assert found == dict(unit.exponents)


def test_one_symbol_means_one_unit() -> None:
    for name, unit in UNITS.items():
        for other, twin in UNITS.items():
            assert unit.symbol != twin.symbol or unit.exponents == twin.exponents, (name, other)


def test_a_unit_is_never_two_kinds_of_range_at_once() -> None:
    for unit in UNITS.values():
        assert unit.positive + unit.nonnegative + unit.bounded <= 1
