"""What commands print with --json: each names its schema, and follows it.

Whatever another test prints is held against its schema too: see `_documents_follow_their_schemas` in conftest.py.
"""

import json
import math
import shutil
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator

from forecast import cli
from forecast.cli import documents, settings

ROOT = Path(__file__).parents[1]
# What takes a moment here; the others are printed in the tests of their commands.
QUICK = {
    "check": ("check", "baseline.yaml", "broken.yaml"),
    "show": ("show", "baseline.yaml"),
    "cache-list": ("cache", "list"),
    "cache-verify": ("cache", "verify"),
    "data-list": ("data", "list"),
    "data-show": ("data", "show", "chips", "--limit", 5),
    "data-check": ("data", "check"),
    "data-diff": ("data", "diff"),
    "config": ("config", "run"),
    "doctor": ("doctor",),
}


@pytest.mark.parametrize("name", documents.VERSIONS)
def test_every_document_has_a_schema_that_names_it(name, command):
    file = documents.schema_file(name)
    assert file is not None
    schema = json.loads(file.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"]["const"] == f"forecast-{name}"
    assert schema["properties"]["version"]["const"] == documents.VERSIONS[name]
    assert {"schema", "version"} <= set(schema["required"])
    assert command("schema", name).out == file.read_text(encoding="utf-8")


def test_no_schema_is_of_a_document_that_is_not_printed():
    files = {file.name for file in (ROOT / "schemas").glob("output-*.json")}
    assert files == {f"output-{name}-v{version}.json" for name, version in documents.VERSIONS.items()}


def test_every_command_that_reports_can_print_a_document():
    def takes_json(command):
        return any("--json" in each.opts for each in command.params if isinstance(each, click.Option))

    without = {" ".join(words) for words, each in settings.commands(cli.cli) if not takes_json(each)}
    # What writes a file or text of a form of its own, and tells where it is.
    assert without <= WRITERS, without - WRITERS


WRITERS = {
    "cache clear",
    "cache dir",
    "chart",
    "completion",
    "export",
    "init",
    "manual",
    "merge",
    "report",
    "schema",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name == "doctor" else name for name in QUICK]
)
def test_a_document_is_alone_on_standard_output_and_names_its_schema(name, command, tmp_path, monkeypatch):
    shutil.copy(ROOT / "scenarios" / "baseline.yaml", tmp_path)
    (tmp_path / "broken.yaml").write_text("name: broken\n")
    monkeypatch.chdir(tmp_path)
    called = command(*QUICK[name], "--json")
    found = json.loads(called.out, parse_constant=pytest.fail)
    assert (found["schema"], found["version"]) == (f"forecast-{name}", documents.VERSIONS[name])
    assert list(found)[:2] == ["schema", "version"]
    assert called.out.isascii()


def test_a_document_that_breaks_its_schema_does_not_pass_the_tests():
    with pytest.raises(AssertionError, match="does not follow"):
        documents.text("data-check", {"ok": "yes"})


def test_numbers_that_json_does_not_know_become_null():
    text = documents.text.__wrapped__(
        "data-check", {"ok": True, "problems": [], "more": {"a": [math.inf, 1.5, math.nan]}}
    )
    assert json.loads(text, parse_constant=pytest.fail)["more"] == {"a": [None, 1.5, None]}


def test_an_unknown_document_is_told_with_what_is_near(command):
    called = command("schema", "sensitivty")
    assert (called.code, called.out) == (2, "")
    assert 'did you mean "sensitivity"?' in called.err
    listed = command("schema", "list").out.split()
    assert listed == ["scenario", *documents.VERSIONS]
