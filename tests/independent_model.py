"""The baseline once more, in plain NumPy, written from docs/model.md alone.

It reads its priors off that page and shares no line with the package: no formula, no random stream, no distribution.
Releases are drawn one by one instead of by their largest, and the loss law is solved by bisection, so that a slip in
either program shows as a difference between the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Z95 = 1.6448536269514722
GPU_TAIL = 5.0


@dataclass
class Page:
    """What the second half of the page states: priors, events, correlations and the value of dollars."""

    as_of: tuple[int, int, int]
    years: tuple[int, int]
    scalars: dict[str, str] = field(default_factory=dict)
    members: dict[str, dict[str, str]] = field(default_factory=dict)
    events: list[list[str]] = field(default_factory=list)
    correlations: list[tuple[str, str, float]] = field(default_factory=list)
    dollars: dict[int, float] = field(default_factory=dict)


def read(text: str) -> Page:  # noqa: C901 - one loop over the page's lines
    """The page's tables."""
    text = text[text.index("## Assumptions of") :]
    found = re.search(r"As of (\d+)-(\d+)-(\d+), for the years (\d+) to\s+(\d+)", text)
    assert found is not None
    year, month, day, first, last = (int(group) for group in found.groups())
    page = Page((year, month, day), (first, last))
    heading, driver = "", ""
    for line in text.splitlines():
        if line.startswith("### "):
            heading = line[4:]
        elif match := re.match(r"`(\w+)` \[", line):
            driver = match[1]
            page.members[driver] = {}
        elif line.startswith("| ") and not line.startswith(("| ---", "| driver", "| event", "| a dollar")):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            name = cells[0].strip("`")
            if heading == "One number a path":
                page.scalars[name] = cells[2]
            elif heading.startswith("One number a path for each"):
                if cells[1] != "prior":
                    page.members[driver].update({member.strip(): cells[1] for member in cells[0].split(",")})
            elif heading == "Events":
                page.events.append(cells)
            elif heading == "Correlations":
                page.correlations.append((name, cells[1].strip("`"), float(cells[2])))
            elif heading == "Dollars":
                page.dollars[int(name)] = float(cells[1])
    return page


def number(word: str) -> float:
    """A number of the page; a yearly factor as a continuous rate."""
    word = word.strip()
    return float(np.log(float(word[:-4]))) if word.endswith("x/yr") else float(word)


def draw(prior: str, page: Page, size: int, chance: np.random.Generator, z: Values | None = None) -> Values:
    """Draws from a prior in the page's words, from given normal numbers where they are correlated with others."""
    factor = 1.0
    if match := re.search(r", dollars of (\d+)$", prior):
        factor, prior = page.dollars[int(match[1])], prior[: match.start()]
    low, high = -np.inf, np.inf
    if ", cut to " in prior:
        prior, limits = prior.split(", cut to ")
        for limit in limits.split(" and "):
            if limit.startswith("at least "):
                low = number(limit.removeprefix("at least "))
            else:
                high = number(limit.removeprefix("at most "))
    match = re.match(r"(?:median (\S+), )?90% between (\S+) and (\S+) \((?:split )?(.+)\)$", prior)
    if match is None:
        return np.full(size, number(prior) * factor)
    family = match[4]
    there = {"lognormal": np.log, "logit-normal": lambda x: np.log(x / (1.0 - x))}.get(family, lambda x: x)
    back = {"lognormal": np.exp, "logit-normal": lambda x: 1.0 / (1.0 + np.exp(-x))}.get(family, lambda x: x)
    bottom, top = there(number(match[2])), there(number(match[3]))
    middle = there(number(match[1])) if match[1] else 0.5 * (bottom + top)
    values = np.empty(size)
    missing = np.ones(size, dtype=bool)
    while missing.any():
        count = int(missing.sum())
        normal = z if z is not None else chance.standard_normal(count)
        spread = np.where(normal > 0.0, top - middle, middle - bottom) / Z95
        values[missing] = back(middle + spread * normal)
        missing = (values < low) | (values > high)
        assert z is None or not missing.any()
    return values * factor


def simulate(  # noqa: C901 - one program from top to bottom, like the page
    text: str, fitted: Mapping[str, Values], size: int, seed: int
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Every variable on ``size`` paths, shape ``(year, draw)`` or ``(lab, year, draw)``, and the names of the labs."""
    page, chance = read(text), np.random.default_rng(seed)
    years = np.arange(page.years[0], page.years[1] + 1)
    count = len(years)
    leap = page.as_of[0] % 4 == 0
    days = sum([31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][: page.as_of[1] - 1])
    now = page.as_of[0] + (days + page.as_of[2]) / (366 if leap else 365)
    elapsed = (years + 0.5 - now)[:, None]
    step = np.diff(np.maximum(elapsed[:, 0], 0.0), prepend=0.0)[:, None]

    # Inputs.
    order = np.resize(np.arange(len(next(iter(fitted.values())))), size)
    chance.shuffle(order)
    d: dict[str, Any] = {name: draws[order] for name, draws in fitted.items()}
    together = sorted({name for one, other, _ in page.correlations for name in (one, other)})
    matrix = np.eye(len(together))
    for one, other, rho in page.correlations:
        i, j = together.index(one), together.index(other)
        matrix[i, j] = matrix[j, i] = rho
    joint = np.linalg.cholesky(matrix) @ chance.standard_normal((len(together), size))
    normals = dict(zip(together, joint, strict=True))
    for name, prior in page.scalars.items():
        d[name] = draw(prior, page, size, chance, normals.get(name))
    groups: dict[str, tuple[str, ...]] = {}
    for name, priors in page.members.items():
        groups[name] = tuple(sorted(priors))
        d[name] = np.stack([draw(priors[member], page, size, chance) for member in groups[name]])[:, None, :]
    labs, sources, tiers = groups["funds_now"], groups["stock_now"], groups["labels_now"]
    events: dict[str, Values] = {}
    for cells in page.events:
        happens = chance.random(size) < float(cells[1])
        first, last = (int(word) for word in cells[2].split(" to "))
        start = chance.integers(first, last + 1, size)
        lasts = np.inf if cells[3] == "to the end" else float(cells[3].split()[0])
        strength = draw(cells[5], page, size, chance)
        year = years[:, None]
        on = happens & (year >= start) & (year < start + lasts)
        target = cells[4].strip("`")
        events[target] = events.get(target, np.ones((count, size))) * np.where(on, strength, 1.0)

    def after(name: str, value: Values) -> Values:
        return value * events.get(name, 1.0)

    def shock(*members: int) -> Values:
        return chance.standard_normal((*members, count, size))

    def wander(volatility: Values, shocks: Values) -> Values:
        return np.cumsum(volatility * np.sqrt(step) * shocks, axis=-2)

    def fading(present: Values, later: Values, fade: Values) -> Values:
        return later * elapsed + (present - later) * fade * (1.0 - np.exp(-elapsed / fade))

    v: dict[str, Any] = {}

    # Compute that the trend plans; releases one by one.
    slope = wander(d["frontier_compute_growth_volatility"], shock())
    before = np.concatenate([np.zeros((1, size)), slope[:-1]])
    trend = fading(
        d["frontier_compute_growth"], d["frontier_compute_growth_floor"], d["frontier_compute_growth_fade"]
    )
    trend = trend + np.cumsum(0.5 * (slope + before) * step, axis=0)
    level = d["frontier_compute_now"] * np.exp(trend + wander(d["frontier_compute_volatility"], shock()))
    best = np.zeros((count, size))
    for offset in (-0.25, 0.25):
        number_of = chance.poisson(0.5 * d["frontier_releases"], (count, size))
        for release in range(number_of.max()):
            scatter = d["frontier_compute_dispersion"] * chance.standard_t(
                d["frontier_compute_tail"], (count, size)
            )
            size_of = np.exp(d["frontier_compute_growth"] * offset + scatter)
            best = np.maximum(best, np.where(release < number_of, size_of, 0.0))
    v["largest_release"] = after("largest_release", level * best)
    record = d["record_compute_known"]
    planned = np.maximum.accumulate(np.maximum(v["largest_release"], record), axis=0)
    v["planned_compute"] = planned

    # Hardware.
    performance = d["price_performance_now"] * np.exp(
        d["price_performance_growth"] * elapsed + wander(d["price_performance_volatility"], shock())
    )
    performance = after("price_performance", performance)
    luck = np.exp(d["price_performance_dispersion"] * chance.standard_t(GPU_TAIL, size))
    bought = performance * luck
    length = np.minimum(d["run_length_now"] * np.exp(d["run_length_growth"] * elapsed), d["run_length_limit"])
    efficiency = d["energy_efficiency_now"] * np.exp(d["energy_efficiency_growth"] * elapsed)
    power = d["site_power_now"] * np.exp(
        fading(d["site_power_growth_now"], d["site_power_growth_later"], d["site_power_growth_fade"])
    )
    world = d["world_compute_now"] * np.exp(
        fading(d["world_compute_growth_now"], d["world_compute_growth_later"], d["world_compute_growth_fade"])
    )
    by_power = power * length * efficiency
    by_chips = world * d["record_share_of_world"] * d["utilisation"] * length
    feasible = np.minimum(by_power, by_chips)
    v["feasible_compute"] = feasible

    # Algorithms.
    algorithms = np.exp(
        d["algorithmic_growth"] * (years[:, None] + 0.5 - elapsed - d["reference_date"])
        + fading(d["algorithmic_growth"], d["algorithmic_growth_later"], d["algorithmic_growth_fade"])
    )
    algorithms = after("algorithmic_efficiency", algorithms)
    v["algorithmic_efficiency"] = algorithms

    # Labs.
    market = after("market_index", np.exp(wander(d["market_volatility"], shock())))
    own = fading(d["spending_growth_now"], d["spending_growth_later"], d["spending_growth_fade"])
    spending = (
        np.exp(own + wander(d["spending_volatility"], shock(len(labs)))) * market ** d["market_exposure"]
    )
    there = chance.random((len(labs), 1, size)) < 1.0 - (1.0 - d["established"]) * np.exp(
        -d["entry_rate"] * np.maximum(elapsed, 0.0)
    )
    age = np.cumsum(there * step, axis=1)
    active = there & (np.exp(-d["absorption_rate"] * age) > chance.random((len(labs), 1, size)))
    own_money = (
        d["research_spending_now"] + d["capital_spending_now"] * d["research_share_of_capital"]
    ) * spending
    given = (d["capital_spending_now"] * d["backing_share_of_capital"] * spending).sum(axis=0)
    weight = d["backing_weight"] * active
    total = weight.sum(axis=0)
    received = np.where(total > 0.0, given * weight / np.where(total > 0.0, total, 1.0), 0.0)
    budget = (own_money + received) * active
    cash = d["funds_now"] * d["funds_share_of_run"] * spending * active
    eager = chance.random((len(labs), 1, size)) < d["frontier_probability"]
    expected = np.minimum(budget * d["final_run_share"] * d["final_run_boldness"], cash)
    payable = (expected / d["compute_markup"] * eager).max(axis=0) * bought
    ahead, known, capability = np.zeros((count, size)), record, np.empty((count, size))
    for t in range(count):
        known = np.maximum(
            known, np.minimum(np.minimum(planned[t], feasible[t]), payable[t] * np.exp(ahead[t]))
        )
        capability[t] = np.log(known * algorithms[t])
        surprise = capability[t] - capability[0] - d["expected_capability_growth"] * (elapsed[t] - elapsed[0])
        if t + 1 < count:
            learned = 1.0 - np.exp(-(elapsed[t + 1] - elapsed[t]) / d["revenue_lag"])
            ahead[t + 1] = ahead[t] + learned * (d["revenue_elasticity"] * surprise - ahead[t])
    v["revenue_index"] = np.exp(ahead)
    v["compute_budget"] = budget * v["revenue_index"]
    v["run_budget"] = expected * v["revenue_index"]
    payer = (v["run_budget"] / d["compute_markup"] * eager).max(axis=0) * bought
    funded = np.maximum(np.minimum(np.minimum(planned, feasible), payer), record)

    # Data.
    tokens = np.sqrt(
        funded * d["pretraining_share"] * d["tokens_per_parameter"] / d["flop_per_parameter_token"]
    )
    parameters = tokens / d["tokens_per_parameter"]
    is_open = chance.random((len(sources), 1, size)) < d["access_probability"]
    stock = d["stock_now"] * np.exp(d["stock_growth"] * elapsed) * is_open
    usable = stock * d["usable_share"]
    human = 1.0 - d["synthetic_share"]
    unique = np.maximum(usable.sum(axis=0), d["tokens_in_hand"])
    scale = d["repetition_scale"]
    worth = 1.0 + scale * (1.0 - np.exp(-d["repetition_limit"] / scale))
    stocks = {
        "raw_stock": np.maximum((stock * human).sum(axis=0), d["tokens_in_hand"]),
        "quality_stock": np.maximum((usable * human).sum(axis=0), d["tokens_in_hand"]),
    }
    stocks["repeated_stock"] = stocks["quality_stock"] * worth
    stocks["synthesized_stock"] = unique * worth
    for name, each in stocks.items():
        v[name], v[f"{name}_use"] = each, tokens / each
    v["tokens_wanted"], v["unique_tokens"], v["data_use"] = tokens, unique, tokens / unique
    repeats = np.maximum(tokens / unique - 1.0, 0.0)
    fresh = np.where(repeats > 0.0, unique * (1.0 + scale * (1.0 - np.exp(-repeats / scale))), tokens)
    alpha, beta = d["loss_parameter_exponent"], d["loss_token_exponent"]
    from_parameters = (d["loss_parameter_scale"] / parameters) ** alpha
    from_tokens = (d["loss_token_scale"] / tokens) ** beta
    target = from_parameters + (d["loss_token_scale"] / fresh) ** beta
    low, high = np.full((count, size), -60.0), np.zeros((count, size))
    for _ in range(60):
        middle = 0.5 * (low + high)
        lossy = from_parameters * np.exp(-alpha * middle) + from_tokens * np.exp(-beta * middle) > target
        low, high = np.where(lossy, middle, low), np.where(lossy, high, middle)
    v["data_factor"] = np.exp(2.0 * high)
    part = np.minimum(tokens / unique, 1.0)
    price = after("licence_price", d["price_per_token"] * np.exp(d["price_per_token_growth"] * elapsed))
    licences = (usable * price).sum(axis=0) * part
    written = (usable * d["synthetic_share"]).sum(axis=0) * part * d["synthesis_compute"] / performance
    v["data_cost"] = licences + written

    # Labeling.
    need = d["labels_now"] * np.exp(
        fading(d["label_growth_now"], d["label_growth_later"], d["label_growth_fade"])
    )
    gain = np.log10(funded * algorithms * v["data_factor"])
    gain = gain - gain[0]
    odds = d["automation_now"] * np.exp(d["automation_speed"] * elapsed)
    automated = odds / (1.0 - d["automation_now"] + odds)
    wage = d["wage_now"] * np.exp(d["wage_growth"] * elapsed)
    house = d["insourced_share"] * np.exp(d["insourcing_growth"] * elapsed)
    house = house / (1.0 - d["insourced_share"] + house)
    markup = house + (1.0 - house) / (1.0 - d["vendor_margin"])
    markup_now = d["insourced_share"] + (1.0 - d["insourced_share"]) / (1.0 - d["vendor_margin"])
    price_by_people = after("human_label_price", d["hours_per_label"] * wage * markup)
    price = (1.0 - automated) * price_by_people + automated * d["automated_label_price"]
    price_now = (1.0 - d["automation_now"]) * d["hours_per_label"] * d["wage_now"] * markup_now
    price_now = price_now + d["automation_now"] * d["automated_label_price"]
    rebound = np.maximum(price / price_now, 1e-6) ** -d["label_price_elasticity"]
    volume = need * rebound * np.exp(d["label_capability_response"] * gain)
    by_people = volume * (1.0 - automated) * price_by_people
    assert len(tiers) == len(by_people)
    v["labeling_spend"] = (by_people + volume * automated * d["automated_label_price"]).sum(axis=0)
    v["expert_share"] = (by_people * d["expertise"]).sum(axis=0) / by_people.sum(axis=0)
    v["labeling_cost"] = v["labeling_spend"] * d["labeling_share_of_run"]

    # The record run, its cost and who can pay for it.
    overhead = v["data_cost"] + v["labeling_cost"]
    left = np.maximum(v["run_budget"] - overhead, 0.0) * eager / d["compute_markup"]
    affordable = left.max(axis=0) * bought
    allowed = np.minimum(np.minimum(planned, affordable), feasible)
    v["training_compute"] = np.maximum.accumulate(np.maximum(allowed, record), axis=0)
    v["money_binds"] = ((affordable < planned) & (affordable <= feasible)).astype(float)
    v["power_binds"] = ((feasible < planned) & (feasible < affordable) & (by_power <= by_chips)).astype(float)
    v["chips_bind"] = ((feasible < planned) & (feasible < affordable) & (by_power > by_chips)).astype(float)
    too_long = d["run_length_now"] * np.exp(d["run_length_growth"] * elapsed) >= d["run_length_limit"]
    v["length_binds"] = ((v["power_binds"] + v["chips_bind"] > 0.0) & too_long).astype(float)
    v["data_binds"] = (tokens > unique).astype(float)
    v["compute_cost"] = v["training_compute"] / bought
    v["training_cost"] = v["compute_cost"] + overhead
    v["cloud_compute_cost"] = v["compute_cost"] * d["cloud_cost_ratio"]
    v["development_cost"] = (v["training_cost"] + v["compute_cost"] * d["experiments_per_run"]) / (
        1.0 - d["staff_share"]
    )
    cost = v["training_cost"] + v["compute_cost"] * (d["compute_markup"] - 1.0)
    v["affordable"] = (v["run_budget"] >= cost * (1.0 - 1e-9)).astype(float)
    v["payers"] = v["affordable"].sum(axis=0)
    near = v["training_cost"] + v["compute_cost"] * (d["contender_share"] * d["compute_markup"] - 1.0)
    v["contenders"] = (v["run_budget"] >= near * (1.0 - 1e-9)).sum(axis=0).astype(float)
    spare = np.maximum(v["run_budget"] - overhead, 0.0)
    v["run_reach"] = spare / (d["compute_markup"] * v["compute_cost"])
    v["runner_up_reach"] = np.sort(v["run_reach"], axis=0)[-2]
    v["largest_run_budget"] = v["run_budget"].max(axis=0)
    shares = v["compute_budget"] / v["compute_budget"].sum(axis=0)
    v["budget_concentration"] = (shares**2).sum(axis=0)
    v["newcomer_budget"] = (v["training_cost"] + v["compute_cost"] * (d["rental_markup"] - 1.0)) / d[
        "final_run_share"
    ]
    v["raised_record_share"] = (
        d["raised_money"]
        * d["raised_share_of_run"]
        / d["rental_markup"]
        * performance
        / v["training_compute"]
    )
    log_record = np.log(v["training_compute"])
    trend_rate = np.maximum(d["frontier_compute_growth"], 0.0)
    v["open_weights_compute"] = np.empty((count, size))
    for t in range(count):
        then = elapsed[t, 0] - d["open_compute_lag"]
        place = np.clip(np.searchsorted(elapsed[:, 0], then) - 1, 0, count - 2)
        path = np.arange(size)
        lower, upper = log_record[place, path], log_record[place + 1, path]
        part = (then - elapsed[place, 0]) / (elapsed[place + 1, 0] - elapsed[place, 0])
        past = log_record[0] - trend_rate * (elapsed[0, 0] - then)
        v["open_weights_compute"][t] = np.exp(
            np.where(then < elapsed[0, 0], past, lower + part * (upper - lower))
        )
    v["open_release_probability"] = 1.0 / (
        1.0 + (v["training_cost"] / d["openness_cost"]) ** d["openness_steepness"]
    )

    # Capability.
    v["effective_compute"] = v["training_compute"] * algorithms * v["data_factor"]
    v["capability_index"] = d["points_per_decade"] * np.log10(v["effective_compute"] / d["reference_compute"])
    speed = np.diff(v["capability_index"], axis=0) / np.diff(elapsed, axis=0)
    v["open_weights_gap"] = d["open_weights_lag"] * np.maximum(np.concatenate([speed, speed[-1:]]), 0.0)
    return v, labs
