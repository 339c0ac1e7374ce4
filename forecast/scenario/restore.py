"""A scenario made again from what `run.json` keeps of it: everything that can change a result, without its prose."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast

from forecast.errors import UsageError
from forecast.scenario.distributions import (
    Constant,
    Distribution,
    Fitted,
    MeanSd,
    Quantiles,
    Samples,
    Scale,
    Triangular,
    Truncated,
)
from forecast.scenario.load import MAX_HORIZON, MEMBER_PATTERN, NAME_PATTERN
from forecast.scenario.reader import Where
from forecast.scenario.scenario import SECTIONS, Assumption, Correlation, Event, Member, Scenario

_SCALES = ("linear", "log", "logit", "rate")


def restored(plain: Mapping[str, Any], digest: str, *, title: str, path: Path) -> Scenario:
    """The scenario that `Scenario.plain` was written from.

    Args:
        plain: What it returned, after a way through JSON.
        digest: The digest of the scenario then.
        title: Its title, which is no part of the digest.
        path: The record it stands in, for messages.

    Raises:
        UsageError: It was changed since, or is none.
    """
    try:
        found = _scenario(plain, title, path)
        same = found.digest == digest
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"{path} keeps no scenario that can be run again ({error!r})") from error
    if not same:
        raise UsageError(
            f"{path}: the scenario in it does not fit its scenario_digest, so one of them was changed; "
            "take the file as the run wrote it"
        )
    return found


def _scenario(plain: Mapping[str, Any], title: str, path: Path) -> Scenario:
    where = Where(str(path))
    name, first, last = plain["name"], int(plain["first_year"]), int(plain["last_year"])
    if not re.fullmatch(NAME_PATTERN, name) or not 0 < last - first <= MAX_HORIZON:
        raise ValueError("its name or its horizon is none")
    return Scenario(
        name=name,
        title=str(title),
        description="",
        path=path,
        as_of=date.fromisoformat(plain["as_of"]),
        first_year=first,
        last_year=last,
        thresholds=tuple(_number(value) for value in plain["thresholds"]),
        assumptions={name: _assumption(name, each, where) for name, each in plain["assumptions"].items()},
        member_assumptions={
            name: {member: _assumption(name, each, where) for member, each in given.items()}
            for name, given in plain["member_assumptions"].items()
        },
        members={
            section: {
                identity: Member(_matching(MEMBER_PATTERN, identity), str(called), where)
                for identity, called in plain["members"][section]
            }
            for section in SECTIONS
        },
        events=tuple(_event(each, where) for each in plain["events"]),
        correlations=tuple(
            Correlation(str(one), str(other), _number(rho), where)
            for one, other, rho in plain["correlations"]
        ),
        where={},
    )


def _assumption(name: str, plain: Mapping[str, Any], where: Where) -> Assumption:
    dollars = plain["dollars"]
    return Assumption(
        name,
        str(plain["unit"]),
        distribution(plain),
        where,
        dollars=None if dollars is None else int(dollars),
    )


def _event(plain: Mapping[str, Any], where: Where) -> Event:
    first, last = plain["year"]
    return Event(
        name=str(plain["name"]),
        probability=_number(plain["probability"]),
        first_year=int(first),
        last_year=int(last),
        affects=str(plain["affects"]),
        factor=distribution(plain["factor"]),
        where=where,
        lasts=None if plain["lasts"] is None else _number(plain["lasts"]),
    )


def distribution(plain: Mapping[str, Any]) -> Distribution:
    """The distribution that `Distribution.plain` was written from.

    Raises:
        KeyError: A number is missing.
        ValueError: It is no form of distribution, or a number is none.
    """
    inner = _form(plain)
    if "min" not in plain and "max" not in plain:
        return inner
    low, high = plain.get("min", -math.inf), plain.get("max", math.inf)
    return Truncated(inner, float(low), float(high))


def _form(plain: Mapping[str, Any]) -> Distribution:
    def number(key: str) -> float:
        return _number(plain[key])

    scale = plain.get("scale", "linear")
    if plain["form"] == "fitted":
        return Fitted(number("scale"), number("shift"))
    if scale not in _SCALES:
        raise ValueError(f"there is no scale {scale!r}")
    scale = cast("Scale", scale)
    match plain["form"]:
        case "constant":
            return Constant(number("value"))
        case "quantiles":
            return Quantiles(
                number("p5"), number("p95"), number("p50") if "p50" in plain else None, scale=scale
            )
        case "triangular":
            return Triangular(number("low"), number("mode"), number("high"))
        case "mean_sd":
            return MeanSd(number("mean"), number("sd"), scale)
        case "samples":
            return Samples(tuple(_number(value) for value in plain["values"]))
    raise ValueError(f"there is no form {plain['form']!r}")


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no finite number")
    # An integer of a file stays one: the digest tells 1 from 1.0.
    return value


def _matching(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text):
        raise ValueError(f"{text!r} is no id")
    return text
