"""What the fit that ships has achieved, recomputed from its stored fits; out of date when model or history change."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from forecast.backtest import Backtest, averages, backtest, criteria


@pytest.fixture(scope="module")
def stored() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stored_fits", Path(__file__).with_name("stored_fits.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def result(stored: ModuleType) -> Backtest:
    fits = stored.load()
    return backtest(fitter=lambda _, day: fits[day.year][1])


def test_the_stored_fits_are_of_this_model_and_this_history(stored):
    outdated = [
        year for year, (fingerprint, _) in stored.load().items() if fingerprint != stored.fingerprint(year)
    ]
    assert outdated == [], (
        "the model or its history changed: run make stored-fits, and look at what it achieves"
    )


def test_what_is_asked_of_the_fit_holds(result):
    assert [f"{each.name}: {each.value:.3f}" for each in criteria(result.scores) if not each.holds] == []


def test_it_is_better_than_every_baseline_on_every_target(result):
    means = {(row.target, row.method): row.crps for row in averages(result.scores) if row.lead is None}
    for (target, method), crps in means.items():
        if method != "forecast":
            assert means[target, "forecast"] < crps, (target, method)


def test_a_worse_model_would_be_noticed(stored):
    """Trends that stand still for ever lose what is asked: the bounds can fail."""
    fits = stored.load()

    def still(_, day):
        posterior = fits[day.year][1]
        none = {
            name: 0.0 * values
            for name, values in posterior.draws.items()
            if name in {"frontier_compute_growth", "frontier_compute_growth_floor"}
        }
        return type(posterior)({**posterior.draws, **none}, posterior.attributes)

    assert not all(each.holds for each in criteria(backtest((2019, 2021), fitter=still).scores))
