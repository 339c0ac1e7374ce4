"""Claims about what training runs cost."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np

from forecast.claims.claim import Answer, Figure, Statement, verdict_of_ranges
from forecast.claims.facts import BASIS_NAMES, BILLION, Facts
from forecast.claims.worlds import Worlds
from forecast.observations import TrainingRun
from forecast.report.numbers import money, percent, times
from forecast.units import Array

GPT4 = "run-gpt-4"
GENERATIONS = ("run-gpt-2-1-5b", "run-gpt-3-175b-davinci", GPT4, "run-gpt-4-5")


def _one_run(facts: Facts, said: Statement, run: str, *more: str) -> Answer:
    """What one run cost on every basis, beside what the essay says it cost."""
    bases = facts.costs(run)
    lows, highs = zip(*(facts.ends(row) for row in more), strict=True) if more else ((), ())
    million = 1e6
    least = min(*(figure.value for figure in bases), *(million * low for low in lows), np.inf)
    most = max(*(figure.value for figure in bases), *(million * high for high in highs), 0.0)
    whole = Figure(
        "cost over all bases and methods",
        "USD",
        float(np.sqrt(least * most)),
        low=least,
        high=most,
        interval="range",
    )
    stated = said.range
    beyond = stated[0] / most
    rest = f"; the essay is {times(beyond)} the dearest estimate" if beyond > 1.0 else ""
    return Answer(
        ", ".join(f"{money(figure.value)} {figure.name}" for figure in bases) + rest,
        (whole, *bases),
        f"published estimates span {money(least)} to {money(most)}",
        verdict_of_ranges(stated, (least, most)),
        (run, *more),
    )


def llama_cost(facts: Facts, said: Statement) -> Answer:
    """Claim 8: cost of the largest LLaMA model on each basis."""
    return _one_run(facts, said, "run-llama-65b", "alg-105")


def palm_cost(facts: Facts, said: Statement) -> Answer:
    """Claim 9: cost of PaLM on each basis."""
    return _one_run(facts, said, "run-palm-540b", "alg-104")


def palm2_cost(facts: Facts, said: Statement) -> Answer:
    """Claim 10: cost of PaLM 2 on each basis."""
    return _one_run(facts, said, "run-palm-2", "alg-106")


def gpt4_cost(facts: Facts, said: Statement) -> Answer:
    """Claim 11: cost of GPT-4 on each basis, and what its developer said."""
    return _one_run(facts, said, GPT4, "alg-107")


def generation_cost(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 16: cost of each GPT over the one before, and cost of ten times the effective compute from now on."""
    steps = [facts.amortized(after) / facts.amortized(before) for before, after in pairwise(GENERATIONS)]
    recent = Figure(
        "amortised cost of a GPT over the one before, since GPT-3",
        "x",
        float(np.sqrt(steps[-1] * steps[-2])),
        low=min(steps[1:]),
        high=max(steps[1:]),
        interval="range",
    )
    made = worlds.at("generations")
    grown = worlds.at("compute_cost") / worlds.at("compute_cost", worlds.years[0])
    coming = worlds.median(
        f"compute cost of ten times the effective compute, {worlds.years[0]} to {worlds.target}",
        grown[made > 0.0] ** (1.0 / made[made > 0.0]),
        "x",
    )
    dearer = worlds.chance(
        "a further point of capability gets dearer",
        worlds.at("marginal_cost") > worlds.at("marginal_cost", worlds.years[0]),
    )
    names = ("GPT-3", "GPT-4", "GPT-4.5")
    return Answer(
        ", ".join(f"{name} {times(step)}" for name, step in zip(names, steps, strict=True))
        + f" the cost of the one before; to {worlds.target}, ten times the effective compute costs {coming} as much; "
        f"a further point gets dearer: {dearer}",
        (recent, coming, dearer),
        f"the capability index went on in a straight line ({facts.number('alg-097'):g} points a "
        "year), MMLU ran into its "
        "ceiling",
        "partly",
        (*GENERATIONS, "alg-097"),
    )


def _bases(worlds: Worlds) -> dict[str, Array]:
    """What the record run costs by year and path: the final run on two bases, and its whole development [USD]."""
    paths = worlds.trajectories
    amortized = paths["training_cost"]
    return {
        "amortised": amortized,
        "at cloud prices": amortized - paths["compute_cost"] + paths["cloud_compute_cost"],
        "with experiments and staff": paths["development_cost"],
    }


def billion_dollar_runs(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 26: probability that the record run reaches $1B and $10B, by basis, and the dearest run so far."""
    thresholds = (0.1 * BILLION, 0.3 * BILLION, *(BILLION * value for value in (1.0, 3.0, 10.0)))
    bases = _bases(worlds)
    chances = {
        (basis, threshold, year): worlds.chance(
            f"record run {basis} reaches {money(threshold)} by {year}",
            values[: worlds.years.index(year) + 1].max(axis=0) >= threshold,
        )
        for basis, values in bases.items()
        for threshold in thresholds
        for year in worlds.years
    }
    (low, high), end = said.range, worlds.target
    words = [f"{basis} {chances[basis, low, end]} and {chances[basis, high, end]}" for basis in bases]
    first = chances["amortised", low, end], chances["amortised", high, end]
    ordered = (*first, *(figure for figure in chances.values() if figure not in first))
    records = {basis: dearest(facts, basis) for basis in BASIS_NAMES}
    told = ", ".join(
        f"{BASIS_NAMES[basis]} {money(cost)} ({run.model})" for basis, (run, cost) in records.items()
    )
    claimed = facts.ends("lab-349")
    return Answer(
        f"{money(low)} and {money(high)} by {worlds.target}: {'; '.join(words)}; {money(low)} "
        f"{worlds.first_year('training_cost', low)}",
        ordered,
        f"dearest well-estimated runs: {told}; claims about a run of 2026 exclude each other "
        f"({money(BILLION * claimed[0])} "
        f"to {money(BILLION * claimed[1])})",
        "came true" if records["amortized"][1] >= low else "open",
        (*(run.id for run, _ in records.values()), "lab-349"),
    )


def hundred_million(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 27: whether a typical frontier run costs more than $100M, and how many so far have cost less."""
    threshold = said.figure
    typical = worlds.at("frontier_compute") / worlds.at("price_performance")
    above = worlds.chance(
        f"a typical frontier run of {worlds.target} costs more than {money(threshold)}", typical > threshold
    )
    record = worlds.chance(
        f"the record run of {worlds.target} costs more than {money(threshold)}",
        worlds.at("training_cost") > threshold,
    )
    runs = [run for run in facts.observations.training_runs if run.top_ten and run.fit == "yes"]
    prices = facts.observations.price_index
    paid = {
        run.id: cost
        for run in runs
        if run.released > runs[-1].released - timedelta(days=730)
        and (cost := run.real_cost("amortized", prices)) is not None
    }
    below = Figure(
        "frontier runs below it, last two years",
        "share",
        sum(cost < threshold for cost in paid.values()) / len(paid),
    )
    cheap = facts.cost("run-deepseek-v3", "cloud") or 0.0
    return Answer(
        f"record run of {worlds.target} above {money(threshold)}: {record}; a typical frontier run: {above}",
        (record, above, below),
        f"the record stands far above it, yet {percent(below.value)} of {len(paid)} frontier runs "
        "of the last two recorded "
        f"years cost less (amortised), DeepSeek-V3 {money(cheap)} at rental prices",
        "came true" if dearest(facts, "amortized")[1] > threshold else "open",
        (*paid, "run-deepseek-v3"),
    )


def dearest(facts: Facts, basis: str) -> tuple[TrainingRun, float]:
    """The dearest recorded run on a basis or as reported, with its cost [USD of 2023]."""
    found = (
        (run, cost)
        for run in facts.observations.training_runs
        if run.fit == "yes" and (cost := facts.cost(run.id, basis)) is not None
    )
    return max(found, key=lambda pair: pair[1])


HISTORY = {8: llama_cost, 9: palm_cost, 10: palm2_cost, 11: gpt4_cost}
FUTURE = {16: generation_cost, 26: billion_dollar_runs, 27: hundred_million}
