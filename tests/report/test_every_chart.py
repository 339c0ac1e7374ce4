"""Every chart that is drawn from something else than one finished run: readable, described, and what it was."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from forecast.attribution import Attribution, Part
from forecast.attribution import Target as Divided
from forecast.compare import compare
from forecast.fit.calibration import Calibration, verdicts
from forecast.fit.headlines import QUANTITIES, interval
from forecast.fit.priors import Contrast
from forecast.mixture import mix, spread
from forecast.report.charts.affordability_difference import alt_text_affordability_difference
from forecast.report.charts.calibration import alt_text_calibration, calibration_figure
from forecast.report.charts.comparisons import (
    Futures,
    Weighed,
    affordability_figure,
    fans_figure,
    horizon_figure,
    mixture_figure,
    panels_figure,
    waterfall_figure,
)
from forecast.report.charts.dumbbell import alt_text_dumbbells, shown
from forecast.report.charts.mixture import alt_text_mixture
from forecast.report.charts.overlay import alt_text_overlay
from forecast.report.charts.posterior import alt_text_posterior, posterior_figure
from forecast.report.charts.ranks import alt_text_ranks, ranks_figure
from forecast.report.charts.sensitivity import knowing_figure, shares_figure, tornado_figure
from forecast.report.charts.shares import alt_text_knowing, alt_text_shares
from forecast.report.charts.sweep import alt_text_sweep, sweep_figure
from forecast.report.charts.tornado import alt_text_tornado
from forecast.report.charts.waterfall import alt_text_waterfall
from forecast.report.numbers import percent, quantity
from forecast.report.style import contrast, house_style
from forecast.scoring import Score
from forecast.sensitivity import Sensitivity
from forecast.sensitivity.groups import Group
from forecast.sensitivity.question import Question, Target
from forecast.sensitivity.shares import Share
from forecast.sensitivity.study import Answer, Influence, Knowing, Swing
from forecast.shapes import Summary, Trajectories, Variable
from forecast.summary import summarise
from forecast.sweep import Axis, Point, Sweep

Drawn = tuple[Figure, str]

KINDS = (
    *("fans", "fans-side-by-side", "dumbbells", "affordability-difference", "waterfall", "mixture"),
    *("tornado", "shares", "knowing"),
    *("sweep-line", "sweep-map", "sweep-dots"),
    *("calibration", "posterior", "ranks"),
)


def futures(trajectories: Trajectories, number: int) -> tuple[Futures, list[Trajectories]]:
    names = ("baseline", "optimistic", "pessimistic")[:number]
    runs, summaries = [], []
    for place, name in enumerate(names):
        variables = {
            key: replace(each, values=each.values * 1.7**place) if each.unit == "USD" else each
            for key, each in trajectories.variables.items()
        }
        able = trajectories["affordable"] * (np.arange(trajectories.draws) % 4 >= place)
        variables["affordable"] = Variable(
            "affordable", able.astype(np.int8), ("lab", "year", "draw"), "yes/no", ""
        )
        run = replace(trajectories, variables=variables)
        found = summarise(run, thresholds=(1e9,))
        runs.append(run)
        summaries.append(replace(found, attributes={**found.attributes, "scenario": name}))
    years = trajectories.coordinates.years
    return Futures(tuple(summaries), names, names, years, "training_cost", {}), runs


def sensitivity(summary: Summary) -> Sensitivity:
    last = summary.coordinates.years[-1]
    groups = (
        Group("final_run_share", "assumed", "share", "final_run_share", single=True),
        Group("price_performance_growth", "fitted", "1/yr", "price_performance_growth", single=True),
        Group("run_budget_shock", "chance", "", "run_budget_shock"),
        Group("compute_markup", "lab", "x", "compute_markup"),
        Group("chip squeeze", "event", event=0),
    )
    influences = []
    for place, group in enumerate(groups):
        size = 0.5 / 2**place
        share = Share(size, 0.8 * size, 1.2 * size)
        ends = (0.1, 0.3) if group.single else (None, None)
        swing = Swing(*ends, 9e9 * (1 - size), 9e9 * (1 + size), 9e9 * (1 - size), 9e9 * (1 + size), 0.01)
        influences.append(Influence(group, share, share, share, None if group.source == "chance" else swing))
    answers = tuple(
        Answer(
            Question(text, "training_cost", last, threshold=1e10, reached=True, unit="USD"),
            chance,
            0.01,
            tuple(
                Knowing(each.group, each.first, 0.1 * each.first.value, each.shapley) for each in influences
            ),
        )
        for text, chance in (("a run of $10B by 2031", 0.4), ("nobody pays", 0.07))
    )
    target = Target("training_cost", last, "USD", log=True)
    return Sensitivity(target, (2e9, 9e9, 3e10), 0.8, tuple(influences), answers, (), summary.attributes)


def swept(summary: Summary, number: int) -> Sweep:
    axes = (
        Axis("algorithmic_growth", "1/yr", 1.5, 10.0, 4, log=True, growth=True),
        Axis("final_run_share", "share", 0.1, 0.3, 3, log=False, growth=False),
        Axis("labs.openai.compute_markup", "x", 1.0, 2.0, 3, log=False, growth=False),
    )[:number]
    rows = [row for row in summary.rows if row.variable == "training_cost"]
    grid = np.stack(
        np.meshgrid(
            *[[axis.at(k / (axis.number - 1)) for k in range(axis.number)] for axis in axes], indexing="ij"
        ),
        axis=-1,
    ).reshape(-1, number)
    points = []
    for values in grid:
        factor = float(np.prod(values / [axis.low for axis in axes])) ** 0.7
        moved = tuple(
            replace(row, mean=row.mean * factor, quantiles=tuple(factor * each for each in row.quantiles))
            for row in rows
        )
        points.append(Point(tuple(map(float, values)), (), moved))
    design = "grid" if number < 3 else "latin"
    return Sweep(axes, design, tuple(points), ("training_cost",), summary.coordinates, summary.attributes)


def scores() -> tuple[Score, ...]:
    random = np.random.default_rng(4)
    made = []
    for target in ("record_compute", "record_cost", "price_performance"):
        for method, width in (("forecast", 1.2), ("top_ten", 1.6), ("random_walk", 2.4), ("last_value", 0.5)):
            for origin in range(2018, 2024):
                for lead in range(1, 2025 - origin):
                    pit = float(random.uniform(0.02, 0.98))
                    off = 2.0 * abs(pit - 0.5)
                    made.append(
                        Score(
                            *(target, method, origin, lead, 24.0 + 0.5 * lead),
                            *(24.0 + 0.5 * lead + width * (0.5 - pit), 0.2 * width, 1.0, pit),
                            *(off < 0.5, off < 0.8, off < 0.9, width),
                        )
                    )
    return tuple(made)


def contrasts() -> tuple[Contrast, ...]:
    random = np.random.default_rng(1)
    made = []
    for name, wording in QUANTITIES.items():
        before, after = random.normal(1.0, 1.0, 800), random.normal(1.2, 0.1, 800)
        if not wording.logarithm:
            before, after = np.exp(before), np.exp(after)
        learned = float(1.0 - after.var() / before.var())
        ends = interval(before, wording), interval(after, wording)
        made.append(Contrast(name, wording.label, *ends, learned, before, after))
    return tuple(made)


@pytest.fixture(scope="module")
def drawn(trajectories: Trajectories, summary: Summary) -> Callable[[str], Drawn]:
    """Draws a kind of chart, with its text alternative."""
    (two, pair), (three, runs) = futures(trajectories, 2), futures(trajectories, 3)
    last = summary.coordinates.years[-1]
    comparison = compare(*pair, names=two.names)
    weights = (0.5, 0.3, 0.2)
    mixed = Weighed(
        summarise(mix(runs, weights, attributes=three.summaries[0].attributes)),
        weights,
        spread(runs, weights, "training_cost"),
    )
    rows = shown(three.summaries, ("training_cost", "data_cost", "effective_compute"), last)
    parts = tuple(
        Part(name, value, 0.01, value - 0.1, value + 0.1, value, value)
        for name, value in (("hardware", 0.4), ("labs", -0.2), ("data", 0.05))
    )
    start = math.log(9e9)
    why = Attribution(
        Divided("training_cost"), "USD", last, bool(start), start, start + 0.25, 0.25, 0.02, parts, 20_000, 8
    )
    found, named = sensitivity(summary), ("baseline", "optimistic")
    ranks = {
        name: np.random.default_rng(place).integers(0, 100, 200)
        for place, name in enumerate(list(QUANTITIES)[:6])
    }
    calibration = Calibration(ranks=ranks, draws=99, divergences=0, seconds=1.0, seed=1)
    judged = verdicts(calibration)
    before = contrasts()
    makers: dict[str, Callable[[], Drawn]] = {
        "fans": lambda: (
            fans_figure(two),
            alt_text_overlay(two.summaries, "training_cost", names=two.names, years=two.years),
        ),
        "fans-side-by-side": lambda: (
            panels_figure(three),
            alt_text_overlay(three.summaries, "training_cost", names=three.names, years=three.years),
        ),
        "dumbbells": lambda: (
            horizon_figure(three, rows),
            alt_text_dumbbells(three.summaries, rows, names=three.names, year=last),
        ),
        "affordability-difference": lambda: (
            affordability_figure(two, comparison),
            alt_text_affordability_difference(comparison, names={}),
        ),
        "waterfall": lambda: (waterfall_figure(two, named, why), alt_text_waterfall(why, names=named)),
        "mixture": lambda: (
            mixture_figure(three, mixed),
            alt_text_mixture(
                mixed.summary, three.summaries, mixed.spread, names=three.names, weights=weights
            ),
        ),
        "tornado": lambda: (tornado_figure(found), alt_text_tornado(found)),
        "shares": lambda: (shares_figure(found), alt_text_shares(found)),
        "knowing": lambda: (knowing_figure(found, {}), alt_text_knowing(found.answers, {})),
        "calibration": lambda: (calibration_figure(scores()), alt_text_calibration(scores())),
        "posterior": lambda: (posterior_figure(before), alt_text_posterior(before)),
        "ranks": lambda: (ranks_figure(calibration, judged), alt_text_ranks(calibration, judged)),
    }
    for number, name in ((1, "sweep-line"), (2, "sweep-map"), (3, "sweep-dots")):
        run = swept(summary, number)
        makers[name] = lambda run=run: (
            sweep_figure(run, "training_cost", last),
            alt_text_sweep(run, "training_cost", last),
        )
    assert set(makers) == set(KINDS)
    made: dict[str, Drawn] = {}

    def draw(kind: str) -> Drawn:
        if kind not in made:
            with house_style():
                made[kind] = makers[kind]()
        return made[kind]

    return draw


def grounds(figure: Figure) -> list[tuple[Text, np.ndarray]]:
    """Every text that is drawn, with the colours of the pixels that are behind it, shape ``(pixel, 3)``."""
    figure.dpi = 100
    canvas = FigureCanvasAgg(figure)
    with house_style():
        canvas.draw()
        found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        boxes = [text.get_window_extent(canvas.get_renderer()) for text in found]
        for text in found:
            text.set_visible(False)
        canvas.draw()
        for text in found:
            text.set_visible(True)
    pixels = np.asarray(canvas.buffer_rgba())[::-1, :, :3] / 255.0
    behind = []
    for text, box in zip(found, boxes, strict=True):
        frame = text.get_bbox_patch()
        if frame is not None and frame.get_facecolor()[3] > 0.8:
            behind.append((text, np.array([frame.get_facecolor()[:3]])))
            continue
        left, bottom, right, top = (round(edge) for edge in box.extents)
        behind.append((text, pixels[max(bottom, 0) : top, max(left, 0) : right].reshape(-1, 3)))
    return behind


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_stands_out_from_what_is_behind_it(drawn: Callable[[str], Drawn], kind: str) -> None:
    found = grounds(drawn(kind)[0])
    assert len(found) > 10
    for text, pixels in found:
        assert len(pixels), f"outside the figure: {text.get_text()!r}"
        # Hairlines cross some letters; what most of a text stands on decides.
        ground = to_hex(np.median(pixels, axis=0))
        assert contrast(to_hex(text.get_color()), ground) >= 4.5, (text.get_text(), text.get_color(), ground)


def test_the_measured_ground_is_that_of_the_cell() -> None:
    figure = Figure(figsize=(2, 1))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0.0, 1.0))
    ax.set_axis_off()
    ax.axvspan(0.5, 1.0, color="#000000")
    figure.text(0.75, 0.5, "dark", color="#1A1A1A", ha="center")
    figure.text(0.25, 0.5, "light", color="#1A1A1A", ha="center")
    found = {text.get_text(): np.median(pixels, axis=0) for text, pixels in grounds(figure)}
    assert found["dark"] == pytest.approx(0.0)
    assert found["light"] == pytest.approx(1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_alternative_says_what_its_chart_shows(
    drawn: Callable[[str], Drawn], summary: Summary, kind: str
) -> None:
    told = drawn(kind)[1]
    assert len(told) > 120
    assert told.endswith(".")
    assert not re.search(r"\b(nan|inf|None)\b", told)
    assert len(re.findall(r"\d", told)) > 8
    median = quantity(float(summary.series("training_cost")[-1][3]), "USD")
    wanted = {
        "fans": (median, "optimistic"),
        "fans-side-by-side": (median, "pessimistic"),
        "dumbbells": (median, "baseline", "pessimistic"),
        "affordability-difference": ("baseline", "optimistic", "point"),
        "waterfall": ("Hardware: 1.49x", "Labs: 0.82x", "$9B in baseline"),
        "mixture": ("50%", "30%", "20%"),
        "tornado": ("final run share", "$4.5B to $14B"),
        "shares": ("final run share", "50%"),
        "knowing": ("Training cost of the record run at least $10B by 2031", percent(0.4)),
        "sweep-line": (median, "algorithmic growth"),
        "sweep-map": (median, "final run share"),
        "sweep-dots": ("compute markup of openai",),
        "calibration": ("90%", "80%", "50%"),
        "posterior": tuple(wording.label for wording in QUANTITIES.values()),
        "ranks": ("200",),
    }
    for words in wanted[kind]:
        assert words in told, (words, told)


@pytest.mark.parametrize("kind", KINDS)
def test_every_chart_looks_as_it_did(
    drawn: Callable[[str], Drawn], looks_as_before: Callable[[Figure, str], None], kind: str
) -> None:
    looks_as_before(drawn(kind)[0], kind)
