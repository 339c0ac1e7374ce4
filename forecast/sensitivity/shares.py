"""Estimators of variance shares: plain arithmetic on outputs, whatever made them.

Notation: ``x`` and ``x'`` are two independent draws of all inputs. For a set ``u`` of inputs, ``z_u`` takes ``u`` from
``x`` and draws the rest anew, given ``u``, with the help of ``x'``; so ``z`` of all inputs is ``x`` and ``z`` of none
is ``x'``. Then ``Cov(f(x), f(z_u)) = Var(E[f | x_u])``, whether or not inputs depend on each other, and what input
``g`` adds to the explained variance once ``u`` is known is ``E[f(x) (f(z_ug) - f(z_u))]``. Since all ``z`` have one
law, half of ``f(z_ug)^2 - f(z_u)^2`` may be taken off, which makes the estimate far less noisy (Goda 2021,
arXiv:2009.00874, there for independent inputs). Averaged over random orders of the inputs these steps are the Shapley
effects (Song, Nelson and Staum 2016, doi:10.1137/15M1048070), and along each order they add up to
``(f(x) - f(x'))^2 / 2``, whose mean is the variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from forecast.units import Array

BINS = 20
REPLICATES = 400
# The 95% quantile of the standard normal: intervals of shares are 90%, like all others.
Z95 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the variance with its 90% confidence interval; an estimate of nothing may be a little below zero."""

    value: float
    low: float
    high: float

    @property
    def error(self) -> float:
        """Monte Carlo standard error."""
        return (self.high - self.low) / (2.0 * Z95)


ZERO = Share(0.0, 0.0, 0.0)


def step_products(first: Array, before: Array, after: Array) -> Array:
    """What one more known input adds to the explained variance, estimated on each row.

    Args:
        first: ``f(x)``; any shape ``(..., row)``.
        before: ``f(z_u)``, the same shape.
        after: ``f(z_ug)``, the same shape.

    Returns:
        Products whose mean over rows is the increment.
    """
    products: Array = (first - 0.5 * (before + after)) * (after - before)
    return products


def ratio_shares(parts: Array, totals: Array, *, seed: int) -> list[Share]:
    """Shares ``sum(parts) / sum(totals)`` with intervals from a bootstrap over batches.

    Args:
        parts: Sums or means over each batch, shape ``(batch, part)``.
        totals: The same of the whole, shape ``(batch,)``.
        seed: The seed of the bootstrap.

    Returns:
        One share per part; zeros when the whole is zero.
    """
    whole = totals.sum()
    if whole <= 0.0:
        return [ZERO] * parts.shape[1]
    values = parts.sum(axis=0) / whole
    weights = _resampling(len(totals), seed)
    wholes = np.maximum(weights @ totals, 1e-300)
    return _with_errors(values, (weights @ parts) / wholes[:, np.newaxis])


def explained(inputs: Array, outputs: Array, *, batches: int, seed: int) -> list[list[Share]]:
    """First-order shares from given draws: the part of each output's variance that each input alone explains.

    The regression of the output on one input, in `BINS` groups of equal size with a straight line in each, on normal
    scores of the input; R squared is freed of what so many lines would explain by luck (Ezekiel 1930). It needs no
    further evaluation and holds for correlated inputs too, for it is Var(E[f | x_g]) whatever else g brings along.

    Args:
        inputs: Values of scalar inputs, shape ``(input, draw)``.
        outputs: Values of the outputs, shape ``(output, draw)``.
        batches: Into how many batches the bootstrap divides the draws.
        seed: The seed of the bootstrap.

    Returns:
        Shares by input, then output.
    """
    draws = outputs.shape[1]
    batch = np.arange(draws) * batches // draws
    weights = np.vstack([np.ones(batches), _resampling(batches, seed)])
    scores = ndtri((np.arange(draws) + 0.5) / draws)
    bins = min(BINS, max(2, draws // 50))
    centred = outputs - outputs.mean(axis=1, keepdims=True)
    counts = np.bincount(batch, minlength=batches).astype(float)
    squares = [np.bincount(batch, y * y, batches) for y in centred]
    sums = [np.bincount(batch, y, batches) for y in centred]
    found = []
    for values in inputs:
        rank = np.empty(draws, dtype=np.int64)
        rank[np.argsort(values, kind="stable")] = np.arange(draws)
        score = scores[rank]
        # Ties share a score, or an order that means nothing would look like information.
        if len(unique := np.unique(values)) < draws:
            place = np.searchsorted(unique, values)
            score = (np.bincount(place, score) / np.bincount(place))[place]
            rank = (np.bincount(place, rank) / np.bincount(place))[place].astype(np.int64)
        cell = batch * bins + rank * bins // draws
        size = batches * bins

        def by_cell(numbers: Array, cell: Array = cell, size: int = size) -> Array:
            shaped: Array = weights @ np.bincount(cell, numbers, size).reshape(batches, bins)
            return shaped

        n, x, xx = by_cell(np.ones(draws)), by_cell(score), by_cell(score * score)
        row = []
        for number, y in enumerate(centred):
            sy, sxy = by_cell(y), by_cell(score * y)
            safe = np.maximum(n, 1.0)
            varx = xx - x * x / safe
            slope = np.where(varx > 1e-9 * safe, sxy - x * sy / safe, 0.0)
            fitted = (
                sy * sy / safe + np.where(varx > 1e-9 * safe, slope**2 / np.maximum(varx, 1e-12), 0.0)
            ).sum(axis=1)
            total = weights @ counts
            mean_square = (weights @ sums[number]) ** 2 / total
            whole = weights @ squares[number] - mean_square
            if whole[0] <= 0.0:
                row.append(ZERO)
                continue
            raw = (fitted - mean_square) / np.maximum(whole, 1e-300)
            used = (n[0] > 0).sum() + (varx[0] > 1e-9 * safe[0]).sum()
            value = 1.0 - (1.0 - raw[0]) * (draws - 1) / max(draws - used, 1)
            # Repeated rows raise R squared in every resample alike; only how much it varies is used.
            row.append(_with_errors(np.array([value]), raw[1:, np.newaxis])[0])
        found.append(row)
    return found


def _resampling(batches: int, seed: int) -> Array:
    """How often each batch is drawn in each replicate, shape ``(replicate, batch)``."""
    generator = np.random.default_rng([seed, batches])
    return generator.multinomial(batches, np.full(batches, 1.0 / batches), REPLICATES).astype(float)


def _with_errors(values: Array, replicates: Array) -> list[Share]:
    errors = Z95 * replicates.std(axis=0, ddof=1)
    return [
        Share(float(value), float(value - error), float(value + error))
        for value, error in zip(values, errors, strict=True)
    ]
