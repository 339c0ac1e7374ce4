"""How much the answer hangs on one row, one lab or one source.

Without a row the posterior is the old one divided by that row's likelihood, so the draws that are there are
weighed for it. Where the weights cannot be trusted (Pareto k above 0.7, `forecast.fit.smoothing`) the model is
sampled again without those rows, compiled once for all such cases in each process that samples: a row is taken
out by giving it a measurement error beyond all bounds.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import FitError
from forecast.fit import cache
from forecast.fit import model_joint_trend as model
from forecast.fit.batch import Each, check_alike, one_by_one
from forecast.fit.headlines import HEADLINES, Interval, headlines, interval
from forecast.fit.history import FEWEST_RUNS, History, digest
from forecast.fit.pointwise import Rows
from forecast.fit.sampling import Progress, Settings, prepare
from forecast.fit.smoothing import smoothed
from forecast.units import Array

# A variance beside which a row says nothing.
_NOTHING = 1e12
# A shift is told in posterior standard deviations; a thousand draws leave a median an error of 4% of one.
_SETTINGS = Settings(chains=2, draws=500, tune=500, seed=20251231)
_SEED = 20251231
_FEWEST_OF_A_LAB = 2


@dataclass(frozen=True)
class Case:
    """Something that could have been missing from history.

    Attributes:
        kind: ``row``, ``lab`` or ``source``.
        name: The run, the lab or the source.
        rows: Positions of its rows in the design.
        runs: How many runs it holds.
    """

    kind: str
    name: str
    rows: NDArray[np.intp]
    runs: int


@dataclass(frozen=True)
class Influence:
    """The headlines without something.

    Attributes:
        case: What is missing.
        how: ``weighed`` or ``sampled again``; ``nothing left`` where too few runs remain for a fit.
        k: Pareto shape of the weights.
        without: The headlines without it, by name; empty where nothing is left.
        shifts: Change of each headline's median in posterior standard deviations.
    """

    case: Case
    how: str
    k: float
    without: Mapping[str, Interval]
    shifts: Mapping[str, float]

    @property
    def largest(self) -> float:
        """The largest shift of a headline, without sign."""
        return max((abs(shift) for shift in self.shifts.values()), default=0.0)


def cases(history: History) -> tuple[Case, ...]:
    """Every run, every lab with at least two runs, every source, chips' prices and unpublished runs among them.

    Args:
        history: What was fitted.
    """
    runs, paid, chips = len(history.names), len(history.paid_time), len(history.chip_time)
    bounded = len(history.bounded_names)
    # The position in `names`, with the unpublished runs behind them, of the run behind each row; chips have none.
    owner = np.concatenate(
        [
            np.arange(runs, dtype=float),
            history.paid_run,
            np.full(chips, -1.0),
            history.cloud_run,
            history.acquisition_run,
            runs + np.arange(bounded, dtype=float),
        ]
    )

    def of(wanted: Sequence[int]) -> NDArray[np.intp]:
        return np.flatnonzero(np.isin(owner, wanted))

    names, labs = (
        (*history.names, *history.bounded_names),
        np.concatenate([history.run_lab, history.bounded_lab]),
    )
    found = [Case("row", name, of([place]), 1) for place, name in enumerate(names)]
    for lab, count in Counter(labs.astype(int).tolist()).most_common():
        if count >= _FEWEST_OF_A_LAB:
            own = np.flatnonzero(labs == lab)
            found.append(Case("lab", history.labs[lab], of(own.tolist()), count))
    sources = [source_of(text) for text in history.sources]
    for source, count in Counter(sources).most_common():
        places = [place for place, name in enumerate(sources) if name == source]
        found.append(Case("source", source, of(places), count))
    if chips:
        found.append(
            Case("source", "prices of chips", np.arange(runs + paid, runs + paid + chips, dtype=np.intp), 0)
        )
    if bounded:
        places = list(range(runs, runs + bounded))
        found.append(Case("source", "bounds of unpublished runs", of(places), bounded))
    return tuple(found)


def source_of(text: str) -> str:
    """The name of a source without its address."""
    return re.split(r",?\s*https?://", text, maxsplit=1)[0].strip() or "not stated"


def influences(
    history: History,
    law: Rows,
    figures: Mapping[str, Array],
    *,
    as_of: float,
    seed: int,
    each: Each = one_by_one,
    progress: Progress = lambda _: None,
) -> tuple[Influence, ...]:
    """The headlines without each of the cases, those with the largest shift first within each kind.

    Args:
        history: What was fitted.
        law: What the model says about its rows.
        figures: Draws of the headlines, in the order of the draws.
        as_of: The date that "now" means [years].
        seed: Seed of the exact conditional draws.
        each: Who samples again where that is needed.
        progress: Is told what is being done.

    Raises:
        FitError: The sampler gave up, or a worker would make another fit than this machine.
    """
    likelihood = law.log_likelihood()
    centre = {name: float(np.median(values)) for name, values in figures.items()}
    spread = {name: float(values.std()) for name, values in figures.items()}

    def told(
        case: Case, how: str, k: float, values: Mapping[str, Array], weights: Array | None = None
    ) -> Influence:
        without = {name: interval(values[name], HEADLINES[name], weights) for name in values}
        shifts = {
            name: (float(np.log(found.median)) - centre[name]) / spread[name]
            for name, found in without.items()
        }
        return Influence(case, how, k, without, shifts)

    found: list[Influence] = []
    again: list[tuple[Case, float]] = []
    for case in cases(history):
        if len(history.names) - int((case.rows < len(history.names)).sum()) < FEWEST_RUNS:
            found.append(Influence(case, "nothing left", np.inf, {}, {}))
            continue
        weights = smoothed(-likelihood[:, case.rows].sum(axis=1))
        if weights.reliable:
            found.append(told(case, "weighed", weights.k, figures, weights.values))
        else:
            again.append((case, weights.k))
    drawn = _sampled_again(history, [case for case, _ in again], each, progress)
    for (case, k), draws in zip(again, drawn, strict=True):
        values = headlines(model.trends(history, draws, as_of=as_of, seed=seed))
        found.append(told(case, "sampled again", k, values))
    order = ("row", "lab", "source")
    return tuple(sorted(found, key=lambda one: (order.index(one.case.kind), -one.largest)))


class _Bench:
    """What all fits without some rows need; the compiled model is made in each process that fits, and stays there."""

    def __init__(self, history: History) -> None:
        self.history = history

    def __getstate__(self) -> History:
        return self.history

    def __setstate__(self, history: History) -> None:
        self.history = history

    def identity(self, case: Case) -> str:
        """The digest under which a fit without a case is stored."""
        return cache.key(f"{digest(self.history)} without {case.rows.tolist()}", _SETTINGS)

    @cached_property
    def known(self) -> Array:
        """The variance of what is known of each row."""
        return np.asarray(model.structure(self.history, model.design(self.history))[2])

    @cached_property
    def compiled(self) -> Any:
        """The model, whose variances may be changed."""
        prepare()
        import nutpie

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return nutpie.compile_pymc_model(model.build(self.history, swappable=True), backend="numba")


def _sampled_again(
    history: History, wanted: Sequence[Case], each: Each, progress: Progress
) -> list[Mapping[str, Array]]:
    """Draws of the fits without each of some cases, in their order, kept like any other fit."""
    bench = _Bench(history)
    names = [bench.identity(case) for case in wanted]
    found: dict[str, Mapping[str, Array]] = {}
    missing: dict[str, Case] = {}
    for name, case in zip(names, wanted, strict=True):
        if (entry := cache.find(name)) is not None:
            found[name] = entry.draws
        else:
            missing[name] = case
    if missing:
        progress("compiling the model for fits without some rows (half a minute)")
        own = {id(case): name for name, case in missing.items()}
        for done, (case, (name, draws)) in enumerate(each(_without, bench, list(missing.values())), start=1):
            check_alike(name, own[id(case)])
            cache.store(name, draws, {"model": model.NAME, "without": case.name})
            found[name] = draws
            progress(f"sampled again without {case.name} ({done} of {len(missing)})")
    return [found[name] for name in names]


def _without(bench: _Bench, case: Case) -> tuple[str, Mapping[str, Array]]:
    """The digest and the draws of a fit without some rows."""
    compiled, variance = bench.compiled, bench.known.copy()
    import nutpie

    variance[case.rows] = _NOTHING
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            trace = nutpie.sample(
                compiled.with_data(known=variance),
                draws=_SETTINGS.draws,
                tune=_SETTINGS.tune,
                chains=_SETTINGS.chains,
                cores=_SETTINGS.chains,
                seed=_SETTINGS.seed,
                target_accept=_SETTINGS.target_accept,
                save_warmup=False,
                progress_bar=False,
            )
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise FitError(f"the sampler gave up without {case.name}: {reason}") from error
    posterior = trace["posterior"]
    names = ("coefficients", "log_scales", "units", "growth")
    drawn = {name: np.ascontiguousarray(posterior[name].values, dtype=float) for name in names}
    return bench.identity(case), drawn
