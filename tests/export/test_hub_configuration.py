"""A hub accepts what is exported: its configuration obeys the rules of the hubverse schemas 6.0.0.

The rules are told here in our own words, from https://github.com/hubverse-org/schemas; what we never write is left out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from forecast.export import Options, Run, export, read
from forecast.run import Result

Rule = dict[str, Any]


def entries(needed: dict[str, Rule], **may: Rule) -> Rule:
    """An object with these entries and no others."""
    return {
        "type": "object",
        "properties": {**needed, **may},
        "required": list(needed),
        "additionalProperties": False,
    }


def text(longest: int | None = None) -> Rule:
    return {"type": "string"} if longest is None else {"type": "string", "maxLength": longest}


def unique(each: Rule, *kinds: str) -> Rule:
    return {"type": ["array", *kinds], "uniqueItems": True, "items": each}


def ids(each: Rule) -> Rule:
    return entries(dict.fromkeys(("required", "optional"), unique(each, "null")))


def output(identity: str, rule: Rule) -> Rule:
    value = entries({"type": {"enum": ["double", "integer"]}}, minimum={"type": "number"})
    return entries({identity: rule, "value": value, "is_required": {"type": "boolean"}})


DAY: Rule = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
LEVEL: Rule = {"type": "number", "minimum": 0, "maximum": 1}
COUNT: Rule = {"type": "integer", "minimum": 1}
NAME: Rule = {"type": ["string", "integer"]}
TARGET = entries(
    {
        "target_id": text(30),
        "target_name": text(100),
        "target_units": text(100),
        "target_keys": {"type": "object", "maxProperties": 1, "additionalProperties": text()},
        "target_type": {"enum": ["continuous", "discrete", "binary"]},
        "is_step_ahead": {"const": True},
        "time_unit": {"enum": ["day", "week", "month"]},
    },
    description=text(),
)
TASK = entries(
    {
        "task_ids": entries(
            {
                "origin_date": ids(DAY),
                "scenario_id": ids(NAME),
                "target": ids(text()),
                "horizon": ids(NAME),
                "target_end_date": ids(DAY),
            }
        ),
        "output_type": entries(
            {
                "quantile": output("output_type_id", entries({"required": unique(LEVEL)})),
                "median": output("output_type_id", entries({"required": {"type": "null"}})),
                "sample": output(
                    "output_type_id_params",
                    entries(
                        {
                            "type": {"const": "integer"},
                            "min_samples_per_task": COUNT,
                            "max_samples_per_task": COUNT,
                            "compound_taskid_set": unique(text()),
                        }
                    ),
                ),
            }
        ),
        "target_metadata": {"type": "array", "items": TARGET},
    }
)
DUE = entries({"relative_to": text(), "start": {"type": "integer"}, "end": {"type": "integer"}})
ROUND = entries(
    {
        "round_id_from_variable": {"const": True},
        "round_id": text(),
        "model_tasks": {"type": "array", "items": TASK},
        "submissions_due": DUE,
    }
)
RULES = {
    "tasks": entries(
        {"schema_version": text(), "rounds": {"type": "array", "items": ROUND}},
        output_type_id_datatype={"enum": ["auto", "character", "double", "integer"]},
        derived_task_ids=unique(text()),
    ),
    "admin": entries(
        {
            "schema_version": text(),
            "name": text(),
            "maintainer": text(),
            "contact": entries({"name": text()}, email=text()),
            "repository": entries({"host": {"const": "github"}, "owner": text(), "name": text()}),
            "file_format": {"type": "array", "items": {"enum": ["csv", "parquet", "arrow"]}},
            "timezone": {"const": "Europe/London"},
        },
        model_output_dir=text(),
    ),
}


@pytest.fixture(scope="module")
def run(finished: Result) -> Run:
    return read(finished.folder or Path())


def test_the_configuration_of_a_hub_obeys_the_rules_with_every_variable(run: Run, tmp_path: Path) -> None:
    yearly = tuple(name for name, each in run.trajectories.variables.items() if each.dims == ("year", "draw"))
    assert len(yearly) > 30
    export(run, "hubverse", tmp_path / "hub", Options(variables=yearly, samples=1))
    found = {
        name: json.loads((tmp_path / "hub" / "hub-config" / f"{name}.json").read_text(encoding="utf-8"))
        for name in RULES
    }
    for name, rule in RULES.items():
        wrong = [
            f"{each.json_path}: {each.message}"
            for each in Draft202012Validator(rule).iter_errors(found[name])
        ]
        assert not wrong, name
        assert found[name]["schema_version"].endswith(f"/v6.0.0/{name}-schema.json")
    # What no schema can say: names that are used are there, and each task has values.
    (task,) = found["tasks"]["rounds"][0]["model_tasks"]
    known = set(task["task_ids"])
    assert set(task["output_type"]["sample"]["output_type_id_params"]["compound_taskid_set"]) <= known
    assert set(found["tasks"]["derived_task_ids"]) <= known
    assert found["tasks"]["rounds"][0]["round_id"] in known
    assert all(each["required"] or each["optional"] for each in task["task_ids"].values())
    assert [each["target_keys"]["target"] for each in task["target_metadata"]] == list(yearly)
