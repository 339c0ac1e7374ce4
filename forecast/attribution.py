"""Why two scenarios differ: the difference divided exactly over groups of assumptions, by Shapley values.

Every driver belongs to one group: the subject of the model whose formula uses it first. For each set of groups (a
coalition) the model is run with those groups taken from the second scenario and all others from the first, on the same
draws. A group's part is what it adds when it is switched over, averaged over all orders in which the groups can be
switched (Shapley 1953, "A value for n-person games"): parts add up to the whole difference, whatever the
interactions, and the least and greatest contribution over the orders tell how much the groups interact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import factorial
from operator import or_

import numpy as np

from forecast.errors import UsageError, did_you_mean
from forecast.graph import Graph, aligned
from forecast.shapes import Coordinates, Drivers
from forecast.summary import influence
from forecast.summary.replicates import estimate_errors
from forecast.units import Array

EVENTS = "events"
DATE = "date"

MAX_DRAWS = 20_000
"""An attribution uses no more paths: more would refine a division whose range over orders is far wider."""

MAX_PLAYERS = 12

_PROBABILITIES: Mapping[str, float] = {
    "median": 0.5,
    **{f"p{percent}": percent / 100.0 for percent in (5, 10, 25, 75, 90, 95)},
}
STATISTICS = ("mean", *_PROBABILITIES)


@dataclass(frozen=True)
class Target:
    """What is to be explained: a variable, for one lab where it has a lab axis, and what of its paths is compared.

    ``statistic`` is one of `STATISTICS`.
    """

    variable: str
    member: str = ""
    statistic: str = "mean"

    def __str__(self) -> str:
        """The target as people write it: ``training_cost``, ``affordable[openai]``."""
        return f"{self.variable}[{self.member}]" if self.member else self.variable


@dataclass(frozen=True)
class Part:
    """What one group of assumptions contributes to a difference.

    ``value`` is the Shapley value with its Monte Carlo standard error; ``low`` and ``high`` are the least and the
    greatest contribution over all orders of switching; ``alone`` is what switching only this group does, ``last`` what
    it still does when all others have been switched. On a logarithmic scale, exp of each is a factor.
    """

    group: str
    value: float
    error: float
    low: float
    high: float
    alone: float
    last: float


@dataclass(frozen=True)
class Attribution:
    """A difference between two scenarios and its parts, which add up to it to rounding.

    ``first`` and ``second`` are the statistic in each scenario, of the natural logarithm where ``log`` is set.
    ``coalitions`` is the number of different mixtures of
    the two scenarios that had to be evaluated.
    """

    target: Target
    unit: str
    year: int
    log: bool
    first: float
    second: float
    difference: float
    error: float
    parts: tuple[Part, ...]
    draws: int
    coalitions: int

    @property
    def measure(self) -> str:
        """The value that is divided, in words: ``geometric mean of training_cost in 2031``."""
        statistic = self.target.statistic
        if statistic == "mean" and self.log:
            statistic = "geometric mean"
        return f"{statistic} of {self.target} in {self.year}"


def groups(graph: Graph) -> dict[str, str]:
    """The group of every driver: its subject; of what the calendar fixes `DATE`, as `EVENTS` is that of events."""
    return {
        name: DATE if graph.drivers[name].calendar else subject for name, subject in graph.subjects().items()
    }


def players(graph: Graph) -> tuple[str, ...]:
    """All groups of assumptions, in the order in which the model uses them."""
    subjects = dict.fromkeys(group for group in groups(graph).values() if group != DATE)
    return (*subjects, EVENTS, DATE)


def target_of(graph: Graph, name: str, *, statistic: str = "mean") -> Target:
    """The target that a text such as ``training_cost`` or ``affordable[openai]`` names.

    Raises:
        UsageError: There is no such variable or statistic, or the variable needs a lab and none is given.
    """
    if statistic not in STATISTICS:
        raise UsageError(f'"{statistic}" is none of {", ".join(STATISTICS)}')
    variable, bracket, rest = name.partition("[")
    if variable not in graph.nodes:
        raise UsageError(f'there is no variable "{variable}"{did_you_mean(variable, graph.nodes)}')
    member = rest.removesuffix("]")
    needs = graph.nodes[variable].kind.member
    if needs and not member:
        raise UsageError(f'"{variable}" has a value for each {needs}: write {variable}[{needs.upper()}]')
    if bracket and not needs:
        raise UsageError(f'"{variable}" is one number for the whole world; write it without [{member}]')
    return Target(variable, member, statistic)


def shapley(values: Array) -> tuple[Array, Array, Array]:
    """Shapley values of a game, and the least and greatest contribution of each player over all orders.

    Args:
        values: The worth of each coalition, shape ``(2**n, ...)``; bit i of the index says whether player i is in.

    Returns:
        Three arrays of shape ``(n, ...)``.
    """
    n = int(values.shape[0]).bit_length() - 1
    if n == 0:
        empty = np.empty((0, *values.shape[1:]))
        return empty, empty, empty
    value = np.tensordot(_weights(n), values, axes=1)
    coalitions = np.arange(2**n)
    low, high = np.empty_like(value), np.empty_like(value)
    for player in range(n):
        without = coalitions[(coalitions >> player) & 1 == 0]
        marginal = values[without | (1 << player)] - values[without]
        low[player], high[player] = marginal.min(axis=0), marginal.max(axis=0)
    return value, low, high


def _weights(n: int) -> Array:
    """By how much the worth of each coalition counts in each player's Shapley value, shape ``(n, 2**n)``."""
    coalitions = np.arange(2**n)
    inside = (coalitions >> np.arange(n)[:, np.newaxis]) & 1
    others = inside.sum(axis=0) - inside
    share = np.array([factorial(size) * factorial(n - size - 1) / factorial(n) for size in range(n)])
    # A player outside the coalition of all others does not occur, so the index stays within the table.
    weights: Array = np.where(inside == 1, 1.0, -1.0) * share[others]
    return weights


def attribute(
    graph: Graph,
    blocks: Iterable[tuple[Drivers, Drivers]],
    coordinates: tuple[Coordinates, Coordinates],
    targets: Sequence[Target],
    *,
    year: int,
    draws: int,
    replicate: int = 0,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Attribution, ...]:
    """The difference between two scenarios in some targets, divided over the groups of assumptions.

    Args:
        graph: The formulas.
        blocks: Drivers of the first and of the second scenario, block by block, on the same draws.
        coordinates: The labels of the axes in each scenario; the years must be the same.
        targets: What is to be explained. Positive amounts (dollars, FLOP, tokens and the like) are compared on the
            logarithmic scale, counts, shares and yes or no as they are.
        year: The year in which it is.
        draws: The number of paths; the rest of the last block is dropped.
        replicate: The number of paths in a replicate where they are spread evenly, else 0; ``draws`` is a multiple of
            it. Errors then come from the Shapley values of each replicate by itself.
        progress: Called with the number of draws done after each block.

    Returns:
        One attribution for each target, in their order.

    Raises:
        UsageError: The scenarios do not forecast the same years, or their labs, sources or tiers differ in a way that
            no single group accounts for.
    """
    if coordinates[0].years != coordinates[1].years:
        raise UsageError("an attribution needs two scenarios that forecast the same years")
    game = _Game(graph, coordinates, targets, coordinates[0].years.index(year))
    collected: list[list[_Payoffs]] = [[] for _ in targets]
    done = 0
    for first, second in blocks:
        size = min(first.size, draws - done)
        for place, payoffs in enumerate(game.play(first, second, size)):
            collected[place].append(payoffs)
        done += size
        progress(done)
    return tuple(
        _divided(graph, game, target, payoffs, year=year, replicate=replicate)
        for target, payoffs in zip(targets, collected, strict=True)
    )


@dataclass(frozen=True)
class _Payoffs:
    """A target on the paths of one block for each coalition that can differ: ``mask`` are the groups that matter."""

    mask: int
    by_coalition: Mapping[int, Array]


class _Game:
    """Evaluates coalitions; a formula is computed once for all coalitions that agree on the groups it depends on."""

    def __init__(
        self,
        graph: Graph,
        coordinates: tuple[Coordinates, Coordinates],
        targets: Sequence[Target],
        year: int,
    ) -> None:
        self.graph, self.coordinates, self.targets, self.year = graph, coordinates, targets, year
        self.order = graph.needed(target.variable for target in targets)
        self.group = groups(graph)
        self.players = players(graph)
        self.bit = {name: 1 << place for place, name in enumerate(self.players)}
        self.axis_bit = {dim: self._bit_of_axis(dim) for dim in ("lab", "source", "tier")}

    def _bit_of_axis(self, dim: str) -> int:
        """The group that brings the members of an axis along, when the two scenarios have different ones."""
        if self.coordinates[0].members(dim) == self.coordinates[1].members(dim):
            return 0
        owners = {self.group[name] for name, kind in self.graph.drivers.items() if kind.member == dim}
        if len(owners) > 1:
            raise UsageError(
                f"the scenarios have different {dim}s, and drivers with that axis stand in several groups "
                f"({', '.join(sorted(owners))}): such a difference cannot be divided"
            )
        return self.bit[owners.pop()] if owners else 0

    def play(self, first: Drivers, second: Drivers, size: int) -> Iterator[_Payoffs]:
        """The targets of one block in every coalition that differs."""
        masks = self._masks(first, second)
        wanted = tuple(dict.fromkeys(target.variable for target in self.targets))
        total = reduce(or_, (masks[name] for name in wanted), 0)
        found: dict[Target, dict[int, Array]] = {target: {} for target in self.targets}
        kept: dict[tuple[str, int], Array] = {}
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            for coalition in self._coalitions(total, masks):
                values: dict[str, Array] = {}
                for target in self.targets:
                    key = coalition & masks[target.variable]
                    if key not in found[target]:
                        value = self._value(target.variable, coalition, masks, (first, second), values, kept)
                        found[target][key] = self._read(target, value, coalition, first.size)[:size]
                self._settle(coalition, total, masks, values, kept)
        for target in self.targets:
            yield _Payoffs(masks[target.variable], found[target])

    def _masks(self, first: Drivers, second: Drivers) -> dict[str, int]:
        """For every driver and variable, the groups whose switching can change it in this block."""
        masks = {}
        for name, group in self.group.items():
            one, other = first.values[name], second.values[name]
            same = one is other or (one.shape == other.shape and np.array_equal(one, other))
            masks[name] = 0 if same else self.bit[group]
        for name in self.order:
            node = self.graph.nodes[name]
            mask = self.axis_bit.get(node.kind.member, 0)
            for argument in node.inputs:
                mask |= masks[argument]
            factors = first.factors.get(name, ()), second.factors.get(name, ())
            if len(factors[0]) != len(factors[1]) or not all(map(np.array_equal, *factors)):
                mask |= self.bit[EVENTS]
            masks[name] = mask
        return masks

    def _coalitions(self, total: int, masks: Mapping[str, int]) -> Iterator[int]:
        """All coalitions of the groups that matter; groups on which little depends are switched most often.

        Formulas that do not see a group then stay in memory for a short stretch of the sequence only.
        """
        bits = [bit for bit in self.bit.values() if bit & total]
        if len(bits) > MAX_PLAYERS:
            raise UsageError(f"{len(bits)} groups differ; an attribution can hold {MAX_PLAYERS}")
        self.sequence = sorted(bits, key=lambda bit: sum(bool(masks[name] & bit) for name in self.order))
        for number in range(2 ** len(bits)):
            yield sum(bit for place, bit in enumerate(self.sequence) if number >> place & 1)

    def _value(
        self,
        name: str,
        coalition: int,
        masks: Mapping[str, int],
        drivers: tuple[Drivers, Drivers],
        values: dict[str, Array],
        kept: Mapping[tuple[str, int], Array],
    ) -> Array:
        """The value of a variable or driver in a coalition, from memory where another coalition had the same."""
        if name in values:
            return values[name]
        mask = masks[name]
        if name in self.graph.drivers:
            return drivers[1 if coalition & mask else 0].values[name]
        known = kept.get((name, coalition & mask))
        if known is None:
            node = self.graph.nodes[name]
            known = node.formula(
                *(self._value(each, coalition, masks, drivers, values, kept) for each in node.inputs)
            )
            for factor in drivers[1 if coalition & self.bit[EVENTS] else 0].factors.get(name, ()):
                known = known * factor
        values[name] = known
        return known

    def _settle(
        self,
        coalition: int,
        total: int,
        masks: Mapping[str, int],
        values: Mapping[str, Array],
        kept: dict[tuple[str, int], Array],
    ) -> None:
        """Keep what a later coalition will use again, and drop what none will."""
        for name, value in values.items():
            free = total & ~masks[name]
            key = (name, coalition & masks[name])
            if free and coalition & free != free:
                kept[key] = value
        # A value is last used by the coalition that has every group the value does not depend on.
        for name, groups_in in list(kept):
            free = total & ~masks[name]
            if coalition & free == free and groups_in == coalition & masks[name]:
                del kept[name, groups_in]

    def _read(self, target: Target, value: Array, coalition: int, draws: int) -> Array:
        """A target in its year on every path."""
        kind = self.graph.nodes[target.variable].kind
        axes = self.coordinates[1 if coalition & self.axis_bit.get(kind.member, 0) else 0]
        shape = {
            "lab": len(axes.labs),
            "source": len(axes.sources),
            "tier": len(axes.tiers),
            "year": len(axes.years),
            "draw": draws,
        }
        full = aligned(value, kind, shape)
        if kind.member:
            full = full[axes.members(kind.member).index(target.member)]
        return np.array(full if kind.path else full[self.year])


def _worth(values: Array, target: Target) -> tuple[Array, Array]:
    """The statistic of a target along the last axis, and by how much each path moves it."""
    if target.statistic == "mean":
        return values.mean(axis=-1), values
    return influence(values, _PROBABILITIES[target.statistic])


def _divided(
    graph: Graph, game: _Game, target: Target, payoffs: Sequence[_Payoffs], *, year: int, replicate: int
) -> Attribution:
    unit = graph.nodes[target.variable].kind.unit
    mask = reduce(or_, (block.mask for block in payoffs), 0)
    bits = [bit for bit in game.bit.values() if bit & mask]
    coalitions = [
        sum(bit for place, bit in enumerate(bits) if number >> place & 1) for number in range(2 ** len(bits))
    ]
    values = np.stack(
        [
            np.concatenate([block.by_coalition[coalition & block.mask] for block in payoffs])
            for coalition in coalitions
        ]
    )
    log = unit.positive or (unit.nonnegative and bool(unit.exponents))
    log = log and bool(values.min() > 0.0)
    if log:
        values = np.log(values)
    worth, moves = _worth(values, target)
    draws = values.shape[-1]
    value, low, high = shapley(worth)
    if replicate:
        # What replicates come to takes the place of what paths do: they are independent, as paths here are not.
        moves = _worth(values.reshape(len(values), -1, replicate), target)[0]

    def error(sums: Array) -> Array:
        return estimate_errors(sums.T) if replicate else sums.std(axis=-1) / np.sqrt(draws)

    errors = error(_weights(len(bits)) @ moves) if bits else np.empty(0)
    place_of = {bit: place for place, bit in enumerate(bits)}
    everyone = len(coalitions) - 1
    parts = []
    for name, bit in game.bit.items():
        if bit not in place_of:
            parts.append(Part(name, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0))
            continue
        place = place_of[bit]
        parts.append(
            Part(
                group=name,
                value=float(value[place]),
                error=float(errors[place]),
                low=float(low[place]),
                high=float(high[place]),
                alone=float(worth[1 << place] - worth[0]),
                last=float(worth[everyone] - worth[everyone ^ (1 << place)]),
            )
        )
    return Attribution(
        target=target,
        unit=unit.symbol,
        year=year,
        log=log,
        first=float(worth[0]),
        second=float(worth[everyone]),
        difference=float(worth[everyone] - worth[0]),
        error=float(error(moves[everyone] - moves[0])),
        parts=tuple(parts),
        draws=draws,
        coalitions=len(coalitions),
    )
