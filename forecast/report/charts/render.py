"""Figures as files: the same figure gives the same bytes, on screen, in print and in a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from forecast.report.charts.sizes import PNG_DPI
from forecast.report.style import house_style, printable

FORMATS = ("svg", "pdf", "png")


def render(
    figure: Figure,
    *,
    title: str = "",
    description: str = "",
    formats: Sequence[str] = ("svg", "png"),
    dpi: float = PNG_DPI,
) -> Mapping[str, bytes]:
    """A figure as bytes by format, with its title and text alternative inside.

    No time, no version of a library and no random id gets into the files.

    Args:
        figure: What is drawn.
        title: What the picture is called.
        description: What it shows, for those who do not see it.
        formats: Some of ``svg``, ``pdf`` and ``png``.
        dpi: Pixels per inch of a PNG.
    """
    words = {"Title": printable(title), "Description": printable(description)}
    metadata = {name: text for name, text in words.items() if text}
    draw: dict[str, Callable[[Figure, Mapping[str, str]], bytes]] = {
        "svg": _svg,
        "pdf": _pdf,
        "png": partial(_png, dpi=dpi),
    }
    with house_style():
        return {name: draw[name](figure, metadata) for name in formats}


def _svg(figure: Figure, metadata: Mapping[str, str]) -> bytes:
    content = BytesIO()
    FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call]
        content, metadata={"Date": None, "Creator": None, **metadata}
    )
    return content.getvalue()


def _png(figure: Figure, metadata: Mapping[str, str], *, dpi: float) -> bytes:
    content = BytesIO()
    before = figure.dpi
    figure.dpi = dpi
    FigureCanvasAgg(figure).print_png(  # type: ignore[no-untyped-call]
        content, metadata={"Software": None, **metadata}, pil_kwargs={"compress_level": 4}
    )
    figure.dpi = before
    return content.getvalue()


def _pdf(figure: Figure, metadata: Mapping[str, str]) -> bytes:
    # Slow to import and wanted by few.
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    content = BytesIO()
    before = figure.dpi
    about = {"Title": metadata.get("Title"), "Subject": metadata.get("Description")}
    FigureCanvasPdf(figure).print_pdf(  # type: ignore[no-untyped-call]
        content, metadata={"Creator": None, "Producer": None, "CreationDate": None, **about}
    )
    figure.dpi = before
    return content.getvalue()
