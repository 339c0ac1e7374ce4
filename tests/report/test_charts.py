"""Charts are fit for print: nothing overlaps, nothing is cut, every number and unit is there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from forecast.report.charts import (
    HistoryPoint,
    affordability,
    affordability_figure,
    alt_text_affordability,
    alt_text_composition,
    alt_text_drivers,
    alt_text_fan,
    composition_figure,
    cost_figure,
    draw_all,
    drivers_figure,
    fan,
    render,
)
from forecast.report.charts.affordability import ranked, shade
from forecast.report.charts.composition import mean_shares
from forecast.report.numbers import money, percent
from forecast.report.style import contrast, house_style, readable_on
from forecast.shapes import Summary, Trajectories

NASTY = (
    "$x$ $$ $1B",
    "<script>alert(1)</script>",
    "lab \N{ROBOT FACE} \N{GRINNING FACE}",
    "x" * 200,
    "מעבדה",
    "a\nb\tc",
)


def figures(
    summary: Summary, trajectories: Trajectories, observed: tuple[HistoryPoint, ...], names: dict[str, str]
) -> Iterator[Figure]:
    with house_style():
        yield cost_figure(summary, trajectories, observed)
        yield drivers_figure(summary, trajectories)
        yield affordability_figure(summary, names)
        yield composition_figure(summary)


def texts(figure: Figure) -> list[tuple[Text, tuple[float, float, float, float]]]:
    """Every text that is drawn, with its rectangle in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    found = []
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(canvas.get_renderer())
            found.append((text, (box.x0, box.y0, box.x1, box.y1)))
    return found


def assert_fit_for_print(figure: Figure) -> None:
    found = texts(figure)
    width, height = figure.bbox.width, figure.bbox.height
    for text, (left, bottom, right, top) in found:
        assert min(left, bottom, width - right, height - top) >= 0, f"cut: {text.get_text()!r}"
    for (one, a), (other, b) in combinations(found, 2):
        across = min(a[2], b[2]) - max(a[0], b[0])
        up = min(a[3], b[3]) - max(a[1], b[1])
        # Rectangles contain the room of letters that hang down; a touch of less than two pixels shows no overlap.
        assert across < 1 or up < 2, f"overlap: {one.get_text()!r} and {other.get_text()!r}"


def written(figure: Figure) -> list[str]:
    return [text.get_text() for text, _ in texts(figure)]


def test_nothing_overlaps_and_nothing_is_cut(
    summary: Summary, trajectories: Trajectories, observed: tuple[HistoryPoint, ...]
) -> None:
    for figure in figures(summary, trajectories, observed, {}):
        assert_fit_for_print(figure)


def test_drivers_with_history_overlap_nowhere(summary: Summary, trajectories: Trajectories) -> None:
    past = tuple(
        HistoryPoint(2012.0 + place / 4, 1e17 * 3.0**place, 5e16 * 3.0**place, 2e17 * 3.0**place)
        for place in range(18)
    )
    with house_style():
        assert_fit_for_print(drivers_figure(summary, trajectories, {"training_compute": past}))


@pytest.mark.parametrize("name", NASTY)
def test_strange_names_are_plain_text_and_break_no_layout(
    name: str, summary: Summary, trajectories: Trajectories, observed: tuple[HistoryPoint, ...]
) -> None:
    strange = replace(summary, attributes={**summary.attributes, "scenario": name, "title": name})
    points = tuple(replace(point, label=name) for point in observed)
    names = {row.lab: name for row in summary.affordability}
    for figure in figures(strange, trajectories, points, names):
        assert_fit_for_print(figure)


def test_dollar_signs_stay_on_axes_with_matplotlibs_own_settings(summary: Summary) -> None:
    figure = Figure(figsize=(8, 6))
    ax = figure.add_axes((0.3, 0.1, 0.6, 0.8))
    affordability(ax, summary, names={row.lab: "$a$ and $b$" for row in summary.affordability})
    assert all(
        not text.get_parse_math()
        for text in figure.findobj(Text)
        if "$" in text.get_text() and text.get_visible()
    )


@pytest.fixture(scope="module")
def files(summary: Summary, trajectories: Trajectories) -> dict[str, bytes]:
    return draw_all(summary, trajectories)


def test_drawing_leaves_the_users_settings_alone(
    summary: Summary, trajectories: Trajectories, files: dict[str, bytes]
) -> None:
    with mpl.rc_context({"font.size": 23.0, "axes.grid": True, "svg.hashsalt": "mine"}):
        before = dict(mpl.rcParams)
        loud = draw_all(summary, trajectories)
        assert dict(mpl.rcParams) == before
    assert loud == files


def test_files_hold_no_time_or_version(files: dict[str, bytes]) -> None:
    assert set(files) == {
        f"{name}.{suffix}"
        for name in ("training_cost", "drivers", "affordability", "composition")
        for suffix in ("svg", "png")
    }
    for name, content in files.items():
        if name.endswith(".svg"):
            text = content.decode()
            assert "<dc:date>" not in text
            assert "matplotlib" not in text.split("</metadata>")[0].casefold()
            assert "<text" not in text
        else:
            image = Image.open(io.BytesIO(content))
            assert "Software" not in image.info
            assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_files_carry_their_text_alternative(summary: Summary, files: dict[str, bytes]) -> None:
    median = money(float(summary.series("training_cost")[-1][3]))
    assert median in files["training_cost.svg"].decode()
    assert median in Image.open(io.BytesIO(files["training_cost.png"])).info["Description"]


def test_a_chart_with_history_is_the_same_twice(
    summary: Summary, trajectories: Trajectories, observed: tuple[HistoryPoint, ...]
) -> None:
    with house_style():
        assert render(cost_figure(summary, trajectories, observed)) == render(
            cost_figure(summary, trajectories, observed)
        )


def test_a_run_without_labs_or_second_variables_is_drawn_too(summary: Summary) -> None:
    poor = replace(
        summary,
        rows=tuple(
            row
            for row in summary.rows
            if row.variable.rsplit("_", 1)[-1] in ("cost", "share") and row.member == ""
        ),
        affordability=(),
        crossings=(),
        attributes={},
    )
    assert "affordability.svg" not in draw_all(poor)


def test_axes_say_unit_price_year_basis_and_scale(
    summary: Summary, trajectories: Trajectories, observed: tuple[HistoryPoint, ...]
) -> None:
    with house_style():
        ax = cost_figure(summary, trajectories, observed).axes[0]
        panels = drivers_figure(summary, trajectories).axes
    assert ax.get_ylabel() == "2023 USD, amortised hardware and energy + data + labeling, log axis"
    assert ax.get_yscale() == "log"
    assert len(panels) == 6
    assert all("log axis" in panel.get_ylabel() for panel in panels)
    assert panels[1].get_ylabel().startswith("FLOP per 2023 USD")


def test_a_share_stands_on_a_linear_axis(summary: Summary) -> None:
    ax = Figure().add_subplot()
    fan(ax, summary, "labeling_share")
    assert ax.get_yscale() == "linear"
    assert "log axis" not in ax.get_ylabel()


def test_fan_names_its_edges_thresholds_and_origin(
    summary: Summary, trajectories: Trajectories, observed: tuple[HistoryPoint, ...]
) -> None:
    with house_style():
        found = written(cost_figure(summary, trajectories, observed))
    last = summary.series("training_cost")[-1]
    for name, place in (("5%", 0), ("10%", 1), ("25%", 2), ("median", 3), ("75%", 4), ("90%", 5), ("95%", 6)):
        assert f"{name}: {money(float(last[place]))}" in found
    assert any(text.startswith("$1B: reached by ") and "% of paths (±" in text for text in found)
    assert any(text.startswith("$10B: reached by ") for text in found)
    assert "data end\nAug 2025" in found
    footer = found[-1] if "digest" in found[-1] else next(text for text in found if "digest" in text)
    assert re.search(
        r"Scenario baseline · digest 1f2e3d4c · data to 2025-08-31 · .* · 2,000 draws · seed 1", footer
    )
    assert sum(text.startswith("Model ") for text in found) >= 3


def test_runs_that_are_not_shown_are_counted(summary: Summary, observed: tuple[HistoryPoint, ...]) -> None:
    earlier = sum(point.date < 2016 for point in observed)
    with house_style():
        figure = cost_figure(summary, None, observed)
    assert earlier > 0
    assert any(f"{earlier} runs before 2016 not shown" in " ".join(text.split()) for text in written(figure))
    assert figure.axes[0].get_xlim() == (2016, 2032)


def test_history_that_goes_on_after_the_fit_is_not_called_ended(
    summary: Summary, observed: tuple[HistoryPoint, ...]
) -> None:
    later = (*observed, HistoryPoint(2025.9, 5e8, 3e8, 9e8, "later"))
    with house_style():
        assert "fitted to\nAug 2025" in written(cost_figure(summary, None, later))


def test_fan_works_on_anybodys_axes(summary: Summary, trajectories: Trajectories) -> None:
    figure = Figure(figsize=(3.4, 2.6))
    ax = figure.add_subplot()
    fan(ax, summary, "training_cost", trajectories=trajectories, paths=5, labels="few", thresholds=())
    assert set(render(figure)) == {"svg", "png"}
    assert not any("reached" in text for text in written(figure))


def test_fan_of_an_unknown_variable_is_an_error(summary: Summary) -> None:
    with pytest.raises((KeyError, StopIteration)):
        fan(Figure().add_subplot(), summary, "nonsense")


def test_every_cell_of_the_heat_map_has_text_that_can_be_read(summary: Summary) -> None:
    labs, years, chances = ranked(summary)
    with house_style():
        ax = affordability_figure(summary).axes[0]
    cells = {(int(text.get_position()[1]), int(text.get_position()[0])): text for text in ax.texts}
    for row in range(len(labs)):
        for column in range(len(years)):
            cell = cells[(row, column)]
            assert cell.get_text() == percent(float(chances[row, column]))
            assert contrast(str(cell.get_color()), shade(float(chances[row, column]))) >= 4.5
    totals = [text.get_text() for text in ax.texts if " to " in text.get_text()]
    assert len(totals) == len(years)
    means = chances.sum(axis=1)
    assert all(upper >= lower for upper, lower in pairwise(means))


def test_contrast_is_enough_on_every_possible_cell() -> None:
    backgrounds = [shade(place / 200) for place in range(201)]
    assert min(contrast(readable_on(background), background) for background in backgrounds) >= 4.5


def test_shares_add_up_and_stand_in_the_table(summary: Summary) -> None:
    shares = mean_shares(summary)
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-3)
    with house_style():
        found = written(composition_figure(summary))
    for share in shares.values():
        for value in share:
            assert percent(float(value)) in found


def test_a_part_that_nobody_named_appears_as_other(summary: Summary) -> None:
    assert set(mean_shares(summary, ("compute", "data"))) == {"compute", "data", "other"}


def test_text_alternatives_hold_the_numbers(summary: Summary, observed: tuple[HistoryPoint, ...]) -> None:
    fan_words = alt_text_fan(summary, history=observed)
    for row in summary.series("training_cost"):
        for place in (0, 2, 3, 4, 6):
            assert money(float(row[place])) in fan_words
    for words in ("2023 USD", "$1B: reached", "60 observed values"):
        assert words in fan_words
    lab_words = alt_text_affordability(summary, names={"openai": "OpenAI"})
    assert "OpenAI: " in lab_words
    for row in summary.affordability:
        if row.year in (2026, 2031):
            assert percent(row.probability) in lab_words
    assert all(
        f"{part.capitalize()} in 2031" in alt_text_composition(summary) for part in ("compute", "data")
    )
    assert "Power draw of the record run: 2026 median" in alt_text_drivers(summary)
