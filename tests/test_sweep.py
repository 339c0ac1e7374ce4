"""Sweeps: the points of a design, and that each is what a run with its values gives."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from functools import partial

import pytest

from forecast.errors import ScenarioError, UsageError
from forecast.report.charts.sweep import draw_sweep
from forecast.run import resolve, trajectories_of
from forecast.summary import summarise
from forecast.sweep import axis, design, is_range, sweep

GROWTH = "algorithmic_growth=1.5x/yr:10x/yr:3"


@pytest.fixture(scope="module")
def baseline_with(baseline):
    return lambda overrides: resolve(baseline.path, overrides=overrides)


@pytest.fixture(scope="module")
def small(baseline_with, posterior):
    axes = [axis(GROWTH), axis("final_run_share=0.1:0.3:2")]
    variables = ("training_cost", "effective_compute", "algorithmic_efficiency")
    return sweep(baseline_with, axes, posterior, variables=variables, draws=200, seed=5)


def test_a_point_equals_a_run_with_its_values(small, baseline_with, posterior):
    point = small.points[3]
    scenario = baseline_with(point.overrides)
    assert scenario.assumptions["algorithmic_growth"].distribution.value == pytest.approx(
        math.log(point.values[0])
    )
    summary = summarise(trajectories_of(scenario, posterior, draws=200, seed=5))
    expected = [row for row in summary.rows if row.variable in small.variables]
    assert sorted(point.rows, key=repr) == sorted(expected, key=repr)


def test_the_same_draws_at_all_points(small):
    # What a lab dares to spend does not change algorithms, so these agree to the last bit.
    last = small.coordinates.years[-1]
    efficiency = {point.values: point.row("algorithmic_efficiency", last) for point in small.points}
    for values, row in efficiency.items():
        assert row == efficiency[(values[0], 0.1)]
    compute = [point.row("effective_compute", last).mean for point in small.points[::2]]
    assert compute == sorted(compute)


def test_values_that_cannot_be_computed_with_are_refused_by_name(baseline_with, posterior):
    axes = [axis("market_volatility=1:300:2")]
    with pytest.raises(ScenarioError, match=r"market_volatility=300 .*cannot be computed with \(overflow"):
        sweep(baseline_with, axes, posterior, variables=("training_cost",), draws=200, seed=5)
    with pytest.raises(ScenarioError, match="cannot be computed with"):
        # What is swept does not reach what overflows, which is computed once for all points.
        sweep(
            lambda overrides: baseline_with(("market_volatility=300", *overrides)),
            [axis("open_weights_lag=0.5:1:2")],
            posterior,
            variables=("open_weights_gap",),
            draws=200,
            seed=5,
        )


def test_growth_rates_are_spread_evenly_in_the_rate():
    values = [row[0] for row in design([axis(GROWTH)], "grid")]
    assert values == pytest.approx([1.5, math.sqrt(15.0), 10.0], rel=1e-5)
    assert [row[0] for row in design([axis("final_run_share=0.1:0.5:5")], "grid")] == [
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
    ]
    assert [row[0] for row in design([axis("site_power_now=1e8:1e10:3")], "grid")] == [1e8, 1e9, 1e10]
    halving = axis("algorithmic_growth=doubling: 12 months:doubling: 6 months:2")
    assert (halving.low, halving.high) == pytest.approx((2.0, 4.0))


def test_a_latin_hypercube_has_one_point_in_every_slice():
    axes = [axis("final_run_share=0.1:0.3"), axis("algorithmic_growth=1.5x/yr:10x/yr")]
    rows = design(axes, "lhs", points=8, seed=3)
    assert rows == design(axes, "lhs", points=8, seed=3)
    slices = sorted(int((row[0] - 0.1) / 0.2 * 8) for row in rows)
    assert slices == list(range(8))
    slices = sorted(int(math.log(row[1] / 1.5) / math.log(10 / 1.5) * 8) for row in rows)
    assert slices == list(range(8))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("algorithmic_growt=1x/yr:2x/yr:3", 'did you mean "algorithmic_growth"'),
        ("algorithmic_growth=1:2:3", "growth rate"),
        ("final_run_share=0.3:0.1:3", "not below"),
        ("final_run_share=0.1:0.3:1", "at least 2"),
        ("final_run_share=0.1", "write it as"),
        ("final_run_share", "write it as"),
        ("final_run_share=a:b:3", "write it as"),
    ],
)
def test_ranges_that_are_none(text, message):
    with pytest.raises(UsageError, match=message):
        axis(text)


def test_designs_that_cannot_be_made():
    share = axis("final_run_share=0.1:0.3:40")
    with pytest.raises(UsageError, match="twice"):
        design([share, share], "grid")
    with pytest.raises(UsageError, match="more than 1,000"):
        design([share, axis("algorithmic_growth=1x/yr:2x/yr:40")], "grid")
    with pytest.raises(UsageError, match="how many"):
        design([axis("final_run_share=0.1:0.3")], "grid")
    with pytest.raises(UsageError, match="--points"):
        design([share], "lhs")


def test_settings_with_one_value_are_no_ranges():
    assert is_range(GROWTH)
    assert not is_range("algorithmic_growth=doubling: 8 months")
    assert not is_range("algorithmic_growth={p5: 2x/yr, p95: 4x/yr}")
    assert is_range("labs.openai.final_run_boldness=0.5:2:4")


def test_a_member_can_be_swept(baseline_with, posterior):
    found = sweep(
        baseline_with,
        [axis("labs.openai.final_run_boldness=0.2:3:2")],
        posterior,
        variables=("payers",),
        draws=200,
    )
    low, high = (point.row("payers", 2028).mean for point in found.points)
    assert low < high


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ranges", "keywords"),
    [
        (["final_run_share=0.1:0.3:2"], {}),
        ([GROWTH, "final_run_share=0.1:0.3:2"], {}),
        (["algorithmic_growth=1.5x/yr:10x/yr", "final_run_share=0.1:0.3"], {"kind": "lhs", "points": 8}),
        (
            ["algorithmic_growth=1.5x/yr:10x/yr", "final_run_share=0.1:0.3", "site_power_now=3e8:3e9"],
            {"kind": "lhs", "points": 3},
        ),
    ],
    ids=["line", "map", "scattered map", "panels"],
)
def test_charts_are_the_same_bytes_each_time(ranges, keywords, baseline_with, posterior):
    variables = ("training_cost", "payers", "reference_capability_cost")
    found = sweep(
        baseline_with, [axis(each) for each in ranges], posterior, variables=variables, draws=100, **keywords
    )
    drawn = draw_sweep(found, 2028)
    assert set(drawn) == {f"sweep-{name}.{suffix}" for name in variables for suffix in ("svg", "png")}
    assert b"Least" in drawn["sweep-payers.svg"]
    one = replace(found, variables=variables[:1])
    assert draw_sweep(one, 2028) == {name: drawn[name] for name in draw_sweep(one, 2028)}


def test_a_variable_that_nothing_moves_can_be_drawn(baseline_with, posterior):
    ranges = [axis("mmlu_slope=0.9:1.2:2"), axis("mmlu_reference=1.4:1.6:2")]
    found = sweep(baseline_with, ranges, posterior, variables=("training_cost",), draws=100)
    assert len(draw_sweep(found, 2028)) == 2


def test_command(command, tmp_path, baseline):
    arguments = (
        "sweep",
        baseline.path,
        "--set",
        "final_run_share=0.1:0.3:2",
        "--draws",
        100,
        "--target",
        "payers",
    )
    call = partial(command, *arguments, "--out", tmp_path / "s")
    done = call("--set", "algorithmic_growth=3x/yr")
    assert done.code == 0, done.err
    assert "final_run_share" in done.out
    names = {path.name for path in (tmp_path / "s").rglob("*") if path.is_file()}
    assert names == {"sweep.csv", "run.json", "sweep-payers.svg", "sweep-payers.png"}
    rows = list(csv.DictReader((tmp_path / "s" / "sweep.csv").read_text().splitlines()))
    assert {row["final_run_share"] for row in rows} == {"0.1", "0.3"}
    record = json.loads((tmp_path / "s" / "run.json").read_text())
    assert record["scenario"]["assumptions"]["algorithmic_growth"]["form"] == "constant"
    assert set(record["files"]) == names - {"run.json"} - {"sweep-payers.svg", "sweep-payers.png"} | {
        "charts/sweep-payers.svg",
        "charts/sweep-payers.png",
    }
    told = json.loads(call("--json", "--no-charts").out)
    assert [point["set"] for point in told["points"]] == [["final_run_share=0.1"], ["final_run_share=0.3"]]
    assert call("--year", 2050).code == 2
    assert (
        command("sweep", baseline.path, "--set", "utilisation=0.5:1.5:2", "--out", tmp_path / "t").code == 2
    )
    assert not (tmp_path / "t").exists()


def test_a_point_equals_a_run_whatever_is_swept(baseline_with, posterior):
    axes = [axis("algorithmic_growth=2x/yr:4x/yr"), axis("labs.openai.funds_now=1e10:1e11")]
    found = sweep(
        baseline_with, axes, posterior, kind="sobol", points=2, variables=("payers",), draws=300, seed=5
    )
    for point in found.points:
        summary = summarise(trajectories_of(baseline_with(point.overrides), posterior, draws=300, seed=5))
        assert point.rows == tuple(row for row in summary.rows if row.variable == "payers")


def test_a_sobol_sequence_has_a_power_of_two_points_spread_over_all_axes():
    axes = [axis("final_run_share=0.1:0.3"), axis("contender_share=0.2:0.4")]
    rows = design(axes, "sobol", points=16, seed=3)
    for place, each in enumerate(axes):
        shares = sorted((row[place] - each.low) / (each.high - each.low) for row in rows)
        assert [int(share * 16 - 1e-4) for share in shares] == list(range(16))
    with pytest.raises(UsageError, match="power of two, such as 4"):
        design(axes, "sobol", points=3)
