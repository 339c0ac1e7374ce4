"""Charts of comparisons are fit for print, whatever the names and with every group of assumptions at once."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from forecast.attribution import Attribution, Part, Target
from forecast.compare import compare
from forecast.mixture import mix, spread
from forecast.report.charts.affordability_difference import ranked_differences, shade
from forecast.report.charts.comparisons import (
    Futures,
    Weighed,
    affordability_figure,
    draw_comparison,
    fans_figure,
    horizon_figure,
    mixture_figure,
    panels_figure,
    waterfall_figure,
)
from forecast.report.charts.dumbbell import factor_tick, shown
from forecast.report.charts.page import distinct_colors
from forecast.report.comparison_words import contribution, factor, points
from forecast.report.style import contrast, house_style, readable_on
from forecast.shapes import Summary, Trajectories, Variable
from forecast.summary import summarise

NAMES = ("baseline", "optimistic", "pessimistic", "data-wall", "a scenario with quite a long name", "$a$ $b$")
GROUPS = (
    *("hardware", "algorithms", "compute", "data", "labeling", "labs", "events"),
    *("capability", "cost", "date"),
)


def moved(trajectories: Trajectories, factor: float) -> Trajectories:
    variables = {
        name: replace(variable, values=variable.values * factor) if variable.unit == "USD" else variable
        for name, variable in trajectories.variables.items()
    }
    flip = np.random.default_rng(5).uniform(size=trajectories["affordable"].shape) < 0.2
    paid = np.where(flip, 0, trajectories["affordable"]).astype(np.int8)
    variables["affordable"] = Variable("affordable", paid, ("lab", "year", "draw"), "yes/no", "made up")
    return replace(trajectories, variables=variables)


def scenes(trajectories: Trajectories, count: int) -> tuple[Futures, list[Trajectories]]:
    runs = [moved(trajectories, 1.7**place) for place in range(count)]
    summaries = []
    for run, name in zip(runs, NAMES, strict=False):
        found = summarise(run, thresholds=(1e9,))
        summaries.append(replace(found, attributes={**found.attributes, "scenario": name}))
    years = trajectories.coordinates.years
    return Futures(tuple(summaries), NAMES[:count], NAMES[:count], years, "training_cost", {}), runs


def attribution(*, log: bool = True, groups: tuple[str, ...] = GROUPS, unit: str = "count") -> Attribution:
    values = [0.9 * (-0.75) ** place for place in range(len(groups))]
    parts = tuple(
        Part(group, value, 0.01, value - 0.3 * abs(value), value + 0.5 * abs(value), value, value)
        for group, value in zip(groups, values, strict=True)
    )
    first = np.log(9e9) if log else 4.0
    total = float(sum(values))
    target = Target("training_cost" if log else "payers")
    return Attribution(
        target,
        "USD" if log else unit,
        2031,
        log,
        first,
        first + total,
        total,
        0.02,
        parts,
        20_000,
        2 ** len(parts),
    )


def assert_fit_for_print(figure: Figure) -> None:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = figure.bbox.width, figure.bbox.height
    found = []
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(canvas.get_renderer())
            found.append((text, (box.x0, box.y0, box.x1, box.y1)))
            assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= 0, f"cut: {text.get_text()!r}"
            assert not text.get_parse_math() or "$" not in text.get_text()
    for (one, a), (other, b) in combinations(found, 2):
        across, up = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        assert across < 1 or up < 2, f"overlap: {one.get_text()!r} and {other.get_text()!r}"


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_nothing_overlaps_whatever_the_number_of_scenarios(trajectories: Trajectories, count: int) -> None:
    futures, runs = scenes(trajectories, count)
    weights = tuple([1.0 / count] * count)
    mixed = mix(runs, weights, attributes=futures.summaries[0].attributes)
    weighed = Weighed(summarise(mixed), weights, spread(runs, weights, "training_cost"))
    rows = shown(
        futures.summaries, ("training_cost", "data_cost", "training_compute", "effective_compute"), 2031
    )
    with house_style():
        assert_fit_for_print(panels_figure(futures))
        assert_fit_for_print(horizon_figure(futures, rows))
        assert_fit_for_print(mixture_figure(futures, weighed))
        if count == 2:
            assert_fit_for_print(fans_figure(futures))


def test_long_names_and_dollar_signs_break_nothing(trajectories: Trajectories) -> None:
    futures, runs = scenes(trajectories, 2)
    for strange in ("$x$ $$ $1B", "x" * 200, "two words and then some more of them", "a\nb"):
        named = replace(futures, names=("baseline", strange))
        comparison = compare(*runs, names=named.names)
        with house_style():
            assert_fit_for_print(fans_figure(named))
            assert_fit_for_print(panels_figure(named))
            assert_fit_for_print(horizon_figure(named, ("training_cost",)))
            assert_fit_for_print(affordability_figure(named, comparison))
            assert_fit_for_print(waterfall_figure(named, named.names, attribution()))


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("number", [0, 1, 7, 9, 10])
def test_labels_of_a_waterfall_never_overlap(trajectories: Trajectories, number: int, *, log: bool) -> None:
    futures, _ = scenes(trajectories, 2)
    found = attribution(log=log, groups=GROUPS[:number])
    with house_style():
        figure = waterfall_figure(futures, ("baseline", "optimistic"), found)
        assert_fit_for_print(figure)
    written = [text.get_text() for text in figure.findobj(Text)]
    for part in found.parts:
        assert part.group in written
        assert contribution(part.value, found) in written


@pytest.mark.parametrize("unit", ["yes/no", "share", "point", "decade", "1/yr"])
def test_every_unit_has_room_beside_the_waterfall(trajectories: Trajectories, unit: str) -> None:
    futures, _ = scenes(trajectories, 2)
    found = attribution(log=False, unit=unit)
    with house_style():
        assert_fit_for_print(waterfall_figure(futures, ("baseline", "optimistic"), found))


def test_every_cell_of_the_difference_table_can_be_read(trajectories: Trajectories) -> None:
    futures, runs = scenes(trajectories, 2)
    comparison = compare(*runs, names=("baseline", "optimistic"))
    labs, years, differences = ranked_differences(comparison.affordability)
    with house_style():
        figure = affordability_figure(futures, comparison)
        assert_fit_for_print(figure)
    cells = {(int(t.get_position()[1]), int(t.get_position()[0])): t for t in figure.axes[0].texts}
    for row in range(len(labs)):
        for column in range(len(years)):
            value = float(differences[row, column])
            assert cells[row, column].get_text() == points(value)
            assert contrast(str(cells[row, column].get_color()), shade(value)) >= 4.5
    backgrounds = [shade(place / 100 - 1.0) for place in range(201)]
    assert min(contrast(readable_on(background), background) for background in backgrounds) >= 4.5


@pytest.mark.slow
def test_files_are_the_same_twice_and_carry_their_text(trajectories: Trajectories) -> None:
    futures, runs = scenes(trajectories, 2)
    comparison = compare(*runs, names=("baseline", "optimistic"))
    found = {("baseline", "optimistic"): (attribution(), attribution(log=False))}
    once, again = (draw_comparison(futures, [comparison], found) for _ in range(2))
    assert once == again
    names = ("fans", "fans-side-by-side", "horizon", "affordability", "why-training-cost", "why-payers")
    assert set(once) == {f"{name}.{suffix}" for name in names for suffix in ("svg", "png")}
    words = Image.open(io.BytesIO(once["why-training-cost.png"])).info["Description"]
    for part in attribution().parts:
        assert part.group.capitalize() in words
    assert "baseline: 2026 median" in once["fans.svg"].decode()
    for name in names:
        assert len(Image.open(io.BytesIO(once[f"{name}.png"])).info["Description"]) > 100


def test_each_scenario_has_a_colour_of_its_own() -> None:
    names = ("one", "baseline", "two", "three", "pessimistic", "four", "five", "six")
    colors = distinct_colors(names)
    assert len(set(colors)) == len(names)
    assert colors[1] == distinct_colors(("baseline",))[0]
    assert all(contrast(color, "#FFFFFF") >= 2.9 for color in colors)
    assert distinct_colors(("baseline", "baseline"))[0] != distinct_colors(("baseline", "baseline"))[1]


def test_wording_of_factors_and_points() -> None:
    assert [factor(value) for value in (1.047, 0.96, 12.3, 0.05)] == ["1.05x", "0.96x", "12x", "0.050x"]
    assert [points(value) for value in (0.0, 1e-5, -0.004, 0.123)] == ["0", "≈0", "−0.4", "+12"]
    assert [factor_tick(value) for value in (1e-6, 0.01, 1.0, 2000.0, 3e7)] == [
        "10⁻⁶x",
        "0.01x",
        "1x",
        "2,000x",
        "3×10⁷x",
    ]


def test_variables_that_can_be_zero_have_no_place_among_ratios(summary: Summary) -> None:
    assert shown([summary, summary], ("training_cost", "payers", "nonsense"), 2031) == ("training_cost",)
