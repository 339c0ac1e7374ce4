"""History as the claims ask for it: rows and runs by id, costs in constant dollars, and what the essay says."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import chain
from pathlib import Path

from forecast.claims.claim import Figure, Statement
from forecast.observations import BASES, Chip, Observation, Observations, TrainingRun

ESSAY_DATE = date(2023, 9, 30)
"""The essay appeared in September 2023; its day counts as the last one of the month."""

HORIZON = 2028
"""The year in which the five years that the essay looks ahead end."""

MILLION, BILLION, TRILLION = 1e6, 1e9, 1e12
BASIS_NAMES = {"amortized": "amortised", "cloud": "at cloud prices", "reported": "reported"}


@cache
def statements() -> Mapping[int, Statement]:
    """What the essay says, by the number of the claim."""

    def number(text: str) -> float | None:
        return float(text) if text else None

    with (Path(__file__).parent / "essay.csv").open(encoding="utf-8", newline="") as file:
        return {
            int(row["number"]): Statement(
                number=int(row["number"]),
                subject=row["subject"],
                claim=row["claim"],
                essay=row["essay"],
                value=number(row["value"]),
                low=number(row["low"]),
                high=number(row["high"]),
                unit=row["unit"],
                second=number(row["second"]),
                second_unit=row["second_unit"],
            )
            for row in csv.DictReader(file)
        }


@dataclass(frozen=True)
class Facts:
    """Everything known by now, looked up by id.

    A figure that history has under an id is never written anywhere else, so an answer moves when its row is corrected.
    """

    observations: Observations

    @cached_property
    def _rows(self) -> Mapping[str, Observation]:
        known = self.observations
        return {
            row.id: row
            for row in chain(
                known.rental_prices,
                known.algorithms,
                known.data_stocks,
                known.labeling,
                known.lab_finances,
                known.mmlu,
            )
        }

    @cached_property
    def _runs(self) -> Mapping[str, TrainingRun]:
        return {run.id: run for run in self.observations.training_runs}

    @cached_property
    def _chips(self) -> Mapping[str, Chip]:
        return {chip.id: chip for chip in self.observations.chips}

    def row(self, name: str) -> Observation:
        """The row of an id."""
        return self._rows[name]

    def number(self, name: str) -> float:
        """The value of a row, in its own unit."""
        return _given(self.row(name).value, name)

    def ends(self, name: str) -> tuple[float, float]:
        """The ends of a row's interval, in its own unit."""
        row = self.row(name)
        return _given(row.low, name), _given(row.high, name)

    def run(self, name: str) -> TrainingRun:
        """The training run of an id."""
        return self._runs[name]

    def chip(self, name: str) -> Chip:
        """The accelerator of an id."""
        return self._chips[name]

    def compute(self, name: str) -> float:
        """Training compute of a run [FLOP]."""
        measured = self.run(name).compute
        return _given(None if measured is None else measured.value, name)

    def parameters(self, name: str) -> float:
        """Parameters of a run's model."""
        return _given(self.run(name).parameters, name)

    def tokens(self, name: str) -> float:
        """Training tokens of a run."""
        return _given(self.run(name).tokens, name)

    def cost(self, name: str, basis: str) -> float | None:
        """Cost of a run on one basis or as reported [USD of 2023]; None where there is no estimate."""
        run, prices = self.run(name), self.observations.price_index
        if basis in BASES:
            return run.real_cost(basis, prices)
        told = run.cost_reported
        return None if told is None else prices.real(told.value, told.date)

    def amortized(self, name: str) -> float:
        """Amortised cost of a run [USD of 2023]."""
        return _given(self.cost(name, "amortized"), name)

    def costs(self, name: str) -> tuple[Figure, ...]:
        """Cost of a run on every basis that there is an estimate for [USD of 2023]."""
        found = {words: self.cost(name, basis) for basis, words in BASIS_NAMES.items()}
        return tuple(Figure(words, "USD", cost) for words, cost in found.items() if cost is not None)

    def far_below_the_record(self, part: float, *, since: date) -> tuple[int, int]:
        """How many runs released after a day took less than a part of the largest compute until then, and of how many.

        Runs that the fit leaves out, because their compute is contested or estimated from scores, are left out here.
        """
        record, small, all_runs = 0.0, 0, 0
        for run in sorted(self._runs.values(), key=lambda run: run.released):
            if run.compute is None or run.fit != "yes":
                continue
            record = max(record, run.compute.value)
            if run.released > since:
                all_runs += 1
                small += run.compute.value < part * record
        return small, all_runs

    def known(self, name: str) -> date:
        """Since when a row or a run has been known."""
        return (self._rows.get(name) or self._runs[name]).known

    def source(self, names: tuple[str, ...]) -> str:
        """Where rows and runs can be looked up, each source once."""
        found = [(self._rows.get(name) or self._runs.get(name) or self._chips[name]).source for name in names]
        return " | ".join(dict.fromkeys(found))


def _given(value: float | None, name: str) -> float:
    if value is None:
        raise ValueError(f"row {name} holds no such number")
    return value
