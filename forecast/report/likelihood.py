"""Probabilities in calibrated words, for readers who know them from climate reports; never instead of the number."""

from __future__ import annotations

import math

# Mastrandrea et al. (2010), guidance note for the authors of the IPCC's fifth report: each term from its least
# probability on. "Unlikely" and its kin are the same terms for the complement.
HIGH: tuple[tuple[float, str], ...] = (
    (0.99, "virtually certain"),
    (0.95, "extremely likely"),
    (0.90, "very likely"),
    (0.66, "likely"),
)
LOW: tuple[tuple[float, str], ...] = (
    (0.01, "exceptionally unlikely"),
    (0.05, "extremely unlikely"),
    (0.10, "very unlikely"),
    (0.33, "unlikely"),
)

MIDDLE = "about as likely as not"

SCALE = (
    "Words after IPCC: virtually certain from 99%, extremely likely from 95%, very likely from 90%, likely from 66%, "
    "about as likely as not 33 to 66%, unlikely to 33%, very unlikely to 10%, extremely unlikely to 5%, exceptionally "
    "unlikely to 1%."
)
"""What the words mean, for the foot of a chart that uses them."""


def likelihood(probability: float) -> str:
    """The narrowest term of the IPCC's scale that holds a probability; empty when there is none."""
    if not math.isfinite(probability):
        return ""
    for least, term in HIGH:
        if probability >= least:
            return term
    for most, term in LOW:
        if probability <= most:
            return term
    return MIDDLE
