"""Every variable on every path: labelled, whatever the number of draws, and never silently broken."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast import drivers, simulation
from forecast.errors import MissingDriverError
from forecast.graph import build
from forecast.model import graph
from forecast.scenario import Scenario
from forecast.shapes import Coordinates, Drivers, Posterior, Trajectories
from forecast.simulation import LAB_OUTPUTS, Room, outputs, simulate
from forecast.streams import BLOCK, blocks

if TYPE_CHECKING:
    from tests.conftest import World

WANTED = ("training_cost", "payers", "run_budget", "affordable", "usable_stock", "label_volume", "data_binds")


def run(
    scenario: Scenario, posterior: Posterior, draws: int, *, seed: int = 1, wanted: tuple[str, ...] = WANTED
):
    stream = (drivers.sample(scenario, posterior, seed=seed, block=block) for block in blocks(draws))
    return simulate(graph(), stream, drivers.coordinates(scenario), draws=draws, wanted=wanted)


def assert_same(one: Trajectories, other: Trajectories) -> None:
    assert set(one.variables) == set(other.variables)
    for name in one.variables:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@pytest.fixture(scope="module")
def trajectories(baseline: Scenario, posterior: Posterior) -> Trajectories:
    return run(baseline, posterior, 5000)


@pytest.mark.parametrize("draws", [1, 1000, BLOCK, BLOCK + 1])
def test_drawing_more_keeps_the_former(
    draws: int, baseline: Scenario, posterior: Posterior, trajectories: Trajectories
) -> None:
    fewer = run(baseline, posterior, draws)
    assert fewer.draws == draws
    for name, variable in fewer.variables.items():
        np.testing.assert_array_equal(variable.values, trajectories[name][..., :draws], err_msg=name)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(
    baseline: Scenario, posterior: Posterior
) -> None:
    first = run(baseline, posterior, 500)
    assert_same(first, run(baseline, posterior, 500))
    other = run(baseline, posterior, 500, seed=2)
    assert not np.any(first["training_cost"] == other["training_cost"])


def test_smaller_pieces_give_the_same_bits(world: World, baseline: Scenario, posterior: Posterior) -> None:
    def pieces(size: int) -> Iterator[Drivers]:
        def cut(value: np.ndarray, start: int) -> np.ndarray:
            return value[..., start : start + size] if value.shape[-1] > 1 else value

        for start in range(0, 1000, size):
            yield Drivers(
                {name: cut(value, start) for name, value in world.drivers.values.items()},
                {
                    name: tuple(cut(each, start) for each in some)
                    for name, some in world.drivers.factors.items()
                },
                min(size, BLOCK - start),
            )

    whole = run(baseline, posterior, 1000)
    for size in (1000, 300):
        split = simulate(graph(), pieces(size), whole.coordinates, draws=1000, wanted=WANTED)
        assert_same(whole, split)


def test_what_is_asked_for_does_not_change_what_it_is(
    baseline: Scenario, posterior: Posterior, trajectories: Trajectories
) -> None:
    alone = run(baseline, posterior, 300, wanted=("payers",))
    np.testing.assert_array_equal(alone["payers"], trajectories["payers"][:, :300])
    assert "training_cost" not in alone.variables


def test_variables_have_the_axes_units_and_words_of_the_graph(
    trajectories: Trajectories, baseline: Scenario
) -> None:
    lengths = {
        "lab": len(baseline.labs),
        "source": len(baseline.sources),
        "tier": len(baseline.tiers),
        "draw": 5000,
    }
    lengths["year"] = len(baseline.years)
    for name in WANTED:
        variable, node = trajectories.variables[name], graph().nodes[name]
        assert variable.dims == node.kind.dims
        assert variable.values.shape == tuple(lengths[dim] for dim in variable.dims)
        assert variable.unit == node.kind.unit.symbol
        assert variable.description == node.description
        assert variable.values.dtype == (np.int8 if variable.unit == "yes/no" else np.float64)
    assert set(np.unique(trajectories["affordable"])) == {0, 1}
    inputs = set(trajectories.variables) - set(WANTED)
    assert inputs == {name for name, spec in drivers.specs().items() if not spec.section}
    assert all(trajectories.variables[name].dims == ("draw",) for name in inputs)


def test_by_default_a_run_keeps_what_is_about_the_world_and_about_each_lab(
    baseline: Scenario, posterior: Posterior
) -> None:
    whole = run(baseline, posterior, 50, wanted=())
    assert set(outputs(graph())) <= set(whole.variables)
    for name in outputs(graph()):
        assert graph().nodes[name].kind.member in ("", "lab")
        assert not graph().nodes[name].kind.member or name in LAB_OUTPUTS
    assert set(LAB_OUTPUTS) <= set(outputs(graph()))
    for name in outputs(graph()):
        values, kind = whole[name], graph().nodes[name].kind
        assert np.all(np.isfinite(values)), name
        # A year without any release is a largest release of zero; other positive units admit none.
        assert not (kind.unit.positive or kind.unit.nonnegative) or np.all(values >= 0.0), name
        assert not kind.unit.bounded or np.all((values >= 0.0) & (values <= 1.0)), name


def test_labelled_data_hold_the_same_numbers(trajectories: Trajectories, baseline: Scenario) -> None:
    labelled = replace(trajectories, attributes={"scenario": "baseline"}).to_xarray()
    assert labelled.attrs == {"scenario": "baseline"}
    assert list(labelled.lab.values) == list(baseline.labs)
    assert list(labelled.source.values) == list(baseline.sources)
    assert list(labelled.tier.values) == list(baseline.tiers)
    assert list(labelled.year.values) == list(baseline.years)
    cost = labelled["training_cost"]
    assert cost.dims == ("year", "draw")
    assert cost.attrs == {"units": "USD", "long_name": trajectories.variables["training_cost"].description}
    budget = labelled["run_budget"].sel(lab="google", year=2028)
    place, year = list(baseline.labs).index("google"), baseline.years.index(2028)
    np.testing.assert_array_equal(budget, trajectories["run_budget"][place, year])
    assert labelled["price_performance_now"].dims == ("draw",)


def test_labels_of_axes_that_nothing_has_are_left_out(baseline: Scenario, posterior: Posterior) -> None:
    labelled = run(baseline, posterior, 10, wanted=("training_cost",)).to_xarray()
    assert set(labelled.coords) == {"year"}


def test_progress_is_told_after_each_block(baseline: Scenario, posterior: Posterior) -> None:
    told: list[int] = []
    stream = (drivers.sample(baseline, posterior, seed=1, block=block) for block in blocks(5000))
    axes = drivers.coordinates(baseline)
    simulate(graph(), stream, axes, draws=5000, wanted=("payers",), progress=told.append)
    assert told == [BLOCK, 5000]


def test_a_missing_driver_stops_the_run(world: World) -> None:
    values = {name: value for name, value in world.drivers.values.items() if name != "elapsed"}
    with pytest.raises(MissingDriverError, match=r"elapsed \[yr\]"):
        simulate(
            graph(),
            [Drivers(values, {}, BLOCK)],
            drivers.coordinates(world.scenario),
            draws=10,
            wanted=("training_cost",),
        )


@pytest.mark.parametrize(
    ("body", "value"),
    [("1.0 / money", 0.0), ("np.exp(money)", 1e4), ("np.log(money)", -1.0), ("money / money", 0.0)],
)
def test_arithmetic_that_breaks_does_not_pass_in_silence(
    body: str, value: float, write_module: Callable[[str, str], ModuleType]
) -> None:
    module = write_module("broken", f'def cost(money: Ratio) -> Ratio:\n    "A cost."\n    return {body}')
    block = Drivers({"money": np.array([[1.0, value]])}, {}, 2)
    axes = Coordinates((2026,), (), (), ())
    with pytest.raises(FloatingPointError):
        simulate(build([module]), [block], axes, draws=2)


def test_numbers_too_small_to_matter_are_zero(write_module: Callable[[str, str], ModuleType]) -> None:
    module = write_module(
        "tiny", 'def cost(money: Ratio) -> Ratio:\n    "A cost."\n    return np.exp(-money)'
    )
    block = Drivers({"money": np.array([[1.0, 1e4]])}, {}, 2)
    found = simulate(build([module]), [block], Coordinates((2026,), (), (), ()), draws=2)
    assert found["cost"][0, 1] == 0.0


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 3000),
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 9), min_size=1, max_size=3), st.sampled_from([np.int8, np.float64])
        ),
        max_size=12,
    ),
)
def test_arrays_that_share_memory_keep_what_is_written_into_them(
    size: int, asked: list[tuple[list[int], type[np.generic]]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # So that a few small arrays need several pieces.
        patch.setattr(simulation, "_PIECE", 640)
        room = Room(size)
        taken = [room.take(shape, kind) for shape, kind in asked]
        for number, each in enumerate(taken):
            each[...] = number
        for number, (each, (shape, kind)) in enumerate(zip(taken, asked, strict=True)):
            assert each.shape == tuple(shape)
            assert each.dtype == kind
            assert (each == number).all()


def test_room_that_is_made_ahead_is_as_large_as_what_is_kept(
    baseline: Scenario, posterior: Posterior
) -> None:
    axes = drivers.coordinates(baseline)
    room = Room.ahead(graph(), axes, 100)
    memory = room._piece
    found = simulate(
        graph(), [drivers.sample(baseline, posterior, seed=1, block=0)], axes, draws=100, room=room
    )
    assert all(np.shares_memory(each.values, memory) for each in found.variables.values())
    assert room._piece.size == 0
    assert_same(found, run(baseline, posterior, 100, wanted=()))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts page faults as Linux does")
def test_memory_is_kept_from_block_to_block_whatever_the_environment_says(
    process: Callable[..., Any],
) -> None:
    # Workers of Dask have this setting, with which the C library gives memory back after each array.
    done = process("-c", PAGES, MALLOC_TRIM_THRESHOLD_="65536")
    assert done.code == 0, done.err
    before, after, pages = map(int, done.out.split())
    assert after < pages / 10 < before


PAGES = """
import resource
import numpy as np
from forecast.simulation import _keep_memory
def faults():
    start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        np.ones(2**17) + 1.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start
faults()
before = faults()
_keep_memory()
faults()
print(before, faults(), 10 * 2 * 2**17 * 8 // resource.getpagesize())
"""
