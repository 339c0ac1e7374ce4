"""Names and texts that are meant to be taken for something else: by a terminal, a browser, a spreadsheet or TeX."""

from __future__ import annotations

import csv
import html.parser
import json
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from forecast import cells, observations
from forecast.fit.own import own_history
from forecast.observations.own import read
from forecast.report.tables import csv_text

ROOT = Path(__file__).parents[1]

HTML = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
MATH = r"$\frac{1}{0}$ $\undefined{ $ 5% of $10 & #1 _a^b ~ {x} \\"
LATEX = r"\input{/etc/passwd}\write18{id}"
FORMULA = '=HYPERLINK("http://x","y")'
EVERYTHING = f"{FORMULA} {HTML} {MATH} {LATEX} -->]]> %s {{{{7*7}}}} {{% raw %}}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("＝1+1", "'＝1+1"),
        ("-30%/yr", "'-30%/yr"),
        ("-3.5", "-3.5"),
        ("-1e-9", "-1e-9"),
        ("+4", "+4"),
        ("-inf", "-inf"),
        ("", ""),
        ("OpenAI", "OpenAI"),
        ("a=b", "a=b"),
        ("'=1", "'=1"),
    ],
)
def test_text_stays_text_and_numbers_stay_numbers(text, shown):
    assert cells.safe(text) == shown


def test_negative_numbers_of_a_table_are_numbers():
    assert csv_text(["=a"], [[-1.5, -2, "-3", None, "=x"]]) == "'=a\n-1.5,-2,-3,,'=x\n".replace("'=a", "=a")


ESCAPES = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\u2066\x00"
"""What a terminal obeys, and what shows a text in another order than it has."""


class Page(html.parser.HTMLParser):
    """Collects what a browser would run or load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        self.found += [
            f"{tag} {name}={value}"
            for name, value in attrs
            if tag == "img" and name == "src" and value == "x"
        ]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A scenario in which everything that can hold a text holds all of it."""
    shutil.copy(ROOT / "scenarios" / "baseline.yaml", tmp_path)
    text = json.dumps(EVERYTHING)
    (tmp_path / "mine.yaml").write_text(
        f"""name: mine
extends: baseline.yaml
title: {text}
description: {text}
assumptions:
  algorithmic_growth: {{p5: 1.5x/yr, p95: 6x/yr, why: {text}, source: {text}}}
labs:
  openai: {{name: {text}}}
sources:
  web: {{name: {text}}}
events:
  - {{name: {text}, probability: 0.2, year: 2028, affects: price_performance, factor: 0.7, why: {text}, source: {text}}}
""",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def harmless(folder):
    """Every table, picture and page in a folder says the texts and does nothing."""
    kinds = set()
    for path in folder.rglob("*"):
        kinds.add(path.suffix)
        if path.suffix == ".csv":
            for row in csv.reader(path.read_text(encoding="utf-8").splitlines()):
                assert not [cell for cell in row if cells.safe(cell) != cell], path
        elif path.suffix == ".svg":
            root = ET.parse(path).getroot()  # noqa: S314 - our own file
            names = {element.tag.rpartition("}")[2] for element in root.iter()}
            assert not names & {"script", "img", "foreignObject", "image"}, path
            attributes = {name.rpartition("}")[2] for element in root.iter() for name in element.attrib}
            assert not [name for name in attributes if name.startswith("on")], path
        elif path.suffix == ".html":
            page = Page()
            content = path.read_text(encoding="utf-8")
            page.feed(content)
            assert page.found == [], path
            assert "<script>alert(2)" not in content
            assert "49 {% raw %}" not in content
    return kinds


def said_plainly(called):
    assert called.code == 0, called.err
    assert all(line.isprintable() for line in (called.out + called.err).splitlines())


def test_tables_and_the_terminal_say_the_texts_and_do_nothing(command, desk):
    said_plainly(command("check", "mine.yaml"))
    said_plainly(command("show", "mine.yaml"))
    said_plainly(command("run", "mine.yaml", "--draws", 200, "--no-charts"))
    assert ".csv" in harmless(desk / "outputs")
    names = (desk / "outputs/mine/affordability.csv").read_text(encoding="utf-8")
    assert "'=HYPERLINK" in names
    for form in ("latex", "markdown"):
        called = command(
            "export", "outputs/mine", "--format", form, "--variable", "training_cost", "--out", "-"
        )
        said_plainly(called)
        if form == "latex":
            assert r"\input{" not in called.out
            assert r"\write18" not in called.out
        else:
            assert not re.search(r"(?<!\\)<", called.out)


@pytest.mark.slow
def test_charts_and_pages_say_the_texts_and_do_nothing(command, desk):
    said_plainly(command("run", "mine.yaml", "--draws", 400))
    assert ".svg" in harmless(desk / "outputs")
    said_plainly(
        command("compare", "baseline.yaml", "mine.yaml", "--draws", 400, "--out", "outputs/compared")
    )
    said_plainly(
        command("report", "mine.yaml", "baseline.yaml", "--draws", 400, "--quick", "--out", "outputs/page")
    )
    said_plainly(command("explain", "training_cost", "--scenario", "mine.yaml"))
    assert ".html" in harmless(desk / "outputs")


@pytest.fixture
def own_runs(desk):
    """Training runs of a user whose every text holds all of it; NUL is refused by name, so it stands in none."""
    path = desk / "=cmd().csv"
    text = (EVERYTHING + ESCAPES).replace("\x00", "")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["model", "released", "compute", "organization", "cost"])
        for number in range(8):
            compute = f"{10 ** (24 + number / 2):g}"
            writer.writerow([f"{text} {number}", f"20{17 + number}-01-15", compute, text, "1e6"])
    return path


@pytest.mark.slow
def test_a_users_own_runs_are_said_plainly_and_do_nothing(
    command, desk, own_runs, baseline, store_fit, monkeypatch
):
    ours = observations.load(as_of=baseline.as_of)
    own = own_history(read(own_runs, ours.price_index), ours, as_of=baseline.as_of)
    store_fit(baseline.as_of, desk / "cache", own.history)
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(desk / "cache"))
    said_plainly(command("fit", "--data", own_runs.name))
    said_plainly(command("run", "baseline.yaml", "--data", own_runs.name, "--draws", 400))
    assert {".csv", ".svg"} <= harmless(desk / "outputs")
    for form in ("datapackage", "hubverse", "iamc"):
        said_plainly(command("export", "outputs/baseline", "--format", form, "--out", f"outputs/{form}"))
    assert {".csv", ".svg"} <= harmless(desk / "outputs")


@pytest.mark.slow
def test_imported_rows_are_said_plainly_and_do_nothing(
    command, desk, own_runs, baseline, store_fit, monkeypatch
):
    monkeypatch.setenv("FORECAST_DATA_DIR", str(desk / "layer"))
    said_plainly(command("data", "diff", own_runs.name))
    found = command("data", "import", own_runs.name, "--json")
    said_plainly(found)
    assert json.loads(found.out)
    done = command("data", "import", own_runs.name, "--yes", "--no-fit")
    said_plainly(done)
    assert "imported into" in done.err, done
    said_plainly(command("data", "diff"))
    said_plainly(command("data", "list"))
    said_plainly(command("data", "check"))
    shown = command("data", "show", "training_runs", "--where", "HYPERLINK")
    said_plainly(shown)
    assert "HYPERLINK" in shown.out
    store_fit(baseline.as_of, desk / "cache")
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(desk / "cache"))
    said_plainly(command("run", "baseline.yaml", "--draws", 400))
    said_plainly(command("chart", "outputs/baseline", "--kind", "fan", "--out", "outputs/fan.svg"))
    said_plainly(command("report", "baseline.yaml", "--draws", 400, "--quick", "--out", "outputs/page"))
    assert {".csv", ".svg", ".html"} <= harmless(desk / "outputs")
