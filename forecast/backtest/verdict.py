"""From single scores to what they say: means by method and lead, paired differences, and what must hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.scoring import Score


@dataclass(frozen=True)
class Average:
    """Scores of one method on one target, averaged over origins (and leads).

    Attributes:
        target: What was forecast.
        method: Who forecast it.
        lead: Years ahead, or None for all leads.
        count: Number of forecasts; those of neighbouring origins share most of their horizon.
        crps: Mean continuous ranked probability score [orders of magnitude].
        log_score: Mean logarithmic score.
        covered_50: Share of outcomes within the central 50% intervals.
        covered_80: The same for 80%.
        covered_90: The same for 90%.
        bias: Mean of the median less the outcome; positive if forecasts ran high [orders of magnitude].
        width_90: Mean width of the central 90% interval [orders of magnitude].
        pit: Mean share of the forecast below the outcome; one half if unbiased.
    """

    target: str
    method: str
    lead: int | None
    count: int
    crps: float
    log_score: float
    covered_50: float
    covered_80: float
    covered_90: float
    bias: float
    width_90: float
    pit: float


@dataclass(frozen=True)
class Paired:
    """The difference of one method's scores to a baseline's on the same forecasts; negative where the method is better.

    Attributes:
        target: What was forecast.
        method: Who forecast it.
        baseline: Whom it is compared with.
        lead: Years ahead, or None for all leads.
        count: Number of pairs.
        crps: Mean difference [orders of magnitude].
        log_score: Mean difference.
        better: Share of the pairs in which the method has the lower CRPS.
        worst_origin: The largest mean difference of CRPS over the origins: how much one origin alone speaks against it.
    """

    target: str
    method: str
    baseline: str
    lead: int | None
    count: int
    crps: float
    log_score: float
    better: float
    worst_origin: float


@dataclass(frozen=True)
class Criterion:
    """One thing that must hold for the fit to be trusted."""

    name: str
    value: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether the value lies between the bounds."""
        return self.low <= self.value <= self.high


def averages(scores: Iterable[Score]) -> tuple[Average, ...]:
    """Means over all leads, then lead by lead, for each target and method in the order of their first score."""
    rows = tuple(scores)
    leads = (None, *sorted({row.lead for row in rows}))
    return tuple(
        _average(chosen, target, method, lead)
        for target in dict.fromkeys(row.target for row in rows)
        for lead in leads
        for method in dict.fromkeys(row.method for row in rows)
        if (chosen := _select(rows, target, method, lead))
    )


def paired(scores: Iterable[Score], *, method: str, baselines: Sequence[str]) -> tuple[Paired, ...]:
    """Differences of a method to each baseline over all leads, then lead by lead."""
    rows = tuple(scores)
    leads = (None, *sorted({row.lead for row in rows}))
    found = []
    for target in dict.fromkeys(row.target for row in rows):
        for lead in leads:
            ours = {(row.origin, row.lead): row for row in _select(rows, target, method, lead)}
            for baseline in baselines:
                pairs = [
                    (ours[row.origin, row.lead], row)
                    for row in _select(rows, target, baseline, lead)
                    if (row.origin, row.lead) in ours
                ]
                if pairs:
                    found.append(_pair(pairs, target, method, baseline, lead))
    return tuple(found)


def criteria(scores: Iterable[Score], *, method: str = "forecast") -> tuple[Criterion, ...]:
    """What must hold on record cost, with the figure found.

    Args:
        scores: All scores.
        method: Whose forecasts are judged.
    """
    found = {row.method: row for row in averages(scores) if row.target == "record_cost" and row.lead is None}
    ours, line, walk = found[method], found["ols_top10"], found["random_walk"]
    return (
        Criterion("CRPS over that of the line through the top ten", ours.crps / line.crps, 0.0, 0.70),
        Criterion("CRPS over that of the random walk with drift", ours.crps / walk.crps, 0.0, 1.0),
        Criterion("coverage of the 80% intervals", ours.covered_80, 0.70, 1.0),
        Criterion("coverage of the 90% intervals", ours.covered_90, 0.85, 1.0),
        Criterion("bias of the median, orders of magnitude", ours.bias, -0.5, 0.5),
        Criterion("90% width over that of the line", ours.width_90 / line.width_90, 0.0, 0.80),
    )


def _select(rows: Iterable[Score], target: str, method: str, lead: int | None) -> list[Score]:
    return [row for row in rows if row.target == target and row.method == method and lead in {None, row.lead}]


def _average(rows: Sequence[Score], target: str, method: str, lead: int | None) -> Average:
    def mean(values: Iterable[float]) -> float:
        return float(np.mean(list(values)))

    return Average(
        target=target,
        method=method,
        lead=lead,
        count=len(rows),
        crps=mean(row.crps for row in rows),
        log_score=mean(row.log_score for row in rows),
        covered_50=mean(row.covered_50 for row in rows),
        covered_80=mean(row.covered_80 for row in rows),
        covered_90=mean(row.covered_90 for row in rows),
        bias=mean(row.median - row.observed for row in rows),
        width_90=mean(row.width_90 for row in rows),
        pit=mean(row.pit for row in rows),
    )


def _pair(
    pairs: Sequence[tuple[Score, Score]], target: str, method: str, baseline: str, lead: int | None
) -> Paired:
    differences = np.array([ours.crps - theirs.crps for ours, theirs in pairs])
    origins = np.array([ours.origin for ours, _ in pairs])
    return Paired(
        target=target,
        method=method,
        baseline=baseline,
        lead=lead,
        count=len(pairs),
        crps=float(differences.mean()),
        log_score=float(np.mean([ours.log_score - theirs.log_score for ours, theirs in pairs])),
        better=float((differences < 0.0).mean()),
        worst_origin=max(float(differences[origins == origin].mean()) for origin in set(origins.tolist())),
    )
