"""The cells of a table for a text: medians with 90% intervals of some variables by year, in readable numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from forecast.export.finished import HEADLINES, Options, Run, chosen
from forecast.report.charts.wording import axis_label, title
from forecast.report.numbers import margin, percent, quantity, scientific
from forecast.shapes import QUANTILES

_LOW, _MEDIAN, _HIGH = QUANTILES.index(0.05), QUANTILES.index(0.5), QUANTILES.index(0.95)


@dataclass(frozen=True)
class Figures:
    """A caption, a header, lines of a name and its cells, and notes below."""

    caption: str
    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def figures(run: Run, options: Options) -> Figures:
    """The table of some variables.

    Raises:
        UsageError: With every name that the run does not know.
    """
    lines = []
    for name in chosen(run, options.variables, HEADLINES):
        unit, series = run.summary.unit(name), run.summary.series(name)
        # The name of the line says a unit of FLOP; nine cells need not repeat it.
        cell = scientific if unit.startswith("FLOP") else partial(quantity, unit=unit)
        cells = [f"{cell(row[_MEDIAN])} ({cell(row[_LOW])} to {cell(row[_HIGH])})" for row in series]
        lines.append((f"{title(name)} ({axis_label(name, unit, log=False)})", *cells))
    crossings = [
        f"A run of {quantity(row.threshold, row.unit)} by {run.years[-1]}: {percent(row.by_year[-1])} of paths "
        f"({margin(row.errors[-1])} points Monte Carlo error)."
        for row in run.summary.crossings
        if row.variable == "training_cost"
    ]
    about = run.trajectories.attributes
    return Figures(
        caption=f"{about.get('title', run.scenario)}: medians and 90% intervals of the paths, by year",
        header=("", *map(str, run.years)),
        lines=tuple(lines),
        notes=(*crossings, f"{run.origin}."),
    )
