"""How good a forecast from an earlier day was, beside the essay's own statements and a random walk.

Every forecast is a sample of orders of magnitude, scored by `forecast.scoring`. What nobody knows for sure (a contested
run, a year that is not over) is shown at the middle of its range and kept out of the averages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.special import ndtri

from forecast import observations
from forecast.claims.claim import Answer, Figure, Statement
from forecast.claims.facts import BILLION, ESSAY_DATE, HORIZON, MILLION, TRILLION, Facts, statements
from forecast.claims.worlds import Worlds
from forecast.drivers import decimal_year
from forecast.report.numbers import percent
from forecast.scoring import COVERAGES, Score, score
from forecast.units import Array

FORECAST, ESSAY, WALK = "forecast", "essay", "random walk"
HYPERSCALERS = ("google", "microsoft", "meta", "amazon")
NINETY = 1.645
"""Standard deviations from the middle to the ends of a central 90% interval of a normal."""
MID_2026 = date(2026, 6, 30)
_SIZE = 2000


@dataclass(frozen=True)
class Observable:
    """Something that a forecast from an earlier day can be held against.

    Attributes:
        name: What it is.
        unit: Its unit.
        kind: What sort of quantity it is, which decides who can say something about it.
        day: The day that its value is of.
        value: What was observed; the middle of the range where that is contested.
        low: Lower end of what it may have been.
        high: Upper end.
        settled: Whether it is known well enough to be averaged over.
        rows: Ids of the rows that hold it.
    """

    name: str
    unit: str
    kind: str
    day: date
    value: float
    low: float
    high: float
    settled: bool
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Scored:
    """One forecast of one observable, with its score.

    Attributes:
        observable: What was forecast.
        method: Who forecast it.
        median: The forecast's median, in the observable's unit.
        low: Lower end of its central 90% interval.
        high: Upper end.
        score: All scores [orders of magnitude].
    """

    observable: Observable
    method: str
    median: float
    low: float
    high: float
    score: Score


@dataclass(frozen=True)
class Average:
    """Scores of one method, averaged over the settled observables that it says something about.

    Attributes:
        method: Who forecast.
        against: The method whose observables are averaged over, so that both are judged by the same ones.
        count: Their number.
        crps: Mean continuous ranked probability score [orders of magnitude]; lower is better.
        log_score: Mean logarithmic score; lower is better.
        coverage: Share of them within the central 50, 80 and 90% intervals.
        best_log_score: For statements of single points, the mean logarithmic score that they would have had with the
            spread that suits them best, known only afterwards; None for methods that state their spread.
    """

    method: str
    against: str
    count: int
    crps: float
    log_score: float
    coverage: tuple[float, ...]
    best_log_score: float | None = None


def hindcast(facts: Facts, worlds: Worlds) -> tuple[Scored, ...]:
    """Scores of a scenario, of the essay and of a random walk on all that has come to be known since.

    Args:
        facts: Everything known by now.
        worlds: The scenario's paths; nothing is scored that was known on its day.
    """
    then = Facts(observations.load(as_of=worlds.scenario.as_of))
    found = []
    start, end = worlds.scenario.as_of, date(worlds.years[-1], 12, 31)
    for seen in sorted(_observables(facts), key=lambda each: each.day):
        if not (start < seen.day <= end and start < max(map(facts.known, seen.rows))):
            continue
        samples = {
            FORECAST: _ours(worlds, seen),
            ESSAY: _essay(facts, seen.kind, seen.day),
            WALK: _walk(facts, then, start, seen.kind, seen.day),
        }
        found += [
            _scored(worlds, seen, method, sample) for method, sample in samples.items() if sample is not None
        ]
    return tuple(found)


def averages(scored: tuple[Scored, ...]) -> tuple[Average, ...]:
    """Each method on all its settled observables, then the scenario on those of each rival."""
    pairs = ((FORECAST, FORECAST), (ESSAY, ESSAY), (FORECAST, ESSAY), (WALK, WALK), (FORECAST, WALK))
    rows = []
    for method, against in pairs:
        shared = {each.observable for each in scored if each.method == against and each.observable.settled}
        scores = [each.score for each in scored if each.method == method and each.observable in shared]
        if scores:
            rows.append(
                Average(
                    method,
                    against,
                    len(scores),
                    float(np.mean([each.crps for each in scores])),
                    float(np.mean([each.log_score for each in scores])),
                    tuple(
                        float(np.mean([getattr(each, f"covered_{wanted}") for each in scores]))
                        for wanted in COVERAGES
                    ),
                    _best(scores) if method == ESSAY else None,
                )
            )
    return tuple(rows)


def _best(scores: list[Score]) -> float:
    """Mean logarithmic score of points as the middles of normals whose common spread is that of their errors."""
    square = float(np.mean([(each.median - each.observed) ** 2 for each in scores]))
    return 0.5 * math.log(2.0 * math.pi * math.e * square)


def hard_to_call(worlds: Worlds, scored: tuple[Scored, ...], said: Statement) -> Answer:
    """Claim 45: coverage of the 50, 80 and 90% intervals on all that came true since the scenario's day."""
    ours = next(iter(averages(scored)), None)
    growth = worlds.median(
        f"record run's cost in {worlds.target} over {worlds.years[0]}",
        worlds.at("training_cost") / worlds.at("training_cost", worlds.years[0]),
        "x",
    )
    if ours is None:
        width = Figure(
            f"90% interval of the record run's cost in {worlds.target}, high over low",
            "x",
            float(np.divide(*np.quantile(worlds.at("training_cost"), (0.95, 0.05)))),
        )
        return Answer(
            f"the 90% interval of the record run's cost in {worlds.target} spans a factor of "
            f"{width.value:.0f}; nothing that "
            f"was forecast from {worlds.scenario.as_of} is known yet",
            (width, growth),
            "the scenario of September 2023 is scored: forecast claims scenarios/essay-2023.yaml",
            "open",
        )
    figures = tuple(
        Figure(f"coverage of the central {wanted}% intervals", "share", share)
        for wanted, share in zip(COVERAGES, ours.coverage, strict=True)
    )
    words = ", ".join(
        f"{wanted}% intervals held {percent(figure.value)}"
        for wanted, figure in zip(COVERAGES, figures, strict=True)
    )
    return Answer(
        f"from {worlds.scenario.as_of}: {words} of {ours.count} outcomes",
        (figures[-1], *figures[:-1], growth),
        f"the forecast missed by {ours.crps:.2f} orders of magnitude on average (CRPS)",
        "true"
        if growth.low is not None and growth.high is not None and growth.high > 10.0 * growth.low
        else "partly",
        tuple(
            dict.fromkeys(row for each in scored for row in each.observable.rows if each.observable.settled)
        ),
    )


def _observables(facts: Facts) -> Iterator[Observable]:
    """What can be held against a forecast."""
    for day in (date(2024, 12, 31), date(2025, 12, 31)):
        for kind, words in (("amortized", "amortised"), ("cloud", "at cloud prices")):
            yield _largest(facts, f"dearest run, {words}", "USD", kind, day, _paid(facts, kind, day))
        yield _largest(facts, "largest run", "FLOP", "compute", day, _computed(facts, day))
        yield _largest(
            facts, "largest known training set", "token", "tokens", day, _training_sets(facts, day)
        )
    prices = facts.observations.price_index
    claims = facts.row("lab-349")
    low, high = (BILLION * prices.real(end, claims.date) for end in facts.ends(claims.id))
    yield _contested("dearest run, amortised or rented", "USD", "amortized", low, high, claims.id)
    run, known = max(_computed(facts, MID_2026), key=lambda pair: pair[1])
    claimed = "run-claude-mythos-preview"
    yield _contested("largest run", "FLOP", "compute", known, facts.compute(claimed), run, claimed)
    yield _ranged(facts, "lab-348", "labs that can pay for a frontier run", "count", "payers", MID_2026, 1.0)
    lag, ends = facts.number("alg-099"), (facts.number("alg-098"), facts.number("alg-100"))
    rows = ("alg-098", "alg-099", "alg-100")
    name = "months that open models lag"
    yield Observable(name, "months", "lag", MID_2026, lag, *ends, settled=True, rows=rows)
    dollars = prices.factor(date(2025, 7, 1))
    end = date(2025, 12, 31)
    yield _ranged(facts, "label-038", "labeling of a top lab", "USD/yr", "labeling", end, MILLION * dollars)
    for row, day, words in (("lab-181", end, ""), ("lab-182", date(2026, 12, 31), " (guided)")):
        name = f"capital spending of four hyperscalers{words}"
        yield _ranged(facts, row, name, "USD/yr", "capital", day, BILLION * dollars)


def _largest(
    facts: Facts, name: str, unit: str, kind: str, day: date, found: Iterator[tuple[str, float]]
) -> Observable:
    row, value = max(found, key=lambda pair: pair[1])
    return Observable(name, unit, kind, day, value, value, value, settled=True, rows=(row,))


def _contested(name: str, unit: str, kind: str, low: float, high: float, *rows: str) -> Observable:
    middle = math.sqrt(low * high)
    return Observable(name, unit, kind, MID_2026, middle, low, high, settled=False, rows=rows)


def _ranged(facts: Facts, row: str, name: str, unit: str, kind: str, day: date, scale: float) -> Observable:
    found = facts.row(row)
    value = scale * facts.number(row)
    low, high = (value if end is None else scale * end for end in (found.low, found.high))
    # A plan is no outcome, however narrow its range.
    settled = "guidance" not in found.metric
    return Observable(name, unit, kind, day, value, low, high, settled=settled, rows=(row,))


def _paid(facts: Facts, basis: str, day: date) -> Iterator[tuple[str, float]]:
    for run in facts.observations.training_runs:
        cost = facts.cost(run.id, basis)
        if run.fit == "yes" and run.released <= day and cost is not None:
            yield run.id, cost


def _computed(facts: Facts, day: date) -> Iterator[tuple[str, float]]:
    for run in facts.observations.training_runs:
        if run.fit == "yes" and run.released <= day and run.compute is not None:
            yield run.id, run.compute.value


def _training_sets(facts: Facts, day: date) -> Iterator[tuple[str, float]]:
    for row in facts.observations.data_stocks:
        if row.metric == "training_tokens" and row.date <= day and row.value is not None:
            yield row.id, TRILLION * row.value


VARIABLES = {
    "amortized": "compute_cost",
    "cloud": "cloud_compute_cost",
    "compute": "training_compute",
    "tokens": "tokens_wanted",
    "payers": "contenders",
    "labeling": "labeling_spend",
}
RECORDS = ("amortized", "cloud", "compute", "tokens")


def _ours(worlds: Worlds, seen: Observable) -> Array:
    """The scenario's forecast of an observable."""
    year, kind = seen.day.year, seen.kind
    if kind == "lag":
        return 12.0 * worlds.at("open_weights_lag")
    if kind == "capital":
        labs = [lab for lab in HYPERSCALERS if lab in worlds.trajectories.coordinates.labs]
        return np.asarray(sum(worlds.at("capital_spending", year, lab) for lab in labs))
    if kind not in RECORDS:
        return worlds.at(VARIABLES[kind], year)
    # A record is that of the end of its year; within a year it lies on the way, straight in logarithms.
    end = worlds.until(VARIABLES[kind], year)
    start = worlds.until(VARIABLES[kind], max(year - 1, worlds.years[0]))
    passed = decimal_year(seen.day) - year
    return np.asarray(start ** (1.0 - passed) * end**passed)


def _essay(facts: Facts, kind: str, day: date) -> Array | None:
    """What the essay says about an observable, as a single point; None where it says nothing."""
    said = statements()
    if kind in {"amortized", "cloud"}:
        # From GPT-4 when it came out to the $10B that the next five years are to bring, straight in logarithms.
        start = math.sqrt(math.prod(said[11].range))
        begin = decimal_year(facts.run("run-gpt-4").released)
        end = decimal_year(date(HORIZON, ESSAY_DATE.month, ESSAY_DATE.day))
        passed = (decimal_year(day) - begin) / (end - begin)
        return np.array([start * (said[26].range[1] / start) ** passed])
    if kind == "payers":
        return np.array([math.sqrt(math.prod(said[41].range))])
    if kind == "labeling":
        row = facts.row("label-039")
        return np.array([MILLION * facts.observations.price_index.real(facts.number(row.id), row.date)])
    return None


def _walk(facts: Facts, then: Facts, start: date, kind: str, day: date) -> Array | None:
    """The dearest run known at the start, extrapolated at the published growth of cost; None for what is no cost.

    The growth was published in 2024, which favours the walk. Yearly steps scatter as those of the record had until
    then.
    """
    if kind not in {"amortized", "cloud"}:
        return None
    record = max(cost for _, cost in _paid(then, kind, start))
    years = range(start.year - 8, start.year + 1)
    records = [max(cost for _, cost in _paid(then, "amortized", date(year, 12, 31))) for year in years]
    low, high = facts.ends("lab-345")
    drift_error = math.log(high / low) / (2.0 * NINETY)
    ahead = decimal_year(day) - decimal_year(start)
    spread = math.sqrt(ahead * float(np.var(np.diff(np.log(records)), ddof=1)) + (ahead * drift_error) ** 2)
    normal = ndtri((np.arange(_SIZE) + 0.5) / _SIZE)
    return np.asarray(record * np.exp(ahead * math.log(facts.number("lab-345")) + spread * normal))


def _scored(worlds: Worlds, seen: Observable, method: str, sample: Array) -> Scored:
    # No labs at all would lie infinitely many orders of magnitude away.
    positive = np.maximum(sample, 0.5) if seen.unit == "count" else sample
    origin = worlds.scenario.as_of.year
    result = score(
        np.log10(positive),
        math.log10(seen.value),
        target=seen.name,
        method=method,
        origin=origin,
        lead=seen.day.year - origin,
    )
    low, median, high = np.quantile(positive, (0.05, 0.5, 0.95))
    return Scored(seen, method, float(median), float(low), float(high), result)
