"""What the data made of the priors: the density of every parameter before and after."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator

from forecast.fit.headlines import QUANTITIES
from forecast.fit.priors import Contrast
from forecast.report.charts.panels import panels
from forecast.report.style import BLUE, FAINT, INK, mix, readable_on
from forecast.units import Array

_POINTS = 200
_NOTE = (
    "Grey: prior; blue: posterior; line: posterior median. Areas are densities and hold one each, cut at the panel's "
    "edges; axes of factors and rates are logarithmic. Where both shapes are alike, the data say nothing about the "
    "parameter and the prior decides. Percentages: share of the prior's variance that the data took "
    "away; negative where they added some."
)


def posterior_figure(contrasts: Sequence[Contrast], *, subtitle: str = "") -> Figure:
    """The density of every parameter under the prior and under the posterior, a panel each.

    Args:
        contrasts: The parameters before and after the data.
        subtitle: Which fit this is.
    """
    names = [f"{each.label} [{each.prior.unit}]" for each in contrasts]
    figure, axes = panels(names, heading="What the data made of the priors", subtitle=subtitle, note=_NOTE)
    for ax, contrast in zip(axes, contrasts, strict=True):
        prior_posterior(ax, contrast)
    return figure


def prior_posterior(ax: Axes, contrast: Contrast) -> None:
    """One parameter: its density before and after the data.

    Args:
        ax: The axes.
        contrast: The parameter.
    """
    before, after = contrast.prior_draws, contrast.posterior_draws
    centre, spread = float(np.median(after)), float(after.std())
    # Wide enough to show the prior's shape, narrow enough that the posterior is more than a line.
    reach = max(3.5 * spread, min(2.5 * float(before.std()), 12.0 * spread))
    low, high = centre - reach, centre + reach
    logarithm = QUANTITIES[contrast.name].logarithm
    if not logarithm and float(min(before.min(), after.min())) > 0.0:
        low = max(low, 0.0)
    places = np.linspace(low, high, _POINTS)
    prior, posterior = density(before, places), density(after, places)
    ax.fill_between(places, prior, color=mix(FAINT, 0.45), linewidth=0.0)
    ax.fill_between(places, posterior, color=BLUE, alpha=0.75, linewidth=0.0)
    ax.set_xlim(low, high)
    ax.set_ylim(0.0, 1.06 * max(float(prior.max()), float(posterior.max())))
    height = float(np.interp(centre, places, posterior))
    ax.plot([centre, centre], [0.0, height], color=readable_on(BLUE), linewidth=0.7)
    ticks = _ticks(low, high, logarithm=logarithm)
    ax.xaxis.set_major_locator(FixedLocator([place for place, _ in ticks]))
    ax.xaxis.set_major_formatter(FixedFormatter([label for _, label in ticks]))
    ax.text(
        0.99,
        0.97,
        f"{100.0 * contrast.learned:.0f}%",
        transform=ax.transAxes,
        fontsize=5.5,
        color=INK,
        ha="right",
        va="top",
    )


def density(draws: Array, places: Array) -> Array:
    """Density of draws at some places by a Gaussian kernel with Silverman's width.

    Args:
        draws: The draws.
        places: Where it is wanted.
    """
    quarter = float(np.subtract(*np.quantile(draws, [0.75, 0.25]))) / 1.349
    width = 0.9 * min(float(draws.std()), quarter or math.inf) * len(draws) ** -0.2
    width = max(width, 1e-12)
    standardised = (places[:, np.newaxis] - draws) / width
    return np.asarray(np.exp(-0.5 * standardised**2).mean(axis=1) / (width * math.sqrt(2.0 * math.pi)))


def _ticks(low: float, high: float, *, logarithm: bool) -> list[tuple[float, str]]:
    """Two or three round values within a range, with the places where they stand."""
    if logarithm:
        return _log_ticks(low, high)
    span = high - low
    step = 10.0 ** math.floor(math.log10(span / 2.0))
    step *= next(factor for factor in (5.0, 2.0, 1.0) if span / (factor * step) >= 2.0)
    first = math.ceil(low / step)
    values = [step * place for place in range(first, first + 20) if step * place <= high]
    return [(value, f"{value:.4g}") for value in values[:: max(1, len(values) // 3)]]


def _log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    decades = (high - low) / math.log(10.0)
    if decades > 2.0:
        step = max(1, math.ceil(decades / 3.0))
        powers = range(math.ceil(low / math.log(10.0)), math.floor(high / math.log(10.0)) + 1)
        chosen = [10.0**power for power in powers if power % step == 0]
    else:
        ends = math.exp(low), math.exp(high)
        decade = 10.0 ** math.floor(math.log10(ends[0]))
        round_ones = [decade * 10.0**power * factor for power in range(4) for factor in (1.0, 2.0, 5.0)]
        chosen = [value for value in round_ones if ends[0] <= value <= ends[1]]
        if len(chosen) < 2:
            chosen = [value for value, _ in _ticks(*ends, logarithm=False) if value > 0.0]
    return [(math.log(value), _short(value)) for value in chosen]


def _short(value: float) -> str:
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def alt_text_posterior(contrasts: Sequence[Contrast]) -> str:
    """What the figure shows, in words."""
    told = [
        f"{each.label}: prior {each.prior.median:.3g} ({each.prior.low:.3g} to {each.prior.high:.3g}), posterior "
        f"{each.posterior.median:.3g} ({each.posterior.low:.3g} to {each.posterior.high:.3g}) {each.prior.unit}"
        for each in contrasts
    ]
    return (
        "Prior and posterior densities; medians and 90% credible intervals, equal-tailed. "
        + "; ".join(told)
        + "."
    )
