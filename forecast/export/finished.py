"""What the formats are made from: a finished run from its folder, and which parts of it are wanted."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from forecast.errors import UsageError, did_you_mean
from forecast.report.folder import RECORD
from forecast.report.redraw import read_finished
from forecast.shapes import Summary, Trajectories

HEADLINES = (
    "training_cost",
    "training_compute",
    "price_performance",
    "data_cost",
    "labeling_cost",
    "development_cost",
    "power_draw",
    "payers",
    "contenders",
)
"""The variables that a reader wants first; the run keeps many more."""

BASE_DOLLARS = 2023


@dataclass(frozen=True)
class Run:
    """A finished run: its paths, its summary, what its labs are called, and the record of what made it."""

    folder: Path
    trajectories: Trajectories
    summary: Summary
    names: Mapping[str, str]
    record: Mapping[str, Any]

    @property
    def scenario(self) -> str:
        """The scenario's name."""
        return self.trajectories.attributes["scenario"]

    @property
    def as_of(self) -> date:
        """The day of the forecast."""
        return date.fromisoformat(self.trajectories.attributes["as_of"])

    @property
    def years(self) -> tuple[int, ...]:
        """The years of the forecast."""
        return self.trajectories.coordinates.years

    @property
    def origin(self) -> str:
        """What made the numbers, in one line."""
        about = self.trajectories.attributes
        spread = f" ({about['sampler']})" if "sampler" in about else ""
        return (
            f"{about.get('source', 'forecast')}; scenario {self.scenario} "
            f"({about.get('scenario_digest', '')[:12]}), as of {about['as_of']}, data to {about.get('data_end', '?')}, "
            f"{self.trajectories.draws:,} paths{spread}, seed {about.get('seed', '?')}"
        )


@dataclass(frozen=True)
class Options:
    """What of a run is exported, and how; what is None or empty is left to the format.

    Attributes:
        variables: Names of variables.
        samples: How many whole paths a hub gets.
        model: Name of team and model in a hub, such as ``acme-forecast``.
        year: The year that a question asks about.
        low: Lower end of the question's range, in the variable's unit.
        high: Its upper end.
        open_bounds: Ends beyond which an answer may lie: ``lower``, ``upper`` or both.
        log: Whether the question's scale is logarithmic.
        data: The user's own training runs, where the run was fitted to such.
    """

    variables: tuple[str, ...] = ()
    samples: int | None = None
    model: str = ""
    year: int | None = None
    low: float | None = None
    high: float | None = None
    open_bounds: tuple[str, ...] = ()
    log: bool = False
    data: Path | None = None

    def given(self) -> list[str]:
        """The names of the options that say something."""
        return [each.name for each in fields(self) if getattr(self, each.name) not in (None, (), "", False)]


def read(folder: Path) -> Run:
    """A finished run from its folder.

    Raises:
        UsageError: The folder holds no finished run, or its files are not those that the run wrote.
    """
    found = read_finished(folder)
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    if lacking := [name for name in ("scenario", "as_of") if name not in found.trajectories.attributes]:
        raise UsageError(f"{folder} holds a run that does not say its {lacking[0]}; run the scenario again")
    return Run(folder, found.trajectories, found.summary, found.names, record)


def chosen(run: Run, wanted: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
    """Variables with a value for each year and without labs, in the order asked for.

    Args:
        run: The run.
        wanted: What was asked for.
        default: What is taken when nothing was.

    Raises:
        UsageError: With every name that the run does not know, or knows only by lab or for the whole path.
    """
    variables = run.trajectories.variables
    yearly = {name for name, variable in variables.items() if variable.dims == ("year", "draw")}
    mistakes = []
    for name in wanted:
        if name not in variables:
            mistakes.append(f'the run has no variable "{name}"{did_you_mean(name, yearly)}')
        elif name not in yearly:
            what = (
                "has a value for each lab" if "lab" in variables[name].dims else "has no value for each year"
            )
            mistakes.append(f"{name} {what}; give a variable with one number a year")
    if mistakes:
        raise UsageError("\n".join(mistakes))
    return tuple(dict.fromkeys(wanted)) or tuple(name for name in default if name in yearly)


def unit_with_base(unit: str) -> str:
    """A unit that says of which year its dollars are: ``USD_2023``."""
    return unit.replace("USD", f"USD_{BASE_DOLLARS}")


def number(value: float) -> str:
    """A number with seven digits, as many as the paths are stored with; nothing where there is none."""
    return f"{value:.7g}" if math.isfinite(value) else ""
