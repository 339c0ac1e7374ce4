"""One or several assumptions moved over a range, on the same draws: what follows from each value.

Every point is the scenario with a `--set` for each swept assumption, so a point equals a run with these. Since all
points share their draws, a difference between them is the assumption's doing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Literal

import numpy as np

from forecast import drivers
from forecast.errors import UsageError, did_you_mean
from forecast.execution.workers import each as each_answer
from forecast.model import graph
from forecast.samplers import Sampler, Spread
from forecast.scenario import SECTIONS, Scenario
from forecast.scenario.distributions import Constant
from forecast.scenario.growth import growth_text, parse_growth
from forecast.scenario.merge import spelled_out
from forecast.shapes import Coordinates, Drivers, Posterior, SummaryRow
from forecast.simulation import computable, simulate
from forecast.streams import BLOCK, blocks
from forecast.summary import summarise
from forecast.threads import cores

Design = Literal["grid", "lhs", "sobol"]
VARIABLES = (
    "training_cost",
    "training_compute",
    "effective_compute",
    "reference_capability_cost",
    "payers",
    "contenders",
)
"""What is told of each point unless variables are named."""

MAX_POINTS = 1000
MAX_SPREAD = 1 << 16
"""The most points of a grid, and of a design that spreads points over the ranges."""

# Points whose results travel together, and blocks of drivers that a process keeps for the next point.
_TOGETHER = 64
_KEPT_BLOCKS = 4
# Paths of all points together (some seconds) from which on it pays to start processes.
_WORTH_PROCESSES = 64 * BLOCK
# From this ratio on steps are even in the logarithm, so that a range over decades is not all in its last one.
LOG_RATIO = 10.0
_PARTS = re.compile(r"(?<!doubling)(?<!halving):")
FORM = "write it as name=low:high:number, such as algorithmic_growth=1.5x/yr:10x/yr:5"


@dataclass(frozen=True, slots=True)
class Axis:
    """An assumption that is swept: its path in the scenario, its unit and the range.

    ``low`` and ``high`` are in the unit of the driver, growth rates as yearly factors; ``number`` is how many values a
    grid takes, and ``log`` whether they are even in the logarithm.
    """

    path: str
    unit: str
    low: float
    high: float
    number: int
    log: bool
    growth: bool

    @property
    def driver(self) -> str:
        """The name of the driver."""
        return self.path.rpartition(".")[2]

    @property
    def label(self) -> str:
        """What the axis is called on a chart."""
        section, _, rest = self.path.partition(".")
        member = rest.partition(".")[0] if section in SECTIONS else ""
        return self.driver.replace("_", " ") + (f" of {member}" if member else "")

    def at(self, share: float) -> float:
        """The value at a share of the way from low to high, rounded to what is written into the scenario."""
        value = (
            self.low * (self.high / self.low) ** share
            if self.log
            else self.low + share * (self.high - self.low)
        )
        return float(f"{value:.6g}")

    def text(self, value: float) -> str:
        """A value as a scenario states it."""
        return f"{value:.6g}x/yr" if self.growth else f"{value:.6g}"


@dataclass(frozen=True, slots=True)
class Point:
    """One combination of values: those of the axes, the overrides that stand for them, and what follows."""

    values: tuple[float, ...]
    overrides: tuple[str, ...]
    rows: tuple[SummaryRow, ...]

    def row(self, variable: str, year: int) -> SummaryRow:
        """What follows for one variable in one year."""
        return next(row for row in self.rows if row.variable == variable and row.year == year)


@dataclass(frozen=True)
class Sweep:
    """A finished sweep: axes, points in the order of the design, and what they were made from."""

    axes: tuple[Axis, ...]
    design: Design
    points: tuple[Point, ...]
    variables: tuple[str, ...]
    coordinates: Coordinates
    attributes: Mapping[str, str] = field(default_factory=dict)


def is_range(text: str) -> bool:
    """Whether a setting sweeps its assumption, as ``name=low:high`` does, rather than fixing it."""
    # The colon of "doubling: 8 months" separates nothing, nor do those inside a distribution.
    content = text.partition("=")[2].strip()
    return not content.startswith(("{", "[")) and len(_PARTS.split(content)) > 1


def axis(text: str) -> Axis:
    """The axis that a text such as ``algorithmic_growth=1.5x/yr:10x/yr:5`` describes.

    The steps of growth rates are even in the rate, which is the logarithm of the yearly factor; those of other
    quantities are even, or even in the logarithm when the range spans a factor of ten or more.

    Raises:
        UsageError: The text has another form, or names no driver, or a range that is none.
    """
    path, equals, content = (part.strip() for part in text.partition("="))
    if not equals:
        raise UsageError(f'--set "{text}": {FORM}')
    specs = drivers.specs()
    try:
        path = spelled_out(path, specs)
    except ValueError as error:
        raise UsageError(f'--set "{text}": {error}') from None
    name = path.rpartition(".")[2]
    if name not in specs:
        raise UsageError(f'--set "{text}": no assumption is called "{name}"{did_you_mean(name, specs)}')
    spec = specs[name]
    parts = [part.strip() for part in _PARTS.split(content)]
    if len(parts) not in (2, 3):
        raise UsageError(f'--set "{text}": {FORM}')
    try:
        number = int(parts[2]) if len(parts) == 3 else 0
        low, high = ((math.exp(parse_growth(part)) if spec.is_rate else float(part)) for part in parts[:2])
    except ValueError as error:
        raise UsageError(f'--set "{text}": {error}; {FORM}') from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UsageError(f'--set "{text}": {parts[0]} is not below {parts[1]}; write the low end first')
    if len(parts) == 3 and number < 2:
        raise UsageError(f'--set "{text}": a range takes at least 2 values')
    log = spec.is_rate or ((spec.positive or spec.nonnegative) and low > 0 and high >= LOG_RATIO * low)
    return Axis(path, spec.unit, low, high, number, log, spec.is_rate)


def design(axes: Sequence[Axis], kind: Design, *, points: int = 0, seed: int = 1) -> list[tuple[float, ...]]:
    """The values of each point: all combinations of a grid, a Latin hypercube, or a Sobol sequence.

    A Latin hypercube (McKay, Beckman and Conover 1979) puts one point into each of ``points`` slices of every axis; a
    scrambled Sobol sequence (Owen 1998) spreads them evenly over all axes together.

    Raises:
        UsageError: An axis of a grid does not say how many values it takes, there are too many points, or an assumption
            is swept twice.
    """
    names = [each.path for each in axes]
    if len(set(names)) < len(names):
        raise UsageError("an assumption is swept twice; write each --set with a range once")
    if kind != "grid":
        if not 2 <= points <= MAX_SPREAD:
            raise UsageError(f"--design {kind} needs --points from 2 to {MAX_SPREAD}")
        from scipy.stats.qmc import LatinHypercube, Sobol

        if kind == "lhs":
            shares = LatinHypercube(d=len(axes), rng=seed).random(points)
        elif points & (points - 1):
            raise UsageError(
                f"--design sobol needs --points that are a power of two, such as {1 << points.bit_length()}"
            )
        else:
            shares = Sobol(d=len(axes), rng=seed).random(points)
        return [tuple(each.at(float(share)) for each, share in zip(axes, row, strict=True)) for row in shares]
    if lacking := [each.path for each in axes if each.number < 2]:
        raise UsageError(f"how many values does {lacking[0]} take? For a grid, {FORM}")
    total = math.prod(each.number for each in axes)
    if total > MAX_POINTS:
        raise UsageError(
            f"the grid has {total:,} points, more than {MAX_POINTS:,}; use fewer, or --design lhs"
        )
    return list(
        product(*(tuple(each.at(step / (each.number - 1)) for step in range(each.number)) for each in axes))
    )


def sweep(
    resolve: Callable[[Sequence[str]], Scenario],
    axes: Sequence[Axis],
    posterior: Posterior,
    *,
    kind: Design = "grid",
    points: int = 0,
    variables: Sequence[str] = VARIABLES,
    draws: int = 4096,
    seed: int = 1,
    sampler: Sampler = "random",
    workers: int = 0,
    cluster: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> Sweep:
    """What follows from each combination of values of the swept assumptions.

    Args:
        resolve: The scenario with some overrides laid over it, such as ``algorithmic_growth=3x/yr``.
        axes: What is swept.
        posterior: The fitted trends, the same at all points.
        kind: A grid of all combinations, a Latin hypercube, or a Sobol sequence.
        points: The number of points, unless it is a grid.
        variables: Variables without a member axis whose summary is wanted.
        draws: The number of paths at each point, the same at all.
        seed: The seed of every random stream.
        sampler: How the draws at each point are spread (`forecast.samplers`).
        workers: The number of processes that compute points; 0 means as many as pay. Results do not depend on it.
        cluster: The address of a Dask scheduler whose workers compute points.
        progress: Told what is being done.

    Raises:
        ScenarioError: A value that the scenario does not admit.
        UsageError: A design that cannot be made, or an unknown variable.
    """
    _check(variables)
    spread = Spread.of(sampler, draws)
    values = design(axes, kind, points=points, seed=seed)
    texts = [
        tuple(f"{each.path}={each.text(value)}" for each, value in zip(axes, row, strict=True))
        for row in values
    ]
    scenario = resolve(())
    # A value that is not admitted is found now and not when its turn comes.
    ends = {
        share: resolve(tuple(f"{each.path}={each.text(each.at(share))}" for each in axes))
        for share in (0.0, 1.0)
    }
    plan = _Plan(scenario, tuple(axes), posterior, tuple(variables), draws, seed, spread)
    for share, here in ends.items():
        if plan.variant(tuple(each.at(share) for each in axes)).digest != here.digest:
            raise UsageError("only assumptions of the world, or of one lab, source or tier, can be swept")
    numbered = list(enumerate(zip(values, texts, strict=True)))
    workers = workers or (cores() if len(values) * draws >= _WORTH_PROCESSES else 1)
    # Some points to a task share the drivers that are not swept; each process gets several tasks.
    size = max(1, min(_TOGETHER, len(numbered) // (8 * workers)))
    tasks = [tuple(numbered[start : start + size]) for start in range(0, len(numbered), size)]
    found: dict[int, Point] = {}
    for task, answers in each_answer(_points, plan, tasks, workers=workers, cluster=cluster):
        for (number, _), point in zip(task, answers, strict=True):
            found[number] = point
        progress(f"{len(found)} of {len(values)} points, the last {', '.join(task[-1][1][1])}")
    return Sweep(
        axes=tuple(axes),
        design=kind,
        points=tuple(found[number] for number in range(len(values))),
        variables=tuple(variables),
        coordinates=drivers.coordinates(scenario),
        attributes={
            "scenario": scenario.name,
            "title": scenario.title,
            "scenario_digest": scenario.digest,
            "as_of": scenario.as_of.isoformat(),
            "data_end": posterior.attributes.get("data_end", ""),
            "draws": str(draws),
            "seed": str(seed),
            **spread.attributes(draws),
        },
    )


@dataclass(frozen=True)
class _Plan:
    """What all points have in common."""

    scenario: Scenario
    axes: tuple[Axis, ...]
    posterior: Posterior
    variables: tuple[str, ...]
    draws: int
    seed: int
    spread: Spread

    def variant(self, values: Sequence[float]) -> Scenario:
        """The scenario of one point, as an override would make it but without reading files again."""
        assumptions = dict(self.scenario.assumptions)
        members = {name: dict(given) for name, given in self.scenario.member_assumptions.items()}
        for each, value in zip(self.axes, values, strict=True):
            text = each.text(value)
            certain = Constant(parse_growth(text) if each.growth else float(text))
            section, _, rest = each.path.partition(".")
            if section in SECTIONS and (member := rest.partition(".")[0]) in members.get(each.driver, {}):
                before = members[each.driver][member]
                members[each.driver][member] = replace(before, distribution=certain, dollars=None)
            elif (stated := assumptions.get(each.driver)) is not None:
                assumptions[each.driver] = replace(stated, distribution=certain, dollars=None)
        return replace(self.scenario, assumptions=assumptions, member_assumptions=members)


_Row = tuple[int, tuple[tuple[float, ...], tuple[str, ...]]]


def _points(plan: _Plan, rows: Sequence[_Row]) -> list[Point]:
    """What follows at some points; what the swept drivers do not reach is drawn and computed once for all of them."""
    axes = drivers.coordinates(plan.scenario)
    swept = {each.driver for each in plan.axes}
    unmoved = graph().unmoved(plan.variables, swept)
    base = {}
    for number in blocks(plan.draws)[:_KEPT_BLOCKS]:
        block = drivers.sample(
            plan.scenario, plan.posterior, seed=plan.seed, block=number, spread=plan.spread
        )
        with computable(plan.scenario.path), np.errstate(over="raise", invalid="raise", divide="raise"):
            computed = graph().evaluate(block.values, unmoved, factors=block.factors)
        base[number] = replace(block, values={**block.values, **computed})

    def sampled(here: Scenario) -> Iterator[Drivers]:
        for number in blocks(plan.draws):
            only = swept if number in base else None
            found = drivers.sample(
                here, plan.posterior, seed=plan.seed, block=number, only=only, spread=plan.spread
            )
            yield (
                replace(base[number], values={**base[number].values, **found.values})
                if number in base
                else found
            )

    points = []
    for _, (values, texts) in rows:
        with computable(plan.scenario.path, f"{', '.join(texts)} with the rest of what it assumes"):
            paths = simulate(
                graph(), sampled(plan.variant(values)), axes, draws=plan.draws, wanted=plan.variables
            )
            # The inputs are on the paths too, and nobody asked for their quantiles.
            told = {name: paths.variables[name] for name in plan.variables}
            paths = replace(paths, variables=told, attributes=plan.spread.attributes(plan.draws))
            points.append(Point(values, texts, summarise(paths).rows))
    return points


def axis_text(each: Axis, value: float) -> str:
    """A value of an axis for a reader."""
    return growth_text(math.log(value)) if each.growth else f"{value:.4g}"


def _check(variables: Sequence[str]) -> None:
    choices = [name for name, node in graph().nodes.items() if not node.kind.member and not node.kind.path]
    for name in variables:
        if name not in choices:
            raise UsageError(
                f'there is no variable "{name}" with a value for each year{did_you_mean(name, choices)}'
            )
