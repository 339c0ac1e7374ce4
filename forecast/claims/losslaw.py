"""The loss of a language model by its size and data, with the constants that the tables hold."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.claims.facts import Facts

ROWS = ("alg-040", "alg-041", "alg-042", "alg-043", "alg-044", "alg-049")


@dataclass(frozen=True)
class LossLaw:
    """``E + A / N^alpha + B / D^beta`` (Hoffmann et al. 2022, eq. 2).

    Attributes:
        a: Constant of the parameters.
        b: Constant of the tokens.
        floor: Loss that no size and no data remove.
        alpha: Exponent of the parameters.
        beta: Exponent of the tokens.
        flop_per_parameter_token: What one parameter and one token cost in training.
    """

    a: float
    b: float
    floor: float
    alpha: float
    beta: float
    flop_per_parameter_token: float

    def reducible(self, parameters: float, tokens: float) -> float:
        """The part of the loss that more size and data remove."""
        return float(self.a / parameters**self.alpha + self.b / tokens**self.beta)

    def optimum(self, compute: float) -> tuple[float, float]:
        """Parameters and tokens of the lowest loss at a compute (Hoffmann et al. 2022, eq. 4)."""
        balance = (self.alpha * self.a / (self.beta * self.b)) ** (1.0 / (self.alpha + self.beta))
        product = compute / self.flop_per_parameter_token
        parameters = balance * product ** (self.beta / (self.alpha + self.beta))
        return parameters, product / parameters


def replicated(facts: Facts) -> LossLaw:
    """The law with the constants of the replication (Besiroglu et al. 2024)."""
    return LossLaw(*(facts.number(row) for row in ROWS))
