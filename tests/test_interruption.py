"""Long work that is interrupted: exit code 130, one word, and no file left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from forecast.cli import progress

ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "scenarios" / "baseline.yaml"
SWEEP = ("--set", "final_run_share=0.1:0.3:3")
CALLS = {
    "sensitivity": (BASELINE,),
    "compare": (BASELINE, ROOT / "scenarios" / "pessimistic.yaml"),
    "sweep": (BASELINE, *SWEEP),
}


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("sensitivity", "walked 3"),
        ("compare", "comparing"),
        ("sweep", "2 of 3 points"),
        pytest.param("sensitivity", "drawing charts", marks=pytest.mark.slow),
        pytest.param("compare", "dividing", marks=pytest.mark.slow),
        pytest.param("compare", "drawing charts", marks=pytest.mark.slow),
        pytest.param("sweep", "drawing charts", marks=pytest.mark.slow),
    ],
)
def test_work_interrupted_at_a_step_leaves_nothing(
    name: str, step: str, command: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def tell(text: str) -> None:
        told.append(text)
        if text.startswith(step):
            raise KeyboardInterrupt

    monkeypatch.setattr(progress, "teller", lambda **_: tell)
    called = command(name, *CALLS[name], "--draws", 300, "--out", tmp_path / "results" / "out")
    assert told[-1].startswith(step)
    assert called.code == 130
    assert called.err.splitlines()[-1] == "interrupted"
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_a_signal_at_any_moment_leaves_nothing(
    name: str, start: Callable[..., subprocess.Popen], fits: Path, tmp_path: Path
) -> None:
    chance = np.random.default_rng(len(name))
    for trial in range(4):
        out = tmp_path / str(trial)
        running = start(
            [sys.executable, "-m", "forecast", name, *CALLS[name], "--out", out],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "FORECAST_CACHE_DIR": str(fits)},
        )
        # Its first words say that the program has begun: before them it is Python that starts.
        first = running.stderr.readline()
        time.sleep(chance.uniform(0.0, 4.0))
        running.send_signal(signal.SIGINT)
        # A process that is left behind would hold the pipes open.
        _, rest = running.communicate(timeout=200)
        if running.returncode == 0:
            # It was done before the signal came.
            assert (out / "run.json").is_file(), first + rest
            shutil.rmtree(out)
            continue
        assert running.returncode == 130, first + rest
        assert rest.splitlines()[-1] == "interrupted"
        assert "Traceback" not in rest
        assert list(tmp_path.rglob("*")) == []
