"""What the tests share: random inputs of the right kind, the baseline on a made-up posterior, and stored fits.

A test of the pipeline or the command line finds made-up fits in the cache, so that it never samples.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from jsonschema import Draft202012Validator

from forecast import cli, drivers, observations
from forecast.cli import documents
from forecast.fit import Diagnostics, Settings, cache
from forecast.fit import model_joint_trend as model
from forecast.fit.history import History, digest, history
from forecast.graph import Kind, Node
from forecast.model import graph
from forecast.run import Result, run
from forecast.scenario import Scenario, load
from forecast.shapes import FITTED, Drivers, Posterior
from forecast.units import Array

# A busy machine must not fail a test, and no test may pass or fail by luck.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")
# Hypothesis mixes in the constants of all modules of ours that happen to be loaded, so what a test tries, and whether
# it passes, would depend on which tests ran before it.
pytest.MonkeyPatch().setattr(providers, "_get_local_constants", providers.Constants)

# A shell starts in the background what does not hear interrupts, nor would the processes that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What somebody imported on this machine is no part of the tests.
os.environ["FORECAST_DATA_DIR"] = ""

ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "scenarios" / "baseline.yaml"
MEMBERS, YEARS, DRAWS = 3, 4, 32


def random_value(kind: Kind, generator: np.random.Generator, *, varies: bool = True) -> Array:
    """A value that a driver or variable of this kind could have, aligned to ``(member, year, draw)``."""
    unit = kind.unit
    if kind.calendar:
        start = 2026.5 if unit.symbol == "calendar year" else generator.uniform(-0.4, 0.6)
        return (start + np.arange(YEARS))[:, np.newaxis]
    shape = (*([MEMBERS] if kind.member else []), YEARS if varies else 1, DRAWS)
    if kind.noise is not None and kind.noise.law == "normal":
        return generator.standard_normal(shape)
    if unit.symbol == "yes/no":
        return generator.integers(0, 2, shape).astype(float)
    if unit.bounded:
        return generator.uniform(0.02, 0.98, shape)
    if unit.symbol == "exponent":
        return generator.uniform(1.5, 8.0, shape)
    if unit.positive or unit.nonnegative:
        return np.exp(generator.uniform(-2.0, 2.0, shape))
    if unit.symbol == "calendar year":
        return generator.uniform(2015.0, 2025.0, shape)
    return generator.uniform(-0.6, 1.2, shape)


def random_inputs(node: Node, seed: int) -> dict[str, Array]:
    """Random inputs of one formula of the world model, each with the axes that it has in a simulation."""
    world, generator = graph(), np.random.default_rng(seed)
    inputs = {}
    for name in node.inputs:
        if name in world.nodes:
            inputs[name] = random_value(world.nodes[name].kind, generator)
        else:
            kind = world.drivers[name]
            varies = kind.noise is not None and kind.noise.yearly
            inputs[name] = random_value(kind, generator, varies=varies)
    return inputs


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_mine() -> Iterator[None]:
    """Nobody's own settings reach the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("FORECAST_")]:
            patch.delenv(name)
        patch.setenv("FORECAST_CONFIG", os.devnull)
        yield


def undescribed(content: object, schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[str]:
    """The entries of a document that its schema does not name."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    if isinstance(content, Mapping):
        # What lists no entries is open.
        known, other = (
            schema.get("properties", {}),
            schema.get("additionalProperties", "properties" not in schema),
        )
        for name, each in content.items():
            below = known.get(name, other)
            if below is False:
                yield name
            elif isinstance(below, Mapping):
                yield from (f"{name}.{found}" for found in undescribed(each, below, whole))
    elif isinstance(content, list) and "items" in schema:
        for each in content:
            yield from (f"[].{found}" for found in undescribed(each, schema["items"], whole))


@pytest.fixture(autouse=True, scope="session")
def _documents_follow_their_schemas() -> Iterator[None]:
    """Every document that any test prints with --json is held against its schema."""
    write = documents.text

    @wraps(write)
    def checked(name: str, content: Mapping[str, object]) -> str:
        text = write(name, content)
        file = documents.schema_file(name)
        assert file is not None, f"there is no schema of {name}"
        schema = json.loads(file.read_text(encoding="utf-8"))
        wrong = [
            f"{error.json_path}: {error.message[:200]}"
            for error in Draft202012Validator(schema).iter_errors(json.loads(text))
        ]
        assert not wrong, f"forecast-{name} does not follow {file.name}: {wrong[:5]}"
        unknown = sorted(set(undescribed(json.loads(text), schema, schema)))
        assert not unknown, f"{file.name} does not describe {unknown[:5]}"
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "text", checked)
        yield


@pytest.fixture(scope="session")
def inputs_of() -> Callable[[Node, int], dict[str, Array]]:
    return random_inputs


@pytest.fixture(scope="session")
def posterior() -> Posterior:
    """Joint draws of about the size that the fit finds, without the fit."""
    generator, size = np.random.default_rng(20260930), 600
    score = {name: generator.standard_normal(size) for name in FITTED}
    centre = {
        "frontier_compute_now": (1e27, 0.8),
        "frontier_compute_volatility": (0.33, 0.4),
        "frontier_compute_growth_volatility": (0.13, 0.4),
        "frontier_compute_dispersion": (1.04, 0.1),
        "frontier_compute_tail": (9.8, 0.4),
        "frontier_releases": (10.8, 0.15),
        "record_compute_known": (5e26, 0.2),
        "price_performance_now": (1.8e18, 0.25),
        "price_performance_volatility": (0.13, 0.4),
        "price_performance_dispersion": (0.45, 0.1),
        "cloud_cost_ratio": (2.8, 0.08),
        "acquisition_cost_ratio": (55.0, 0.15),
    }
    draws = {name: middle * np.exp(spread * score[name]) for name, (middle, spread) in centre.items()}
    # The level and the growth now are estimated from the same runs, so they rise together.
    draws["frontier_compute_growth"] = 1.7 + 0.25 * score["frontier_compute_now"]
    draws["frontier_compute_growth_floor"] = draws["frontier_compute_growth"] - np.exp(
        -1.5 + 0.8 * score["frontier_compute_growth_floor"]
    )
    draws["frontier_compute_growth_fade"] = 8.0 * np.exp(0.6 * score["frontier_compute_growth_fade"])
    draws["price_performance_growth"] = 0.29 + 0.04 * score["price_performance_growth"]
    return Posterior(draws, {"as_of": "2026-09-30"})


@pytest.fixture(scope="session")
def baseline() -> Scenario:
    return load(BASELINE, drivers=drivers.specs(), events_affect=drivers.affectable())


@dataclass(frozen=True)
class World:
    """One block of the baseline with every driver and every variable, members included."""

    scenario: Scenario
    drivers: Drivers
    values: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.values[name] if name in self.values else self.drivers.values[name]


@pytest.fixture(scope="session")
def world(baseline: Scenario, posterior: Posterior) -> World:
    block = drivers.sample(baseline, posterior, seed=1, block=0)
    return World(baseline, block, graph().evaluate(block.values, graph().nodes, factors=block.factors))


@pytest.fixture
def write_module(tmp_path: Path) -> Callable[[str, str], ModuleType]:
    """Makes a module of formulas from its text; units and `adds_to` are already imported there."""

    def write(name: str, text: str) -> ModuleType:
        path = tmp_path / f"{name}.py"
        head = "import numpy as np\nfrom forecast.graph import adds_to\nfrom forecast.units import *\n"
        path.write_text(head + textwrap.dedent(text), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return write


EARLIER = date(2024, 6, 30)
"""A second date with a made-up fit, for forecasts from an earlier state of knowledge."""


def store_made_up_fit(day: date, folder: Path, found: History | None = None) -> None:
    """Puts draws such as the sampler would return into a cache folder: for what was known on a date, or a history."""
    found = found or history(observations.load(as_of=day), as_of=day)
    fixed = model.design(found)
    generator, shape = np.random.default_rng(20260930), (2, 200)
    units = 2 * (fixed.grid.intervals - 1) + 2 * len(found.labs)
    centres = {
        "coefficients": [middle for middle, _ in model.COEFFICIENTS.values()],
        "log_scales": np.log([middle for middle, _ in model.SCALES.values()]),
        "growth": [1.5, 0.3],
    }
    draws = {
        name: np.asarray(centre) + 0.1 * generator.standard_normal((*shape, len(centre)))
        for name, centre in centres.items()
    }
    draws["units"] = generator.standard_normal((*shape, units))
    diagnostics = Diagnostics(
        chains=shape[0],
        draws=shape[1],
        variables=units + len(model.COEFFICIENTS) + len(model.SCALES) + 2,
        r_hat=1.0,
        r_hat_of="growth[compute]",
        bulk_ess=400.0,
        bulk_ess_of="growth[compute]",
        tail_ess=400.0,
        tail_ess_of="growth[compute]",
        divergences=0,
        e_bfmi=1.0,
    )
    attributes = {
        "model": "made up",
        "diagnostics": json.dumps(diagnostics.as_dict()),
        "seconds": "0.0",
        "versions": "{}",
    }
    stored = cache.store(cache.key(digest(found), Settings()), draws, attributes, folder=folder / "fits")
    assert stored is not None


@pytest.fixture(scope="session")
def store_fit() -> Callable[[date, Path], None]:
    """Puts a made-up fit for a date into a cache folder."""
    return store_made_up_fit


@pytest.fixture(scope="session")
def fits(tmp_path_factory: pytest.TempPathFactory, baseline: Scenario) -> Path:
    """A cache folder (for ``FORECAST_CACHE_DIR``) with made-up fits for the baseline's date and an earlier one."""
    folder = tmp_path_factory.mktemp("cache")
    for day in (baseline.as_of, EARLIER):
        store_made_up_fit(day, folder)
    return folder


def allow_only(fits: Path, patch: pytest.MonkeyPatch) -> None:
    """Makes these fits the ones that are found, and sampling impossible."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("this test was about to sample: its fit is not among the made-up ones")

    patch.setenv("FORECAST_CACHE_DIR", str(fits))
    patch.setattr("forecast.fit.sampling.sample", refuse)


@pytest.fixture
def stored_fits(fits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up fits are found, and nothing can be sampled."""
    allow_only(fits, monkeypatch)


@pytest.fixture(scope="session")
def finished(fits: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A small run of the baseline without charts, in memory and in its folder; tests only read it."""
    with pytest.MonkeyPatch.context() as patch:
        # Only while it is made: tests of the real fit may follow in the same session.
        allow_only(fits, patch)
        return run(BASELINE, draws=400, seed=3, out=tmp_path_factory.mktemp("finished") / "run", charts=False)


@dataclass(frozen=True)
class Called:
    """What a call of the command line left: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(
    fits: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Called]:
    """Calls the whole command line within this process; the working folder is the test's own business."""
    allow_only(fits, monkeypatch)

    def call(*arguments: object) -> Called:
        monkeypatch.setattr(sys, "argv", ["forecast", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main()
        printed = capfd.readouterr()
        code = left.value.code
        return Called(code if isinstance(code, int) else int(code is not None), printed.out, printed.err)

    return call


@pytest.fixture
def process(fits: Path) -> Callable[..., Called]:
    """Calls Python with arguments in a process of its own, with the made-up fits."""

    def call(*arguments: object, folder: Path = ROOT, **variables: str) -> Called:
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=folder,
            env={**os.environ, "FORECAST_CACHE_DIR": str(fits), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return Called(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts a program that does not outlive the test, however the test ends."""
    started: list[subprocess.Popen] = []

    def call(arguments: Sequence[object], **settings: Any) -> subprocess.Popen:
        started.append(subprocess.Popen([str(argument) for argument in arguments], **settings))
        return started[-1]

    yield call
    for program in started:
        program.kill()
        program.wait()
        for stream in (program.stdin, program.stdout, program.stderr):
            if stream:
                stream.close()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="session")
def files_in() -> Callable[[Path], dict[str, bytes]]:
    return contents
