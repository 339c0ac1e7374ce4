"""What is installed holds all that a forecast needs, and the lock files say exactly what that is."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("run", "dev", "browser", "notebooks", "clients")


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")


def locked(name: str) -> set[str]:
    """Every pinned line of a lock file: name, version and the Pythons that it is for."""
    return {
        line.removesuffix(" \\")
        for line in lock(name).splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    }


def names(lines: set[str] | list[str]) -> set[str]:
    """The names of requirements, written in one way."""
    return {re.split(r"[\s=<>~!;\[]", line)[0].lower().replace("_", "-") for line in lines}


def test_the_wheel_holds_code_tables_scenarios_and_schemas(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("forecast/")}
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "forecast").rglob("*.py")}
    tables = {path.relative_to(ROOT).as_posix() for path in (ROOT / "forecast").rglob("*.csv")}
    beside = {f"forecast/scenarios/{path.name}" for path in (ROOT / "scenarios").glob("*.yaml")}
    beside |= {f"forecast/schemas/{path.name}" for path in (ROOT / "schemas").glob("*.json")}
    assert any(name.startswith("forecast/scenarios/") for name in beside)
    assert any(name.startswith("forecast/schemas/") for name in beside)
    assert code | tables | beside | {"forecast/py.typed"} <= held


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_package_by_hash_and_names_no_index(name: str) -> None:
    assert "--only-binary :all:" in lock(name), "an install must not need a compiler"
    assert "://" not in lock(name)
    assert "index-url" not in lock(name)
    blocks = re.split(r"\n(?=[a-z0-9])", lock(name))[1:]
    assert len(blocks) == len(locked(name))
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_lock_of_a_forecast_holds_its_dependencies_and_what_builds_it() -> None:
    wanted = names(PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"])
    assert wanted <= names(locked("run"))


def test_the_lock_of_the_checks_adds_to_the_other_and_changes_nothing() -> None:
    # A package that only some Pythons need to forecast may be needed by the checks on all of them.
    pinned = [{line.split(" ;")[0] for line in locked(name)} for name in ("run", "dev")]
    assert pinned[0] <= pinned[1]
    groups = PROJECT["dependency-groups"]
    assert names([line for line in groups["dev"] if isinstance(line, str)]) <= names(locked("dev"))


@pytest.mark.slow
def test_an_installed_wheel_does_the_main_job_outside_the_repository(tmp_path: Path, fits: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    # A clean environment that sees the locked dependencies, and of this project nothing but the wheel.
    environment, desk = tmp_path / "environment", tmp_path / "desk"
    desk.mkdir()
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    where = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(where, check=True, capture_output=True, text=True).stdout.strip())
    # Folders that a .pth file names are searched, but what their own .pth files name (our checkout) is not.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    variables = {**os.environ, "FORECAST_CACHE_DIR": str(fits), "FORECAST_DATA_DIR": ""}

    def call(*words: object) -> str:
        done = subprocess.run(
            [str(word) for word in words], cwd=desk, env=variables, check=True, capture_output=True, text=True
        )
        return done.stdout

    shipped = call(
        python, "-c", "import forecast.run as run; print(run.__file__, run.shipped('baseline'))"
    ).split()
    assert all(Path(path).is_relative_to(site) for path in shipped)
    forecast = environment / "bin" / "forecast"
    call(forecast, "run", shipped[1], "--draws", 200, "--no-charts")
    assert (desk / "outputs" / "baseline" / "summary.csv").stat().st_size > 10_000
    call(forecast, "export", "outputs/baseline", "--format", "iamc")
    call(forecast, "schema")
    call(forecast, "data", "check")
    api = "import forecast; print(forecast.simulate(forecast.load(r'%s'), draws=100).sizes['draw'])"
    assert call(python, "-c", api % shipped[1]).strip() == "100"
