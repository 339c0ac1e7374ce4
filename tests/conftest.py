"""What the tests of the core share: random inputs of the right kind, and the baseline on a made-up posterior."""

from __future__ import annotations

import importlib.util
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import settings

from forecast import drivers
from forecast.graph import Kind, Node
from forecast.model import graph
from forecast.scenario import Scenario, load
from forecast.shapes import FITTED, Drivers, Posterior
from forecast.units import Array

# A busy machine must not fail a test, and no test may pass or fail by luck.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")

ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "scenarios" / "baseline.yaml"
MEMBERS, YEARS, DRAWS = 3, 4, 32


def random_value(kind: Kind, generator: np.random.Generator, *, varies: bool = True) -> Array:
    """A value that a driver or variable of this kind could have, aligned to ``(member, year, draw)``."""
    unit = kind.unit
    if kind.calendar:
        start = 2026.5 if unit.symbol == "calendar year" else generator.uniform(-0.4, 0.6)
        return (start + np.arange(YEARS))[:, np.newaxis]
    shape = (*([MEMBERS] if kind.member else []), YEARS if varies else 1, DRAWS)
    if kind.noise is not None and kind.noise.law == "normal":
        return generator.standard_normal(shape)
    if unit.symbol == "yes/no":
        return generator.integers(0, 2, shape).astype(float)
    if unit.bounded:
        return generator.uniform(0.02, 0.98, shape)
    if unit.symbol == "exponent":
        return generator.uniform(1.5, 8.0, shape)
    if unit.positive or unit.nonnegative:
        return np.exp(generator.uniform(-2.0, 2.0, shape))
    if unit.symbol == "calendar year":
        return generator.uniform(2015.0, 2025.0, shape)
    return generator.uniform(-0.6, 1.2, shape)


def random_inputs(node: Node, seed: int) -> dict[str, Array]:
    """Random inputs of one formula of the world model, each with the axes that it has in a simulation."""
    world, generator = graph(), np.random.default_rng(seed)
    inputs = {}
    for name in node.inputs:
        if name in world.nodes:
            inputs[name] = random_value(world.nodes[name].kind, generator)
        else:
            kind = world.drivers[name]
            varies = kind.noise is not None and kind.noise.yearly
            inputs[name] = random_value(kind, generator, varies=varies)
    return inputs


@pytest.fixture(scope="session")
def inputs_of() -> Callable[[Node, int], dict[str, Array]]:
    return random_inputs


@pytest.fixture(scope="session")
def posterior() -> Posterior:
    """Joint draws of about the size that the fit finds, without the fit."""
    generator, size = np.random.default_rng(20260930), 600
    score = {name: generator.standard_normal(size) for name in FITTED}
    centre = {
        "frontier_compute_now": (1e27, 0.8),
        "frontier_compute_volatility": (0.33, 0.4),
        "frontier_compute_growth_volatility": (0.13, 0.4),
        "frontier_compute_dispersion": (1.04, 0.1),
        "frontier_compute_tail": (9.8, 0.4),
        "frontier_releases": (10.8, 0.15),
        "record_compute_known": (5e26, 0.2),
        "price_performance_now": (1.8e18, 0.25),
        "price_performance_volatility": (0.13, 0.4),
        "price_performance_dispersion": (0.45, 0.1),
        "cloud_cost_ratio": (2.8, 0.08),
        "acquisition_cost_ratio": (55.0, 0.15),
    }
    draws = {name: middle * np.exp(spread * score[name]) for name, (middle, spread) in centre.items()}
    # The level and the growth now are estimated from the same runs, so they rise together.
    draws["frontier_compute_growth"] = 1.7 + 0.25 * score["frontier_compute_now"]
    draws["price_performance_growth"] = 0.29 + 0.04 * score["price_performance_growth"]
    return Posterior(draws, {"as_of": "2026-09-30"})


@pytest.fixture(scope="session")
def baseline() -> Scenario:
    return load(BASELINE, drivers=drivers.specs(), events_affect=drivers.affectable())


@dataclass(frozen=True)
class World:
    """One block of the baseline with every driver and every variable, members included."""

    scenario: Scenario
    drivers: Drivers
    values: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.values[name] if name in self.values else self.drivers.values[name]


@pytest.fixture(scope="session")
def world(baseline: Scenario, posterior: Posterior) -> World:
    block = drivers.sample(baseline, posterior, seed=1, block=0)
    return World(baseline, block, graph().evaluate(block.values, graph().nodes, factors=block.factors))


@pytest.fixture
def write_module(tmp_path: Path) -> Callable[[str, str], ModuleType]:
    """Makes a module of formulas from its text; units and `adds_to` are already imported there."""

    def write(name: str, text: str) -> ModuleType:
        path = tmp_path / f"{name}.py"
        head = "import numpy as np\nfrom forecast.graph import adds_to\nfrom forecast.units import *\n"
        path.write_text(head + textwrap.dedent(text), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return write
