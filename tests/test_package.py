"""What is installed holds all that a forecast needs, and the lock files say exactly what that is."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("run", "dev", "browser")


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
