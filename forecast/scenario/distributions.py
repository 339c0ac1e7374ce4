"""What a scenario says about one number, as a distribution that is sampled by its quantile function.

Every form has ``ppf(u)``, so that a draw is a function of one uniform number: two scenarios that share the
uniform share the draw, and correlating two drivers means correlating their uniforms. Values are in the natural unit
of the driver; growth rates are continuous, per year.

Quantiles are joined on a scale that fits the unit (`Scale`): a price on the logarithm, a share on the logit, anything
that may be negative on the plain line. A growth rate is on the plain line too, which is the logarithm of its yearly
factor. So the stated quantiles are met exactly and no draw leaves the range that the unit allows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from forecast.units import Array

Scale = Literal["linear", "log", "logit", "rate"]
Plain: TypeAlias = "dict[str, str | float | list[float]]"
Wording: TypeAlias = Callable[[float], str]

# The standard normal's 95% quantile: half the width of a 90% interval in standard deviations.
Z95 = 1.6448536269514722


def number_text(value: float) -> str:
    """A number as people write it in a scenario, short and exact enough to be read."""
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        return f"{value:.6g}"
    mantissa, exponent = f"{value:.4g}".split("e") if "e" in f"{value:.4g}" else f"{value:.3e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


class Distribution(Protocol):
    """What every form of assumption can do."""

    def ppf(self, u: Array) -> Array:
        """The value below which a share `u` of the probability lies; nondecreasing in `u`, any shape."""
        ...

    def cdf(self, value: float) -> float:
        """The probability of lying at or below a value."""
        ...

    def describe(self, wording: Wording = number_text) -> str:
        """The distribution in words; `wording` turns a value into text."""
        ...

    def plain(self) -> Plain:
        """The form and its numbers, for digests and JSON."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that the scenario takes as certain."""

    value: float

    def ppf(self, u: Array) -> Array:
        """The value itself, whatever `u`."""
        import numpy as np

        return np.full(np.shape(u), self.value)

    def cdf(self, value: float) -> float:
        """Zero below the constant, one from it on."""
        return float(value >= self.value)

    def describe(self, wording: Wording = number_text) -> str:
        """The value."""
        return wording(self.value)

    def plain(self) -> Plain:
        """The value."""
        return {"form": "constant", "value": self.value}


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A 90% interval, with or without a median of its own, normal on the scale of the unit.

    With a median that is not the middle of the interval each half keeps its own spread: on the scale the quantile
    function is ``m + (upper - m) z / z95`` above and ``m + (m - lower) z / z95`` below, which meets all three numbers.
    """

    p5: float
    p95: float
    p50: float | None = None
    scale: Scale = "linear"

    def ppf(self, u: Array) -> Array:
        """Values at the probabilities `u`."""
        import numpy as np

        u = np.asarray(u, dtype=float)
        return _on_lines([self], u.reshape(1, -1)).reshape(u.shape)

    def cdf(self, value: float) -> float:
        """The probability of lying at or below a value."""
        low, middle, high = _points(self.p5, self.p50, self.p95, self.scale)
        bottom, top = _SUPPORTS.get(self.scale, (-math.inf, math.inf))
        if value <= bottom:
            return 0.0
        if value >= top:
            return 1.0
        distance = _to_scale(value, self.scale) - middle
        spread = high - middle if distance > 0 else middle - low
        if spread == 0:
            return 0.5 if distance == 0 else float(distance > 0)
        return 0.5 * math.erfc(-distance / spread * Z95 / math.sqrt(2))

    def describe(self, wording: Wording = number_text) -> str:
        """The stated quantiles and the family."""
        family = _FAMILIES[self.scale]
        interval = f"90% between {wording(self.p5)} and {wording(self.p95)}"
        if self.p50 is None:
            return f"{interval} ({family})"
        return f"median {wording(self.p50)}, {interval} (split {family})"

    def plain(self) -> Plain:
        """The quantiles and the scale."""
        middle: Plain = {} if self.p50 is None else {"p50": self.p50}
        return {"form": "quantiles", "scale": self.scale, "p5": self.p5, **middle, "p95": self.p95}


@dataclass(frozen=True, slots=True)
class Triangular:
    """Between a lowest and a highest value, most likely at the mode."""

    low: float
    mode: float
    high: float

    def ppf(self, u: Array) -> Array:
        """Values at the probabilities `u`."""
        import numpy as np

        u = np.asarray(u, dtype=float)
        width, left, right = self.high - self.low, self.mode - self.low, self.high - self.mode
        rising = self.low + np.sqrt(u * (width * left))
        falling = self.high - np.sqrt((1 - u) * (width * right))
        value: Array = np.where(u * width < left, rising, falling)
        return value

    def cdf(self, value: float) -> float:
        """The probability of lying at or below a value."""
        if value <= self.low:
            return 0.0
        if value >= self.high:
            return 1.0
        width = self.high - self.low
        if value <= self.mode:
            return (value - self.low) / width * ((value - self.low) / (self.mode - self.low))
        return 1 - (self.high - value) / width * ((self.high - value) / (self.high - self.mode))

    def describe(self, wording: Wording = number_text) -> str:
        """The three corners."""
        return f"{wording(self.low)} to {wording(self.high)}, most likely {wording(self.mode)} (triangular)"

    def plain(self) -> Plain:
        """The three corners."""
        return {"form": "triangular", "low": self.low, "mode": self.mode, "high": self.high}


@dataclass(frozen=True, slots=True)
class MeanSd:
    """Known by mean and standard deviation: normal, lognormal for positive units, beta for shares."""

    mean: float
    sd: float
    scale: Scale = "linear"

    def _lognormal(self) -> tuple[float, float]:
        variance = math.log1p((self.sd / self.mean) ** 2)
        return math.log(self.mean) - variance / 2, math.sqrt(variance)

    def _beta(self) -> tuple[float, float]:
        total = self.mean * (1 - self.mean) / self.sd**2 - 1
        return self.mean * total, (1 - self.mean) * total

    def ppf(self, u: Array) -> Array:
        """Values at the probabilities `u`."""
        import numpy as np
        from scipy.special import betaincinv

        from forecast.inversion import normal

        u = np.asarray(u, dtype=float)
        if self.scale == "logit":
            shares: Array = betaincinv(*self._beta(), u)
            return shares
        if self.scale == "log":
            centre, spread = self._lognormal()
            return _from_scale(centre + spread * normal(u), "log")
        values: Array = self.mean + self.sd * normal(u)
        return values

    def cdf(self, value: float) -> float:
        """The probability of lying at or below a value."""
        from scipy.special import betainc, ndtr

        if self.scale == "logit":
            return float(betainc(*self._beta(), min(max(value, 0.0), 1.0)))
        if self.scale == "log":
            centre, spread = self._lognormal()
            return float(ndtr((math.log(value) - centre) / spread)) if value > 0 else 0.0
        return float(ndtr((value - self.mean) / self.sd))

    def describe(self, wording: Wording = number_text) -> str:
        """The two moments and the family."""
        family = {"log": "lognormal", "logit": "beta"}.get(self.scale, "normal")
        return f"mean {wording(self.mean)}, standard deviation {wording(self.sd)} ({family})"

    def plain(self) -> Plain:
        """The two moments and the scale."""
        return {"form": "mean_sd", "scale": self.scale, "mean": self.mean, "sd": self.sd}


@dataclass(frozen=True, slots=True)
class Samples:
    """A column of numbers from a file, with straight lines between its sorted values."""

    values: tuple[float, ...]
    name: str = ""

    def ppf(self, u: Array) -> Array:
        """Values at the probabilities `u`; the least and the greatest sample are the ends."""
        import numpy as np

        value: Array = np.interp(np.asarray(u, dtype=float), np.linspace(0, 1, len(self.values)), self.values)
        return value

    def cdf(self, value: float) -> float:
        """The probability of lying at or below a value."""
        import numpy as np

        if value >= self.values[-1]:
            return 1.0
        if value < self.values[0]:
            return 0.0
        above = int(np.searchsorted(self.values, value, side="right"))
        low, high = self.values[above - 1], self.values[above]
        return (above - 1 + (value - low) / (high - low)) / (len(self.values) - 1)

    def describe(self, wording: Wording = number_text) -> str:
        """How many samples, and how far they reach."""
        ends = f"{wording(self.values[0])} to {wording(self.values[-1])}"
        return f"{len(self.values):,} samples from {self.name or 'a file'}, {ends}"

    def plain(self) -> Plain:
        """All sorted values; the file's name is no part of what the scenario says."""
        return {"form": "samples", "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class Fitted:
    """What the fit of history says, scaled and shifted: ``scale * fitted + shift``.

    It has no quantile function of its own: the draws come from the posterior, joint with all other fitted quantities.
    """

    scale: float = 1.0
    shift: float = 0.0

    def apply(self, draws: Array) -> Array:
        """The posterior's draws as this scenario wants them; the same array when it changes nothing."""
        return draws if self.scale == 1 and self.shift == 0 else self.scale * draws + self.shift

    def ppf(self, u: Array) -> Array:
        """Refused: only the posterior knows.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a fitted assumption is drawn from the posterior: use apply(draws)")

    def cdf(self, value: float) -> float:
        """Refused: only the posterior knows.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a fitted assumption is drawn from the posterior: use apply(draws)")

    def describe(self, wording: Wording = number_text) -> str:
        """What is done to the fitted value."""
        words = "fitted to history"
        if self.scale != 1:
            words += f", times {number_text(self.scale)}"
        return words if self.shift == 0 else f"{words}, shifted by {wording(self.shift)}"

    def plain(self) -> Plain:
        """Scale and shift."""
        return {"form": "fitted", "scale": self.scale, "shift": self.shift}


@dataclass(frozen=True, slots=True)
class Truncated:
    """Another distribution, given that it lies within limits: what was outside is spread over the inside."""

    inner: Distribution
    low: float = -math.inf
    high: float = math.inf

    def _window(self) -> tuple[float, float]:
        low = self.inner.cdf(self.low) if math.isfinite(self.low) else 0.0
        return low, self.inner.cdf(self.high) if math.isfinite(self.high) else 1.0

    def ppf(self, u: Array) -> Array:
        """Values at the probabilities `u` of the part within the limits."""
        import numpy as np

        low, high = self._window()
        # The clip only mends the last digit, where the quantile function undoes the distribution function.
        return np.clip(self.inner.ppf(low + np.asarray(u, dtype=float) * (high - low)), self.low, self.high)

    def cdf(self, value: float) -> float:
        """The probability of lying at or below a value, within the limits."""
        low, high = self._window()
        return min(max((self.inner.cdf(value) - low) / (high - low), 0.0), 1.0)

    @property
    def mass(self) -> float:
        """How much of the inner distribution lies within the limits."""
        low, high = self._window()
        return high - low

    def describe(self, wording: Wording = number_text) -> str:
        """The inner distribution and the limits."""
        limits = [f"at least {wording(self.low)}"] if math.isfinite(self.low) else []
        limits += [f"at most {wording(self.high)}"] if math.isfinite(self.high) else []
        return f"{self.inner.describe(wording)}, cut to {' and '.join(limits)}"

    def plain(self) -> Plain:
        """The inner form and the finite limits."""
        content = dict(self.inner.plain())
        content.update({"min": self.low} if math.isfinite(self.low) else {})
        content.update({"max": self.high} if math.isfinite(self.high) else {})
        return content


_FORMS: dict[str, Callable[..., Distribution]] = {
    "constant": Constant,
    "quantiles": Quantiles,
    "triangular": Triangular,
    "mean_sd": MeanSd,
    "samples": Samples,
    "fitted": Fitted,
}


def from_plain(plain: Mapping[str, Any]) -> Distribution:
    """The distribution whose `Distribution.plain` this is; what else stands there is left alone.

    Raises:
        KeyError: There is no such form.
        TypeError: Its numbers are not those of the form.
    """
    made = _FORMS[plain["form"]]
    inner = made(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in plain.items()
            if name not in ("form", "unit", "dollars", "min", "max")
        }
    )
    if "min" not in plain and "max" not in plain:
        return inner
    return Truncated(inner, plain.get("min", -math.inf), plain.get("max", math.inf))


_FAMILIES: dict[Scale, str] = {
    "linear": "normal",
    "log": "lognormal",
    "logit": "logit-normal",
    "rate": "lognormal in the factor",
}
_SUPPORTS: dict[Scale, tuple[float, float]] = {"log": (0.0, math.inf), "logit": (0.0, 1.0)}


@lru_cache(maxsize=4096)
def _points(p5: float, p50: float | None, p95: float, scale: Scale) -> tuple[float, float, float]:
    """The three quantiles on the scale; asked for again with every block of draws."""
    low, high = _to_scale(p5, scale), _to_scale(p95, scale)
    # Half of each first: the sum of two large values could overflow.
    return low, low / 2 + high / 2 if p50 is None else _to_scale(p50, scale), high


def _to_scale(value: float, scale: Scale) -> float:
    if scale == "log":
        return math.log(value)
    return math.log(value) - math.log1p(-value) if scale == "logit" else value


@lru_cache(maxsize=4096)
def _lines(p5: float, p50: float | None, p95: float, scale: Scale) -> tuple[float, float, float]:
    """Two straight lines in the normal score that meet at the median: mean slope, half the difference, and the median.

    Half the difference counts the other way below the median.
    """
    low, middle, high = _points(p5, p50, p95, scale)
    above, below = (high - middle) / Z95, (middle - low) / Z95
    return (above, 0.0, middle) if p50 is None else (above / 2 + below / 2, above / 2 - below / 2, middle)


def ppf_of_each(distributions: Sequence[Distribution], u: Array) -> Array:
    """Values of several distributions, each at the probabilities of its row; as `Distribution.ppf`, in fewer steps.

    Args:
        distributions: The distributions, usually of one quantity for several members.
        u: Probabilities, shape ``(distribution, draw)``.

    Returns:
        Same shape as `u`.
    """
    import numpy as np

    alike: dict[Scale, list[tuple[int, Quantiles]]] = {}
    for place, each in enumerate(distributions):
        if isinstance(each, Quantiles):
            alike.setdefault(each.scale, []).append((place, each))
    values = np.empty_like(u)
    for some in alike.values():
        if len(some) == len(distributions):
            return _on_lines([each for _, each in some], u)
        places = [place for place, _ in some]
        values[places] = _on_lines([each for _, each in some], u[places])
    for place, each in enumerate(distributions):
        if not isinstance(each, Quantiles):
            values[place] = each.ppf(u[place])
    return values


def _on_lines(distributions: Sequence[Quantiles], u: Array) -> Array:
    """Values of several distributions of one scale, each at the probabilities of its row."""
    import numpy as np

    from forecast.compiled import hastened, machine_code
    from forecast.inversion import normal

    lines = [_lines(each.p5, each.p50, each.p95, each.scale) for each in distributions]
    slope, bend, middle = np.array(lines).T[:, :, np.newaxis]
    scores = normal(u)
    if hastened():
        machine_code(_move)(scores, slope, bend, middle)
    else:
        if bend.any():
            bent = np.abs(scores)
            bent *= bend
            scores *= slope
            scores += bent
        else:
            scores *= slope
        scores += middle
    return _from_scale(scores, distributions[0].scale)


def _move(scores: Any, slope: Any, bend: Any, middle: Any) -> None:
    """Put the values on each row's lines in the place of its normal scores; lines have shape ``(row, 1)``."""
    for row in range(scores.shape[0]):
        rise, turn, start = slope[row, 0], bend[row, 0], middle[row, 0]
        for place in range(scores.shape[1]):
            score = scores[row, place]
            scores[row, place] = score * rise + abs(score) * turn + start


def _from_scale(value: Any, scale: Scale) -> Array:
    import numpy as np

    if scale == "log":
        # Cannot overflow: scenarios admit 1e-60 to 1e60, and no uniform number lies more than nine deviations out.
        result: Array = np.exp(value)
    elif scale == "logit":
        # A third of the time that `scipy.special.expit` takes; a share too small for a number is none in both.
        with np.errstate(over="ignore"):
            result = np.exp(np.negative(value))
        result = 1.0 / (1.0 + result)
    else:
        result = np.asarray(value)
    return result
