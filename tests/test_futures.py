"""Comparisons from files to a folder: whole or not at all, the same bytes twice, and what JSON and text say agree."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from forecast import futures
from forecast.attribution import STATISTICS, players
from forecast.cli import compare as compare_command
from forecast.cli.differences import lines
from forecast.errors import OutputExistsError, UsageError
from forecast.futures import Futures, compare_scenarios, unique_names
from forecast.model import graph
from forecast.run import resolve
from forecast.samplers import FEWEST
from forecast.scenario import Scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
BASELINE = SCENARIOS / "baseline.yaml"
CHANGES = (
    "price_performance_growth={fitted: {scale: 1.3}}",
    "labs.openai.funds_now={value: 1e10, unit: USD}",
)
DRAWS = 300


@pytest.fixture(scope="module")
def changed() -> Scenario:
    return replace(resolve(BASELINE, overrides=CHANGES), name="changed")


@pytest.fixture
def compared(stored_fits: None, baseline: Scenario, changed: Scenario) -> Futures:
    assert stored_fits is None
    return compare_scenarios([baseline, changed], draws=DRAWS, charts=False)


@pytest.mark.usefixtures("stored_fits")
def test_a_scenario_against_itself_has_no_difference_anywhere(baseline: Scenario) -> None:
    found = compare_scenarios([baseline, baseline], draws=DRAWS, charts=False)
    assert found.names == ("baseline", "baseline (2)")
    assert found.assumptions["baseline", "baseline (2)"] == ()
    assert all(row.mean == row.medians == row.mean_error == 0.0 for row in found.comparisons[0].differences)
    for attribution in found.attributions["baseline", "baseline (2)"]:
        assert attribution.difference == 0.0
        assert all(part.value == part.low == part.high == 0.0 for part in attribution.parts)


def test_parts_add_up_and_agree_with_the_paired_difference(compared: Futures) -> None:
    found = compared.attributions["baseline", "changed"]
    assert str(found[0].target) == "training_cost"
    assert len(found) == 2 + len(compared.futures[0].scenario.labs)
    cost = compared.comparisons[0].row("training_cost", compared.year)
    for attribution in found:
        assert [part.group for part in attribution.parts] == list(players(graph()))
        assert sum(part.value for part in attribution.parts) == pytest.approx(
            attribution.difference, abs=1e-12
        )
        used = {part.group for part in attribution.parts if part.value != 0.0}
        assert used <= {"hardware", "labs"}
    assert cost.factor is not None
    assert found[0].log
    assert found[0].difference == pytest.approx(math.log(cost.factor))
    shares = {(row.lab, row.year): row.difference for row in compared.comparisons[0].affordability}
    for attribution in found[2:]:
        assert attribution.difference == pytest.approx(shares[attribution.target.member, compared.year])


@pytest.mark.usefixtures("stored_fits")
def test_different_horizons_are_aligned_and_different_starts_are_not_divided(
    baseline: Scenario, changed: Scenario
) -> None:
    longer = replace(baseline, last_year=baseline.last_year + 2)
    found = compare_scenarios([baseline, longer], names=("short", "long"), draws=DRAWS, charts=False)
    assert found.year == baseline.last_year
    assert not found.refused
    assert any("long 2026 to 2033: compared over 2026 to 2031" in note for note in found.comparisons[0].notes)
    assert found.futures[1].summary.attributes["scenario_digest"] == longer.digest
    assert all(row.mean == row.medians == row.mean_error == 0.0 for row in found.comparisons[0].differences)
    assert all(each.difference == 0.0 for each in found.attributions["short", "long"])
    later = replace(changed, first_year=baseline.first_year + 1)
    found = compare_scenarios([baseline, later], draws=DRAWS, charts=False)
    assert "no common time axis" in found.refused["baseline", "changed"]
    assert not found.attributions
    gone = replace(changed, first_year=2040, last_year=2041)
    with pytest.raises(UsageError, match="no year in common"):
        compare_scenarios([baseline, gone], draws=DRAWS, charts=False)


def test_targets_and_years_that_are_not_there_are_told_what_is(baseline: Scenario, changed: Scenario) -> None:
    for options, words in (
        ({"target": "training_costs"}, "did you mean"),
        ({"target": "label_volume[expert]"}, "not kept"),
        ({"target": "affordable[openal]"}, 'did you mean "openai"'),
        ({"year": 2050}, "give one from 2026 to 2031"),
        ({"weights": (0.5, 0.6)}, "add up to 1.1"),
    ):
        with pytest.raises(UsageError, match=words):
            compare_scenarios([baseline, changed], draws=DRAWS, **options)


@pytest.mark.usefixtures("stored_fits")
def test_a_lab_can_be_the_target(baseline: Scenario, changed: Scenario) -> None:
    found = compare_scenarios(
        [baseline, changed], draws=DRAWS, target="run_budget[openai]", statistic="median", charts=False
    )
    first = found.attributions["baseline", "changed"][0]
    assert (str(first.target), first.target.statistic) == ("run_budget[openai]", "median")
    assert first.difference < 0.0
    assert found.comparisons[0].row("run_budget", found.year, "openai").mean < 0.0


@pytest.mark.usefixtures("stored_fits")
def test_even_draws_are_compared_divided_and_weighed_by_their_replicates(
    baseline: Scenario, changed: Scenario, tmp_path: Path
) -> None:
    more = replace(changed, events=(*changed.events, replace(changed.events[0], name="another one")))
    found = compare_scenarios(
        [baseline, more],
        weights=(0.5, 0.5),
        draws=FEWEST,
        sampler="sobol",
        charts=False,
        out=tmp_path / "out",
    )
    attribution = found.attributions["baseline", "changed"][0]
    assert attribution.draws == FEWEST
    used = {part.group for part in attribution.parts if part.value != 0.0}
    # A Sobol sequence of each scenario by itself would make every number differ, and with it every group.
    assert used == {"hardware", "labs", "events"}
    cost = found.comparisons[0].row("training_cost", found.year)
    assert cost.factor is not None
    assert cost.factor_error is not None
    assert attribution.difference == pytest.approx(math.log(cost.factor))
    assert attribution.error == pytest.approx(cost.factor_error / cost.factor, rel=0.01)
    assert found.mixture is not None
    pays = found.mixture.trajectories["affordable"][0, 0].reshape(16, -1).mean(axis=1)
    lab = found.mixture.trajectories.coordinates.labs[0]
    row = next(row for row in found.mixture.summary.affordability if row.lab == lab)
    assert row.error == pytest.approx(pays.std(ddof=1) / 4.0)
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert (record["sampler"], record["replicates"], record["replicate_draws"]) == ("sobol", 16, 64)
    assert any("1,024 shared paths (sobol, 16 replicates)" in line for line in lines(found))
    with pytest.raises(UsageError, match="cannot spread 300 draws evenly"):
        compare_scenarios([baseline, changed], draws=300, sampler="lhs")


@pytest.mark.slow
@pytest.mark.usefixtures("stored_fits")
def test_a_difference_of_many_even_draws_is_divided_with_all_the_replicates(
    baseline: Scenario, changed: Scenario
) -> None:
    found = compare_scenarios([baseline, changed], draws=32_768, sampler="lhs", charts=False)
    attribution = found.attributions["baseline", "changed"][0]
    assert attribution.draws == 16_384
    cost = found.comparisons[0].row("training_cost", found.year)
    assert cost.factor is not None
    assert cost.factor_error is not None
    assert 0.0 < attribution.error < 5.0 * cost.factor_error / cost.factor
    assert abs(attribution.difference - math.log(cost.factor)) < 5.0 * attribution.error


def test_names_are_made_unique() -> None:
    assert unique_names(["a", "b", "a", "a"]) == ("a", "b", "a (2)", "a (3)")


@pytest.mark.slow
@pytest.mark.usefixtures("stored_fits")
def test_the_folder_is_whole_recorded_and_the_same_twice(
    baseline: Scenario,
    changed: Scenario,
    tmp_path: Path,
    files_in: Callable[[Path], dict[str, bytes]],
) -> None:
    for name, drawn in (("one", True), ("two", False)):
        compare_scenarios(
            [baseline, changed], weights=(0.3, 0.7), draws=DRAWS, out=tmp_path / name, charts=drawn
        )
    one, two = files_in(tmp_path / "one"), files_in(tmp_path / "two")
    record = json.loads(one.pop("run.json"))
    two.pop("run.json")
    assert {name: text for name, text in one.items() if name.endswith(".csv")} == two
    assert set(record["files"]) == set(one)
    assert (record["kind"], record["format"], record["draws"]) == ("comparison", 1, DRAWS)
    assert [each["weight"] for each in record["scenarios"]] == [0.3, 0.7]
    names = {"differences", "affordability", "thresholds", "attribution", "assumptions"}
    names |= {"mixture", "mixture-affordability", "mixture-thresholds", "mixture-spread"}
    tables = {name: list(csv.DictReader(io.StringIO(one[f"{name}.csv"].decode()))) for name in names}
    assert all(tables.values())
    charts = {name for name in one if name.startswith("charts/")}
    assert {
        f"charts/{name}.svg" for name in ("fans", "horizon", "affordability", "why-payers", "mixture")
    } <= charts
    assert one.keys() == {f"{name}.csv" for name in names} | charts
    cost = [row for row in tables["attribution"] if row["variable"] == "training_cost"]
    assert sum(float(row["part"]) for row in cost) == pytest.approx(float(cost[0]["difference"]), abs=1e-7)
    assert {row["name"] for row in tables["assumptions"]} == {"price_performance_growth", "funds_now"}
    # A second comparison into the same folder takes its place; files of others stop it.
    compare_scenarios([baseline, changed], draws=DRAWS, out=tmp_path / "one", charts=False)
    assert "mixture.csv" not in files_in(tmp_path / "one")
    (tmp_path / "one" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputExistsError, match=r"mine\.txt"):
        compare_scenarios([baseline, changed], draws=DRAWS, out=tmp_path / "one", charts=False)


@pytest.mark.usefixtures("stored_fits")
def test_an_interrupted_comparison_leaves_nothing(
    baseline: Scenario, changed: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> dict[str, bytes]:
        raise KeyboardInterrupt

    monkeypatch.setattr(futures, "_charts", interrupt)
    with pytest.raises(KeyboardInterrupt):
        compare_scenarios([baseline, changed], draws=DRAWS, out=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


# The command line.


def test_the_command_offers_the_statistics_that_there_are() -> None:
    assert compare_command.STATISTICS == STATISTICS


def test_compare_prints_versioned_json_with_differences_and_attribution(
    command: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pair = SCENARIOS / "optimistic.yaml", SCENARIOS / "pessimistic.yaml"
    options = ("--draws", DRAWS, "--no-charts", "--json", "--target", "development_cost", "--year", 2029)
    called = command("compare", *pair, *options)
    assert called.code == 0, called.err
    found = json.loads(called.out)
    assert found["version"] == 1
    assert [each["name"] for each in found["scenarios"]] == ["optimistic", "pessimistic"]
    (row,) = found["differences"]
    assert (row["variable"], row["year"], row["first"], row["second"]) == (
        "development_cost",
        2029,
        "optimistic",
        "pessimistic",
    )
    assert row["difference"]["mean_error"] > 0.0
    whole = found["attribution"][0]
    assert (whole["variable"], whole["year"], whole["scale"]) == ("development_cost", 2029, "log")
    assert sum(part["value"] for part in whole["parts"]) == pytest.approx(whole["difference"], abs=1e-12)
    for part in whole["parts"]:
        assert part["lowest"] <= part["value"] + 1e-12
        assert part["value"] <= part["highest"] + 1e-12
    back = json.loads(command("compare", *reversed(pair), *options).out)["attribution"][0]
    assert [part["value"] for part in back["parts"]] == pytest.approx(
        [-part["value"] for part in whole["parts"]], abs=1e-12
    )
    assert all(row["second_place"] or row["second_says"] == "" for row in found["assumptions"])
    assert (tmp_path / "outputs" / "optimistic-pessimistic" / "run.json").is_file()


def test_compare_tells_what_differs_and_why(command: Callable, tmp_path: Path) -> None:
    called = command(
        "compare",
        f"{BASELINE}=0.5",
        f"{SCENARIOS / 'optimistic.yaml'}=0.3",
        f"{SCENARIOS / 'pessimistic.yaml'}=0.2",
        "--draws",
        DRAWS,
        "--no-charts",
        "--out",
        tmp_path / "out",
    )
    assert called.code == 0, called.err
    for words in (
        "pessimistic against baseline",
        "what the files assume differently",
        "optimistic.yaml:",
        "why: geometric mean of training_cost in 2031",
        "all together (baseline 50%, optimistic 30%, pessimistic 20%)",
        "of the variance of its logarithm lies between the scenarios",
        f"results: {tmp_path / 'out'}",
    ):
        assert words in called.out
    weighed = list(
        csv.DictReader(io.StringIO((tmp_path / "out" / "mixture-spread.csv").read_text(encoding="utf-8")))
    )
    assert len(weighed) == 6
    assert all(earlier["year"] < later["year"] for earlier, later in pairwise(weighed))


def test_a_file_compared_with_itself_says_so(command: Callable, tmp_path: Path) -> None:
    called = command(
        "compare", BASELINE, BASELINE, "--draws", DRAWS, "--no-charts", "--out", tmp_path / "out"
    )
    assert "the files assume the same in everything that can change a result" in called.out


def test_wrong_calls_of_compare_are_explained(command: Callable, tmp_path: Path) -> None:
    for arguments, words in (
        ((BASELINE,), "give two scenarios or more"),
        ((f"{BASELINE}=0.5", BASELINE), "every scenario a weight or none"),
        ((f"{BASELINE}=much", BASELINE), "is no weight"),
        ((f"{BASELINE}=0.5", f"{BASELINE}=0.2"), "add up to 0.7"),
        ((BASELINE, BASELINE, "--target", "nonsense"), "no variable"),
        ((BASELINE, tmp_path / "missing.yaml"), "missing.yaml"),
    ):
        called = command("compare", *arguments, "--out", tmp_path / "out")
        assert called.code == 2
        assert words in called.err
    assert not (tmp_path / "out").exists()


def test_whatif_compares_a_file_with_a_change_and_writes_nothing(
    command: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("--set", "algorithmic_growth=2x/yr", "--draws", DRAWS, "--target", "effective_compute")
    called = command("whatif", BASELINE, *options)
    assert called.code == 0, called.err
    assert "changed against baseline" in called.out
    assert "what the files assume differently: 1" in called.out
    assert "algorithmic_growth (algorithms)" in called.out
    assert list(tmp_path.iterdir()) == []
    found = json.loads(command("whatif", BASELINE, *options, "--json").out)
    assert {row["variable"] for row in found["differences"]} == {"effective_compute"}
    parts = {part["group"]: part["value"] for part in found["attribution"][0]["parts"]}
    assert [group for group, value in parts.items() if value != 0.0] == ["algorithms"]
    assert (found["sampler"], found["replicates"]) == ("random", None)
    assert command("whatif", BASELINE).code == 2
    assert command("whatif", BASELINE, "--set", "algorithmic_grow=2x/yr").code == 2


def test_whatif_takes_draws_that_are_spread_evenly(command: Callable) -> None:
    options = ("--set", "algorithmic_growth=2x/yr", "--sampler", "lhs")
    called = command("whatif", BASELINE, *options, "--draws", FEWEST, "--json")
    assert called.code == 0, called.err
    found = json.loads(called.out)
    assert (found["sampler"], found["replicates"], found["draws"]) == ("lhs", 16, FEWEST)
    refused = command("whatif", BASELINE, *options, "--draws", DRAWS)
    assert refused.code == 2
    assert "--sampler lhs cannot spread 300 draws evenly" in refused.err


@pytest.mark.slow
def test_compare_takes_draws_that_are_spread_evenly(command: Callable, tmp_path: Path) -> None:
    called = command(
        "compare", BASELINE, SCENARIOS / "optimistic.yaml", "--sampler", "sobol", "--out", tmp_path / "out"
    )
    assert called.code == 0, called.err
    assert "16,384 shared paths (sobol, 16 replicates)" in called.out
    for chart in ("fans", "horizon"):
        assert "16,384 shared draws (sobol)" in (tmp_path / "out" / "charts" / f"{chart}.svg").read_text(
            "utf-8"
        )
