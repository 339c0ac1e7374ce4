"""The analysis of the world model, on the baseline with a made-up posterior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast import drivers
from forecast.errors import UsageError
from forecast.model import graph
from forecast.sensitivity import analyse, question, target
from forecast.sensitivity.groups import groups, rows
from forecast.sensitivity.world import World

DRAWS = 1024


@pytest.fixture(scope="module")
def axes(baseline):
    return drivers.coordinates(baseline)


@pytest.fixture(scope="module")
def found(baseline, posterior, axes):
    asked = [
        question("training_cost >= 5e9 by 2028", graph(), axes),
        question("can_pay openai 2028", graph(), axes),
        question("algorithmic_efficiency > 300 in 2029", graph(), axes),
        question("mmlu > 0.9 in 2029", graph(), axes),
    ]
    wanted = target("training_cost", None, graph(), axes)
    return analyse(baseline, posterior, wanted, asked, draws=DRAWS, seed=3)


def test_the_parts_account_for_everything(found):
    assert sum(each.shapley.value for each in found.influences) == pytest.approx(1.0, abs=1e-9)
    for answer in found.answers:
        # An answer that is sure has nothing to share out.
        whole = 1.0 if answer.brier > 0.0 else 0.0
        assert sum(each.shapley.value for each in answer.knowing) == pytest.approx(whole, abs=1e-9)
    parts = [each.shapley.value for each in found.influences]
    assert parts == sorted(parts, reverse=True)


def test_every_uncertain_input_is_there_once(found, baseline):
    named = [each.group.name for each in found.influences]
    assert len(named) == len(set(named))
    assert set(found.without).isdisjoint(named)
    events = {event.name for event in baseline.events}
    inputs = {name for name, kind in graph().drivers.items() if not kind.calendar}
    # A lab that a question is about stands apart from the others.
    assert {name.partition("[")[0] for name in named} | set(found.without) <= inputs | events
    assert events <= set(named) | set(found.without)


def test_an_input_that_the_target_does_not_use_gets_nothing(found):
    # Benchmark scores matter for one question and for nothing else.
    by_name = {each.group.name: each for each in found.influences}
    idle = by_name["mmlu_slope"]
    assert idle.shapley.value == 0.0
    assert idle.total.value == 0.0
    assert abs(idle.first.value) < 4 * idle.first.error
    assert idle.swing.low_median == idle.swing.high_median
    assert "staff_share" in found.without


def test_the_driver_that_decides_is_worth_all(found):
    answer = found.answers[2]
    best = answer.knowing[0]
    assert best.group.name == "algorithmic_growth"
    assert best.value.value > 0.75
    assert best.movement == pytest.approx(np.sqrt(best.value.value * answer.brier))
    for each in answer.knowing[2:]:
        assert each.value.value < max(4 * each.value.error, 0.02)


def test_swings_of_events_are_with_and_without_them(found):
    by_name = {each.group.name: each for each in found.influences}
    winter = by_name["funding winter"].swing
    assert winter.high_median < winter.low_median
    assert by_name["market_shock"].swing is None


def test_a_walk_through_all_inputs_ends_where_it_should(baseline, posterior, axes):
    wanted = ("training_cost", "affordable")
    here = drivers.sample(baseline, posterior, seed=1, block=0)
    there = drivers.sample(baseline, posterior, seed=1, block=1)
    start, end = (World(wanted, *rows(block, slice(0, 64))) for block in (there, here))
    world = start
    inputs, _ = groups(baseline, wanted)
    for group in inputs:
        if group.event is None:
            world = world.moved({group.name: end.drivers[group.name]})
    world = world.moved({}, end.factors)
    for name in wanted:
        assert np.array_equal(world.values[name], end.values[name])
        assert not np.array_equal(start.values[name], end.values[name])
    full = graph().evaluate(here.values, wanted, factors=here.factors)
    shown = end.outputs(axes, 64)["training_cost"]
    assert np.array_equal(shown, full["training_cost"].reshape(len(axes.years), -1)[:, :64])


@pytest.mark.slow
def test_the_same_study_twice_is_the_same(baseline, posterior, axes):
    wanted = target("payers", 2028, graph(), axes)
    assert not wanted.log
    small = [analyse(baseline, posterior, wanted, draws=300, seed=2) for _ in range(2)]
    assert small[0] == small[1]


def test_a_certain_driver_is_no_part_of_the_study(baseline, posterior, axes):
    name = "final_run_share"
    from forecast.scenario.distributions import Constant

    certain = replace(baseline.assumptions[name], distribution=Constant(0.1))
    scenario = replace(baseline, assumptions={**baseline.assumptions, name: certain})
    result = analyse(scenario, posterior, target("training_cost", 2027, graph(), axes), draws=300)
    assert name not in {each.group.name for each in result.influences}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("training_costs >= 1e9 by 2028", 'did you mean "training_cost"'),
        ("training_cost >= 1e9 by 2050", "outside the forecast"),
        ("training_cost >= lots by 2028", "is no number"),
        ("training_cost >= inf by 2028", "no finite number"),
        ("can_pay openia 2028", 'did you mean "openai"'),
        ("will it rain", "is not understood"),
        ("affordable >= 1 in 2028", "with a value for each year"),
    ],
)
def test_questions_that_cannot_be_asked(text, message, axes):
    with pytest.raises(UsageError, match=message):
        question(text, graph(), axes)


def test_questions_are_answered_on_each_path(axes):
    years = len(axes.years)
    cost = np.array([[1.0, 5.0], [9.0, 1.0], *[[0.0, 0.0]] * (years - 2)])
    ask = lambda text: question(text, graph(), axes).of({"training_cost": cost}, axes)  # noqa: E731
    assert ask("training_cost >= 5 by 2027").tolist() == [1.0, 1.0]
    assert ask("training_cost >= 5 in 2027").tolist() == [1.0, 0.0]
    assert ask("training_cost < 1 in 2028").tolist() == [1.0, 1.0]


@pytest.mark.slow
def test_processes_change_no_bit(baseline, posterior):
    axes = drivers.coordinates(baseline)
    alone, shared = (
        analyse(baseline, posterior, target("payers", 2030, graph(), axes), draws=1200, workers=workers)
        for workers in (1, 2)
    )
    assert alone == shared
