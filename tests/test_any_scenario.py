"""Whatever a valid scenario says, its forecast is made of numbers, or it is refused by name."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecast import drivers
from forecast.errors import ScenarioError
from forecast.execution import Job
from forecast.model import graph
from forecast.run import outcome
from forecast.scenario import load
from forecast.shapes import FITTED
from forecast.summary.tallies import tally, with_counts

BASELINE = Path(__file__).parents[1] / "scenarios" / "baseline.yaml"
SPECS = drivers.specs()
PLACE = Path(tempfile.mkdtemp(prefix="any-scenario-"))
shutil.copy(BASELINE, PLACE)
WORLD = load(PLACE / "baseline.yaml", drivers=SPECS, events_affect=drivers.affectable())
PATHS = 32

seen: Counter[str] = Counter()


def centre(name, member):
    """Where the baseline's own assumption lies, so that most changes stay near a world that can be imagined."""
    given_here = WORLD.member_assumptions[name][member] if member else WORLD.assumptions[name]
    if given_here.is_fitted:
        return None
    return float(given_here.distribution.ppf(np.array([0.5]))[0])


@st.composite
def values(draw, spec, middle):
    """Three rising values that the unit admits, as a file writes them."""
    if spec.is_rate:
        factors = sorted(draw(st.lists(st.floats(0.3, 9.0), min_size=3, max_size=3, unique=True)))
        return [f"{factor:.6g}x/yr" for factor in factors]
    if spec.bounded:
        return sorted(draw(st.lists(st.floats(0.001, 0.999), min_size=3, max_size=3, unique=True)))
    if spec.positive or spec.nonnegative:
        # Mostly within a factor of a thousand, sometimes anything that can be computed with.
        reach = draw(st.sampled_from([1.0, 1.0, 3.0, 3.0, 30.0]))
        powers = sorted(draw(st.lists(st.floats(-reach, reach), min_size=3, max_size=3, unique=True)))
        return [10.0 ** (math.log10(middle or 1.0) + power) for power in powers]
    if spec.unit == "calendar year":
        return sorted(draw(st.lists(st.floats(2001, 2049), min_size=3, max_size=3, unique=True)))
    return sorted(draw(st.lists(st.floats(-3.0, 3.0), min_size=3, max_size=3, unique=True)))


@st.composite
def assumptions(draw, name, member=""):
    """One assumption in any form that the schema knows."""
    spec, middle = SPECS[name], centre(name, member)
    low, mode, high = draw(values(spec, middle))
    forms = [
        {"value": mode},
        {"p5": low, "p95": high},
        {"p5": low, "p50": mode, "p95": high},
        {"low": low, "mode": mode, "high": high},
        {"p5": low, "p95": high, "min": low},
        {"p5": low, "p95": high, "max": high},
    ]
    if not spec.is_rate and not spec.bounded:
        forms.append({"mean": high, "sd": abs(high) / draw(st.sampled_from([10.0, 2.0, 0.5]))})
    if spec.bounded:
        forms.append({"mean": mode, "sd": 0.3 * math.sqrt(mode * (1 - mode))})
    if name in FITTED and not member:
        forms = [{"fitted": {"scale": draw(st.floats(0.5, 2.0))}}]
        forms += [{"fitted": {"shift": draw(st.floats(-0.2, 0.2))}}] if spec.is_rate else []
    form = draw(st.sampled_from(forms))
    seen[" ".join(form)] += 1
    return (
        form | ({} if spec.is_rate or "fitted" in form else {"unit": spec.unit}) | {"why": "drawn at random"}
    )


@st.composite
def scenarios(draw):
    """A scenario that extends the baseline: any drivers, in any form, with events and another horizon."""
    content = {"name": "any", "extends": "baseline.yaml", "last_year": draw(st.integers(2027, 2045))}
    content["thresholds"] = sorted(draw(st.lists(st.floats(1e3, 1e15), min_size=1, max_size=5, unique=True)))
    for name in draw(st.lists(st.sampled_from(sorted(SPECS)), min_size=1, max_size=12, unique=True)):
        section = SPECS[name].section
        if not section:
            content.setdefault("assumptions", {})[name] = draw(assumptions(name))
            continue
        member = draw(st.sampled_from(list(WORLD.members[section])))
        if member in WORLD.member_assumptions[name]:
            content.setdefault(section, {}).setdefault(member, {})[name] = draw(assumptions(name, member))
    affected = sorted(drivers.affectable())
    content["events"] = [
        {
            "name": f"event {number}",
            "probability": draw(st.floats(0, 1)),
            "year": draw(st.integers(2026, content["last_year"])),
            "affects": draw(st.sampled_from(affected)),
            "factor": 10 ** draw(st.floats(-2, 2)),
            **draw(st.sampled_from([{}, {"lasts": 1}, {"lasts": 2.5}])),
        }
        for number in range(draw(st.integers(0, 3)))
    ]
    return content


def told(posterior, content):
    path = PLACE / "any.yaml"
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    try:
        scenario = load(path, drivers=SPECS, events_affect=drivers.affectable())
        trajectories, summary = outcome(Job(scenario, posterior, PATHS, 1), workers=1)
    except ScenarioError as error:
        seen["refused" if "cannot be computed with" in str(error) else "no scenario"] += 1
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
    assert 0 <= int(summary.attributes["paths_out_of_range"]) <= PATHS


def calm(count):
    """So many scenarios, always the same."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    return settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=checks)


@given(content=scenarios())
@calm(8)
def test_every_valid_scenario_comes_to_numbers_or_is_refused(posterior, content):
    told(posterior, content)


@pytest.mark.long
def test_five_thousand_scenarios_come_to_numbers_or_are_refused(posterior):
    seen.clear()

    @given(content=scenarios())
    @calm(5000)
    def every(content):
        told(posterior, content)

    every()
    assert seen["told"] > 2500, seen
    assert all(
        seen[form] > 50 for form in ("value", "p5 p95", "p5 p50 p95", "low mode high", "mean sd", "fitted")
    ), seen


def test_paths_beyond_the_world_are_counted(baseline, posterior):
    plain = outcome(Job(baseline, posterior, 64, 1), workers=1)[1]
    assert int(plain.attributes["paths_out_of_range"]) == 0
    cost, power = np.full((2, 4), 1e9), np.full((2, 4), 1e8)
    cost[1, 0] = cost[0, 1] = power[1, 1] = power[0, 3] = 1e20
    counts = tally({"training_cost": cost, "power_draw": power}, (), draws=4)
    assert counts.out_of_range == 3
    counts.add(tally({"training_cost": cost, "power_draw": cost}, (), draws=4))
    assert with_counts({"draws": "8"}, counts) == {"draws": "8", "paths_out_of_range": "5"}
