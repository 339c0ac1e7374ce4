"""What a scenario is once it has been read: assumptions, members, events, correlations, horizon."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from numbers import Real
from pathlib import Path
from typing import Any, Literal, Protocol

from forecast.errors import UsageError
from forecast.scenario.distributions import Distribution, Fitted, from_plain, number_text
from forecast.scenario.growth import growth_text
from forecast.scenario.reader import Where

Section = Literal["", "labs", "sources", "tiers"]
SECTIONS: tuple[Section, ...] = ("labs", "sources", "tiers")
RATE = "1/yr"


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """What the formulas ask of an assumption: its unit, which values it admits, and whose it is.

    ``section`` is empty for one number for the whole world, else the section whose every member has its own number.
    ``positive`` units admit neither zero nor less, ``nonnegative`` ones zero but nothing less, ``bounded`` ones only
    values from 0 to 1. ``fitted`` says whether the fit of history estimates it, so that a scenario may leave it to
    the fit. ``subject`` is the part of the model that uses it, such as ``algorithms``.
    """

    name: str
    unit: str
    section: Section = ""
    positive: bool = False
    nonnegative: bool = False
    bounded: bool = False
    fitted: bool = True
    subject: str = ""

    @property
    def is_rate(self) -> bool:
        """Whether it is a growth rate, which is written with a growth unit."""
        return self.unit == RATE


@dataclass(frozen=True, slots=True)
class Assumption:
    """What a scenario says about one driver, or about one driver of one member.

    ``dollars`` is the year in whose dollars an amount of money is written; none means dollars of 2023.
    """

    name: str
    unit: str
    distribution: Distribution
    where: Where
    why: str = ""
    source: str = ""
    dated: date | None = None
    verified: bool = True
    dollars: int | None = None

    @property
    def is_fitted(self) -> bool:
        """Whether the value comes from the fit of history."""
        return isinstance(self.distribution, Fitted)

    def describe(self) -> str:
        """The distribution in words, growth rates as yearly factors."""
        return self.distribution.describe(growth_text if self.unit == RATE else number_text)


@dataclass(frozen=True, slots=True)
class Member:
    """A lab, a data source or a labeling tier."""

    id: str
    name: str
    where: Where


@dataclass(frozen=True, slots=True)
class Event:
    """Something that may happen: with a probability, once, in a year, multiplying a variable while it lasts.

    The year is uniform over whole years from ``first_year`` to ``last_year``; ``lasts`` counts years, and none means
    that the effect stays to the end.
    """

    name: str
    probability: float
    first_year: int
    last_year: int
    affects: str
    factor: Distribution
    where: Where
    lasts: float | None = None
    why: str = ""
    source: str = ""
    dated: date | None = None
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Correlation:
    """How two drivers move together: the correlation of their normal scores."""

    first: str
    second: str
    rho: float
    where: Where
    why: str = ""
    source: str = ""
    dated: date | None = None
    verified: bool = True


class Reading(Protocol):
    """Reads a scenario's files again, with other texts laid over them."""

    def __call__(self, *, overrides: tuple[str, ...]) -> Scenario:
        """The scenario with these texts laid over its files in their order."""


@dataclass(frozen=True)
class Scenario:
    """One state of assumptions about the world, complete and checked.

    ``assumptions`` holds one number for the whole world a driver; ``member_assumptions`` maps driver, then member, to
    what holds for that member, defaults filled in, in the order of the file. ``overrides`` are the texts that were laid
    over the files, ``reading`` reads them again.
    """

    name: str
    title: str
    description: str
    path: Path
    as_of: date
    first_year: int
    last_year: int
    thresholds: tuple[float, ...]
    assumptions: Mapping[str, Assumption]
    member_assumptions: Mapping[str, Mapping[str, Assumption]]
    members: Mapping[Section, Mapping[str, Member]]
    events: tuple[Event, ...]
    correlations: tuple[Correlation, ...]
    where: Mapping[str, Where]
    overrides: tuple[str, ...] = field(default=(), compare=False)
    reading: Reading | None = field(default=None, repr=False, compare=False)

    def with_(self, **assumptions: object) -> Scenario:
        """The same scenario with other assumptions, checked as if they stood in its file.

        >>> from forecast import load
        >>> baseline = load("scenarios/baseline.yaml")
        >>> baseline.with_(algorithmic_growth="3x/yr").assumptions["algorithmic_growth"].describe()
        '3x/yr'
        >>> wide = baseline.with_(algorithmic_growth={"p5": "2x/yr", "p95": "8x/yr"})
        >>> generous = baseline.with_(**{"labs.openai.backing_weight": 4})

        Args:
            assumptions: What each shall be: a text as after ``--set``, a number, or a mapping with keys such as
                ``p5``; None removes what the file says. What belongs to a lab, source or tier has a name with dots.

        Raises:
            ScenarioError: With every mistake in them.
        """
        if self.reading is None:
            raise UsageError(
                f"{self.name} was not read from a file; change its fields by dataclasses.replace"
            )
        texts = tuple(f"{name}={_written(value)}" for name, value in assumptions.items())
        changed = self.reading(overrides=(*self.overrides, *texts))
        # A scenario that was moved to another date stays there.
        moved = ("as_of", "first_year", "last_year")
        if any(name in assumptions for name in moved):
            return changed
        return replace(changed, **{name: getattr(self, name) for name in moved})

    @property
    def years(self) -> tuple[int, ...]:
        """The years of the horizon, the nowcast year first."""
        return tuple(range(self.first_year, self.last_year + 1))

    @property
    def labs(self) -> Mapping[str, Member]:
        """The labs that may pay for a run."""
        return self.members["labs"]

    @property
    def sources(self) -> Mapping[str, Member]:
        """The sources of training data."""
        return self.members["sources"]

    @property
    def tiers(self) -> Mapping[str, Member]:
        """The tiers of labeling work."""
        return self.members["tiers"]

    def plain(self) -> dict[str, object]:
        """Everything that can change a result, as JSON-ready values; no prose, no places."""
        return {
            "name": self.name,
            "as_of": self.as_of.isoformat(),
            "first_year": self.first_year,
            "last_year": self.last_year,
            "thresholds": list(self.thresholds),
            "assumptions": {name: _assumption(value) for name, value in self.assumptions.items()},
            # A list, since the order of members is the order of an axis.
            "members": {
                section: [[member.id, member.name] for member in members.values()]
                for section, members in self.members.items()
            },
            "member_assumptions": {
                name: {member: _assumption(value) for member, value in values.items()}
                for name, values in self.member_assumptions.items()
            },
            "events": [
                {
                    "name": event.name,
                    "probability": event.probability,
                    "year": [event.first_year, event.last_year],
                    "affects": event.affects,
                    "factor": event.factor.plain(),
                    "lasts": event.lasts,
                }
                for event in self.events
            ],
            "correlations": sorted(
                [*sorted((each.first, each.second)), each.rho] for each in self.correlations
            ),
        }

    @property
    def digest(self) -> str:
        """The SHA-256 of what the scenario says, the same however its files are laid out or commented."""
        text = json.dumps(self.plain(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _written(value: object) -> str:
    """A value as a scenario file would say it."""
    if isinstance(value, str):
        return value
    # What JSON says, YAML says too; NumPy's numbers become Python's.
    return json.dumps(value, default=lambda each: float(each) if isinstance(each, Real) else str(each))


def describe_plain(assumption: Mapping[str, Any]) -> str:
    """In words what an assumption says, from its place in `Scenario.plain`, as a record of an earlier run holds it.

    Raises:
        KeyError: It has no form that is known.
        TypeError: Its numbers are not those of its form.
    """
    wording = growth_text if assumption["unit"] == RATE else number_text
    dollars = f", in dollars of {assumption['dollars']}" if assumption["dollars"] else ""
    return f"{from_plain(assumption).describe(wording)}{dollars}"


def _assumption(assumption: Assumption) -> dict[str, object]:
    return {"unit": assumption.unit, "dollars": assumption.dollars, **assumption.distribution.plain()}
