"""Who can pay: what each lab may spend on one final run, and whether that buys the record run.

A lab's own money and its backers' money are kept apart, so that no dollar stands in two budgets: a backer
gives part of its capital spending to a common pool, which the backed labs share.
"""

from __future__ import annotations

import numpy as np

from forecast.paths import fading_growth, time_held, wander
from forecast.units import (
    Array,
    Count,
    Elapsed,
    Exponent,
    Flag,
    Flop,
    FlopPerUsd,
    PathChance,
    PerLab,
    PositiveRate,
    Probability,
    Rate,
    Ratio,
    Share,
    Shock,
    Usd,
    UsdPerYear,
    Volatility,
    Weight,
    Years,
)

# A run sized to a budget to the last bit must count as affordable whatever the order of the additions.
ROUNDING = 1e-9


def market_index(market_volatility: Volatility, market_shock: Shock, elapsed: Elapsed) -> Ratio:
    """State of the funding market that all labs share (1 now); a funding winter is a fall of it.

    Equation:
        exp(wander(market_volatility, market_shock))

    Leaves out:
        A pull back to a normal level; winters are events.
    """
    return np.exp(wander(market_volatility, market_shock, elapsed))


def spending_growth(
    spending_growth_now: PerLab[Rate],
    spending_growth_later: Rate,
    spending_growth_fade: Years,
    spending_volatility: PerLab[Volatility],
    spending_shock: PerLab[Shock],
    market_index: Ratio,
    market_exposure: PerLab[Exponent],
    elapsed: Elapsed,
) -> PerLab[Ratio]:
    """By how much a lab's spending on AI has grown since now: its own fading growth and luck, and the market's.

    Equation:
        exp(fading_growth(spending_growth_now, spending_growth_later, spending_growth_fade)
            + wander(spending_volatility, spending_shock)) * market_index^market_exposure

    Leaves out:
        Decisions that answer each other.
    """
    # One sum, so that NumPy adds in place: with many labs each array takes long to be written.
    return np.exp(
        fading_growth(spending_growth_now, spending_growth_later, spending_growth_fade, elapsed)
        + wander(spending_volatility, spending_shock, elapsed)
        + market_exposure * np.log(market_index)
    )


def own_compute_budget(
    research_spending_now: PerLab[UsdPerYear],
    capital_spending_now: PerLab[UsdPerYear],
    research_share_of_capital: PerLab[Share],
    spending_growth: PerLab[Ratio],
) -> PerLab[UsdPerYear]:
    """Compute for research and training that a lab pays itself: revenue, equity or capital spending.

    Equation:
        (research_spending_now + capital_spending_now * research_share_of_capital) * spending_growth

    Leaves out:
        Use of the same fleet for research by night and customers by day.
    """
    return (research_spending_now + capital_spending_now * research_share_of_capital) * spending_growth


def backing_given(
    capital_spending_now: PerLab[UsdPerYear],
    backing_share_of_capital: PerLab[Share],
    spending_growth: PerLab[Ratio],
) -> PerLab[UsdPerYear]:
    """Capital spending that a backer turns into compute for the research of labs it does not own.

    Equation:
        capital_spending_now * backing_share_of_capital * spending_growth

    Leaves out:
        What backers get in return.
    """
    return capital_spending_now * backing_share_of_capital * spending_growth


def backing_received(
    backing_given: PerLab[UsdPerYear], backing_weight: PerLab[Weight], active: PerLab[Flag]
) -> PerLab[UsdPerYear]:
    """Backers' money that reaches a lab: all that is given, shared by weight among the active labs.

    Equation:
        w = backing_weight * active
        (sum over labs of backing_given) * w / (sum over labs of w), and 0 where no backed lab is active

    Leaves out:
        Who backs whom: there is one pool.
    """
    weight = backing_weight * active
    total = weight.sum(axis=0)
    return weight * (backing_given.sum(axis=0) / np.where(total > 0.0, total, 1.0))


def entered(
    established: PerLab[Probability],
    entry_rate: PerLab[PositiveRate],
    entry_chance: PerLab[PathChance],
    elapsed: Elapsed,
) -> PerLab[Flag]:
    """Whether the lab has been founded (1 or 0): most are established now, a new one enters at its rate.

    Equation:
        1 if entry_chance < 1 - (1 - established) * exp(-entry_rate * max(elapsed, 0)), else 0

    Leaves out:
        More than one newcomer at a time.
    """
    shape = np.broadcast_shapes(established.shape, entry_rate.shape, entry_chance.shape, elapsed.shape)
    found = np.ones(shape)
    # Most labs are there for certain, and are not asked.
    unsure = np.flatnonzero((established < 1.0).any(axis=(1, 2)))
    established, entry_rate, entry_chance = (each[unsure] for each in (established, entry_rate, entry_chance))
    # The logarithm, which the years share, costs less than a power for each year; that of nothing is very low.
    hurdle = np.log(np.maximum(1.0 - established, 1e-300) / (1.0 - entry_chance))
    found[unsure] = entry_rate * np.maximum(elapsed, 0.0) > hurdle
    return found


def active(
    entered: PerLab[Flag],
    absorption_rate: PerLab[PositiveRate],
    absorption_chance: PerLab[PathChance],
    elapsed: Elapsed,
) -> PerLab[Flag]:
    """Whether the lab has been founded and is not yet absorbed by another (1 or 0).

    Equation:
        age[t] = sum over years s <= t of entered[s] * step[s]
        1 if entered and exp(-absorption_rate * age) > absorption_chance, else 0

    Leaves out:
        That the buyer of a lab gains its people and money.
    """
    # As for `entered`, the years share the logarithm.
    hurdle = -np.log(absorption_chance)
    free = absorption_rate * time_held(np.ones_like(elapsed), elapsed) < hurdle
    # Most labs have been there all the time, which is the same time for each of them.
    late = np.flatnonzero((entered != 1.0).any(axis=(1, 2)))
    free[late] = absorption_rate[late] * time_held(entered[late], elapsed) < hurdle[late]
    found = free.astype(float)
    found[late] *= entered[late]
    return found


def expected_compute_budget(
    own_compute_budget: PerLab[UsdPerYear], backing_received: PerLab[UsdPerYear], active: PerLab[Flag]
) -> PerLab[UsdPerYear]:
    """Compute that a lab could pay in a year, own and backers' money together, if capability grew as expected.

    Equation:
        (own_compute_budget + backing_received) * active

    Leaves out:
        Debt beyond what capital spending holds.
    """
    return (own_compute_budget + backing_received) * active


def expected_cash_limit(
    funds_now: PerLab[Usd],
    funds_share_of_run: PerLab[Share],
    spending_growth: PerLab[Ratio],
    active: PerLab[Flag],
) -> PerLab[Usd]:
    """The most that a lab could put into one run out of its funds if capability grew as expected.

    Equation:
        funds_now * funds_share_of_run * spending_growth * active

    Leaves out:
        That a run of one year leaves less cash for the next.
    """
    return funds_now * funds_share_of_run * spending_growth * active


def expected_affordable_compute(
    expected_compute_budget: PerLab[UsdPerYear],
    expected_cash_limit: PerLab[Usd],
    final_run_share: Years,
    final_run_boldness: PerLab[Ratio],
    compute_markup: PerLab[Ratio],
    frontier_intent: PerLab[Flag],
    record_price_performance: FlopPerUsd,
) -> Flop:
    """The largest run that some lab could and would pay if capability grew as expected, data and labels left out.

    Equation:
        b = min(expected_compute_budget * final_run_share * final_run_boldness, expected_cash_limit)
        (max over labs of b / compute_markup * frontier_intent) * record_price_performance

    Leaves out:
        What data and labels cost.
    """
    budget = expected_compute_budget * (final_run_share * final_run_boldness)
    budget = np.minimum(budget, expected_cash_limit)
    # What is the same in all years is put together first, here and below: it takes a sixth of the numbers.
    return (budget * (frontier_intent / compute_markup)).max(axis=0) * record_price_performance


def revenue_index(
    planned_compute: Flop,
    feasible_compute: Flop,
    expected_affordable_compute: Flop,
    record_compute_known: Flop,
    algorithmic_efficiency: Ratio,
    revenue_elasticity: Exponent,
    expected_capability_growth: Rate,
    revenue_lag: Years,
    elapsed: Elapsed,
) -> Ratio:
    """Revenue, and with it every budget, over what it would be if capability grew as the budgets expect (1 at first).

    Revenue follows capability with a lag: its logarithm moves by 1 - exp(-1 / lag) a year towards elasticity times
    the logarithm by which effective compute is ahead of expectation. More revenue pays for more compute, which is more
    capability, which is more revenue: the loop closes through the years within this formula. It leaves out data
    shortages and what data and labels cost.

    Equation:
        r[first year] = 0;  K = record_compute_known
        for each year t:
            K = max(K, min(planned_compute[t], feasible_compute[t], expected_affordable_compute[t] * exp(r[t])))
            c[t] = ln(K * algorithmic_efficiency[t])
            s = c[t] - c[first year] - expected_capability_growth * (elapsed[t] - elapsed[first year])
            r[t+1] = r[t] + (1 - exp(-(elapsed[t+1] - elapsed[t]) / revenue_lag)) * (revenue_elasticity * s - r[t])
        exp(r[t])

    Leaves out:
        That revenue goes to the lab whose model is ahead: all budgets move together.
    """
    ceiling = np.minimum(planned_compute, feasible_compute)
    record = record_compute_known[..., 0, :]
    ahead: Array = np.zeros(())
    path: list[Array] = []
    capability: list[Array] = []
    for year in range(elapsed.shape[-2]):
        path.append(ahead)
        affordable = expected_affordable_compute[..., year, :] * np.exp(ahead)
        record = np.maximum(record, np.minimum(ceiling[..., year, :], affordable))
        capability.append(np.log(record * algorithmic_efficiency[..., year, :]))
        if year + 1 < elapsed.shape[-2]:
            since = elapsed[..., year, :] - elapsed[..., 0, :]
            surprise = capability[-1] - capability[0] - expected_capability_growth[..., 0, :] * since
            step = elapsed[..., year + 1, :] - elapsed[..., year, :]
            learned = -np.expm1(-step / revenue_lag[..., 0, :])
            ahead = ahead + learned * (revenue_elasticity[..., 0, :] * surprise - ahead)
    return np.exp(np.stack(np.broadcast_arrays(*path), axis=-2))


def compute_budget(expected_compute_budget: PerLab[UsdPerYear], revenue_index: Ratio) -> PerLab[UsdPerYear]:
    """Compute for research and training that a lab can pay in a year, own and backers' money together.

    Equation:
        expected_compute_budget * revenue_index

    Leaves out:
        That a lab short of money may turn the fleet of its customers over to research.
    """
    return expected_compute_budget * revenue_index


def cash_limit(expected_cash_limit: PerLab[Usd], revenue_index: Ratio) -> PerLab[Usd]:
    """The most that a lab can put into one run out of cash, undrawn commitments and a year's operating cash flow.

    Equation:
        expected_cash_limit * revenue_index

    Leaves out:
        Money that would be raised for this run alone.
    """
    return expected_cash_limit * revenue_index


def run_budget(
    compute_budget: PerLab[UsdPerYear],
    final_run_share: Years,
    final_run_boldness: PerLab[Ratio],
    cash_limit: PerLab[Usd],
) -> PerLab[Usd]:
    """The most that a lab would spend on one final run: a share of its yearly compute, within its cash.

    What share a final run takes is mostly common practice, the same for all labs of a path; a lab is bolder or more
    careful than that by a factor of its own.

    Equation:
        min(compute_budget * final_run_share * final_run_boldness, cash_limit)

    Leaves out:
        Bets above common practice by a lab that fears to fall behind.
    """
    return np.minimum(compute_budget * (final_run_share * final_run_boldness), cash_limit)


def run_price(training_cost: Usd, compute_cost: Usd, compute_markup: PerLab[Ratio]) -> PerLab[Usd]:
    """What the record run would cost this lab: owners pay the amortised cost of compute, renters a markup on it.

    Equation:
        training_cost + compute_cost * (compute_markup - 1)

    Leaves out:
        Discounts for the largest buyers.
    """
    return training_cost + compute_cost * (compute_markup - 1.0)


def frontier_intent(
    frontier_probability: PerLab[Probability], frontier_chance: PerLab[PathChance]
) -> PerLab[Flag]:
    """Whether the lab wants to make the record run at all, for the whole path (1 or 0).

    Equation:
        1 if frontier_chance < frontier_probability, else 0

    Leaves out:
        Changes of mind within the horizon.
    """
    return (frontier_chance < frontier_probability).astype(float)


def funded_compute(
    planned_compute: Flop,
    feasible_compute: Flop,
    run_budget: PerLab[Usd],
    compute_markup: PerLab[Ratio],
    frontier_intent: PerLab[Flag],
    record_price_performance: FlopPerUsd,
    record_compute_known: Flop,
) -> Flop:
    """Compute of the record run if its payer's whole budget bought compute: sizes the training set that is wanted.

    Equation:
        m = (max over labs of run_budget / compute_markup * frontier_intent) * record_price_performance
        max(min(planned_compute, feasible_compute, m), record_compute_known)

    Leaves out:
        That data and labels take part of the budget, so that it is a little too large.
    """
    richest = (run_budget * (frontier_intent / compute_markup)).max(axis=0) * record_price_performance
    allowed = np.minimum(np.minimum(planned_compute, feasible_compute), richest)
    return np.maximum(allowed, record_compute_known)


def affordable_compute(
    run_budget: PerLab[Usd],
    compute_markup: PerLab[Ratio],
    frontier_intent: PerLab[Flag],
    overhead_cost: Usd,
    record_price_performance: FlopPerUsd,
) -> Flop:
    """The largest run that some lab both can pay and wants to make, after everything else is paid for.

    Equation:
        m = max over labs of max(run_budget - overhead_cost, 0) * frontier_intent / compute_markup
        m * record_price_performance

    Leaves out:
        Labs that join forces.
    """
    # A lab that has less than nothing left, or no wish, buys nothing.
    left = (run_budget - overhead_cost) * (frontier_intent / compute_markup)
    return np.maximum(left.max(axis=0), 0.0) * record_price_performance


def affordable(run_budget: PerLab[Usd], run_price: PerLab[Usd]) -> PerLab[Flag]:
    """Whether the lab can pay for the record run of the year (1 or 0).

    Equation:
        1 if run_budget >= run_price * (1 - 1e-9), else 0

    Leaves out:
        Will: a lab that could pay counts whether it wants to or not.
    """
    return (run_budget >= run_price * (1.0 - ROUNDING)).astype(float)


def payers(affordable: PerLab[Flag]) -> Count:
    """How many labs can pay for the record run.

    Where money binds, the record is by construction as large as the richest willing lab can just pay for, so that this
    is one unless others are richer and unwilling. Who keeps up with the frontier is told by `near_record`, `contenders`
    and `run_reach` instead.

    Equation:
        sum over labs of affordable

    Leaves out:
        Will: a lab counts that could pay and would not.
    """
    return affordable.sum(axis=0)


def run_reach(
    run_budget: PerLab[Usd], compute_markup: PerLab[Ratio], training_cost: Usd, compute_cost: Usd
) -> PerLab[Ratio]:
    """The largest run that the lab can pay for, as a part of the record run's compute, with all of the record's data.

    One or more where the lab can pay for the record. Where money decides, the record is as large as the richest
    willing lab can pay and hardly anybody else can: then this says how far behind the others are.

    Equation:
        max(run_budget - (training_cost - compute_cost), 0) / (compute_markup * compute_cost)

    Leaves out:
        That a smaller run needs less data.
    """
    reach = (run_budget - (training_cost - compute_cost)) / (compute_markup * compute_cost)
    return np.maximum(reach, 0.0)


def near_record(run_reach: PerLab[Ratio], contender_share: Share) -> PerLab[Flag]:
    """Whether the lab can pay for a run that comes near the record: a stated share of its compute (1 or 0).

    Equation:
        1 if run_reach >= contender_share * (1 - 1e-9), else 0

    Leaves out:
        Will, as for `affordable`.
    """
    return (run_reach >= contender_share * (1.0 - ROUNDING)).astype(float)


def contenders(near_record: PerLab[Flag]) -> Count:
    """How many labs can pay for a run that comes near the record.

    Equation:
        sum over labs of near_record

    Leaves out:
        Will, as for `affordable`.
    """
    return near_record.sum(axis=0)


def runner_up_reach(run_reach: PerLab[Ratio]) -> Ratio:
    """The largest run that the second-richest lab can pay for, as a part of the record run's compute.

    Equation:
        the second largest of run_reach over labs, and 0 where there is one lab

    Leaves out:
        Whether that lab wants to.
    """
    largest, second = run_reach[0], np.zeros_like(run_reach[0])
    for reach in run_reach[1:]:
        second = np.maximum(second, np.minimum(largest, reach))
        largest = np.maximum(largest, reach)
    return second


def largest_run_budget(run_budget: PerLab[Usd]) -> Usd:
    """What the richest lab would spend on one final run.

    Equation:
        max over labs of run_budget

    Leaves out:
        Whether that lab wants to make the run.
    """
    return run_budget.max(axis=0)


def budget_concentration(compute_budget: PerLab[UsdPerYear]) -> Share:
    """Herfindahl index of the labs' compute budgets: 1 when one lab has all the money, 1/n when n share it evenly.

    Equation:
        s = compute_budget / (sum over labs of compute_budget)
        sum over labs of s^2

    Leaves out:
        Labs outside the list.
    """
    total = compute_budget.sum(axis=0)
    return (compute_budget * compute_budget).sum(axis=0) / np.where(total > 0.0, total, 1.0) ** 2


def newcomer_price(training_cost: Usd, compute_cost: Usd, rental_markup: Ratio) -> Usd:
    """What the record run costs somebody who owns no hardware and rents it under a long contract.

    Equation:
        training_cost + compute_cost * (rental_markup - 1)

    Leaves out:
        What it costs to become able: staff, experiments and earlier models.
    """
    return training_cost + compute_cost * (rental_markup - 1.0)


def newcomer_budget(newcomer_price: Usd, final_run_share: Years) -> UsdPerYear:
    """Compute budget a year that a newcomer needs to make the record run as the labs of the frontier do.

    Equation:
        newcomer_price / final_run_share

    Leaves out:
        That a newcomer may put a larger share into its first run.
    """
    return newcomer_price / final_run_share


def raised_compute(
    raised_money: Usd, raised_share_of_run: Share, rental_markup: Ratio, price_performance: FlopPerUsd
) -> Flop:
    """The largest run that a lab can train which has raised a stated sum in all, with rented hardware.

    Equation:
        raised_money * raised_share_of_run / rental_markup * price_performance

    Leaves out:
        Data and labels.
    """
    return raised_money * raised_share_of_run / rental_markup * price_performance


def raised_record_share(raised_compute: Flop, training_compute: Flop) -> Ratio:
    """What the stated sum buys as a part of the record run's compute.

    Equation:
        raised_compute / training_compute

    Leaves out:
        Nothing: it is a definition.
    """
    return raised_compute / training_compute


def open_release_probability(
    training_cost: Usd, openness_cost: Usd, openness_steepness: Exponent
) -> Probability:
    """Probability that a run as costly as the record is released with open weights.

    Logistic in log cost: one half at `openness_cost`, with odds that fall by 10^-steepness for ten times the cost.

    Equation:
        1 / (1 + (training_cost / openness_cost)^openness_steepness)

    Leaves out:
        Who made the run: policy of a firm or a state may outweigh cost.
    """
    return 1.0 / (1.0 + (training_cost / openness_cost) ** openness_steepness)


def open_weights_compute(
    training_compute: Flop, frontier_compute_growth: Rate, open_compute_lag: Years, elapsed: Elapsed
) -> Flop:
    """Compute of the largest run whose weights are open: that of the record run of some time ago.

    Models with open weights come near the best in capability with far less compute, since who makes them learns from
    the best and trains on what it writes; so the lag in compute is longer than the one in capability. Before the first
    year of the forecast the record is taken to have grown like the trend.

    Equation:
        s = elapsed[t] - open_compute_lag
        k(s) = ln(training_compute), on a straight line between the years of the forecast;
        before the first year
        k(s) = k(elapsed[first year]) - max(frontier_compute_growth, 0) * (elapsed[first year] - s)
        exp(k(s))

    Leaves out:
        Who opens, and why; the chance of an open record itself stands in `open_release_probability`.
    """
    record = np.log(training_compute)
    then = elapsed - open_compute_lag
    found = record[..., :1, :] + np.maximum(frontier_compute_growth, 0.0) * np.minimum(
        then - elapsed[..., :1, :], 0.0
    )
    for year in range(elapsed.shape[-2] - 1):
        start, end = elapsed[..., year : year + 1, :], elapsed[..., year + 1 : year + 2, :]
        rise = (record[..., year + 1 : year + 2, :] - record[..., year : year + 1, :]) / (end - start)
        found = found + rise * np.clip(then - start, 0.0, end - start)
    return np.exp(found)
