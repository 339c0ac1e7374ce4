"""How much less compute a given capability needs as algorithms improve."""

from __future__ import annotations

import numpy as np

from forecast.units import CalendarYear, MidYear, Rate, Ratio


def algorithmic_efficiency(
    algorithmic_growth: Rate, mid_year: MidYear, reference_date: CalendarYear
) -> Ratio:
    """By how much the compute for a fixed capability has fallen since GPT-4 was released (1 at its release).

    Halving times after Ho et al. 2024, eq. 5. It does not make the record run cheaper: it makes it more
    capable.

    Equation:
        exp(algorithmic_growth * (mid_year - reference_date))

    Leaves out:
        That gains come in steps and differ by task and scale; breakthroughs are events.
    """
    return np.exp(algorithmic_growth * (mid_year - reference_date))
