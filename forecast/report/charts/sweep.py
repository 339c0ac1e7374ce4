"""Sweeps: lines with bands for one swept assumption, a map with contours for two, dots for a Latin hypercube."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize, to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from forecast.report.charts.axes import linear_axis, log_axis, name_axis
from forecast.report.charts.ends import Named, end_labels, level_name
from forecast.report.charts.figures import provenance
from forecast.report.charts.frame import Frame
from forecast.report.charts.page import page, place
from forecast.report.charts.render import render
from forecast.report.charts.wording import axis_label, phrase, title, unit_words
from forecast.report.numbers import quantity, short, significant
from forecast.report.style import (
    BLUE,
    BODY_SIZE,
    FAINT,
    INK,
    LABEL_SIZE,
    MUTED,
    PAPER,
    axes_points,
    house_style,
    mix,
    plain,
    printable,
    readable_on,
    text_size,
)
from forecast.shapes import QUANTILES
from forecast.sweep import Axis, Sweep, axis_text
from forecast.units import Array

_PALE, _DARK = mix(BLUE, 0.06), "#08407A"
_MIDDLE = QUANTILES.index(0.5)
_BANDS = ((0.05, 0.95, 0.18), (0.10, 0.90, 0.30), (0.25, 0.75, 0.48))
_MOST_PANELS = 6
# A median of a count jumps between whole numbers; its mean moves.
_BY_MEAN = ("count", "share", "probability", "yes/no")


def draw_sweep(found: Sweep, year: int) -> dict[str, bytes]:
    """A chart for each variable of a sweep as files in memory, SVG and PNG of each; none for what has no picture."""
    files: dict[str, bytes] = {}
    if found.design == "grid" and len(found.axes) > 2:
        return files
    with house_style():
        for variable in found.variables:
            figure = sweep_figure(found, variable, year)
            heading = f"sweep of {variable}: {_title(found)}"
            description = alt_text_sweep(found, variable, year)
            for suffix, content in render(figure, title=heading, description=description).items():
                files[f"sweep-{variable}.{suffix}"] = content
    return files


def sweep_figure(found: Sweep, variable: str, year: int) -> Figure:
    """One variable over the swept assumptions on a page of its own."""
    heading = f"{title(variable)} in {year}"
    swept = ", ".join(axis.label for axis in found.axes)
    line = f"{_title(found)} · {statistic(found, variable)} by {swept}"
    same = f"All {len(found.points)} points share the same draws."
    if len(found.axes) == 1:
        note = f"Thick line: median; bands: 50, 80 and 90% of the paths, equal tails. Dots: the points computed. {same}"
        figure, top, bottom = page(heading, line, note, provenance(found.attributes), height=4.3)
        lines(place(figure, left=0.62, right=1.2, top=top + 0.3, bottom=bottom + 0.35), found, variable, year)
    elif len(found.axes) == 2:
        kind = statistic(found, variable)
        note = f"Colour and numbers: {kind} over the paths; lines: contours of equal {kind}, its value framed. {same}"
        figure, top, bottom = page(heading, line, note, provenance(found.attributes), height=5.2)
        heat(place(figure, left=0.75, right=0.35, top=top + 0.3, bottom=bottom + 0.4), found, variable, year)
    else:
        shown = found.axes[:_MOST_PANELS]
        rows = math.ceil(len(shown) / 2)
        note = (
            f"Each dot is one point of a Latin hypercube: {statistic(found, variable)} over its paths. {same}"
        )
        if len(shown) < len(found.axes):
            note += f" {len(found.axes) - len(shown)} further assumptions are swept and not shown."
        figure, top, bottom = page(heading, line, note, provenance(found.attributes), height=1.1 + 2.3 * rows)
        width, height = figure.get_size_inches()
        for number, _ in enumerate(shown):
            row, side = divmod(number, 2)
            upper = top + 0.3 + 2.3 * row
            ax = place(
                figure,
                left=0.62 + side * width / 2,
                right=width / 2 + 0.15 if side == 0 else 0.25,
                top=upper,
                bottom=height - upper - 1.55,
            )
            dots(ax, found, variable, year, number)
    return figure


def lines(ax: Axes, found: Sweep, variable: str, year: int) -> None:
    """Draw the median and the 50, 80 and 90% bands over one swept assumption.

    Args:
        ax: Any matplotlib axes, already in their place.
        found: A sweep of one assumption.
        variable: The variable that is shown.
        year: Its year.
    """
    order = sorted(found.points, key=lambda point: point.values)
    x = [point.values[0] for point in order]
    table = np.array([point.row(variable, year).quantiles for point in order])
    unit = found.points[0].row(variable, year).unit
    for low, high, strength in _BANDS:
        ax.fill_between(
            x,
            table[:, QUANTILES.index(low)],
            table[:, QUANTILES.index(high)],
            color=mix(BLUE, strength),
            linewidth=0,
        )
    for level in (*(low for low, _, _ in _BANDS), *(high for _, high, _ in _BANDS)):
        ax.plot(x, table[:, QUANTILES.index(level)], color=mix(BLUE, 0.8), linewidth=0.6)
    ax.plot(
        x, table[:, _MIDDLE], color=_DARK, linewidth=1.6, marker="o", markersize=3.0, clip_on=False, zorder=3
    )
    _value_axis(ax, table, unit)
    name_axis(ax, axis_label(variable, unit, log=ax.get_yscale() == "log"))
    _assumption_axis(ax, found.axes[0], horizontal=True)
    frame = Frame(0.0, 1.0, *ax.get_ylim(), ax.get_yscale() == "log", *axes_points(ax))
    ends = [
        Named(level_name(level), float(value), BLUE)
        for level, value in zip(QUANTILES, table[-1], strict=True)
    ]
    end_labels(
        ax, frame, ends, unit, start=1.0, heading=f"at {axis_text(found.axes[0], x[-1])}", size=LABEL_SIZE
    )


def heat(ax: Axes, found: Sweep, variable: str, year: int) -> None:
    """Draw a map over two swept assumptions with contours; cells with numbers for a grid, dots for a hypercube.

    Args:
        ax: Any matplotlib axes, already in their place.
        found: A sweep of two assumptions.
        variable: The variable that is shown.
        year: Its year.
    """
    values = np.array([_value(found, variable, year, number) for number in range(len(found.points))])
    unit = found.points[0].row(variable, year).unit
    log = bool(values.min() > 0.0 and unit not in _BY_MEAN)
    norm = _norm(values, log=log)
    colours = LinearSegmentedColormap.from_list("sweep", [_PALE, _DARK])
    places = np.array(
        [
            [_place(axis, each) for axis, each in zip(found.axes, point.values, strict=True)]
            for point in found.points
        ]
    )
    if found.design == "grid":
        first, second = found.axes
        shape = (first.number, second.number)
        grid = values.reshape(shape).T
        across, up = places[:: second.number, 0], places[: second.number, 1]
        ax.pcolormesh(
            _borders(across), _borders(up), grid, cmap=colours, norm=norm, edgecolors=PAPER, linewidth=0.8
        )
        _cells(ax, across, up, grid, unit, lambda value: to_hex(colours(norm(value))))
        ax.set_xlim(float(_borders(across)[0]), float(_borders(across)[-1]))
        ax.set_ylim(float(_borders(up)[0]), float(_borders(up)[-1]))
        _contours(ax, across, up, grid, unit, log=log, columns=_borders(across)[-2:0:-1], taken=[])
    else:
        ax.scatter(
            places[:, 0],
            places[:, 1],
            c=values,
            cmap=colours,
            norm=norm,
            s=46,
            edgecolors=INK,
            linewidths=0.5,
            zorder=3,
        )
        if len(values) >= 6:
            left, right = places[:, 0].min(), places[:, 0].max()
            _contours(
                ax,
                *_interpolated(places, values, log=log),
                unit,
                log=log,
                columns=np.linspace(right, left, 8)[1:-1],
                taken=places.tolist(),
            )
        for (x, y), value in zip(places, values, strict=True):
            ax.annotate(
                short(float(value), unit) if unit not in _BY_MEAN else significant(float(value)),
                (x, y),
                xytext=(0, 5),
                textcoords="offset points",
                ha="center",
                fontsize=LABEL_SIZE,
                color=INK,
                parse_math=False,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6},
            )
        ax.set_xlim(*_padded(found.axes[0]))
        ax.set_ylim(*_padded(found.axes[1]))
    _assumption_axis(ax, found.axes[0], horizontal=True, scaled=True)
    _assumption_axis(ax, found.axes[1], horizontal=False, scaled=True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def dots(ax: Axes, found: Sweep, variable: str, year: int, number: int) -> None:
    """Draw one variable against one of several swept assumptions, a dot a point."""
    values = np.array([_value(found, variable, year, place) for place in range(len(found.points))])
    unit = found.points[0].row(variable, year).unit
    x = [point.values[number] for point in found.points]
    ax.plot(x, values, linestyle="none", marker="o", markersize=3.2, color=BLUE, alpha=0.8)
    _value_axis(ax, values[:, np.newaxis], unit)
    scale = ", log axis" if ax.get_yscale() == "log" else ""
    name_axis(ax, f"{unit_words(unit)}{scale}", size=LABEL_SIZE)
    _assumption_axis(ax, found.axes[number], horizontal=True)


def statistic(found: Sweep, variable: str) -> str:
    """Which number of each point is shown: the median, or the mean of what is counted."""
    unit = next(row.unit for row in found.points[0].rows if row.variable == variable)
    return "mean" if unit in _BY_MEAN else "median"


def alt_text_sweep(found: Sweep, variable: str, year: int) -> str:
    """What the chart of a sweep shows, in sentences: the least and the greatest value and where they are."""
    values = [_value(found, variable, year, number) for number in range(len(found.points))]
    unit = found.points[0].row(variable, year).unit
    swept = ", ".join(axis.label for axis in found.axes)
    kind = statistic(found, variable)
    sentences = [f"{title(variable)} in {year} ({kind}) over {len(found.points)} combinations of {swept}."]
    for word, best in (("Least", int(np.argmin(values))), ("Greatest", int(np.argmax(values)))):
        where = ", ".join(
            f"{axis.label} {axis_text(axis, value)}"
            for axis, value in zip(found.axes, found.points[best].values, strict=True)
        )
        sentences.append(f"{word} {phrase(variable)}: {quantity(values[best], unit)} at {where}.")
    return printable(" ".join(sentences))


def _value(found: Sweep, variable: str, year: int, number: int) -> float:
    row = found.points[number].row(variable, year)
    return row.mean if row.unit in _BY_MEAN else row.quantiles[_MIDDLE]


def _place(axis: Axis, value: float) -> float:
    """Where a value stands along an axis: by its logarithm where steps are even in it."""
    return math.log(value) if axis.log else value


def _padded(axis: Axis) -> tuple[float, float]:
    low, high = _place(axis, axis.low), _place(axis, axis.high)
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def _borders(centers: Array) -> Array:
    middle = 0.5 * (centers[1:] + centers[:-1])
    found: Array = np.concatenate(
        [[centers[0] - (middle[0] - centers[0])], middle, [2 * centers[-1] - middle[-1]]]
    )
    return found


def _norm(values: Array, *, log: bool) -> Normalize:
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = (0.5 * low, 2.0 * high) if log else (low - 0.5, high + 0.5)
    return LogNorm(low, high) if log else Normalize(low, high)


def _levels(values: Array, *, log: bool) -> list[float]:
    low, high = float(values.min()), float(values.max())
    # Within a decade even steps read as rounder numbers than even ratios.
    if not log or high < 10.0 * low:
        return [
            tick for tick in MaxNLocator(7, steps=[1, 2, 5, 10]).tick_values(low, high) if low < tick < high
        ]
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in (
        (1,),
        (1, 3),
        (1, 2, 5),
        (1, 1.5, 2, 3, 4, 5, 6, 8),
        tuple(1 + 0.1 * step for step in range(90)),
    ):
        levels = [factor * 10.0**power for power in powers for factor in factors]
        inside = [level for level in levels if low < level < high]
        if len(inside) >= 4:
            return inside[:: math.ceil(len(inside) / 8)]
    return [0.5 * (low + high)]


def _contours(
    ax: Axes,
    across: Array,
    up: Array,
    grid: Array,
    unit: str,
    *,
    log: bool,
    columns: Array,
    taken: list[list[float]],
) -> None:
    """Contours with their values, which stand where a contour crosses one of the ``columns``, away from ``taken``."""
    if min(grid.shape) < 2 or np.ptp(grid[np.isfinite(grid)]) == 0.0:
        return
    shown = np.log(grid) if log else grid
    levels = _levels(grid[np.isfinite(grid)], log=log)
    places = np.log(levels) if log else levels
    # White below, so that the lines stand out from dark cells too.
    ax.contour(across, up, shown, levels=places, colors=PAPER, linewidths=2.4, linestyles="solid")
    drawn = ax.contour(across, up, shown, levels=places, colors=INK, linewidths=0.8, linestyles="solid")
    scale = np.array(axes_points(ax)) / (np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim()))
    for level, segments in zip(levels, drawn.allsegs, strict=True):
        text = _cell_text(level, unit)
        room = np.array([text_size(text, LABEL_SIZE)[0] + 4.0, 1.8 * LABEL_SIZE])
        crossings = [
            [float(column), float(np.interp(column, *line[np.argsort(line[:, 0])].T))]
            for column in columns
            for line in segments
            if line[:, 0].min() < column < line[:, 0].max()
        ]
        free = (
            at
            for at in crossings
            if not any((np.abs(np.subtract(at, other)) * scale < room).all() for other in taken)
        )
        if (chosen := next(free, None)) is not None:
            taken.append(chosen)
            ax.text(
                chosen[0],
                chosen[1],
                text,
                fontsize=LABEL_SIZE,
                fontweight="bold",
                color=INK,
                ha="center",
                va="center_baseline",
                parse_math=False,
                zorder=5,
                bbox={"facecolor": PAPER, "edgecolor": INK, "linewidth": 0.5, "pad": 1.2},
            )


def _interpolated(places: Array, values: Array, *, log: bool) -> tuple[Array, Array, Array]:
    """A regular grid between scattered points: linear within triangles, nothing outside."""
    from scipy.interpolate import griddata

    across, up = (np.linspace(places[:, axis].min(), places[:, axis].max(), 60) for axis in (0, 1))
    found = griddata(
        places, np.log(values) if log else values, (across[np.newaxis, :], up[:, np.newaxis]), rescale=True
    )
    return across, up, np.ma.masked_invalid(np.exp(found) if log else found)


def _cells(ax: Axes, across: Array, up: Array, grid: Array, unit: str, shade: Callable[[float], str]) -> None:
    """The number of each cell, if all of them fit."""
    width, height = axes_points(ax)
    texts = [[_cell_text(float(value), unit) for value in row] for row in grid]
    room = width / len(across) - 4.0
    widest = max(text_size(text, LABEL_SIZE)[0] for row in texts for text in row)
    if widest > room or height / len(up) < 1.6 * LABEL_SIZE:
        return
    for row, y in enumerate(up):
        for column, x in enumerate(across):
            background = shade(float(grid[row, column]))
            ax.text(
                x,
                y,
                texts[row][column],
                fontsize=LABEL_SIZE,
                color=readable_on(background),
                ha="center",
                va="center_baseline",
                parse_math=False,
                zorder=4,
                bbox={"facecolor": background, "edgecolor": "none", "pad": 1.0},
            )


def _cell_text(value: float, unit: str) -> str:
    return significant(value) if unit == "count" else short(value, unit)


def _value_axis(ax: Axes, table: Array, unit: str) -> None:
    low, high = float(table.min()), float(table.max())
    if low > 0.0 and unit not in _BY_MEAN and high > 2.0 * low:
        log_axis(ax, low / 1.15, high * 1.15, unit)
    else:
        pad = 0.06 * (high - low) or 0.5
        linear_axis(ax, low - pad if low < 0.0 else max(low - pad, 0.0), high + pad, unit)


def _assumption_axis(ax: Axes, axis: Axis, *, horizontal: bool, scaled: bool = False) -> None:
    """An axis of values of an assumption; ``scaled`` when the data are already logarithms where the axis is."""
    side = ax.xaxis if horizontal else ax.yaxis
    if axis.log and not scaled:
        (ax.set_xscale if horizontal else ax.set_yscale)("log")
    if horizontal and not scaled:
        ax.set_xlim(axis.low, axis.high)
    values = (
        [axis.at(step / 4) for step in range(5)]
        if axis.number < 2 or axis.number > 8
        else [axis.at(step / (axis.number - 1)) for step in range(axis.number)]
    )
    side.set_major_locator(FixedLocator([_place(axis, value) if scaled else value for value in values]))
    side.set_major_formatter(
        FixedFormatter([f"{value:.3g}x" if axis.growth else quantity_text(axis, value) for value in values])
    )
    side.set_minor_locator(NullLocator())
    unit = "factor a year" if axis.growth else axis.unit
    label = f"{axis.label} [{unit}]" if unit else axis.label
    ax.tick_params(
        axis="x" if horizontal else "y", length=3, width=0.6, color=FAINT, labelsize=BODY_SIZE, labelcolor=INK
    )
    if horizontal:
        ax.set_xlabel(label, fontsize=BODY_SIZE, color=MUTED, parse_math=False)
    else:
        name_axis(ax, label)
    plain([*ax.get_xticklabels(), *ax.get_yticklabels()])


def quantity_text(axis: Axis, value: float) -> str:
    """A value of an assumption for an axis that names the unit."""
    return short(value, axis.unit)


def _title(found: Sweep) -> str:
    return printable(found.attributes.get("title") or found.attributes.get("scenario") or "scenario")
