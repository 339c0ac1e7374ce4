"""Claims about what models can do and what each gain cost."""

from __future__ import annotations

import numpy as np

from forecast.claims.claim import Answer, Figure, Statement, verdict, verdict_of_both, verdict_of_ranges
from forecast.claims.facts import BASIS_NAMES, Facts
from forecast.claims.worlds import Worlds
from forecast.report.numbers import MINUS, money, percent, times

GPT2, GPT3, LLAMA = "run-gpt-2-1-5b", "run-gpt-3-175b-davinci", "run-llama-65b"
PALM, PALM2, GPT4 = "run-palm-540b", "run-palm-2", "run-gpt-4"


def _gain(
    facts: Facts,
    said: Statement,
    runs: tuple[str, str],
    scores: tuple[str, str],
    others: dict[str, tuple[str, str]],
) -> Answer:
    """Relative gain on MMLU of one model over another, with the readings that other settings give, and its price.

    Args:
        facts: History.
        said: The essay's gain.
        runs: The runs of the later and the earlier model.
        scores: Their scores by which the essay's number comes out, or comes nearest.
        others: Other readings in words, with their scores.
    """
    later, earlier = (facts.number(score) for score in scores)
    gain = Figure("relative gain on MMLU", "share", later / earlier - 1.0)
    readings = tuple(
        Figure(f"gain {words}", "share", facts.number(new) / facts.number(old) - 1.0)
        for words, (new, old) in others.items()
    )
    priced = []
    for basis, words in list(BASIS_NAMES.items())[:2]:
        costs = [facts.cost(run, basis) for run in runs]
        if costs[0] is not None and costs[1] is not None:
            priced.append(Figure(f"further cost, {words}", "USD", costs[0] - costs[1]))
    per_point = Figure("amortised cost of a further point", "USD", priced[0].value / (later - earlier))
    extra = "".join(f"; {figure.name.removeprefix('gain ')} {_signed(figure.value)}" for figure in readings)
    cost = ", ".join(
        f"{_dollars(figure.value)} {figure.name.removeprefix('further cost, ')}" for figure in priced
    )
    point = f" ({money(per_point.value)} a point)" if per_point.value > 0.0 else ""
    return Answer(
        f"{_signed(gain.value)} ({later:g} over {earlier:g}){extra}; cost {cost}{point}",
        (gain, *readings, *priced, per_point),
        "the percentages are relative gains; MMLU was saturated by 2024",
        verdict_of_both(
            verdict(said.figure, gain.value),
            verdict_of_ranges(
                (said.further, said.further),
                (min(figure.value for figure in priced), max(figure.value for figure in priced)),
            ),
        ),
        (*dict.fromkeys((*scores, *(row for pair in others.values() for row in pair))), *runs),
    )


def _signed(share: float) -> str:
    return f"{'+' if share >= 0.0 else MINUS}{percent(abs(share))}"


def _dollars(amount: float) -> str:
    return f"{'+' if amount >= 0.0 else MINUS}{money(abs(amount))}"


def gpt3_gain(facts: Facts, said: Statement) -> Answer:
    """Claim 12: GPT-3 over GPT-2 on MMLU, fine-tuned and few-shot."""
    return _gain(
        facts, said, (GPT3, GPT2), ("mmlu-005", "mmlu-002"), {"with GPT-3 few-shot": ("mmlu-004", "mmlu-002")}
    )


def llama_gain(facts: Facts, said: Statement) -> Answer:
    """Claim 13: LLaMA over GPT-3 on MMLU, against the fine-tuned score and like for like."""
    return _gain(
        facts, said, (LLAMA, GPT3), ("mmlu-017", "mmlu-005"), {"both few-shot": ("mmlu-017", "mmlu-004")}
    )


def palm_gain(facts: Facts, said: Statement) -> Answer:
    """Claim 14: PaLM over LLaMA on MMLU, with the variants of PaLM that the essay may have meant."""
    return _gain(
        facts,
        said,
        (PALM, LLAMA),
        ("mmlu-010", "mmlu-017"),
        {"Flan-PaLM": ("mmlu-012", "mmlu-017"), "PaLM 2": ("mmlu-019", "mmlu-017")},
    )


def gpt4_gain(facts: Facts, said: Statement) -> Answer:
    """Claim 15: GPT-4 over PaLM 2 on MMLU, instruction-tuned and not."""
    return _gain(
        facts,
        said,
        (GPT4, PALM2),
        ("mmlu-018", "mmlu-047"),
        {"PaLM 2 as first published": ("mmlu-018", "mmlu-019")},
    )


def slowing(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 28: growth of the record run's cost, and the probability that capability grows more slowly later on."""
    middle = worlds.years[(worlds.years.index(worlds.target) + 1) // 2]
    first = worlds.years[0]
    index = {year: worlds.at("capability_index", year) for year in (first, middle, worlds.target)}
    early = (index[middle] - index[first]) / (middle - first)
    dearer = worlds.median(
        f"cost of the record run a year, to {worlds.target}", worlds.growth("training_cost"), "x"
    )
    points = worlds.median(
        f"capability points a year, to {worlds.target}",
        (index[worlds.target] - index[first]) / (worlds.target - first),
        "point",
    )
    told, figures = "too few years to tell whether that slows", [dearer, points]
    # Two years have one step and nothing to compare it with.
    if middle < worlds.target:
        late = (index[worlds.target] - index[middle]) / (worlds.target - middle)
        slower = worlds.chance(f"capability grows more slowly after {middle} than before", late < early)
        told, figures = f"slower after {middle} than before: {slower}", [slower, dearer, points]
    return Answer(
        f"cost of the record run {dearer} a year; {points.value:.0f} capability points a year ({points.low:.0f} to "
        f"{points.high:.0f}); {told}",
        tuple(figures),
        f"cost rose; the index rose {facts.number('alg-097'):g} points a year without slowing, and "
        "what a fixed capability "
        f"costs to run fell {times(facts.number('alg-025'))} a year",
        "partly",
        ("alg-097", "alg-025"),
    )


def leapfrogged(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 40: how long a model stays within one generation (ten times effective compute) of the frontier."""
    rate = worlds.at("generations") / (worlds.target - worlds.years[0])
    months = worlds.median(
        "months to ten times the effective compute", 12.0 / np.maximum(rate, 1e-3), "months"
    )
    soon = worlds.chance("the frontier is a generation further within two years", 2.0 * rate >= 1.0)
    return Answer(
        f"a generation every {months.value:.0f} months ({months.low:.0f} to {months.high:.0f}); one "
        f"within two years: {soon}",
        (months, soon),
        "agents, tools and long context came with the next models; nobody has counted the products that had to change",
        "likely",
        ("alg-097",),
    )


HISTORY = {12: gpt3_gain, 13: llama_gain, 14: palm_gain, 15: gpt4_gain}
FUTURE = {28: slowing, 40: leapfrogged}
