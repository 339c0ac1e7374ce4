"""Who drops out when: for each lab the first year in which it can no longer pay, and how often that does not come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from forecast.report.charts.affordability import cell, shade, side_words
from forecast.report.charts.figures import summary_page
from forecast.report.charts.page import place as axes_at
from forecast.report.charts.sizes import PAGE, Size
from forecast.report.likelihood import SCALE, likelihood
from forecast.report.numbers import margin, percent
from forecast.report.style import BODY_SIZE, INK, PAPER, axes_points, plain, printable, readable_on, shorten
from forecast.shapes import Summary, Trajectories
from forecast.summary import share_error
from forecast.units import Array


@dataclass(frozen=True)
class Dropouts:
    """Shares of paths by lab, shape ``(lab, outcome)``; each row adds up to one.

    The first outcome is that the lab can pay in no year of the forecast; then, for each year but the first, that it
    cannot pay in it for the first time after a year in which it could; the last is that it still pays at the end
    (censored: it may drop out later).
    """

    labs: tuple[str, ...]
    years: tuple[int, ...]
    shares: Array
    error: float


def dropouts(trajectories: Trajectories) -> Dropouts:
    """When labs drop out, read off the paths; those that pay most often to the end stand first.

    Args:
        trajectories: The paths, with who can pay.

    Raises:
        KeyError: When the paths do not say who can pay.
    """
    can_pay = trajectories["affordable"] > 0
    years, labs = trajectories.coordinates.years, trajectories.coordinates.labs
    fails = can_pay[:, :-1] & ~can_pay[:, 1:]
    # 0: never able; 1 to last: drops out before that year's end; len(years): still pays.
    outcome = np.where(
        fails.any(axis=1), fails.argmax(axis=1) + 1, np.where(can_pay.any(axis=1), len(years), 0)
    )
    shares = np.array([np.bincount(row, minlength=len(years) + 1) for row in outcome]) / trajectories.draws
    order = sorted(range(len(labs)), key=lambda row: (-shares[row, -1], shares[row, 0], labs[row]))
    return Dropouts(
        labs=tuple(labs[row] for row in order),
        years=years[1:],
        shares=shares[order],
        error=float(max(share_error(trajectories, outcome == each).max() for each in range(len(years) + 1))),
    )


def dropout(
    ax: Axes,
    found: Dropouts,
    *,
    names: Mapping[str, str] | None = None,
    words: bool = False,
    name_width: float = 118.0,
) -> None:
    """Draw when labs drop out as a table with colours: a row a lab, a column an outcome, a share in every cell.

    Args:
        ax: Any matplotlib axes, with room at the left for names and at the top for two lines.
        found: The shares.
        names: What each lab is called; by default its id.
        words: Say how likely a lab still pays at the end in calibrated words too, at the right.
        name_width: Room for names [point].
    """
    rows, columns = found.shares.shape
    colours = LinearSegmentedColormap.from_list("affordability", [shade(0.0), shade(1.0)])
    ax.pcolormesh(
        np.arange(columns + 1),
        np.arange(rows + 1),
        found.shares,
        cmap=colours,
        vmin=0.0,
        vmax=1.0,
        edgecolors=PAPER,
        linewidth=1.0,
    )
    ax.set_xlim(0, columns)
    ax.set_ylim(rows, 0)
    width, height = axes_points(ax)
    narrow = width / columns < 32.0
    size = min(6.5 if narrow else BODY_SIZE, 0.62 * height / rows)
    for place, share in enumerate(found.shares.ravel()):
        row, column = divmod(place, columns)
        cell(
            ax,
            column + 0.5,
            row + 0.5,
            (_coarse if narrow else percent)(float(share)),
            size,
            readable_on(shade(float(share))),
        )
    heads = ["never\ncould", *(str(year) for year in found.years), f"still pays\nafter {found.years[-1]}"]
    if narrow:
        heads[-1] = "still\npays"
    ax.set_xticks([column + 0.5 for column in range(columns)], heads)
    ax.set_yticks(
        [row + 0.5 for row in range(rows)],
        [shorten((names or {}).get(lab, lab), name_width, size) for lab in found.labs],
    )
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelsize=size, labelcolor=INK, pad=3)
    for spine in ax.spines.values():
        spine.set_visible(False)
    # The two outcomes that are no year stand apart.
    for place in (1, columns - 1):
        ax.plot([place, place], [-0.1, rows], color=INK, linewidth=0.8, clip_on=False)
    if words:
        side_words(ax, columns, -0.7, "in words", min(size, 7.0))
        for row, share in enumerate(found.shares[:, -1]):
            side_words(ax, columns, row + 0.5, likelihood(float(share)), min(size, 7.0))
    plain([*ax.get_yticklabels(), *ax.get_xticklabels()])


def _coarse(share: float) -> str:
    """A share without decimals, for cells that have no room for them; none and all are still told apart from little."""
    if 0.0 < share < 0.01:
        return "<1%"
    return ">99%" if 0.99 < share < 1.0 else percent(share)


def dropout_figure(
    summary: Summary,
    trajectories: Trajectories,
    names: Mapping[str, str] | None = None,
    *,
    size: Size = PAGE,
    words: bool = False,
) -> Figure:
    """Who drops out when, on a page of its own."""
    found = dropouts(trajectories)
    last = found.years[-1]
    note = (
        "Each row adds up to 100%. A year: the first in which the lab cannot pay for the record run after a year in "
        f"which it could (it may come back). Last column: it can pay from the first time on through {last}; what comes "
        f"then is not known. Monte Carlo standard error of a share: at most {margin(found.error)} points."
    )
    if words:
        note += f" {SCALE}"
    figure, top, bottom = summary_page(
        summary,
        "Who drops out when: first year a lab can no longer pay, share of paths",
        note,
        height=1.75 + 0.235 * len(found.labs) + (0.25 if words else 0.0),
        body=0.5 + 0.17 * len(found.labs),
        size=size,
    )
    ax = axes_at(
        figure,
        left=1.05 if size.narrow else 1.85,
        right=1.3 if words else 0.12,
        top=top + 0.32,
        bottom=bottom - 0.15,
    )
    dropout(ax, found, names=names, words=words, name_width=66.0 if size.narrow else 118.0)
    return figure


def alt_text_dropout(
    trajectories: Trajectories, *, names: Mapping[str, str] | None = None, words: bool = False
) -> str:
    """What the table shows, in sentences with its numbers."""
    found = dropouts(trajectories)
    last = found.years[-1]
    opening = (
        f"Table of {len(found.labs)} labs: the share of paths on which each can for the first time no longer pay for "
        f"the record run, by year from {found.years[0]} to {last}; labs that pay to the end stand first."
    )
    sentences = [opening]
    for lab, row in zip(found.labs, found.shares, strict=True):
        when = ", ".join(
            f"{year} {percent(float(share))}" for year, share in zip(found.years, row[1:-1], strict=True)
        )
        term = f" ({likelihood(float(row[-1]))})" if words else ""
        sentences.append(
            f"{printable((names or {}).get(lab, lab))}: drops out in {when}; still pays after {last} "
            f"{percent(float(row[-1]))}{term}; could pay in no year {percent(float(row[0]))}."
        )
    return " ".join(sentences)
