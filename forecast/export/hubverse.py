"""A hubverse model output file, with the configuration of a hub that accepts it (hubverse schema 6.0.0).

One round is the day of the forecast (``origin_date``); a target is a variable; the horizon counts months from that
day to the end of the calendar year that a value describes (``target_end_date``). Sample ids are numbers of draws: rows
with one id, over all targets and horizons, are one path of the simulation.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from forecast.errors import UsageError
from forecast.export.finished import HEADLINES, Options, Run, chosen, number, unit_with_base
from forecast.report.tables import csv_text
from forecast.shapes import QUANTILES

SCHEMAS = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0"
TASK_IDS = ("origin_date", "scenario_id", "target", "horizon", "target_end_date")
SAMPLES = 100
MODEL = "forecast-montecarlo"
MODEL_PATTERN = r"[A-Za-z0-9_]{1,15}-[A-Za-z0-9_]{1,15}"


def write(run: Run, stage: Path, options: Options, _: str) -> None:
    """The folder of a hub with one model output file.

    Raises:
        UsageError: A name of team and model that hubs refuse, more samples than paths, or an unknown variable.
    """
    model = options.model or MODEL
    if not re.fullmatch(MODEL_PATTERN, model):
        raise UsageError(
            f'"{model}" is no name of a model in a hub; write TEAM-MODEL, each of letters, digits and underscores, '
            "at most 15"
        )
    samples = min(SAMPLES, run.trajectories.draws) if options.samples is None else options.samples
    if not 1 <= samples <= run.trajectories.draws:
        raise UsageError(
            f"--samples {samples}: the run has {run.trajectories.draws:,} paths; give a number from 1 to that"
        )
    targets = chosen(run, options.variables, HEADLINES)
    day = run.as_of.isoformat()
    header = (*TASK_IDS, "output_type", "output_type_id", "value")
    _text(
        stage / "model-output" / model / f"{day}-{model}.csv", csv_text(header, _rows(run, targets, samples))
    )
    _json(stage / "hub-config" / "tasks.json", _tasks(run, targets, samples))
    _json(stage / "hub-config" / "admin.json", _admin(model))
    _json(stage / "hub-config" / "model-metadata-schema.json", _METADATA_SCHEMA)
    # YAML holds JSON, and hubs want the ending .yml.
    _json(stage / "model-metadata" / f"{model}.yml", _metadata(run, model))


def horizon(as_of: date, year: int) -> int:
    """Months from the month of a day to the end of a year."""
    return 12 * (year - as_of.year) + 12 - as_of.month


def _rows(run: Run, targets: Sequence[str], samples: int) -> Iterator[tuple[str | int, ...]]:
    day = run.as_of.isoformat()
    step = run.trajectories.draws / samples
    draws = [math.floor(place * step) for place in range(samples)]
    for target in targets:
        series, values = run.summary.series(target), run.trajectories[target]
        for row, year in enumerate(run.years):
            task = (day, run.scenario, target, horizon(run.as_of, year), f"{year}-12-31")
            for level, value in zip(QUANTILES, series[row], strict=True):
                yield (*task, "quantile", f"{level:g}", number(float(value)))
            yield (*task, "median", "NA", number(float(series[row, QUANTILES.index(0.5)])))
            for draw in draws:
                yield (*task, "sample", draw, number(float(values[row, draw])))


def _tasks(run: Run, targets: Sequence[str], samples: int) -> dict[str, object]:
    def values(*all_of_them: str | int) -> dict[str, object]:
        return {"required": None, "optional": list(all_of_them)}

    def output(identity: str, ids: dict[str, object]) -> dict[str, object]:
        return {identity: ids, "is_required": False, "value": {"type": "double"}}

    variables = run.trajectories.variables
    return {
        "schema_version": f"{SCHEMAS}/tasks-schema.json",
        "output_type_id_datatype": "double",
        "rounds": [
            {
                "round_id_from_variable": True,
                "round_id": "origin_date",
                "model_tasks": [
                    {
                        "task_ids": {
                            "origin_date": values(run.as_of.isoformat()),
                            "scenario_id": values(run.scenario),
                            "target": values(*targets),
                            "horizon": values(*(horizon(run.as_of, year) for year in run.years)),
                            "target_end_date": values(*(f"{year}-12-31" for year in run.years)),
                        },
                        "output_type": {
                            "quantile": output("output_type_id", {"required": list(QUANTILES)}),
                            "median": output("output_type_id", {"required": None}),
                            "sample": output(
                                "output_type_id_params",
                                {
                                    "type": "integer",
                                    "min_samples_per_task": samples,
                                    "max_samples_per_task": samples,
                                    # One id is one path: it joins targets and horizons of a scenario and day.
                                    "compound_taskid_set": ["origin_date", "scenario_id"],
                                },
                            ),
                        },
                        "target_metadata": [
                            {
                                "target_id": target,
                                "target_name": target.replace("_", " "),
                                "target_units": unit_with_base(variables[target].unit),
                                "target_keys": {"target": target},
                                "description": variables[target].description,
                                "target_type": "discrete"
                                if variables[target].unit == "count"
                                else "continuous",
                                "is_step_ahead": True,
                                "time_unit": "month",
                            }
                            for target in targets
                        ],
                    }
                ],
                "submissions_due": {"relative_to": "origin_date", "start": 0, "end": 92},
            }
        ],
        "derived_task_ids": ["target_end_date"],
    }


def _admin(model: str) -> dict[str, object]:
    team = model.partition("-")[0]
    return {
        "schema_version": f"{SCHEMAS}/admin-schema.json",
        "name": "Cost of frontier AI models",
        "maintainer": team,
        "contact": {"name": team},
        "repository": {"host": "github", "owner": team, "name": "ai-cost-hub"},
        "file_format": ["csv"],
        "timezone": "Europe/London",
        "model_output_dir": "model-output",
    }


_METADATA_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Model metadata",
    "type": "object",
    "properties": {
        "team_abbr": {"type": "string", "pattern": "^[a-zA-Z0-9_]+$", "maxLength": 15},
        "model_abbr": {"type": "string", "pattern": "^[a-zA-Z0-9_]+$", "maxLength": 15},
        "model_name": {"type": "string"},
        "model_version": {"type": "string"},
        "methods": {"type": "string", "maxLength": 200},
        "data_inputs": {"type": "string"},
    },
    "required": ["team_abbr", "model_abbr", "model_name", "methods"],
}


def _metadata(run: Run, model: str) -> dict[str, str]:
    team, _, name = model.partition("-")
    return {
        "team_abbr": team,
        "model_abbr": name,
        "model_name": f"forecast, scenario {run.scenario}",
        "model_version": str(run.record.get("forecast", "")),
        "methods": "Monte Carlo simulation of frontier training runs from Bayesian trends and stated assumptions",
        "data_inputs": f"{run.origin}. Training runs, chips and prices mostly from Epoch AI (CC BY 4.0).",
    }


def _json(path: Path, content: object) -> None:
    _text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
