"""Whatever a valid scenario says, its forecast is made of numbers, or it is refused by name."""

from __future__ import annotations

import json
import math
import re
import tempfile
import traceback
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecast import drivers
from forecast.errors import ScenarioError
from forecast.execution import Job
from forecast.model import graph
from forecast.run import outcome
from forecast.scenario import load, merge
from forecast.scenario.distributions import Constant
from forecast.scenario.load import CORRELATION_KEYS, EVENT_KEYS
from forecast.scenario.merge import REMOVE, TOP_KEYS
from forecast.scenario.reader import Where
from forecast.scenario.scenario import SECTIONS, DriverSpec, Event
from forecast.scenario.values import FORM_KEYS, META_KEYS
from forecast.shapes import FITTED
from forecast.summary.tallies import tally, with_counts

BASELINE = Path(__file__).parents[1] / "scenarios" / "baseline.yaml"
SPECS = drivers.specs()
AFFECTED = sorted(drivers.affectable())
FOLDER = tempfile.TemporaryDirectory(prefix="any-scenario-")
PLACE = Path(FOLDER.name)
PATHS = 32

seen: Counter[str] = Counter()


def bare(node):
    """A scenario's content without its prose, which takes most of the time that reading takes."""
    if isinstance(node, dict):
        return {key: bare(each) for key, each in node.items() if key not in ("why", "source", "dated")}
    # What a YAML library takes for text, such as 1e9, is a number to the reader.
    if isinstance(node, str) and re.fullmatch(r"[0-9.]+e-?[0-9]+", node):
        return float(node)
    return [bare(each) for each in node] if isinstance(node, list) else node


CONTENT = json.loads(json.dumps(bare(yaml.safe_load(BASELINE.read_text(encoding="utf-8"))), default=str))
(PLACE / "baseline.yaml").write_text(json.dumps(CONTENT, indent=1), encoding="utf-8")
WORLD = load(PLACE / "baseline.yaml", drivers=SPECS, events_affect=drivers.affectable())
# Read once: what takes the time is the file that all extend.
EVENT = Event("half price", 1.0, 2026, 2026, "training_cost", Constant(0.01), Where())
READ = merge.read
BASE = merge.read(PLACE / "baseline.yaml")
CORRELATED = {name for each in WORLD.correlations for name in (each.first, each.second)}


def test_the_world_that_random_scenarios_start_from_is_the_baseline(baseline):
    assert WORLD.digest == baseline.digest


def centre(name, member):
    """Where the baseline's own assumption lies, so that most changes stay near a world that can be imagined."""
    given_here = WORLD.member_assumptions[name].get(member) if member else WORLD.assumptions[name]
    if given_here is None or given_here.is_fitted:
        return None
    return float(given_here.distribution.ppf(np.array([0.5]))[0])


def rising(draw, least, most, count=3):
    # No sizes below those that the reader takes.
    numbers = st.floats(least, most).map(lambda each: round(each, 9))
    return sorted(draw(st.lists(numbers, min_size=count, max_size=count, unique=True)))


@st.composite
def growths(draw, factor):
    """One growth rate in any words for it; a slower one never reads as faster than another drawn here."""
    forms = [f"{factor:.6g}x/yr", f"{100 * (factor - 1):.6g}%/yr", f"{factor:.6g}x per year"]
    if abs(math.log(factor)) > 0.01:
        kind = "doubling" if factor > 1 else "halving"
        years = math.log(2) / abs(math.log(factor))
        forms += [f"{kind}: {years * 12:.6g} months", {kind: f"{years:.6g} years"}]
    return draw(st.sampled_from(forms))


@st.composite
def values(draw, spec, middle):
    """Three rising values that the unit admits, as numbers or, for a growth rate, as yearly factors."""
    if spec.is_rate:
        return rising(draw, 0.3, 9.0)
    if spec.bounded:
        return rising(draw, 0.001, 0.999)
    if spec.positive or spec.nonnegative:
        # Mostly within a factor of a thousand, sometimes anything that can be computed with.
        reach = draw(st.sampled_from([1.0, 1.0, 3.0, 3.0, 30.0]))
        powers = rising(draw, -reach, reach)
        return [10.0 ** min(max(math.log10(middle or 1.0) + power, -59.0), 59.0) for power in powers]
    if spec.unit == "calendar year":
        return rising(draw, 2001, 2049)
    return rising(draw, -3.0, 3.0)


@st.composite
def described(draw, spec, middle):
    """A distribution in any form that the schema knows for the unit, as a map, a number or a text."""
    low, mode, high = draw(values(spec, middle))
    if spec.is_rate:
        said = [draw(growths(each)) for each in (low, mode, high)]
        texts = [f"{low:.6g}x/yr to {high:.6g}x/yr", f"{low:.6g} to {high:.6g}x/yr"]
        if draw(st.booleans()):
            times = sorted(
                [12 * math.log(2) / math.log(1.05 + low), 12 * math.log(2) / math.log(1.05 + high)]
            )
            kind = draw(st.sampled_from(["doubling", "halving"]))
            return {
                kind: draw(
                    st.sampled_from([f"{times[0]:.6g} months", f"{times[0]:.6g} to {times[1]:.6g} months"])
                )
            }
    else:
        said, texts = [low, mode, high], [f"{low:.6g} to {high:.6g}"]
    short = [said[1], *texts]
    first, middling, last = said
    forms = [
        {"value": draw(st.sampled_from(short))},
        {"p5": first, "p95": last},
        {"p5": first, "p50": middling, "p95": last},
        {"low": first, "mode": middling, "high": last},
        {"samples": samples(draw, said)},
    ]
    if spec.bounded:
        forms += [{"low": 0, "mode": mode, "high": 1}, {"value": draw(st.sampled_from([0, 1]))}]
        forms.append({"mean": mode, "sd": 0.3 * math.sqrt(mode * (1 - mode))})
    elif not spec.is_rate:
        forms.append({"mean": high, "sd": max(abs(high), 1e-3) / draw(st.sampled_from([10.0, 2.0, 0.5]))})
    if spec.nonnegative and not spec.bounded:
        forms += [{"low": 0, "mode": mode, "high": high}, {"value": 0}]
    form = draw(st.sampled_from([*forms, *short]))
    if not isinstance(form, dict):
        return form
    if not {"value", "samples"} & set(form) and draw(st.booleans()):
        # Inside the middle of the distribution, so that enough of it is left.
        ends = {"min": said[0], "max": said[2]}
        if "mean" in form:
            ends = {"max": high} if high > 0 else {"min": high}
        form = form | {
            key: ends[key] for key in draw(st.sampled_from([["min"], ["max"], ["min", "max"]])) if key in ends
        }
    return form


def samples(draw, said):
    """A file of numbers, or of growth rates, under its name."""
    lines = [
        json.dumps(each) if isinstance(each, float) else each for each in said if not isinstance(each, dict)
    ]
    lines = (lines or ["1.5x/yr"]) * draw(st.integers(2, 5))
    name = f"samples-{draw(st.integers(0, 19))}.csv"
    return [name, "\n".join([*draw(st.sampled_from([[], ["a column"]])), *lines, ""])]


PROSE = st.fixed_dictionaries(
    {},
    optional={
        "why": st.text("Aä 中\u0301<&$\\%", min_size=1, max_size=9),
        "source": st.just("judgement"),
        "dated": st.sampled_from([2023, "2023-06", "2023-11-30"]),
        "verified": st.sampled_from(["yes", "no", True, False]),
    },
)


@st.composite
def assumptions(draw, name, member=""):
    """One assumption in any form that the schema knows, with or without what may be said beside it."""
    spec = SPECS[name]
    if spec.fitted and draw(st.booleans()):
        shift = (
            f"{draw(st.floats(0.8, 1.2)):.6g}x/yr"
            if spec.is_rate
            else draw(st.sampled_from([-0.1, 0.0, 0.1, 1e6]))
        )
        scale = draw(st.floats(0.5, 2.0))
        fits = [{}, None, {"scale": scale}, {"shift": shift}, {"scale": scale, "shift": shift}]
        form = {"fitted": draw(st.sampled_from(fits))}
    else:
        form = draw(described(spec, centre(name, member)))
    if not isinstance(form, dict):
        return form
    beside = {} if spec.is_rate else draw(st.sampled_from([{}, {"unit": spec.unit}]))
    if "USD" in spec.unit and not spec.fitted:
        beside |= draw(st.sampled_from([{}, {"dollars": 2015}, {"dollars": 2023}]))
    return form | beside | draw(PROSE)


@st.composite
def events(draw, number, years):
    first = draw(st.integers(*years))
    spans = [first, [first], [first, draw(st.integers(first, years[1] + 30))]]
    factor = 10 ** draw(st.floats(-2, 2))
    spec = DriverSpec("factor", "x", positive=True, fitted=False)
    return {
        "name": f"event {number}",
        "probability": draw(st.floats(0, 1).map(lambda each: round(each, 3))),
        "year": draw(st.sampled_from(spans)),
        "affects": draw(st.sampled_from(AFFECTED)),
        "factor": draw(st.one_of(st.just(factor), described(spec, 1.0))),
        **draw(st.sampled_from([{}, {"lasts": None}, {"lasts": 1}, {"lasts": 2.5}])),
        **draw(PROSE),
    }


@st.composite
def scenarios(draw):
    """A scenario that stands for itself or extends the baseline, with anything that the schema knows."""
    content = {"name": "any", "extends": "baseline.yaml"}
    first = 2026
    if draw(st.booleans()):
        as_of = draw(st.dates(date(2026, 1, 1), date(2030, 12, 31)))
        content["as_of"], first = as_of.isoformat(), as_of.year + draw(st.integers(0, 1))
        content["first_year"] = first
    content["last_year"] = last = draw(st.integers(first + 1, first + draw(st.sampled_from([5, 10, 30]))))
    content |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "title": st.one_of(st.text("Aä 中\u0301<&$\\", max_size=20), st.integers(), st.booleans()),
                "description": st.text("Aä 中\u0301<&$\\", max_size=20),
                "thresholds": st.one_of(
                    st.none(), st.lists(st.floats(1e3, 1e15), max_size=5, unique=True).map(sorted)
                ),
            },
        )
    )
    # The fit's own quantities are few, and what may be said about them is more.
    names = st.sampled_from(sorted(SPECS)) | st.sampled_from(sorted(FITTED))
    for name in draw(st.lists(names, min_size=1, max_size=12, unique=True)):
        section = SPECS[name].section
        if not section:
            content.setdefault("assumptions", {})[name] = draw(assumptions(name))
            continue
        member = draw(st.sampled_from(["defaults", *WORLD.members[section]]))
        like = member if member != "defaults" else next(iter(WORLD.members[section]))
        content.setdefault(section, {}).setdefault(member, {})[name] = draw(assumptions(name, like))
    draw(peopled(content))
    inherited = WORLD.events if first == WORLD.first_year and last >= WORLD.last_year else ()
    if not inherited or draw(st.booleans()):
        content["events"] = draw(st.one_of(st.none(), st.lists(st.integers(0, 9), max_size=3, unique=True)))
        if content["events"] is not None:
            content["events"] = [draw(events(number, (first, last))) for number in content["events"]]
    if draw(st.booleans()):
        content["add_events"] = [draw(events(number, (first, last))) for number in range(10, 12)]
    draw(moved_together(content))
    if draw(st.integers(0, 9)) == 0:
        return alone(content)
    return content


@st.composite
def peopled(draw, content):
    """Members that are new, have another name, do as the defaults say, or are gone."""
    for section in SECTIONS:
        members = list(WORLD.members[section])
        one = draw(st.sampled_from(members))
        changed = content.get(section, {})
        what = draw(st.sampled_from(["nothing", "nothing", "named", "new", "gone", "null", "as the others"]))
        if what == "named":
            changed.setdefault(one, {})["name"] = draw(st.text("Aä 中<&$\\=@", min_size=1, max_size=12))
        elif what == "new":
            own = {name: draw(assumptions(name, one)) for name in SPECS if SPECS[name].section == section}
            changed["newcomer_1"] = {"name": "Newcomer", **own}
        elif what in ("gone", "null") and len(members) > 1:
            changed[one] = REMOVE if what == "gone" else None
        elif what == "as the others":
            shared = [name for name in CONTENT[section].get("defaults", {}) if name in CONTENT[section][one]]
            changed.setdefault(one, {}).update(dict.fromkeys(shared[:1]))
        if changed:
            content[section] = changed


@st.composite
def moved_together(draw, content):
    """Correlations between what is assumed; those of the baseline stay where they can."""
    said = content.get("assumptions", {})
    fitted = {
        name
        for name in WORLD.assumptions
        if (
            "fitted" in said[name]
            if isinstance(said.get(name), dict)
            else name not in said and WORLD.assumptions[name].is_fitted
        )
    }
    if CORRELATED & fitted or draw(st.booleans()):
        free = sorted(set(WORLD.assumptions) - fitted)
        names = draw(st.lists(st.sampled_from(free), max_size=6, unique=True))
        pairs = zip(names[::2], names[1::2], strict=False)
        content["correlations"] = [
            {"between": list(pair), "rho": round(draw(st.floats(-0.99, 0.99)), 6), **draw(PROSE)}
            for pair in pairs
        ] or draw(st.sampled_from([None, []]))


def alone(content):
    """The same without another file: what it extends is written out in it."""
    whole = {**CONTENT, **content, "extends": None}
    for section in ("assumptions", *SECTIONS):
        whole[section] = dict(CONTENT[section])
        for name, given_here in content.get(section, {}).items():
            if section == "assumptions":
                whole[section][name] = given_here
            elif given_here in (None, REMOVE):
                del whole[section][name]
            else:
                merged = {**whole[section].get(name, {}), **given_here}
                whole[section][name] = {key: each for key, each in merged.items() if each is not None}
    added = whole.pop("add_events", [])
    whole["events"] = [*(whole.get("events") or []), *added]
    return whole


def written(content):
    """The scenario as a file, with the files of samples that it names; notes what of the language it uses."""
    if isinstance(content, dict):
        for key, each in content.items():
            seen[key] += 1
            if key == "samples" and isinstance(each, list):
                (PLACE / each[0]).write_text(each[1], encoding="utf-8")
                content = {**content, "samples": each[0]}
        return {key: written(each) for key, each in content.items()}
    if isinstance(content, str):
        seen["a to b"] += " to " in content
    return [written(each) for each in content] if isinstance(content, list) else content


def read(path, **kwargs):
    return BASE if path.name == "baseline.yaml" else READ(path, **kwargs)


def told(posterior, content):
    path = PLACE / "any.yaml"
    path.write_text(json.dumps(written(content), indent=1), encoding="utf-8")
    try:
        with mock.patch.object(merge, "read", read):
            scenario = load(path, drivers=SPECS, events_affect=drivers.affectable())
    except ScenarioError as error:
        seen["no scenario"] += 1
        refusals.append(str(error))
        return
    try:
        trajectories, summary = outcome(Job(scenario, posterior, PATHS, 1), workers=1)
    except ScenarioError as error:
        if not re.search("cannot be computed with|the shift takes", str(error)):
            raise
        seen["refused"] += 1
        return
    seen["told"] += 1
    nodes = graph().nodes
    for name, variable in trajectories.variables.items():
        assert np.all(np.isfinite(variable.values)), name
        unit = (nodes[name].kind if name in nodes else graph().drivers[name]).unit
        if unit.bounded:
            assert np.all((variable.values >= 0) & (variable.values <= 1 + 1e-9)), name
        if unit.positive or unit.nonnegative:
            assert np.all(variable.values >= 0), name
    for row in summary.rows:
        assert np.all(np.isfinite((row.mean, row.mean_error, *row.quantiles, *row.quantile_errors))), row
        assert list(row.quantiles) == sorted(row.quantiles), row
    for crossing in summary.crossings:
        assert list(crossing.by_year) == sorted(crossing.by_year)
        assert 0 <= crossing.never <= 1
    beyond = int(summary.attributes["paths_out_of_range"])
    assert 0 <= beyond <= PATHS
    seen["out of range"] += beyond > 0


refusals: list[str] = []


def calm(count):
    """So many scenarios, always the same."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    return settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=checks)


@given(content=scenarios())
@calm(12)
def test_every_valid_scenario_comes_to_numbers_or_is_refused(posterior, content):
    told(posterior, content)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_five_thousand_scenarios_come_to_numbers_or_are_refused(posterior):
    seen.clear()
    refusals.clear()
    failures = []

    @given(content=scenarios())
    @calm(5000)
    def every(content):
        try:
            told(posterior, content)
        except Exception as error:  # noqa: BLE001 - whatever it is
            # All that fail, and not the first alone: it takes too long to begin again after each.
            failures.append(f"{''.join(traceback.format_exception(error))}{json.dumps(content)}")

    every()
    assert not failures, "\n".join([f"{len(failures)} failed", *failures[:9]])
    assert seen["told"] > 3000, seen
    assert seen["no scenario"] < 250, (seen, refusals[:9])
    # Nothing of the language was left out.
    language = {
        *TOP_KEYS,
        *EVENT_KEYS,
        *CORRELATION_KEYS,
        *FORM_KEYS,
        *META_KEYS,
        "a to b",
        "defaults",
        "scale",
        "shift",
    }
    assert all(seen[key] > 50 for key in language), seen


def test_paths_beyond_the_world_are_counted(baseline, posterior):
    plain = outcome(Job(baseline, posterior, 64, 1), workers=1)[1]
    assert int(plain.attributes["paths_out_of_range"]) == 0
    cost, power = np.full((2, 4), 1e9), np.full((2, 4), 1e8)
    cost[1, 0] = cost[0, 1] = power[1, 1] = power[0, 3] = 1e20
    counts = tally({"training_cost": cost, "power_draw": power}, (), draws=4)
    assert counts.out_of_range == 3
    counts.add(tally({"training_cost": cost, "power_draw": cost}, (), draws=4))
    assert with_counts({"draws": "8"}, counts) == {"draws": "8", "paths_out_of_range": "5"}


def test_numbers_too_large_to_be_summed_up_are_refused_by_name(baseline, posterior):
    draws = {**posterior.draws, "record_compute_known": posterior.draws["record_compute_known"] * 1e200}
    with pytest.raises(ScenarioError, match="cannot be computed with"):
        outcome(Job(baseline, replace(posterior, draws=draws), 64, 1), workers=1)


@pytest.mark.parametrize("draws", [64, 70_000])
def test_infinite_values_and_parts_above_the_whole_are_refused_by_name(baseline, posterior, draws):
    tail = {**posterior.draws, "frontier_compute_tail": posterior.draws["frontier_compute_tail"] * 1e-6}
    with pytest.raises(ScenarioError, match=r"has no finite value|overflow"):
        outcome(Job(baseline, replace(posterior, draws=tail), draws, 1), workers=1)
    with pytest.raises(ScenarioError, match="of the whole; does an event multiply a total"):
        outcome(Job(replace(baseline, events=(EVENT,)), posterior, draws, 1), workers=1)
