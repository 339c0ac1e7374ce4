"""The analysis itself: paths, walks between paths, and both ends of each input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from forecast import drivers
from forecast.execution.workers import each
from forecast.model import graph
from forecast.scenario import Scenario
from forecast.sensitivity.copula import Copula, copulas
from forecast.sensitivity.groups import Group, dependent, event_places, groups, rows
from forecast.sensitivity.question import Question, Target
from forecast.sensitivity.shares import Share, explained, ratio_shares, step_products
from forecast.sensitivity.world import World
from forecast.shapes import Coordinates, Drivers, Posterior
from forecast.simulation import computable
from forecast.streams import BLOCK, blocks, permutation
from forecast.summary import proportion_error
from forecast.threads import cores
from forecast.units import Array

# Rows that go along one random order of the inputs: as few as leave the time to the arithmetic and not to the calls.
BATCH = 128
# More paths do not walk: it takes a step for each input, and shares are known to half a point by then.
WALKED = 80 * BATCH
TORNADO_DRAWS = BLOCK
# Paths that are drawn together in the bootstrap of what each input explains alone.
EXPLAINED_BATCH = 256
# Totals are squares of single steps and settle soon: with so many batches every fourth is enough for them.
MANY_BATCHES, TOTAL_EVERY = 32, 4
# What one process does at a stretch: batches of walks, and inputs of the tornado, which share one world to start from.
WALK_CHUNK, SWING_CHUNK = 8, 32

Kind = Literal["walk", "swing"]


@dataclass(frozen=True, slots=True)
class Swing:
    """The target when one input is at its 5% and at its 95% quantile, all else drawn: medians and means.

    For an event the ends are that it does not happen and that it does. ``low_input`` and ``high_input`` are None where
    an input is several numbers, each of which goes to its own quantile. ``mean_error`` is the standard error of the
    difference of the two means on the scale of the target (a logarithm where `Target.log` is set); both ends share all
    other draws.
    """

    low_input: float | None
    high_input: float | None
    low_median: float
    high_median: float
    low_mean: float
    high_mean: float
    mean_error: float


@dataclass(frozen=True, slots=True)
class Influence:
    """What one input does to the target.

    ``first`` is the share of the variance that it explains alone, with whatever is correlated with it; ``shapley`` is
    its part of the whole, all parts together being 1; ``total`` is the share that would remain if all else were known.
    ``swing`` is None for chance that differs from year to year, which has no one value to move.
    """

    group: Group
    first: Share
    shapley: Share
    total: Share
    swing: Swing | None


@dataclass(frozen=True, slots=True)
class Knowing:
    """What it is worth to know one input exactly before a question is answered.

    ``value`` is the expected fall of the Brier score of the best forecast, as a share of the score without knowing more
    (0: it changes nothing, 1: it decides); ``movement`` is by how much the probability would move, as a standard
    deviation. ``shapley`` is the part of the uncertainty of the answer that the input contributes, all adding up to 1.
    """

    group: Group
    value: Share
    movement: float
    shapley: Share


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, the probability of yes, and what knowing each input would be worth, the most valuable first."""

    question: Question
    probability: float
    error: float
    knowing: tuple[Knowing, ...]

    @property
    def brier(self) -> float:
        """Expected Brier score of saying the probability itself."""
        return self.probability * (1.0 - self.probability)


@dataclass(frozen=True)
class Sensitivity:
    """Which inputs a target depends on, the greatest contribution first.

    ``quantiles`` are the 5, 50 and 95% quantiles of the target; ``spread`` is the standard deviation on its scale.
    ``without`` names the uncertain inputs that no formula connects with the target or the questions.
    """

    target: Target
    quantiles: tuple[float, float, float]
    spread: float
    influences: tuple[Influence, ...]
    answers: tuple[Answer, ...]
    without: tuple[str, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)


def analyse(
    scenario: Scenario,
    posterior: Posterior,
    wanted: Target,
    questions: Sequence[Question] = (),
    *,
    draws: int = 20_000,
    seed: int = 1,
    workers: int = 0,
    cluster: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> Sensitivity:
    """How a target and the answers to questions depend on every uncertain input of a scenario.

    Args:
        scenario: The assumptions.
        posterior: The fitted trends.
        wanted: The number of interest.
        questions: Questions with the answer yes or no.
        draws: The number of paths; the same paths that a run of the scenario has. Contributions and totals come from
            walks between the first `WALKED` of them.
        seed: The seed of every random stream.
        workers: The number of processes; 0 means as many as pay. Results do not depend on it.
        cluster: The address of a Dask scheduler whose workers compute instead.
        progress: Told what is being done.

    Returns:
        Shares with 90% intervals, swings and the value of knowing.
    """
    study = _Study(scenario, posterior, wanted, tuple(questions), draws, seed)
    progress(f"simulating {draws:,} paths")
    with computable(scenario.path):
        outputs, values = study.given()
    inputs = list(values.values())
    first = (
        explained(np.stack(inputs), outputs, batches=-(-draws // EXPLAINED_BATCH), seed=seed)
        if inputs
        else []
    )
    batches, count = -(-study.walked // BATCH), len(study.groups)
    workers = workers or (cores() if batches >= MANY_BATCHES else 1)
    # A chunk lies in one block, so that its paths are drawn once.
    walks = [range(start, min(start + WALK_CHUNK, batches)) for start in range(0, batches, WALK_CHUNK)]
    swings = [range(start, min(start + SWING_CHUNK, count)) for start in range(0, count, SWING_CHUNK)]
    todo: list[tuple[Kind, range]] = [
        *(("walk", part) for part in walks),
        *(("swing", part) for part in swings),
    ]
    parts: dict[tuple[Kind, range], Any] = {}
    for task, part in each(_part, study, todo, workers=workers, cluster=cluster):
        parts[task] = part
        walked, swung = (sum(len(done) for kind, done in parts if kind == name) for name in ("walk", "swing"))
        progress(
            f"walked {walked} of {batches} times through {count} inputs, moved {swung} of them to both ends"
        )
    return study.result(
        outputs,
        dict(zip(values, first, strict=True)),
        _Walks.joined([parts["walk", part] for part in walks]),
        [swing for part in swings for swing in parts["swing", part]],
    )


def _part(study: _Study, task: tuple[Kind, range]) -> _Walks | list[Swing | None]:
    """One part of the work, wherever it is done."""
    kind, places = task
    with computable(study.scenario.path):
        return study.walks(places) if kind == "walk" else study.swings(places)


@dataclass(frozen=True)
class _Walks:
    """Per batch: what each input adds along the batch's order, alone, and last, for each output; and the variance."""

    shapley: Array
    first: Array
    total: Array
    variance: Array

    @classmethod
    def joined(cls, parts: Sequence[_Walks]) -> _Walks:
        """All batches of some parts."""
        names = ("shapley", "first", "total", "variance")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass
class _Study:
    scenario: Scenario
    posterior: Posterior
    target: Target
    questions: tuple[Question, ...]
    draws: int
    seed: int

    def __post_init__(self) -> None:
        self.wanted = tuple(
            dict.fromkeys([self.target.variable, *(each.variable for each in self.questions)])
        )
        labs = dict.fromkeys(each.lab for each in self.questions if each.lab)
        self.groups, self.without = groups(self.scenario, self.wanted, labs=list(labs))
        self.axes: Coordinates = drivers.coordinates(self.scenario)
        self.places = event_places(self.scenario)
        self.walked = min(self.draws, WALKED)
        self.every = TOTAL_EVERY if -(-self.walked // BATCH) >= MANY_BATCHES else 1
        self.means = np.zeros(1 + len(self.questions))
        self.ends: dict[str, tuple[float, float]] = {}
        self.copulas: list[Copula] = []

    def given(self) -> tuple[Array, dict[str, Array]]:
        """The outputs and scalar inputs on the paths of a run: the given data.

        What walks and swings need of them is kept: `means`, both `ends` of each input, and `copulas`.
        """
        scalars = [group for group in self.groups if group.single]
        values: dict[str, Array] = {group.name: np.empty(self.draws) for group in scalars}
        outputs: Array = np.empty((1 + len(self.questions), self.draws))
        for number in blocks(self.draws):
            block = self._block(number)
            start = number * BLOCK
            size = min(BLOCK, self.draws - start)
            world = World(self.wanted, *rows(block, slice(0, size)))
            outputs[:, start : start + size] = self.outputs(world, size)
            for group in scalars:
                values[group.name][start : start + size] = group.numbers(block.values[group.driver])[:size]
        self.means = outputs.mean(axis=1)
        for name, drawn in values.items():
            low, high = np.quantile(drawn, (0.05, 0.95)).tolist()
            self.ends[name] = (low, high)
        among = dependent(self.scenario, [name for name in values if name in graph().drivers])
        self.copulas = copulas({name: values[name] for name in among})
        return outputs, values

    def walks(self, numbers: range) -> _Walks:
        """The products of `step_products` along random orders, for some batches of one block."""
        shape = (len(numbers), len(self.groups), 1 + len(self.questions))
        shapley, first, total = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        variance = np.zeros((shape[0], shape[2]))
        block = numbers[0] * BATCH // BLOCK
        here, there = self._block(block), self._block(len(blocks(self.draws)) + block)
        for place, number in enumerate(numbers):
            start = number * BATCH - block * BLOCK
            size = min(BATCH, self.walked - number * BATCH)
            part = slice(start, start + size)
            walk = _Walk(self, rows(here, part), rows(there, part), size)
            # Every other order is the reverse of the one before: what one counts early the other counts late.
            order = permutation(f"order {number // 2}", self.seed, len(self.groups))[
                :: -1 if number % 2 else 1
            ]
            shapley[place] = walk.along(order.tolist())
            first[place] = walk.first(set(self.ends))
            if number % self.every == 0:
                total[place] = walk.last()
            variance[place] = walk.variance
        return _Walks(shapley, first, total, variance)

    def swings(self, places: range) -> list[Swing | None]:
        """The target at both ends of some inputs."""
        block = self._block(0)
        size = min(self.draws, TORNADO_DRAWS)
        base = World((self.target.variable,), *rows(block, slice(0, size)))
        sure = replace(
            self.scenario, events=tuple(replace(event, probability=1.0) for event in self.scenario.events)
        )
        happening = drivers.sample(sure, self.posterior, seed=self.seed, block=0) if self.places else block
        return [self._swing(base, self.groups[place], happening, size) for place in places]

    def _swing(self, base: World, group: Group, happening: Drivers, size: int) -> Swing | None:
        ends: tuple[float | None, float | None] = (None, None)
        if group.event is not None:
            name, place = self.places[group.event]
            _, factors = rows(happening, slice(0, size))
            worlds = []
            for factor in (np.ones_like(factors[name][place]), factors[name][place]):
                changed = list(base.factors[name])
                changed[place] = factor
                worlds.append(base.moved({}, {name: tuple(changed)}))
        else:
            kind = graph().drivers[group.driver]
            if kind.noise is not None and not group.single:
                return None
            drawn = base.drivers[group.driver]
            if group.name in self.ends:
                ends = self.ends[group.name]
                quantiles = np.array(ends)[:, np.newaxis, np.newaxis]
            else:
                quantiles = np.quantile(drawn, (0.05, 0.95), axis=-1, keepdims=True)
            worlds = [
                base.moved({group.driver: group.taken(drawn, np.broadcast_to(at, drawn.shape))})
                for at in quantiles
            ]
        low, high = (self.target.of(world.outputs(self.axes, size), self.axes) for world in worlds)
        difference = high - low
        return Swing(
            low_input=ends[0],
            high_input=ends[1],
            low_median=self.target.original(float(np.median(low))),
            high_median=self.target.original(float(np.median(high))),
            low_mean=float(np.exp(low).mean()) if self.target.log else float(low.mean()),
            high_mean=float(np.exp(high).mean()) if self.target.log else float(high.mean()),
            mean_error=float(difference.std() / np.sqrt(size)),
        )

    def result(
        self, outputs: Array, alone: Mapping[str, list[Share]], walks: _Walks, swings: Sequence[Swing | None]
    ) -> Sensitivity:
        """Everything put together and sorted."""

        def shares(parts: Array, output: int, every: int = 1) -> list[Share]:
            return ratio_shares(parts[::every, :, output], walks.variance[::every, output], seed=self.seed)

        def first(output: int) -> list[Share]:
            walked = shares(walks.first, output)
            return [
                alone[group.name][output] if group.name in alone else share
                for group, share in zip(self.groups, walked, strict=True)
            ]

        influences = [
            Influence(*each)
            for each in zip(
                self.groups,
                first(0),
                shares(walks.shapley, 0),
                shares(walks.total, 0, self.every),
                swings,
                strict=True,
            )
        ]
        answers = []
        for place, asked in enumerate(self.questions, start=1):
            probability = float(outputs[place].mean())
            brier = probability * (1.0 - probability)
            knowing = [
                Knowing(group, value, float(np.sqrt(max(value.value, 0.0) * brier)), part)
                for group, value, part in zip(
                    self.groups, first(place), shares(walks.shapley, place), strict=True
                )
            ]
            knowing.sort(key=lambda each: (-each.value.value, each.group.name))
            error = proportion_error(probability, self.draws)
            answers.append(Answer(asked, probability, error, tuple(knowing)))
        low, middle, high = (
            self.target.original(float(value)) for value in np.quantile(outputs[0], (0.05, 0.5, 0.95))
        )
        return Sensitivity(
            target=self.target,
            quantiles=(low, middle, high),
            spread=float(outputs[0].std()),
            influences=tuple(sorted(influences, key=lambda each: (-each.shapley.value, each.group.name))),
            answers=tuple(answers),
            without=tuple(self.without),
            attributes={
                "scenario": self.scenario.name,
                "title": self.scenario.title,
                "scenario_digest": self.scenario.digest,
                "as_of": self.scenario.as_of.isoformat(),
                "data_end": self.posterior.attributes.get("data_end", ""),
                "draws": str(self.draws),
                "walked": str(self.walked),
                "seed": str(self.seed),
            },
        )

    def _block(self, number: int) -> Drivers:
        return drivers.sample(self.scenario, self.posterior, seed=self.seed, block=number)

    def outputs(self, world: World, size: int) -> Array:
        """Target and answers on each row, shape ``(output, row)``."""
        values = world.outputs(self.axes, size)
        asked: tuple[Target | Question, ...] = (self.target, *self.questions)
        return np.stack([each.of(values, self.axes) for each in asked])


class _Walk:
    """Two independent sets of inputs on the same number of rows, and all states between them."""

    def __init__(
        self,
        study: _Study,
        first: tuple[dict[str, Array], dict[str, tuple[Array, ...]]],
        other: tuple[dict[str, Array], dict[str, tuple[Array, ...]]],
        size: int,
    ) -> None:
        self.study, self.size = study, size
        self.copula = {name: each for each in study.copulas for name in each.names}
        self.here, self.there = World(study.wanted, *first), World(study.wanted, *other)
        self.x, self.y = self._centred(self.here), self._centred(self.there)
        self.one = {name: first[0][name][0] for name in self.copula}
        self.two = {name: other[0][name][0] for name in self.copula}
        self.scores = {id(each): (each.scores(self.one), each.scores(self.two)) for each in study.copulas}
        self.variance = (0.5 * (self.x - self.y) ** 2).sum(axis=-1)

    def along(self, order: Sequence[int]) -> Array:
        """What each input adds to the explained variance along one order, as sums over rows, ``(input, output)``."""
        result = np.zeros((len(self.study.groups), len(self.x)))
        ranks = {self.study.groups[place].name: rank for rank, place in enumerate(order)}
        known: dict[int, int] = {}
        world, before = self.there, self.y
        for place in order:
            group = self.study.groups[place]
            copula = self.copula.get(group.name)
            if copula is None:
                world = self._take(world, group, self.here)
            else:
                among = sorted(copula.names, key=lambda name: ranks.get(name, len(ranks)))
                known[id(copula)] = known.get(id(copula), 0) + 1
                world = self._mix(world, copula, among, known[id(copula)])
            after = self._centred(world)
            result[place] = step_products(self.x, before, after).sum(axis=-1)
            before = after
        return result

    def first(self, alone: set[str]) -> Array:
        """What each input adds when it is the first to be known, like `along`; left out for those in ``alone``."""
        result = np.zeros((len(self.study.groups), len(self.x)))
        for place, group in enumerate(self.study.groups):
            if group.name in alone:
                continue
            copula = self.copula.get(group.name)
            if copula is None:
                world = self._take(self.there, group, self.here)
            else:
                rest = [name for name in copula.names if name != group.name]
                world = self._mix(self.there, copula, [group.name, *rest], 1)
            result[place] = step_products(self.x, self.y, self._centred(world)).sum(axis=-1)
        return result

    def last(self) -> Array:
        """What each input adds when it is the last to be known, like `along`."""
        result = np.zeros((len(self.study.groups), len(self.x)))
        for place, group in enumerate(self.study.groups):
            copula = self.copula.get(group.name)
            if copula is None:
                world = self._take(self.here, group, self.there)
            else:
                rest = [name for name in copula.names if name != group.name]
                world = self._mix(self.here, copula, [*rest, group.name], len(rest))
            result[place] = step_products(self.x, self._centred(world), self.x).sum(axis=-1)
        return result

    def _centred(self, world: World) -> Array:
        return self.study.outputs(world, self.size) - self.study.means[:, np.newaxis]

    def _take(self, world: World, group: Group, source: World) -> World:
        if group.event is None:
            values = group.taken(world.drivers[group.driver], source.drivers[group.driver])
            return world.moved({group.driver: values})
        name, place = self.study.places[group.event]
        factors = list(world.factors[name])
        factors[place] = source.factors[name][place]
        return world.moved({}, {name: tuple(factors)})

    def _mix(self, world: World, copula: Copula, order: Sequence[str], known: int) -> World:
        mixed = copula.mixed(order, known, self.one, self.two, self.scores[id(copula)])
        changed = {
            name: values[np.newaxis, :]
            for name, values in mixed.items()
            if not np.array_equal(world.drivers[name][0], values)
        }
        return world.moved(changed)
