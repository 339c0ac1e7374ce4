"""Colours can be told apart, and text fits into its place."""

from __future__ import annotations

from itertools import pairwise

import pytest

from forecast.report.style import (
    PAPER,
    SCENARIO_COLORS,
    contrast,
    printable,
    scenario_color,
    shorten,
    spread,
    text_color,
    text_size,
    wrap,
)


def test_palette_reaches_the_contrast_of_graphics_and_its_text_that_of_text() -> None:
    for color in SCENARIO_COLORS.values():
        assert contrast(color, PAPER) >= 3.0
        assert contrast(text_color(color), PAPER) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_a_scenario_keeps_its_colour() -> None:
    assert scenario_color("baseline") == SCENARIO_COLORS["baseline"]
    assert scenario_color("data wall") == scenario_color("data wall") in SCENARIO_COLORS.values()


def test_labels_keep_their_order_distance_and_bounds() -> None:
    places = spread([1.0, 2.0, 2.5, 50.0, 99.0], 10.0, 0.0, 100.0)
    assert places == sorted(places)
    assert min(after - before for before, after in pairwise(places)) >= 10.0 - 1e-9
    assert places[0] >= 0.0
    assert places[-1] <= 100.0
    assert spread([5.0, 50.0], 10.0, 0.0, 100.0) == [5.0, 50.0]


def test_long_text_is_cut_or_broken_to_fit() -> None:
    assert text_size(shorten("x" * 200, 60.0, 8.0), 8.0)[0] <= 60.0
    assert shorten("short", 60.0, 8.0) == "short"
    assert all(
        text_size(line, 8.0)[0] <= 80.0 for line in wrap("some words " * 20 + "y" * 99, 80.0, 8.0).split("\n")
    )


def test_what_the_font_lacks_is_replaced() -> None:
    assert printable("a\n b\t$c$ <d>") == "a b $c$ <d>"
    assert printable("\N{ROBOT FACE}\x07") == "\N{REPLACEMENT CHARACTER}" * 2
