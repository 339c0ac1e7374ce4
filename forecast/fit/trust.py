"""Why the fit may be trusted, and how far: everything that a sceptical reader would ask for, as plain data.

`assess` computes it; `lines` and `document` say it in words and as JSON, `forecast.report` draws it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.fit import EXTRACTION_SEED, candidates, fit_history
from forecast.fit import model_joint_trend as model
from forecast.fit.batch import Each, Wanted, make, one_by_one
from forecast.fit.checks import SUSPECT, Check, predictive_checks
from forecast.fit.comparison import CAUTION, Candidate, LeaveOneOut, compare
from forecast.fit.headlines import HEADLINES, Interval, headlines
from forecast.fit.history import year_of
from forecast.fit.influence import Influence, influences
from forecast.fit.pointwise import KINDS, Rows, rows
from forecast.fit.priors import SENSITIVE, Contrast, Sensitivity, contrasts, sensitivities
from forecast.fit.sampling import Progress, Settings
from forecast.fit.smoothing import LARGEST_K

if TYPE_CHECKING:
    from forecast.fit import Fit
    from forecast.fit.history import History

_OUTLYING = 5

# The other candidates adapt for half as long as the fit that ships; with fewer draws R-hat would be noise.
_OTHERS = Settings(tune=500)


@dataclass(frozen=True)
class Outlier:
    """A row far from what the model expects: its residual in scales, median over the draws."""

    name: str
    what: str
    residual: float


@dataclass(frozen=True)
class Trust:
    """The trust report of one fit.

    Attributes:
        checks: Posterior predictive checks.
        outliers: The rows furthest from what the model expects.
        contrasts: Every parameter before and after the data.
        sensitivities: Every headline against every prior and the likelihood.
        influences: The headlines without one run, one lab, one source.
        scores: Leave-one-out scores of the candidate models; empty where they were not asked for.
    """

    checks: tuple[Check, ...]
    outliers: tuple[Outlier, ...]
    contrasts: tuple[Contrast, ...]
    sensitivities: tuple[Sensitivity, ...]
    influences: tuple[Influence, ...]
    scores: tuple[LeaveOneOut, ...]


def assess(
    fitted: Fit, *, progress: Progress | None = None, others: bool = True, each: Each | None = None
) -> Trust:
    """The trust report of a fit of the model that ships.

    Args:
        fitted: A converged fit.
        progress: Is told what is being done.
        others: Fit the other candidates too, which takes up to half a minute each the first time.
        each: Who makes the fits that are not stored; by default this process, one after the other.

    Raises:
        ConvergenceError: The diagnostics refuse the draws of another candidate.
        FitError: A sampler gave up, or a worker would make another fit than this machine.
    """
    tell = progress or (lambda _: None)
    history, draws = fitted.history, fitted.draws
    day = date.fromisoformat(fitted.posterior.attributes["as_of"])
    tell("checking predictions and priors")
    law = rows(history, draws)
    figures = headlines({**fitted.posterior.draws, **fitted.extra})
    fits = [Candidate(candidates.SHIPPED, model.NAME, model.FORM, draws)]
    if others:
        names = [name for name in candidates.FILES if name != candidates.SHIPPED]
        if each is not None:
            tell("fitting other models for comparison")
            make([Wanted(history, _OTHERS, name) for name in names], each, progress=tell)
        for name in names:
            module = candidates.module(name)
            tell(f"fitting for comparison: {module.NAME}")
            other = fit_history(history, as_of=day, settings=_OTHERS, candidate=name)
            fits.append(Candidate(name, module.NAME, module.FORM, other.draws))
    return Trust(
        checks=predictive_checks(history, law),
        outliers=outliers(history, law),
        contrasts=contrasts(history, draws),
        sensitivities=sensitivities(history, draws, figures),
        influences=influences(
            history,
            law,
            figures,
            as_of=year_of(day),
            seed=EXTRACTION_SEED,
            each=each or one_by_one,
            progress=tell,
        ),
        scores=compare(history, tuple(fits)) if others else (),
    )


def outliers(history: History, law: Rows) -> tuple[Outlier, ...]:
    """The rows furthest from what the model expects, furthest first.

    Args:
        history: What was fitted.
        law: What the model says about its rows.
    """
    residuals = np.median(law.residuals(), axis=0)
    labels = _labels(history)
    furthest = np.argsort(-np.abs(residuals), kind="stable")[:_OUTLYING]
    return tuple(
        Outlier(labels[row], _KIND_WORDS[KINDS[law.kind[row]]], float(residuals[row])) for row in furthest
    )


_KIND_WORDS: Mapping[str, str] = {
    "run": "compute",
    "price_performance": "compute per dollar",
    "chip": "FLOP/s per dollar",
    "cloud": "cloud over amortised cost",
    "acquisition": "acquisition over amortised cost",
    "bounded": "compute, of which only bounds are known",
}


def _labels(history: History) -> list[str]:
    def named(positions: Any, count: int) -> list[str]:
        known = [history.names[int(place)] if place >= 0 else "a run of the tables" for place in positions]
        return known if len(known) == count else ["a run"] * count

    return [
        *history.names,
        *named(history.paid_run, len(history.paid_time)),
        *(f"a chip of {year:.0f}" for year in np.floor(history.chip_time)),
        *named(history.cloud_run, len(history.cloud_ratio)),
        *named(history.acquisition_run, len(history.acquisition_ratio)),
        *history.bounded_names,
    ]


def _figure(value: float) -> str:
    return f"{value:.2e}" if value and not 1e-3 <= abs(value) < 1e5 else f"{value:.3g}"


def _told(interval: Interval) -> str:
    return f"{_figure(interval.median)} [{_figure(interval.low)}, {_figure(interval.high)}]"


def lines(trust: Trust) -> Iterator[str]:
    """The report in words, a line at a time.

    Args:
        trust: The report.
    """
    yield from _check_lines(trust)
    yield from _prior_lines(trust)
    yield from _influence_lines(trust)
    yield from _score_lines(trust)


def _check_lines(trust: Trust) -> Iterator[str]:
    yield "posterior predictive checks (replicated: median and 90% posterior predictive interval, equal-tailed;"
    yield "p: share of replicated histories above the real one, ties half; drawn towards 0.5, near 0 or 1 is a fault)"
    for check in trust.checks:
        replicated = f"{_figure(check.median)} [{_figure(check.low)}, {_figure(check.high)}]"
        mark = "  <- the model hardly ever does this" if check.suspect else ""
        yield f"  {check.what:<82} {_figure(check.observed):>7}  {replicated:<24} p = {check.p:.3f}{mark}"
    suspects = [check for check in trust.checks if check.suspect]
    yield f"  {len(suspects)} of {len(trust.checks)} p-values are below {SUSPECT} or above {1 - SUSPECT}"
    yield "  rows furthest from what the model expects, in scales of their scatter: " + "; ".join(
        f"{outlier.name}, {outlier.what} {outlier.residual:+.1f}" for outlier in trust.outliers
    )
    yield ""


def _prior_lines(trust: Trust) -> Iterator[str]:
    yield "prior and posterior (median and 90% credible interval, equal-tailed; learned: share of the prior's variance"
    yield "that the data took away; negative where they added some)"
    for contrast in trust.contrasts:
        before, after = _told(contrast.prior), _told(contrast.posterior)
        yield (
            f"  {contrast.label:<55} {before:<30} {after:<30} learned {100 * contrast.learned:4.0f}%  "
            f"{contrast.prior.unit}"
        )
    yield ""
    yield "sensitivity to priors by power-scaling (from 0.05 on a figure leans on a prior; figures are medians with the"
    yield "prior at half and at twice its strength)"
    priors = [each for each in trust.sensitivities if each.component != "likelihood"]
    leaning = [each for each in priors if each.sensitive]
    for each in sorted(leaning, key=lambda each: -each.sensitivity):
        yield _sensitivity_line(each)
    if not leaning and priors:
        most = max(priors, key=lambda each: each.sensitivity)
        yield f"  no figure leans on any of the {len({each.component for each in priors})} priors; nearest to it:"
        yield _sensitivity_line(most)
    weak = [
        HEADLINES[each.headline].label
        for each in trust.sensitivities
        if each.component == "likelihood" and not each.sensitive
    ]
    if weak:
        yield f"  figures that hardly move with the strength of the data (below {SENSITIVE}): {'; '.join(weak)}"
    yield ""


def _sensitivity_line(each: Sensitivity) -> str:
    trusted = "" if each.k <= LARGEST_K else f"  (Pareto k {each.k:.2f}: the two figures cannot be trusted)"
    return (
        f"  {each.label:<55} {HEADLINES[each.headline].label:<42} {each.sensitivity:.3f}  "
        f"{_figure(each.weaker.median)} to {_figure(each.stronger.median)} {each.weaker.unit}{trusted}"
    )


_SHOWN = ("cost_growth", "cost_growth_now", "compute_growth_now")
_MOST = {"row": 5, "lab": 6, "source": 6}


def _influence_lines(trust: Trust) -> Iterator[str]:
    yield "without one run, one lab, one source (median and 90% credible interval, equal-tailed; shift: largest change"
    yield "of a headline's median, in posterior standard deviations)"
    for kind, most in _MOST.items():
        found = [each for each in trust.influences if each.case.kind == kind]
        for each in found[:most]:
            runs = "" if each.case.kind == "row" else f" ({each.case.runs} runs)" if each.case.runs else ""
            name = f"without {each.case.name}{runs}"
            if not each.without:
                yield f"  {name}: nothing is left to fit; history rests on this source"
                continue
            told = "; ".join(f"{HEADLINES[key].label} {_told(each.without[key])}" for key in _SHOWN)
            how = "weighed" if each.how == "weighed" else f"sampled again, as Pareto k would be {each.k:.1f}"
            yield f"  {name}: shift {each.largest:.2f}; {told}; {how}"
        if len(found) > most:
            yield f"  the other {len(found) - most} {kind}s shift less, at most {found[most].largest:.2f}"
    yield ""


def _score_lines(trust: Trust) -> Iterator[str]:
    if not trust.scores:
        return
    yield "candidate models by leave-one-out (elpd: summed log density of rows left out; difference to the one that"
    yield "ships with its standard error, row by row)"
    for score in trust.scores:
        difference = (
            "ships"
            if score.candidate == candidates.SHIPPED
            else f"{score.difference:+.1f} (standard error {score.difference_error:.1f})"
        )
        bad = f"; Pareto k above {LARGEST_K} in {score.unreliable} rows" if score.unreliable else ""
        yield (
            f"  {score.model:<46} elpd {score.elpd:8.1f} (standard error {score.error:.1f})  {difference:<30} "
            f"effective parameters {score.parameters:.1f}{bad}"
        )
    yield f"  {CAUTION}"
    yield ""


def document(trust: Trust) -> dict[str, Any]:
    """The report as plain data for JSON.

    Args:
        trust: The report.
    """
    return {
        "predictive_checks": [{**_finite(asdict(check)), "suspect": check.suspect} for check in trust.checks],
        "outliers": [asdict(outlier) for outlier in trust.outliers],
        "prior_posterior": [
            {
                "name": contrast.name,
                "label": contrast.label,
                "prior": asdict(contrast.prior),
                "posterior": asdict(contrast.posterior),
                "learned": contrast.learned,
            }
            for contrast in trust.contrasts
        ],
        "prior_sensitivity": [
            {**_finite(asdict(each)), "sensitive": each.sensitive} for each in trust.sensitivities
        ],
        "influence": [
            {
                "kind": each.case.kind,
                "name": each.case.name,
                "runs": each.case.runs,
                "how": each.how,
                "pareto_k": each.k if math.isfinite(each.k) else None,
                "largest_shift": each.largest,
                "shifts": dict(each.shifts),
                "without": {name: asdict(value) for name, value in each.without.items()},
            }
            for each in trust.influences
        ],
        "leave_one_out": {
            "caution": CAUTION,
            "candidates": [
                {**_finite(asdict(score)), "by_kind": dict(score.by_kind)} for score in trust.scores
            ],
        },
        "thresholds": {"p_value": SUSPECT, "prior_sensitivity": SENSITIVE, "pareto_k": LARGEST_K},
    }


def _finite(fields: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinity: a shape or an error that has no value is null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in fields.items()
    }
