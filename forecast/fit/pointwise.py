"""What the joint model says about each single row: the expected value, the scatter, and how likely what was seen is.

The sampler works with compiled densities; here the same law is written in plain arrays, so that a report can
weigh rows against each other without compiling anything. A test holds the two against each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.fit import model_joint_trend as model
from forecast.fit.censoring import exact_log_probability
from forecast.fit.history import History
from forecast.units import Array

KINDS = ("run", "price_performance", "chip", "cloud", "acquisition", "bounded")
"""The kinds of rows in the order in which they stand in the design."""

OF_RUNS = (KINDS.index("run"), KINDS.index("bounded"))
"""The kinds whose tail is the one of runs' compute."""


@dataclass(frozen=True)
class Rows:
    """The law of every row under every draw: Student-t around an expected value.

    Attributes:
        kind: Position in `KINDS` of each row's kind, shape ``(rows,)``.
        outcome: What was seen, centred as in the design [ln], shape ``(rows,)``; not a number where only bounds are
            known.
        low: The lower bound where only bounds are known, shape ``(rows,)``; not a number elsewhere.
        high: The upper bound, likewise.
        expected: Its expected value, shape ``(draws, rows)``.
        scale: Scale of the scatter with measurement error [ln], shape ``(draws, rows)``.
        tail: Degrees of freedom, shape ``(draws, rows)``.
    """

    kind: NDArray[np.intp]
    outcome: Array
    low: Array
    high: Array
    expected: Array
    scale: Array
    tail: Array

    def residuals(self, outcome: Array | None = None) -> Array:
        """Standardised residuals of what was seen, or of other outcomes, shape ``(draws, rows)``."""
        return np.asarray(((self.outcome if outcome is None else outcome) - self.expected) / self.scale)

    def log_likelihood(self) -> Array:
        """Log density of each row, log probability where bounds are known, under each draw, shape ``(draws, rows)``."""
        found = student_t_log_density(self.residuals(), self.tail) - np.log(self.scale)
        bounded = np.isnan(self.outcome)
        middle, scale = self.expected[:, bounded], self.scale[:, bounded]
        low, high = ((bound[bounded] - middle) / scale for bound in (self.low, self.high))
        found[:, bounded] = exact_log_probability(low, high, self.tail[:, bounded])
        return found

    def replicate(self, generator: np.random.Generator) -> Array:
        """Rows that the model might have seen instead, one set a draw, shape ``(draws, rows)``."""
        return np.asarray(self.expected + self.scale * generator.standard_t(self.tail))


def student_t_log_density(standardised: Array, tail: Array) -> Array:
    """Log density of a standard Student-t."""
    from scipy.special import gammaln

    return np.asarray(
        gammaln((tail + 1.0) / 2.0)
        - gammaln(tail / 2.0)
        - 0.5 * np.log(math.pi * tail)
        - 0.5 * (tail + 1.0) * np.log1p(standardised**2 / tail)
    )


def pooled(draws: Mapping[str, Array]) -> dict[str, Array]:
    """The draws of all chains one after the other, each of shape ``(draws, ...)``."""
    return {name: values.reshape(-1, *values.shape[2:]) for name, values in draws.items()}


def rows(
    history: History,
    draws: Mapping[str, Array],
    *,
    fixed: model.Design | None = None,
    form: model.Form = model.FORM,
) -> Rows:
    """The law of every row of a history under every draw.

    Args:
        history: What was fitted.
        draws: Sampled variables, each of shape ``(chain, draw, ...)``.
        fixed: The design; that of the history unless given.
        form: What the trends of the model may do; those of the one that ships unless given.
    """
    fixed = fixed or model.design(history)
    flat = pooled(draws)
    units_of, rows_of, known = model.structure(history, fixed, form)
    squares = np.exp(2.0 * flat["log_scales"])
    effects = np.sqrt(squares @ units_of.T) * flat["units"]
    unknowns = np.concatenate([flat["coefficients"], flat["growth"], effects], axis=1)
    expected = unknowns @ fixed.matrix.T
    if form.fades:
        names = list(model.COEFFICIENTS)
        bent = model.fading(
            history,
            fixed.grid,
            flat["growth"][:, 0],
            fade_time=flat["coefficients"][:, names.index("fade_time")],
            floor_share=flat["coefficients"][:, names.index("floor_share")],
            times=np.concatenate([history.run_time, history.bounded_time]),
        )
        runs, seen = len(history.run_time), len(fixed.outcome)
        expected[:, :runs] += bent.at[:, :runs]
        expected[:, seen:] += bent.at[:, runs:]
    kind = np.repeat(np.arange(len(KINDS), dtype=np.intp), (len(history.run_time), *fixed.groups))
    own_tail = np.exp(flat["log_scales"][:, [list(model.SCALES).index("run_tail")]])
    nothing = np.full(len(fixed.outcome), np.nan)
    return Rows(
        kind=kind,
        outcome=np.concatenate([fixed.outcome, np.full(len(fixed.low), np.nan)]),
        low=np.concatenate([nothing, fixed.low]),
        high=np.concatenate([nothing, fixed.high]),
        expected=expected,
        scale=np.sqrt(squares @ rows_of.T + known),
        tail=np.where(np.isin(kind, OF_RUNS), own_tail, model.OTHER_TAIL),
    )
