"""What commands print with ``--json``: documents that name the schema they follow."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

# A version rises when something is renamed, removed or gets another meaning; additions leave it as it is.
VERSIONS = {
    "backtest": 1,
    "cache-list": 1,
    "cache-verify": 1,
    "check": 1,
    "claims": 1,
    "compare": 1,
    "config": 1,
    "data-check": 1,
    "data-diff": 1,
    "data-import": 1,
    "data-list": 1,
    "data-show": 1,
    "doctor": 1,
    "explain": 2,
    "fit": 2,
    "fit-calibration": 1,
    "rerun": 1,
    "reweight": 1,
    "run": 1,
    "sensitivity": 1,
    "show": 1,
    "sweep": 1,
}


def text(name: str, content: Mapping[str, Any]) -> str:
    """A document as JSON.

    Args:
        name: Which of the documents in ``VERSIONS`` it is.
        content: What it says. A number that JSON does not know, such as infinity, becomes null.

    Returns:
        The text with ``schema`` and ``version`` first, in ASCII so that it passes through any terminal or pipe.
    """
    head = {"schema": f"forecast-{name}", "version": VERSIONS[name]}
    return json.dumps(_finite(head | {key: content[key] for key in content if key not in head}), indent=2)


def echo(name: str, content: Mapping[str, Any]) -> None:
    """Print a document."""
    click.echo(text(name, content))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value


def schema_file(name: str) -> Path | None:
    """The JSON Schema of a document, None when this installation lacks it."""
    package = Path(__file__).resolve().parents[1]
    # Beside the package in a checkout, inside it in a wheel.
    for folder in (package.parent / "schemas", package / "schemas"):
        file = folder / f"output-{name}-v{VERSIONS[name]}.json"
        if file.is_file():
            return file
    return None
