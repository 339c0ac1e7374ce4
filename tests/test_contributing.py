"""The walk-through of CONTRIBUTING.md, followed to the letter: one file, one line and one entry add a cost term."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import forecast
from forecast.model import MODULES, graph
from forecast.shapes import Posterior

if TYPE_CHECKING:
    from tests.conftest import World

ROOT = Path(__file__).parents[1]
SECTION = (
    (ROOT / "CONTRIBUTING.md")
    .read_text(encoding="utf-8")
    .split("\n## Add a cost term\n")[1]
    .split("\n## ")[0]
)

# Run in the copy: everything that the new term should have reached.
LOOK = """
import json, sys
import numpy as np
import forecast
from forecast import drivers
from forecast.errors import ScenarioError
from forecast.model import graph
from forecast.scenario import load
from forecast.shapes import Posterior

def read(path):
    return load(path, drivers=drivers.specs(), events_affect=drivers.affectable())

try:
    read("without.yaml")
except ScenarioError as error:
    complaint = str(error)
with np.load("posterior.npz") as file:
    posterior = Posterior(dict(file))
block = drivers.sample(read("baseline.yaml"), posterior, seed=1, block=0)
values = graph().evaluate(block.values, graph().nodes, factors=block.factors)
np.savez("values.npz", **values)
np.savez("drivers.npz", **block.values)
spec = drivers.specs()["insurance_premium"]
print(json.dumps({
    "package": forecast.__file__,
    "complaint": complaint,
    "unit": spec.unit,
    "bounded": spec.bounded,
    "parts": graph().nodes["training_cost"].parts,
    "description": graph().nodes["insurance_cost"].description,
}))
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Copy:
    """What a copy of the package says once the walk-through has been followed in it."""

    folder: Path
    told: dict[str, Any]
    values: dict[str, np.ndarray]
    drivers: dict[str, np.ndarray]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory, posterior: Posterior) -> Copy:
    folder = tmp_path_factory.mktemp("copy")
    package = Path(forecast.__file__).parent
    shutil.copytree(package, folder / "forecast", ignore=shutil.ignore_patterns("__pycache__"))
    baseline = (ROOT / "scenarios" / "baseline.yaml").read_text(encoding="utf-8")
    (folder / "without.yaml").write_text(baseline, encoding="utf-8")
    np.savez(folder / "posterior.npz", **posterior.draws)

    file, line = blocks("python")
    (entry,) = blocks("yaml")
    (path,) = re.findall(r"^\*\*1\. The file\.\*\* Write `([^`]*)`", SECTION, re.MULTILINE)
    assert not (folder / path).exists()
    (folder / path).write_text(file, encoding="utf-8")
    registry = folder / "forecast" / "model" / "__init__.py"
    text, count = re.subn(
        r"^MODULES = \(.*?\)\n",
        lambda _: line,
        registry.read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    assert count == 1
    registry.write_text(text, encoding="utf-8")
    assert baseline.count("\nassumptions:\n") == 1
    (folder / "baseline.yaml").write_text(
        baseline.replace("\nassumptions:\n", f"\nassumptions:\n{entry}"), encoding="utf-8"
    )

    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with np.load(folder / "values.npz") as values, np.load(folder / "drivers.npz") as drivers:
        return Copy(folder, json.loads(done.stdout), dict(values), dict(drivers))


def test_the_line_only_adds_a_name() -> None:
    names = re.findall(r'"(\w+)"', blocks("python")[1])
    assert tuple(names[:-1]) == MODULES
    assert names[-1] == "insurance"


def test_the_new_term_is_part_of_the_total(followed: Copy, world: World) -> None:
    assert Path(followed.told["package"]).is_relative_to(followed.folder)
    assert "insurance_cost" in followed.told["parts"]
    assert followed.told["description"] == "Cover for compute that is lost when a run fails."
    term = followed.values["insurance_cost"]
    assert np.all(term > 0.0)
    np.testing.assert_allclose(followed.values["training_cost"], world["training_cost"] + term, rtol=1e-12)


def test_what_it_needs_is_asked_of_the_scenario(followed: Copy) -> None:
    assert followed.told["unit"] == "share"
    assert followed.told["bounded"]
    assert "insurance_premium" in followed.told["complaint"]
    assert "missing" in followed.told["complaint"]
    median = float(np.median(followed.drivers["insurance_premium"]))
    assert median == pytest.approx(0.01, rel=0.05)


@pytest.mark.slow
def test_the_commands_shown_work_with_the_new_term(followed: Copy, fits: Path, tmp_path: Path) -> None:
    (shown,) = blocks("sh")
    for path in (ROOT / "scenarios").iterdir():
        (tmp_path / "scenarios").mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / "scenarios")
    shutil.copy(followed.folder / "baseline.yaml", tmp_path / "scenarios")
    # The one that stands on its own gets the entry too, from before its date.
    (entry,) = blocks("yaml")
    alone = tmp_path / "scenarios" / "essay-2023.yaml"
    head, tail = alone.read_text(encoding="utf-8").split("\nassumptions:\n")
    alone.write_text(
        f"{head}\nassumptions:\n{entry.replace('dated: 2026-06', 'dated: 2023-06')}{tail}", encoding="utf-8"
    )
    program = tmp_path / "forecast"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m forecast "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    variables = {
        "PYTHONPATH": str(followed.folder),
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "FORECAST_CACHE_DIR": str(fits),
        "FORECAST_DRAWS": "200",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", shown],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "insurance_premium" in done.stdout
    table = (tmp_path / "outputs" / "baseline" / "summary.csv").read_text(encoding="utf-8")
    assert "\ninsurance_cost,USD," in table


def test_nothing_else_moves(followed: Copy, world: World) -> None:
    for name, value in world.drivers.values.items():
        np.testing.assert_array_equal(followed.drivers[name], value, err_msg=name)
    moved = {
        name
        for name, value in world.values.items()
        if not np.array_equal(np.broadcast_to(followed.values[name], value.shape), value)
    }
    assert "training_cost" in moved
    assert moved == {name for name in graph().nodes if "training_cost" in graph().needed([name])}
