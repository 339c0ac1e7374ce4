"""The shipped model on the shipped data, sampled with PyMC."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from forecast import observations
from forecast.execution import Job
from forecast.fit import full_fit, model_line
from forecast.fit.history import digest
from forecast.fit.published import compare, growth_rates
from forecast.fit.sampling import Settings, sample
from forecast.run import outcome

pytestmark = pytest.mark.slow
NOW = date(2026, 9, 30)
GOLDEN = Path(__file__).parents[1] / "golden" / "posterior.json"
BATCHES = 40
FIGURES = ("training_cost", "training_compute", "price_performance", "largest_run_budget")


@pytest.fixture(scope="module")
def known():
    return observations.load(as_of=NOW)


@pytest.fixture(scope="module")
def real(known, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield full_fit(known, as_of=NOW)


def test_it_converges(real):
    assert real.diagnostics.failures() == ()
    assert real.posterior.size == 4000
    assert all(np.isfinite(values).all() for values in real.posterior.draws.values())


def test_growth_is_within_the_published_ranges(real):
    rates = growth_rates(real)
    # Published: 4 to 5 a year. Bounds of runs after the last published ones put the middle of ours at its upper end.
    assert 4.0 <= rates["compute"].median <= 5.3
    assert rates["compute"].low < 5.0
    assert 1.3 <= rates["price_performance"].median <= 1.5
    assert 1.3 <= rates["chips"].median <= 1.5


def test_it_agrees_with_every_published_figure_of_the_same_thing(real, known):
    differing = [
        comparison.anchor.id
        for comparison in compare(real, known)
        if not comparison.anchor.measures_other and not comparison.agrees
    ]
    assert differing == []


def test_cost_growth_is_the_difference_draw_by_draw(real):
    """Cost now over cost before, by way of levels, grows by the difference of the rates."""
    draws = real.posterior.draws
    year = 1.0
    before = draws["frontier_compute_now"] / draws["price_performance_now"]
    after = (draws["frontier_compute_now"] * np.exp(draws["frontier_compute_growth"] * year)) / (
        draws["price_performance_now"] * np.exp(draws["price_performance_growth"] * year)
    )
    np.testing.assert_allclose(
        np.log(after / before), draws["frontier_compute_growth"] - draws["price_performance_growth"]
    )


def test_sampling_again_gives_the_same_bits(real, known):
    again = full_fit(known, as_of=NOW, refit=True)
    for name, values in real.posterior.draws.items():
        np.testing.assert_array_equal(values, again.posterior.draws[name])


@pytest.mark.parametrize("day", [date(2018, 12, 31), date(2023, 9, 30)])
def test_it_converges_from_earlier_dates_too(day, tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))
    early = full_fit(observations.load(as_of=day), as_of=day)
    assert early.diagnostics.failures() == ()
    assert early.history.end <= day.year + 1


def test_the_sampled_line_is_the_exact_one(known):
    costs = model_line.costs(known, first=date(2016, 1, 1), last=date(2023, 12, 31))
    exact = model_line.exact(costs)
    drawn = sample(lambda: model_line.build(costs), Settings()).draws["growth"]
    low, high = exact.interval(0.9)
    assert drawn.mean() == pytest.approx(exact.growth, abs=0.1 * exact.error)
    assert np.quantile(drawn, 0.05) == pytest.approx(low, abs=0.15 * exact.error)
    assert np.quantile(drawn, 0.95) == pytest.approx(high, abs=0.15 * exact.error)


def test_without_a_compiler_nothing_is_said_about_one(tmp_path):
    program = """
        from forecast.fit.sampling import prepare
        prepare()
        import pytensor
        assert pytensor.config.cxx == ""
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "HOME": str(tmp_path), "PYTHONPATH": str(Path(observations.__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def told(fitted, baseline):
    """Mean and quantiles of each fitted quantity, and what the baseline then comes to, each with its own error.

    The error of a fit's figure is that of its means over batches of a hundred draws, which holds their autocorrelation.
    """
    found = {}
    for name, values in fitted.posterior.draws.items():
        batches = np.reshape(values, (BATCHES, -1))
        for what, level in (("mean", None), ("p5", 0.05), ("p50", 0.5), ("p95", 0.95)):
            whole = np.mean(values) if level is None else np.quantile(values, level)
            parts = np.mean(batches, axis=1) if level is None else np.quantile(batches, level, axis=1)
            found[f"{name} {what}"] = (float(whole), float(np.std(parts, ddof=1) / np.sqrt(BATCHES)))
    summary = outcome(Job(baseline, fitted.posterior, 20_000, 1), workers=1)[1]
    for row in summary.rows:
        if row.variable in FIGURES and row.year in (2026, 2031):
            for what, place in (("p5", 0), ("p50", 3), ("p95", -1)):
                found[f"{row.variable} {row.year} {what}"] = (
                    row.quantiles[place],
                    row.quantile_errors[place],
                )
    return {name: [float(f"{each:.6g}") for each in pair] for name, pair in found.items()}


def distances(one, other):
    """By how many standard errors of their difference the figures of two fits differ."""
    assert list(one) == list(other)
    return {name: abs(one[name][0] - other[name][0]) / np.hypot(one[name][1], other[name][1]) for name in one}


@pytest.mark.skipif(os.environ.get("GOLDEN") != "renew", reason="`make golden` writes the fit on record anew")
def test_renew(real, baseline):
    content = {"pymc": version("pymc"), "history": digest(real.history), "figures": told(real, baseline)}
    GOLDEN.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def test_every_generation_of_pymc_finds_the_fit_on_record(real, baseline):
    """Whatever PyMC is installed: the fit on record is one generation's."""
    stored = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert stored["history"] == digest(real.history), "another history; write its fit with: make golden"
    found = told(real, baseline)
    apart = distances(found, stored["figures"])
    far = {name: (stored["figures"][name], found[name]) for name, each in apart.items() if each > 5}
    assert not far, f"PyMC {version('pymc')} finds another fit than {stored['pymc']} did"
    assert np.sqrt(np.mean(np.square(list(apart.values())))) < 1.7
    # And the errors are small enough for the comparison to mean something.
    moved = {
        name: [value + 0.3 * float(np.std(real.posterior.draws[name.split()[0]])), error]
        for name, (value, error) in found.items()
        if name.endswith(" mean")
    }
    assert all(each > 5 for each in distances(moved, {name: found[name] for name in moved}).values())
