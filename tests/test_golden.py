"""The baseline as it was when the changelog last said so: a number that moves is said there, or this fails.

The paths come from the made-up fit of the tests, so that only the scenario and the model decide; a change of the fit
is seen by its own tests. `make golden` writes the figures anew and a line for the changelog, whose reason its author
gives.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from forecast.execution import Job
from forecast.report.numbers import quantity
from forecast.run import outcome

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden" / "baseline.json"
CHANGELOG = ROOT / "CHANGELOG.md"
DRAWS, SEED, YEARS = 4096, 1, (2026, 2028, 2031)
UNSAID = "(say why)"

FIGURES = (
    "training_cost",
    "training_compute",
    "price_performance",
    "compute_cost",
    "data_cost",
    "labeling_cost",
    "development_cost",
    "power_draw",
    "effective_compute",
    "largest_run_budget",
    "contenders",
)

# Other processors and libraries may differ in the last bits, and a bit may move a path over a limit.
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def figures(baseline, posterior):
    """5%, 50% and 95% of each figure, and the probabilities of the thresholds."""
    summary = outcome(Job(baseline, posterior, DRAWS, SEED), workers=1)[1]
    found = {}
    for name in FIGURES:
        series = dict(zip(summary.coordinates.years, summary.series(name), strict=True))
        for year in YEARS:
            for place, level in ((0, "p5"), (3, "p50"), (-1, "p95")):
                found[f"{name} {year} {level}"] = float(f"{series[year][place]:.8g}")
    for row in summary.crossings:
        if row.variable == "training_cost":
            found[f"training_cost >= {row.threshold:g} by {YEARS[-1]}"] = float(f"{row.by_year[-1]:.8g}")
    return found


def digest(found):
    """A short name of the figures on record."""
    text = json.dumps(found, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def numbers():
    """All parts of the changelog that are called Numbers."""
    parts = re.split(r"^(?=#{2,3} )", CHANGELOG.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "".join(part for part in parts if part.startswith("### Numbers"))


def moved(old, new):
    """What of the medians moved, in words for the changelog."""
    lines = []
    for name, value in new.items():
        before = old.get(name)
        if name.endswith(" p50") and before and abs(value / before - 1) > TOLERANCE:
            what = name.removesuffix(" p50")
            lines.append(f"`{what}` {quantity(before, '')} to {quantity(value, '')}")
    return "; ".join(lines[:12]) + ("; and others" if len(lines) > 12 else "") or "no median"


def differing(old, new):
    """The figures that differ by more than machines do, before and after."""
    return {
        name: (old[name], value)
        for name, value in new.items()
        if value != pytest.approx(old[name], rel=TOLERANCE, abs=2 / DRAWS if ">=" in name else 0)
    }


def renew(new):
    """Writes the figures, and the line in the changelog, with a reason to be filled in."""
    old = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    if list(old) == list(new) and not differing(old, new):
        return
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
    if digest(new) in numbers():
        return
    told = f"medians that moved: {moved(old, new)} {UNSAID}" if old else "the first one"
    line = f"- Golden baseline `{digest(new)}`: {told}."
    text = CHANGELOG.read_text(encoding="utf-8")
    CHANGELOG.write_text(text.replace("### Numbers\n\n", f"### Numbers\n\n{line}\n", 1), encoding="utf-8")


@pytest.mark.skipif(os.environ.get("GOLDEN") != "renew", reason="`make golden` writes the figures anew")
def test_renew(figures):
    renew(figures)


def test_the_baseline_comes_to_the_figures_that_are_on_record(figures):
    stored = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert list(figures) == list(stored), "other figures than on record; write them anew with: make golden"
    different = differing(stored, figures)
    assert not different, "the baseline moved; run `make golden` and say in CHANGELOG.md under Numbers why"


def test_what_moved_stands_in_the_changelog_with_its_reason():
    stored = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert f"Golden baseline `{digest(stored)}`" in numbers(), (
        "the figures on record are not named in CHANGELOG.md under Numbers; write the line with: make golden"
    )
    assert UNSAID not in numbers(), "CHANGELOG.md says under Numbers what moved, but not why"


def test_a_number_that_moves_cannot_pass_in_silence(figures):
    name = f"training_cost {YEARS[-1]} p50"
    other = figures | {name: figures[name] * 1.01}
    assert digest(other) != digest(figures)
    assert f"`training_cost {YEARS[-1]}`" in moved(figures, other)
    assert moved(figures, figures) == "no median"
