"""A made-up history whose trend is known, and draws such as a sampler would return for it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from forecast.fit.diagnostics import Diagnostics
from forecast.fit.history import History
from forecast.fit.model_joint_trend import COEFFICIENTS, SCALES, design
from forecast.units import Array

LABS = ("one", "two", "three")


@pytest.fixture
def made_up() -> History:
    generator = np.random.default_rng(7)
    runs, paid, chips = 60, 40, 20
    time = np.sort(generator.uniform(2012.2, 2024.9, runs))
    compute = 50.0 + 1.5 * (time - 2018.0) + generator.normal(0.0, 0.8, runs)
    price_performance = 38.0 + 0.3 * (time - 2018.0) + generator.normal(0.0, 0.4, runs)
    chip_time = np.sort(generator.uniform(2010.0, 2025.0, chips))
    lab = generator.integers(0, len(LABS), runs).astype(float)
    return History(
        start=2012.0,
        end=2025.0,
        labs=LABS,
        names=tuple(f"run {number}" for number in range(runs)),
        run_time=time,
        run_compute=compute,
        run_error=np.full(runs, 0.5),
        run_lab=lab,
        paid_time=time[:paid],
        paid_price_performance=price_performance[:paid],
        paid_tpu=(np.arange(paid) % 3 == 0).astype(float),
        paid_lab=lab[:paid],
        cloud_ratio=generator.normal(1.0, 0.3, 15),
        acquisition_ratio=generator.normal(4.0, 0.8, 18),
        chip_time=chip_time,
        chip_price_performance=23.0 + 0.33 * (chip_time - 2018.0) + generator.normal(0.0, 0.4, chips),
        chip_own=np.zeros(chips),
        recent_releases=40,
        recent_years=4.0,
        sources=("a table, https://example.org",) * 50 + ("another table",) * 10,
        paid_run=np.arange(paid, dtype=float),
        cloud_run=np.arange(15, dtype=float),
        acquisition_run=np.arange(18, dtype=float),
    )


@pytest.fixture
def bounded(made_up: History) -> History:
    """The made-up history with four runs of which only bounds are known, two of them after its end."""
    return replace(
        made_up,
        bounded_time=np.array([2024.0, 2024.8, 2025.4, 2026.0]),
        bounded_low=np.array([57.0, -np.inf, 59.0, 60.5]),
        bounded_high=np.array([np.inf, 62.0, 64.0, np.inf]),
        bounded_lab=np.array([0.0, 1.0, 1.0, 2.0]),
        bounded_names=("hidden 0", "hidden 1", "hidden 2", "hidden 3"),
    )


@pytest.fixture
def made_up_draws(made_up: History) -> dict[str, Array]:
    return draws_of(made_up)


@pytest.fixture
def bounded_draws(bounded: History) -> dict[str, Array]:
    return draws_of(bounded)


def draws_of(history: History) -> dict[str, Array]:
    """Draws near the made-up truth: scales at their prior medians, growth as it was made."""
    generator = np.random.default_rng(8)
    chains, draws = 4, 100
    width = design(history).grid.intervals - 1
    coefficients = np.zeros((chains, draws, len(COEFFICIENTS)))
    coefficients[..., list(COEFFICIENTS).index("chip_growth")] = 0.33
    coefficients[..., list(COEFFICIENTS).index("cloud")] = math.log(2.8)
    coefficients[..., list(COEFFICIENTS).index("acquisition")] = math.log(50.0)
    # The made-up growth does not fade.
    coefficients[..., list(COEFFICIENTS).index("fade_time")] = math.log(8.0)
    coefficients[..., list(COEFFICIENTS).index("floor_share")] = 9.0
    coefficients += 0.02 * generator.standard_normal(coefficients.shape)
    log_scales = np.log([median for median, _ in SCALES.values()]) + 0.1 * generator.standard_normal(
        (chains, draws, len(SCALES))
    )
    units = generator.standard_normal((chains, draws, 2 * width + 2 * len(LABS)))
    growth = np.array([1.5, 0.3]) + 0.03 * generator.standard_normal((chains, draws, 2))
    return {"coefficients": coefficients, "log_scales": log_scales, "units": units, "growth": growth}


@pytest.fixture
def good() -> Diagnostics:
    return Diagnostics(
        chains=4,
        draws=1000,
        variables=150,
        r_hat=1.004,
        r_hat_of="units[3]",
        bulk_ess=1900.0,
        bulk_ess_of="growth[compute]",
        tail_ess=2100.0,
        tail_ess_of="units[5]",
        divergences=0,
        e_bfmi=0.8,
    )
