"""Training data: how much the record run wants, how much there is, and what a shortage costs."""

from __future__ import annotations

import numpy as np

from forecast.graph import adds_to
from forecast.paths import drift
from forecast.units import (
    Elapsed,
    Exponent,
    Flag,
    Flop,
    FlopPerParameterToken,
    Parameters,
    PathChance,
    PerSource,
    Probability,
    Rate,
    Ratio,
    Share,
    Tokens,
    TokensPerParameter,
    Usd,
    UsdPerToken,
)

# Newton steps of the inverted loss law; in logarithms it is nearly straight, four already reach rounding
# error.
NEWTON_STEPS = 5


def tokens_wanted(
    funded_compute: Flop,
    pretraining_share: Share,
    tokens_per_parameter: TokensPerParameter,
    flop_per_parameter_token: FlopPerParameterToken,
) -> Tokens:
    """Tokens that the record run wants: sqrt(C r / 6), from C = 6 N D and r = D / N (Hoffmann et al. 2022).

    Only pre-training needs text by the token; reinforcement learning makes its own.
    """
    return np.sqrt(funded_compute * pretraining_share * tokens_per_parameter / flop_per_parameter_token)


def parameters_wanted(tokens_wanted: Tokens, tokens_per_parameter: TokensPerParameter) -> Parameters:
    """Parameters of the record run at its intended ratio of tokens to parameters."""
    return tokens_wanted / tokens_per_parameter


def data_stock(
    stock_now: PerSource[Tokens], stock_growth: PerSource[Rate], elapsed: Elapsed
) -> PerSource[Tokens]:
    """Tokens that exist in a source, whatever their quality and whoever holds them."""
    return stock_now * np.exp(drift(stock_growth, elapsed))


def usable_stock(
    data_stock: PerSource[Tokens],
    usable_share: PerSource[Share],
    access_probability: PerSource[Probability],
    access_chance: PerSource[PathChance],
) -> PerSource[Tokens]:
    """Tokens of a source that are good enough and to be had; a source is open or closed for a whole path."""
    return data_stock * usable_share * (access_chance < access_probability)


def unique_tokens(usable_stock: PerSource[Tokens], tokens_in_hand: Tokens) -> Tokens:
    """Different tokens to train on, at least as many as the largest known training set already has."""
    return np.maximum(usable_stock.sum(axis=0), tokens_in_hand)


def effective_tokens(tokens_wanted: Tokens, unique_tokens: Tokens, repetition_scale: Ratio) -> Tokens:
    """What the training set is worth in fresh tokens when it has to be repeated.

    U + U R* (1 - exp(-R / R*)) with R = D / U - 1 repetitions (Muennighoff et al. 2023, eq. 5).
    """
    repeats = np.maximum(tokens_wanted / unique_tokens - 1.0, 0.0)
    worth = unique_tokens * (1.0 - repetition_scale * np.expm1(-repeats / repetition_scale))
    return np.where(repeats > 0.0, worth, tokens_wanted)


def data_factor(
    tokens_wanted: Tokens,
    effective_tokens: Tokens,
    parameters_wanted: Parameters,
    loss_parameter_scale: Parameters,
    loss_token_scale: Tokens,
    loss_parameter_exponent: Exponent,
    loss_token_exponent: Exponent,
) -> Ratio:
    """Share of its compute that a run keeps when data are short: the run with enough data that reaches the same loss.

    The reducible loss is (N0 / N)^alpha + (D0 / D)^beta (Hoffmann et al. 2022, eq. 2, constants of
    Besiroglu et al. 2024, written with scales N0 = A^(1/alpha), D0 = B^(1/beta) so that every quantity has
    a unit). Compute falls with both N and D along the same ray; the factor solves for the fall that gives
    the loss of the short run.
    """
    from_parameters = (loss_parameter_scale / parameters_wanted) ** loss_parameter_exponent
    from_tokens = (loss_token_scale / tokens_wanted) ** loss_token_exponent
    short = from_parameters + (loss_token_scale / effective_tokens) ** loss_token_exponent
    target = np.log(short)
    step = np.zeros_like(target)
    for _ in range(NEWTON_STEPS):
        first = from_parameters * np.exp(-loss_parameter_exponent * step)
        second = from_tokens * np.exp(-loss_token_exponent * step)
        total = first + second
        slope = -(loss_parameter_exponent * first + loss_token_exponent * second) / total
        step = step - (np.log(total) - target) / slope
    return np.exp(2.0 * np.minimum(step, 0.0))


def data_use(tokens_wanted: Tokens, unique_tokens: Tokens) -> Ratio:
    """Tokens wanted per different token that there is; above one the record run has to repeat its data."""
    return tokens_wanted / unique_tokens


def data_binds(tokens_wanted: Tokens, unique_tokens: Tokens) -> Flag:
    """Whether the record run wants more different tokens than there are (1 or 0): the data wall."""
    return (tokens_wanted > unique_tokens).astype(float)


@adds_to("training_cost", "overhead_cost")
def data_cost(
    usable_stock: PerSource[Tokens], price_per_token: PerSource[UsdPerToken], data_use: Ratio
) -> Usd:
    """Licences, collection and synthesis of the tokens used, every source in the same proportion."""
    return (usable_stock * price_per_token).sum(axis=0) * np.minimum(data_use, 1.0)
