"""What `load` returns, and what it returns for a day in the past."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from datetime import date

import pytest

from forecast.errors import UsageError
from forecast.observations import TABLES, Observations, load, read_table

ESSAY = date(2023, 9, 30)
FACTS = ("rental_prices", "algorithms", "data_stocks", "labeling", "lab_finances", "mmlu")


@pytest.fixture(scope="module")
def history() -> Observations:
    return load()


def run(history, model):
    (found,) = [each for each in history.training_runs if each.model == model]
    return found


def test_there_are_at_least_ninety_runs_from_2012_to_2026(history):
    years = {each.released.year for each in history.training_runs}
    assert len(history.training_runs) >= 90
    assert years == set(range(2012, 2027))


@pytest.mark.parametrize(
    "model",
    [
        "AlexNet",
        "ResNet-152 (ImageNet)",
        "Transformer (big)",
        "GPT-2 (1.5B)",
        "GPT-3 175B (davinci)",
        "GPT-3.5",
        "InstructGPT 175B (base + post-training)",
        "MT-NLG 530B",
        "Chinchilla",
        "PaLM (540B)",
        "LLaMA-65B",
        "GPT-4",
        "PaLM 2",
    ],
)
def test_every_model_that_the_essay_names_is_there_with_its_compute(history, model):
    assert run(history, model).compute.value > 0


def test_every_table_has_rows(history):
    assert len(history.chips) >= 40
    assert all(len(getattr(history, name)) >= 40 for name in FACTS)


def test_nothing_that_became_known_later_is_returned():
    past = load(ESSAY)
    rows = [*past.training_runs, *past.chips, *(row for name in FACTS for row in getattr(past, name))]
    assert rows
    assert all(row.known <= ESSAY for row in rows)
    assert all(each.released <= ESSAY for each in past.training_runs)
    assert all(
        each.cost_reported_known is None or each.cost_reported_known <= ESSAY for each in past.training_runs
    )


def test_more_is_known_later():
    days = [date(year, 1, 1) for year in range(2013, 2027)]
    counts = [len(load(day).training_runs) for day in days]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_the_cost_that_altman_named_was_known_when_the_essay_was_written():
    assert run(load(ESSAY), "GPT-4").cost_reported.value == 1e8
    assert run(load(date(2023, 4, 1)), "GPT-4").cost_reported is None


def test_a_revised_run_is_shown_as_it_stood_then(history):
    before, after = run(load(date(2025, 6, 30)), "Grok 3"), run(history, "Grok 3")
    assert before.compute.value == pytest.approx(4.64e26)
    assert after.compute.value == pytest.approx(3.5e26)
    assert before.cost_amortized.value > after.cost_amortized.value


def test_one_model_stands_for_itself_once_on_any_day(history):
    for observations in (history, load(date(2025, 12, 31)), load(ESSAY)):
        models = Counter(each.model for each in observations.training_runs)
        assert max(models.values()) == 1


@pytest.mark.parametrize("model", ["AlphaGo Zero", "AlphaGo Master", "AlphaZero"])
def test_stale_costs_are_kept_out_with_the_reason(history, model):
    assert run(history, model).fit == "no"
    assert "stale cost" in run(history, model).why_not


@pytest.mark.parametrize("model", ["GPT-4 Turbo", "GPT-4o", "Claude 3 Opus", "Gemini 1.5 Pro", "GLM-4-Plus"])
def test_compute_imputed_from_benchmarks_is_kept_out_with_the_reason(history, model):
    assert run(history, model).fit == "no"
    assert "imputed" in run(history, model).why_not


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("Claude Mythos Preview", "slide"),
        ("Minerva (540B)", "double count"),
        ("InstructGPT 175B (base + post-training)", "double count"),
        ("DeepSeek-R1", "double count"),
        ("Composer 2.5", "double count"),
        ("FLAN 137B", "contradictory"),
        ("Llama 4 Behemoth (preview)", "never released"),
    ],
)
def test_other_runs_that_would_mislead_a_fit_say_why(history, model, reason):
    assert run(history, model).fit == "no"
    assert reason in run(history, model).why_not


def test_recent_closed_models_are_censored_not_missing(history):
    censored = [each for each in history.training_runs if each.fit == "censored"]
    assert len(censored) >= 10
    assert all(each.compute is None and each.released.year >= 2025 and each.why_not for each in censored)
    assert {"Gemini 3 Pro", "Claude Opus 4.5", "GPT-5.5"} <= {each.model for each in censored}


def test_deepseek_v3_is_a_rental_bill_not_an_amortised_cost(history):
    deepseek = run(history, "DeepSeek-V3")
    assert deepseek.cost_amortized is None
    assert deepseek.cost_cloud.value == 5_576_000


def test_costs_of_mythical_bases_are_refused(history):
    with pytest.raises(UsageError, match='did you mean "amortized"'):
        run(history, "GPT-4").cost("amortised")


def test_the_digest_changes_with_what_is_known_and_with_nothing_else(history):
    assert load().digest == history.digest
    assert load(ESSAY).digest != history.digest
    # Between these days no run and no chip came out.
    assert load(date(2013, 1, 2)).digest == load(date(2013, 1, 3)).digest


def test_the_price_index_is_whole_on_every_day(history):
    assert load(date(2013, 1, 1)).price_index == history.price_index


def test_rows_are_credited_and_epoch_rows_carry_their_licence(history):
    rows = [
        *history.training_runs,
        *history.chips,
        *(row for name in FACTS for row in getattr(history, name)),
    ]
    assert all(row.source and row.licence for row in rows)
    assert {row.licence for row in rows if row.source.startswith("Epoch AI, ")} == {"CC BY 4.0"}


def test_no_index_is_passed_on_against_its_terms():
    assert not any("silicon data" in str(row).casefold() for name in TABLES for row in read_table(name))


def test_unverified_rows_are_never_fitted(history):
    rows = [
        *history.training_runs,
        *history.chips,
        *(row for name in FACTS for row in getattr(history, name)),
    ]
    assert not [row.id for row in rows if row.fit == "yes" and not row.verified]


def test_mmlu_rows_that_may_be_fitted_have_their_compute_in_the_runs(history):
    models = {each.model for each in history.training_runs if each.compute}
    fitted = [row for row in history.mmlu if row.fit == "yes"]
    assert len(fitted) >= 20
    assert {row.entity for row in fitted} <= models


def test_read_table_cuts_to_a_day_as_load_does(history):
    day = date(2025, 6, 30)
    for name in ("training_runs", "chips", *FACTS):
        ids = {row["id"] for row in read_table(name, as_of=day)}
        assert ids == {row.id for row in getattr(load(day), name)}
    assert len(read_table("training_runs")) > len(history.training_runs)


def test_loading_is_quick_and_needs_no_numpy():
    code = (
        "import sys; from forecast.observations import load; load(); "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pandas', 'yaml')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    begin = time.process_time()
    load(date(2024, 6, 1))
    assert time.process_time() - begin < 1
