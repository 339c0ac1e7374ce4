"""Training data: how much the record run wants, how much there is, and what a shortage costs."""

from __future__ import annotations

import numpy as np

from forecast.graph import adds_to
from forecast.paths import drift
from forecast.units import (
    Decades,
    Elapsed,
    Exponent,
    Flag,
    Flop,
    FlopPerParameterToken,
    FlopPerToken,
    FlopPerUsd,
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

    Equation:
        sqrt(funded_compute * pretraining_share * tokens_per_parameter / flop_per_parameter_token)

    Leaves out:
        That labs would change the ratio of tokens to parameters when data run short; images, video
        and sensor data.
    """
    return np.sqrt(funded_compute * pretraining_share * tokens_per_parameter / flop_per_parameter_token)


def parameters_wanted(tokens_wanted: Tokens, tokens_per_parameter: TokensPerParameter) -> Parameters:
    """Parameters of the record run at its intended ratio of tokens to parameters.

    Equation:
        tokens_wanted / tokens_per_parameter

    Leaves out:
        Parameters that are not active for a token.
    """
    return tokens_wanted / tokens_per_parameter


def data_stock(
    stock_now: PerSource[Tokens], stock_growth: PerSource[Rate], elapsed: Elapsed
) -> PerSource[Tokens]:
    """Tokens that exist in a source, whatever their quality and whoever holds them.

    Equation:
        stock_now * exp(stock_growth * elapsed)

    Leaves out:
        Pages that disappear or are fenced off.
    """
    return stock_now * np.exp(drift(stock_growth, elapsed))


def accessible(
    access_probability: PerSource[Probability], access_chance: PerSource[PathChance]
) -> PerSource[Flag]:
    """Whether labs can train on a source at all (1 or 0); it is open or closed for a whole path.

    Equation:
        1 if access_chance < access_probability, else 0

    Leaves out:
        Doors that open or close within the horizon, and access of one lab alone.
    """
    return (access_chance < access_probability).astype(float)


def usable_stock(
    data_stock: PerSource[Tokens], usable_share: PerSource[Share], accessible: PerSource[Flag]
) -> PerSource[Tokens]:
    """Tokens of a source that are good enough and to be had.

    Equation:
        data_stock * usable_share * accessible

    Leaves out:
        Overlap between sources: a book on the web counts twice.
    """
    return data_stock * usable_share * accessible


def raw_stock(
    data_stock: PerSource[Tokens],
    accessible: PerSource[Flag],
    synthetic_share: PerSource[Share],
    tokens_in_hand: Tokens,
) -> Tokens:
    """Stock of human text under the first definition, raw: all that is to be had, good or bad, each token once.

    Equation:
        max(sum over sources of data_stock * accessible * (1 - synthetic_share), tokens_in_hand)

    Leaves out:
        Overlap between sources.
    """
    return np.maximum((data_stock * accessible * (1.0 - synthetic_share)).sum(axis=0), tokens_in_hand)


def quality_stock(
    usable_stock: PerSource[Tokens], synthetic_share: PerSource[Share], tokens_in_hand: Tokens
) -> Tokens:
    """Stock of human text under the second definition, adjusted for quality: what is left after cleaning.

    Equation:
        max(sum over sources of usable_stock * (1 - synthetic_share), tokens_in_hand)

    Leaves out:
        Grades of quality: a token is good enough or not.
    """
    return np.maximum((usable_stock * (1.0 - synthetic_share)).sum(axis=0), tokens_in_hand)


def repetition_worth(repetition_scale: Ratio, repetition_limit: Ratio) -> Ratio:
    """What a stock is worth in fresh tokens, per token of it, when it is repeated as often as is sensible.

    1 + R* (1 - exp(-R / R*)) for R repetitions (Muennighoff et al. 2023, eq. 5); Villalobos et al. 2024 put
    it at 2 to 5.

    Equation:
        1 + repetition_scale * (1 - exp(-repetition_limit / repetition_scale))

    Leaves out:
        That data of different quality bear repetition differently.
    """
    return 1.0 - repetition_scale * np.expm1(-repetition_limit / repetition_scale)


def repeated_stock(quality_stock: Tokens, repetition_worth: Ratio) -> Tokens:
    """Stock of human text under the third definition, with repetition: the published "effective stock".

    Equation:
        quality_stock * repetition_worth

    Leaves out:
        That repetition pays less for large models than for the small ones it was measured on.
    """
    return quality_stock * repetition_worth


def synthesized_stock(unique_tokens: Tokens, repetition_worth: Ratio) -> Tokens:
    """Stock of text under the fourth definition, with synthesis: human and synthetic text, repeated.

    Equation:
        unique_tokens * repetition_worth

    Leaves out:
        That repeating synthetic text may be worth less than repeating human text.
    """
    return unique_tokens * repetition_worth


def unique_tokens(usable_stock: PerSource[Tokens], tokens_in_hand: Tokens) -> Tokens:
    """Different tokens to train on, at least as many as the largest known training set already has.

    Equation:
        max(sum over sources of usable_stock, tokens_in_hand)

    Leaves out:
        Overlap between sources.
    """
    return np.maximum(usable_stock.sum(axis=0), tokens_in_hand)


def effective_tokens(tokens_wanted: Tokens, unique_tokens: Tokens, repetition_scale: Ratio) -> Tokens:
    """What the training set is worth in fresh tokens when it has to be repeated.

    U + U R* (1 - exp(-R / R*)) with R = D / U - 1 repetitions (Muennighoff et al. 2023, eq. 5).

    Equation:
        R = max(tokens_wanted / unique_tokens - 1, 0)
        tokens_wanted if R = 0, else unique_tokens * (1 + repetition_scale * (1 - exp(-R / repetition_scale)))

    Leaves out:
        That excess parameters decay in worth too (the second half of the published law).
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

    Equation:
        a = (loss_parameter_scale / parameters_wanted)^loss_parameter_exponent
        b(D) = (loss_token_scale / D)^loss_token_exponent
        find x <= 0 with a * exp(-loss_parameter_exponent * x) + b(tokens_wanted) * exp(-loss_token_exponent * x)
            = a + b(effective_tokens)
        exp(2 x)

    Leaves out:
        That a lab short of data would make the model larger instead; the law is extrapolated by
        many orders of magnitude.
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
    """Tokens wanted per different token that there is; above one the record run has to repeat its data.

    Equation:
        tokens_wanted / unique_tokens

    Leaves out:
        Nothing: it is a definition.
    """
    return tokens_wanted / unique_tokens


def data_binds(tokens_wanted: Tokens, unique_tokens: Tokens) -> Flag:
    """Whether the record run wants more different tokens than there are (1 or 0): the data wall.

    Equation:
        1 if tokens_wanted > unique_tokens, else 0

    Leaves out:
        How much it hurts: `data_factor` says that.
    """
    return (tokens_wanted > unique_tokens).astype(float)


def raw_stock_use(tokens_wanted: Tokens, raw_stock: Tokens) -> Ratio:
    """Tokens wanted over the raw stock of human text; the stock is exhausted from one on.

    Equation:
        tokens_wanted / raw_stock

    Leaves out:
        Nothing: it is a definition.
    """
    return tokens_wanted / raw_stock


def quality_stock_use(tokens_wanted: Tokens, quality_stock: Tokens) -> Ratio:
    """Tokens wanted over the stock of good human text; the stock is exhausted from one on.

    Equation:
        tokens_wanted / quality_stock

    Leaves out:
        Nothing: it is a definition.
    """
    return tokens_wanted / quality_stock


def repeated_stock_use(tokens_wanted: Tokens, repeated_stock: Tokens) -> Ratio:
    """Tokens wanted over what good human text is worth with repetition; the stock is exhausted from one on.

    Equation:
        tokens_wanted / repeated_stock

    Leaves out:
        Nothing: it is a definition.
    """
    return tokens_wanted / repeated_stock


def synthesized_stock_use(tokens_wanted: Tokens, synthesized_stock: Tokens) -> Ratio:
    """Tokens wanted over what human and synthetic text is worth with repetition; the stock is exhausted from one on.

    Equation:
        tokens_wanted / synthesized_stock

    Leaves out:
        Nothing: it is a definition.
    """
    return tokens_wanted / synthesized_stock


def data_generations(repeated_stock_use: Ratio) -> Decades:
    """Model generations, each ten times the compute, that this year's stock of human text still feeds.

    Counted with repetition; below zero once the stock is exhausted. Tokens rise with the square root of
    compute, so a stock of twice the tokens lasts for four times the compute.

    Equation:
        -2 * log10(repeated_stock_use)

    Leaves out:
        Growth of the stock while the generations pass.
    """
    return -2.0 * np.log10(repeated_stock_use)


def licence_price(
    price_per_token: PerSource[UsdPerToken], price_per_token_growth: PerSource[Rate], elapsed: Elapsed
) -> PerSource[UsdPerToken]:
    """What a token of a source costs to license or collect, and to clean.

    Equation:
        price_per_token * exp(price_per_token_growth * elapsed)

    Leaves out:
        That owners ask for more where text is short; a wall is an event on this price.
    """
    return price_per_token * np.exp(drift(price_per_token_growth, elapsed))


def licence_cost(
    usable_stock: PerSource[Tokens], licence_price: PerSource[UsdPerToken], data_use: Ratio
) -> Usd:
    """Licences, collection and cleaning of the tokens used, every source in the same proportion.

    Equation:
        (sum over sources of usable_stock * licence_price) * min(data_use, 1)

    Leaves out:
        Licences that outlast a run: every record run pays anew; that a lab would buy cheap sources first, and none
        that costs more than `token_shadow_price` says it is worth.
    """
    return (usable_stock * licence_price).sum(axis=0) * np.minimum(data_use, 1.0)


def synthesis_cost(
    usable_stock: PerSource[Tokens],
    synthetic_share: PerSource[Share],
    synthesis_compute: FlopPerToken,
    price_performance: FlopPerUsd,
    data_use: Ratio,
) -> Usd:
    """Compute that models spend to write the synthetic part of the tokens used, at the year's prices.

    Equation:
        (sum over sources of usable_stock * synthetic_share) * min(data_use, 1) * synthesis_compute / price_performance

    Leaves out:
        Verification by people, and text that an earlier run has left over.
    """
    written = (usable_stock * synthetic_share).sum(axis=0) * np.minimum(data_use, 1.0)
    return written * synthesis_compute / price_performance


@adds_to("training_cost", "overhead_cost")
def data_cost(licence_cost: Usd, synthesis_cost: Usd) -> Usd:
    """Licences, collection and synthesis of the tokens that the record run uses.

    Equation:
        licence_cost + synthesis_cost

    Leaves out:
        Damages for past use.
    """
    return licence_cost + synthesis_cost


def token_shadow_price(
    compute_cost: Usd,
    tokens_wanted: Tokens,
    unique_tokens: Tokens,
    effective_tokens: Tokens,
    parameters_wanted: Parameters,
    repetition_scale: Ratio,
    loss_parameter_scale: Parameters,
    loss_token_scale: Tokens,
    loss_parameter_exponent: Exponent,
    loss_token_exponent: Exponent,
) -> UsdPerToken:
    """What one more unique token is worth to the record run: dollars of compute that it saves at the same loss.

    The loss of `data_factor` is held while compute C and unique tokens U change; N and D both follow the root of C:
    -dC/dU = 2 C (b beta / D') (dD'/dU) / (a alpha + b beta (D / D') (dD'/dD)), with a and b the losses from
    parameters and tokens, dD'/dU = 1 + R* (1 - e) - (D / U) e, dD'/dD = e and e = exp(-(D / U - 1) / R*).
    Zero as long as no token has to be repeated.

    Equation:
        k = max(tokens_wanted / unique_tokens, 1)
        e = exp(-(k - 1) / repetition_scale)
        g = 1 + repetition_scale * (1 - e) - k * e
        a = (loss_parameter_scale / parameters_wanted)^loss_parameter_exponent
        w = loss_token_exponent * (loss_token_scale / effective_tokens)^loss_token_exponent / effective_tokens
        2 * compute_cost * w * g / (loss_parameter_exponent * a + w * tokens_wanted * e)

    Leaves out:
        Other ways to answer a shortage; worth of a token of a rare kind.
    """
    use = np.maximum(tokens_wanted / unique_tokens, 1.0)
    fading = np.exp(-(use - 1.0) / repetition_scale)
    gain = 1.0 + repetition_scale * (1.0 - fading) - use * fading
    from_parameters = (loss_parameter_scale / parameters_wanted) ** loss_parameter_exponent
    from_tokens = (loss_token_scale / effective_tokens) ** loss_token_exponent
    weight = loss_token_exponent * from_tokens / effective_tokens
    slope = loss_parameter_exponent * from_parameters + weight * tokens_wanted * fading
    # Rounding must not make a token worth less than nothing.
    return 2.0 * compute_cost * weight * np.maximum(gain, 0.0) / slope
