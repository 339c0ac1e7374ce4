"""Simulation-based calibration as a chart: where the truths fell among the draws of their fits."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator
from numpy import intp
from numpy.typing import NDArray

from forecast.fit.calibration import PROBABILITY, Calibration, Verdict, histogram, histogram_band
from forecast.fit.headlines import QUANTITIES
from forecast.report.charts.panels import panels
from forecast.report.style import BLUE, FAINT, INK, VERMILLION, mix

_BINS = 20
_FEW, _FEW_BINS = 200, 10


def ranks_figure(calibration: Calibration, verdicts: tuple[Verdict, ...]) -> Figure:
    """A rank histogram of every quantity with the band that holds all bars of all of them.

    Args:
        calibration: The ranks.
        verdicts: How uniform they are, in the order of the panels.
    """
    bins = _BINS if calibration.fits >= _FEW else _FEW_BINS
    band = histogram_band(calibration, bins)
    failed = sum(not verdict.passed for verdict in verdicts)
    outcome = "every quantity passes" if not failed else f"{failed} of {len(verdicts)} quantities fail"
    figure, axes = panels(
        [label(verdict.name) for verdict in verdicts],
        heading="Does the fit find what was put in?",
        subtitle=f"{calibration.fits} made-up histories, {calibration.draws} draws of each fit: {outcome}",
        note=(
            "Each panel: how many truths fell into each stretch of the draws of their fits, lowest draws left. Grey: "
            f"range in which all bars of all panels stay with {100 * PROBABILITY:.0f}% probability if the fit is "
            "right; line: the even number. A hill would mean intervals too wide, a bowl too narrow, a slope a bias. p: "
            "probability of so large a departure of the ranks' distribution function, before correction for the number "
            "of panels."
        ),
        height=0.5,
    )
    for ax, verdict in zip(axes, verdicts, strict=True):
        counts = histogram(calibration.ranks[verdict.name], calibration.draws, bins)
        rank_histogram(ax, counts, band, even=calibration.fits / bins, p=verdict.p)
    return figure


def label(name: str) -> str:
    """What a judged quantity is called."""
    return QUANTITIES[name].label if name in QUANTITIES else name.replace("_", " ")


def rank_histogram(ax: Axes, counts: NDArray[intp], band: tuple[int, int], *, even: float, p: float) -> None:
    """One rank histogram with its band.

    Args:
        ax: The axes.
        counts: Truths in each stretch of ranks.
        band: Lowest and highest count within the band.
        even: The number in each stretch if truths fall evenly.
        p: Probability of so large a departure.
    """
    bins = len(counts)
    ax.axhspan(band[0], band[1], color=mix(FAINT, 0.3), linewidth=0.0, zorder=0)
    inside = [band[0] <= count <= band[1] for count in counts]
    colors = [BLUE if good else VERMILLION for good in inside]
    ax.bar(
        [(place + 0.5) / bins for place in range(bins)], counts, width=0.9 / bins, color=colors, linewidth=0
    )
    ax.axhline(even, color=INK, linewidth=0.6)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, 1.3 * max(band[1], int(counts.max())))
    ax.xaxis.set_major_locator(FixedLocator([0.0, 0.5, 1.0]))
    ax.xaxis.set_major_formatter(FixedFormatter(["lowest", "middle", "highest"]))
    first, _, last = ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    ax.text(0.99, 0.98, f"p = {p:.2g}", transform=ax.transAxes, fontsize=5.5, color=INK, ha="right", va="top")


def alt_text_ranks(calibration: Calibration, verdicts: tuple[Verdict, ...]) -> str:
    """What the figure shows, in words."""
    told = [f"{label(each.name)} p {each.p:.2g}{'' if each.passed else ', fails'}" for each in verdicts]
    return (
        f"Rank histograms of {len(verdicts)} quantities over {calibration.fits} made-up histories. "
        + "; ".join(told)
        + "."
    )
