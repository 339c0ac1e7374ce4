"""The JSON Schema of scenario files, for editors: completion, documentation on hover and early warnings.

It is generated from the same tables as the reader, and says less: that quantiles rise, that a name is a driver or that
a year lies within the horizon only `forecast.scenario.load` can tell. Names of drivers stay out of it, so that a new
driver needs no new schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from forecast.scenario.load import (
    CORRELATION_KEYS,
    DEFAULTS,
    EVENT_KEYS,
    MAX_CORRELATIONS,
    MAX_EVENTS,
    MAX_THRESHOLDS,
    MEMBER_PATTERN,
    NAME_PATTERN,
)
from forecast.scenario.merge import REMOVE, TOP_KEYS
from forecast.scenario.reader import MAX_TEXT
from forecast.scenario.scenario import SECTIONS
from forecast.scenario.values import MAX_MAGNITUDE

VERSION = 1
_NUMBER = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
_GROWTH = rf"{_NUMBER}\s*(x|%)\s*(/\s*|per\s+|a\s+)(yr|year)"
_DURATION = rf"{_NUMBER}\s*(day|week|month|year|yr)s?"
_TIME = rf"(doubling|halving)\s*:?\s+{_DURATION}"
_HEAD = rf"{_NUMBER}\s*(x|%)?"

_TITLES = {
    "name": "Short name; the folder of results is called so",
    "title": "Title for charts and reports",
    "description": "What this future is about",
    "extends": "Another scenario file in the same folder, from which everything is taken that is not said here",
    "as_of": "The date up to which history is known",
    "first_year": "The nowcast year",
    "last_year": "The last year of the forecast",
    "thresholds": "Costs in US dollars of 2023 whose crossing is reported",
    "assumptions": "What is assumed about each driver that is one number for the whole world",
    "labs": "What is assumed about each lab; defaults hold for every lab that does not say otherwise",
    "sources": "What is assumed about each source of training data",
    "tiers": "What is assumed about each tier of labeling work",
    "events": "What may happen once, with a probability; replaces inherited events",
    "add_events": "Events added to the inherited ones",
    "correlations": "How drivers move together",
}


def schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of a scenario file."""
    section = _ref("section")
    properties: dict[str, dict[str, object]] = {
        "name": {"type": "string", "pattern": f"^{NAME_PATTERN}$"},
        "title": _ref("text"),
        "description": _ref("text"),
        "extends": {"type": ["string", "null"], "minLength": 1, "pattern": r"^[^/~\\][^\\]*$"},
        "as_of": _ref("date"),
        "first_year": {"type": "integer", "minimum": 2012, "maximum": 2101},
        "last_year": {"type": "integer", "minimum": 2013, "maximum": 2131},
        "thresholds": {
            "type": ["array", "null"],
            "items": {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_MAGNITUDE},
            "maxItems": MAX_THRESHOLDS,
            "uniqueItems": True,
        },
        "assumptions": {"type": "object", "additionalProperties": _ref("assumption_or_removed")},
        **dict.fromkeys(SECTIONS, section),
        "events": {"type": ["array", "null"], "items": _ref("event"), "maxItems": MAX_EVENTS},
        "add_events": {"type": "array", "items": _ref("event"), "maxItems": MAX_EVENTS},
        "correlations": {
            "type": ["array", "null"],
            "items": _ref("correlation"),
            "maxItems": MAX_CORRELATIONS,
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of the cost of frontier AI training",
        "description": f"Version {VERSION} of the scenario language",
        "type": "object",
        "required": ["name"],
        # A file stands for itself or extends another one, which then says as of when.
        "anyOf": [{"required": ["as_of"]}, {"required": ["extends"]}],
        "additionalProperties": False,
        "properties": {key: _titled(properties[key], _TITLES[key]) for key in TOP_KEYS},
        "$defs": _definitions(),
    }


def schema_text() -> str:
    """The schema as the text of the published file."""
    return json.dumps(schema(), indent=2) + "\n"


def _ref(name: str) -> dict[str, object]:
    return {"$ref": f"#/$defs/{name}"}


def _titled(value: Mapping[str, object], title: str) -> dict[str, object]:
    return {"description": title, **value}


def _definitions() -> dict[str, object]:
    prose: dict[str, object] = {
        "why": _titled(_ref("text"), "Why this number"),
        "source": _titled(_ref("text"), "Where it comes from"),
        "dated": _titled(_ref("date"), "The date of the newest source used; never after as_of"),
        "verified": {"description": "Whether somebody looked the number up", **_ref("truth")},
    }
    number_or_growth = [_ref("number"), _ref("growth"), _ref("range")]
    forms: dict[str, object] = {
        "value": {
            "description": "The value, or a 90% interval as text",
            "anyOf": number_or_growth,
        },
        "p5": _titled(_ref("value"), "The value that is undercut with 5% probability"),
        "p50": _titled(_ref("value"), "The median"),
        "p95": _titled(_ref("value"), "The value that is exceeded with 5% probability"),
        "low": _titled(_ref("value"), "The lowest possible value"),
        "mode": _titled(_ref("value"), "The likeliest value"),
        "high": _titled(_ref("value"), "The highest possible value"),
        "mean": _titled(_ref("value"), "The mean"),
        "sd": {"description": "The standard deviation", "type": "number", "exclusiveMinimum": 0},
        "samples": {"description": "A file with one number a line", "type": "string", "minLength": 1},
        "fitted": {
            "description": "What the fit of history says, times scale, plus shift",
            "type": ["object", "null"],
            "additionalProperties": False,
            "properties": {"scale": {"type": "number", "exclusiveMinimum": 0}, "shift": _ref("value")},
        },
        "doubling": _titled(_ref("durations"), "The time in which it doubles"),
        "halving": _titled(_ref("durations"), "The time in which it halves"),
    }
    limits = {"min": _titled(_ref("value"), "Cut below"), "max": _titled(_ref("value"), "Cut above")}
    combinations = [
        ["value"],
        ["p5", "p95"],
        ["p5", "p50", "p95"],
        ["low", "mode", "high"],
        ["mean", "sd"],
        ["samples"],
        ["fitted"],
        ["doubling"],
        ["halving"],
    ]

    def described(also: dict[str, object]) -> list[dict[str, object]]:
        return [
            {
                "type": "object",
                "required": keys,
                "additionalProperties": False,
                "properties": {**{key: forms[key] for key in keys}, **limits, **also},
            }
            for keys in combinations
        ]

    unit: dict[str, object] = {
        "unit": _titled(_ref("text"), "The unit, which must be the driver's"),
        "dollars": {
            "description": "The year in whose dollars it is written; 2023 by default",
            "type": "integer",
        },
    }
    event: dict[str, object] = {
        "name": _titled(_ref("text"), "What it is called; no two events have one name"),
        "probability": {
            "description": "The probability that it happens at all, 0 to 1",
            "type": "number",
            "minimum": 0,
            "maximum": 1,
        },
        "year": {
            "description": "The year in which it happens, or the first and last that it may happen in, equally likely",
            "anyOf": [
                {"type": "integer"},
                {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
            ],
        },
        "affects": _titled(_ref("text"), "The variable that is multiplied"),
        "factor": {
            "description": "What the variable is multiplied by: a number or a distribution",
            "anyOf": [{"type": "number", "exclusiveMinimum": 0}, _ref("range"), *described({})],
        },
        "lasts": {
            "description": "Years; to the end by default",
            "type": ["number", "null"],
            "exclusiveMinimum": 0,
        },
        **prose,
    }
    correlation: dict[str, object] = {
        "between": {
            "description": "The names of two drivers",
            "type": "array",
            "items": _ref("text"),
            "minItems": 2,
            "maxItems": 2,
            "uniqueItems": True,
        },
        "rho": {
            "description": "The correlation of their normal scores (a Gaussian copula), between -1 and 1",
            "type": "number",
            "exclusiveMinimum": -1,
            "exclusiveMaximum": 1,
        },
        **prose,
    }
    return {
        "text": {"type": ["string", "number", "boolean"], "maxLength": MAX_TEXT},
        "truth": {"enum": [True, False, "yes", "no"]},
        "date": {"type": ["string", "integer"], "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"},
        "number": {"type": "number", "minimum": -MAX_MAGNITUDE, "maximum": MAX_MAGNITUDE},
        "growth": {"type": "string", "pattern": f"^({_GROWTH}|{_TIME})$"},
        "range": {
            "type": "string",
            "pattern": rf"^({_HEAD}|{_GROWTH}|{_TIME})\s+to\s+({_NUMBER}|{_GROWTH}|{_TIME})$",
        },
        "durations": {"type": "string", "pattern": rf"^({_NUMBER}|{_DURATION})(\s+to\s+{_DURATION})?$"},
        "value": {
            "anyOf": [
                _ref("number"),
                _ref("growth"),
                *(
                    {
                        "type": "object",
                        "required": [kind],
                        "additionalProperties": False,
                        "properties": {kind: _ref("durations")},
                    }
                    for kind in ("doubling", "halving")
                ),
            ]
        },
        "assumption": {"anyOf": [*number_or_growth, *described({**prose, **unit})]},
        "assumption_or_removed": {"anyOf": [_ref("assumption"), {"type": "null"}]},
        "section": {
            "type": "object",
            "propertyNames": {"pattern": f"^{MEMBER_PATTERN}$"},
            "properties": {
                DEFAULTS: {"type": "object", "additionalProperties": _ref("assumption_or_removed")}
            },
            "additionalProperties": _ref("member"),
        },
        "member": {
            "anyOf": [
                {"type": "null"},
                {"const": REMOVE},
                {
                    "type": "object",
                    "properties": {"name": _ref("text")},
                    "additionalProperties": _ref("assumption_or_removed"),
                },
            ]
        },
        "event": {
            "type": "object",
            "required": ["name", "probability", "year", "affects", "factor"],
            "additionalProperties": False,
            "properties": {key: event[key] for key in EVENT_KEYS},
        },
        "correlation": {
            "type": "object",
            "required": ["between", "rho"],
            "additionalProperties": False,
            "properties": {key: correlation[key] for key in CORRELATION_KEYS},
        },
    }
