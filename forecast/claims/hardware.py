"""Claims about the price of hardware and the progress of algorithms."""

from __future__ import annotations

import math
from datetime import date

import numpy as np

from forecast.claims.claim import Answer, Figure, Statement, verdict
from forecast.claims.facts import ESSAY_DATE, Facts
from forecast.report.numbers import percent, times
from forecast.units import Array

TPU_V2, TPU_V4 = "rent-tpu-v2-2018-10-09-od-google-cloud", "rent-tpu-v4-2022-05-11-od-google-cloud"
TPU_V4_COMMITTED = "rent-tpu-v4-2022-05-11-1y-google-cloud"
CHIPS_PER_V2_DEVICE = 4
HOUR = 3600.0
EXA = 1e18
FIRST_DAY = date(2016, 1, 1)
"""The trend of cost is taken from here, as in the published estimate."""


def tpu_prices(facts: Facts, said: Statement) -> Answer:
    """Claim 5: price of a TPU chip-hour and of peak arithmetic, v2 and v4 on demand."""
    old, new = facts.number(TPU_V2), facts.number(TPU_V4)
    prices = facts.observations.price_index

    def per_exaflop(rent: str, chip: str) -> float:
        row, rate = facts.row(rent), facts.chip(chip).peak_training
        assert rate is not None  # noqa: S101 - both chips have one
        return prices.real(facts.number(rent), row.date) / (rate * HOUR) * EXA

    fall = per_exaflop(TPU_V4, "chip-google-tpu-v4") / per_exaflop(TPU_V2, "chip-google-tpu-v2")
    change = Figure("price of a chip-hour, v4 over v2", "x", new / old)
    arithmetic = Figure("price of peak arithmetic, v4 over v2", "x", fall)
    return Answer(
        f"a chip-hour on demand rose {times(change.value)} (${old:g} to ${new:g}), peak arithmetic fell to "
        f"{percent(fall)} of its price",
        (change, arithmetic),
        f"the essay's $4.50 is a device of {CHIPS_PER_V2_DEVICE} chips "
        f"(${CHIPS_PER_V2_DEVICE * old:.2f}), its $2.00 one chip "
        f"under a year's contract (${facts.number(TPU_V4_COMMITTED):g})",
        "false",
        (TPU_V2, TPU_V4, TPU_V4_COMMITTED, "chip-google-tpu-v2", "chip-google-tpu-v4"),
    )


def alexnet_level(facts: Facts, said: Statement) -> Answer:
    """Claim 6: fall of the compute for AlexNet's accuracy, in all and a year."""
    fall = Figure("less compute for AlexNet's accuracy", "x", facts.number("alg-001"))
    yearly = Figure("a year, from the fall", "x", fall.value ** (1.0 / 7.0))
    by_halving = Figure("a year, from the halving time", "x", 2.0 ** (12.0 / facts.number("alg-002")))
    return Answer(
        f"{times(fall.value)} over the seven years to 2019, {by_halving.value:.2f}x to {yearly.value:.2f}x a year",
        (fall, yearly, by_halving),
        f"language models are put at {12.0 / facts.number('alg-008'):.1f} halvings a year since",
        verdict(said.figure, fall.value),
        ("alg-001", "alg-002", "alg-008"),
    )


def cost_growth(facts: Facts, said: Statement) -> Answer:
    """Claim 7: growth of cost as growth of compute less that of compute per dollar, frontier runs 2016 to the essay."""
    prices = facts.observations.price_index
    paid = {
        run.id: (run.released.toordinal() / 365.25, math.log(run.compute.value), math.log(cost))
        for run in facts.observations.training_runs
        if run.top_ten
        and run.fit == "yes"
        and run.compute
        and (cost := run.real_cost("amortized", prices))
        and FIRST_DAY <= run.released <= ESSAY_DATE
    }
    time, compute, dear = (np.array(column) for column in zip(*paid.values(), strict=True))
    slopes = {
        "cost": _slope(time, dear),
        "compute": _slope(time, compute),
        "compute per dollar": _slope(time, compute - dear),
    }
    figures = tuple(
        Figure(
            f"{name} of frontier runs a year",
            "x",
            math.exp(slope),
            low=math.exp(slope - 1.645 * error),
            high=math.exp(slope + 1.645 * error),
            interval="90%",
        )
        for name, (slope, error) in slopes.items()
    )
    dollars, used, dollar = figures
    low, high = facts.ends("lab-345")
    return Answer(
        f"compute {times(used.value)} a year less compute per dollar {times(dollar.value)} leaves "
        f"cost {dollars} a year "
        f"({len(paid)} frontier runs from {FIRST_DAY.year})",
        figures,
        f"published for 2016 to 2024: {times(facts.number('lab-345'))} ({times(low)} to {times(high)}); since 2020 "
        f"{times(facts.number('lab-346'))}",
        "true" if dollars.value > 1.0 else "false",
        ("lab-345", "lab-346", *paid),
    )


def _slope(time: Array, values: Array) -> tuple[float, float]:
    """Slope of a least-squares line and its standard error."""
    centred = time - time.mean()
    spread = float(centred @ centred)
    slope = float(centred @ values) / spread
    residual = values - values.mean() - slope * centred
    return slope, math.sqrt(float(residual @ residual) / (len(time) - 2) / spread)


HISTORY = {5: tpu_prices, 6: alexnet_level, 7: cost_growth}
