"""The fit of a user's own runs: what of them is fitted, what is not, and what is borrowed from our tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from forecast.errors import FitError
from forecast.fit.history import FEWEST_RUNS, FIRST_DATE, History, frontier_runs, history, with_costs_of
from forecast.observations import Observations
from forecast.observations.own import OwnRuns


@dataclass(frozen=True)
class OwnHistory:
    """A history made of a user's runs.

    Attributes:
        history: What is fitted.
        observations: Our tables with the user's runs in place of ours.
        notes: What a user should know about how it was made, one sentence each.
    """

    history: History
    observations: Observations
    notes: tuple[str, ...]


def own_history(own: OwnRuns, ours: Observations, *, as_of: date) -> OwnHistory:
    """The history of a user's runs, with the chips of our tables and, where too few runs have one, our costs.

    Args:
        own: The user's runs.
        ours: Our tables as known on the day.
        as_of: The date that "now" means; also the last date when the user's frontier counts as well observed.

    Raises:
        FitError: Too few runs can be fitted; the message says why the others cannot.
    """
    observations = replace(ours, training_runs=own.runs, as_of=as_of)
    last = max(run.released for run in own.runs) if own.runs else as_of
    used = frontier_runs(observations, as_of=as_of, last=as_of)
    left_out = _left_out(own, len(used), as_of)
    notes = [f"{len(used)} of {len(own.runs) + len(own.skipped)} runs in {own.path.name} are fitted"]
    if left_out:
        notes[0] += f"; not fitted: {'; '.join(left_out)}"
    if len(used) < FEWEST_RUNS:
        few = notes[0].replace("are fitted", "can be fitted").replace("not fitted:", "not:")
        raise FitError(f"{few}; a trend needs at least {FEWEST_RUNS}")
    end = max(min(last, as_of), used[-1].released)
    found = history(observations, as_of=as_of, last=end, fewest_costs=0)
    costs = len(found.paid_time)
    if costs < FEWEST_RUNS:
        found = with_costs_of(found, history(ours, as_of=as_of))
        few = "none of them has a cost" if not costs else f"only {costs} of them have a cost"
        notes.append(
            f"{few}, and compute per dollar needs at least {FEWEST_RUNS}: it is taken from our own table instead, so "
            "growth of cost is your growth of compute less our growth of compute per dollar"
        )
    if len({run.released for run in used}) == 1:
        notes.append(
            "all runs have one date: growth is what the prior says, and the interval is as wide as that"
        )
    if len(found.bounded_time):
        notes.append(f"{len(found.bounded_time)} runs without a compute are fitted by what bounds them")
    return OwnHistory(found, observations, tuple(notes))


def _left_out(own: OwnRuns, used: int, as_of: date) -> list[str]:
    early = sum(run.released < FIRST_DATE for run in own.runs)
    late = sum(run.known > as_of or run.released > as_of for run in own.runs)
    censored = sum(run.fit == "censored" for run in own.runs)
    small = len(own.runs) - used - early - late - censored
    reasons = {
        f"{early} released before {FIRST_DATE}": early,
        f"{late} not known on {as_of}": late,
        f"{small} not among the ten largest at release": small,
        f"{len(own.skipped)} marked as not to be fitted": len(own.skipped),
    }
    return [words for words, count in reasons.items() if count > 0]
