"""How every chart looks: colours, sizes, fonts, and text that fits whatever the names are.

Chart functions pass these explicitly, so they work on anybody's axes; `house_style` is for figures of our own.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

# Okabe and Ito (2008); the four of their eight colours that reach 3:1 against white.
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
SCENARIO_COLORS: Mapping[str, str] = {
    "baseline": BLUE,
    "pessimistic": VERMILLION,
    "optimistic": GREEN,
    "essay-2023": PURPLE,
}

INK = "#1A1A1A"
MUTED = "#595959"
FAINT = "#8C8C8C"
RULE = "#D9D9D9"
PAPER = "#FFFFFF"

TITLE_SIZE = 11.0
BODY_SIZE = 8.0
LABEL_SIZE = 7.0
NOTE_SIZE = 6.5

PAGE_WIDTH = 7.2
"""Width of a figure that fills the text width of a printed page [inch]."""

_FONT = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"

_NOT_LOOKS = ("backend", "date", "interactive", "keymap", "timezone", "toolbar", "webagg")
_HOUSE: Mapping[str, Any] = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": BODY_SIZE,
    "text.color": INK,
    "text.parse_math": False,
    # Fitting glyphs to the pixel grid is slow and gains nothing at the resolution of print.
    "text.hinting": "none",
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.facecolor": PAPER,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": PAPER,
    "figure.dpi": 100.0,
    "savefig.facecolor": PAPER,
    "savefig.edgecolor": PAPER,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": BODY_SIZE,
    "ytick.labelsize": BODY_SIZE,
    # Outlines look the same on every machine and need no font there; the words travel in the title and description.
    "svg.fonttype": "path",
    # Element ids are random without a salt, and the same inputs have to give the same bytes.
    "svg.hashsalt": "forecast",
    # Letters stay letters in a PDF: they can be searched, copied and read aloud.
    "pdf.fonttype": 42,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's own defaults with this project's look, whatever the user's settings are; undone on leaving."""
    defaults: dict[str, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(_NOT_LOOKS)
    }
    # The names of matplotlib's settings are a closed type there and plain text here.
    with mpl.rc_context(cast("Any", {**defaults, **_HOUSE})):
        yield


def scenario_color(scenario: str) -> str:
    """The colour that stands for a scenario in every chart; unknown names always get the same one of the palette."""
    if scenario in SCENARIO_COLORS:
        return SCENARIO_COLORS[scenario]
    palette = tuple(SCENARIO_COLORS.values())
    return palette[zlib.crc32(scenario.encode()) % len(palette)]


def luminance(color: str) -> float:
    """Relative luminance of a colour (WCAG 2.2): 0 for black, 1 for white."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2), from 1 to 21; text needs 4.5, graphics 3."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(background: str) -> str:
    """Black or white, whichever reads better; the better of the two always reaches 4.5 to 1."""
    return max(("#000000", "#FFFFFF"), key=lambda color: contrast(color, background))


def mix(color: str, share: float, other: str = PAPER) -> str:
    """A colour thinned with another: ``share`` of the first, the rest of the other."""
    red, green, blue = (
        share * first + (1.0 - share) * second
        for first, second in zip(to_rgb(color), to_rgb(other), strict=True)
    )
    return to_hex((red, green, blue))


def text_color(color: str) -> str:
    """The same hue dark enough for small text on white (4.5 to 1)."""
    share = 1.0
    while contrast(mix(color, share, "#000000"), PAPER) < 4.5:
        share -= 0.05
    return mix(color, share, "#000000")


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(get_font(_FONT).get_charmap())


def printable(text: str) -> str:
    """The text on one line, with a replacement sign for what the font cannot draw: no name can spoil a chart."""
    line = " ".join(text.split())
    return "".join(letter if ord(letter) in _glyphs() else "\N{REPLACEMENT CHARACTER}" for letter in line)


@lru_cache(maxsize=4096)
def text_size(text: str, size: float, weight: str = "normal") -> tuple[float, float]:
    """Width and height of text in points, lines included."""
    font = FontProperties(family=["DejaVu Sans"], size=size, weight=weight)
    lines = text.split("\n")
    widths = [
        text_to_path.get_text_width_height_descent(line, font, ismath=False)[0] if line else 0.0
        for line in lines
    ]
    return max(widths), 1.2 * size * len(lines)


def shorten(text: str, width: float, size: float, weight: str = "normal") -> str:
    """The text as far as it fits into a width in points, with an ellipsis where it was cut."""
    text = printable(text)
    if text_size(text, size, weight)[0] <= width:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if text_size(text[:middle].rstrip() + "…", size, weight)[0] <= width:
            fits = middle
        else:
            too_long = middle
    return text[:fits].rstrip() + "…"


def wrap(text: str, width: float, size: float) -> str:
    """The text broken into lines that fit into a width in points; a single word that is too long is cut."""
    lines: list[str] = []
    for word in printable(text).split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_size(longer, size)[0] <= width:
            lines[-1] = longer
        else:
            lines.append(shorten(word, width, size))
    return "\n".join(lines)


def spread(centers: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places for labels as near to where they belong as a minimum distance allows, in the order given.

    Least squares under the distance constraint (pool adjacent violators).

    Args:
        centers: Where each label belongs, in ascending order.
        gap: The least distance between two labels.
        low: The lowest place a label may have.
        high: The highest place a label may have.
    """
    count = len(centers)
    room = max(high - low - gap * (count - 1), 0.0)
    pools: list[tuple[float, int]] = []
    for place, center in enumerate(centers):
        mean, size = center - gap * place, 1
        while pools and pools[-1][0] > mean:
            before, number = pools.pop()
            mean, size = (before * number + mean * size) / (number + size), number + size
        pools.append((mean, size))
    flat = [min(max(mean, low), low + room) for mean, size in pools for _ in range(size)]
    return [value + gap * place for place, value in enumerate(flat)]


def axes_points(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in points."""
    box = ax.get_position()
    width, height = ax.get_figure(root=True).get_size_inches()  # type: ignore[union-attr]
    return float(box.width * width * 72.0), float(box.height * height * 72.0)


def figure_text(figure: Figure, x: float, y: float, text: str, **style: object) -> Text:
    """Text at a place in inches from the figure's upper left corner; dollar signs stay dollar signs."""
    width, height = figure.get_size_inches()
    return figure.text(x / width, 1.0 - y / height, text, parse_math=False, **style)  # type: ignore[arg-type]


def plain(texts: Iterable[Text]) -> None:
    """Make texts that matplotlib made itself plain: two dollar signs would otherwise open a formula."""
    for text in texts:
        text.set_parse_math(False)
