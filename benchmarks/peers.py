"""One small model in several tools: five years, eight labs, who can pay for the record run.

cost = compute / price-performance + data + labeling, in each year; a lab can pay when its budget is at least the cost.
Compute, price-performance and budgets start from a lognormal and grow at a normal rate. What is wanted: the 5, 50 and
95% points of the cost in each year and the chance that each lab can pay. `kernel.py` runs each way in a process of its
own.
"""

from __future__ import annotations

import json
import math
import random
import resource
import sys
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

YEARS, LABS = 5, 8
# Median and the standard deviation of the logarithm of each lognormal; mean and standard deviation of each growth.
NOW = {"compute": (5e26, 0.5), "price": (1.8e18, 0.3), "data": (5e7, 0.6), "labeling": (2e8, 0.7)}
GROWTH = {"compute": (1.2, 0.3), "price": (0.3, 0.1), "data": (0.3, 0.2), "labeling": (0.4, 0.3)}
BUDGETS = [(4e8 * 1.4**lab, 0.6) for lab in range(LABS)]
BUDGET_GROWTH = (0.4, 0.2)
POINTS = (0.05, 0.5, 0.95)


def by_numpy(draws: int) -> object:
    """As one would write it by hand, all draws at once."""
    import numpy as np

    generator, year = np.random.default_rng(1), np.arange(YEARS)[:, np.newaxis]

    def path(now: tuple[float, float], growth: tuple[float, float]) -> np.ndarray:
        start = now[0] * np.exp(now[1] * generator.standard_normal(draws))
        return start * np.exp(year * (growth[0] + growth[1] * generator.standard_normal(draws)))

    found = {name: path(NOW[name], GROWTH[name]) for name in NOW}
    cost = found["compute"] / found["price"] + found["data"] + found["labeling"]
    able = [(path(budget, BUDGET_GROWTH) >= cost).mean(axis=1) for budget in BUDGETS]
    return np.quantile(cost, POINTS, axis=1), able


def by_loop(draws: int) -> object:
    """A loop over draws, as the timelines code of AI 2027 has it.

    SciPy's distributions draw each input for all paths; then each path is walked through its years by itself, with
    NumPy's functions on single numbers.
    """
    import numpy as np
    from scipy.stats import lognorm, norm

    chance = np.random.default_rng(1)
    inputs = {name: lognorm(s=sd, scale=now).rvs(draws, chance) for name, (now, sd) in NOW.items()}
    growths = {name: norm(*GROWTH[name]).rvs(draws, chance) for name in NOW}
    budgets = [lognorm(s=sd, scale=now).rvs(draws, chance) for now, sd in BUDGETS]
    rates = [norm(*BUDGET_GROWTH).rvs(draws, chance) for _ in BUDGETS]
    costs = np.zeros((YEARS, draws))
    able = np.zeros((LABS, YEARS))
    for i in range(draws):
        for year in range(YEARS):
            here = {name: inputs[name][i] * np.exp(growths[name][i] * year) for name in NOW}
            cost = here["compute"] / here["price"] + here["data"] + here["labeling"]
            costs[year, i] = cost
            for lab in range(LABS):
                if budgets[lab][i] * np.exp(rates[lab][i] * year) >= cost:
                    able[lab, year] += 1
    return np.quantile(costs, POINTS, axis=1), able / draws


def by_plain_loop(draws: int) -> object:
    """The same loop without NumPy, which is slow on single numbers."""
    generator = random.Random(1)  # noqa: S311
    costs: list[list[float]] = [[] for _ in range(YEARS)]
    able = [[0] * YEARS for _ in range(LABS)]
    for _ in range(draws):
        start = {name: now * math.exp(sd * generator.gauss(0, 1)) for name, (now, sd) in NOW.items()}
        growth = {name: generator.gauss(*GROWTH[name]) for name in NOW}
        budgets = [now * math.exp(sd * generator.gauss(0, 1)) for now, sd in BUDGETS]
        rates = [generator.gauss(*BUDGET_GROWTH) for _ in BUDGETS]
        for year in range(YEARS):
            here = {name: start[name] * math.exp(growth[name] * year) for name in NOW}
            cost = here["compute"] / here["price"] + here["data"] + here["labeling"]
            costs[year].append(cost)
            for lab in range(LABS):
                able[lab][year] += budgets[lab] * math.exp(rates[lab] * year) >= cost
    points = [[sorted(row)[int(point * (draws - 1))] for point in POINTS] for row in costs]
    return points, able


def by_squigglepy(draws: int) -> object:
    """With squigglepy for each input; the arithmetic is NumPy's, as its documentation advises."""
    import numpy as np
    import squigglepy as sq

    sq.set_seed(1)
    year = np.arange(YEARS)[:, np.newaxis]

    def path(now: tuple[float, float], growth: tuple[float, float]) -> np.ndarray:
        start = sq.sample(sq.lognorm(norm_mean=math.log(now[0]), norm_sd=now[1]), n=draws)
        return start * np.exp(year * sq.sample(sq.norm(mean=growth[0], sd=growth[1]), n=draws))

    found = {name: path(NOW[name], GROWTH[name]) for name in NOW}
    cost = found["compute"] / found["price"] + found["data"] + found["labeling"]
    able = [(path(budget, BUDGET_GROWTH) >= cost).mean(axis=1) for budget in BUDGETS]
    return np.quantile(cost, POINTS, axis=1), able


FORMULAS = '''
import numpy as np
from forecast.graph import adds_to
from forecast.units import Elapsed, Flag, Flop, FlopPerUsd, PerLab, Rate, Usd

def training_compute(compute_now: Flop, compute_growth: Rate, elapsed: Elapsed) -> Flop:
    """Compute."""
    return compute_now * np.exp(compute_growth * elapsed)

def price_performance(price_now: FlopPerUsd, price_growth: Rate, elapsed: Elapsed) -> FlopPerUsd:
    """Price-performance."""
    return price_now * np.exp(price_growth * elapsed)

@adds_to("training_cost")
def compute_cost(training_compute: Flop, price_performance: FlopPerUsd) -> Usd:
    """Compute."""
    return training_compute / price_performance

@adds_to("training_cost")
def data_cost(data_now: Usd, data_growth: Rate, elapsed: Elapsed) -> Usd:
    """Data."""
    return data_now * np.exp(data_growth * elapsed)

@adds_to("training_cost")
def labeling_cost(labeling_now: Usd, labeling_growth: Rate, elapsed: Elapsed) -> Usd:
    """Labels."""
    return labeling_now * np.exp(labeling_growth * elapsed)

def budget(budget_now: PerLab[Usd], budget_growth: PerLab[Rate], elapsed: Elapsed) -> PerLab[Usd]:
    """Budget."""
    return budget_now * np.exp(budget_growth * elapsed)

def affordable(budget: PerLab[Usd], training_cost: Usd) -> PerLab[Flag]:
    """Who can pay."""
    return budget >= training_cost
'''


def engine_blocks(draws: int, numbers: range, *, correlated: bool = False) -> Iterator[tuple[int, Any, Any]]:
    """The engine of this project on some blocks: formulas in a graph, named streams; the cost and who is able."""
    import numpy as np

    from forecast.graph import build
    from forecast.inversion import normal
    from forecast.shapes import Coordinates, Drivers
    from forecast.simulation import variables
    from forecast.streams import BLOCK, uniforms_of_each

    module = ModuleType("peer")
    exec(FORMULAS, module.__dict__)  # noqa: S102
    world = build([module])
    axes = Coordinates(tuple(range(YEARS)), tuple(map(str, range(LABS))), (), ())
    elapsed = np.arange(YEARS, dtype=float)[:, np.newaxis]
    first, spread = (np.array(each)[:, np.newaxis, np.newaxis] for each in zip(*BUDGETS, strict=True))
    names = [*NOW, *(f"budget[{lab}]" for lab in range(LABS))]
    for block in numbers:
        luck = normal(uniforms_of_each(names, 1, block, 2))
        scores = dict(zip(NOW, luck, strict=False))
        if correlated:
            scores["price"] = 0.5 * scores["compute"] + math.sqrt(0.75) * scores["price"]
        values = {"elapsed": elapsed}
        for name, (start, sd) in NOW.items():
            values[f"{name}_now"] = start * np.exp(sd * scores[name][:1])
            values[f"{name}_growth"] = GROWTH[name][0] + GROWTH[name][1] * scores[name][1:]
        budgets = luck[len(NOW) :]
        values["budget_now"] = first * np.exp(spread * budgets[:, :1])
        values["budget_growth"] = BUDGET_GROWTH[0] + BUDGET_GROWTH[1] * budgets[:, 1:]
        found = variables(
            world,
            Drivers(values, {}, BLOCK),
            axes,
            size=min(BLOCK, draws - block * BLOCK),
            wanted=("training_cost", "affordable"),
        )
        # Row by row: along an axis NumPy adds whole numbers instead.
        able = [[np.count_nonzero(year) for year in lab] for lab in found["affordable"].values]
        yield block * BLOCK, found["training_cost"].values, np.array(able)


def by_engine(draws: int, *, correlated: bool = False) -> object:
    """In this process: a million costs a year fit into memory, so they are kept and sorted."""
    import numpy as np

    from forecast.streams import blocks
    from forecast.summary import quantiles

    costs, able = np.empty((YEARS, draws)), np.zeros((LABS, YEARS), dtype=np.int64)
    for start, cost, count in engine_blocks(draws, blocks(draws), correlated=correlated):
        costs[:, start : start + cost.shape[1]] = cost
        able += count
    # One year after the other, so that only one is sorted at a time.
    return [quantiles(row)[0] for row in costs], able / draws


def by_hastened_engine(draws: int) -> object:
    """The same with the machine code that runs of many paths use; loading Numba takes memory of its own."""
    from forecast.compiled import hasten

    hasten()
    return by_engine(draws)


def _counted(shared: tuple[int, Any], numbers: range) -> tuple[Any, Any]:
    """What some blocks come to for whoever puts them together: counts, and no path."""
    from forecast.compiled import hasten
    from forecast.summary.histogram import Histograms

    # Histograms load Numba anyway.
    hasten()
    draws, marks = shared
    histograms, able = Histograms(marks), 0
    for _, cost, count in engine_blocks(draws, numbers):
        histograms.add(cost)
        able = able + count
    return Histograms.of(marks, [histograms.buckets(year) for year in range(YEARS)]), able


def by_processes(draws: int) -> object:
    """On all cores: each process counts the values of some blocks in histograms."""
    from forecast.execution.workers import each
    from forecast.streams import blocks
    from forecast.summary.histogram import Histograms, marks_for
    from forecast.summary.quantiles import from_order
    from forecast.threads import cores

    _, first, _ = next(engine_blocks(draws, range(1)))
    marks, every = marks_for(first), blocks(draws)
    size = max(1, len(every) // (2 * cores()))
    tasks = [every[start : start + size] for start in range(0, len(every), size)]
    whole, able = Histograms(marks), 0
    for _, (part, count) in each(_counted, (draws, marks), tasks, workers=cores()):
        whole.merge(part)
        able = able + count
    return [from_order(whole.order_statistics(year), draws)[0] for year in range(YEARS)], able / draws


WAYS = {
    "engine": by_engine,
    "hastened": by_hastened_engine,
    "correlated": lambda draws: by_engine(draws, correlated=True),
    "numpy": by_numpy,
    "processes": by_processes,
    "loop": by_loop,
    "plain loop": by_plain_loop,
    "squigglepy": by_squigglepy,
}


def main() -> None:
    """Run one way once for its imports and once for the time, its processes included."""
    way, draws = WAYS[sys.argv[1]], int(sys.argv[2])
    way(1000)
    wall, started = time.perf_counter(), used()
    way(draws)
    cpu, wall = used() - started, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rate": draws / cpu, "throughput": draws / wall, "cpu": cpu, "peak": peak}))


def used() -> float:
    """CPU seconds of this process and of its children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


if __name__ == "__main__":
    main()
