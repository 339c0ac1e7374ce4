"""The fit: from history to joint draws of the trends that a forecast starts from.

`fit` is the door. The first call samples with PyMC, which takes the better part of a minute; the draws are
then kept (`forecast.fit.cache`), and later calls import neither PyMC nor ArviZ. A candidate model is one
file, ``model_<name>.py``, with a function that returns a ``pm.Model``.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType
from typing import TYPE_CHECKING

from forecast.fit import cache, candidates
from forecast.fit.diagnostics import Diagnostics
from forecast.fit.history import History, digest, history, year_of
from forecast.fit.sampling import Progress, Settings
from forecast.shapes import Posterior

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from forecast.observations import Observations
    from forecast.units import Array

__all__ = [
    "POSTERIOR",
    "Diagnostics",
    "Fit",
    "Settings",
    "fit",
    "fit_history",
    "full_fit",
    "stored",
    "stored_fit",
    "stored_fit_history",
]

POSTERIOR: Mapping[str, str] = {
    "frontier_compute_now": "FLOP",
    "frontier_compute_growth": "1/yr",
    "frontier_compute_growth_floor": "1/yr",
    "frontier_compute_growth_fade": "yr",
    "frontier_compute_volatility": "yr^-0.5",
    "frontier_compute_growth_volatility": "yr^-1.5",
    "frontier_compute_dispersion": "ln",
    "frontier_compute_tail": "degrees of freedom",
    "frontier_releases": "1/yr",
    "record_compute_now": "FLOP",
    "record_compute_known": "FLOP",
    "price_performance_now": "FLOP/USD",
    "price_performance_growth": "1/yr",
    "price_performance_volatility": "yr^-0.5",
    "price_performance_dispersion": "ln",
    "tpu_price_performance_ratio": "x",
    "cloud_cost_ratio": "x",
    "acquisition_cost_ratio": "x",
}
"""The fitted variables and their units. Rates and logs are natural, money is USD of 2023, "now" is the as-of date.

``frontier_compute_*``: level, slope in force, the floor that it fades to and the time in which the difference falls
to a third, volatilities of level and slope, scale and degrees of freedom
of one run's Student-t scatter about the level (lab effects included, measurement error not).
``frontier_releases``: runs a year that are among the ten largest at release. ``record_compute_known``: the
largest recorded run, its measurement error integrated over; ``record_compute_now``: the same or a larger one
that nobody published. ``price_performance_*``: compute per dollar of amortised hardware and energy on GPU
clusters; the scatter of one run about it is Student-t with 5 degrees of freedom. ``*_ratio``: TPU over GPU
price-performance, cloud and acquisition over amortised cost.
"""

# The exact conditional draws after the sampling have a seed of their own, so that they differ from the
# sampler's.
EXTRACTION_SEED = 20230930


@dataclass(frozen=True)
class Fit:
    """A converged fit and what is known about it.

    Attributes:
        posterior: What the simulator uses.
        extra: Draws that only a report shows: realised mean growths and the chips' growth.
        diagnostics: Figures of the sampler.
        history: What was fitted.
        seconds: How long the sampling took when it was made.
        cached: Whether it was found among the stored fits.
        path: Where it is stored, or None.
        draws: The sampled variables themselves, each of shape ``(chain, draw, ...)``.
    """

    posterior: Posterior
    extra: Mapping[str, Array]
    diagnostics: Diagnostics
    history: History
    seconds: float
    cached: bool
    path: Path | None = field(default=None)
    draws: Mapping[str, Array] = field(default_factory=dict, repr=False)


def fit(
    observations: Observations,
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
    refit: bool = False,
    settings: Settings | None = None,
) -> Posterior:
    """Joint draws of the trends at a date, from everything that was known by then.

    Args:
        observations: History; rows that became known after ``as_of`` are not used.
        as_of: The date that "now" means; the observations' own unless given, today if they have none.
        progress: Is told what is being done, only when something takes long.
        refit: Sample again even if the fit is stored.
        settings: How to sample, for experiments.

    Returns:
        4,000 joint draws of the variables in `POSTERIOR`.

    Raises:
        ConvergenceError: The diagnostics refuse the draws.
        FitError: There is too little history.
    """
    return full_fit(observations, as_of=as_of, progress=progress, refit=refit, settings=settings).posterior


def stored(observations: Observations, *, as_of: date) -> Posterior | None:
    """Joint draws of the trends if they have been fitted before; None instead of a fit that takes long.

    Args:
        observations: History; rows that became known after ``as_of`` are not used.
        as_of: The date that "now" means.
    """
    found = stored_fit(observations, as_of=as_of)
    return found.posterior if found else None


def stored_fit(
    observations: Observations,
    *,
    as_of: date,
    settings: Settings | None = None,
    candidate: str = candidates.SHIPPED,
) -> Fit | None:
    """As `full_fit` if that fit has been made before; None instead of one that takes long.

    Args:
        observations: History; rows that became known after ``as_of`` are not used.
        as_of: The date that "now" means.
        settings: How it was sampled, where that was special.
        candidate: Which model (`forecast.fit.candidates`).
    """
    return stored_fit_history(
        history(observations, as_of=as_of), as_of=as_of, settings=settings, candidate=candidate
    )


def stored_fit_history(
    found: History,
    *,
    as_of: date,
    settings: Settings | None = None,
    candidate: str = candidates.SHIPPED,
) -> Fit | None:
    """As `fit_history` if that fit has been made before; None instead of one that takes long.

    Args:
        found: What was fitted.
        as_of: The date that "now" means.
        settings: How it was sampled, where that was special.
        candidate: Which model (`forecast.fit.candidates`).
    """
    if cache.find(identity_of(found, settings or Settings(), candidate)) is None:
        return None
    return fit_history(found, as_of=as_of, settings=settings, candidate=candidate)


def full_fit(
    observations: Observations,
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
    refit: bool = False,
    settings: Settings | None = None,
    candidate: str = candidates.SHIPPED,
) -> Fit:
    """As `fit`, with diagnostics and the draws that a report shows.

    Args:
        observations: History; rows that became known after ``as_of`` are not used.
        as_of: The date that "now" means; the observations' own unless given, today if they have none.
        progress: Is told what is being done, only when something takes long.
        refit: Sample again even if the fit is stored.
        settings: How to sample, for experiments.
        candidate: Which model (`forecast.fit.candidates`).
    """
    # A fit is of what was known, and the clock stands in for the date only when nothing else names one.
    day = as_of or observations.as_of or date.today()  # noqa: DTZ011
    return fit_history(
        history(observations, as_of=day),
        as_of=day,
        progress=progress,
        refit=refit,
        settings=settings,
        candidate=candidate,
    )


def fit_history(
    found: History,
    *,
    as_of: date,
    progress: Progress | None = None,
    refit: bool = False,
    settings: Settings | None = None,
    candidate: str = candidates.SHIPPED,
) -> Fit:
    """As `full_fit`, of a history that was made by hand.

    Args:
        found: What is fitted.
        as_of: The date that "now" means.
        progress: Is told what is being done, only when something takes long.
        refit: Sample again even if the fit is stored.
        settings: How to sample, for experiments.
        candidate: Which model (`forecast.fit.candidates`).
    """
    model = candidates.module(candidate)
    settings = settings or Settings()
    identity = identity_of(found, settings, candidate)
    entry, cached = entry_of(found, settings, candidate, refit=refit, tell=progress or (lambda _: None))
    everything = model.trends(found, entry.draws, as_of=year_of(as_of), seed=EXTRACTION_SEED)
    diagnostics = Diagnostics(**json.loads(entry.attributes["diagnostics"]))
    posterior = Posterior(
        draws={name: everything[name] for name in POSTERIOR},
        attributes={
            "as_of": as_of.isoformat(),
            "data_end": _day_of(found.end).isoformat(),
            "model": model.NAME,
            "digest": hashlib.sha256(f"{identity}:{as_of.isoformat()}".encode()).hexdigest(),
            "chains": str(diagnostics.chains),
            "draws": str(diagnostics.chains * diagnostics.draws),
            "runs": str(len(found.run_time)),
            "runs_with_cost": str(len(found.paid_time)),
            "runs_bounded": str(len(found.bounded_time)),
            "chips": str(len(found.chip_time)),
        },
    )
    return Fit(
        posterior=posterior,
        extra={name: values for name, values in everything.items() if name not in POSTERIOR},
        diagnostics=diagnostics,
        history=found,
        seconds=float(entry.attributes["seconds"]),
        cached=cached,
        path=entry.path,
        draws=entry.draws,
    )


def entry_of(
    found: History,
    settings: Settings,
    candidate: str,
    *,
    refit: bool = False,
    tell: Progress = lambda _: None,
) -> tuple[cache.Entry, bool]:
    """The draws of a fit, and whether they were stored already.

    Args:
        found: What is fitted.
        settings: How it is sampled.
        candidate: Which model (`forecast.fit.candidates`).
        refit: Sample again even if the fit is stored.
        tell: Is told what is being done.
    """
    identity = identity_of(found, settings, candidate)
    if not refit and (entry := cache.find(identity)) is not None:
        return entry, True
    with _alone(identity, tell):
        # Another process may have made the fit while this one waited.
        if not refit and (entry := cache.find(identity)) is not None:
            return entry, True
        return _make(candidates.module(candidate), found, settings, identity, tell), False


def identity_of(found: History, settings: Settings, candidate: str) -> str:
    """The digest under which a fit is stored: of all that decides its draws."""
    own = () if candidate == candidates.SHIPPED else (candidates.FILES[candidate],)
    return cache.key(digest(found), settings, sources=(*cache.SOURCES, *own))


def _make(
    model: ModuleType, found: History, settings: Settings, identity: str, tell: Progress
) -> cache.Entry:
    from forecast.fit.diagnostics import diagnose
    from forecast.fit.sampling import sample

    started = time.perf_counter()
    sampled = sample(lambda: model.build(found), settings, progress=tell)
    tell("checking convergence")
    diagnostics = diagnose(sampled.draws, sampled.statistics, sampled.labels)
    diagnostics.gate(model.NAME)
    attributes = {
        "model": model.NAME,
        "diagnostics": json.dumps(diagnostics.as_dict()),
        "seconds": f"{time.perf_counter() - started:.1f}",
        "versions": json.dumps(cache.versions(), sort_keys=True),
    }
    path = cache.store(identity, sampled.draws, attributes)
    return cache.Entry(draws=sampled.draws, attributes=attributes, path=path)


def _alone(identity: str, tell: Progress) -> AbstractContextManager[object]:
    """A lock that lets only one process make this fit; none where the folder cannot be written to."""
    from filelock import FileLock, Timeout

    folder = cache.directory()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{identity[:32]}.lock")
        # A lock may be taken again by its holder, so whoever gets it here also gets it when the work starts.
        with suppress(Timeout), lock.acquire(blocking=False):
            return lock
    except OSError:
        return nullcontext()
    tell("waiting for another process that makes the same fit")
    return lock


def _day_of(year: float) -> date:
    first = date(int(year), 1, 1)
    length = date(int(year) + 1, 1, 1).toordinal() - first.toordinal()
    return date.fromordinal(first.toordinal() + round((year - int(year)) * length))
