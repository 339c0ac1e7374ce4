"""A small world of drivers, so that the scenario language is tested apart from the model."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from forecast.errors import ScenarioError
from forecast.scenario import DriverSpec, Scenario, load

SPECS = {
    spec.name: spec
    for spec in (
        DriverSpec("compute_growth", "1/yr"),
        DriverSpec("algorithmic_growth", "1/yr", fitted=False, subject="algorithms"),
        DriverSpec("wage", "USD/hour", positive=True, fitted=False, subject="labeling"),
        DriverSpec("tokens_per_parameter", "token/parameter", positive=True, fitted=False),
        DriverSpec("automated_share", "share", bounded=True, fitted=False, subject="labeling"),
        DriverSpec("research_spend", "USD/yr", "labs", positive=True, fitted=False),
        DriverSpec("final_run_share", "share", "labs", bounded=True, fitted=False),
    )
}

GOOD = """\
name: baseline
title: The way things go
as_of: 2026-09-30
assumptions:
  compute_growth: {fitted: {}}
  algorithmic_growth: {p5: 1.5x/yr, p50: 3.5x/yr, p95: 10x/yr, why: Wide., source: ho2024, dated: 2024-12}
  wage: 5 to 30
  tokens_per_parameter: {p5: 20, p50: 40, p95: 200, unit: token/parameter}
  automated_share: 0.4
labs:
  defaults:
    final_run_share: {p5: 0.07, p50: 0.15, p95: 0.3}
  alpha: {name: Alpha, research_spend: 5e9}
  beta: {name: Beta, research_spend: {p5: 1e9, p95: 3e9}, final_run_share: 0.2}
events:
  - {name: chip squeeze, probability: 0.15, year: 2028, affects: price_performance, factor: 0.7, lasts: 2}
correlations:
  - {between: [algorithmic_growth, wage], rho: 0.3}
"""


class Desk:
    """Writes scenario files into a folder and loads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str | bytes, name: str = "scenario.yaml") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def load(self, text: str | bytes, *overrides: str, name: str = "scenario.yaml") -> Scenario:
        return self.open(self.write(text, name), *overrides)

    def open(self, path: Path, *overrides: str) -> Scenario:
        return load(path, drivers=SPECS, events_affect=("price_performance",), overrides=overrides)

    def mistakes(self, text: str | bytes, *overrides: str) -> list[str]:
        """Each mistake in one line, the folder left out."""
        with pytest.raises(ScenarioError) as caught:
            self.load(text, *overrides)
        assert caught.value.exit_code == 2
        return [str(problem).replace(f"{self.folder}/", "") for problem in caught.value.problems]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def good() -> str:
    return GOOD


@pytest.fixture
def change() -> Callable[[str, str], str]:
    """The good scenario with one piece of it exchanged."""

    def exchange(old: str, new: str) -> str:
        assert GOOD.count(old) == 1
        return GOOD.replace(old, new)

    return exchange


MESSAGES = Path(__file__).with_name("messages.json")


@pytest.fixture
def on_record(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Sequence[str]], None]:
    """Compares every word and place of the messages of a test with those that `messages.json` holds under its name.

    What people read when something is wrong changes on purpose or not at all. To write the file anew:
    ``MESSAGES=renew pytest -p no:xdist tests/scenario``; then read the difference.
    """

    def compare(messages: Sequence[str]) -> None:
        said = [each.replace(f"{tmp_path}/", "").replace(str(tmp_path), "FOLDER") for each in messages]
        records = json.loads(MESSAGES.read_text(encoding="utf-8"))
        if os.environ.get("MESSAGES") == "renew":
            records[request.node.name] = said
            text = json.dumps(dict(sorted(records.items())), indent=1, ensure_ascii=False)
            MESSAGES.write_text(text + "\n", encoding="utf-8")
        else:
            assert said == records[request.node.name]

    return compare
