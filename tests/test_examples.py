"""The examples make what they promise, a second call does nothing, and what surrounds the project is well formed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PLACES = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "FORECAST_NO_CHARTS": "yes",
}
RESULTS = (
    "baseline/run.json",
    "optimistic/run.json",
    "pessimistic/run.json",
    "optimistic-pessimistic/run.json",
    "training-cost.pdf",
)


def call(words, folder, fits):
    environment = {**os.environ, **PLACES, "FORECAST_CACHE_DIR": str(fits)}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def desk(tmp_path):
    for name in ("examples", "scenarios", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("results", ".snakemake"))
    return tmp_path


@pytest.mark.slow
def test_a_second_make_does_nothing_and_a_change_makes_only_what_rests_on_it(desk, fits, files_in):
    folder, words = desk / "examples" / "make", ("make", "DRAWS=100")
    call(words, folder, fits)
    made = files_in(folder / "results")
    assert set(RESULTS) <= set(made)
    assert "Nothing to be done" in call(words, folder, fits)
    # A change of the optimistic scenario concerns neither the others nor the chart of the baseline.
    os.utime(desk / "scenarios" / "optimistic.yaml")
    done = call((*words, "--dry-run"), folder, fits)
    assert re.findall(r"--out results/(\S+)", done) == ["optimistic", "optimistic-pessimistic"]


@pytest.fixture
def snakemake():
    found = shutil.which("snakemake", path=str(Path(sys.prefix) / "workflow" / "bin"))
    if found := found or shutil.which("snakemake"):
        return found
    return pytest.skip("snakemake is not installed; make test-slow brings it")


@pytest.mark.slow
def test_the_workflow_of_the_page_on_clusters_merges_its_parts(desk, fits, snakemake, files_in):
    page = (ROOT / "docs" / "how-to" / "run-on-a-cluster.md").read_text(encoding="utf-8")
    (workflow,) = re.findall(r"^Snakemake:\n\n```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert "1_000_000, 31" in workflow
    (desk / "Snakefile").write_text(workflow.replace("1_000_000, 31", "8192, 1"), encoding="utf-8")
    call((snakemake, "--cores", "2"), desk, fits)
    assert {"0-1.part", "1-2.part"} <= set(files_in(desk / "parts"))
    assert "run.json" in files_in(desk / "outputs" / "large")


@pytest.mark.slow
def test_a_second_snakemake_does_nothing(desk, fits, snakemake, files_in):
    folder = desk / "examples" / "snakemake"
    words = (snakemake, "--cores", "2", "--config", "draws=100")
    call(words, folder, fits)
    made = files_in(folder / "results")
    assert set(RESULTS) <= set(made)
    assert "Nothing to be done" in call(words, folder, fits)
    assert files_in(folder / "results") == made


@pytest.mark.parametrize(
    "file", [*(ROOT / ".github").rglob("*.yml"), ROOT / ".pre-commit-hooks.yaml"], ids=lambda file: file.name
)
def test_what_services_read_is_yaml(file):
    assert yaml.safe_load(file.read_text(encoding="utf-8"))


def test_the_hook_checks_scenarios_and_nothing_else(command):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    wanted = [
        name for name in ("scenarios/baseline.yaml", "a/scenarios/b.yml") if re.search(hook["files"], name)
    ]
    assert len(wanted) == 2
    assert not any(
        re.search(hook["files"], name) for name in ("mkdocs.yml", "scenarios/notes.md", "x/y.yaml")
    )
    program, name = hook["entry"].split()
    assert (program, command(name, ROOT / "scenarios" / "data-wall.yaml", "--help").code) == ("forecast", 0)


def test_a_release_needs_the_tag_of_the_package_and_words_in_the_changelog(tmp_path):
    for name in (".ci/release-notes", "forecast/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    changes = tmp_path / "CHANGELOG.md"
    changes.write_text(
        "# Changelog\n\n## Unreleased\n\n- next\n\n## 0.1.0 - 2026-12-01\n\n- first\n\n## 0.0.9\n\n- old\n"
    )

    def notes(tag):
        return subprocess.run(
            [tmp_path / ".ci" / "release-notes", tag], capture_output=True, text=True, check=False
        )

    assert notes("v0.1.0").stdout.split() == ["-", "first"]
    assert (notes("v9.9.9").returncode, notes("v9.9.9").stdout) == (1, "")
    changes.write_text("# Changelog\n\n## Unreleased\n\n- next\n")
    assert notes("v0.1.0").returncode == 1


def test_the_image_copies_what_the_build_needs():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    for sources in re.findall(r"^COPY (.*) \S+$", text, re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists()
            assert f"!{source.split('/')[0]}\n" in let_through
