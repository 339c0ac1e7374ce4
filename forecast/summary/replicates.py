"""Errors of draws that are spread evenly: from how far independent replicates of them lie apart.

Such draws (`forecast.samplers`) are not independent of each other, so neither a binomial error nor the spread of paths
says how precise an estimate is. Replicates are independent: the error of their mean is their standard deviation over
the root of their number, whatever is estimated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from forecast.errors import UsageError
from forecast.shapes import Summary, Trajectories
from forecast.summary.moments import Column, Moments, Node
from forecast.summary.tallies import proportion_error
from forecast.units import Array


@dataclass
class Replicates:
    """What the replicates of a run estimate, joined so that it does not matter where or in which order.

    ``moments`` holds their mean and squared deviations for each number of a summary that has an error, in the order of
    `_estimates`. ``sets`` holds for each year and set of payers the sum of its squared counts: those that are rare are
    in some replicates and not in others, and sums of whole numbers are the same in any order.
    """

    moments: Moments = field(default_factory=Moments)
    sets: Counter[tuple[int, tuple[str, ...]]] = field(default_factory=Counter)

    def add(self, number: int, summary: Summary, draws: int) -> None:
        """Take in one replicate.

        Args:
            number: Which it is; each is taken in once.
            summary: What it comes to, with every set of payers (`forecast.summary.replicate`).
            draws: The number of its draws.
        """
        estimates = _estimates(summary)
        self.moments.add(0, number, Node(1, estimates, np.zeros_like(estimates)))
        self.sets.update(
            {(row.year, row.labs): round(row.probability * draws) ** 2 for row in summary.payer_sets}
        )

    def merge(self, other: Replicates) -> None:
        """Take in other replicates of the same run."""
        self.moments.merge(other.moments)
        self.sets.update(other.sets)

    def errors_of(self, summary: Summary, draws: int) -> Summary:
        """The summary of all paths with the errors that follow from the replicates.

        Args:
            summary: What all paths come to.
            draws: Their number.

        Raises:
            UsageError: There is only one replicate.
        """
        total = self.moments.total()
        if total.size < 2:
            raise UsageError(f"{draws:,} draws are one replicate alone, which does not say how precise it is")
        number, size = total.size, draws // total.size
        plain = np.sqrt(total.squares / (number - 1) / number)
        floored = _of_shares(plain, _estimates(summary), draws)
        values = sum(1 + len(row.quantiles) for row in summary.rows)
        errors = iter([*plain[:values].tolist(), *floored[values:].tolist()])

        def following(count: int) -> tuple[float, ...]:
            return tuple(next(errors) for _ in range(count))

        # The same order as in `_estimates`.
        rows = []
        for row in summary.rows:
            mean, *rest = following(1 + len(row.quantiles))
            rows.append(replace(row, mean_error=mean, quantile_errors=tuple(rest)))
        affordability = []
        for lab in summary.affordability:
            error, by_path = following(2)
            near = None if lab.near is None else next(errors)
            affordability.append(replace(lab, error=error, by_path_error=by_path, near_error=near))
        crossings = []
        for crossing in summary.crossings:
            *by_year, never = following(len(crossing.by_year) + 1)
            crossings.append(replace(crossing, errors=tuple(by_year), never_error=never))
        dropouts = []
        for dropout in summary.dropouts:
            dropped, first = following(2)
            dropouts.append(replace(dropout, dropped_error=dropped, first_error=first))
        payer_sets = []
        for each in summary.payer_sets:
            squares = max(self.sets[each.year, each.labs] / size**2 - number * each.probability**2, 0.0)
            error = np.sqrt(squares / (number - 1) / number)
            payer_sets.append(
                replace(each, error=float(_of_shares(error, np.array(each.probability), draws)))
            )
        return replace(
            summary,
            rows=tuple(rows),
            affordability=tuple(affordability),
            crossings=tuple(crossings),
            dropouts=tuple(dropouts),
            payer_sets=tuple(payer_sets),
        )


def replicate_draws(attributes: Mapping[str, str]) -> int:
    """The number of draws in a replicate of a run; 0 where its draws are independent."""
    return int(attributes.get("replicate_draws", "0"))


def pieces(trajectories: Trajectories) -> Iterator[Trajectories]:
    """The replicates of some paths, one after the other.

    Raises:
        UsageError: The paths are no whole number of replicates.
    """
    size, draws = replicate_draws(trajectories.attributes), trajectories.draws
    if draws % size:
        raise UsageError(
            f"the paths come from replicates of {size:,} evenly spread draws each, and {draws:,} of them are no whole "
            "number of replicates: their errors are unknown; give all paths of the run"
        )
    for start in range(0, draws, size):
        yield replace(
            trajectories,
            variables={
                name: replace(each, values=each.values[..., start : start + size])
                for name, each in trajectories.variables.items()
            },
        )


def share_errors(shares: Array, draws: int) -> Array:
    """Standard errors of shares of paths from the shares in each replicate.

    Args:
        shares: Shape ``(replicate, ...)``.
        draws: The number of all paths.

    Returns:
        Shape ``(...)``.
    """
    return _of_shares(estimate_errors(shares), shares.mean(axis=0), draws)


def estimate_errors(estimates: Array) -> Array:
    """Standard errors of what all paths estimate, from what each replicate does.

    Args:
        estimates: Shape ``(replicate, ...)``.

    Returns:
        Shape ``(...)``.
    """
    errors: Array = estimates.std(axis=0, ddof=1) / np.sqrt(len(estimates))
    return errors


def _of_shares(errors: Array, shares: Array, draws: int) -> Array:
    # What happens on no path, or on all, may still happen on one in many: replicates that agree do not deny it.
    certain = (errors == 0.0) & ((shares == 0.0) | (shares == 1.0))
    return np.where(certain, proportion_error(0.0, draws), errors)


def _estimates(summary: Summary) -> Column:
    """Every number of a summary that has an error, but the sets of payers."""
    found: list[float] = []
    for row in summary.rows:
        found += (row.mean, *row.quantiles)
    for lab in summary.affordability:
        found += (each for each in (lab.probability, lab.by_path, lab.near) if each is not None)
    for crossing in summary.crossings:
        found += (*crossing.by_year, crossing.never)
    for dropout in summary.dropouts:
        found += (dropout.dropped, dropout.first)
    return np.array(found)
