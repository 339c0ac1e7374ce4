"""The tree of formulas: what stands in it, and that its values are those of the run."""

from __future__ import annotations

import json

import pytest

from forecast.errors import UsageError
from forecast.explain import explain, lines
from forecast.model import graph
from forecast.run import resolve, shipped
from forecast.shapes import FITTED

KINDS = {"total", "formula", "assumption", "fitted", "chance", "calendar"}


def walk(branch):
    yield branch
    for child in branch.children:
        yield from walk(child)


@pytest.fixture
def tree(finished):
    return explain("training_cost", graph(), scenario=finished.scenario, summary=finished.summary)


@pytest.mark.parametrize("name", [*graph().nodes, *graph().drivers])
def test_everything_can_be_explained(name, finished):
    tree = explain(name, graph(), scenario=finished.scenario, summary=finished.summary)
    assert tree.name == name
    assert all(branch.kind in KINDS and branch.description and branch.place for branch in walk(tree))
    assert len(lines(tree)) >= 2


def test_children_are_the_inputs_of_the_formula(tree):
    world = graph()
    for branch in walk(tree):
        if branch.name in world.nodes and not branch.repeated:
            assert [child.name for child in branch.children] == list(world.nodes[branch.name].inputs)
            assert branch.unit == world.nodes[branch.name].kind.unit.symbol
        else:
            assert branch.children == ()


def test_the_tree_goes_down_to_what_is_given(tree):
    world = graph()
    leaves = [branch for branch in walk(tree) if not branch.children and not branch.repeated]
    assert {branch.name for branch in leaves} <= set(world.drivers)
    assert {branch.kind for branch in leaves} == {"assumption", "fitted", "chance", "calendar"}


def test_what_has_been_shown_is_not_shown_again(tree):
    expanded = [branch.name for branch in walk(tree) if branch.children]
    assert len(expanded) == len(set(expanded))
    repeated = {branch.name for branch in walk(tree) if branch.repeated}
    assert repeated
    assert repeated <= set(expanded)
    assert any(line.endswith("(shown above)") for line in lines(tree))


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_no_more_levels_are_shown_than_asked_for(depth):
    def height(branch):
        return 1 + max(map(height, branch.children)) if branch.children else 0

    assert height(explain("training_cost", graph(), depth=depth)) == depth


def test_values_are_those_of_the_summary(tree, finished):
    years = finished.summary.coordinates.years
    series = finished.summary.series("training_cost")
    assert dict(tree.values) == {
        year: (series[row, 0], series[row, 3], series[row, -1]) for row, year in enumerate(years)
    }
    fitted = next(branch for branch in walk(tree) if branch.name == "frontier_compute_growth")
    assert list(fitted.values) == [None]
    low, middle, high = fitted.values[None]
    assert low < middle < high


def test_what_is_assumed_names_its_place_and_source(tree, finished):
    for branch in walk(tree):
        given = finished.scenario.assumptions.get(branch.name)
        if given is not None:
            assert branch.kind == ("fitted" if branch.name in FITTED else "assumption")
            assert branch.place == str(given.where)
            assert given.source in branch.source
            assert given.why in branch.description


def test_without_a_scenario_formulas_are_all_that_is_told():
    tree = explain("training_cost", graph())
    assert all(not branch.values and not branch.source for branch in walk(tree))


@pytest.mark.parametrize("name", ["training_cst", "frontier_compute_growht"])
def test_an_unknown_name_is_told_the_nearest(name):
    with pytest.raises(UsageError, match=f'there is no variable "{name}"; did you mean "'):
        explain(name, graph())


def test_first_and_last_year_are_shown_unless_others_are_asked_for(tree, finished):
    years = finished.summary.coordinates.years
    first = lines(tree)[0]
    assert [year for year in years if f"{year}: " in first] == [years[0], years[-1]]
    chosen = lines(tree, (years[1],))[0]
    assert [year for year in years if f"{year}: " in chosen] == [years[1]]


def test_the_command_prints_the_tree(command):
    called = command("explain", "training_cost", "--depth", 1)
    assert (called.code, called.err) == (0, "")
    assert called.out.startswith("scenario baseline; medians and 90% intervals\ntraining_cost [USD]  2026: ")
    assert all(f"─ {part} [USD]" in called.out for part in ("compute_cost", "data_cost", "labeling_cost"))


def test_the_command_prints_the_tree_as_json(command):
    called = command("explain", "training_cost", "--json")
    assert (called.code, called.err) == (0, "")
    content = json.loads(called.out, parse_constant=pytest.fail)
    assert content["version"] == 2
    tree = content["tree"]
    assert (tree["name"], tree["unit"], tree["kind"]) == ("training_cost", "USD", "total")
    assert [row["year"] for row in tree["values"]] == list(resolve(shipped("baseline")).years)
    assert all(row["p5"] < row["p50"] < row["p95"] for row in tree["values"])
    # What does not change over time has one row, of no year.
    assert '"year": null' in called.out
    assert {child["name"] for child in tree["children"]} >= {"compute_cost", "data_cost", "labeling_cost"}


def test_without_a_stored_fit_formulas_are_shown_and_nothing_is_sampled(command, monkeypatch, tmp_path):
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path / "empty"))
    called = command("explain", "training_cost", "--depth", 0)
    assert called.code == 0
    assert "forecast fit" in called.err
    assert called.out.startswith("scenario baseline\ntraining_cost [USD]\n")
    assert not (tmp_path / "empty").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("training_cst",), 'did you mean "training_cost"?'),
        (("training_cost", "--year", 2050), "baseline has no year 2050; give years from 2026 to 2031"),
        (("training_cost", "--scenario", "missing.yaml"), "missing.yaml: no such file"),
        (("training_cost", "--depth", -1), "--depth"),
        ((), "VARIABLE"),
    ],
)
def test_what_cannot_be_explained_is_one_message(arguments, message, command):
    called = command("explain", *arguments)
    assert (called.code, called.out) == (2, "")
    assert message in called.err
