"""The candidate trend models beside each other, and what weighing them together would give.

Weights come from forecasts of several years, since one year ahead the candidates can hardly be told apart
(nor can cross-validation tell them). Stacking (Yao et al. 2018) takes the weights under which the mixture would have
given the outcomes the highest density. Honest stacking may only use what was known: the weights at an origin come
from the forecasts whose outcome had come by then, and are even as long as there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from forecast import fit as fitting
from forecast import observations as history
from forecast.backtest import FIRST_ORIGIN, LAST_ORIGIN, known_at, our_forecasts
from forecast.backtest.outcomes import RECORDS, observe
from forecast.fit.batch import Each, Wanted
from forecast.fit.batch import make as make_fits
from forecast.fit.candidates import FILES, SHIPPED
from forecast.observations import Observations
from forecast.observations.tables import FOLDER
from forecast.scoring import Score, score
from forecast.shapes import Posterior
from forecast.units import Array

COMBINATIONS = ("even", "stacked")
_SIZE = 4000

CandidateFitter = Callable[[Observations, date, str], Posterior]


@dataclass(frozen=True)
class Comparison:
    """The candidates' scores and weights.

    Attributes:
        scores: A row for each candidate and each combination (``even`` weights, and ``stacked`` with the weights that
            could be known at the origin).
        weights: By origin the stacking weights that could be known there.
        final: The stacking weights from all outcomes there are by now.
    """

    scores: tuple[Score, ...]
    weights: Mapping[int, Mapping[str, float]]
    final: Mapping[str, float]


def compare_candidates(
    origins: Sequence[int] = tuple(range(FIRST_ORIGIN, LAST_ORIGIN + 1)),
    *,
    candidates: Sequence[str] = tuple(FILES),
    progress: Callable[[str], None] = lambda _: None,
    fitter: CandidateFitter | None = None,
    folder: Path = FOLDER,
    each: Each | None = None,
) -> Comparison:
    """Every candidate and their combinations, backtested.

    Args:
        origins: Years at whose ends forecasts are made.
        candidates: Names of candidates (`forecast.fit.candidates`).
        progress: Told what is being done.
        fitter: Makes the posterior of a candidate from what was known on a day; fits it unless given.
        folder: Where the tables lie.
        each: Who makes the fits that are not stored; by default this process, when their turn comes.
    """
    if each is not None:
        wanted = [
            Wanted.at(known, day, settings=settings_of(name), candidate=name)
            for day, known in known_at(origins, folder)
            for name in candidates
        ]
        make_fits(wanted, each, progress=progress)
    make = fitter or _fit
    outcomes = {target: seen.yearly for target, seen in observe(history.load(folder=folder)).items()}
    single: list[Score] = []
    scores: list[Score] = []
    weights = {}
    for day, known in known_at(origins, folder):
        year = day.year
        seen = observe(known, as_of=day)
        samples: dict[tuple[str, int], dict[str, Array]] = {}
        for name in candidates:
            progress(f"{name} from the end of {year}")
            for target, _, lead, sample in our_forecasts(make(known, day, name), known, seen, day):
                samples.setdefault((target, lead), {})[name] = sample
        # Only outcomes that had come by the end of the origin year may speak for the weights there.
        weights[year] = stack([row for row in single if row.origin + row.lead <= year], candidates)
        even = dict.fromkeys(candidates, 1.0 / len(candidates))
        for (target, lead), found in samples.items():
            observed = outcomes[target].get(year + lead)
            if observed is None:
                continue
            mixtures = {"even": mixture(found, even), "stacked": mixture(found, weights[year])}
            for method, sample in (found | mixtures).items():
                row = score(sample, observed, target=target, method=method, origin=year, lead=lead)
                scores.append(row)
                if method in found:
                    single.append(row)
    return Comparison(scores=tuple(scores), weights=weights, final=stack(single, candidates))


def compare_stored(
    origins: Sequence[int] = tuple(range(FIRST_ORIGIN, LAST_ORIGIN + 1)), *, folder: Path = FOLDER
) -> Comparison | None:
    """As `compare_candidates` if all of their fits are stored; None instead of fits that take many minutes.

    Args:
        origins: Years at whose ends forecasts are made.
        folder: Where the tables lie.
    """

    def make(known: Observations, day: date, name: str) -> Posterior:
        found = fitting.stored_fit(known, as_of=day, settings=settings_of(name), candidate=name)
        if found is None:
            raise LookupError(name)
        return _with_extra(found)

    try:
        return compare_candidates(origins, fitter=make, folder=folder)
    except LookupError:
        return None


def stack(
    rows: Sequence[Score], candidates: Sequence[str], *, targets: Sequence[str] = RECORDS
) -> dict[str, float]:
    """The weights under which the mixture of the candidates gives the outcomes the highest mean log density.

    The problem is convex; the steps are those of the EM algorithm, which start from even weights and stay positive.

    Args:
        rows: Scores of the candidates.
        candidates: Their names.
        targets: The targets that count.

    Returns:
        Weights that sum to one; even ones where there are no rows.
    """
    cases: dict[tuple[str, int, int], dict[str, float]] = {}
    for row in rows:
        if row.target in targets:
            cases.setdefault((row.target, row.origin, row.lead), {})[row.method] = -row.log_score
    weights = np.full(len(candidates), 1.0 / len(candidates))
    if cases:
        logs = np.array([[found[name] for name in candidates] for found in cases.values()])
        density = np.exp(logs - logs.max(axis=1, keepdims=True))
        for _ in range(1000):
            shares = density * weights
            weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
    return dict(zip(candidates, weights.tolist(), strict=True))


def mixture(samples: Mapping[str, Array], weights: Mapping[str, float]) -> Array:
    """A sample of the mixture: of each part as many evenly spaced quantiles as its weight asks for.

    Args:
        samples: Draws of each part.
        weights: Their weights, summing to one.
    """
    parts = []
    for name, sample in samples.items():
        size = round(_SIZE * weights[name])
        if size:
            parts.append(np.quantile(sample, (np.arange(size) + 0.5) / size))
    return np.concatenate(parts)


def settings_of(name: str) -> fitting.Settings:
    """How a candidate is sampled here: what ships as ever, as its fits are shared; the others adapt for half as long.

    Fewer draws would be enough for scores, but R-hat could not be told from noise any more.
    """
    return fitting.Settings() if name == SHIPPED else fitting.Settings(tune=500)


def _fit(known: Observations, day: date, name: str) -> Posterior:
    return _with_extra(fitting.full_fit(known, as_of=day, settings=settings_of(name), candidate=name))


def _with_extra(found: fitting.Fit) -> Posterior:
    return Posterior(draws={**found.extra, **found.posterior.draws}, attributes=found.posterior.attributes)
