"""Claims about who can pay, and about open and closed models."""

from __future__ import annotations

from collections import Counter

import numpy as np

from forecast.claims.claim import Answer, Figure, Statement
from forecast.claims.facts import BILLION, ESSAY_DATE, Facts
from forecast.claims.worlds import Worlds
from forecast.report.numbers import count, money, percent

NAMED = ("google", "meta", "microsoft", "openai")
"""The labs that the essay names."""

NEAR = 1.0 / 3.0
"""A run of a third of the record's compute still competes: what the scenarios call a contender."""


def private_models_lead(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 37: how far the best open model is behind, in months and in compute."""
    lag = worlds.median("months that open models lag", 12.0 * worlds.at("open_weights_lag"), "months")
    behind = worlds.median(
        f"compute of the largest open model as a part of the record's, {worlds.target}",
        worlds.at("open_weights_compute") / worlds.at("training_compute"),
        "share",
    )
    gap = worlds.median(
        f"index points by which open models trail, {worlds.target}", worlds.at("open_weights_gap"), "point"
    )
    return Answer(
        f"open models lag {lag.value:.0f} months ({lag.low:.0f} to {lag.high:.0f}) in capability, {gap.value:.0f} "
        f"index points in {worlds.target} ({gap.low:.0f} to {gap.high:.0f}); the largest then has {behind} "
        "of the record's compute",
        (lag, gap, behind),
        f"private ahead, but by {facts.number('alg-098'):g} months in 2025 and {facts.number('alg-099'):g} in 2026",
        "came true",
        ("alg-098", "alg-099"),
    )


def dear_models_stay_closed(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 38: probability that a run as dear as the record is given away, and the dearest that was."""
    first = worlds.years[0]
    chances = {
        year: Figure(
            f"a run as dear as the record of {year} is given away",
            "probability",
            float((values := worlds.at("open_release_probability", year)).mean()),
            error=float(values.std() / np.sqrt(len(values))),
        )
        for year in (worlds.target, first)
    }
    given = [
        (run, cost)
        for run in facts.observations.training_runs
        if run.open_weights and run.fit == "yes" and (cost := facts.cost(run.id, "cloud"))
    ]
    run, cost = max(given, key=lambda pair: pair[1])
    later = [
        (other.compute.value, other)
        for other in facts.observations.training_runs
        if other.open_weights and other.compute and other.fit == "yes" and other.released.year >= 2025
    ]
    compute, newest = max(later, key=lambda pair: pair[0])
    ratio = compute / facts.compute(run.id)
    return Answer(
        f"given away: {chances[first]} at the cost of {first}'s record, {chances[worlds.target]} at {worlds.target}'s",
        tuple(chances.values()),
        f"dearest model given away: {run.model}, {money(cost)} at cloud prices; the largest since "
        f"2025, {newest.model}, had "
        f"{percent(ratio)} of its compute",
        "partly",
        (run.id, newest.id),
    )


def open_models_niches(facts: Facts, said: Statement) -> Answer:
    """Claim 39: how much of what is used is open, in firms and where developers choose by price."""
    low, high = facts.ends("alg-116")
    firms = Figure(
        "part of firms' workloads on open models, 2025",
        "share",
        facts.number("alg-116"),
        low=low,
        high=high,
        interval="range",
    )
    router = Figure("part of a router's tokens on open models, 2025", "share", facts.number("alg-117"))
    play = Figure("part of those tokens that is role play", "share", facts.number("alg-118"))
    before = facts.number("alg-115")
    return Answer(
        f"open models do {percent(firms.value)} ({percent(low)} to {percent(high)}) of firms' workloads and "
        f"{percent(router.value)} of the tokens of a router where developers choose by price, "
        f"{percent(play.value)} of these for role play",
        (firms, router, play),
        f"used, and {router.value / firms.value:.0f}x as much where price decides; firms, who hold the proprietary "
        f"data, went from {percent(before)} to {percent(firms.value)} in a year; nobody counts use by privacy of data",
        "partly",
        ("alg-115", "alg-116", "alg-117", "alg-118"),
    )


def who_can_pay(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 41: how many labs can pay for the record run or come near it, which ones, and which set most often."""
    first, names = worlds.years[0], {lab.id: lab.name for lab in worlds.scenario.labs.values()}
    labs = worlds.trajectories.coordinates.labs
    low, high = said.range
    payers, near = worlds.at("payers"), worlds.at("contenders")
    few = worlds.chance(
        f"{count(low)} or {count(high)} labs come near the record in {worlds.target}",
        (near >= low) & (near <= high),
    )
    at_most = worlds.chance(
        f"at most {count(high)} labs come near the record in {worlds.target}", near <= high
    )
    number = worlds.median(f"labs that come near the record, {worlds.target}", near, "count")
    full = worlds.median(f"labs that can pay for the record, {worlds.target}", payers, "count")
    can = {lab: worlds.at("affordable", member=lab) > 0.0 for lab in labs}
    paying = tuple(
        worlds.chance(f"{names[lab]} can pay for the record run of {worlds.target}", able)
        for lab, able in can.items()
    )
    coming_near = tuple(
        worlds.chance(
            f"{names[lab]} comes near the record run of {worlds.target}",
            worlds.at("near_record", member=lab) > 0.0,
        )
        for lab in labs
    )
    bound = worlds.chance(f"money sets the record run of {worlds.target}", worlds.at("money_binds") > 0.0)
    sets = Counter(zip(*(np.where(able, lab, "") for lab, able in can.items()), strict=True))
    common, times_seen = sets.most_common(1)[0]
    closest = sorted(zip(coming_near, labs, strict=True), key=lambda pair: -pair[0].value)[:7]
    now = worlds.median(f"labs that come near the record, {first}", worlds.at("contenders", first), "count")
    held = facts.ends("lab-348")
    members = ", ".join(names[lab] for lab in common if lab) or "none"
    return Answer(
        f"near the record (a third of its compute) in {worlds.target}: {number} labs, at most {count(high)}: "
        f"{at_most}; {', '.join(f'{names[lab]} {percent(figure.value)}' for figure, lab in closest)}; the record "
        f"itself: {full}, since money sets it on {percent(bound.value)} of paths and then takes all that its payer "
        f"would spend; the set seen most often is {members} ({percent(times_seen / len(payers))} of paths)",
        (few, at_most, number, full, now, bound, *coming_near, *paying),
        f"about {count(facts.number('lab-348'))} labs ({count(held[0])} to {count(held[1])}) could "
        "pay in 2026: the four named, "
        "and Anthropic, xAI and Amazon",
        "failed",
        ("lab-348",),
    )


def billion_raised(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 42: what a total of $1B raised buys of the record run, and what became of those who raised that much."""
    part = worlds.median(
        f"what $1B raised buys of the record's compute, {worlds.target}",
        worlds.at("raised_record_share"),
        "share",
    )
    enough = worlds.chance(
        f"$1B raised buys a third of the record's compute in {worlds.target}",
        worlds.at("raised_record_share") >= NEAR,
    )
    start = worlds.chance(
        f"$1B raised buys a third of the record's compute in {worlds.years[0]}",
        worlds.at("raised_record_share", worlds.years[0]) >= NEAR,
    )
    raised = {
        name: money(BILLION * facts.number(row))
        for name, row in (("Inflection", "lab-289"), ("Adept", "lab-293"), ("Character", "lab-295"))
    }
    told = ", ".join(f"{name} ({amount})" for name, amount in raised.items())
    return Answer(
        f"$1B raised buys {part} of the record's compute in {worlds.target}; a third of it or more: "
        f"{enough} ({worlds.years[0]}: "
        f"{start})",
        (enough, part, start),
        f"{told} were taken over in 2024; DeepSeek did without until it raised "
        f"{money(BILLION * facts.number('lab-309'))} in "
        "2026",
        "came true",
        ("lab-289", "lab-291", "lab-292", "lab-293", "lab-294", "lab-295", "lab-309"),
    )


def small_models(facts: Facts, worlds: Worlds, said: Statement) -> Answer:
    """Claim 43: what a model of yesterday's frontier costs its maker, and what part of recorded runs is small."""
    # Gains of algorithms that hold at any scale, a hundredfold at most in the years of the row.
    first, last = (int(year) for year in facts.row("alg-024").period.split("-"))
    yearly = facts.number("alg-024") ** (1.0 / (last - first))
    since = worlds.target + 0.5 - worlds.at("reference_date")
    needed = worlds.at("reference_compute") * yearly**-since
    cost = worlds.median(
        f"training compute of a model as able as GPT-4, {worlds.target}",
        needed / worlds.at("price_performance"),
        "USD",
    )
    part = worlds.median(
        f"that cost as a part of the record run's, {worlds.target}",
        needed / worlds.at("price_performance") / worlds.at("training_cost"),
        "share",
    )
    small, runs = facts.far_below_the_record(0.1, since=ESSAY_DATE)
    return Answer(
        f"a model as able as GPT-4 costs {cost} of compute in {worlds.target} (with only the gains of algorithms that "
        f"hold at any scale, {yearly:.1f}x a year), {part} of the record run; the model holds no products",
        (cost, part),
        f"{small} of {runs} large runs recorded since the essay took less than a tenth of the compute of the record of "
        "their day; who uses small models for one task is counted nowhere",
        "likely",
        ("alg-024",),
    )


HISTORY = {39: open_models_niches}
FUTURE = {
    37: private_models_lead,
    38: dear_models_stay_closed,
    41: who_can_pay,
    42: billion_raised,
    43: small_models,
}
