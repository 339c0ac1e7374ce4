"""One or several assumptions moved over a range, on the same draws: what follows from each value.

Every point is the scenario with a `--set` for each swept assumption, so a point equals a run with these. Since all
points share their draws, a difference between them is the assumption's doing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from forecast import drivers
from forecast.errors import UsageError, did_you_mean
from forecast.model import graph
from forecast.scenario import SECTIONS, Scenario
from forecast.scenario.growth import growth_text, parse_growth
from forecast.scenario.merge import spelled_out
from forecast.shapes import Coordinates, Posterior, SummaryRow
from forecast.simulation import simulate
from forecast.streams import blocks
from forecast.summary import summarise

Design = Literal["grid", "lhs"]
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
    """The values of each point: all combinations of a grid, or a Latin hypercube.

    A Latin hypercube (McKay, Beckman and Conover 1979) puts one point into each of ``points`` slices of every axis.

    Raises:
        UsageError: An axis of a grid does not say how many values it takes, there are too many points, or an assumption
            is swept twice.
    """
    names = [each.path for each in axes]
    if len(set(names)) < len(names):
        raise UsageError("an assumption is swept twice; write each --set with a range once")
    if kind == "lhs":
        if not 2 <= points <= MAX_POINTS:
            raise UsageError(f"a Latin hypercube needs --points from 2 to {MAX_POINTS}")
        from scipy.stats.qmc import LatinHypercube

        shares = LatinHypercube(d=len(axes), rng=seed).random(points)
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
    progress: Callable[[str], None] = lambda _: None,
) -> Sweep:
    """What follows from each combination of values of the swept assumptions.

    Args:
        resolve: The scenario with some overrides laid over it, such as ``algorithmic_growth=3x/yr``.
        axes: What is swept.
        posterior: The fitted trends, the same at all points.
        kind: A grid of all combinations, or a Latin hypercube.
        points: The number of points of a Latin hypercube.
        variables: Variables without a member axis whose summary is wanted.
        draws: The number of paths at each point, the same at all.
        seed: The seed of every random stream.
        progress: Told what is being done.

    Raises:
        ScenarioError: A value that the scenario does not admit.
        UsageError: A design that cannot be made, or an unknown variable.
    """
    _check(variables)
    values = design(axes, kind, points=points, seed=seed)
    texts = [
        tuple(f"{each.path}={each.text(value)}" for each, value in zip(axes, row, strict=True))
        for row in values
    ]
    scenario = resolve(())
    # A value that is not admitted is found now and not when its turn comes.
    for share in (0.0, 1.0):
        resolve(tuple(f"{each.path}={each.text(each.at(share))}" for each in axes))
    found = []
    for number, (row, text) in enumerate(zip(values, texts, strict=True), start=1):
        progress(f"point {number} of {len(values)}: {', '.join(text)}")
        here = resolve(text)
        trajectories = simulate(
            graph(),
            (drivers.sample(here, posterior, seed=seed, block=block) for block in blocks(draws)),
            drivers.coordinates(here),
            draws=draws,
            wanted=tuple(variables),
        )
        rows = tuple(each for each in summarise(trajectories).rows if each.variable in variables)
        found.append(Point(row, text, rows))
    return Sweep(
        axes=tuple(axes),
        design=kind,
        points=tuple(found),
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
        },
    )


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
