"""A finished run as a Frictionless data package: its files with a description of every column, unit and checksum."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from forecast.export.finished import BASE_DOLLARS, Options, Run
from forecast.report.folder import RECORD, files_of
from forecast.report.tables import LEVELS

_SHARE = {"minimum": 0, "maximum": 1}


def _field(name: str, kind: str, description: str, **constraints: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"name": name, "type": kind, "description": description}
    return content | ({"constraints": constraints} if constraints else {})


def _share(name: str, description: str) -> dict[str, Any]:
    return _field(name, "number", description, **_SHARE)


_LAB = (_field("lab", "string", "Id of the lab"), _field("name", "string", "Name of the lab"))
_ERROR = "Monte Carlo standard error of the column before"

TABLES: dict[str, tuple[str, tuple[dict[str, Any], ...]]] = {
    "summary.csv": (
        "Mean and quantiles of every variable by year, with Monte Carlo errors",
        (
            _field("variable", "string", "Name of the variable", required=True),
            _field("unit", "string", f"Its unit; money in constant USD of {BASE_DOLLARS}"),
            _field("member", "string", "Lab, source or tier; empty for the whole world"),
            _field("year", "integer", "Calendar year; empty for what holds for the whole path"),
            _field("mean", "number", "Mean over the paths, in the unit of the row"),
            _field("mean_error", "number", _ERROR, minimum=0),
            *(_field(level, "number", f"{level[1:]}% quantile over the paths") for level in LEVELS),
            *(
                _field(f"{level}_error", "number", f"Monte Carlo standard error of {level}", minimum=0)
                for level in LEVELS
            ),
        ),
    ),
    "affordability.csv": (
        "Share of paths on which each lab can pay for the record run",
        (
            *_LAB,
            _field("year", "integer", "Calendar year", required=True),
            _share("probability", "Share of paths on which the lab can pay in that year"),
            _share("error", _ERROR),
            _share(
                "probability_every_year_so_far", "Share on which it could pay in every year up to this one"
            ),
            _share("every_year_error", _ERROR),
            _share("probability_near_the_record", "Share on which it can pay for a run near the record"),
            _share("near_error", _ERROR),
        ),
    ),
    "dropouts.csv": (
        "How often each lab is the first that can no longer pay",
        (
            *_LAB,
            _share("ever_able", "Share of paths on which the lab can pay in some year"),
            _share("drops_out", "Share on which it can pay in one year and not in the next"),
            _share("drops_out_error", _ERROR),
            _share("first_to_drop_out", "Share on which no lab does so earlier; ties are divided"),
            _share("first_error", _ERROR),
        ),
    ),
    "payer_sets.csv": (
        "The likeliest sets of labs that can pay, by year",
        (
            _field("year", "integer", "Calendar year", required=True),
            _field(
                "labs", "string", "Ids of exactly the labs that can pay, with spaces between; empty for none"
            ),
            _field("names", "string", "Their names"),
            _field("count", "integer", "How many they are", minimum=0),
            _share("probability", "Share of paths with exactly this set"),
            _share("error", _ERROR),
        ),
    ),
    "thresholds.csv": (
        "Share of paths that have reached each threshold by each year",
        (
            _field("variable", "string", "Name of the variable", required=True),
            _field("unit", "string", f"Its unit; money in constant USD of {BASE_DOLLARS}"),
            _field("threshold", "number", "Value to be reached, in that unit"),
            _field("reached", "string", "By the end of which year; or after the last one, or never"),
            _share("probability", "Share of paths"),
            _share("error", _ERROR),
        ),
    ),
}
"""What the columns of a run's tables are."""

_MEDIA = {
    "csv": "text/csv",
    "nc": "application/netcdf",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
}


def write(run: Run, stage: Path, _options: Options, _: str) -> None:
    """A folder with the files of the run and ``datapackage.json``."""
    resources = []
    for name in sorted(files_of(run.folder)):
        content = (run.folder / name).read_bytes()
        target = stage / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        resources.append(_resource(name, content))
    about = run.trajectories.attributes
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"forecast-{run.scenario}",
        "title": f"Forecast of the cost of frontier AI models: {about.get('title', run.scenario)}",
        "description": f"{run.origin}. {about.get('comment', '')}".strip(),
        "version": str(run.record.get("forecast", "")),
        "created": str(run.record.get("finished", "")),
        "keywords": ["artificial intelligence", "forecast", "Monte Carlo", "training cost"],
        "sources": [
            {"title": "Epoch AI, data on AI models and hardware (CC BY 4.0)", "path": "https://epoch.ai/data"}
        ],
        "resources": resources,
    }
    text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    (stage / "datapackage.json").write_text(text, encoding="utf-8")


def _resource(name: str, content: bytes) -> dict[str, Any]:
    ending = Path(name).suffix.lstrip(".")
    resource: dict[str, Any] = {
        "name": name.lower().replace("/", "-").replace(".", "-").replace("_", "-"),
        "path": name,
        "format": ending,
        "mediatype": _MEDIA.get(ending, "application/octet-stream"),
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }
    if name in TABLES:
        title, fields = TABLES[name]
        schema = {"fields": list(fields), "missingValues": [""]}
        resource |= {"type": "table", "title": title, "encoding": "utf-8", "schema": schema}
    elif name == RECORD:
        resource["title"] = "What made these files: digests, seed, versions"
    return resource
