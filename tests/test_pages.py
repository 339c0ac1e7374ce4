"""Every command that a page shows is run as a reader would run it, with few draws and made-up fits."""

import importlib.util
import os
import random
import re
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests import reader

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md")))
# Few draws everywhere; what a page gives itself goes before that.
FEW = {
    "FORECAST_DRAWS": "200",
    "FORECAST_REWEIGHT_LEAST_SIZE": "10",
    "FORECAST_REPORT_QUICK": "yes",
    "FORECAST_CONFIG": os.devnull,
    "FORECAST_DATA_DIR": "imported",
}
# What no test can run, and why. What CONTRIBUTING.md shows beside these is run by test_contributing.
LEFT_OUT = {
    "make test": "this is that; it would call itself",
    ". .venv/bin/activate": "the tests have this installation on their path",
}
# These run where the tests' environment was made by the Makefile: see below.
MAKE = ("make install", "make run")


def builder():
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = builder()


def shown(page):
    """Every block of shell commands on a page, comments behind commands left out."""
    return [re.sub(r" +# .*", "", block) for block in build.blocks((ROOT / page).read_text(encoding="utf-8"))]


def smaller(block):
    """A block without what cannot be run, and with few draws."""
    kept = "\n".join(line for line in block.splitlines() if line not in (*LEFT_OUT, *MAKE))
    # Two blocks of paths, so that there is something to share out.
    return re.sub(r"\bdraws=\d{4,}", "draws=8192", re.sub(r"--draws \d{4,}", "--draws 200", kept))


def free_port():
    """A port that nothing listens at, below those that the system gives to whoever asks for any."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a hundred ports are taken")


@pytest.fixture(scope="session")
def pages_fits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fits")
    reader.store_fits(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if any(map(smaller, shown(page)))])
def test_the_commands_of_a_page_work(page, tmp_path, pages_fits):
    reader.fill(tmp_path)
    variables = {**FEW, "FORECAST_CACHE_DIR": str(pages_fits)}
    for block in map(smaller, shown(page)):
        commands = block.replace("8786", str(free_port()))
        tasks = ["0", "1"] if "SLURM_ARRAY_TASK_ID" in block else [""]
        for task in tasks:
            slurm = {"SLURM_ARRAY_TASK_ID": task, "SLURM_ARRAY_TASK_COUNT": "2"} if task else {}
            done = build.execute(commands, tmp_path, timeout=300, **variables, **slurm)
            assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"


def test_what_is_left_out_is_shown_and_is_no_call_of_ours():
    lines = {line for page in PAGES for block in shown(page) for line in block.splitlines()}
    assert set(LEFT_OUT) | set(MAKE) <= lines
    assert not any("forecast" in line for line in LEFT_OUT)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_python_of_a_page_works(page, tmp_path, pages_fits):
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    text = (ROOT / page).read_text(encoding="utf-8")
    program = "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    assert "forecast.simulate(" in program
    done = subprocess.run(
        [sys.executable, "-c", program.replace("10_000", "200")],
        cwd=tmp_path,
        env={**os.environ, "FORECAST_CACHE_DIR": str(pages_fits), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_make_installs_and_runs(tmp_path, pages_fits):
    made = ("make", f"VENV={sys.prefix}")
    ready = subprocess.run(
        [*made, "--question", f"{sys.prefix}/.run-ready"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    if ready.returncode != 0:
        pytest.skip("the environment of these tests was not made by the Makefile, which would make one now")
    for line in MAKE:
        done = subprocess.run(
            [*made, *line.split()[1:], f"ARGS=--no-charts --out {tmp_path}/out"],
            cwd=ROOT,
            env={**os.environ, **FEW, "FORECAST_CACHE_DIR": str(pages_fits)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out" / "run.json").is_file()


def test_only_whole_commands_are_left_out():
    block = "cd there\n. .venv/bin/activate\nforecast run a.yaml \\\n  --draws 200\nmake run # and so on\n"
    assert build.runnable(block) == "forecast run a.yaml \\\n  --draws 200"


def test_names_of_rows_are_no_links():
    text = "see [lab-256] and [a link](x.md) and `[lab-1]`\n```\n[lab-2]\n```\n"
    assert build.without_references(text) == text.replace("[lab-256]", r"\[lab-256\]")


def test_the_references_name_every_entry_assumption_and_document():
    from forecast.cli.documents import VERSIONS
    from forecast.drivers import specs

    page = build.scenario_reference()
    assert all(f"| `{name}` |" in page for name in specs())
    assert "| `mmlu_chance` | share | `assumptions` |  | 0.25 | `mmlu` |" in page
    assert "|  |  |\n" not in page.split("## Assumptions")[0]
    assert all(f"## forecast-{name}\n" in build.output_reference() for name in VERSIONS)


@pytest.mark.slow
def test_the_record_has_every_target_method_and_rule():
    from forecast.backtest import METHODS, TARGETS

    page = build.record()
    assert all(f"| `{target}` | `{method}` |" in page for target in TARGETS for method in METHODS)
    assert page.count("| yes |") == 6
    assert "\n## Choices that were made" in (ROOT / "docs" / "backtest.md").read_text(encoding="utf-8")
