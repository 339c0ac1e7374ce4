"""Units and dims stand in the signatures of formulas; nothing of them runs when numbers do.

A formula says ``def compute_cost(training_compute: Flop, price_performance: FlopPerUsd) -> Usd``. The
aliases below are plain NumPy arrays to the type checker. `forecast.graph` reads the markers to label
outputs and to find clashes, and a property test rescales the base units at random to prove that every
formula respects its own signature.

Axis order is fixed everywhere: ``(member, year, draw)``, where ``member`` is a lab, a data source or a
labeling tier. A value that does not vary along an axis has length one there, so NumPy broadcasting lines
all of them up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
T = TypeVar("T")


@dataclass(frozen=True)
class Unit:
    """What one unit of a value is: its symbol and its exponents in the base units.

    ``positive`` units admit no zero or negative value, ``nonnegative`` ones no negative value, ``bounded`` ones
    only values from 0 to 1.
    """

    symbol: str
    exponents: tuple[tuple[str, float], ...] = ()
    positive: bool = False
    nonnegative: bool = False
    bounded: bool = False


@dataclass(frozen=True)
class Dim:
    """The axis that a value has beyond draw and year: ``lab``, ``source`` or ``tier``; or that it lacks (``path``)."""

    name: Literal["lab", "source", "tier", "path"]


@dataclass(frozen=True)
class Noise:
    """A driver that is pure chance, drawn by `forecast.drivers` without any assumption in a scenario.

    ``law`` is ``normal`` (standard normal) or ``uniform`` (on the open interval from 0 to 1); ``yearly``
    draws are independent from year to year, the others stay the same along a path.
    """

    law: Literal["normal", "uniform"]
    yearly: bool = field(default=True)


@dataclass(frozen=True)
class Calendar:
    """A driver that the years of the scenario fix: it needs neither an assumption nor chance."""


def _positive(symbol: str, **exponents: float) -> Unit:
    return Unit(symbol, tuple(sorted(exponents.items())), positive=True)


def _nonnegative(symbol: str, **exponents: float) -> Unit:
    return Unit(symbol, tuple(sorted(exponents.items())), nonnegative=True)


def _bounded(symbol: str) -> Unit:
    return Unit(symbol, bounded=True)


def _real(symbol: str, **exponents: float) -> Unit:
    return Unit(symbol, tuple(sorted(exponents.items())))


Usd = Annotated[Array, _nonnegative("USD", usd=1)]
UsdPerYear = Annotated[Array, _nonnegative("USD/yr", usd=1, year=-1)]
UsdPerToken = Annotated[Array, _nonnegative("USD/token", usd=1, token=-1)]
UsdPerLabel = Annotated[Array, _nonnegative("USD/label", usd=1, label=-1)]
UsdPerHour = Annotated[Array, _nonnegative("USD/hour", usd=1, hour=-1)]
UsdPerPoint = Annotated[Array, _positive("USD/point", usd=1, point=-1)]
Flop = Annotated[Array, _positive("FLOP", flop=1)]
FlopPerUsd = Annotated[Array, _positive("FLOP/USD", flop=1, usd=-1)]
FlopPerJoule = Annotated[Array, _positive("FLOP/J", flop=1, watt=-1, second=-1)]
FlopPerToken = Annotated[Array, _positive("FLOP/token", flop=1, token=-1)]
FlopPerParameterToken = Annotated[Array, _positive("FLOP/(parameter*token)", flop=1, parameter=-1, token=-1)]
FlopPerSecond = Annotated[Array, _positive("FLOP/s", flop=1, second=-1)]
Watt = Annotated[Array, _positive("W", watt=1)]
Seconds = Annotated[Array, _positive("s", second=1)]
Tokens = Annotated[Array, _positive("token", token=1)]
TokensPerParameter = Annotated[Array, _positive("token/parameter", token=1, parameter=-1)]
Parameters = Annotated[Array, _positive("parameter", parameter=1)]
Chips = Annotated[Array, _positive("chip", chip=1)]
FlopPerSecondPerChip = Annotated[Array, _positive("FLOP/(s*chip)", flop=1, second=-1, chip=-1)]
LabelsPerYear = Annotated[Array, _nonnegative("label/yr", label=1, year=-1)]
Labels = Annotated[Array, _positive("label", label=1)]
HoursPerLabel = Annotated[Array, _positive("hour/label", hour=1, label=-1)]
Points = Annotated[Array, _real("point", point=1)]
PointsPerDecade = Annotated[Array, _positive("point/decade", point=1)]

Rate = Annotated[Array, _real("1/yr", year=-1)]
PositiveRate = Annotated[Array, _nonnegative("per yr", year=-1)]
Volatility = Annotated[Array, _nonnegative("yr^-0.5", year=-0.5)]
GrowthVolatility = Annotated[Array, _nonnegative("yr^-1.5", year=-1.5)]
Ratio = Annotated[Array, _positive("x")]
Weight = Annotated[Array, _nonnegative("weight")]
Share = Annotated[Array, _bounded("share")]
Flag = Annotated[Array, _bounded("yes/no")]
Probability = Annotated[Array, _bounded("probability")]
Count = Annotated[Array, _nonnegative("count")]
LogRatio = Annotated[Array, _real("ln")]
Decades = Annotated[Array, _real("decade")]
Distance = Annotated[Array, _positive("decade")]
Exponent = Annotated[Array, _positive("exponent")]
CalendarYear = Annotated[Array, _real("calendar year")]
Elapsed = Annotated[Array, _real("yr", year=1), Calendar()]
MidYear = Annotated[Array, _real("calendar year"), Calendar()]
Years = Annotated[Array, _nonnegative("yr", year=1)]

Shock = Annotated[Array, _real("normal"), Noise("normal")]
Chance = Annotated[Array, _bounded("chance"), Noise("uniform")]
PathChance = Annotated[Array, _bounded("chance"), Noise("uniform", yearly=False)]

PerLab = Annotated[T, Dim("lab")]
PerSource = Annotated[T, Dim("source")]
PerTier = Annotated[T, Dim("tier")]
PerPath = Annotated[T, Dim("path")]
