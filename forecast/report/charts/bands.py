"""Which intervals a fan shows and how: this project's own, and those that readers of other forecasts are used to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.report.numbers import percent
from forecast.shapes import QUANTILES, Summary, Trajectories
from forecast.units import Array


@dataclass(frozen=True)
class Bands:
    """A way to draw a fan, with a title that says it in a few words.

    ``lower`` holds the lower quantile of each equal-tailed band, the widest first; ``strengths`` how strong its
    colour is. Bands that are not ``outlined`` still have a line around the widest: its pale colour alone could not be
    seen. ``names`` are words for bands, by their lower quantile.
    """

    name: str
    title: str
    lower: tuple[float, ...]
    strengths: tuple[float, ...]
    outlined: bool
    median: bool
    note: str
    names: Mapping[float, str]

    @property
    def levels(self) -> tuple[float, ...]:
        """Every quantile on an edge, and the median, in ascending order."""
        return (*self.lower, 0.5, *(round(1.0 - level, 10) for level in reversed(self.lower)))

    def share(self, level: float) -> str:
        """What a band holds, in words: ``90%``, ``66% (likely range)``."""
        name = self.names.get(level, "")
        return percent(1.0 - 2.0 * level) + (f" ({name})" if name else "")


HOUSE = Bands(
    "house",
    "50, 80 and 90%",
    (0.05, 0.10, 0.25),
    (0.16, 0.30, 0.48),
    outlined=True,
    median=True,
    note="Bands hold 50, 80 and 90% of the paths of each year by itself, equal tails; thick line: median",
    names={},
)
BOE = Bands(
    "boe",
    "30, 60 and 90%, as the Bank of England",
    (0.05, 0.20, 0.35),
    (0.22, 0.45, 0.75),
    outlined=False,
    median=False,
    note="Shades as in the Bank of England's fans: the darkest holds the middle 30% of the paths of each year by "
    "itself, with the next pair 60%, with the outer pair 90%, equal tails; no central line, since no single value is "
    "the forecast",
    names={},
)
IMF = Bands(
    "imf",
    "50, 70 and 90%, as the IMF",
    (0.05, 0.15, 0.25),
    (0.20, 0.40, 0.62),
    outlined=False,
    median=True,
    note="Shades as in the IMF's World Economic Outlook: 50, 70 and 90% of the paths of each year by itself, equal "
    "tails; thick line: median",
    names={},
)
IPCC = Bands(
    "ipcc",
    "66 and 90%, as the IPCC",
    (0.05, 0.17),
    (0.22, 0.50),
    outlined=True,
    median=True,
    note="Ranges as in IPCC reports: very likely (90% of the paths of each year by itself, from 5 to 95%) and likely "
    "(66%, from 17 to 83%); thick line: median",
    names={0.05: "very likely range", 0.17: "likely range"},
)

PRESETS: Mapping[str, Bands] = {bands.name: bands for bands in (HOUSE, BOE, IMF, IPCC)}


def quantile_series(
    summary: Summary, variable: str, levels: Sequence[float], trajectories: Trajectories | None = None
) -> Array:
    """Quantiles of a variable over the years, shape ``(year, level)``.

    Those that a summary holds are taken from it, so that a chart says what the tables say.

    Args:
        summary: The run.
        variable: A variable without lab, source or tier.
        levels: The quantiles wanted.
        trajectories: The paths, for quantiles that the summary lacks.

    Raises:
        KeyError: When the summary lacks the variable.
        ValueError: When a quantile is neither in the summary nor can be computed.
    """
    known = summary.series(variable)
    columns = []
    for level in levels:
        place = next((place for place, other in enumerate(QUANTILES) if abs(other - level) < 1e-9), None)
        if place is not None:
            columns.append(known[:, place])
        elif trajectories is not None and variable in trajectories.variables:
            columns.append(np.quantile(trajectories[variable].astype(float), level, axis=-1))
        else:
            raise ValueError(f"the {percent(level)} quantile of {variable} needs the paths")
    return np.column_stack(columns)
