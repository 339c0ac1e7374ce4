"""Figures as pictures inside the page: SVG without what a reader's browser does not need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from urllib.parse import quote
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from forecast.report.page.content import Picture, Table
from forecast.report.style import BODY_SIZE, house_style, text_size

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_HREF = f"{{{_LINK}}}href"
_DECIMALS = re.compile(r"-?\d*\.\d{2,}")
_SIZE = re.compile(r"([\d.]+)px")
_USED = re.compile(r"url\(#([^)]+)\)")


def picture(
    figure: Figure, *, name: str, heading: str, alternative: str, tables: Sequence[Table] = ()
) -> Picture:
    """A figure as a picture of the page."""
    buffer = BytesIO()
    # Letters as letters: a third of the bytes, and a reader can search and select them.
    with house_style(), mpl.rc_context({"svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call]
            buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    text = slim(buffer.getvalue().decode("utf-8"))
    width, height = figure.get_size_inches()
    return Picture(
        name=name,
        heading=heading,
        source=inline(text),
        alternative=alternative,
        width=round(96 * width),
        height=round(96 * height),
        tables=tuple(tables),
    )


def inline(svg: str) -> str:
    """A drawing as an address that stands between double quotes in HTML as it is: nothing in it can end them."""
    return "data:image/svg+xml," + quote(svg.replace('"', "'"), safe=" !$()*+,-./:;<=>?@[]^_`{|}~'")


def slim(svg: str) -> str:
    """The same drawing in a quarter of the bytes: short ids, tenths of a point, no metadata.

    Every text is told how wide it has to be, so that it fits whatever font a reader's machine has.
    """
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _LINK)
    # Our own drawing, made a moment ago: nobody else's XML is read here.
    root = ET.fromstring(svg)  # noqa: S314
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{{{_SVG}}}metadata":
                parent.remove(child)
    used = {element.attrib[_HREF][1:] for element in root.iter() if _HREF in element.attrib}
    for element in root.iter():
        for text in element.attrib.values():
            used.update(_USED.findall(text))
    short = {identity: f"a{place}" for place, identity in enumerate(sorted(used))}
    for element in root.iter():
        if element.tag == f"{{{_SVG}}}text":
            _fit(element)
        elif not (element.text or "").strip():
            element.text = None
        element.tail = None
        _shorten(element, short)
    return ET.tostring(root, encoding="unicode").replace(" />", "/>")


def _fit(text: ET.Element) -> None:
    """Give a text the width that the layout reckoned with, and fonts of that width to choose from."""
    style = text.attrib.pop("style")
    found = dict(part.strip().split(": ", 1) for part in style.split(";") if ": " in part)
    font = found.pop("font", "")
    size = _SIZE.search(found.pop("font-size", "") or font)
    heavy = f"{found.pop('font-weight', '')} {font}"
    weight = "bold" if "bold" in heavy or "700" in heavy else "normal"
    found.pop("font-family", None)
    points = float(size[1]) if size else BODY_SIZE
    width, _ = text_size(text.text or "", points, weight)
    text.attrib |= {
        "font-size": f"{points:g}",
        "textLength": f"{width:.1f}",
        "lengthAdjust": "spacingAndGlyphs",
    }
    if weight == "bold":
        text.attrib["font-weight"] = "700"
    for name in ("fill", "text-anchor"):
        if name in found:
            text.attrib[name] = found.pop(name)
    if rest := "; ".join(f"{name}: {value}" for name, value in found.items()):
        text.attrib["style"] = rest
    if text.attrib.get("transform", "").startswith("rotate(-0 "):
        del text.attrib["transform"]


def _shorten(element: ET.Element, short: Mapping[str, str]) -> None:
    attributes = element.attrib
    identity = attributes.pop("id", None)
    if identity is not None and identity in short:
        attributes["id"] = short[identity]
    if _HREF in attributes:
        attributes["href"] = f"#{short[attributes.pop(_HREF)[1:]]}"
    for name, text in attributes.items():
        clean = _USED.sub(lambda found: f"url(#{short[found[1]]})", text)
        if name in ("d", "points", "x", "y", "width", "height"):
            clean = _DECIMALS.sub(lambda found: f"{round(float(found[0]), 1):g}", clean)
        clean = re.sub(r"\s+", " ", clean).strip()
        # A letter marks where a number starts and ends as well as a space does.
        attributes[name] = re.sub(r" ?([A-Za-z]) ?", r"\1", clean) if name == "d" else clean
    if element.tag == f"{{{_SVG}}}svg":
        attributes["font-family"] = "DejaVu Sans, Verdana, sans-serif"
