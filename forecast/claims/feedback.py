"""Claims about human feedback: hours, prices, spending and automation."""

from __future__ import annotations

import numpy as np

from forecast.claims.claim import Answer, Figure, Statement, verdict, verdict_of_both, verdict_of_ranges
from forecast.claims.facts import MILLION, Facts
from forecast.claims.worlds import Worlds
from forecast.report.numbers import count, money, percent, quantity, times

GPT3 = "run-gpt-3-175b-davinci"


def instructgpt(facts: Facts, said: Statement) -> Answer:
    """Claim 21: hours times wage of InstructGPT's feedback, and that as a part of what GPT-3 cost."""
    hours, wage = facts.number("label-001"), facts.number("label-010")
    spent = Figure("hours times the essay's rate", "USD", hours * wage)
    share = Figure(
        "part of the essay's cost of GPT-3", "share", spent.value / (MILLION * facts.number("label-004"))
    )
    bases = tuple(
        Figure(f"part of GPT-3's cost, {figure.name}", "share", spent.value / figure.value)
        for figure in facts.costs(GPT3)
    )
    low, high = (spent.value / hours * end / wage for end in facts.ends("label-011"))
    smaller = Figure("GPT-3's parameters over InstructGPT's", "x", facts.number("alg-032"))
    found = [figure.value for figure in bases]
    return Answer(
        f"{count(hours)} h at ${wage:g} is {money(spent.value)}, {share.value:.1%} of the essay's GPT-3; "
        f"{percent(min(found))} to {percent(max(found))} of its recorded costs; "
        f"{times(smaller.value)} fewer parameters",
        (share, spent, *bases, smaller),
        f"the hours are OpenAI's for the whole programme; ${wage:g} is a billed rate, workers in the Philippines got "
        f"${low:g} to ${high:g}",
        verdict_of_both(verdict(said.figure, share.value), verdict(said.further, spent.value)),
        ("label-001", "label-010", "label-004", "label-011", "alg-032", GPT3),
    )


def ranked_answers(facts: Facts, said: Statement) -> Answer:
    """Claim 22: answers that a person ranked for each prompt of InstructGPT."""
    low, high = facts.ends("label-007")
    ranked = Figure(
        "answers ranked", "count", facts.number("label-007"), low=low, high=high, interval="range"
    )
    return Answer(
        f"InstructGPT: {count(low)} to {count(high)}",
        (ranked,),
        "one comparison of two answers is usual since",
        verdict_of_ranges(said.range, (low, high)),
        ("label-007",),
    )


def labeling_vendor(facts: Facts, said: Statement) -> Answer:
    """Claim 23: revenue and margin of Scale AI, beside what its customers spent on people's data."""
    year, later = (MILLION * facts.number(row) for row in ("label-026", "label-027"))
    revenue = Figure("Scale AI's revenue in 2023", "USD/yr", year)
    after = Figure("Scale AI's revenue in 2024", "USD/yr", later)
    low, high = facts.ends("label-032")
    margin = Figure("gross margin", "share", facts.number("label-032"), low=low, high=high, interval="range")
    return Answer(
        f"revenue {money(year)} in 2023 by a weak source, {money(later)} in 2024; margin {margin}",
        (revenue, after, margin),
        "plausible as a rumour of 2023; OpenAI planned "
        f"{money(MILLION * facts.number('label-040'))} for people's data in 2025",
        verdict_of_ranges(said.range, (year, later)),
        ("label-026", "label-027", "label-032", "label-040"),
    )


def step_labels(facts: Facts, said: Statement) -> Answer:
    """Claim 24: labels of PRM800K times what a label of people costs."""
    labels, solutions = facts.number("label-046"), facts.number("label-047")
    low, high = (labels * end for end in facts.ends("label-051"))
    cost = Figure(
        "labels at today's price",
        "USD",
        labels * facts.number("label-051"),
        low=low,
        high=high,
        interval="range",
    )
    steps = Figure("labels a solution", "ratio", labels / solutions)
    implied = Figure(
        "price of a label that the essay implies",
        "USD",
        said.range[0] / labels,
        said.range[0] / labels,
        said.range[1] / labels,
        "range",
    )
    return Answer(
        f"{count(labels)} labels, {steps.value:.1f} a solution, at $1 to $10 a label: {cost}; several million means "
        f"{quantity(said.range[0] / labels, 'USD')} to {quantity(said.range[1] / labels, 'USD')} a label",
        (cost, steps, implied),
        "the counts are published, the cost never was",
        "likely" if low <= said.range[1] and said.range[0] <= high else "false",
        ("label-046", "label-047", "label-051"),
    )


def superalignment(facts: Facts, said: Statement) -> Answer:
    """Claim 25: the pledge of compute to Superalignment and what became of it."""
    pledge = Figure("compute pledged", "share", facts.number("label-060"))
    return Answer(
        f"{percent(pledge.value)} of the compute secured until July 2023 was pledged, over four years",
        (pledge,),
        facts.row("label-066").notes,
        "failed",
        ("label-060", "label-066"),
    )


def _expert_share(worlds: Worlds, year: int) -> Figure:
    return worlds.median(
        f"experts' part of what people's labels cost, {year}", worlds.at("expert_share", year), "share"
    )


def feedback_scales(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 33: growth of a top lab's labeling, and the part of it that experts take."""
    first, last = _expert_share(worlds, worlds.years[0]), _expert_share(worlds, worlds.target)
    yearly = worlds.median(
        f"labeling of a top lab a year, to {worlds.target}", worlds.growth("labeling_spend"), "x"
    )
    share = worlds.median(
        f"labeling in the record run's cost, {worlds.target}", worlds.at("labeling_share"), "share"
    )
    return Answer(
        f"spending {yearly} a year to {worlds.target}; experts take {percent(first.value)} of what "
        "people's labels cost in "
        f"{worlds.years[0]}, {percent(last.value)} in {worlds.target}; labels are {share} of the record run's cost",
        (last, first, yearly, share),
        "spending of a top lab rose about "
        f"{facts.number('label-038') / facts.number('label-039'):.0f} times in two years, "
        f"yet stayed near {percent(facts.number('label-062'))} of research compute; checkable tasks "
        "replaced part of it",
        "partly",
        ("label-038", "label-039", "label-062"),
    )


def labeling_rises(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 34: probability that labeling takes more dollars, and a larger part of the record run's cost."""
    first = worlds.years[0]
    dollars = worlds.chance(
        f"a top lab spends more on labels in {worlds.target} than in {first}",
        worlds.at("labeling_spend") > worlds.at("labeling_spend", first),
    )
    share = worlds.chance(
        f"labels are a larger part of the record run's cost in {worlds.target} than in {first}",
        worlds.at("labeling_share") > worlds.at("labeling_share", first),
    )
    spend = worlds.median(f"labeling of a top lab, {worlds.target}", worlds.at("labeling_spend"), "USD/yr")
    return Answer(
        f"more dollars in {worlds.target} than in {first}: {dollars}; a larger part of the run: {share}; {spend}",
        (dollars, share, spend),
        f"about {money(MILLION * facts.number('label-038'))} a year at each top lab, against the essay's "
        f"{money(MILLION * facts.number('label-039'))}, though the breakthrough came too: a label "
        "by a model costs less than "
        f"${facts.number('label-052'):g}",
        "came true",
        ("label-038", "label-039", "label-052"),
    )


def automated_feedback(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 35: fall of the price of a label, part that models make, and whether spending rises all the same."""
    first = worlds.years[0]
    tiers = worlds.trajectories.coordinates.tiers
    volume, volume_before = (
        np.stack([worlds.at("label_volume", year, tier) for tier in tiers]) for year in (worlds.target, first)
    )
    price, price_before = (
        np.stack([worlds.at("label_price", year, tier) for tier in tiers]) for year in (worlds.target, first)
    )
    made = np.stack([worlds.at("automated_share", member=tier) for tier in tiers])
    # The labels of the first year at both years' prices: a richer mix of labels is no dearer label.
    change = (volume_before * price).sum(axis=0) / (volume_before * price_before).sum(axis=0)
    cheaper = worlds.median(f"price of the same labels in {worlds.target} over {first}", change, "x")
    share = worlds.median(
        f"labels that models make, {worlds.target}", (volume * made).sum(axis=0) / volume.sum(axis=0), "share"
    )
    rebound = worlds.chance(
        "the same labels get cheaper and yet spending rises",
        (change < 1.0) & (worlds.at("labeling_spend") > worlds.at("labeling_spend", first)),
    )
    fall = facts.number("label-051") / facts.number("label-052")
    return Answer(
        f"by {worlds.target} the same labels cost {cheaper} their price of {first}, models make {share} of labels; "
        f"cheaper labels and yet more spending: {rebound}",
        (cheaper, share, rebound),
        f"a model's preference costs {times(fall)} less than a person's; total spending rose, into tasks of "
        f"${facts.number('label-042'):g} each",
        "partly",
        ("label-051", "label-052", "label-042"),
    )


def coming_methods(facts: Facts, said: Statement) -> Answer:
    """Claim 36: which of the methods came into use, as far as prices show it."""
    fall = Figure(
        "price of a person's preference over a model's",
        "x",
        facts.number("label-051") / facts.number("label-052"),
    )
    return Answer(
        f"feedback by models came into use at {times(fall.value)} below people's price; adoption "
        "itself is not counted anywhere",
        (fall,),
        "distillation and feedback by models are common; Llama 3 had "
        f"{percent(facts.number('label-059'))} answers written by "
        f"people; supervision of steps ({facts.row('label-046').date:%Y}) gave way to rewards for "
        "checkable results",
        "partly",
        ("label-046", "label-051", "label-052", "label-059"),
    )


HISTORY = {
    21: instructgpt,
    22: ranked_answers,
    23: labeling_vendor,
    24: step_labels,
    25: superalignment,
    36: coming_methods,
}
FUTURE = {33: feedback_scales, 34: labeling_rises, 35: automated_feedback}
