"""The summary of any number of paths, taken in block by block: no path is kept, and parts merge to the same bits.

A run of few paths keeps them and sorts them (`forecast.summary.summarise`). Here quantiles come from
histograms, means from sums in a fixed tree of pairs, and probabilities from whole numbers, so that it does not
matter which process saw which block, or in which order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np

from forecast.shapes import Coordinates, Summary, SummaryRow, Variable
from forecast.summary.histogram import Histograms, Marks, marks_for
from forecast.summary.moments import Moments
from forecast.summary.quantiles import from_order, is_told, summary_rows
from forecast.summary.tallies import (
    TALLIED,
    Tallies,
    affordability_rows,
    crossing_row,
    dropout_rows,
    payer_set_rows,
    tally,
    with_counts,
)

_NOTHING = np.zeros(0)


@dataclass
class Partial:
    """What some blocks of a run come to.

    ``variables`` has the dims, unit and description of each variable that has come, without values, and ``marks`` how
    its values are counted, with one entry for each place of its axes but the draws.
    """

    variables: dict[str, Variable]
    coordinates: Coordinates
    thresholds: tuple[float, ...]
    marks: Mapping[str, tuple[Marks, ...]]
    blocks: set[int] = field(default_factory=set)
    tallies: Tallies | None = None
    moments: dict[str, Moments] = field(default_factory=dict)
    histograms: dict[str, Histograms] = field(default_factory=dict)

    def add(self, block: int, values: Iterable[Variable]) -> None:
        """Take in the paths of one block.

        Args:
            block: Its number; each is taken in once.
            values: Every variable on these paths, the draws along the last axis. Each is looked at once, as it comes.

        Raises:
            ValueError: The block has been taken in.
            FloatingPointError: A value is no number, or too large to be squared for its error.
        """
        self._claim({block})
        draws, together = 0, {}
        for each in values:
            name, draws = each.name, each.values.shape[-1]
            if name not in self.variables:
                self.variables[name] = replace(each, values=_NOTHING)
            if name in TALLIED:
                together[name] = each.values
            if not is_told(each):
                continue
            columns = np.require(each.values, np.float64, ["C", "W"]).reshape(-1, draws)
            try:
                node = self._histograms(name).add(columns)
            except FloatingPointError as error:
                raise FloatingPointError(f"{name}: {error}") from error
            self.moments.setdefault(name, Moments()).add(0, block, node)
        counted = tally(together, self.thresholds, draws=draws)
        if self.tallies is None:
            self.tallies = counted
        else:
            self.tallies.add(counted)

    def merge(self, other: Partial) -> None:
        """Take in the blocks of another part of the same run.

        Raises:
            ValueError: Both hold the same block.
        """
        if other.tallies is None:
            return
        self._claim(other.blocks)
        for name, moments in other.moments.items():
            self.moments.setdefault(name, Moments()).merge(moments)
        for name, histograms in other.histograms.items():
            self._histograms(name).merge(histograms)
        if self.tallies is None:
            self.tallies = deepcopy(other.tallies)
        else:
            self.tallies.add(other.tallies)

    def summary(self, attributes: Mapping[str, str]) -> Summary:
        """What is told about all paths that were taken in."""
        if self.tallies is None:
            raise ValueError("no block has been taken in")
        counts = self.tallies
        return Summary(
            rows=tuple(row for name in told(self.variables) for row in self._rows(name)),
            affordability=tuple(affordability_rows(counts, self.coordinates)),
            crossings=tuple(
                crossing_row(
                    name, self.variables[name].unit, level, by_year, counts.draws, self.coordinates.years
                )
                for (name, level), by_year in counts.reached.items()
            ),
            coordinates=self.coordinates,
            attributes=with_counts(attributes, counts),
            dropouts=tuple(dropout_rows(counts, self.coordinates)),
            payer_sets=tuple(payer_set_rows(counts, self.coordinates)),
        )

    @property
    def width(self) -> float:
        """The widest bucket of any histogram, relative to its value: no quantile is further off than that."""
        return max(each.width for each in self.histograms.values())

    def _claim(self, blocks: set[int]) -> None:
        if twice := self.blocks & blocks:
            raise ValueError(f"blocks {sorted(twice)} are there already")
        self.blocks |= blocks

    def _histograms(self, name: str) -> Histograms:
        if name not in self.histograms:
            self.histograms[name] = Histograms(self.marks[name])
        return self.histograms[name]

    def _rows(self, name: str) -> list[SummaryRow]:
        total = self.moments[name].total()
        histograms = self.histograms[name]
        found = [
            from_order(histograms.order_statistics(column), total.size)
            for column in range(len(histograms.marks))
        ]
        return summary_rows(
            self.variables[name],
            self.coordinates,
            total.mean,
            np.sqrt(total.squares) / total.size,
            np.array([values for values, _ in found]),
            np.array([errors for _, errors in found]),
        )


def told(variables: Mapping[str, Variable]) -> list[str]:
    """The variables that have quantiles."""
    return [name for name, each in variables.items() if is_told(each)]


def resolution(variables: Mapping[str, Variable]) -> dict[str, tuple[Marks, ...]]:
    """How the values of each variable are to be counted, from the first block of a run."""
    found = {}
    for name in told(variables):
        values = variables[name].values
        columns = values.reshape(-1, values.shape[-1]).astype(float)
        found[name] = marks_for(columns, share=variables[name].unit in ("share", "probability"))
    return found
