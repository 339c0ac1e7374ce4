"""docs/model.md says what the code says: every formula with its equation, every assumption with its prior."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forecast.errors import UsageError
from forecast.model import graph
from forecast.reference import MARK, main, page, sections
from forecast.scenario import Scenario

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "model.md"
# Stands in the equations only through the movements in time that the page defines.
IMPLIED = {"elapsed"}


def test_the_page_is_what_the_code_and_the_baseline_say(baseline: Scenario) -> None:
    text = PAGE.read_text(encoding="utf-8")
    # Compared line by line: a difference shows what has changed. To mend it: make docs-model.
    assert text.splitlines() == page(text, graph(), baseline).splitlines()


@pytest.mark.parametrize("name", graph().nodes)
def test_an_equation_names_every_input(name: str) -> None:
    node = graph().nodes[name]
    equation = sections(node)["Equation"]
    words = set(re.findall(r"[a-z_]+", equation))
    assert set(node.inputs) - IMPLIED <= words, f"{name}: {set(node.inputs) - words}"


def test_an_equation_names_nothing_else() -> None:
    names = {*graph().nodes, *graph().drivers}
    for node in graph().nodes.values():
        words = set(re.findall(r"[a-z]+(?:_[a-z]+)+", sections(node)["Equation"]))
        assert words & names <= {*node.inputs, node.name}, node.name


def test_every_driver_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    generated = text[text.index("## Assumptions") :]
    missing = [
        name for name, kind in graph().drivers.items() if not kind.calendar and f"`{name}`" not in generated
    ]
    assert missing == []


def test_what_is_written_by_hand_stays(tmp_path: Path) -> None:
    copy = tmp_path / "model.md"
    copy.write_text(f"# Mine\n\nA word.\n\n{MARK}\n\nold\n", encoding="utf-8")
    main([str(copy), str(ROOT / "scenarios" / "baseline.yaml")])
    text = copy.read_text(encoding="utf-8")
    assert text.startswith(f"# Mine\n\nA word.\n\n{MARK}\n\n## Formulas")
    assert "\nold\n" not in text


def test_a_page_without_its_mark_is_refused(baseline: Scenario) -> None:
    with pytest.raises(UsageError, match="mark"):
        page("# Mine", graph(), baseline)


@pytest.mark.parametrize("name", [name for name, node in graph().nodes.items() if not node.parts])
def test_every_formula_says_what_it_leaves_out(name: str) -> None:
    parts = sections(graph().nodes[name])
    assert parts["Leaves out"].endswith(".")
    assert parts["Equation"]
