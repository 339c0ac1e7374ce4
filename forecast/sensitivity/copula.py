"""Some inputs given others, where inputs move together: a Gaussian copula over the draws themselves.

Whole draws are taken as they are. Only when some members of a correlated set are known and the others not, the
others are drawn from the normal copula with the correlations of the draws; margins stay those of the draws. For what a
scenario correlates that is exact, since it is sampled so; for the fit it stands in for the posterior given some of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from forecast.units import Array

# Weaker correlations are within the noise of the posterior's 4,000 draws; conditioning on them would only add noise.
LEAST_CORRELATION = 0.06
# The same for fewer draws: this many standard errors of a correlation of nothing.
LEAST_SCORE = 4.0


@dataclass(frozen=True)
class Margin:
    """The distribution of one input as sorted values with their normal scores."""

    values: Array
    scores: Array

    @classmethod
    def of(cls, draws: Array) -> Margin:
        """The margin of some draws; equal draws share a score."""
        values, counts = np.unique(draws, return_counts=True)
        middle = np.cumsum(counts) - 0.5 * counts
        return cls(values, ndtri(middle / len(draws)))

    def score(self, values: Array) -> Array:
        """Normal scores of values."""
        return np.interp(values, self.values, self.scores)

    def value(self, scores: Array) -> Array:
        """Values at normal scores."""
        return np.interp(scores, self.scores, self.values)


@dataclass(frozen=True)
class Copula:
    """A set of inputs that move together."""

    names: tuple[str, ...]
    correlation: Array
    margins: Mapping[str, Margin]

    def scores(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """Normal scores of the members."""
        return {name: self.margins[name].score(values[name]) for name in self.names}

    def mixed(
        self,
        order: Sequence[str],
        known: int,
        first: Mapping[str, Array],
        other: Mapping[str, Array],
        scores: tuple[Mapping[str, Array], Mapping[str, Array]] | None = None,
    ) -> dict[str, Array]:
        """Values of all members when the first ``known`` of ``order`` are as in ``first`` and the rest is drawn anew.

        The rest takes its chance from ``other``: the innovations of the Cholesky factor in this order. Going from
        ``known`` to ``known + 1`` therefore changes as little as it can.

        Args:
            order: All names of the copula.
            known: How many of them come from ``first``.
            first: Values of the members on some rows.
            other: Independent values of the members on as many rows.
            scores: The `scores` of both, where they are at hand.
        """
        if known == 0:
            return {name: other[name] for name in order}
        if known == len(order):
            return {name: first[name] for name in order}
        places = [self.names.index(name) for name in order]
        factor = np.linalg.cholesky(self.correlation[np.ix_(places, places)])
        # A handful of members: inverting outright beats calling a solver each time.
        inverse = np.linalg.inv(factor)
        both = scores or (self.scores(first), self.scores(other))
        one, two = (inverse @ np.stack([each[name] for name in order]) for each in both)
        scores = factor @ np.vstack([one[:known], two[known:]])
        values = {name: first[name] for name in order[:known]}
        values |= {
            name: self.margins[name].value(score)
            for name, score in zip(order[known:], scores[known:], strict=True)
        }
        return values


def copulas(draws: Mapping[str, Array]) -> list[Copula]:
    """The sets of inputs that move together, found from their draws; inputs that go alone are in none.

    Args:
        draws: Values of inputs that may depend on each other, on the same draws.
    """
    names = [name for name, values in draws.items() if values.min() < values.max()]
    if len(names) < 2:
        return []
    margins = {name: Margin.of(draws[name]) for name in names}
    correlation: Array = np.atleast_2d(
        np.corrcoef(np.stack([margins[name].score(draws[name]) for name in names]))
    )
    noise = LEAST_SCORE / np.sqrt(len(draws[names[0]]))
    linked = np.abs(correlation) >= max(LEAST_CORRELATION, noise)
    found, left = [], set(range(len(names)))
    while left:
        members, waiting = set(), [min(left)]
        while waiting:
            place = waiting.pop()
            if place not in members:
                members.add(place)
                waiting.extend(
                    int(each) for each in np.flatnonzero(linked[place]) if int(each) not in members
                )
        left -= members
        if len(members) > 1:
            places = sorted(members)
            # Draws that are functions of each other would make the matrix singular.
            part = 0.9999 * correlation[np.ix_(places, places)] + 0.0001 * np.eye(len(places))
            chosen = tuple(names[place] for place in places)
            found.append(Copula(chosen, part, {name: margins[name] for name in chosen}))
    return found
