"""One small run in every form that ``forecast export`` writes, made by the project's own environment."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pytest_configure(config: pytest.Config) -> None:
    # pyam's units are read once for all environments of a user, and what is kept of them names the folder of whichever
    # read them first, also after that is gone.
    kept = tempfile.TemporaryDirectory(prefix="clients-")
    config.add_cleanup(kept.cleanup)
    os.environ["XDG_CACHE_HOME"] = kept.name


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    python = os.environ.get("FORECAST_PYTHON", str(ROOT / ".venv" / "bin" / "python"))
    subprocess.run([python, str(Path(__file__).with_name("exports.py")), str(folder)], check=True)
    return folder
