"""Every command that a page shows is run as a reader would run it, with few draws and made-up fits."""

import importlib.util
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md")))
# Few draws everywhere; what a page gives itself goes before that.
FEW = {
    "FORECAST_DRAWS": "200",
    "FORECAST_REWEIGHT_LEAST_SIZE": "10",
    "FORECAST_REPORT_QUICK": "yes",
    "FORECAST_CONFIG": os.devnull,
}
# Commands that fit many histories, or need what only their page has (parts, a scheduler): tests of their own run them.
HEAVY = re.compile(
    r"forecast (backtest|merge|fit --(report|calibrate|data))|--(cluster|block-range|resume)|SLURM|^first=|\bFILE\b"
)


def builder():
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = builder()
WITH_COMMANDS = [
    page
    for page in PAGES
    if any(build.runnable(block) for block in build.blocks((ROOT / page).read_text(encoding="utf-8")))
]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_the_commands_of_a_page_work(page, tmp_path, fits):
    build.make_desk(tmp_path)
    variables = {**FEW, "FORECAST_CACHE_DIR": str(fits)}
    for block in build.blocks((ROOT / page).read_text(encoding="utf-8")):
        commands = "\n".join(line for line in build.runnable(block).splitlines() if not HEAVY.search(line))
        commands = re.sub(r"--draws \d{4,}", "--draws 200", commands)
        if commands:
            done = build.execute(commands, tmp_path, **variables)
            assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"


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
    assert all(f"## forecast-{name}\n" in build.output_reference() for name in VERSIONS)
