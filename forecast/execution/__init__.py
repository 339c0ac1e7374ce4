"""How a run is computed: block by block, here, on several processes or on other machines, to the same bits.

A block of draws is the unit of work. Any process can compute any blocks of a `Job`; what they come to is a `Part`, and
parts are put together in any order. How many draws the whole run has decides alone how it is summed up, so that the
way it was computed cannot be seen in its result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from forecast import __version__, drivers
from forecast.compiled import hasten
from forecast.model import graph
from forecast.samplers import Sampler, Spread
from forecast.scenario import Scenario
from forecast.shapes import Drivers, Posterior, Summary, Trajectories, Variable
from forecast.simulation import Room, computable, each_variable, simulate
from forecast.streams import BLOCK, blocks
from forecast.summary import replicate, summarise
from forecast.summary.histogram import Marks
from forecast.summary.replicates import Replicates, pieces
from forecast.summary.streamed import Partial, resolution
from forecast.threads import together
from forecast.units import Array

EXACT = 16 * BLOCK
"""Up to so many draws (65,536) all paths are kept and their quantiles are exact."""

KEPT = 4 * BLOCK
"""So many paths (16,384, the first) are kept of a run with more draws."""

_ROUNDING = 1e-9

LONGEST_TASK = 64
"""The most blocks that are one task: what is lost when a process dies."""


@dataclass(frozen=True)
class Job:
    """A whole run: what is assumed and fitted, how many draws it has, and the seed of every random stream.

    ``marks`` is how a job of many draws counts the values of each variable (`planned`). ``among`` are all scenarios
    that it is compared with on the same draws.
    """

    scenario: Scenario
    posterior: Posterior
    draws: int
    seed: int
    marks: Mapping[str, tuple[Marks, ...]] = field(default_factory=dict)
    sampler: Sampler = "random"
    among: tuple[Scenario, ...] = ()

    @property
    def spread(self) -> Spread:
        """How the draws are spread.

        Raises:
            UsageError: The sampler cannot spread so many draws evenly.
        """
        return Spread.of(self.sampler, self.draws)

    @property
    def exact(self) -> bool:
        """Whether all paths are kept."""
        return self.draws <= EXACT

    @property
    def blocks(self) -> range:
        """The numbers of all blocks."""
        return blocks(self.draws)

    def attributes(self) -> dict[str, str]:
        """What is written into every result: where it comes from and how it is to be read."""
        scenario, fitted = self.scenario, self.posterior.attributes
        said = {
            "title": scenario.title,
            "scenario": scenario.name,
            "scenario_digest": scenario.digest,
            "as_of": scenario.as_of.isoformat(),
            "data_end": fitted.get("data_end", ""),
            "posterior_digest": fitted.get("digest", ""),
            "draws": str(self.draws),
            "seed": str(self.seed),
            **self.spread.attributes(self.draws),
            "source": f"forecast {__version__}",
            "comment": "Money in constant USD of 2023; training_cost: amortised hardware and energy, data, labeling.",
        }
        if self.marks:
            said["paths"] = f"the first {KEPT} of {self.draws}"
        return said


def tasks(job: Job, workers: int = 1, numbers: range | None = None) -> list[range]:
    """The blocks of a job in runs of neighbours, each the work of some seconds, and several for each worker."""
    numbers = job.blocks if numbers is None else numbers
    if job.exact and workers == 1:
        return [numbers]
    size = 1
    while 2 * size <= min(LONGEST_TASK, len(numbers) // (4 * workers)):
        size *= 2
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


@dataclass
class Part:
    """What some blocks of a job come to: their paths by first block, or, of a large job, their summary alone.

    ``replicates`` is what the errors of a large job come from whose draws are evenly spread.
    """

    paths: dict[int, Trajectories] = field(default_factory=dict)
    partial: Partial | None = None
    replicates: Replicates | None = None

    def blocks(self) -> set[int]:
        """The numbers of the blocks."""
        found = {
            start + place for start, each in self.paths.items() for place in range(-(-each.draws // BLOCK))
        }
        return found | (self.partial.blocks if self.partial else set())

    def merge(self, other: Part) -> None:
        """Take in another part of the same job.

        Raises:
            ValueError: Both hold the same block.
        """
        if twice := self.blocks() & other.blocks():
            raise ValueError(f"blocks {sorted(twice)} are there already")
        self.paths.update(other.paths)
        if self.partial is None:
            self.partial = other.partial
        elif other.partial is not None:
            self.partial.merge(other.partial)
        if self.replicates is None:
            self.replicates = other.replicates
        elif other.replicates is not None:
            self.replicates.merge(other.replicates)


def part_of(job: Job, numbers: range, room: Room | None = None) -> Part:
    """What some neighbouring blocks of a job come to.

    Args:
        job: The run.
        numbers: The numbers of the blocks.
        room: Where the paths lie, if they are kept.

    Raises:
        ScenarioError: The assumptions lead to numbers that cannot be computed with.
    """
    if not job.marks:
        return Part({numbers.start: paths_of(job, numbers, room)})
    hasten()
    axes = drivers.coordinates(job.scenario)
    counted = Partial({}, axes, job.scenario.thresholds, job.marks)
    replicates = None if job.sampler == "random" else Replicates()
    with computable(job.scenario.path):
        for number in numbers:
            found: Iterable[Variable] = _block(job, number)
            if replicates is not None:
                whole = Trajectories({each.name: each for each in found}, axes, job.attributes())
                found = whole.variables.values()
                for place, piece in enumerate(pieces(whole), start=number * BLOCK // job.spread.size):
                    replicates.add(place, replicate(piece, thresholds=job.scenario.thresholds), piece.draws)
            counted.add(number, found)
    return Part(partial=counted, replicates=replicates)


def planned(job: Job) -> Job:
    """The job with what all its parts must agree on: how finely values are counted, read off its first block."""
    if job.exact or job.marks:
        return job
    hasten()
    with computable(job.scenario.path):
        variables = {each.name: each for each in _block(job, 0)}
        _refuse_impossible(variables)
    marks = resolution(variables)
    # The fit has some thousand draws, which come again and again: few enough to count each by itself. What a scenario
    # says itself in place of the fit does not come again.
    again = [name for name in job.posterior.draws if name in marks and _repeats(variables[name].values)]
    return replace(job, marks={**marks, **dict.fromkeys(again, (Marks(0),))})


def _repeats(values: Array) -> bool:
    return np.unique(values).size < values.size


def _block(job: Job, number: int) -> Iterator[Variable]:
    """Every variable on the paths of one block, one by one; whether they are numbers is seen by whoever sums them up.

    Raises:
        FloatingPointError: A part is more than its whole.
    """
    size = min(BLOCK, job.draws - number * BLOCK)
    sampled = _sampled(job, number)
    for each in each_variable(graph(), sampled, drivers.coordinates(job.scenario), size=size):
        _refuse_more_than_whole(each)
        yield each


def room_for(scenario: Scenario, draws: int) -> Room:
    """Memory for all paths of a job, which the system is made to give while this thread goes on."""
    return Room.ahead(graph(), drivers.coordinates(scenario), draws)


def paths_of(job: Job, numbers: range, room: Room | None = None) -> Trajectories:
    """Every variable on the paths of some neighbouring blocks.

    Raises:
        ScenarioError: The assumptions lead to numbers that cannot be computed with.
    """
    draws = min(numbers.stop * BLOCK, job.draws) - numbers.start * BLOCK
    # Inputs are drawn ahead while formulas are computed: NumPy lets both run at once.
    with computable(job.scenario.path), ThreadPoolExecutor(1) as ahead:
        sampled = _one_ahead(partial(_sampled, job), numbers, ahead)
        found = simulate(graph(), sampled, drivers.coordinates(job.scenario), draws=draws, room=room)
        _refuse_impossible(found.variables)
    return replace(found, attributes=job.attributes())


def _one_ahead(
    function: Callable[[int], Drivers], numbers: Sequence[int], pool: ThreadPoolExecutor
) -> Iterator[Drivers]:
    # More would lie in memory that is new each time.
    coming = pool.submit(function, numbers[0])
    for number in numbers[1:]:
        found, coming = coming, pool.submit(function, number)
        yield found.result()
    yield coming.result()


def _sampled(job: Job, number: int) -> Drivers:
    return drivers.sample(
        job.scenario, job.posterior, seed=job.seed, block=number, spread=job.spread, among=job.among
    )


def _refuse_impossible(found: Mapping[str, Variable]) -> None:
    """Make sure that all values are numbers, and that no part is more than its whole.

    A quantile function may have no finite value where a power overflows in silence.

    Raises:
        FloatingPointError: They are not; the message names the variable.
    """

    def refuse(variable: Variable) -> None:
        if not np.isfinite(variable.values).all():
            raise FloatingPointError(f"{variable.name} has no finite value")
        _refuse_more_than_whole(variable)

    together(refuse, list(found.values()))


def _refuse_more_than_whole(found: Variable) -> None:
    """Make sure that no part is more than its whole: an event that multiplies a total leaves its parts what they were.

    Raises:
        FloatingPointError: One is; the message names the variable.
    """
    node = graph().nodes.get(found.name)
    if node is not None and node.kind.unit.bounded:
        most = found.values.max(initial=0.0)
        if most > 1.0 + _ROUNDING:
            raise FloatingPointError(
                f"{found.name} is {most:.3g} of the whole; does an event multiply a total?"
            )


def finished(job: Job, part: Part) -> tuple[Trajectories, Summary]:
    """The paths that are kept and the summary, once all blocks of a job are there.

    Raises:
        ValueError: Blocks are missing.
        ScenarioError: The assumptions lead to numbers that cannot be computed with.
    """
    if missing := set(job.blocks) - part.blocks():
        raise ValueError(f"blocks {sorted(missing)} are missing")
    if part.partial is None:
        paths = _in_a_row([part.paths[start] for start in sorted(part.paths)])
        with computable(job.scenario.path):
            return paths, summarise(paths, thresholds=job.scenario.thresholds)
    attributes = {**job.attributes(), "quantiles": f"within {part.partial.width:.2g} of their value"}
    summary = part.partial.summary(attributes)
    if part.replicates is not None:
        summary = part.replicates.errors_of(summary, job.draws)
    return replace(paths_of(job, blocks(min(KEPT, job.draws))), attributes=attributes), summary


def _in_a_row(pieces: list[Trajectories]) -> Trajectories:
    if len(pieces) == 1:
        return pieces[0]
    first = pieces[0]
    variables = {}
    for name, each in first.variables.items():
        values = np.concatenate([piece[name] for piece in pieces], axis=-1)
        variables[name] = Variable(name, values, each.dims, each.unit, each.description)
    return replace(first, variables=variables)
