"""`forecast data`: what stands on stdout, what on stderr, and with which exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from forecast.cli.data import data
from forecast.errors import UsageError
from forecast.observations import TABLES
from forecast.observations.tables import FOLDER


def invoke(*arguments):
    return CliRunner().invoke(data, arguments)


def test_list_names_every_table():
    result = invoke("list")
    assert result.exit_code == 0
    assert all(name in result.stdout for name in TABLES)


def test_list_as_json():
    content = json.loads(invoke("list", "--json").stdout)
    assert content["schema"] == "forecast-data-list"
    assert [table["name"] for table in content["tables"]] == list(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_show_prints_every_row_of_every_table(name):
    text = invoke("show", name)
    rows = json.loads(invoke("show", name, "--json").stdout)["rows"]
    assert text.exit_code == 0
    assert len(text.stdout.splitlines()) == len(rows) + 1


def test_show_cuts_to_a_day_a_text_and_a_number():
    content = json.loads(
        invoke("show", "training_runs", "--as-of", "2023-09-30", "--where", "openai", "--json").stdout
    )
    assert content["as_of"] == "2023-09-30"
    assert {"GPT-4", "GPT-3.5"} <= {row["model"] for row in content["rows"]}
    assert all(row["known"] <= "2023-09-30" for row in content["rows"])
    assert all("openai" in json.dumps(row).casefold() for row in content["rows"])
    limited = invoke("show", "training_runs", "--limit", "3")
    assert len(limited.stdout.splitlines()) == 4
    assert "more rows" in limited.stderr


def test_show_looks_in_one_column():
    rows = json.loads(invoke("show", "training_runs", "--where", "fit=no", "--json").stdout)["rows"]
    assert rows
    assert {row["fit"] for row in rows} == {"no"}


def test_a_month_stays_a_month():
    rows = json.loads(invoke("show", "training_runs", "--where", "model=gpt-4.5", "--json").stdout)["rows"]
    assert {row["cost_amortized_price_date"] for row in rows} == {"2024-12", "2025-06"}


def test_nothing_found_is_said_on_stderr():
    result = invoke("show", "chips", "--where", "no such thing")
    assert result.exit_code == 0
    assert "no row matches" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [(("show", "chip"), '"chips"'), (("show", "chips", "--where", "relased=2020"), '"released"')],
)
def test_wrong_names_are_answered_with_the_nearest(arguments, hint):
    result = invoke(*arguments)
    assert isinstance(result.exception, UsageError)
    assert f"did you mean {hint}" in str(result.exception)


def test_check_is_quiet_about_the_shipped_tables():
    result = invoke("check")
    assert result.exit_code == 0
    assert result.stdout == "9 tables: ok\n"
    assert json.loads(invoke("check", "--json").stdout) == {
        "schema": "forecast-data-check",
        "version": 1,
        "ok": True,
        "problems": [],
    }


def test_check_reports_every_mistake_and_exits_with_three(tmp_path: Path):
    folder = Path(shutil.copytree(FOLDER, tmp_path / "tables"))
    (folder / "chips.csv").unlink()
    (folder / "mmlu.csv").write_text("id\n", encoding="utf-8")
    result = invoke("check", "--folder", str(folder))
    assert result.exit_code == 3
    assert "chips.csv: no such file" in result.stdout
    assert 'mmlu.csv:1: column "entity" is missing' in result.stdout


@pytest.mark.parametrize("command", [(), ("list",), ("show",), ("check",)])
def test_help_shows_an_example(command):
    result = invoke(*command, "--help")
    assert result.exit_code == 0
    assert "Examples:" in result.stdout
    assert "forecast data" in result.stdout
