"""Which trend models there are, and which of them ships.

Each is one file with a ``build`` that returns a ``pm.Model`` of a history, and a ``trends`` that turns its draws into
the posterior variables; they share the scatter of runs, compute per dollar, chips, cost bases and the record, and
differ in what the trends may do. What ships is a stated choice, the local linear trend with fading growth: of it all
others but Wright's law are special cases, so that it weighs them by itself, with one fit to wait for and no weights to
be learned from a handful of outcomes (`forecast.backtest.combination` has those). The plain line through the top ten
(`forecast.fit.model_line`) knows neither compute nor records; the backtest has it as a baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from forecast.errors import UsageError, did_you_mean

SHIPPED = "joint_trend"

FILES: Mapping[str, str] = {
    "joint_trend": "model_joint_trend.py",
    "joint_steady": "model_joint_steady.py",
    "joint_walk": "model_joint_walk.py",
    "joint_line": "model_joint_line.py",
    "slowdown": "model_slowdown.py",
    "experience": "model_experience.py",
}
"""The file of each candidate, the one that ships first."""


def module(name: str) -> ModuleType:
    """The module of a candidate: ``NAME``, ``build(history)`` and ``trends(history, draws, as_of=, seed=)``.

    Raises:
        UsageError: There is no such candidate.
    """
    if name not in FILES:
        raise UsageError(
            f'there is no candidate model "{name}" among {", ".join(FILES)}{did_you_mean(name, FILES)}'
        )
    return import_module(f"forecast.fit.{FILES[name].removesuffix('.py')}")
