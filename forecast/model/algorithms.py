"""How much less compute a given capability needs as algorithms improve."""

from __future__ import annotations

import numpy as np

from forecast.paths import fading_growth
from forecast.units import CalendarYear, Elapsed, MidYear, Rate, Ratio, Years


def algorithmic_efficiency(
    algorithmic_growth: Rate,
    algorithmic_growth_later: Rate,
    algorithmic_growth_fade: Years,
    mid_year: MidYear,
    reference_date: CalendarYear,
    elapsed: Elapsed,
) -> Ratio:
    """By how much the compute for a fixed capability has fallen since GPT-4 was released (1 at its release).

    Halving times after Ho et al. 2024, eq. 5, up to the date of the forecast; from then on growth fades to a lasting
    rate. An interval of 1.5x to 10x a year says how well the rate of some years is measured. Held for eight years it
    would say 25x to 10^8x, which no source claims: what feeds the gains, research compute and researchers, grows with
    budgets that fade too (Bloom et al. 2020), and the two largest known steps, to the Transformer and to balanced
    training, cannot be taken twice (Gundlach et al. 2025). It does not make the record run cheaper: it makes it more
    capable.

    Equation:
        exp(algorithmic_growth * (mid_year - elapsed - reference_date)
            + fading_growth(algorithmic_growth, algorithmic_growth_later, algorithmic_growth_fade))

    Leaves out:
        That gains come in steps, differ by task and scale, and follow the compute that a lab puts into research;
        breakthroughs are events.
    """
    until_now = algorithmic_growth * (mid_year - elapsed - reference_date)
    since = fading_growth(algorithmic_growth, algorithmic_growth_later, algorithmic_growth_fade, elapsed)
    return np.exp(until_now + since)
