"""The candidate models side by side: how well each predicts a row that it has not seen.

Leave-one-out cross-validation by Pareto-smoothed importance sampling (Vehtari, Gelman and Gabry 2017,
https://arxiv.org/abs/1507.04544). ``elpd`` is the expected log density of a row that was left out, summed over
the rows. It cannot choose between the candidates for a forecast: the rows around the one left out stay in, so
it scores filling a gap and not carrying a trend on, and all candidates fill gaps alike. What can is to forecast
from old dates (`forecast backtest`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.fit.history import History
from forecast.fit.model_joint_trend import Form
from forecast.fit.pointwise import KINDS, rows
from forecast.fit.smoothing import LARGEST_K, smoothed
from forecast.units import Array

CAUTION = (
    "Leave-one-out scores how well a gap between known runs is filled. It says nothing about carrying a trend on for "
    "years, where the candidates differ; forecast backtest scores that."
)


@dataclass(frozen=True)
class LeaveOneOut:
    """How well one candidate predicts rows that were left out.

    Attributes:
        candidate: Its name.
        model: The model's name in words.
        elpd: Sum over the rows of the log density of each one left out.
        error: Standard error of that sum.
        parameters: Effective number of parameters.
        unreliable: Rows whose Pareto k is above 0.7: their part is a guess.
        difference: ``elpd`` less that of the model that ships.
        difference_error: Standard error of the difference, row by row.
        by_kind: ``elpd`` of each kind of rows.
    """

    candidate: str
    model: str
    elpd: float
    error: float
    parameters: float
    unreliable: int
    difference: float
    difference_error: float
    by_kind: Mapping[str, float]


@dataclass(frozen=True)
class Candidate:
    """A candidate that was fitted: its name, its model's name, what its trends may do, and its draws."""

    name: str
    model: str
    form: Form
    draws: Mapping[str, Array]


def leave_one_out(log_likelihood: Array) -> tuple[Array, Array]:
    """Log density of each row left out, and the Pareto k of its weights, each of shape ``(rows,)``.

    Args:
        log_likelihood: Log density of each row under each draw, shape ``(draws, rows)``.
    """
    densities, shapes = [], []
    for column in log_likelihood.T:
        weights = smoothed(-column)
        top = float(column.max())
        densities.append(top + math.log(float((weights.values * np.exp(column - top)).sum())))
        shapes.append(weights.k)
    return np.array(densities), np.array(shapes)


def compare(history: History, candidates: tuple[Candidate, ...]) -> tuple[LeaveOneOut, ...]:
    """Every candidate's leave-one-out score, the one that ships first in the arguments, best first in the result.

    Args:
        history: What all were fitted to.
        candidates: The candidates; differences are to the first.
    """
    densities: list[Array] = []
    found = []
    for candidate in candidates:
        law = rows(history, candidate.draws, form=candidate.form)
        likelihood = law.log_likelihood()
        density, shapes = leave_one_out(likelihood)
        densities.append(density)
        difference = density - densities[0]
        top = likelihood.max(axis=0)
        whole = top + np.log(np.exp(likelihood - top).mean(axis=0))
        found.append(
            LeaveOneOut(
                candidate=candidate.name,
                model=candidate.model,
                elpd=float(density.sum()),
                error=_error(density),
                parameters=float((whole - density).sum()),
                unreliable=int((shapes > LARGEST_K).sum()),
                difference=float(difference.sum()),
                difference_error=_error(difference),
                by_kind={kind: float(density[law.kind == place].sum()) for place, kind in enumerate(KINDS)},
            )
        )
    return tuple(sorted(found, key=lambda score: -score.elpd))


def _error(values: Array) -> float:
    return float(math.sqrt(len(values)) * values.std(ddof=1)) if len(values) > 1 else math.inf
