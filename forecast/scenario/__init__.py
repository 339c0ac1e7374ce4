"""The scenario language: what an analyst assumes about the world, read from YAML and checked.

`load` gives a `Scenario`; everything wrong with its files is in one `forecast.errors.ScenarioError`.
"""

from __future__ import annotations

from forecast.scenario.distributions import Distribution
from forecast.scenario.load import load
from forecast.scenario.reader import Where
from forecast.scenario.scenario import (
    SECTIONS,
    Assumption,
    Correlation,
    DriverSpec,
    Event,
    Member,
    Scenario,
    Section,
    describe_plain,
)

__all__ = [
    "SECTIONS",
    "Assumption",
    "Correlation",
    "Distribution",
    "DriverSpec",
    "Event",
    "Member",
    "Scenario",
    "Section",
    "Where",
    "describe_plain",
    "load",
]
