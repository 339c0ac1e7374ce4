"""What the priors say, what data made of it, and which prior the answer leans on.

The second question is answered by power-scaling (Kallioinen, Paananen, Bürkner and Vehtari 2024,
https://arxiv.org/abs/2107.14054): raise one prior to a power a little below and above one, which makes it a
little weaker or stronger, and see how far the posterior moves. The draws that are there are weighed for that,
so nothing is sampled again. Where the posterior moves with a prior and not with the likelihood, the data say
little; where it moves with both, they disagree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.fit import model_joint_trend as model
from forecast.fit.calibration import quantities, simulate
from forecast.fit.headlines import HEADLINES, QUANTITIES, Interval, interval
from forecast.fit.history import History
from forecast.fit.pointwise import pooled, rows
from forecast.fit.smoothing import Weights, smoothed
from forecast.units import Array

SEED = 20210729
SENSITIVE = 0.05
"""From this sensitivity on a posterior is said to lean on a prior (the threshold of the authors' software)."""

_PRIOR_DRAWS = 2000
# The power is moved by one per cent for the derivative, and halved and doubled to show what that does.
_NUDGE = 1.01
_STRENGTHS = (0.5, 2.0)


@dataclass(frozen=True)
class Contrast:
    """One quantity before and after the data.

    Attributes:
        name: The quantity.
        label: What it is called.
        prior: What the prior says of it.
        posterior: What the posterior says.
        learned: How much of the prior's variance the data took away, as a share; negative where they added some.
        prior_draws: Draws of the prior, as logarithms where the wording says so.
        posterior_draws: Draws of the posterior, likewise.
    """

    name: str
    label: str
    prior: Interval
    posterior: Interval
    learned: float
    prior_draws: Array
    posterior_draws: Array


def contrasts(history: History, draws: Mapping[str, Array]) -> tuple[Contrast, ...]:
    """Every top-level parameter and what is made of it, before and after the data.

    Args:
        history: What was fitted.
        draws: Sampled variables, each of shape ``(chain, draw, ...)``.
    """
    generator = np.random.Generator(np.random.PCG64(SEED))
    fixed = model.design(history)
    truths = [simulate(history, generator, fixed=fixed).values for _ in range(_PRIOR_DRAWS)]
    after = quantities(history, fixed, draws, seed=SEED)
    found = []
    for name, wording in QUANTITIES.items():
        before = np.array([truth[name] for truth in truths])
        found.append(
            Contrast(
                name=name,
                label=wording.label,
                prior=interval(before, wording),
                posterior=interval(after[name], wording),
                learned=float(1.0 - after[name].var() / before.var()),
                prior_draws=before,
                posterior_draws=after[name],
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class Sensitivity:
    """How far one headline moves with the strength of one prior, or of the likelihood.

    Attributes:
        component: The prior's name; ``likelihood`` for the data.
        label: What it is about.
        headline: The figure that moves.
        sensitivity: Distance of the posteriors per doubling of the power (cumulative Jensen-Shannon distance).
        weaker: The figure with the prior at half its strength: its standard deviation times the root of two.
        stronger: The figure with the prior at twice its strength.
        k: Largest Pareto shape of the weights behind these; above 0.7 the two figures are not to be trusted.
    """

    component: str
    label: str
    headline: str
    sensitivity: float
    weaker: Interval
    stronger: Interval
    k: float

    @property
    def sensitive(self) -> bool:
        """Whether the figure leans on this component."""
        return self.sensitivity >= SENSITIVE


def sensitivities(
    history: History, draws: Mapping[str, Array], figures: Mapping[str, Array]
) -> tuple[Sensitivity, ...]:
    """The sensitivity of every headline to every prior and to the likelihood, largest first within each component.

    Args:
        history: What was fitted.
        draws: Sampled variables, each of shape ``(chain, draw, ...)``.
        figures: Draws of the headlines, in the same order.
    """
    found = []
    likelihood = rows(history, draws).log_likelihood().sum(axis=1)
    for component in (*_components(), "likelihood"):

        def weights(power: float, component: str = component) -> Weights:
            if component == "likelihood":
                return smoothed((power - 1.0) * likelihood)
            return smoothed(log_ratio(history, draws, component, power))

        nudged = weights(1.0 / _NUDGE), weights(_NUDGE)
        strengths = [weights(power) for power in _STRENGTHS]
        for name, values in figures.items():
            step = 2.0 * math.log2(_NUDGE)
            weaker, stronger = (interval(values, HEADLINES[name], each.values) for each in strengths)
            found.append(
                Sensitivity(
                    component=component,
                    label=_label(component),
                    headline=name,
                    sensitivity=sum(_distance(values, each.values) for each in nudged) / step,
                    weaker=weaker,
                    stronger=stronger,
                    k=max(each.k for each in strengths),
                )
            )
    return tuple(found)


def _components() -> tuple[str, ...]:
    return ("first_slope", "drift_from_chips", *model.COEFFICIENTS, *model.SCALES)


def _label(component: str) -> str:
    own = {
        "first_slope": "growth of compute at the start",
        "drift_from_chips": "how near runs' compute per dollar grows to the chips'",
        "likelihood": "the data as a whole",
    }
    return own.get(component) or QUANTITIES[component].label


def log_ratio(history: History, draws: Mapping[str, Array], component: str, power: float) -> Array:
    """Log ratio of the density with one prior raised to a power to the density without, shape ``(draws,)``.

    The first slope and the drift are integrated out of the sampled model. Raising a normal prior to a power divides
    its variance by it, so their priors are scaled within the law of the realised growths.

    Args:
        history: What was fitted.
        draws: Sampled variables, each of shape ``(chain, draw, ...)``.
        component: ``first_slope``, ``drift_from_chips``, or a name among the coefficients or scales.
        power: The power; one changes nothing.
    """
    flat = pooled(draws)
    if component == "first_slope":
        mean, variance = _compute_growth_law(history, flat)
        changed = variance + model.FIRST_SLOPE[1] ** 2 * (1.0 / power - 1.0)
        return _normal_ratio(flat["growth"][:, 0] - mean, variance, changed)
    if component == "drift_from_chips":
        grid = model.design(history).grid
        walk = np.exp(2.0 * flat["log_scales"][:, list(model.SCALES).index("price_performance_walk")])
        rest = walk / (grid.end - grid.start)
        residual = (
            flat["growth"][:, 1] - flat["coefficients"][:, list(model.COEFFICIENTS).index("chip_growth")]
        )
        drift = np.full(len(rest), model.DRIFT_FROM_CHIPS**2)
        return _normal_ratio(residual, drift + rest, drift / power + rest)
    if component in model.COEFFICIENTS:
        centre, scale = model.COEFFICIENTS[component]
        values = flat["coefficients"][:, list(model.COEFFICIENTS).index(component)]
    else:
        median, factor = model.SCALES[component]
        centre, scale = math.log(median), math.log(factor)
        values = flat["log_scales"][:, list(model.SCALES).index(component)]
    return np.asarray(-0.5 * (power - 1.0) * ((values - centre) / scale) ** 2)


def _compute_growth_law(history: History, flat: Mapping[str, Array]) -> tuple[Array, Array]:
    """Mean and variance of the realised growth of compute given the bridge and the scales, each ``(draws,)``."""
    grid = model.design(history).grid
    names = list(model.SCALES)
    slope, level = (
        np.exp(2.0 * flat["log_scales"][:, names.index(name)]) for name in ("slope_walk", "level_walk")
    )
    variances = grid.step * slope[:, np.newaxis] * grid.spread + level[:, np.newaxis] / grid.step
    lean = grid.step * slope[:, np.newaxis] * grid.lean / variances
    effects = np.sqrt(variances) * flat["units"][:, : grid.intervals - 1]
    mean = model.FIRST_SLOPE[0] + (lean * effects).sum(axis=1)
    variance = (
        model.FIRST_SLOPE[1] ** 2
        + grid.step * grid.mean_spread * slope
        + level / (grid.step * grid.intervals)
        - (lean**2 * variances).sum(axis=1)
    )
    return np.asarray(mean), np.asarray(variance)


def _normal_ratio(residual: Array, before: Array, after: Array) -> Array:
    return np.asarray(0.5 * np.log(before / after) - 0.5 * residual**2 * (1.0 / after - 1.0 / before))


def _distance(values: Array, weights: Array) -> float:
    """Cumulative Jensen-Shannon distance of weighted draws from the same draws unweighted, between 0 and 1.

    From the distribution functions from below and from above, whichever differ more.
    """
    order = np.argsort(values, kind="stable")
    widths = np.diff(values[order])
    plain = (np.arange(1, len(values)) / len(values)).astype(float)
    weighted = np.cumsum(weights[order])[:-1]
    return max(_one_sided(plain, weighted, widths), _one_sided(1.0 - plain, 1.0 - weighted, widths))


def _one_sided(first: Array, second: Array, widths: Array) -> float:
    first, second = np.clip(first, 1e-300, 1.0), np.clip(second, 1e-300, 1.0)
    middle = 0.5 * (first + second)
    gap = (second - first) / (2.0 * math.log(2.0))
    divergence = (widths * (first * np.log2(first / middle) + gap)).sum() + (
        widths * (second * np.log2(second / middle) - gap)
    ).sum()
    bound = (widths * (first + second)).sum()
    return float(np.sqrt(max(divergence, 0.0) / bound)) if bound > 0.0 else 0.0
