"""Claims about training data: what models learn from, and how long it lasts."""

from __future__ import annotations

import numpy as np

from forecast.claims.claim import Answer, Figure, Statement, verdict_of_ranges
from forecast.claims.facts import ESSAY_DATE, Facts
from forecast.claims.worlds import Worlds
from forecast.report.numbers import percent, tokens
from forecast.scoring import interval

STOCKS = {
    "raw": "raw_stock_use",
    "cleaned": "quality_stock_use",
    "repeated": "repeated_stock_use",
    "with synthesis": "synthesized_stock_use",
}

PRIVATE = "private"
"""The source of private documents and messages, as the scenarios name it."""


def training_mix(facts: Facts, said: Statement) -> Answer:
    """Claim 20: books and Wikipedia as a part of two published training mixes, and of the text that there is."""
    gpt3 = facts.number("data-104") + facts.number("data-105")
    llama = facts.number("data-106") + facts.number("data-107")
    mix = Figure(
        "books and Wikipedia in the training mix",
        "share",
        max(gpt3, llama),
        low=min(gpt3, llama),
        high=max(gpt3, llama),
        interval="range",
    )
    stock = (facts.number("data-031") + facts.number("data-049")) / facts.number("data-001")
    left = Figure("books and Wikipedia in the indexed web's worth of text", "share", stock)
    return Answer(
        f"{percent(gpt3)} of GPT-3's mix, {percent(llama)} of LLaMA's; all books and Wikipedias are "
        f"worth {percent(stock)} of "
        "the indexed web",
        (mix, left),
        f"web text dominates since GPT-3; books hold {facts.number('data-031'):g}T tokens, Wikipedia "
        f"{facts.number('data-049'):g}T",
        verdict_of_ranges(said.range, (min(gpt3, llama), max(gpt3, llama))),
        ("data-104", "data-105", "data-106", "data-107", "data-031", "data-049", "data-001"),
    )


def years_of_data(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 30: probability that the record run uses a stock up within the essay's three years, by stock."""
    end = min(max(ESSAY_DATE.year + int(said.figure), worlds.years[0]), worlds.years[-1])
    chances = {
        name: worlds.chance(f"stock {name} used up by {end}", worlds.until(use, end) >= 1.0)
        for name, use in STOCKS.items()
    }
    left = worlds.median(
        f"orders of magnitude of compute left in {worlds.years[0]}",
        worlds.at("data_generations", worlds.years[0]),
        "decade",
    )
    used = facts.number("data-069") / facts.number("data-005")
    low, high = facts.row("data-057").low, facts.row("data-057").high
    return Answer(
        f"used up by {end}: "
        + ", ".join(f"{name} {figure}" for name, figure in chances.items())
        + f"; {worlds.first_year(STOCKS['cleaned'], 1.0)} for cleaned text; {left.value:.1f} generations left in "
        f"{worlds.years[0]} ({left.low:.1f} to {left.high:.1f})",
        (chances["cleaned"], *(figure for name, figure in chances.items() if name != "cleaned"), left),
        f"three years on the largest set holds {percent(used)} of the published effective stock; "
        "full use is expected about "
        f"{facts.number('data-057'):.0f} ({low:.0f} to {high:.0f})",
        "failed",
        ("data-069", "data-005", "data-057"),
    )


def data_run_out(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 31: probability that a stock is used up within the forecast, with and without synthetic text."""
    last = worlds.years[-1]
    chances = {
        name: worlds.chance(f"stock {name} used up by {last}", worlds.until(use, last) >= 1.0)
        for name, use in STOCKS.items()
    }
    return Answer(
        f"by {last}: " + ", ".join(f"{name} {figure}" for name, figure in chances.items()),
        (chances["repeated"], *(figure for name, figure in chances.items() if name != "repeated")),
        f"not yet; labs license text ({facts.number('data-097'):g} million USD a year is tracked) and make their own",
        "open",
        ("data-097",),
    )


def private_data(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 32: probability that labs can train on private data, and how much that would add."""
    first = worlds.years[0]
    # A scenario may have no such source, or close it on every path.
    there = PRIVATE in worlds.trajectories.coordinates.sources
    opened = (
        worlds.at("accessible", first, PRIVATE) > 0.0 if there else np.zeros(worlds.trajectories.draws, bool)
    )
    access = worlds.chance("labs get access to private data", opened)
    ours, figures = f"access {access}; it is open on no path", [access]
    if opened.any():
        private, text = worlds.at("usable_stock", first, PRIVATE), worlds.at("unique_tokens", first)
        share = worlds.median(
            "private part of what can be trained on, where open", (private / text)[opened], "share"
        )
        low, high = interval(private[opened], 90)
        ours = (
            f"access {access}; where it is open, {percent(share.value)} of all there is to train on "
            f"({tokens(low)} to {tokens(high)} tokens)"
        )
        figures.append(share)
    return Answer(
        ours,
        tuple(figures),
        f"licences are for published text (News Corp {facts.number('data-090'):g} million USD a year); books cost "
        f"${facts.number('data-098'):,.0f} each in a settlement; labs' own chat logs are the exception",
        "came true",
        ("data-090", "data-098"),
    )


HISTORY = {20: training_mix}
FUTURE = {30: years_of_data, 31: data_run_out, 32: private_data}
