"""What is installed holds all that a forecast needs, and the lock files say exactly what that is."""

import json
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
LOCKS = ("run", "dev", "browser", "notebooks", "clients", "fuzz", "audit")


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


def build_wheel(folder: Path, mask: str) -> bytes:
    command = f'umask {mask}; "$0" -m hatchling build -t wheel -d "$1"'
    subprocess.run(
        ["sh", "-c", command, sys.executable, str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    (wheel,) = folder.glob("*.whl")
    return wheel.read_bytes()


@pytest.mark.slow
def test_a_wheel_that_is_built_twice_has_the_same_bytes(tmp_path: Path) -> None:
    assert build_wheel(tmp_path / "first", "022") == build_wheel(tmp_path / "second", "077")


# Lets a program import only what some packages and those that they need hold, and the wheel instead of this folder.
CLEAN = """
import importlib.abc, importlib.metadata, json, re, sys
wheel, wanted, root = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
sys.path[:] = [wheel, *(path for path in sys.path if path not in ("", root) and "editable" not in path)]
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in getattr(finder, "__module__", "")]

def plain(name):
    return re.split(r"[\\s=<>~!;\\[(]", name)[0].lower().replace("_", "-").replace(".", "-")

needed, waiting = set(), [plain(name) for name in wanted]
while waiting:
    name = waiting.pop()
    if name in needed:
        continue
    needed.add(name)
    try:
        found = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        continue
    waiting += [plain(line) for line in found if "extra ==" not in line]
tops = importlib.metadata.packages_distributions()
foreign = {top for top, held in tops.items() if not {plain(name) for name in held} & needed}

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in foreign - {"forecast"}:
            raise ModuleNotFoundError(f"{name} is not among what is installed", name=name)

sys.meta_path.insert(0, Refuse())
assert "pytest" in foreign and "hypothesis" in foreign
"""


def clean(wheel: Path, wanted: list[str], program: str, folder: Path, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CLEAN + program, str(wheel), json.dumps(wanted), str(ROOT)],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build_wheel(folder / "built", "022")
    (built,) = (folder / "built").glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


@pytest.mark.slow
def test_the_wheel_forecasts_with_nothing_but_its_dependencies(
    wheel: Path, fits: Path, tmp_path: Path
) -> None:
    program = """
sys.argv = ["forecast", "run", f"{wheel}/forecast/scenarios/baseline.yaml", "--draws", "400"]
import forecast.cli
assert forecast.cli.__file__.startswith(wheel), forecast.cli.__file__
forecast.cli.main()
"""
    wanted = PROJECT["project"]["dependencies"]
    clean(wheel, wanted, program, tmp_path, FORECAST_CACHE_DIR=str(fits))
    written = {path.name for path in (tmp_path / "outputs" / "baseline").rglob("*")}
    assert {"summary.csv", "trajectories.nc", "run.json"} <= written
    assert any(name.endswith(".svg") for name in written)


EXTRAS = PROJECT["project"]["optional-dependencies"]
MODULES_OF = {
    "cluster": ("dask", "distributed", "forecast.execution.workers"),
    "parquet": ("pyarrow.parquet", "forecast.export.parquet"),
    "spreadsheet": ("openpyxl", "forecast.imports.sheet"),
}


def test_every_extra_is_tried() -> None:
    assert set(MODULES_OF) == set(EXTRAS)


@pytest.mark.slow
@pytest.mark.parametrize("extra", MODULES_OF)
def test_every_extra_imports_with_nothing_but_its_dependencies(
    extra: str, wheel: Path, tmp_path: Path
) -> None:
    program = f"""
import importlib
for name in {MODULES_OF[extra]!r}:
    importlib.import_module(name)
"""
    clean(wheel, PROJECT["project"]["dependencies"] + EXTRAS[extra], program, tmp_path)


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile"])
def test_nothing_is_installed_but_what_a_lock_names(file: str) -> None:
    # Where pip looks for dependencies itself, a release of one of them may stop what is locked from being installed.
    calls = re.findall(r".*--requirement.*", (ROOT / file).read_text(encoding="utf-8"))
    assert calls
    assert all("--require-hashes --no-deps" in call for call in calls)
