"""Differences are paired: the same draws on both sides, exact zeros where nothing differs, and signs that flip."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecast import drivers
from forecast.assumptions import assumption_differences
from forecast.attribution import groups
from forecast.compare import Comparison, compare
from forecast.errors import UsageError
from forecast.mixture import membership, mix, normalised, spread
from forecast.model import graph
from forecast.run import trajectories_of
from forecast.samplers import FEWEST, REPLICATES, Spread
from forecast.scenario import Scenario, load
from forecast.shapes import Coordinates, Posterior, Trajectories, Variable
from forecast.summary import influence, quantiles, summarise
from forecast.units import Array

BASELINE = Path(__file__).parents[1] / "scenarios" / "baseline.yaml"
DRAWS = 1500
YEARS = (2026, 2027, 2028)


def changed(*overrides: str) -> Scenario:
    return load(BASELINE, drivers=drivers.specs(), events_affect=drivers.affectable(), overrides=overrides)


def paths(
    seed: int = 1, *, factor: float = 1.0, years: tuple[int, ...] = YEARS, labs: tuple[str, ...] = ("a", "b")
) -> Trajectories:
    """Made-up paths; a factor moves the cost of every path, the chance behind it stays."""
    generator = np.random.default_rng(seed)
    cost = (
        factor * 1e9 * np.exp(generator.standard_normal((len(years), DRAWS)) + np.arange(len(years))[:, None])
    )
    affordable = (generator.uniform(size=(len(labs), len(years), DRAWS)) * factor < 0.5).astype(np.int8)
    variables = {
        "training_cost": Variable("training_cost", cost, ("year", "draw"), "USD", "cost"),
        "payers": Variable(
            "payers", affordable.sum(axis=0).astype(float), ("year", "draw"), "count", "payers"
        ),
        "affordable": Variable("affordable", affordable, ("lab", "year", "draw"), "yes/no", "pays"),
    }
    return Trajectories(
        variables, Coordinates(years, labs, (), ()), {"seed": "1", "as_of": "2026-09-30", "draws": str(DRAWS)}
    )


def test_scenarios_share_every_driver_that_they_assume_alike(
    baseline: Scenario, posterior: Posterior
) -> None:
    other = changed(
        "algorithmic_growth=2x/yr", "labs.openai.funds_now={value: 1e9, unit: USD}", "last_year=2033"
    )
    one, two = (drivers.sample(each, posterior, seed=1, block=2) for each in (baseline, other))
    for name, value in one.values.items():
        there = two.values[name]
        kind = graph().drivers[name]
        if kind.calendar or (kind.noise is not None and kind.noise.yearly):
            there = there[..., : len(baseline.years), :]
        if name == "algorithmic_growth":
            assert not np.array_equal(value, there)
        elif name == "funds_now":
            same = np.array([np.array_equal(*each) for each in zip(value, there, strict=True)])
            assert list(np.array(list(baseline.labs))[~same]) == ["openai"]
        else:
            assert np.array_equal(value, there), name


@pytest.fixture(scope="module")
def run(baseline: Scenario, posterior: Posterior) -> Trajectories:
    return trajectories_of(baseline, posterior, draws=DRAWS, seed=1)


def assert_nothing_differs(found: Comparison) -> None:
    for row in found.differences:
        assert row.mean == row.mean_error == row.medians == row.medians_error == 0.0
        assert row.quantiles == row.quantile_errors == (0.0, 0.0, 0.0)
        assert row.exceeds == row.below == 0.0
        if row.ratios is not None:
            assert row.ratios == (1.0, 1.0, 1.0)
            assert row.ratio_errors == (0.0, 0.0, 0.0)
            assert (row.factor, row.factor_error) == (1.0, 0.0)
    for threshold in found.thresholds:
        assert set(threshold.differences) | set(threshold.errors) == {0.0}
        assert threshold.earlier == threshold.later == 0.0
    for lab in found.affordability:
        assert lab.difference == lab.error == 0.0


def test_a_scenario_compared_with_itself_gives_exact_zeros(
    run: Trajectories, baseline: Scenario, posterior: Posterior
) -> None:
    again = trajectories_of(baseline, posterior, draws=DRAWS, seed=1)
    found = compare(run, again, thresholds=(1e9, 1e10))
    assert len(found.differences) > 150
    assert found.notes == ()
    assert_nothing_differs(found)
    assert assumption_differences(baseline, baseline) == ()


# Draws that are spread evenly.


@pytest.fixture(scope="module")
def even_run(baseline: Scenario, posterior: Posterior) -> Trajectories:
    return trajectories_of(baseline, posterior, draws=FEWEST, seed=1, sampler="lhs")


def of_replicates(estimates: Array) -> Array:
    """The error of what all replicates together estimate, from shape ``(..., replicate)``."""
    error: Array = estimates.std(axis=-1, ddof=1) / np.sqrt(REPLICATES)
    return error


def test_errors_of_differences_between_even_draws_are_those_of_replicates(
    even_run: Trajectories, posterior: Posterior
) -> None:
    scenario = changed("algorithmic_growth=2x/yr", "labs.openai.funds_now={value: 1e10, unit: USD}")
    other = trajectories_of(scenario, posterior, draws=FEWEST, seed=1, sampler="lhs")
    found = compare(even_run, other, thresholds=(1e10,))
    size, last = FEWEST // REPLICATES, even_run.coordinates.years[-1]
    cost, there = (each["training_cost"][-1].reshape(REPLICATES, size) for each in (even_run, other))
    row = found.row("training_cost", last)
    assert row.mean_error == pytest.approx(of_replicates((there - cost).mean(axis=1)))
    medians = np.median(there, axis=1) - np.median(cost, axis=1)
    assert row.medians_error == pytest.approx(of_replicates(medians))
    assert row.quantile_errors[1] == pytest.approx(of_replicates(np.median(there - cost, axis=1)))
    assert row.factor_error == pytest.approx(of_replicates(np.exp(np.log(there / cost).mean(axis=1))))
    assert row.ratio_errors is not None
    assert row.ratio_errors[1] == pytest.approx(of_replicates(np.median(there / cost, axis=1)))
    assert row.below_error == pytest.approx(of_replicates((there < cost).mean(axis=1)))
    (threshold,) = found.thresholds
    has, had = (
        np.logical_or.accumulate(each["training_cost"] >= 1e10, axis=0).reshape(-1, REPLICATES, size)
        for each in (other, even_run)
    )
    assert threshold.errors[-1] == pytest.approx(of_replicates(has[-1].mean(axis=1) - had[-1].mean(axis=1)))
    assert threshold.first_errors[-1] == pytest.approx(of_replicates(had[-1].mean(axis=1)))
    assert threshold.later_error == pytest.approx(
        of_replicates((has.sum(axis=0) < had.sum(axis=0)).mean(axis=1))
    )
    lab = next(row for row in found.affordability if (row.lab, row.year) == ("openai", last))
    place = even_run.coordinates.labs.index("openai")
    pays, paid = (each["affordable"][place, -1].reshape(REPLICATES, size) for each in (other, even_run))
    assert lab.error == pytest.approx(of_replicates(pays.mean(axis=1) - paid.mean(axis=1)))
    assert lab.first_error == pytest.approx(of_replicates(paid.mean(axis=1)))
    # Only errors depend on how the draws came about.
    alone = {key: text for key, text in even_run.attributes.items() if key not in Spread("lhs").attributes(1)}
    plain = compare(*(replace(each, attributes=alone) for each in (even_run, other)), thresholds=(1e10,))
    errors = {name: None for name in vars(row) if "error" in name}
    for one, as_before in zip(found.differences, plain.differences, strict=True):
        assert {**vars(one), **errors} == {**vars(as_before), **errors}


def test_even_draws_of_a_scenario_and_itself_differ_by_exact_zeros(
    even_run: Trajectories, baseline: Scenario
) -> None:
    found = compare(even_run, even_run, thresholds=baseline.thresholds)
    assert_nothing_differs(found)
    assert all(row.exceeds_error > 0.0 and row.below_error > 0.0 for row in found.differences)


def test_even_draws_are_compared_with_their_like_and_whole(
    even_run: Trajectories, baseline: Scenario, posterior: Posterior
) -> None:
    other = trajectories_of(baseline, posterior, draws=FEWEST, seed=1)
    with pytest.raises(UsageError, match="same --draws, --seed and --sampler"):
        compare(even_run, other)
    for kept, words in ((100, "no whole number of replicates"), (64, "one replicate alone")):
        few = replace(
            even_run,
            variables={
                name: replace(each, values=each.values[..., :kept])
                for name, each in even_run.variables.items()
            },
        )
        with pytest.raises(UsageError, match=words):
            compare(few, few)


def test_the_error_of_a_share_between_scenarios_comes_from_replicates_too(even_run: Trajectories) -> None:
    cost = even_run.variables["training_cost"]
    dearer = replace(even_run, variables={"training_cost": replace(cost, values=cost.values**1.1)})
    weights = (0.5, 0.5)
    found = spread([even_run, dearer], weights, "training_cost")
    logs = np.log(cost.values[-1].reshape(REPLICATES, -1))
    within = (1.0 + 1.1**2) / 2 * logs.var(axis=1)
    between = (0.05 * logs.mean(axis=1)) ** 2
    assert found[-1].error == pytest.approx(of_replicates(between / (within + between)))


def test_swapping_the_scenarios_flips_signs() -> None:
    one, other = paths(), paths(2, factor=2.0)
    forth, back = compare(one, other, thresholds=(5e9,)), compare(other, one, thresholds=(5e9,))
    for row, mirrored in zip(forth.differences, back.differences, strict=True):
        assert mirrored.mean == pytest.approx(-row.mean)
        assert mirrored.medians == -row.medians
        assert mirrored.quantiles == pytest.approx([-value for value in reversed(row.quantiles)])
        assert (mirrored.exceeds, mirrored.below) == (row.below, row.exceeds)
        assert (mirrored.first, mirrored.second) == (row.second, row.first)
        if row.factor is not None:
            assert mirrored.factor == pytest.approx(1.0 / row.factor)
    assert [row.differences for row in back.thresholds] == [
        tuple(-each for each in row.differences) for row in forth.thresholds
    ]
    assert (back.thresholds[0].earlier, back.thresholds[0].later) == (
        forth.thresholds[0].later,
        forth.thresholds[0].earlier,
    )
    assert [row.difference for row in back.affordability] == [-row.difference for row in forth.affordability]


def test_a_common_factor_is_found_without_error_on_every_path() -> None:
    row = compare(paths(), paths(factor=3.0)).row("training_cost", 2027)
    assert row.factor == pytest.approx(3.0)
    assert row.factor_error == pytest.approx(0.0, abs=1e-12)
    assert row.ratios == pytest.approx((3.0, 3.0, 3.0))
    assert row.exceeds == 1.0
    assert row.medians == pytest.approx(2.0 * row.first[1])


def test_pairing_makes_the_difference_surer_than_either_side() -> None:
    row = compare(paths(), paths(factor=1.01)).row("training_cost", 2028)
    alone = paths()["training_cost"][-1].std() / np.sqrt(DRAWS)
    assert 0.0 < row.mean_error < 0.02 * alone
    assert 0.0 < row.medians_error < 0.05 * alone


def test_influence_gives_the_known_error_of_a_median() -> None:
    values = np.random.default_rng(3).standard_normal((1, 40_000))
    median, moves = influence(values, 0.5)
    assert median == pytest.approx(quantiles(values)[0][:, 3])
    assert moves.std() / np.sqrt(40_000) == pytest.approx(np.sqrt(np.pi / 2 / 40_000), rel=0.1)


def test_thresholds_count_what_was_reached_before_the_common_years() -> None:
    early, late = paths(years=(2025, 2026, 2027)), paths(years=(2026, 2027))
    found = compare(early, late, thresholds=(1e9,)).thresholds[0]
    reached = np.maximum.accumulate(early["training_cost"] >= 1e9, axis=0)[1:]
    assert found.first == pytest.approx(reached.mean(axis=1))
    assert found.earlier + found.later + found.never <= 1.0
    assert found.first_median == 2026


def test_what_does_not_match_is_said_in_words() -> None:
    one = paths(labs=("a", "b"))
    other = paths(years=(2027, 2028, 2029), labs=("b", "c"))
    other = replace(other, attributes={**other.attributes, "as_of": "2025-01-01"})
    found = compare(one, other, names=("x", "y"))
    text = "\n".join(found.notes)
    assert found.years == (2027, 2028)
    assert {row.lab for row in found.affordability} == {"b"}
    cut = compare(one, other, horizons=((2026, 2027, 2028), tuple(range(2027, 2040)))).notes[0]
    assert cut == "first forecasts 2026 to 2028, second 2027 to 2039: compared over 2027 to 2028"
    for words in (
        "compared over 2027 to 2028",
        "start in different years",
        "as of 2025-01-01",
        "only x has a",
        "only y has c",
    ):
        assert words in text


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(UsageError, match="no year in common"):
        compare(paths(years=(2020, 2021)), paths())
    other = paths()
    with pytest.raises(UsageError, match="same draws"):
        compare(paths(), replace(other, attributes={**other.attributes, "seed": "2"}))
    with pytest.raises(KeyError, match="nonsense"):
        compare(paths(), paths()).row("nonsense", 2026)


def test_a_lab_variable_is_compared_lab_by_lab_when_asked_for() -> None:
    found = compare(paths(), paths(factor=2.0), variables=("affordable",))
    assert {(row.member, row.year) for row in found.differences} == {
        (lab, year) for lab in "ab" for year in YEARS
    }
    assert found.row("affordable", 2026, "a").mean < 0.0


def test_every_kind_of_different_assumption_is_listed_with_its_line(tmp_path: Path) -> None:
    text = (
        "name: other\nextends: baseline.yaml\nlast_year: 2033\nassumptions:\n"
        "  algorithmic_growth: {p5: 1.5x/yr, p95: 4x/yr, why: W., source: S, dated: 2026-01}\n"
        "labs:\n  openai: {funds_now: {value: 1e9, unit: USD, why: W., source: S, dated: 2026-01}}\n  google: remove\n"
        "add_events:\n  - {name: squeeze, probability: 0.2, year: 2028, affects: price_performance, factor: 0.5,\n"
        "     why: W., source: S, dated: 2026-01}\n"
        "correlations:\n  - {between: [algorithmic_growth, tokens_per_parameter], rho: 0.3, why: W., source: S,\n"
        "     dated: 2026-01}\n"
    )
    (tmp_path / "baseline.yaml").write_bytes(BASELINE.read_bytes())
    (tmp_path / "other.yaml").write_text(text, encoding="utf-8")
    one, other = (
        load(tmp_path / f"{name}.yaml", drivers=drivers.specs(), events_affect=drivers.affectable())
        for name in ("baseline", "other")
    )
    found = {
        (row.kind, row.name, row.member): row
        for row in assumption_differences(one, other, groups=groups(graph()))
    }
    # The baseline's own correlations are gone, since a list is replaced whole.
    gone = {key for key, row in found.items() if key[0] == "correlation" and row.second == ""}
    assert set(found) - gone == {
        ("setting", "last_year", ""),
        ("assumption", "algorithmic_growth", ""),
        ("assumption", "funds_now", "openai"),
        ("member", "lab", "google"),
        ("event", "squeeze", ""),
        ("correlation", "algorithmic_growth with tokens_per_parameter", ""),
    }
    growth = found["assumption", "algorithmic_growth", ""]
    assert growth.group == "algorithms"
    assert (growth.second_where.file, growth.second_where.line) == (str(tmp_path / "other.yaml"), 5)
    assert growth.first_where.line is not None
    assert found["event", "squeeze", ""].first == ""
    assert found["member", "lab", "google"].second == ""
    assert found["assumption", "funds_now", "openai"].group == "labs"


def test_a_mixture_holds_each_scenario_as_often_as_its_weight_says() -> None:
    owner = membership((0.3, 0.5, 0.2), 20_000)
    assert np.bincount(owner) == pytest.approx([6000, 10_000, 4000], abs=3)
    assert np.array_equal(membership((0.3, 0.5, 0.2), 500), owner[:500])
    one, other = paths(), paths(2, factor=4.0, years=(2027, 2028, 2029), labs=("b", "c"))
    mixed = mix([one, other], (0.25, 0.75))
    from_one = membership((0.25, 0.75), DRAWS) == 0
    assert mixed.coordinates == Coordinates((2027, 2028), ("b",), (), ())
    assert np.array_equal(mixed["training_cost"][:, from_one], one["training_cost"][1:, from_one])
    assert np.array_equal(mixed["training_cost"][:, ~from_one], other["training_cost"][:2, ~from_one])
    assert np.array_equal(mixed["affordable"][0, :, ~from_one], other["affordable"][0, :2][:, ~from_one].T)
    assert len(summarise(mixed, thresholds=(1e9,)).affordability) == 2


def test_spread_within_and_between_adds_up_to_the_variance_of_all() -> None:
    runs = [paths(seed, factor=factor) for seed, factor in ((1, 1.0), (2, 5.0), (3, 0.5))]
    found = spread(runs, (1 / 3, 1 / 3, 1 / 3), "training_cost")
    pooled = np.log(np.concatenate([run["training_cost"] for run in runs], axis=1)).var(axis=1)
    assert [row.total for row in found] == pytest.approx(pooled)
    assert all(row.log and 0.0 < row.share < 1.0 and 0.0 < row.error < 0.1 for row in found)
    same = spread([runs[0], runs[0]], (0.5, 0.5), "training_cost")
    assert [row.between for row in same] == pytest.approx([0.0] * 3, abs=1e-20)
    assert not spread(runs, (0.2, 0.3, 0.5), "payers")[0].log


def test_weights_that_are_no_probabilities_are_refused() -> None:
    assert normalised((0.33, 0.33, 0.34)) == pytest.approx((0.33, 0.33, 0.34))
    assert sum(normalised((1 / 3, 0.333, 0.333))) == pytest.approx(1.0)
    with pytest.raises(UsageError, match=r"add up to 0\.9"):
        normalised((0.4, 0.5))
    with pytest.raises(UsageError, match="positive"):
        normalised((1.2, -0.2))
    with pytest.raises(UsageError, match="no year in common"):
        mix([paths(years=(2020,)), paths()], (0.5, 0.5))
