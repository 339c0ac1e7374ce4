"""Make the pages of the documentation site: what is written by hand, what commands print, and what comes from the code.

    python docs/build.py TARGET

copies docs/ to TARGET, runs every block of commands that is followed by `<!-- runs -->` or `<!-- prints -->` (in the
order of the pages, in a folder beside TARGET), puts what the latter print behind them, and adds the references and a
list of all links that lead elsewhere. The other blocks run in a test only, with few draws.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

ROOT = Path(__file__).resolve().parents[1]
# Pages whose commands are run for what they print, in this order.
RUN_FIRST = (
    "first-forecast.md",
    "how-to/write-a-scenario.md",
    "how-to/compare.md",
    "how-to/chart-in-a-paper.md",
)
_WIDTH = 96
_BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:<!-- (prints|runs) -->\n)?", re.MULTILINE | re.DOTALL)
# What a reader does on the own machine and no test should do on this one.
_NOT_RUN = re.compile(
    r"\s*(\.\s|#|(apt|cd|dask|docker|git|make|man|pip|pre-commit|sbatch|scancel|snakemake|source|squeue|srun|ssh|uv)\b)"
)

SCENARIO_INTRODUCTION = (
    "Written from the schema and the formulas. [Write a scenario](../how-to/write-a-scenario.md) shows how to use it; "
    "`forecast schema` prints the schema for editors, and `forecast show FILE` a whole scenario with the line that set "
    "each value."
)
ASSUMPTIONS_INTRODUCTION = (
    "Where a name stands: under `assumptions`, or under each member of the section. The formulas that use it stand in "
    "[the model](../model.md), and the baseline's reason and source in `forecast show scenarios/baseline.yaml`."
)
RECORD_INTRODUCTION = (
    "Computed when this site was built, from the kept fits with a quarter of their draws: means over all forecasts "
    "from the ends of {first} to {last}, in orders of magnitude. *Covered* is the share of outcomes inside the 80% and "
    "the 90% interval; *bias* is the median forecast less what came out."
)
OUTPUT_INTRODUCTION = (
    "Written from the schemas. Every command that reports prints a document with `--json`. It names its schema "
    '(`"schema": "forecast-run"`) and the version; `forecast schema run` prints the JSON Schema itself. A version '
    "rises when an entry is renamed or removed or changes its meaning; new entries leave it as it is, so a program "
    "should pass over what it does not know."
)


def blocks(text: str) -> Iterator[str]:
    """Every block of shell commands on a page."""
    for match in _BLOCK.finditer(text):
        yield match[1]


def runnable(block: str) -> str:
    """The commands of a block that can be run anywhere."""
    lines: list[str] = []
    for line in block.splitlines():
        goes_on = bool(lines) and lines[-1].endswith("\\")
        if goes_on or (line.strip() and not _NOT_RUN.match(line)):
            lines.append(line)
    return "\n".join(lines)


def make_desk(folder: Path) -> None:
    """A folder with the shipped scenarios and their schema, as a reader has it in a checkout."""
    for name in ("scenarios", "schemas"):
        shutil.copytree(ROOT / name, folder / name)


def execute(
    block: str, folder: Path, *, timeout: float = 1200.0, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run commands as a shell would, with this installation's `forecast` first on the path.

    What they leave running ends with them, and so does everything after ``timeout`` seconds.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    words = ["bash", "-euo", "pipefail", "-c", f"trap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n{block}"]
    # Into files: a pipe would be waited for as long as anything that was left running holds it open.
    with TemporaryFile("w+", encoding="utf-8") as out, TemporaryFile("w+", encoding="utf-8") as err:
        with subprocess.Popen(
            words,
            cwd=folder,
            env={**os.environ, "PATH": path, **variables},
            stdout=out,
            stderr=err,
            start_new_session=True,
        ) as process:
            try:
                process.wait(timeout)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read())
    return subprocess.CompletedProcess(words, process.returncode, *texts)


def folded(text: str) -> str:
    """What a command printed, lines that are too long for a page folded at words."""
    lines = []
    for line in text.rstrip().splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        lines += textwrap.wrap(line, _WIDTH, subsequent_indent=indent) if len(line) > _WIDTH else [line]
    return "\n".join(lines)


def with_output(text: str, folder: Path) -> str:
    """A page with what its commands print behind every block that asks for it."""

    def shown(match: re.Match[str]) -> str:
        block = f"```sh\n{match[1]}```\n"
        if match[2] is None:
            return block
        done = execute(runnable(match[1]), folder, NO_COLOR="1", COLUMNS="100")
        print(match[1], end="", flush=True)
        if done.returncode:
            sys.exit(f"{match[1]}ended with {done.returncode}:\n{done.stderr}")
        return f"{block}\n```text\n{folded(done.stdout)}\n```\n" if match[2] == "prints" else block

    return _BLOCK.sub(shown, text)


def without_references(text: str) -> str:
    """A page on which `[lab-256]`, the name of a row of history, is not taken for a link."""
    parts = re.split(r"(^```.*?^```|`[^`\n]*`)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(
        part if place % 2 else re.sub(r"\[([a-z]+-\d+)\](?!\()", r"\[\1\]", part)
        for place, part in enumerate(parts)
    )


def scenario_reference() -> str:
    """What may stand in a scenario file: its entries from the schema, the assumptions from the formulas."""
    from forecast.drivers import affectable, specs
    from forecast.model import graph
    from forecast.run import resolve

    baseline = resolve(ROOT / "scenarios" / "baseline.yaml").assumptions
    used = {
        name: [node for node, formula in graph().nodes.items() if name in formula.inputs] for name in specs()
    }
    schema = json.loads((ROOT / "schemas" / "scenario-v1.json").read_text(encoding="utf-8"))
    lines = [
        "# Scenario files",
        "",
        SCENARIO_INTRODUCTION,
        "",
        "## Entries",
        "",
        "| entry | what it says |",
        "|---|---|",
    ]
    lines += [
        f"| `{name}` | {entry.get('description', '')} |" for name, entry in schema["properties"].items()
    ]
    lines += ["", "## Parts", ""]
    for name in ("event", "correlation"):
        part = schema["$defs"][name]
        lines += [f"### {name}", "", "| entry | needed | what it says |", "|---|---|---|"]
        lines += [
            f"| `{key}` | {'yes' if key in part['required'] else ''} | {entry.get('description', '')} |"
            for key, entry in part["properties"].items()
        ]
        lines.append("")
    lines += [f"An event may affect: {', '.join(f'`{name}`' for name in sorted(affectable()))}.", ""]
    lines += [
        "## Assumptions",
        "",
        ASSUMPTIONS_INTRODUCTION,
    ]
    subjects: dict[str, list[str]] = {}
    for name, spec in specs().items():
        section = spec.section or "assumptions"
        fitted = "yes" if spec.fitted else ""
        value = baseline[name].describe() if name in baseline else ""
        formulas = ", ".join(f"`{each}`" for each in used[name][:3]) + (" ..." if len(used[name]) > 3 else "")
        subjects.setdefault(spec.subject, []).append(
            f"| `{name}` | {spec.unit} | `{section}` | {fitted} | {value} | {formulas} |"
        )
    for subject, rows in subjects.items():
        lines += [
            "",
            f"### {subject}",
            "",
            "| assumption | unit | stands in | can be fitted | in the baseline | used by |",
            "|---|---|---|---|---|---|",
        ]
        lines += rows
    return "\n".join(lines) + "\n"


def record() -> str:
    """The scores of the backtest, from the fits that are kept beside the tests."""
    from forecast.backtest import TARGETS, averages, backtest, criteria

    spec = importlib.util.spec_from_file_location(
        "stored_fits", ROOT / "tests" / "backtest" / "stored_fits.py"
    )
    if spec is None or spec.loader is None:
        sys.exit("tests/backtest/stored_fits.py is missing")
    stored = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stored)
    fits = stored.load()
    result = backtest(fitter=lambda _, day: fits[day.year][1])
    rows = [row for row in averages(result.scores) if row.lead is None]
    lines = [
        "## The record",
        "",
        RECORD_INTRODUCTION.format(first=result.origins[0].year, last=result.origins[-1].year),
        "",
        "| target | method | forecasts | CRPS | bias | 80% covered | 90% covered | width of 90% |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{row.target}` | `{row.method}` | {row.count} | {row.crps:.3f} | {row.bias:+.3f} | {row.covered_80:.0%} | "
        f"{row.covered_90:.0%} | {row.width_90:.2f} |"
        for target in TARGETS
        for row in rows
        if row.target == target
    ]
    lines += ["", "| what must hold | found | asked | holds |", "|---|---|---|---|"]
    lines += [
        f"| {rule.name} | {rule.value:.3f} | {rule.low:g} to {rule.high:g} | {'yes' if rule.holds else 'no'} |"
        for rule in criteria(result.scores)
    ]
    return "\n".join(lines) + "\n"


def output_reference() -> str:
    """The documents that commands print with --json, from their schemas."""
    lines = [
        "# JSON output",
        "",
        OUTPUT_INTRODUCTION,
    ]
    for file in sorted((ROOT / "schemas").glob("output-*.json")):
        schema = json.loads(file.read_text(encoding="utf-8"))
        name = schema["properties"]["schema"]["const"]
        title = schema["title"].partition(": ")
        lines += [
            "",
            f"## {name}",
            "",
            f"`{title[0]}`: {title[2]}. Version {schema['properties']['version']['const']}.",
            "",
        ]
        lines += ["| entry | type | what it says |", "|---|---|---|"]
        for key, entry in schema["properties"].items():
            if key not in {"schema", "version"}:
                kind = entry.get("type", "")
                kind = " or ".join(kind) if isinstance(kind, list) else kind
                below = entry.get("items", {}).get("properties", entry.get("properties", {}))
                held = f" Holds {', '.join(f'`{each}`' for each in below)}." if below else ""
                words = entry.get("description", "")
                lines.append(f"| `{key}` | {kind} | {words}{'.' if words and held else ''}{held} |")
    return "\n".join(lines) + "\n"


def main(target: Path) -> None:
    """Write all pages into a folder, which is made anew."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    desk = target.with_name(f"{target.name}-desk")
    shutil.rmtree(desk, ignore_errors=True)
    desk.mkdir(parents=True)
    make_desk(desk)
    for name in RUN_FIRST:
        page = target / name
        page.write_text(with_output(page.read_text(encoding="utf-8"), desk), encoding="utf-8")
    for page in target.rglob("*.md"):
        page.write_text(without_references(page.read_text(encoding="utf-8")), encoding="utf-8")
    (target / "images").mkdir()
    for chart in ("training_cost", "affordability"):
        (found,) = sorted((desk / "outputs" / "baseline" / "charts").glob(f"*{chart}.svg"))[:1]
        shutil.copy(found, target / "images" / f"{chart}.svg")
    reference = target / "reference"
    reference.mkdir(exist_ok=True)
    commands = execute("forecast manual --format markdown", desk)
    (reference / "commands.md").write_text(commands.stdout, encoding="utf-8")
    (reference / "scenario.md").write_text(scenario_reference(), encoding="utf-8")
    (reference / "output.md").write_text(output_reference(), encoding="utf-8")
    page = target / "backtest.md"
    above, heading, below = page.read_text(encoding="utf-8").partition("## Choices that were made")
    if not heading:
        sys.exit("docs/backtest.md has no place for the record any more")
    page.write_text(f"{above}{record()}\n{heading}{below}", encoding="utf-8")
    (target / "changelog.md").write_text(
        (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), encoding="utf-8"
    )
    links = {
        link: page.relative_to(target)
        for page in sorted(target.rglob("*.md"))
        for link in re.findall(r"https?://[^\s)>\"'`|\]]+", page.read_text(encoding="utf-8"))
    }
    listed = target.with_name("links.txt")
    listed.write_text(
        "".join(f"{link.rstrip('.,;')}\t{page}\n" for link, page in sorted(links.items())), encoding="utf-8"
    )
    print(
        f"{len(list(target.rglob('*.md')))} pages in {target}; {len(links)} links elsewhere, listed in {listed}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
