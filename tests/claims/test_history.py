"""Answers that history settles, worked out by hand from the rows."""

import math
from dataclasses import replace

import pytest

from forecast.claims import Claim, Facts, statements
from forecast.claims.claim import Figure, verdict, verdict_of_both, verdict_of_ranges
from forecast.claims.facts import ESSAY_DATE
from forecast.claims.losslaw import LossLaw, replicated
from forecast.claims.models import gpt3_over_gpt2

Claims = dict[int, Claim]


def figures(claim: Claim) -> dict[str, float]:
    return {figure.name: figure.value for figure in claim.answer.figures}


def headline(claim: Claim) -> float:
    assert claim.headline is not None
    return claim.headline.value


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, 60e6 / 5.4035e11),
        (3, 1.92e21 / 7.425e18),
        (4, 3.14e23 / 1.92e21),
        (6, 44.0),
        (12, 53.9 / 32.4 - 1.0),
        (13, 63.4 / 53.9 - 1.0),
        (14, 69.3 / 63.4 - 1.0),
        (15, 86.4 / 81.2 - 1.0),
        (17, 174.6 / 1.5),
        (18, 530 / 1.5),
        (20, 0.19),
        (21, 20_000 * 30 / 3.6e6),
        (22, 6.5),
        (24, 800_000 * 3.0),
        (25, 0.2),
        (36, 300.0),
        (39, 0.11),
    ],
)
def test_headline_is_that_of_the_rows(by_number: Claims, number: int, expected: float) -> None:
    assert headline(by_number[number]) == pytest.approx(expected)


def test_compute_ratios_of_the_essay_are_far_off(by_number: Claims) -> None:
    assert headline(by_number[4]) == pytest.approx(164, abs=0.6)
    assert figures(by_number[4])["from the Transformer to GPT-3"] == pytest.approx(42_290, rel=1e-3)
    assert by_number[4].answer.status == by_number[3].answer.status == "false"
    assert "13,300x" in by_number[4].answer.ours  # 8 times 1,662


def test_instructgpt_costs_what_the_essay_says(by_number: Claims) -> None:
    found = figures(by_number[21])
    assert found["hours times the essay's rate"] == pytest.approx(600_000)
    assert by_number[21].answer.status == "true"
    # The dearer the basis, the smaller the part that labels are.
    assert found["part of GPT-3's cost, at cloud prices"] < found["part of GPT-3's cost, amortised"]


def test_costs_are_those_of_the_runs_in_dollars_of_2023(by_number: Claims, facts: Facts) -> None:
    run = facts.run("run-llama-65b")
    prices = facts.observations.price_index
    found = figures(by_number[8])
    assert run.cost_cloud is not None
    assert found["at cloud prices"] == pytest.approx(prices.real(run.cost_cloud.value, run.cost_cloud.date))
    assert "reported" not in found
    assert by_number[8].answer.status == "false"
    assert by_number[11].answer.status == "true"


def test_llama_was_cheaper_than_gpt3(by_number: Claims) -> None:
    found = figures(by_number[13])
    assert found["further cost, amortised"] < 0
    assert found["further cost, at cloud prices"] < 0
    assert "−$" in by_number[13].answer.ours


def test_resnet_cost_ten_times_alexnet_in_dollars_rather_than_compute(by_number: Claims) -> None:
    found = figures(by_number[2])
    assert found["training compute"] == pytest.approx(1.041e19 / 4.7e17)
    assert 5.0 < found["amortised cost"] < 10.0
    assert found["fewer top-5 errors"] == pytest.approx(15.3 - 3.57)


def test_a_tpu_hour_got_dearer_and_its_arithmetic_cheaper(by_number: Claims) -> None:
    found = figures(by_number[5])
    assert found["price of a chip-hour, v4 over v2"] == pytest.approx(3.22 / 1.13)
    assert found["price of peak arithmetic, v4 over v2"] < 1.0


def test_cost_grows_by_compute_less_compute_per_dollar(by_number: Claims) -> None:
    found = {name.split(" of ")[0]: value for name, value in figures(by_number[7]).items()}
    bought = figures(by_number[7])["compute per dollar of frontier runs a year"]
    assert found["cost"] == pytest.approx(found["compute"] / bought)
    assert 2.0 < found["cost"] < 2.9


def test_loss_law_has_its_optimum_where_it_says() -> None:
    law = LossLaw(482.01, 2085.43, 1.8169, 0.3478, 0.3658, 6.0)
    parameters, tokens = law.optimum(5.76e23)
    assert 6.0 * parameters * tokens == pytest.approx(5.76e23)
    best = law.reducible(parameters, tokens)
    for factor in (0.9, 1.1):
        assert law.reducible(parameters * factor, tokens / factor) > best


def test_an_oversized_model_loses_to_chinchilla_at_more_compute(by_number: Claims, facts: Facts) -> None:
    found = figures(by_number[18])
    assert found["compute over Chinchilla's"] > 1.0
    assert found["reducible loss over Chinchilla's"] > 1.0
    assert replicated(facts).floor == pytest.approx(1.8169)


def test_size_alone_buys_less_than_balance(by_number: Claims) -> None:
    alone, both = by_number[44].answer.figures
    assert 0.0 < alone.value < both.value < 1.0


def test_data_grew_faster_than_models_after_the_essay(by_number: Claims) -> None:
    after, before, largest = by_number[29].answer.figures
    assert after.value > 3.0 * before.value
    assert largest.value == pytest.approx(36e12)


def test_an_answer_moves_when_its_row_is_corrected(facts: Facts) -> None:
    runs = tuple(
        replace(run, compute=replace(run.compute, value=1.57e23))
        if run.id == "run-gpt-3-175b-davinci" and run.compute
        else run
        for run in facts.observations.training_runs
    )
    changed = Facts(replace(facts.observations, training_runs=runs))
    before, after = (gpt3_over_gpt2(each, statements()[4]).figures[0].value for each in (facts, changed))
    assert after == pytest.approx(before / 2.0)


@pytest.mark.parametrize(
    ("stated", "found", "status"),
    [
        (44.0, 44.0, "true"),
        (0.17, 0.163, "true"),
        (10, 8.1, "roughly true"),
        (8, 259, "false"),
        (259, 8, "false"),
    ],
)
def test_verdict_goes_by_the_factor_between(stated: float, found: float, status: str) -> None:
    assert verdict(stated, found) == status


def test_a_sentence_with_one_wrong_number_holds_partly() -> None:
    assert verdict_of_both("true", "false") == verdict_of_both("false", "roughly true") == "partly"
    assert (
        verdict_of_both("true", "roughly true") == verdict_of_both("roughly true", "true") == "roughly true"
    )
    assert verdict_of_both("true", "true") == "true"
    assert verdict_of_both("false", "false") == "false"
    assert verdict(3e6, -1.5e6) == "false"


def test_gains_hold_as_well_as_their_price(by_number: Claims) -> None:
    # GPT-3 about right in both; LLaMA was cheaper, not dearer; PaLM wrong in both; GPT-4 a third of the gap in cost.
    statuses = [by_number[number].answer.status for number in (12, 13, 14, 15)]
    assert statuses == ["roughly true", "partly", "false", "partly"]


def test_verdict_of_ranges_is_true_where_they_overlap() -> None:
    assert verdict_of_ranges((1e8, 2e8), (4e7, 1.01e8)) == "true"
    assert verdict_of_ranges((5e6, 8e6), (6e5, 1.5e6)) == "false"
    assert (
        verdict_of_ranges((25.0, 25.0), (3.0, 14.0))
        == verdict_of_ranges((3.0, 14.0), (25.0, 25.0))
        == "roughly true"
    )


def test_a_probability_is_read_with_its_error_and_a_number_with_its_range() -> None:
    assert str(Figure("x", "probability", 0.25, error=0.004)) == "25% (±0.4)"
    assert str(Figure("x", "USD/yr", 1e9, 5e8, 1.5e9, "range")) == "$1B a year ($500M to $1.5B)"
    assert str(Figure("x", "x", 3.2)) == "3.2x"


def test_the_essays_numbers_are_numbers() -> None:
    for number, said in statements().items():
        ends = [value for value in (said.low, said.value, said.high) if value is not None]
        assert ends == sorted(ends), number
        assert all(math.isfinite(value) for value in ends), number
        assert bool(said.unit) == bool(ends), number


def test_open_models_are_used_where_price_decides(by_number: Claims) -> None:
    # A third of a router's tokens against 11% of firms' workloads: three times as much.
    assert "3x as much where price decides" in by_number[39].answer.outcome
    assert "19% to 11%" in by_number[39].answer.outcome


def test_small_runs_are_counted_against_the_record_of_their_day(facts: Facts) -> None:
    runs = [run for run in facts.observations.training_runs if run.fit == "yes" and run.compute]
    small, count = facts.far_below_the_record(0.1, since=ESSAY_DATE)
    assert count == sum(run.released > ESSAY_DATE for run in runs)
    # By hand, for one of each: DeepSeek-V3 took 3.3e24 of Gemini Ultra's 5e25, 6.6%; GPT-4.5 set the record itself.
    assert 0 < small < count
    assert facts.far_below_the_record(1e-9, since=ESSAY_DATE) == (0, count)
    assert facts.far_below_the_record(1.0, since=ESSAY_DATE)[0] < count


def test_the_optimum_in_the_table_is_that_of_its_constants(facts: Facts) -> None:
    # Besiroglu et al. 2024 at Chinchilla's 5.76e23 FLOP, from the constants of their fit.
    parameters, tokens = replicated(facts).optimum(5.76e23)
    assert tokens / parameters == pytest.approx(facts.number("alg-047"), abs=0.05)
    # What the row said before belongs to the other end of the curve.
    parameters, tokens = replicated(facts).optimum(1e18)
    assert tokens / parameters == pytest.approx(25.7, abs=0.05)
