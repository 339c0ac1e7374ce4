"""A made-up run with the size and shape of a real one, from a fixed stream of random numbers."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from forecast.report.charts.history import HistoryPoint
from forecast.report.charts.render import render
from forecast.shapes import Coordinates, Summary, Trajectories, Variable
from forecast.summary import summarise

YEARS = tuple(range(2026, 2032))
LABS = (
    "google", "microsoft", "amazon", "meta", "openai", "anthropic", "xai", "bytedance", "alibaba", "tencent",
    "deepseek", "mistral", "ssi", "apple", "nvidia", "moonshot",
)  # fmt: skip
NAMES = {"google": "Google DeepMind", "openai": "OpenAI", "xai": "xAI", "ssi": "Safe Superintelligence"}
ATTRIBUTES = {
    "scenario": "baseline",
    "title": "Baseline",
    "scenario_digest": "1f2e3d4c5b6a79880f0e",
    "draws": "2000",
    "seed": "1",
    "data_end": "2025-08-31",
    "as_of": "2026-07-01",
}


def run(draws: int = 2000) -> tuple[Trajectories, Summary]:
    """Paths and their summary."""
    random = np.random.default_rng(7)
    elapsed = np.arange(len(YEARS))[:, None] + 0.5

    def walk(start: float, growth: float, doubt: float, noise: float) -> np.ndarray:
        steps = np.cumsum(noise * random.standard_normal((len(YEARS), draws)), axis=0)
        level = np.log(start) + doubt * random.standard_normal(draws)
        return np.exp(level + growth * elapsed * np.exp(0.25 * random.standard_normal(draws)) + steps)

    compute = np.maximum.accumulate(walk(6e26, 1.3, 0.3, 0.3), axis=0)
    efficiency = walk(9.0, 1.1, 0.4, 0.1)
    price = walk(1.2e18, 0.3, 0.2, 0.12)
    compute_cost = compute / price
    data_cost = walk(1.5e7, 0.7, 0.6, 0.1)
    labeling_cost = walk(4e7, 0.4, 0.6, 0.1)
    cost = compute_cost + data_cost + labeling_cost
    wanted = np.sqrt(compute * 40 / 6)
    richness = np.exp(np.linspace(2.5, -3.0, len(LABS)))[:, None, None]
    budget = (
        richness
        * walk(1e9, 0.55, 0.5, 0.3)[None]
        * np.exp(0.5 * random.standard_normal((len(LABS), 1, draws)))
    )
    affordable = (budget >= cost).astype(np.int8)
    table = {
        "training_cost": (cost, "USD"),
        "uncapped_training_cost": (cost * np.exp(0.06 * elapsed**1.6), "USD"),
        "compute_cost": (compute_cost, "USD"),
        "data_cost": (data_cost, "USD"),
        "labeling_cost": (labeling_cost, "USD"),
        "compute_share": (compute_cost / cost, "share"),
        "data_share": (data_cost / cost, "share"),
        "labeling_share": (labeling_cost / cost, "share"),
        "training_compute": (compute, "FLOP"),
        "price_performance": (price, "FLOP/USD"),
        "algorithmic_efficiency": (efficiency, "x"),
        "effective_compute": (compute * efficiency, "FLOP"),
        "power_draw": (walk(1.5e8, 0.8, 0.2, 0.15), "W"),
        "tokens_wanted": (wanted, "token"),
        "unique_tokens": (walk(2e14, 0.1, 0.5, 0.02), "token"),
        "payers": (affordable.sum(axis=0).astype(float), "count"),
    }
    variables = {
        name: Variable(name, values, ("year", "draw"), unit, "made up")
        for name, (values, unit) in table.items()
    }
    variables["affordable"] = Variable("affordable", affordable, ("lab", "year", "draw"), "yes/no", "made up")
    coordinates = Coordinates(years=YEARS, labs=LABS, sources=(), tiers=())
    trajectories = Trajectories(variables, coordinates, dict(ATTRIBUTES))
    return trajectories, summarise(trajectories, thresholds=(1e9, 1e10))


def history(points: int = 60) -> tuple[HistoryPoint, ...]:
    """Observed runs from $15 in 2012 to $400M in 2025."""
    random = np.random.default_rng(11)
    dates = np.sort(2012.6 + 13.0 * random.random(points))
    values = np.exp(np.log(20) + (dates - 2012.6) * 1.28 + 1.1 * random.standard_normal(points))
    values[0], values[-1] = 15.0, 4e8
    return tuple(
        HistoryPoint(float(date), float(value), float(value / 2.0), float(value * 2.0), f"Model {place}")
        for place, (date, value) in enumerate(zip(dates, values, strict=True))
    )


@pytest.fixture(scope="session")
def made_up() -> tuple[Trajectories, Summary]:
    return run()


@pytest.fixture(scope="session")
def trajectories(made_up: tuple[Trajectories, Summary]) -> Trajectories:
    return made_up[0]


@pytest.fixture(scope="session")
def summary(made_up: tuple[Trajectories, Summary]) -> Summary:
    return made_up[1]


@pytest.fixture(scope="session")
def observed() -> tuple[HistoryPoint, ...]:
    return history()


BASELINE = Path(__file__).parent / "baseline"
DPI = 60

# Where a picture differs more than this in one part (after averaging blocks of 4 by 4 pixels), it is another one.
WORST_BLOCK = 70.0
MEAN = 0.8


def pixels(content: bytes) -> np.ndarray:
    """Grey-free colours of a picture, shape ``(height, width, 3)``."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), dtype=float)


def difference(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """The mean difference of two pictures and that of their worst block, of 255."""
    if first.shape != second.shape:
        return float("inf"), float("inf")
    apart = np.abs(first - second).mean(axis=2)
    height, width = (4 * (size // 4) for size in apart.shape)
    blocks = apart[:height, :width].reshape(height // 4, 4, width // 4, 4).mean(axis=(1, 3))
    return float(apart.mean()), float(blocks.max())


def small(content: bytes) -> bytes:
    """The same picture with 64 colours: small enough to be kept."""
    target = io.BytesIO()
    Image.open(io.BytesIO(content)).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(
        target, "PNG", optimize=True
    )
    return target.getvalue()


@pytest.fixture(scope="session")
def looks_as_before() -> Callable[[Figure, str], None]:
    """Compares a chart with its picture in the baseline.

    ``NEW_BASELINE=1 pytest tests/report`` draws those that are missing; look at them before they are kept.
    """

    def compared(figure: Figure, name: str) -> None:
        content = small(render(figure, formats=("png",), dpi=DPI)["png"])
        path = BASELINE / f"{name}.png"
        if os.environ.get("NEW_BASELINE") and not path.exists():
            path.write_bytes(content)
        mean, worst = difference(pixels(content), pixels(path.read_bytes()))
        assert mean <= MEAN and worst <= WORST_BLOCK, f"{name} looks different: {mean:.2f}, {worst:.0f}"  # noqa: PT018

    return compared
