"""Simulation-based calibration: does the fit find, as often as it says, what was put into made-up histories?

Truths are drawn from the model's own prior, histories from the truths, and each history is fitted. If model,
sampler and everything after them are right, the rank of a truth among the draws of its fit is uniform, for
every parameter (Talts et al. 2018, https://arxiv.org/abs/1804.06788).

The made-up histories have the dates, labs, chips and measurement errors of a real one. Of the runs without a published
compute, each has a truth too; what is told of it is on which side of the real one's bounds it fell. Their walks are
simulated shock by shock, from the first slope on, and not in the coordinates that the sampler uses
(`forecast.fit.bridge`): so a mistake in those coordinates, or in the slope and drift that are drawn after the
sampling, shows up too. The true compute of each run is known, hence also the true record.

Uniformity is judged by the empirical distribution of the ranks. It must stay within a band that holds 99% of
all uniform samples as a whole (Säilynoja, Bürkner and Vehtari 2022, https://arxiv.org/abs/2103.10522), with
the threshold divided by the number of quantities: among thirty, one would leave its own band every third time.

The rate of releases is left out: its prior is improper, and its posterior is known exactly.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import FitError
from forecast.fit import model_joint_trend as model
from forecast.fit.batch import Each, one_by_one
from forecast.fit.bridge import Bridge
from forecast.fit.censoring import BEYOND, exact_log_probability
from forecast.fit.history import MEASUREMENT_ERROR, History
from forecast.fit.pointwise import rows
from forecast.fit.sampling import Progress, prepare
from forecast.units import Array

PROBABILITY = 0.99
"""Probability that all quantities of a calibrated model stay within their bands."""

SEED = 20180418
_KEPT, _THIN, _TUNE = 99, 5, 500
_TARGET_ACCEPT = 0.9

# Quantities that are made from the sampled ones after the sampling.
_DERIVED = (
    "frontier_compute_now",
    "frontier_compute_growth",
    "frontier_compute_mean_growth",
    "price_performance_now",
    "price_performance_growth",
    "price_performance_mean_growth",
    "record_compute_known",
)


@dataclass(frozen=True)
class Truth:
    """One made-up history and what it was made with.

    Attributes:
        outcome: Its rows as the model sees them, shape ``(rows,)``.
        low: What is known of the runs without a published compute: at least this, shape ``(runs,)``.
        high: At most this.
        values: The true value of every quantity that is judged.
    """

    outcome: Array
    low: Array
    high: Array
    values: Mapping[str, float]


@dataclass(frozen=True)
class Calibration:
    """Where the truths fell among the draws of their fits.

    Attributes:
        ranks: For each quantity the number of draws below the truth, shape ``(fits,)``.
        draws: Number of draws of each fit: ranks run from 0 to this.
        divergences: Divergent transitions over all fits.
        seconds: How long the fits took, one after the other and without compiling.
        seed: Seed of everything.
    """

    ranks: Mapping[str, NDArray[np.intp]]
    draws: int
    divergences: int
    seconds: float
    seed: int

    @property
    def fits(self) -> int:
        """The number of made-up histories."""
        return len(next(iter(self.ranks.values())))


@dataclass(frozen=True)
class Verdict:
    """How uniform the ranks of one quantity are.

    Attributes:
        name: The quantity.
        mean: Mean rank over the number of draws; a half where truths fall evenly. Below: the fit is too high.
        spread: Variance of the ranks over that of uniform ones. Above one: the fit is too sure of itself.
        p: Probability that ranks of a calibrated model leave a band as wide as the one they need.
        passed: Whether ``p`` is at least the threshold.
    """

    name: str
    mean: float
    spread: float
    p: float
    passed: bool


def simulate(history: History, generator: np.random.Generator, *, fixed: model.Design | None = None) -> Truth:
    """A truth from the prior and a history from the truth, written straight from the equations of the model.

    Args:
        history: Gives dates, labs, chip kinds and measurement errors; its values are not used.
        generator: Source of chance.
        fixed: The history's design, where many are simulated.
    """
    fixed = fixed or model.design(history)
    grid, runs = fixed.grid, len(history.run_time)
    coefficient = {
        name: float(generator.normal(mean, scale)) for name, (mean, scale) in model.COEFFICIENTS.items()
    }
    scale = {
        name: float(median * factor ** generator.standard_normal())
        for name, (median, factor) in model.SCALES.items()
    }

    shocks = scale["slope_walk"] * math.sqrt(grid.step) * generator.standard_normal(grid.intervals)
    slopes = generator.normal(*model.FIRST_SLOPE) + np.concatenate([[0.0], np.cumsum(shocks)])
    jumps = scale["level_walk"] / math.sqrt(grid.step) * generator.standard_normal(grid.intervals)
    compute_growth = slopes[:-1] + jumps
    # The trend of compute where runs are, where bounds are known, and at both ends of the well-observed stretch.
    times = np.concatenate([history.run_time, history.bounded_time, [history.start, history.end, grid.end]])
    compute_at = _centred_path(grid, compute_growth, times, runs)
    growth_now = slopes[-1]
    if model.FORM.fades:
        bend_at, bend_growth = _fading(grid, coefficient, compute_growth.mean(), times, runs)
        compute_at, growth_now = compute_at + bend_at, growth_now + bend_growth
    compute_start, compute_seen, compute_end = compute_at[-3:]
    years = history.end - history.start

    drift = generator.normal(coefficient["chip_growth"], model.DRIFT_FROM_CHIPS)
    jumps = scale["price_performance_walk"] / math.sqrt(grid.step) * generator.standard_normal(grid.intervals)
    paid = len(history.paid_time)
    price_at = _centred_path(
        grid, drift + jumps, np.concatenate([history.paid_time, [history.start, history.end, grid.end]]), paid
    )
    price_start, price_seen, price_end = price_at[-3:]

    labs = len(history.labs)
    run_lab = scale["run_lab"] * generator.standard_normal(labs)
    price_lab = scale["price_performance_lab"] * generator.standard_normal(labs)
    lab = np.concatenate([history.run_lab, history.bounded_lab]).astype(int)
    expected = coefficient["compute_level"] + compute_at[: len(lab)] + run_lab[lab]
    error = np.concatenate(
        [history.run_error, np.full(len(history.bounded_lab), MEASUREMENT_ERROR["unknown"])]
    )
    # Scatter and measurement error belong to one Student-t: one precision for both.
    precision = generator.gamma(scale["run_tail"] / 2.0, 2.0 / scale["run_tail"], len(lab))
    compute = expected + scale["run_dispersion"] * generator.standard_normal(len(lab)) / np.sqrt(precision)
    recorded = compute + error * generator.standard_normal(len(lab)) / np.sqrt(precision)
    low, high = _told(recorded[runs:], fixed.low, fixed.high)

    def scattered(kind: str, expected: Array) -> Array:
        noise = generator.standard_t(model.OTHER_TAIL, len(expected))
        return np.asarray(expected + scale[f"{kind}_dispersion"] * noise)

    price = (
        coefficient["price_performance_level"]
        + price_at[:paid]
        + coefficient["tpu"] * history.paid_tpu
        + price_lab[history.paid_lab.astype(int)]
    )
    chips = (
        coefficient["chip_level"]
        + coefficient["chip_growth"] * (history.chip_time - fixed.chip_time_centre)
        + coefficient["chip_own"] * history.chip_own
    )
    outcome = np.concatenate(
        [
            recorded[:runs],
            scattered("price_performance", price),
            scattered("chip", chips),
            scattered("cloud", np.full(len(history.cloud_ratio), coefficient["cloud"])),
            scattered("acquisition", np.full(len(history.acquisition_ratio), coefficient["acquisition"])),
        ]
    )
    values = {
        **coefficient,
        **scale,
        "frontier_compute_now": coefficient["compute_level"] + compute_end,
        "frontier_compute_growth": float(growth_now),
        "frontier_compute_mean_growth": float(compute_seen - compute_start) / years,
        "price_performance_now": coefficient["price_performance_level"] + price_end,
        "price_performance_growth": float(drift),
        "price_performance_mean_growth": float(price_seen - price_start) / years,
        "cost_growth": float(growth_now - drift),
        "record_compute_known": float(compute[:runs].max()),
    }
    likelihood = _log_likelihood(
        outcome,
        np.concatenate([expected[:runs], price, chips, *(_constant(history, coefficient))]),
        _scales(history, scale),
        _tails(history, scale["run_tail"]),
    )
    if len(low):
        width = np.hypot(scale["run_dispersion"], error[runs:])
        below, above = ((bound - expected[runs:]) / width for bound in (low, high))
        likelihood += float(exact_log_probability(below, above, np.array(scale["run_tail"])).sum())
    values["log_likelihood"] = likelihood
    return Truth(outcome, low, high, values)


def _told(recorded: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """What is told of records that stay unpublished: below the lower bound, between the bounds, or above the upper."""
    below, above = recorded <= low, recorded >= high
    return (
        np.where(below, -BEYOND, np.where(above, high, low)),
        np.where(below, low, np.where(above, BEYOND, high)),
    )


def _centred_path(grid: Bridge, growth: Array, times: Array, count: int) -> Array:
    """The trend at some times, less its mean over the first of them."""
    knots = np.linspace(grid.start, grid.end, grid.intervals + 1)
    level = np.concatenate([[0.0], np.cumsum(growth * grid.step)])
    at = np.interp(times, knots, level)
    return np.asarray(at - at[:count].mean())


def _fading(
    grid: Bridge, coefficient: Mapping[str, float], mean_growth: float, times: Array, count: int
) -> tuple[Array, float]:
    """What fading adds to the trend at some times, less its mean over the first of them, and to growth at the end.

    Growth beside the walks is ``G share + G (1 - share) exp(-s / fade) / m`` with ``m`` the mean of the exponential.
    """
    fade = math.exp(coefficient["fade_time"])
    share = 1.0 / (1.0 + math.exp(-coefficient["floor_share"]))
    length = grid.end - grid.start
    mean = fade / length * (1.0 - math.exp(-length / fade))
    above = mean_growth * (1.0 - share)

    since = times - grid.start
    at = above * (fade * (1.0 - np.exp(-since / fade)) / mean - since)
    return at - at[:count].mean(), above * (math.exp(-length / fade) / mean - 1.0)


def _constant(history: History, coefficient: Mapping[str, float]) -> tuple[Array, Array]:
    return (
        np.full(len(history.cloud_ratio), coefficient["cloud"]),
        np.full(len(history.acquisition_ratio), coefficient["acquisition"]),
    )


def _sizes(history: History) -> tuple[int, int, int, int]:
    return (
        len(history.paid_time),
        len(history.chip_time),
        len(history.cloud_ratio),
        len(history.acquisition_ratio),
    )


def _scales(history: History, scale: Mapping[str, float]) -> Array:
    kinds = ("price_performance", "chip", "cloud", "acquisition")
    others = np.repeat([scale[f"{kind}_dispersion"] for kind in kinds], _sizes(history))
    return np.concatenate([np.hypot(scale["run_dispersion"], history.run_error), others])


def _tails(history: History, run_tail: float) -> Array:
    return np.concatenate(
        [np.full(len(history.run_time), run_tail), np.full(sum(_sizes(history)), model.OTHER_TAIL)]
    )


def _log_likelihood(outcome: Array, expected: Array, scale: Array, tail: Array) -> float:
    from forecast.fit.pointwise import student_t_log_density

    return float((student_t_log_density((outcome - expected) / scale, tail) - np.log(scale)).sum())


def calibrate(
    history: History,
    *,
    fits: int,
    seed: int = SEED,
    each: Each = one_by_one,
    progress: Progress = lambda _: None,
) -> Calibration:
    """Fit many made-up histories with the model that ships, compiled once in each process, and rank the truths.

    Args:
        history: Gives dates, labs, chip kinds and measurement errors.
        fits: Number of made-up histories.
        seed: Seed of truths, histories and sampler; the same seed gives the same ranks, whoever makes the fits.
        each: Who makes them.
        progress: Is told what is being done.
    """
    progress("compiling the model (half a minute)")
    found: dict[int, tuple[dict[str, int], int, float]] = {}
    for number, answer in each(_ranked, _Bench(history, seed), range(fits)):
        found[number] = answer
        if len(found) % 10 == 0:
            progress(f"calibrating: {len(found)} of {fits} made-up histories fitted")
    # In the order of the histories, not in that in which they came in.
    inorder = [found[number] for number in range(fits)]
    return Calibration(
        ranks={
            name: np.array([ranks[name] for ranks, *_ in inorder], dtype=np.intp) for name in inorder[0][0]
        },
        draws=_KEPT,
        divergences=sum(diverging for _, diverging, _ in inorder),
        seconds=sum(seconds for *_, seconds in inorder),
        seed=seed,
    )


class _Bench:
    """What all fits of a calibration need; the compiled model is made in each process that fits, and stays there."""

    def __init__(self, history: History, seed: int) -> None:
        self.history, self.seed = history, seed

    def __getstate__(self) -> tuple[History, int]:
        return self.history, self.seed

    def __setstate__(self, state: tuple[History, int]) -> None:
        self.history, self.seed = state

    @cached_property
    def fit_one(self) -> Callable[[Truth, int], tuple[dict[str, Array], int]]:
        """Fits one made-up history."""
        return _compiled(self.history)

    @cached_property
    def fixed(self) -> model.Design:
        """What all made-up histories share."""
        return model.design(self.history)


def _ranked(bench: _Bench, number: int) -> tuple[dict[str, int], int, float]:
    """The ranks of the truths of one made-up history, how many transitions diverged, and the seconds it took."""
    history, seed, fixed, fit_one = bench.history, bench.seed + number, bench.fixed, bench.fit_one
    started = time.perf_counter()
    truth = simulate(history, np.random.Generator(np.random.PCG64([bench.seed, number])), fixed=fixed)
    draws, diverging = fit_one(truth, seed)
    told = replace(fixed, outcome=truth.outcome, low=truth.low, high=truth.high)
    found = quantities(history, told, draws, seed=seed)
    ranks = {name: int((found[name] < value).sum()) for name, value in truth.values.items()}
    return ranks, diverging, time.perf_counter() - started


def _compiled(history: History) -> Callable[[Truth, int], tuple[dict[str, Array], int]]:
    """A function that fits one made-up history: draws of the sampled variables, and how many transitions diverged."""
    prepare()
    import nutpie

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = nutpie.compile_pymc_model(model.build(history, swappable=True), backend="numba")

    def fit_one(truth: Truth, seed: int) -> tuple[dict[str, Array], int]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                trace = nutpie.sample(
                    compiled.with_data(outcome=truth.outcome, low=truth.low, high=truth.high),
                    draws=_KEPT * _THIN,
                    tune=_TUNE,
                    chains=1,
                    cores=1,
                    seed=seed,
                    target_accept=_TARGET_ACCEPT,
                    save_warmup=False,
                    progress_bar=False,
                )
            except RuntimeError as error:
                reason = str(error).splitlines()[0]
                raise FitError(f"the sampler gave up on a made-up history: {reason}") from error
        posterior = trace["posterior"]
        draws = {
            name: np.ascontiguousarray(posterior[name].values[:, _THIN - 1 :: _THIN], dtype=float)
            for name in ("coefficients", "log_scales", "units", "growth")
        }
        return draws, int(trace["sample_stats"]["diverging"].values.sum())

    return fit_one


def quantities(
    history: History, told: model.Design, draws: Mapping[str, Array], *, seed: int
) -> dict[str, Array]:
    """Draws of every quantity that is judged, each of shape ``(draws,)``; levels as logarithms about the centres.

    Args:
        history: The history whose rows were exchanged.
        told: The design with the rows and the bounds that were fitted.
        draws: Sampled variables, each of shape ``(chain, draw, ...)``.
        seed: Seed of the exact conditional draws.
    """
    runs, paid = len(history.run_time), len(history.paid_time)
    made_up = replace(
        history,
        run_compute=told.outcome[:runs],
        paid_price_performance=told.outcome[runs : runs + paid],
        bounded_low=told.low,
        bounded_high=told.high,
    )
    # A design is centred on its data; here the centre stays at zero, where the truth was drawn around it.
    coefficients = draws["coefficients"].copy()
    names = list(model.COEFFICIENTS)
    coefficients[..., names.index("compute_level")] -= made_up.run_compute.mean()
    coefficients[..., names.index("price_performance_level")] -= made_up.paid_price_performance.mean()
    everything = model.trends(
        made_up, {**draws, "coefficients": coefficients}, as_of=history.reach, seed=seed
    )
    found = {name: everything[name] for name in _DERIVED}
    for name in ("frontier_compute_now", "price_performance_now", "record_compute_known"):
        found[name] = np.log(found[name])
    found["cost_growth"] = found["frontier_compute_growth"] - found["price_performance_growth"]
    own = draws["coefficients"].reshape(-1, len(names))
    found |= {name: own[:, place] for place, name in enumerate(names)}
    scales = np.exp(draws["log_scales"].reshape(-1, len(model.SCALES)))
    found |= {name: scales[:, place] for place, name in enumerate(model.SCALES)}
    found["log_likelihood"] = rows(history, draws, fixed=told).log_likelihood().sum(axis=1)
    return found


def verdicts(calibration: Calibration, *, probability: float = PROBABILITY) -> tuple[Verdict, ...]:
    """How uniform the ranks of every quantity are, worst first.

    Args:
        calibration: The ranks.
        probability: Probability that all quantities of a calibrated model pass.
    """
    highest = calibration.draws
    reference = np.sort(_departures(calibration.fits, highest))
    threshold = (1.0 - probability) / len(calibration.ranks)
    uniform_variance = ((highest + 1) ** 2 - 1) / 12.0
    found = []
    for name, ranks in calibration.ranks.items():
        counts = np.bincount(ranks, minlength=highest + 1)[np.newaxis]
        departure = float(_least_probability(counts, calibration.fits)[0])
        p = float(np.searchsorted(reference, departure * (1.0 + 1e-9), side="right") + 1) / (
            len(reference) + 1
        )
        found.append(
            Verdict(
                name=name,
                mean=float(ranks.mean() / highest),
                spread=float(ranks.var() / uniform_variance),
                p=p,
                passed=p >= threshold,
            )
        )
    return tuple(sorted(found, key=lambda verdict: verdict.p))


def _departures(fits: int, highest: int, *, samples: int = 40_000, seed: int = 1) -> Array:
    """The least pointwise probability of each of many uniform samples: small where one strays far somewhere."""
    generator = np.random.Generator(np.random.PCG64(seed))
    even = np.full(highest + 1, 1.0 / (highest + 1))
    return np.concatenate(
        [_least_probability(generator.multinomial(fits, even, 4_000), fits) for _ in range(samples // 4_000)]
    )


def _least_probability(counts: NDArray[np.integer], fits: int) -> Array:
    """For each row of counts, the smallest two-sided binomial probability along its cumulative counts."""
    from scipy.special import bdtr, bdtrc

    highest = counts.shape[1] - 1
    share = (np.arange(highest) + 1.0) / (highest + 1.0)
    reached = np.arange(fits + 1)[:, np.newaxis]
    below = bdtr(reached, fits, share)
    above = np.vstack([np.ones((1, highest)), bdtrc(reached[:-1], fits, share)])
    table = np.minimum(1.0, 2.0 * np.minimum(below, above))
    cumulative = np.cumsum(counts, axis=1)[:, :-1]
    return np.asarray(table[cumulative, np.arange(highest)].min(axis=1))


def histogram_band(
    calibration: Calibration, bins: int, *, probability: float = PROBABILITY
) -> tuple[int, int]:
    """The range in which every bar of every quantity's rank histogram stays with a probability.

    Args:
        calibration: The ranks.
        bins: Number of bars of a histogram; it divides the number of ranks evenly.
        probability: That all bars of all quantities stay inside.
    """
    from scipy.special import bdtr

    tail = 0.5 * (1.0 - probability) / (bins * len(calibration.ranks))
    reached = bdtr(np.arange(calibration.fits + 1), calibration.fits, 1.0 / bins)
    return int(np.searchsorted(reached, tail)), int(np.searchsorted(reached, 1.0 - tail))


def histogram(ranks: NDArray[np.intp], draws: int, bins: int) -> NDArray[np.intp]:
    """How many truths fell into each of some even stretches of ranks."""
    return np.bincount((ranks * bins) // (draws + 1), minlength=bins)


def lines(calibration: Calibration, found: tuple[Verdict, ...]) -> Iterator[str]:
    """The calibration in words, a line at a time.

    Args:
        calibration: The ranks.
        found: How uniform they are.
    """
    threshold = (1.0 - PROBABILITY) / len(found)
    yield (
        f"simulation-based calibration: {calibration.fits} made-up histories fitted in {calibration.seconds:.0f} s, "
        f"{calibration.draws} draws of each, {calibration.divergences} divergences, seed {calibration.seed}"
    )
    yield (
        f"a quantity passes when p is at least {threshold:.1e}: {100 * PROBABILITY:.0f}% for all {len(found)} together"
    )
    yield f"  {'quantity':<32}{'mean rank':>10}{'spread':>8}{'p':>9}"
    for verdict in found:
        mark = "" if verdict.passed else "  <- outside its band"
        yield f"  {verdict.name:<32}{verdict.mean:>10.3f}{verdict.spread:>8.2f}{verdict.p:>9.2g}{mark}"
    yield "  (a right fit has mean rank 0.5 and spread 1; spread above 1: too sure of itself)"
    failed = [verdict.name for verdict in found if not verdict.passed]
    yield f"outside their bands: {', '.join(failed)}" if failed else "every quantity stays within its band"


def document(calibration: Calibration, found: tuple[Verdict, ...]) -> dict[str, Any]:
    """The calibration as plain data for JSON.

    Args:
        calibration: The ranks.
        found: How uniform they are.
    """
    return {
        "fits": calibration.fits,
        "draws": calibration.draws,
        "divergences": calibration.divergences,
        "seed": calibration.seed,
        "probability": PROBABILITY,
        "threshold": (1.0 - PROBABILITY) / len(found),
        "passed": all(verdict.passed for verdict in found),
        "quantities": [asdict(verdict) for verdict in found],
    }
