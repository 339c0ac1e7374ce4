from __future__ import annotations

import math

import numpy as np
import pytest

from forecast.fit.calibration import Calibration, verdicts
from forecast.fit.headlines import QUANTITIES, interval
from forecast.fit.priors import Contrast
from forecast.report.charts.posterior import _ticks, alt_text_posterior, density, posterior_figure
from forecast.report.charts.ranks import alt_text_ranks, ranks_figure
from forecast.report.charts.render import render
from forecast.report.style import VERMILLION, house_style


@pytest.fixture(scope="module")
def contrasts():
    generator = np.random.default_rng(1)
    found = []
    for name, wording in QUANTITIES.items():
        before, after = generator.normal(1.0, 1.0, 800), generator.normal(1.2, 0.1, 800)
        if not wording.logarithm:
            before, after = np.exp(before), np.exp(after)
        learned = 1.0 - after.var() / before.var()
        found.append(
            Contrast(
                name=name,
                label=wording.label,
                prior=interval(before, wording),
                posterior=interval(after, wording),
                learned=float(learned),
                prior_draws=before,
                posterior_draws=after,
            )
        )
    return tuple(found)


def test_every_parameter_has_a_panel_with_ticks(contrasts):
    with house_style():
        figure = posterior_figure(contrasts, subtitle="made up")
    assert len(figure.axes) == len(QUANTITIES)
    for ax in figure.axes:
        low, high = ax.get_xlim()
        ticks = ax.get_xticks()
        assert 2 <= len(ticks) <= 8
        assert all(low <= tick <= high for tick in ticks)


@pytest.mark.slow
def test_the_same_contrasts_give_the_same_bytes(contrasts):
    with house_style():
        once, again = (render(posterior_figure(contrasts)) for _ in range(2))
    assert once == again


def test_the_text_alternative_has_every_figure(contrasts):
    text = alt_text_posterior(contrasts)
    assert all(wording.label in text for wording in QUANTITIES.values())
    assert "90% credible intervals, equal-tailed" in text


def test_a_density_holds_one():
    draws = np.random.default_rng(2).standard_normal(2000)
    places = np.linspace(-6.0, 6.0, 400)
    found = density(draws, places)
    assert found.sum() * (places[1] - places[0]) == pytest.approx(1.0, abs=1e-3)
    assert places[found.argmax()] == pytest.approx(0.0, abs=0.4)


@pytest.mark.parametrize("centre", [1e-3, 0.4, 1.3, 54.0, 3e26])
@pytest.mark.parametrize("reach", [0.05, 0.4, 2.0, 9.0])
def test_ticks_are_round_and_inside(centre, reach):
    low, high = math.log(centre) - reach, math.log(centre) + reach
    found = _ticks(low, high, logarithm=True)
    assert 2 <= len(found) <= 8
    for place, label in found:
        assert low <= place <= high
        assert float(label) == pytest.approx(math.exp(place), rel=0.01)


def test_a_bar_outside_the_band_stands_out():
    ranks = {name: np.random.default_rng(3).integers(0, 100, 400) for name in ("tpu", "cloud")}
    ranks["tpu"][:120] = 0
    made = Calibration(ranks=ranks, draws=99, divergences=0, seconds=1.0, seed=1)
    found = verdicts(made)
    with house_style():
        figure = ranks_figure(made, found)
        assert render(figure)["svg"].startswith(b"<?xml")
    worst, other = figure.axes
    from matplotlib.colors import to_hex

    colors = [[to_hex(bar.get_facecolor()).upper() for bar in ax.patches] for ax in (worst, other)]
    assert VERMILLION in colors[0]
    assert VERMILLION not in colors[1]
    assert "fails" in alt_text_ranks(made, found)
