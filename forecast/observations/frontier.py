"""Which runs were at the frontier when they were released."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from forecast.observations.records import TrainingRun


def ranked(runs: Iterable[TrainingRun]) -> tuple[TrainingRun, ...]:
    """The runs in order of release, each with its place by compute among those released so far.

    Only runs that may be fitted count as competitors: a withdrawn estimate or a second helping of the same compute
    takes nobody's place. Such a run still gets the place it would have had. Runs of one day are there at the same time.

    Args:
        runs: Any runs, in any order.
    """
    ordered = sorted(runs, key=lambda run: (run.released, run.id))
    largest: list[float] = []
    result: list[TrainingRun] = []
    for _, day in groupby(ordered, key=lambda run: run.released):
        group = tuple(day)
        for run in group:
            if run.compute is not None and run.fit == "yes":
                insort(largest, run.compute.value)
        result.extend(
            run
            if run.compute is None
            else replace(run, rank=1 + len(largest) - bisect_right(largest, run.compute.value))
            for run in group
        )
    return tuple(result)
