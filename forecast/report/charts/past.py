"""The past on a fan: what was observed with its measurement errors, the record so far, and where the data end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from forecast.report.charts.frame import Box, Frame
from forecast.report.charts.history import HistoryPoint, notable
from forecast.report.style import FAINT, INK, LABEL_SIZE, MUTED, NOTE_SIZE, PAPER, shorten, text_size


def observed_points(ax: Axes, frame: Frame, points: Sequence[HistoryPoint]) -> None:
    """Draw what was observed as dots with their measurement errors."""
    bars = []
    for point in points:
        low = point.low if not frame.log or point.low > 0.0 else point.value
        bars.append([(point.date, low), (point.date, point.high)])
    ax.add_collection(
        LineCollection(bars, colors=FAINT, linewidths=0.5, alpha=0.8, zorder=2.6), autolim=False
    )
    ax.plot(
        [point.date for point in points],
        [point.value for point in points],
        linestyle="none",
        marker="o",
        markersize=2.6,
        markerfacecolor=INK,
        markeredgecolor=PAPER,
        markeredgewidth=0.3,
        zorder=3.5,
    )


def record_steps(ax: Axes, frame: Frame, highest: Sequence[HistoryPoint], end: float) -> list[Box]:
    """Draw the highest value so far; returns where the line runs."""
    boxes = []
    corners: list[tuple[float, float]] = []
    for place, point in enumerate(highest):
        until = highest[place + 1].date if place + 1 < len(highest) else end
        if until < frame.first or (frame.log and point.value <= 0.0):
            continue
        start = max(point.date, frame.first)
        x, y, right = (
            frame.across(start) * frame.width,
            frame.up(point.value) * frame.height,
            frame.across(until) * frame.width,
        )
        if corners:
            below = frame.up(corners[-1][1]) * frame.height
            boxes.append(Box(x - 0.5, below, x + 0.5, y))
        corners += [(start, point.value), (until, point.value)]
        boxes.append(Box(x, y - 0.5, right, y + 0.5))
    if corners:
        ax.plot(*zip(*corners, strict=True), color=MUTED, linewidth=0.7, zorder=2.7)
    return boxes


def data_end(
    ax: Axes, frame: Frame, end: float | None, taken: list[Box], size: float, *, later: bool
) -> None:
    """Mark where the data end, and add to ``taken`` where the words stand; ``later`` says that some dots lie behind."""
    if end is None or not frame.first < end < frame.last:
        return
    across = frame.across(end)
    ax.plot(
        [across, across],
        [0, 1],
        transform=ax.transAxes,
        color=FAINT,
        linewidth=0.7,
        dashes=(5, 2),
        zorder=1.0,
    )
    words = f"{'fitted to' if later else 'data end'}\n{_month(end)}"
    width, height = text_size(words, min(size, LABEL_SIZE))
    left, bottom = across * frame.width + 3.0, 4.0
    ax.text(
        left / frame.width,
        bottom / frame.height,
        words,
        transform=ax.transAxes,
        fontsize=min(size, LABEL_SIZE),
        color=MUTED,
        verticalalignment="bottom",
        parse_math=False,
        zorder=6,
    )
    taken.append(Box(left, bottom, left + width, bottom + height))
    taken.append(Box(left - 3.5, 0.0, left - 2.5, frame.height))


def point_names(
    ax: Axes, frame: Frame, points: Sequence[HistoryPoint], taken: list[Box], names: int, *, limit: float
) -> None:
    """Name the most notable points where a place is left that overlaps nothing; the others stay nameless."""
    places = [
        (frame.across(point.date) * frame.width, frame.up(point.value) * frame.height) for point in points
    ]
    dots = [Box(x - 1.5, y - 1.5, x + 1.5, y + 1.5) for x, y in places]
    for (x, y), point in zip(places, points, strict=True):
        low = frame.up(point.low) * frame.height if point.low > 0.0 or not frame.log else y
        dots.append(Box(x - 0.4, low, x + 0.4, frame.up(point.high) * frame.height))
    named = 0
    for point in notable(points):
        if named == names:
            break
        x, y = frame.across(point.date) * frame.width, frame.up(point.value) * frame.height
        text = shorten(point.label, 110.0, NOTE_SIZE)
        width, height = text_size(text, NOTE_SIZE)
        for reach in (3.5, 8.0, 14.0, 22.0):
            spots = [
                (x - reach - width, y + 0.4 * reach),
                (x - reach - width, y - 0.5 * height),
                (x - width - 1.0, y + reach),
                (x - 0.5 * width, y + reach),
                (x + reach, y - 0.4 * reach - height),
            ]
            boxes = [Box(left, bottom, left + width, bottom + height) for left, bottom in spots]
            free = [
                box
                for box in boxes
                if box.left >= 2.0
                and box.right <= limit
                and box.bottom >= 1.0
                and box.top <= frame.height
                and not any(box.meets(other) for other in (*taken, *dots))
                # A name that stands nearer to another dot would be read as that one's.
                and box.distance(x, y) <= min(box.distance(*place) for place in places)
            ]
            if free:
                _write_name(ax, frame, text, (x, y), free[0], leader=reach > 4.0)
                taken.append(free[0])
                named += 1
                break


def _write_name(
    ax: Axes, frame: Frame, text: str, dot: tuple[float, float], box: Box, *, leader: bool
) -> None:
    if leader:
        x = min(max(dot[0], box.left), box.right)
        y = box.bottom + 1.0 if box.bottom > dot[1] else box.top - 1.0
        ax.plot(
            [dot[0] / frame.width, x / frame.width],
            [dot[1] / frame.height, y / frame.height],
            transform=ax.transAxes,
            color=FAINT,
            linewidth=0.4,
            zorder=3.4,
        )
    ax.text(
        box.left / frame.width,
        (box.bottom + 0.5 * (box.top - box.bottom)) / frame.height,
        text,
        transform=ax.transAxes,
        fontsize=NOTE_SIZE,
        color=INK,
        verticalalignment="center_baseline",
        parse_math=False,
        zorder=6,
    )


def decimal_year(day: str) -> float | None:
    """A day such as ``2025-08-31`` as a year with decimals; None for what is no day."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return None
    start, end = date(found.year, 1, 1).toordinal(), date(found.year + 1, 1, 1).toordinal()
    return found.year + (found.toordinal() - start) / (end - start)


def _month(decimal_year: float) -> str:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    year = int(decimal_year)
    return f"{months[min(int((decimal_year - year) * 12.0), 11)]} {year}"
