"""Every numbered claim of the essay "The Future of AI Is Expensive" (September 2023), answered by numbers.

What history settles is computed from the tables of history; what lies ahead from the trajectories of a scenario; what
cannot be quantified says so. ``essay.csv`` holds what the essay says, one function a claim what we say to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from forecast import observations
from forecast.claims import capability, costs, data, feedback, hardware, labs, models
from forecast.claims.claim import Answer, Claim, Figure, SettledBy, Statement, Status
from forecast.claims.facts import ESSAY_DATE, HORIZON, Facts, statements
from forecast.claims.hindcast import Average, Observable, Scored, averages, hard_to_call, hindcast
from forecast.claims.worlds import Worlds, simulated
from forecast.scenario import Scenario
from forecast.shapes import Posterior

__all__ = [
    "ESSAY_DATE",
    "FORMAT",
    "HORIZON",
    "Answer",
    "Answers",
    "Average",
    "Claim",
    "Facts",
    "Figure",
    "Observable",
    "Scored",
    "Statement",
    "Status",
    "Worlds",
    "answer",
    "averages",
    "claims",
    "hindcast",
    "simulated",
    "statements",
]

FORMAT = 1
"""Version of the layout of the claims as JSON and CSV."""

SUBJECTS = (models, hardware, costs, capability, data, feedback, labs)
CALIBRATION = 45
"""The number of the claim that the scores of the whole forecast answer."""


@dataclass(frozen=True)
class Answers:
    """All claims as one scenario answers them.

    Attributes:
        scenario: The assumptions behind what lies ahead.
        draws: The number of paths.
        seed: The seed of the random streams.
        claims: The claims in the order of their numbers.
        hindcast: Scores on what has come to be known since the scenario's day; empty for a scenario of today.
    """

    scenario: Scenario
    draws: int
    seed: int
    claims: tuple[Claim, ...]
    hindcast: tuple[Scored, ...]


def claims(facts: Facts, worlds: Worlds, scored: tuple[Scored, ...] = ()) -> tuple[Claim, ...]:
    """Every claim, answered.

    Args:
        facts: Everything known by now.
        worlds: The paths of a scenario.
        scored: Its scores on what has come to be known since.
    """
    found: dict[int, tuple[Answer, Literal["history", "trajectories"]]] = {}
    said: Mapping[int, Statement] = statements()
    for subject in SUBJECTS:
        past = getattr(subject, "HISTORY", {})
        future = getattr(subject, "FUTURE", {})
        found |= {number: (function(facts, said[number]), "history") for number, function in past.items()}
        found |= {
            number: (function(facts, worlds, said[number]), "trajectories")
            for number, function in future.items()
        }
    found[CALIBRATION] = hard_to_call(worlds, scored, said[CALIBRATION]), "trajectories"
    return tuple(_claim(facts, said[number], *found[number]) for number in sorted(found))


def _claim(facts: Facts, said: Statement, told: Answer, by: Literal["history", "trajectories"]) -> Claim:
    settled: SettledBy = by if told.figures else "not quantified"
    return Claim(said, told, settled, facts.source(told.rows) or "the paths of this scenario")


def answer(scenario: Scenario, posterior: Posterior, *, draws: int, seed: int) -> Answers:
    """Every claim as a scenario answers it, with the scores of the scenario where it looks ahead from an earlier day.

    Args:
        scenario: The assumptions.
        posterior: The fitted trends.
        draws: The number of paths.
        seed: The seed of every random stream.
    """
    facts = Facts(observations.load())
    worlds = simulated(scenario, posterior, draws=draws, seed=seed)
    scored = hindcast(facts, worlds)
    return Answers(scenario, draws, seed, claims(facts, worlds, scored), scored)
