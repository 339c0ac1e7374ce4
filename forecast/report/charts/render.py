"""Figures as files: the same figure gives the same bytes, on screen, in print and in a page."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from forecast.report.style import house_style, printable

PNG_DPI = 160


def render(figure: Figure, *, title: str = "", description: str = "") -> Mapping[str, bytes]:
    """A figure as ``svg`` and ``png`` bytes with its title and text alternative inside.

    No time, no version of a library and no random id gets into the files.
    """
    words = {"Title": printable(title), "Description": printable(description)}
    metadata = {name: text for name, text in words.items() if text}
    svg, png = BytesIO(), BytesIO()
    with house_style():
        FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call]
            svg, metadata={"Date": None, "Creator": None, **metadata}
        )
        dpi = figure.dpi
        figure.dpi = PNG_DPI
        FigureCanvasAgg(figure).print_png(  # type: ignore[no-untyped-call]
            png,
            metadata={"Software": None, **metadata},
            pil_kwargs={"compress_level": 4},
        )
        figure.dpi = dpi
    return {"svg": svg.getvalue(), "png": png.getvalue()}
