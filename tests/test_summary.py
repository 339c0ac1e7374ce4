"""What is told about a run, and how sure the telling is: quantiles, shares and first crossings with their errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom

from forecast.model import graph
from forecast.shapes import QUANTILES, Coordinates, Trajectories, Variable
from forecast.summary import (
    crossing,
    influence,
    proportion_error,
    quantiles,
    replicate,
    share_error,
    summarise,
)
from forecast.summary.replicates import Replicates, pieces
from forecast.summary.tallies import dropout_rows, payer_set_rows, tally

if TYPE_CHECKING:
    from tests.conftest import World

YEARS = (2026, 2027, 2028, 2029)
LABS = ("alpha", "beta")
AXES = Coordinates(YEARS, LABS, ("web",), ("expert",))


def trajectories(**values: tuple[np.ndarray, str]) -> Trajectories:
    """Made-up paths: each variable by its values and its unit, axes read off its shape."""
    dims = {1: ("draw",), 2: ("year", "draw"), 3: ("lab", "year", "draw")}
    variables = {
        name: Variable(name, array, dims[array.ndim], unit, f"{name}.")
        for name, (array, unit) in values.items()
    }
    return Trajectories(variables, AXES, {"scenario": "made up"})


finite = st.floats(-1e6, 1e6)


@settings(max_examples=50)
@given(arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 40)), elements=finite))
def test_quantiles_are_those_of_numpy(values: np.ndarray) -> None:
    found, errors = quantiles(values)
    expected = np.moveaxis(np.quantile(values, QUANTILES, axis=-1, method="linear"), 0, -1)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-9)
    assert np.all(errors >= 0.0)
    assert np.all(np.diff(found, axis=-1) >= -1e-9)


def test_quantiles_of_bytes_and_of_single_precision_are_as_good() -> None:
    flags = np.array([0, 0, 0, 1, 1], dtype=np.int8)
    np.testing.assert_allclose(quantiles(flags)[0], np.quantile(flags.astype(float), QUANTILES))
    single = np.linspace(0.1, 0.7, 37).astype(np.float32)
    np.testing.assert_allclose(quantiles(single)[0], np.quantile(single.astype(float), QUANTILES), rtol=1e-12)


@pytest.mark.parametrize("probability", [0.05, 0.5, 0.9])
def test_the_influences_of_paths_spread_as_the_error_of_their_quantile(probability: float) -> None:
    values = np.random.default_rng(2).lognormal(size=(2, 3, 4000))
    found, moves = influence(values, probability)
    np.testing.assert_allclose(found, np.quantile(values, probability, axis=-1), rtol=1e-12)
    assert moves.shape == values.shape
    errors = quantiles(values)[1][..., QUANTILES.index(probability)]
    np.testing.assert_allclose(moves.std(axis=-1) / np.sqrt(4000), errors, rtol=0.05)
    # Paths below pull the quantile down and paths above pull it up, and together they leave it where it is.
    below = values <= found[..., np.newaxis]
    assert np.all(moves[below] < 0.0)
    assert np.all(moves[~below] > 0.0)
    assert np.all(np.abs(moves.mean(axis=-1)) <= np.ptp(moves, axis=-1) / 4000)


def test_influences_of_hardly_any_paths_are_told_too() -> None:
    found, moves = influence(np.array([3.0, 1.0]), 0.5)
    assert found == 2.0
    np.testing.assert_array_equal(moves, [2.0, -2.0])
    found, moves = influence(np.array([3.0]), 0.5)
    assert (found, moves.tolist()) == (3.0, [0.0])


def test_a_constant_has_no_error() -> None:
    found, errors = quantiles(np.full(1000, 3.5))
    assert np.all(found == 3.5)
    assert np.all(errors == 0.0)


@pytest.mark.parametrize("law", ["normal", "lognormal", "uniform"])
def test_the_error_of_a_quantile_is_its_spread_over_repeated_runs(law: str) -> None:
    generator = np.random.default_rng(1)
    runs = getattr(generator, law)(size=(600, 2000))
    found, errors = quantiles(runs)
    spread = found.std(axis=0)
    # 600 repetitions know a standard deviation to about 3%; order statistics know a density less well in the tails.
    np.testing.assert_allclose(errors.mean(axis=0), spread, rtol=0.15)


def test_the_error_of_a_mean_is_its_spread_over_repeated_runs() -> None:
    runs = np.random.default_rng(1).lognormal(size=(400, 500))
    rows = [summarise(trajectories(cost=(run[np.newaxis].repeat(4, 0), "USD"))).rows[0] for run in runs]
    assert np.std([row.mean for row in rows]) == pytest.approx(
        np.mean([row.mean_error for row in rows]), rel=0.15
    )
    assert rows[0].mean == pytest.approx(runs[0].mean())


def test_errors_shrink_with_the_root_of_the_number_of_draws() -> None:
    values = np.random.default_rng(1).normal(size=(40, 16_000))
    few, many = quantiles(values[:, :1000])[1].mean(axis=0), quantiles(values)[1].mean(axis=0)
    np.testing.assert_allclose(few / many, 4.0, rtol=0.15)


@pytest.mark.parametrize("probability", [0.02, 0.1, 0.5, 0.9, 0.98])
@pytest.mark.parametrize("draws", [500, 20_000])
def test_the_error_of_a_share_is_that_of_a_binomial(probability: float, draws: int) -> None:
    true = binom(draws, probability).std() / draws
    assert proportion_error(probability, draws) == pytest.approx(true, rel=0.15)
    # Two errors either way cover the truth about as often as they say.
    counts = np.arange(draws + 1)
    errors = np.array([proportion_error(count / draws, draws) for count in counts[:: max(1, draws // 500)]])
    centre = counts[:: max(1, draws // 500)] / draws
    assert np.all(errors > 0.0)
    assert errors.max() <= 0.5 / np.sqrt(draws)
    assert centre[errors.argmax()] == pytest.approx(0.5, abs=0.01)


@given(st.floats(0.0, 1.0), st.integers(1, 100_000))
def test_a_share_and_its_complement_are_equally_sure(probability: float, draws: int) -> None:
    error = proportion_error(probability, draws)
    assert error > 0.0
    assert error == pytest.approx(proportion_error(1.0 - probability, draws), rel=1e-6)


def test_agreement_of_all_paths_is_not_certainty() -> None:
    # The rule of three: after 0 of n, the 95% bound is about 3 / n. Two errors reach beyond half of it.
    for draws in (100, 20_000):
        assert 1.0 / draws < proportion_error(0.0, draws) < 3.0 / draws


def paths(*years: int | None) -> np.ndarray:
    """One path an argument: a cost of 1 before the year in which it rises to 10, for ever 1 with None."""
    return np.array([[10.0 if year is not None and now >= year else 1.0 for year in years] for now in YEARS])


def test_paths_that_never_cross_stay_in_as_censored() -> None:
    values = paths(2026, 2027, 2027, 2029, 2029, 2029, None, None, None, None)
    row = crossing(trajectories(training_cost=(values, "USD")), "training_cost", 5.0)
    assert row.by_year == (0.1, 0.3, 0.3, 0.6)
    assert row.never == pytest.approx(0.4)
    assert row.never + row.by_year[-1] == 1.0
    assert row.errors == tuple(proportion_error(share, 10) for share in row.by_year)
    assert row.never_error == proportion_error(row.never, 10)
    # 5%, 10%, 25%, 50%, 75%, 90% and 95%: the last three lie beyond the horizon.
    assert row.quantile_years == (2026, 2026, 2027, 2029, None, None, None)


def test_a_threshold_that_all_or_none_cross() -> None:
    cost = trajectories(training_cost=(paths(*[2027] * 50), "USD"))
    every, none = crossing(cost, "training_cost", 10.0), crossing(cost, "training_cost", 10.1)
    assert every.by_year == (0.0, 1.0, 1.0, 1.0)
    assert every.never == 0.0
    assert set(every.quantile_years) == {2027}
    assert none.by_year == (0.0,) * 4
    assert none.never == 1.0
    assert set(none.quantile_years) == {None}
    assert every.never_error > 0.0 < none.never_error


def test_falling_back_below_a_threshold_does_not_undo_its_crossing() -> None:
    values = np.array([[1.0], [9.0], [1.0], [1.0]])
    row = crossing(trajectories(training_cost=(values, "USD")), "training_cost", 5.0)
    assert row.by_year == (0.0, 1.0, 1.0, 1.0)


@given(arrays(float, (4, 30), elements=st.floats(0.0, 100.0)), st.floats(0.0, 100.0))
def test_crossings_only_accumulate(values: np.ndarray, threshold: float) -> None:
    row = crossing(trajectories(training_cost=(values, "USD")), "training_cost", threshold)
    assert list(row.by_year) == sorted(row.by_year)
    assert row.never == pytest.approx(np.mean(values.max(axis=0) < threshold))
    known = [year for year in row.quantile_years if year is not None]
    assert known == sorted(known)
    assert all(year is None for year in row.quantile_years[len(known) :])


def test_the_year_of_a_quantile_is_the_first_by_which_that_share_has_crossed() -> None:
    generator = np.random.default_rng(1)
    values = np.exp(0.5 * np.cumsum(generator.normal(0.4, 1.0, (4, 501)), axis=0))
    row = crossing(trajectories(training_cost=(values, "USD")), "training_cost", 2.0)
    first = np.where((values >= 2.0).any(axis=0), (values >= 2.0).argmax(axis=0), 99)
    for probability, year in zip(QUANTILES, row.quantile_years, strict=True):
        place = int(np.quantile(first, probability, method="inverted_cdf"))
        assert year == (None if place == 99 else YEARS[place])


def test_who_can_pay_in_a_year_and_who_could_all_along() -> None:
    flags = np.array(
        [
            [[1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 1, 0], [1, 0, 0, 0]],
            [[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1]],
        ],
        dtype=np.int8,
    )
    rows = summarise(
        trajectories(affordable=(flags, "yes/no"), training_cost=(paths(*[None] * 4), "USD"))
    ).affordability
    assert [(row.lab, row.year) for row in rows] == [(lab, year) for lab in LABS for year in YEARS]
    alpha, beta = rows[:4], rows[4:]
    assert [row.probability for row in alpha] == [0.5, 0.5, 0.75, 0.25]
    assert [row.by_path for row in alpha] == [0.5, 0.25, 0.25, 0.25]
    assert [row.probability for row in beta] == [0.0, 1.0, 0.0, 1.0]
    assert [row.by_path for row in beta] == [0.0] * 4
    for row in rows:
        assert row.error == proportion_error(row.probability, 4)
        assert row.by_path_error == proportion_error(row.by_path, 4)


@given(arrays(np.int8, (2, 4, 25), elements=st.integers(0, 1)))
def test_paying_all_along_is_never_likelier_than_paying_now(flags: np.ndarray) -> None:
    rows = summarise(
        trajectories(affordable=(flags, "yes/no"), training_cost=(np.ones((4, 25)), "USD"))
    ).affordability
    assert all(row.by_path <= row.probability for row in rows)
    for lab in LABS:
        along = [row.by_path for row in rows if row.lab == lab]
        assert along == sorted(along, reverse=True)


def test_who_drops_out_first_is_read_off_the_paths() -> None:
    # Four paths: alpha stops in the third year; both stop in the second; neither ever stops; beta was never able.
    alpha = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 0]])
    beta = np.array([[1, 1, 1, 0], [1, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0]])
    flags = np.stack([alpha, beta]).transpose(0, 2, 1).astype(np.int8)
    found = summarise(
        trajectories(affordable=(flags, "yes/no"), training_cost=(np.ones((4, 4)), "USD"))
    ).dropouts
    assert [row.lab for row in found] == list(LABS)
    assert [row.able for row in found] == [1.0, 0.75]
    assert [row.dropped for row in found] == [0.75, 0.5]
    assert [row.first for row in found] == [0.625, 0.125]
    assert all(row.first <= row.dropped <= row.able for row in found)


@given(arrays(np.int8, (2, 4, 25), elements=st.integers(0, 1)))
def test_one_lab_at_most_is_first_on_a_path(flags: np.ndarray) -> None:
    found = summarise(
        trajectories(affordable=(flags, "yes/no"), training_cost=(np.ones((4, 25)), "USD"))
    ).dropouts
    somebody = np.any((flags[:, :-1] == 1) & (flags[:, 1:] == 0), axis=(0, 1)).mean()
    assert sum(row.first for row in found) == pytest.approx(somebody)


def test_sets_of_payers_are_counted_exactly() -> None:
    # Alpha alone on two paths, both on one, nobody on the last.
    flags = np.array([[1, 1, 1, 0], [0, 0, 1, 0]], dtype=np.int8)[:, np.newaxis, :].repeat(4, axis=1)
    found = summarise(
        trajectories(affordable=(flags, "yes/no"), training_cost=(np.ones((4, 4)), "USD"))
    ).payer_sets
    first = [row for row in found if row.year == YEARS[0]]
    assert (first[0].labs, first[0].probability) == (("alpha",), 0.5)
    assert {row.labs: row.probability for row in first} == {("alpha",): 0.5, LABS: 0.25, (): 0.25}
    assert {row.year for row in found} == set(YEARS)


@pytest.mark.parametrize("labs", [1, 9, 20, 64, 70])
def test_sets_of_any_number_of_labs_are_told_apart(labs: int) -> None:
    generator = np.random.default_rng(labs)
    # Few kinds of paths, so that sets come more than once; two of them differ in the last lab alone.
    kinds = generator.integers(0, 2, (labs, 6))
    kinds[:, 1] = kinds[:, 0]
    kinds[-1, 1] = 1 - kinds[-1, 0]
    flags = kinds[:, generator.integers(0, 6, (2, 40))]
    names = tuple(f"lab{number}" for number in range(labs))
    counts = tally({"affordable": flags}, (), draws=40)
    found = payer_set_rows(counts, Coordinates((2026, 2027), names, (), ()), most=None)
    for place, year in enumerate((2026, 2027)):
        expected = Counter(
            tuple(name for name, able in zip(names, path, strict=True) if able) for path in flags[:, place].T
        )
        assert {row.labs: row.probability for row in found if row.year == year} == {
            who: count / 40 for who, count in expected.items()
        }


def test_replicates_tell_errors_however_they_are_grouped() -> None:
    generator = np.random.default_rng(9)
    plain = trajectories(
        training_cost=(generator.lognormal(size=(4, 60)), "USD"),
        affordable=(generator.integers(0, 2, (2, 4, 60)).astype(np.int8), "yes/no"),
        near_record=(generator.integers(0, 2, (2, 4, 60)).astype(np.int8), "yes/no"),
    )
    even = replace(plain, attributes={**plain.attributes, "replicate_draws": "10"})
    whole, base = summarise(even, thresholds=(2.0,)), summarise(plain, thresholds=(2.0,))
    parts = Replicates(), Replicates()
    for number, piece in enumerate(pieces(even)):
        parts[number % 2].add(number, replicate(piece, thresholds=(2.0,)), piece.draws)
    parts[0].merge(parts[1])
    assert replace(parts[0].errors_of(base, 60), attributes=whole.attributes) == whole

    def error(of_replicates: np.ndarray) -> float:
        return float(np.std(of_replicates, ddof=1) / np.sqrt(6))

    groups = plain["training_cost"].reshape(4, 6, 10)
    row = whole.rows[0]
    assert row.mean_error == pytest.approx(error(groups[0].mean(axis=-1)))
    assert row.quantile_errors[3] == pytest.approx(error(np.median(groups[0], axis=-1)))
    happens = plain["affordable"] > 0
    able = happens[1, 2].reshape(6, 10).mean(axis=-1)
    lab = next(each for each in whole.affordability if (each.lab, each.year) == ("beta", 2028))
    assert lab.error == pytest.approx(error(able))
    dropped = (happens[:, :-1] & ~happens[:, 1:]).any(axis=1)[0].reshape(6, 10).mean(axis=-1)
    assert whole.dropouts[0].dropped_error == pytest.approx(error(dropped))
    reached = (plain["training_cost"] >= 2.0).any(axis=0).reshape(6, 10).mean(axis=-1)
    assert whole.crossings[0].errors[-1] == pytest.approx(error(reached))
    assert whole.crossings[0].never_error == pytest.approx(error(reached))
    errors = share_error(even, happens)
    assert errors.shape == (2, 4)
    assert errors[1, 2] == pytest.approx(lab.error)
    independent = share_error(plain, happens)
    assert independent.shape == (2, 4)
    assert independent[1, 2] == pytest.approx(proportion_error(happens[1, 2].mean(), 60))


def test_who_comes_near_and_which_paths_need_more_than_there_is_are_counted() -> None:
    near = np.random.default_rng(6).integers(0, 2, (2, 4, 20)).astype(np.int8)
    cost, power = np.ones((4, 20)), np.ones((4, 20))
    cost[2, :3], power[1, 2:5], power[3, 2] = 2e14, 4e12, 4e12
    able = np.ones((2, 4, 20), dtype=np.int8)
    made = trajectories(
        training_cost=(cost, "USD"),
        power_draw=(power, "W"),
        affordable=(able, "yes/no"),
        near_record=(near, "yes/no"),
    )
    summary = summarise(made)
    # Five paths, of which one needs too much money and too much power.
    assert summary.attributes["paths_out_of_range"] == "5"
    for row in summary.affordability:
        share = near[LABS.index(row.lab), YEARS.index(row.year)].mean()
        assert (row.near, row.near_error) == (share, proportion_error(share, 20))
        assert (row.probability, row.by_path) == (1.0, 1.0)
    alone = summarise(trajectories(training_cost=(cost, "USD"), affordable=(able, "yes/no")))
    assert {(row.near, row.near_error) for row in alone.affordability} == {(None, None)}
    assert alone.attributes["paths_out_of_range"] == "3"
    assert summarise(trajectories(growth=(np.ones(20), "1/yr"))).attributes["paths_out_of_range"] == "0"


def test_a_crossing_is_told_alike_by_itself_and_in_a_summary() -> None:
    cost = np.random.default_rng(4).lognormal(size=(4, 60))
    made = trajectories(training_cost=(cost, "USD"))
    assert crossing(made, "training_cost", 2.0) == summarise(made, thresholds=(2.0,)).crossings[0]


@pytest.mark.parametrize(
    "name",
    [
        "data_binds",
        "money_binds",
        "power_binds",
        "chips_bind",
        "length_binds",
        "raw_stock_use",
        "quality_stock_use",
        "repeated_stock_use",
        "synthesized_stock_use",
    ],
)
def test_what_binds_and_when_each_stock_ends_is_told(name: str, world: World) -> None:
    values, kind = world[name], graph().nodes[name].kind
    made = Trajectories(
        {
            name: Variable(name, values, kind.dims, kind.unit.symbol, "A limit."),
            "training_cost": Variable("training_cost", values, ("year", "draw"), "USD", "Cost."),
        },
        Coordinates(world.scenario.years, tuple(world.scenario.labs), (), ()),
    )
    (row,) = [row for row in summarise(made).crossings if row.variable == name]
    assert row.threshold == 1.0
    # Paths on which it never happens within the horizon stay in the count.
    assert row.by_year[-1] + row.never == pytest.approx(1.0)
    assert row.by_year[0] == pytest.approx(np.mean(values[0] >= 1.0))
    assert list(row.by_year) == sorted(row.by_year)


def test_every_variable_member_and_year_has_its_row() -> None:
    generator = np.random.default_rng(1)
    made: Mapping[str, tuple[np.ndarray, str]] = {
        "training_cost": (generator.normal(size=(4, 50)), "USD"),
        "run_budget": (generator.normal(size=(2, 4, 50)), "USD"),
        "growth": (generator.normal(size=50), "1/yr"),
        "affordable": (generator.integers(0, 2, (2, 4, 50)).astype(np.int8), "yes/no"),
        "money_binds": (generator.integers(0, 2, (4, 50)).astype(np.int8), "yes/no"),
    }
    summary = summarise(trajectories(**made), thresholds=(0.5, 1.5))
    keys = [(row.variable, row.member, row.year) for row in summary.rows]
    assert len(keys) == len(set(keys)) == 4 + 8 + 1 + 4
    assert ("growth", "", None) in keys
    assert not any(row.variable == "affordable" for row in summary.rows)
    for row in summary.rows:
        values = made[row.variable][0]
        if row.member:
            values = values[LABS.index(row.member)]
        if row.year is not None:
            values = values[YEARS.index(row.year)]
        np.testing.assert_allclose(row.quantiles, np.quantile(values, QUANTILES), rtol=1e-12, atol=1e-15)
        assert row.mean == pytest.approx(values.mean())
        assert row.mean_error == pytest.approx(values.std() / np.sqrt(50))
        assert row.unit == made[row.variable][1]
    assert [(row.variable, row.threshold) for row in summary.crossings] == [
        ("training_cost", 0.5),
        ("training_cost", 1.5),
        ("money_binds", 1.0),
    ]
    assert summary.attributes == {"scenario": "made up", "paths_out_of_range": "0"}
    assert summary.coordinates == AXES


def test_a_series_is_read_off_by_name() -> None:
    budget = np.random.default_rng(1).normal(size=(2, 4, 50))
    made = trajectories(training_cost=(np.ones((4, 50)), "USD"), run_budget=(budget, "USD"))
    summary = summarise(made)
    np.testing.assert_allclose(
        summary.series("run_budget", "beta"), np.quantile(budget[1], QUANTILES, axis=-1).T
    )
    assert summary.series("training_cost").shape == (4, len(QUANTILES))
    assert summary.unit("run_budget") == "USD"
    with pytest.raises(KeyError, match="gamma"):
        summary.series("run_budget", "gamma")
    with pytest.raises(KeyError):
        summary.series("nothing")


def test_one_path_is_enough_to_be_summed_up() -> None:
    summary = summarise(trajectories(training_cost=(np.full((4, 1), 2.0), "USD")), thresholds=(1.0,))
    assert all(row.quantiles == (2.0,) * len(QUANTILES) for row in summary.rows)
    assert summary.crossings[0].never == 0.0


def test_the_baseline_tells_what_its_paths_say(world: World) -> None:
    cost = world["training_cost"]
    made = Trajectories(
        {"training_cost": Variable("training_cost", cost, ("year", "draw"), "USD", "Cost.")},
        Coordinates(world.scenario.years, tuple(world.scenario.labs), (), ()),
    )
    summary = summarise(made, thresholds=world.scenario.thresholds)
    np.testing.assert_array_equal(summary.series("training_cost")[:, 3], np.quantile(cost, 0.5, axis=-1))
    for row, threshold in zip(summary.crossings, world.scenario.thresholds, strict=True):
        reached = np.maximum.accumulate(cost, axis=0) >= threshold
        assert row.by_year == tuple(reached.mean(axis=1))


def test_counts_of_parts_add_up_to_those_of_the_whole():
    generator = np.random.default_rng(3)
    values = {
        "training_cost": np.exp(generator.normal(20, 3, (4, 60))),
        "affordable": generator.integers(0, 2, (3, 4, 60)),
    }
    whole = tally(values, (1e8, 1e9), draws=60)
    parts = [
        tally({name: value[..., part] for name, value in values.items()}, (1e8, 1e9), draws=20)
        for part in (slice(0, 20), slice(20, 40), slice(40, 60))
    ]
    for part in parts[1:]:
        parts[0].add(part)
    assert parts[0].draws == whole.draws
    assert parts[0].sets == whole.sets
    for name in ("able", "able_so_far", "ever_able", "dropped", "first"):
        np.testing.assert_array_equal(getattr(parts[0], name), getattr(whole, name))
    for key, counts in whole.reached.items():
        np.testing.assert_array_equal(parts[0].reached[key], counts)
        assert 0 < counts[-1] < 60


def test_three_labs_that_always_drop_out_together_share_the_first_place_for_sure():
    counts = tally({"affordable": np.repeat([[[1], [0]]], 3, axis=0) * np.ones((3, 2, 10))}, (), draws=10)
    axes = Coordinates(years=(2026, 2027), labs=("a", "b", "c"), sources=(), tiers=())
    for row in dropout_rows(counts, axes):
        assert (row.able, row.dropped) == (1.0, 1.0)
        assert row.first == pytest.approx(1 / 3)
        assert row.first_error == pytest.approx(0.0, abs=1e-9)
