"""The figures of a sensitivity analysis: tornado, shares of the variance, and what is worth knowing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from matplotlib.figure import Figure

from forecast.report.charts.figures import provenance
from forecast.report.charts.page import page, place
from forecast.report.charts.render import render
from forecast.report.charts.shares import (
    MOST,
    alt_text_knowing,
    alt_text_shares,
    asked,
    knowing,
    largest,
    legend_room,
    shares,
    valuable,
)
from forecast.report.charts.tornado import alt_text_tornado, tornado, widest
from forecast.report.charts.wording import phrase
from forecast.report.numbers import margin, percent
from forecast.report.style import INK, figure_text, house_style, printable, shorten
from forecast.sensitivity import Sensitivity
from forecast.sensitivity.groups import Group

_ROW = 0.185
_LEFT, _RIGHT = 2.02, 0.8
_QUESTIONS = 12


def draw_sensitivity(found: Sensitivity, names: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """Every chart of a sensitivity analysis as files in memory: name to bytes, SVG and PNG of each.

    Args:
        found: The analysis.
        names: What each lab is called, by its id.
    """
    labs = names or {}
    found = _called(found, labs)
    files: dict[str, bytes] = {}
    with house_style():
        made = {
            "tornado": (tornado_figure(found), alt_text_tornado(found)),
            "shares": (shares_figure(found), alt_text_shares(found)),
        }
        if found.answers:
            made["knowing"] = (
                knowing_figure(found, labs),
                alt_text_knowing(found.answers, labs, most=_QUESTIONS),
            )
        for name, (figure, description) in made.items():
            heading = f"{name}: {_title(found)}"
            for suffix, content in render(figure, title=heading, description=description).items():
                files[f"{name}.{suffix}"] = content
    return files


def _called(found: Sensitivity, names: Mapping[str, str]) -> Sensitivity:
    """The analysis with labs under the names that people know them by."""

    def called(group: Group) -> Group:
        return replace(group, lab=names.get(group.lab, group.lab))

    return replace(
        found,
        influences=tuple(replace(each, group=called(each.group)) for each in found.influences),
        answers=tuple(
            replace(answer, knowing=tuple(replace(each, group=called(each.group)) for each in answer.knowing))
            for answer in found.answers
        ),
    )


def tornado_figure(found: Sensitivity) -> Figure:
    """The tornado on a page of its own."""
    note = (
        "Each bar moves one input from its 5% (blue) to its 95% quantile (red), with all else drawn as before, on the "
        "same paths; correlated inputs stay where they were drawn. Inputs of each lab, source or tier move together. "
        "Black line: median of the forecast. Chance that differs from year to year has no one value to move."
    )
    rows = len(widest(found))
    figure, top, bottom = page(
        f"What moves the {phrase(found.target.variable)} of {found.target.year}",
        _title(found),
        note,
        provenance(found.attributes),
        height=1.75 + _ROW * rows,
    )
    tornado(place(figure, left=_LEFT, right=0.25, top=top + 0.42, bottom=bottom), found)
    return figure


def shares_figure(found: Sensitivity) -> Figure:
    """The shares of the variance on a page of its own."""
    shown, _, others = largest(found, MOST)
    scale = "its logarithm" if found.target.log else "it"
    note = (
        "Bars: Shapley effects, which share interactions and correlations fairly and add up to 100%; lines: 90% "
        "confidence intervals. Rings: explained by the input alone (with what is correlated with it). Ticks: what "
        "would be left if all else were known. Alone below the bar means that it acts together with others."
    )
    legend = legend_room(each.group.source for each in shown)
    figure, top, bottom = page(
        f"Where the spread of the {phrase(found.target.variable)} of {found.target.year} comes from",
        f"{_title(found)} · share of the variance of {scale}",
        note,
        provenance(found.attributes),
        height=1.55 + _ROW * (len(shown) + bool(others)) + legend,
    )
    shares(place(figure, left=_LEFT, right=_RIGHT, top=top + 0.22, bottom=bottom + legend), found)
    return figure


def knowing_figure(found: Sensitivity, names: Mapping[str, str]) -> Figure:
    """What knowing is worth for each question, one below the other."""
    note = (
        "Bars: by how much the expected Brier score of the best forecast would fall if the input were known exactly "
        "(100%: it decides the answer), with 90% intervals. Beside them: standard deviation of the probability's "
        "move. Inputs whose value does not stand out from its error are left out."
    )
    kinds = [each.group.source for answer in found.answers for each in valuable(answer, _QUESTIONS)]
    legend = legend_room(kinds)
    counts = [max(len(valuable(answer, _QUESTIONS)), 1) for answer in found.answers]
    heights = [0.62 + _ROW * count for count in counts]
    figure, top, _ = page(
        "What would be worth knowing",
        _title(found),
        note,
        provenance(found.attributes),
        height=1.0 + sum(heights) + legend,
    )
    height = float(figure.get_size_inches()[1])
    for answer, count, room in zip(found.answers, counts, heights, strict=True):
        error = margin(answer.error)
        text = f"{asked(answer, names)}: now {percent(answer.probability)}{f' ({error})' if error else ''}"
        figure_text(
            figure,
            0.12,
            top + 0.17,
            shorten(text, 480.0, 8.5, "bold"),
            fontsize=8.5,
            fontweight="bold",
            color=INK,
            va="baseline",
        )
        ax = place(
            figure,
            left=_LEFT,
            right=_RIGHT,
            top=top + 0.42,
            bottom=height - top - 0.42 - _ROW * count,
        )
        knowing(ax, answer, most=_QUESTIONS, legend=kinds if answer is found.answers[-1] else ())
        top += room
    return figure


def _title(found: Sensitivity) -> str:
    return printable(found.attributes.get("title") or found.attributes.get("scenario") or "scenario")
