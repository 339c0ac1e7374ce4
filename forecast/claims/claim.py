"""What a claim of the essay is, and what an answer to it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forecast.report.numbers import interval, margin, percent, quantity

Status = Literal[
    "true", "roughly true", "false", "came true", "partly", "failed", "open", "likely", "not measured"
]
SettledBy = Literal["history", "trajectories", "not quantified"]

CLOSE, ROUGH = 1.1, 2.0
"""Within these factors of a recorded figure a statement is true, or roughly true."""


@dataclass(frozen=True)
class Figure:
    """One number of an answer.

    Attributes:
        name: What it is.
        unit: Its unit: a model unit, or ``probability``.
        value: The number; the median where it comes from trajectories.
        low: Lower end of the range, or None.
        high: Upper end of the range, or None.
        interval: What the ends mean: ``90%`` for a central 90% interval, ``range`` for different records or methods;
            empty without ends.
        error: Monte Carlo standard error of the value, None for what history records.
    """

    name: str
    unit: str
    value: float
    low: float | None = None
    high: float | None = None
    interval: Literal["", "90%", "range"] = ""
    error: float | None = None

    def __str__(self) -> str:
        """The number in words, a probability with its Monte Carlo error, anything else with its range."""
        if self.unit == "probability":
            error = margin(self.error) if self.error is not None else ""
            return f"{percent(self.value)}{f' ({error})' if error else ''}"
        text = quantity(self.value, self.unit)
        if self.low is None or self.high is None:
            return text
        return f"{text} ({ends(self.low, self.high, self.unit)})"


@dataclass(frozen=True)
class Answer:
    """What our tables and trajectories say to one claim.

    Attributes:
        ours: The answer in words.
        figures: Its numbers, the one that answers the claim first; empty where nothing can be quantified.
        outcome: What is known to have happened.
        status: How the claim stands.
        rows: Ids of the rows of history that answer and outcome rest on.
    """

    ours: str
    figures: tuple[Figure, ...]
    outcome: str
    status: Status
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statement:
    """What the essay says: one row of ``essay.csv``.

    Attributes:
        number: The claim's number.
        subject: What it is about.
        claim: The claim in our words.
        essay: The essay's own figure in short.
        value: That figure, in ``unit``; None where there is none or only a range.
        low: Lower end of the essay's range, or None.
        high: Its upper end, or None.
        unit: The unit of the figure; empty without one.
        second: A further figure of the same sentence, in ``second_unit``; None without one.
        second_unit: Its unit.
    """

    number: int
    subject: str
    claim: str
    essay: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    second: float | None = None
    second_unit: str = ""

    @property
    def further(self) -> float:
        """The further figure of the same sentence."""
        if self.second is None:
            raise ValueError(f"claim {self.number} states no further number")
        return self.second

    @property
    def figure(self) -> float:
        """The essay's own number."""
        if self.value is None:
            raise ValueError(f"claim {self.number} states no number")
        return self.value

    @property
    def range(self) -> tuple[float, float]:
        """The ends of the essay's range; one number is both its ends."""
        return (
            self.figure if self.low is None else self.low,
            self.figure if self.high is None else self.high,
        )


@dataclass(frozen=True)
class Claim:
    """One claim of the essay, answered.

    Attributes:
        statement: What the essay says.
        answer: What we say.
        settled_by: Whether history or trajectories give the answer.
        source: Where the facts can be looked up.
    """

    statement: Statement
    answer: Answer
    settled_by: SettledBy
    source: str

    @property
    def number(self) -> int:
        """The claim's number, 1 to 45."""
        return self.statement.number

    @property
    def headline(self) -> Figure | None:
        """The number that answers the claim, None where it cannot be quantified."""
        return self.answer.figures[0] if self.answer.figures else None


def ends(low: float, high: float, unit: str) -> str:
    """A range in words beside a number that already says its unit's ``a year``."""
    return interval(low, high, unit.removesuffix("/yr"))


def verdict(stated: float, found: float) -> Status:
    """Whether a stated number is true, roughly true or false beside a recorded one."""
    if stated * found <= 0.0:
        return "false"
    off = max(stated / found, found / stated)
    return "true" if off <= CLOSE else "roughly true" if off <= ROUGH else "false"


def verdict_of_both(first: Status, second: Status) -> Status:
    """Whether a sentence with two numbers holds: as well as the worse of them, partly where only one is false."""
    if (first == "false") != (second == "false"):
        return "partly"
    return first if first != "true" else second


def verdict_of_ranges(stated: tuple[float, float], found: tuple[float, float]) -> Status:
    """The same for ranges: true where they overlap, else by the gap between their nearest ends."""
    if stated[0] <= found[1] and found[0] <= stated[1]:
        return "true"
    return verdict(stated[0], found[1]) if stated[0] > found[1] else verdict(stated[1], found[0])
