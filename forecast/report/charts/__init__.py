"""Charts: one kind a module, each a function that draws on any matplotlib axes.

>>> from matplotlib.figure import Figure
>>> from forecast import load, simulate, summarise
>>> summary = summarise(simulate(load("scenarios/baseline.yaml"), draws=200))
>>> ax = Figure(figsize=(6.5, 4)).add_axes((0.12, 0.1, 0.68, 0.8))
>>> fan(ax, summary, "training_cost")
>>> alt_text_fan(summary, "training_cost").split(" (")[0]
'Fan chart of training cost of the record run'
"""

from forecast.report.charts.affordability import affordability, alt_text_affordability
from forecast.report.charts.bands import PRESETS, Bands
from forecast.report.charts.composition import alt_text_composition, composition, composition_dollars
from forecast.report.charts.fan import alt_text_fan, fan
from forecast.report.charts.figures import (
    affordability_figure,
    alt_text_drivers,
    composition_figure,
    cost_figure,
    draw_all,
    drivers_figure,
)
from forecast.report.charts.history import HistoryPoint
from forecast.report.charts.render import render
from forecast.report.charts.sizes import SIZES, Size

__all__ = [
    "PRESETS",
    "SIZES",
    "Bands",
    "HistoryPoint",
    "Size",
    "affordability",
    "affordability_figure",
    "alt_text_affordability",
    "alt_text_composition",
    "alt_text_drivers",
    "alt_text_fan",
    "composition",
    "composition_dollars",
    "composition_figure",
    "cost_figure",
    "draw_all",
    "drivers_figure",
    "fan",
    "render",
]
