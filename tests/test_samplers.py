"""Evenly spread draws: each replicate fills every cell once, and replicates tell how precise an estimate is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import t as student

from forecast import drivers, execution
from forecast.compare import compare
from forecast.errors import UsageError
from forecast.execution import Job, Part, finished, part_of, planned
from forecast.report.charts.figures import provenance
from forecast.run import draws_for, outcome
from forecast.samplers import FEWEST, REPLICATES, SAMPLERS, Sampler, Spread, even
from forecast.scenario import Scenario
from forecast.shapes import Coordinates, Posterior, Summary, Trajectories, Variable
from forecast.streams import BLOCK
from forecast.summary import crossing, share_error, summarise
from forecast.units import Array

if TYPE_CHECKING:
    from tests.conftest import Called, World

EVEN: list[Sampler] = ["lhs", "sobol"]
PLACES = {"a": slice(0, 1), "b": slice(1, 7)}


def points(sampler: Sampler, size: int, *, seed: int = 1, block: int = 0) -> Array:
    """The numbers of both streams, shape ``(number, replicate, draw)``."""
    numbers = Spread(sampler, size).numbers(seed, block, lambda: PLACES)
    found = np.concatenate([numbers(["a"])[0], numbers(["b"], rows=6)[0]])
    return found[:, : REPLICATES * size].reshape(7, -1, size)


@pytest.mark.parametrize("sampler", EVEN)
@pytest.mark.parametrize("size", [64, BLOCK])
def test_each_replicate_fills_every_cell_once(sampler: Sampler, size: int) -> None:
    found = points(sampler, size)
    assert found.min() > 0.0
    assert found.max() < 1.0
    cells = np.sort((found * size).astype(int), axis=-1)
    np.testing.assert_array_equal(cells, np.broadcast_to(np.arange(size), cells.shape))
    np.testing.assert_array_equal(found, points(sampler, size))
    for other in (points(sampler, size, seed=2), points(sampler, size, block=1)):
        assert np.isin(other, found).mean() < 0.01
    # Sobol points have thirty binary digits, so that some few of many coincide.
    assert len(np.unique(found)) > 0.999 * found.size


def test_a_sobol_sequence_fills_boxes_of_its_first_two_dimensions_too() -> None:
    first, second = points("sobol", 64)[:2]
    for power in range(7):
        wide = 2**power
        boxes = (first * wide).astype(int) * (64 // wide) + (second * (64 // wide)).astype(int)
        assert all(len(set(each)) == 64 for each in boxes.tolist()), power


def test_a_stream_of_a_hypercube_knows_nothing_of_the_others() -> None:
    alone = Spread("lhs", 256).numbers(1, 0, dict)(["b"], rows=6)[0]
    np.testing.assert_array_equal(alone.reshape(6, -1, 256), points("lhs", 256)[1:])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_several_streams_at_once_are_what_each_is(sampler: Sampler) -> None:
    numbers = Spread(sampler, 64).numbers(1, 2, lambda: {"a": slice(0, 2), "b": slice(2, 4)})
    both = numbers(["b", "a"], rows=2)
    assert both.shape == (2, 2, BLOCK)
    for name, found in zip(("b", "a"), both, strict=True):
        np.testing.assert_array_equal(found, numbers([name], rows=2)[0])


@pytest.mark.parametrize(
    ("draws", "words"),
    [(100, "--draws 1024"), (20_000, "--draws 16384 or 32768"), (70_000, "--draws 69632 or 73728")],
)
def test_numbers_of_draws_that_cannot_be_spread_evenly_are_refused_with_those_near_it(
    draws: int, words: str
) -> None:
    with pytest.raises(UsageError, match=rf"{draws:,} draws evenly .* near it are {words}$"):
        Spread.of("sobol", draws)
    assert Spread.of("random", draws) == Spread()
    with pytest.raises(UsageError, match='no sampler "halton"; samplers are random, lhs, sobol'):
        Spread.of("halton", draws)  # type: ignore[arg-type]


def test_every_even_number_of_draws_has_replicates_of_equal_size_that_divide_a_block() -> None:
    for draws in (1, FEWEST, 1025, 65_536, 65_537, 10_000_000):
        more = even(draws)
        size = Spread.of("lhs", more).size
        assert more >= draws
        assert more % size == BLOCK % size == 0
        assert more // size >= REPLICATES
        assert even(more) == more


def test_every_stream_of_a_scenario_has_dimensions_of_its_own(
    world: World, baseline: Scenario, posterior: Posterior
) -> None:
    found = drivers._dimensions([baseline])
    numbers = sorted(place for each in found.values() for place in range(each.start, each.stop))
    assert numbers == list(range(len(numbers)))
    even_draws = drivers.sample(baseline, posterior, seed=1, block=0, spread=Spread("sobol", BLOCK))
    for name, values in even_draws.values.items():
        expected = world.drivers.values[name]
        assert values.shape == expected.shape, name
        np.testing.assert_allclose(
            np.median(values, axis=-1),
            np.median(expected, axis=-1),
            atol=0.12 * expected.std() + 1e-12,
            err_msg=name,
        )


def test_scenarios_that_are_compared_share_the_numbers_of_every_stream_that_both_have(
    baseline: Scenario, posterior: Posterior
) -> None:
    longer = replace(
        baseline,
        last_year=baseline.last_year + 1,
        events=(*baseline.events, replace(baseline.events[0], name="another one")),
    )
    pair = baseline, longer
    found = drivers._dimensions(pair)
    assert {*drivers._dimensions([baseline]), *drivers._dimensions([longer])} == {*found}
    numbers = sorted(place for each in found.values() for place in range(each.start, each.stop))
    assert numbers == list(range(len(numbers)))
    spread = Spread("sobol", 64)
    one, two = (drivers.sample(each, posterior, seed=1, block=0, spread=spread, among=pair) for each in pair)
    for name, values in one.values.items():
        years = slice(0, len(baseline.years)) if values.shape[-2] > 1 else slice(None)
        np.testing.assert_array_equal(values, two.values[name][..., years, :], err_msg=name)
    alone = drivers.sample(baseline, posterior, seed=1, block=0, spread=spread)
    assert not np.array_equal(alone.values["algorithmic_growth"], one.values["algorithmic_growth"])


def even_job(baseline: Scenario, posterior: Posterior, sampler: Sampler, draws: int = 2 * BLOCK) -> Job:
    return Job(baseline, posterior, draws, seed=3, sampler=sampler)


def check_against(paths: Trajectories, summary: Summary) -> None:
    """Errors by hand: the standard deviation of what the replicates estimate over the root of their number."""
    size = int(paths.attributes["replicate_draws"])
    cost = paths["training_cost"]
    split = cost.reshape(len(cost), -1, size)
    root = np.sqrt(split.shape[1])
    rows = [row for row in summary.rows if row.variable == "training_cost"]
    np.testing.assert_allclose([row.mean for row in rows], cost.mean(axis=-1))
    np.testing.assert_allclose(
        [row.mean_error for row in rows], split.mean(axis=-1).std(axis=-1, ddof=1) / root
    )
    medians = np.median(split, axis=-1).std(axis=-1, ddof=1) / root
    np.testing.assert_allclose([row.quantile_errors[3] for row in rows], medians)
    payers = (paths["affordable"] > 0).reshape(*paths["affordable"].shape[:-1], -1, size)
    shares = payers.mean(axis=-1).std(axis=-1, ddof=1) / root
    found = np.array([row.error for row in summary.affordability]).reshape(shares.shape)
    np.testing.assert_allclose(found[shares > 0], shares[shares > 0])
    assert found.min() > 0.0
    for row in summary.payer_sets[:3]:
        labs = np.isin(paths.coordinates.labs, row.labs)
        here = (payers[:, paths.coordinates.years.index(row.year)] == labs[:, None, None]).all(axis=0)
        assert row.error == pytest.approx(here.mean(axis=-1).std(ddof=1) / root)
    for crossed in summary.crossings:
        if crossed.variable == "training_cost":
            again = crossing(paths, "training_cost", crossed.threshold)
            assert again.errors == pytest.approx(crossed.errors)
            assert again.never_error == pytest.approx(crossed.never_error)


def test_errors_are_those_of_replicates(baseline: Scenario, posterior: Posterior) -> None:
    job = even_job(baseline, posterior, "lhs", draws=FEWEST)
    check_against(*finished(job, part_of(job, job.blocks)))


@pytest.mark.slow
def test_errors_are_the_same_counted_in_parts(
    baseline: Scenario, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = even_job(baseline, posterior, "sobol")
    paths, exact = finished(job, part_of(job, job.blocks))
    check_against(paths, exact)
    monkeypatch.setattr(execution, "EXACT", 0)
    counted, whole = planned(job), Part()
    for number in (1, 0):
        whole.merge(part_of(counted, range(number, number + 1)))
    told = finished(counted, whole)[1]
    for one, other in zip(told.affordability, exact.affordability, strict=True):
        assert one.error == pytest.approx(other.error), one
    for each, same in zip(told.payer_sets, exact.payer_sets, strict=True):
        assert each.error == pytest.approx(same.error), each
    for row, sorted_row in zip(told.rows, exact.rows, strict=True):
        assert row.quantile_errors == pytest.approx(sorted_row.quantile_errors, rel=1e-6, abs=1e-12), row


@pytest.mark.parametrize("sampler", ["lhs", pytest.param("sobol", marks=pytest.mark.slow)])
def test_estimates_agree_with_those_of_independent_draws(
    baseline: Scenario, posterior: Posterior, sampler: Sampler
) -> None:
    random = outcome(Job(baseline, posterior, 2 * BLOCK, seed=5))[1]
    found = outcome(even_job(baseline, posterior, sampler, draws=FEWEST))[1]
    for one, other in zip(found.rows, random.rows, strict=True):
        if one.variable in ("training_cost", "training_compute", "compute_cost"):
            error = np.hypot(one.quantile_errors[3], other.quantile_errors[3])
            assert abs(one.quantiles[3] - other.quantiles[3]) < 5 * error, one
    for lab, as_before in zip(found.affordability, random.affordability, strict=True):
        assert abs(lab.probability - as_before.probability) < 5 * np.hypot(lab.error, as_before.error), lab


def cheap(sampler: Sampler, draws: int, seed: int) -> Trajectories:
    """A model of six numbers, smooth but for one flag; its mean is 1 and the flag holds on half of all paths."""
    spread = Spread.of(sampler, draws)
    numbers = np.concatenate(
        [
            spread.numbers(seed, block, lambda: {"u": slice(0, 6)})(["u"], rows=6)[0]
            for block in range(-(-draws // BLOCK))
        ],
        axis=1,
    )[:, :draws]
    cost = np.prod(1.0 + 0.5 * (numbers - 0.5), axis=0) + 0.3 * np.sin(2 * np.pi * numbers[0])
    flag = (numbers.sum(axis=0) > 3.0).astype(np.int8)
    return Trajectories(
        {
            "cost": Variable("cost", cost[np.newaxis], ("year", "draw"), "USD", ""),
            "flag": Variable("flag", flag[np.newaxis], ("year", "draw"), "yes/no", ""),
        },
        Coordinates((2030,), (), (), ()),
        spread.attributes(draws),
    )


@pytest.mark.slow
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_errors_cover_the_truth_as_often_as_they_should_and_shrink(sampler: Sampler) -> None:
    seeds, far = 300, student.ppf(0.95, REPLICATES - 1)
    inside, errors = np.zeros(2), np.zeros(2)
    for seed in range(seeds):
        paths = cheap(sampler, FEWEST, seed)
        row = summarise(paths).rows[0]
        share = float(share_error(paths, paths["flag"] > 0)[0])
        inside += [
            abs(row.mean - 1.0) < far * row.mean_error,
            abs(paths["flag"].mean() - 0.5) < far * share,
        ]
        errors += [row.mean_error / seeds, share / seeds]
    # Nine in ten, within four binomial standard deviations of so many seeds; 1.645 and not 1.753 is right for random.
    nominal = 0.92 if sampler == "random" else 0.9
    assert np.all(np.abs(inside / seeds - nominal) < 4 * np.sqrt(0.09 / seeds)), inside / seeds
    independent = np.array([cheap("random", FEWEST, 1)["cost"].std(), 0.5]) / np.sqrt(FEWEST)
    ratios = {"random": (1.0, 1.0), "lhs": (0.25, 0.75), "sobol": (0.08, 0.55)}[sampler]
    assert np.all(errors / independent < 1.1 * np.array(ratios)), errors / independent


# The mean difference, that of the medians and the share of paths on which the second is greater, from 40 million
# independent paths, which is exact to 0.0001.
DIFFERENCES = np.array([0.27013, 0.29110, 0.54026])


@pytest.mark.slow
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_errors_of_differences_cover_the_truth_as_often_as_they_should(sampler: Sampler) -> None:
    seeds, far = 300, student.ppf(0.95, REPLICATES - 1)
    inside, errors = np.zeros(3), np.zeros(3)
    for seed in range(seeds):
        one = cheap(sampler, FEWEST, seed)
        # The second costs more wherever the first is below its mean: what they share is not all of either.
        cost = one["cost"] + 0.5 * (one["cost"] < 1.0)
        other = replace(
            one,
            variables={"cost": replace(one.variables["cost"], values=cost), "flag": one.variables["flag"]},
        )
        row = compare(one, other).row("cost", 2030)
        found = np.array([row.mean, row.medians, row.exceeds])
        wide = np.array([row.mean_error, row.medians_error, row.exceeds_error])
        inside += np.abs(found - DIFFERENCES) < far * wide
        errors += wide / seeds
    nominal = 0.92 if sampler == "random" else 0.9
    assert np.all(np.abs(inside / seeds - nominal) < 4 * np.sqrt(0.09 / seeds)), inside / seeds
    share = DIFFERENCES[2]
    independent = np.sqrt(share * (1.0 - share) / FEWEST)
    assert errors[2] / independent < {"random": 1.1, "lhs": 0.65, "sobol": 0.65}[sampler]


def test_paths_that_are_no_whole_replicates_have_no_known_error() -> None:
    paths = cheap("lhs", FEWEST, 1)
    cut = {name: replace(each, values=each.values[..., :100]) for name, each in paths.variables.items()}
    with pytest.raises(UsageError, match=r"replicates of 64 .* 100 of them are no whole number"):
        summarise(replace(paths, variables=cut))
    one = {name: replace(each, values=each.values[..., :64]) for name, each in paths.variables.items()}
    with pytest.raises(UsageError, match="one replicate alone"):
        summarise(replace(paths, variables=one))


@pytest.mark.slow
def test_a_precise_run_of_even_draws_takes_a_number_that_can_be_spread(
    baseline: Scenario, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecast.run.FIRST_DRAWS", FEWEST)
    job = even_job(baseline, posterior, "sobol")
    few, loose = draws_for(job, 0.9, ["training_cost"])
    assert few == FEWEST
    more, tight = draws_for(job, 0.7 * loose, ["training_cost"])
    assert more == even(more) > few
    assert tight <= 0.7 * loose


@pytest.mark.slow
def test_a_run_of_even_draws_is_recorded_made_again_and_not_reweighted(
    command: Callable[..., Called], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scenario = execution.__file__.replace("forecast/execution/__init__.py", "scenarios/baseline.yaml")
    called = command("run", scenario, "--sampler", "sobol", "--draws", 1024, "--no-charts", "--out", "even")
    assert called.code == 0, called.err
    assert "1024 paths (sobol, 16 replicates)" in called.out
    record = json.loads((tmp_path / "even/run.json").read_text())
    assert (record["sampler"], record["replicates"], record["replicate_draws"]) == ("sobol", 16, 64)
    again = command("rerun", "even/run.json", "--out", "again")
    assert again.code == 0, again.err
    assert (tmp_path / "again/thresholds.csv").read_bytes() == (tmp_path / "even/thresholds.csv").read_bytes()
    (tmp_path / "beliefs.csv").write_text("probability,value\n0.1,2x/yr\n0.5,3x/yr\n0.9,5x/yr\n")
    refused = command(
        "reweight", "even", "--driver", "algorithmic_growth", "--beliefs", "beliefs.csv", "--out", "x"
    )
    assert refused.code == 2
    assert "--sampler sobol" in refused.err
    assert not (tmp_path / "x").exists()
    monkeypatch.setenv("FORECAST_DRAWS", "1500")
    called = command("run", scenario, "--sampler", "lhs", "--no-charts", "--out", "set")
    assert "2048 paths (lhs" in called.out
    parts = [f"{number}.part" for number in range(2)]
    for number, part in enumerate(parts):
        blocks = f"{number}:{number + 1}"
        made = command(
            "run", scenario, "--sampler", "lhs", "--draws", 8192, "--block-range", blocks, "--out", part
        )
        assert made.code == 0, made.err
    whole = command("run", scenario, "--sampler", "lhs", "--draws", 8192, "--no-charts", "--out", "whole")
    merged = command("merge", *parts, "--no-charts", "--out", "merged")
    assert (whole.code, merged.code) == (0, 0), merged.err
    assert (tmp_path / "merged/summary.csv").read_bytes() == (tmp_path / "whole/summary.csv").read_bytes()


def test_what_made_a_chart_names_the_sampler(baseline: Scenario, posterior: Posterior) -> None:
    named = provenance(even_job(baseline, posterior, "lhs").attributes())
    assert " draws (lhs) · seed 3" in named
    assert named.replace(" (lhs)", "") == provenance(even_job(baseline, posterior, "random").attributes())
