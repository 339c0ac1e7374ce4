"""Counts of paths: who can pay, who drops out, which sets of labs pay, when limits are reached.

Counts are whole numbers, so adding those of some paths to those of others is exact in any order and grouping.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.shapes import QUANTILES, AffordabilityRow, Coordinates, CrossingRow, DropoutRow, PayerSetRow

# Flags, and uses of a stock per token that there is: what a limit is called once it is reached.
REACHED_AT_ONE = (
    "data_binds",
    "money_binds",
    "physics_binds",
    "power_binds",
    "chips_bind",
    "length_binds",
    "raw_stock_use",
    "quality_stock_use",
    "repeated_stock_use",
    "synthesized_stock_use",
)

# Beyond these a path is no forecast of this world: what all of it produced in 2023, in current dollars (about 106
# trillion; World Bank, NY.GDP.MKTP.CD) and in electricity (about 29,900 TWh; Energy Institute 2024). Not verified.
WORLD = {"training_cost": 1.06e14, "power_draw": 3.4e12}

TALLIED = frozenset(("affordable", "near_record", "training_cost", *REACHED_AT_ONE, *WORLD))
"""The variables that are counted together; the others are told each by itself."""

# The likeliest sets of payers that are told for each year; the rest are many and rare.
PAYER_SETS = 12

# Sets of labs are packed into whole words, so that a set of up to 64 labs is one number.
_WORD = 64

Counts = NDArray[np.int64]


@dataclass
class Tallies:
    """How often things happen on some paths.

    ``able`` and ``able_so_far`` count by ``(lab, year)`` the paths on which the lab can pay, and could in every year
    up to this one, ``near`` those on which it can pay for a run near the record. ``ever_able`` and ``dropped`` count by
    ``lab``; ``first`` by ``(lab, number)`` the paths on which the lab is among so many that drop out first together.
    ``sets`` counts for each year the sets of payers, each packed into bits. ``reached`` counts by year the paths on
    which a variable has reached a threshold. ``out_of_range`` counts the paths on which one of `WORLD` is exceeded in
    some year.
    """

    draws: int
    able: Counts | None = None
    able_so_far: Counts | None = None
    near: Counts | None = None
    ever_able: Counts | None = None
    dropped: Counts | None = None
    first: Counts | None = None
    sets: tuple[Counter[bytes], ...] = ()
    reached: dict[tuple[str, float], Counts] = field(default_factory=dict)
    out_of_range: int = 0

    def add(self, other: Tallies) -> None:
        """Count the paths of another tally of the same world too."""
        self.draws += other.draws
        self.out_of_range += other.out_of_range
        for name in ("able", "able_so_far", "near", "ever_able", "dropped", "first"):
            if getattr(self, name) is not None:
                getattr(self, name).__iadd__(getattr(other, name))
        for mine, others in zip(self.sets, other.sets, strict=True):
            mine.update(others)
        for key, counts in other.reached.items():
            self.reached[key] += counts


def tally(values: Mapping[str, NDArray[Any]], thresholds: Sequence[float], *, draws: int) -> Tallies:
    """The counts of some paths.

    Args:
        values: Variables on these paths, shape ``(lab, year, draw)`` or ``(year, draw)``.
        thresholds: Costs of the record run whose first crossing is counted [USD of 2023].
        draws: The number of paths.
    """
    asked = [("training_cost", threshold) for threshold in thresholds]
    asked += [(name, 1.0) for name in REACHED_AT_ONE if name in values]
    counts = Tallies(draws, reached={key: reached(values[key[0]], key[1]) for key in asked})
    if "affordable" in values:
        _count_payers(counts, values["affordable"] > 0)
    beyond = [(values[name] > most).any(axis=0) for name, most in WORLD.items() if name in values]
    counts.out_of_range = int(np.logical_or.reduce(beyond).sum()) if beyond else 0
    if "near_record" in values:
        counts.near = np.count_nonzero(values["near_record"] > 0, axis=-1)
    return counts


def with_counts(attributes: Mapping[str, str], counts: Tallies) -> dict[str, str]:
    """What is known about a run, and on how many of its paths more was needed than the world produces."""
    return {**attributes, "paths_out_of_range": str(counts.out_of_range)}


def reached(values: NDArray[Any], threshold: float) -> Counts:
    """How many paths have reached a threshold by each year; shape of values ``(year, draw)``."""
    past = np.zeros(values.shape[-1], dtype=bool)
    counts = []
    for now in values:
        past |= now >= threshold
        counts.append(np.count_nonzero(past))
    return np.array(counts, dtype=np.int64)


def _count_payers(counts: Tallies, can_pay: NDArray[np.bool_]) -> None:
    labs, horizon, _ = can_pay.shape
    counts.able = np.count_nonzero(can_pay, axis=-1)
    always = can_pay.copy()
    for year in range(1, horizon):
        always[:, year] &= always[:, year - 1]
    counts.able_so_far = np.count_nonzero(always, axis=-1)
    counts.ever_able = np.count_nonzero(can_pay.any(axis=1), axis=-1)
    fails = can_pay[:, :-1] & ~can_pay[:, 1:]
    # Small numbers: comparing them is most of the work.
    when = np.full((labs, can_pay.shape[-1]), horizon, dtype=np.min_scalar_type(horizon))
    for year in reversed(range(horizon - 1)):
        np.copyto(when, year, where=fails[:, year])
    counts.dropped = np.count_nonzero(when < horizon, axis=-1)
    earliest = (when == when.min(axis=0)) & (when < horizon)
    together = earliest.sum(axis=0)
    counts.first = np.stack([np.bincount(together[each], minlength=labs + 1) for each in earliest])
    counts.sets = tuple(_sets(can_pay[:, year]) for year in range(horizon))


def _sets(can_pay: NDArray[np.bool_]) -> Counter[bytes]:
    """How often each set of labs can pay, the set packed into bits; shape ``(lab, draw)``."""
    words = -(-can_pay.shape[0] // _WORD)
    rows = np.zeros((can_pay.shape[1], words), dtype=np.uint64)
    for place, able in enumerate(can_pay):
        # The bits of each byte are filled from the left, as `numpy.unpackbits` reads them.
        bit = np.uint64(place % _WORD // 8 * 8 + 7 - place % 8)
        rows[:, place // _WORD] |= np.left_shift(able, bit, dtype="<u8")
    # One number a set where one word is enough: sorting numbers is much faster than sorting rows of them.
    found, counts = np.unique(rows[:, 0] if words == 1 else rows, axis=0, return_counts=True)
    width = words * _WORD // 8
    every = found.tobytes()
    each = (every[start : start + width] for start in range(0, len(every), width))
    return Counter(dict(zip(each, counts.tolist(), strict=True)))


def affordability_rows(counts: Tallies, coordinates: Coordinates) -> list[AffordabilityRow]:
    """Who can pay in each year and in every year up to it, and who comes near."""
    if counts.able is None or counts.able_so_far is None:
        return []
    rows = []
    for place, lab in enumerate(coordinates.labs):
        for column, year in enumerate(coordinates.years):
            share = float(counts.able[place, column]) / counts.draws
            throughout = float(counts.able_so_far[place, column]) / counts.draws
            near = None if counts.near is None else float(counts.near[place, column]) / counts.draws
            rows.append(
                AffordabilityRow(
                    lab=lab,
                    year=year,
                    probability=share,
                    error=proportion_error(share, counts.draws),
                    by_path=throughout,
                    by_path_error=proportion_error(throughout, counts.draws),
                    near=near,
                    near_error=None if near is None else proportion_error(near, counts.draws),
                )
            )
    return rows


def dropout_rows(counts: Tallies, coordinates: Coordinates) -> list[DropoutRow]:
    """Who drops out first, read off the paths; a lab may be back in a later year."""
    if counts.ever_able is None or counts.dropped is None or counts.first is None:
        return []
    number = np.maximum(np.arange(counts.first.shape[1], dtype=float), 1.0)
    rows = []
    for place, lab in enumerate(coordinates.labs):
        dropped = float(counts.dropped[place]) / counts.draws
        # The mean and the mean square of a path's part: one over the number of labs that share it.
        first = float((counts.first[place] / number).sum()) / counts.draws
        square = float((counts.first[place] / number**2).sum()) / counts.draws
        rows.append(
            DropoutRow(
                lab=lab,
                able=float(counts.ever_able[place]) / counts.draws,
                dropped=dropped,
                dropped_error=proportion_error(dropped, counts.draws),
                first=first,
                first_error=float(np.sqrt(max(square - first * first, 0.0) / counts.draws)),
            )
        )
    return rows


def payer_set_rows(
    counts: Tallies, coordinates: Coordinates, *, most: int | None = PAYER_SETS
) -> list[PayerSetRow]:
    """The likeliest sets of labs that can pay, by year, likeliest first, and no more than so many a year."""
    labs = coordinates.labs
    rows = []
    for year, sets in zip(coordinates.years, counts.sets, strict=False):
        for packed, count in sorted(sets.items(), key=lambda item: (-item[1], item[0]))[:most]:
            bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=len(labs))
            members = tuple(lab for lab, bit in zip(labs, bits, strict=True) if bit)
            share = count / counts.draws
            rows.append(PayerSetRow(year, members, share, proportion_error(share, counts.draws)))
    return rows


def crossing_row(
    variable: str, unit: str, threshold: float, by_year: Counts, draws: int, years: Sequence[int]
) -> CrossingRow:
    """When a variable first reaches a threshold; paths on which it never does stay in as censored."""
    shares = [float(count) / draws for count in by_year]
    never = 1.0 - shares[-1]
    return CrossingRow(
        variable=variable,
        unit=unit,
        threshold=threshold,
        by_year=tuple(shares),
        errors=tuple(proportion_error(share, draws) for share in shares),
        never=never,
        never_error=proportion_error(never, draws),
        quantile_years=tuple(
            next((year for year, share in zip(years, shares, strict=True) if share >= probability), None)
            for probability in QUANTILES
        ),
    )


def proportion_error(probability: float, draws: int) -> float:
    """Monte Carlo standard error of a share of paths, above zero even when all paths agree.

    The square root of p (1 - p) / n at the Agresti-Coull point (x + 2) / (n + 4), so that 0 of 20,000 does not pretend
    to be exact (Agresti and Coull 1998).
    """
    adjusted = (probability * draws + 2.0) / (draws + 4.0)
    return float(np.sqrt(adjusted * (1.0 - adjusted) / (draws + 4.0)))
