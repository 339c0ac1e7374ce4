"""The report page: its figures are those of the tables, it asks for nothing from outside, and it is written whole."""

from __future__ import annotations

import base64
import csv
import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from forecast.errors import OutputExistsError, UsageError
from forecast.publication import Report, report
from forecast.report import numbers
from forecast.report.page import Name, Number, Page, Picture, Section, Table, View, render
from forecast.report.page.embedded import packed
from forecast.report.page.pictures import slim

ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "scenarios" / "baseline.yaml"
OPTIMISTIC = ROOT / "scenarios" / "optimistic.yaml"
DRAWS = 300
ODD = (
    '<script>alert("x")</script>',
    "$a$ and $b$",
    "'quotes\" & </style>",
    "🚀 emoji 🧪",
    "שלום עולם \u202eabc",
    "x" * 200,
    "<!-- --> ]]> {{ page }} \\u003c",
)


class Elements(HTMLParser):
    """Every element with its attributes and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[int] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), []))
        if tag not in ("meta", "link", "img", "input"):
            self.open.append(len(self.found) - 1)

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            if self.found[self.open.pop()][0] == tag:
                break

    def handle_data(self, data: str) -> None:
        for place in self.open:
            self.found[place][2].append(data)

    def all(self, tag: str) -> Iterator[tuple[dict[str, str | None], str]]:
        return ((attributes, "".join(text)) for name, attributes, text in self.found if name == tag)


@pytest.fixture(scope="module")
def made(fits: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A quick report of two scenarios in a folder; tests only read it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_CACHE_DIR", str(fits))
        place = tmp_path_factory.mktemp("report") / "two"
        return report([BASELINE, OPTIMISTIC], draws=DRAWS, seed=3, out=place, quick=True)


@pytest.fixture(scope="module")
def elements(made: Report) -> Elements:
    return Elements(made.text)


def cells(folder: Path) -> dict[str, str]:
    """Every number of the tables of a run by the key that the page gives it."""
    found = {}
    for name, identity in (
        ("summary", ("variable", "member", "year")),
        ("thresholds", ("variable", "threshold", "reached")),
        ("affordability", ("lab", "year")),
        ("dropouts", ("lab",)),
    ):
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = "|".join([name, *(row[each] for each in identity)])
                if name == "thresholds":
                    found[key] = row["probability"]
                else:
                    found |= {f"{key}|{column}": row[column] for column in row if column not in identity}
    return found


def test_every_figure_of_the_page_stands_in_the_tables(made: Report) -> None:
    assert made.place is not None
    for future in made.futures:
        view = made.text.split(f'data-view="{made.futures.index(future)}"')[1:]
        known = cells(made.place / future.name)
        units = {row.variable: row.unit for row in future.summary.rows}
        seen = 0
        for part in view:
            # Each view ends where the next one, or what is told of all, begins.
            for attributes, text in Elements(re.split(r'data-view="|<section id="(?!s\d)', part)[0]).all(
                "data"
            ):
                key = attributes.get("data-key")
                if not key:
                    continue
                assert attributes["value"] == known[key], key
                table, name, *_ = key.split("|")
                unit = units[name] if table == "summary" else "share"
                # The table has nine digits; a figure half-way between two roundings may fall to either side.
                value = float(known[key])
                either = {numbers.quantity(value * (1.0 + side), unit) for side in (-1e-9, 0.0, 1e-9)}
                assert text in either, key
                seen += 1
        assert seen > 500


def test_the_first_sentence_says_what_the_record_run_costs(made: Report, elements: Elements) -> None:
    row = [each for each in made.futures[0].summary.rows if each.variable == "training_cost"][-1]
    sentence = next(text for attributes, text in elements.all("li") if "record training run costs" in text)
    low, middle, high = (numbers.money(row.quantiles[place]) for place in (0, 3, 6))
    assert sentence.startswith(f"By {row.year} the record training run costs {middle} (90%: {low} to {high})")


def test_the_page_asks_for_nothing_from_outside(elements: Elements) -> None:
    for tag, attributes, _ in elements.found:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
        for name in ("src", "href", "srcset", "action", "data"):
            address = attributes.get(name)
            assert address is None or address.startswith(("#", "data:")), address
    assert sum(tag in ("iframe", "object", "embed", "form", "base") for tag, _, _ in elements.found) == 0


def test_the_policy_admits_this_script_and_this_style_and_no_other(elements: Elements) -> None:
    policy = next(
        attributes["content"] or ""
        for attributes, _ in elements.all("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    script = next(text for attributes, text in elements.all("script") if "type" not in attributes)
    style = next(text for _, text in elements.all("style"))
    for text in (script, style):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_every_picture_has_a_text_alternative_with_numbers(elements: Elements) -> None:
    alternatives = [attributes["alt"] or "" for attributes, _ in elements.all("img")]
    assert len(alternatives) >= 10
    assert all(len(each) > 80 and re.search(r"\d", each) for each in alternatives)


def test_ids_are_unique_and_headings_descend_step_by_step(elements: Elements) -> None:
    ids = [attributes["id"] for _, attributes, _ in elements.found if attributes.get("id")]
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag, _, _ in elements.found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    targets = {attributes["href"][1:] for attributes, _ in elements.all("a") if attributes.get("href")}
    assert targets <= set(ids)


@pytest.mark.slow
def test_same_inputs_give_the_same_page(fits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(fits))
    texts = {report([BASELINE], draws=200, seed=1, quick=True).text for _ in range(2)}
    assert len(texts) == 1


def odd_page() -> Page:
    picture = Picture("p", ODD[0], "data:,", " ".join(ODD), 10, 10, ())
    table = Table(ODD[2], ("A", ODD[3]), tuple((Name(each), Name(each)) for each in ODD))
    sections = tuple(
        Section(f"s{place}", each, ((Name(each), Number(each, "1", each)),), (picture,), (table,), code=each)
        for place, each in enumerate(ODD)
    )
    view = View(
        0, ODD[0], ODD[1], " ".join(ODD), "#0072B2", "#5599CC", ((Name(ODD[5]),),), picture, sections,
        {"labs": list(ODD), "variables": {each: each for each in ODD}},
    )  # fmt: skip
    return Page(" ".join(ODD), ODD[4], ODD[0], (view,), sections[:1], tuple((each, each) for each in ODD))


def test_odd_names_are_text_everywhere() -> None:
    text = render(odd_page())
    found = Elements(text)
    assert [attributes.get("type") for attributes, _ in found.all("script")] == ["application/json", None]
    assert len(list(found.all("style"))) == 1
    headings = [text for _, text in found.all("h1")]
    assert headings == [" ".join(ODD)]
    shown = [text for _, text in found.all("bdi")]
    assert all(each in shown for each in ODD)


def test_packed_numbers_come_back_within_a_step() -> None:
    values = np.exp(np.random.default_rng(1).normal(20.0, 3.0, (6, 50)))
    for log in (True, False):
        found = packed(values, log=log)
        steps = np.frombuffer(base64.b64decode(found["steps"]), dtype="<u2").reshape(values.shape)
        back = found["low"] + steps / 65535 * found["width"]
        wanted = np.log(values) if log else values
        assert np.abs(back - wanted).max() <= 0.51 * found["width"] / 65535


def test_a_slim_drawing_keeps_its_words_and_their_width() -> None:
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg"><metadata>x</metadata><g id="a"><text style="font-size: 7px; '
        'font-family: \'DejaVu Sans\'; text-anchor: middle" x="1" y="2">$1B &lt;b&gt;</text></g></svg>'
    )
    text = slim(drawing)
    assert "$1B &lt;b&gt;</text>" in text
    assert "textLength" in text
    assert "metadata" not in text
    assert "font-weight" not in text
    assert "font-weight='700'" in slim(drawing.replace("font-size", "font-weight: 700; font-size")).replace(
        '"', "'"
    )
    assert 'id="a"' not in text


@pytest.mark.slow
def test_what_changed_since_the_last_report_is_told(
    fits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(fits))
    place = tmp_path / "report"
    first = report([BASELINE], draws=200, seed=1, quick=True, out=place)
    assert "What changed since the last run" not in first.text
    again = report([BASELINE], draws=200, seed=1, quick=True, out=place)
    assert "Nothing that it rests on has changed." in again.text
    other = report(
        [BASELINE], draws=200, seed=2, quick=True, out=place, overrides=["algorithmic_growth=3x/yr"]
    )
    assert "Changed since: scenario, seed." in other.text
    told = [
        text for _, text in Elements(other.text).all("tr") if "algorithmic_growth" in text and "3x/yr" in text
    ]
    assert any("90% between" in text and '"form"' not in text for text in told)
    record = json.loads((place / "run.json").read_text(encoding="utf-8"))
    record["scenarios"][0]["scenario"]["assumptions"] = {"algorithmic_growth": ["nonsense"]}
    (place / "run.json").write_text(json.dumps(record), encoding="utf-8")
    odd = report([BASELINE], draws=200, seed=2, quick=True, out=tmp_path / "other", since=place)
    assert "Assumptions that changed" not in odd.text


@pytest.mark.slow
def test_a_report_takes_the_place_of_a_report_and_of_nothing_else(
    fits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(fits))
    file = tmp_path / "page.html"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(OutputExistsError):
        report([BASELINE], draws=100, quick=True, out=file)
    assert file.read_text(encoding="utf-8") == "mine"
    for force in (True, False):
        report([BASELINE], draws=100, quick=True, out=file, force=force)
        assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_report_needs_a_scenario() -> None:
    with pytest.raises(UsageError):
        report([])


def test_the_command_writes_page_tables_and_record(
    command: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    called = command("report", BASELINE, "--draws", 100, "--quick", "--quiet")
    assert called.code == 0, called.err  # type: ignore[attr-defined]
    assert {path.name for path in (tmp_path / "outputs" / "baseline-report").iterdir()} == {
        "report.html", "summary.csv", "affordability.csv", "dropouts.csv", "thresholds.csv", "run.json",
    }  # fmt: skip
