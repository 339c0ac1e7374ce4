"""One small run in every form that ``forecast export`` writes, made by the project's own environment."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    python = os.environ.get("FORECAST_PYTHON", str(ROOT / ".venv" / "bin" / "python"))
    subprocess.run([python, str(Path(__file__).with_name("exports.py")), str(folder)], check=True)
    return folder
