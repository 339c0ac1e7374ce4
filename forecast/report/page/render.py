"""From the content of a report to one file of HTML that asks for nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from forecast.report.charts.bands import PRESETS
from forecast.report.likelihood import HIGH, LOW, MIDDLE, SCALE
from forecast.report.page.content import Likely, Name, Number, Page, Piece
from forecast.report.page.embedded import LEVELS

FOLDER = Path(__file__).parent / "templates"
SCRIPTS = ("numbers", "paths", "fan", "page")
"""The parts of the script, each of which uses those before it."""
MARK = "forecast report"
"""What the page says made it; a file without it is somebody else's."""


def render(page: Page) -> str:
    """The page as text; the same content gives the same bytes.

    Style and script stand inside the page. Its policy admits exactly these two, by their digests, pictures that are
    written out in the page, and nothing else: a browser refuses every request to anywhere.
    """
    style = (FOLDER / "page.css").read_text(encoding="utf-8") + _colors(page)
    parts = "\n".join((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    script = f'(() => {{\n"use strict";\n{parts}}})();\n'
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["number"] = lambda piece: isinstance(piece, Number)
    environment.tests["likely"] = lambda piece: isinstance(piece, Likely)
    environment.tests["name"] = lambda piece: isinstance(piece, Name)
    environment.filters["pieces"] = _pieces
    data = {
        "scenarios": [{"name": view.name, "title": view.title, **view.embedded} for view in page.views],
        "levels": LEVELS,
        "bands": [
            {
                "name": bands.name,
                "lower": bands.lower,
                "strengths": bands.strengths,
                "names": [bands.names.get(level, "") for level in bands.lower],
                "outlined": bands.outlined,
                "median": bands.median,
                "note": bands.note,
            }
            for bands in PRESETS.values()
        ],
        "likelihood": [HIGH, LOW, MIDDLE],
        "scale": SCALE,
    }
    return environment.get_template("page.html").render(
        page=page,
        bands=tuple(PRESETS.values()),
        scale=SCALE,
        mark=MARK,
        policy="; ".join(
            (
                "default-src 'none'",
                f"script-src '{_digest(script)}'",
                f"style-src '{_digest(style)}'",
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            )
        ),
        # Made by us from files of this package: the only texts that are not escaped.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        data=Markup(json_text(data)),  # noqa: S704
    )


def json_text(data: Any) -> str:
    """JSON that can stand within a script element: no text in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"


def _colors(page: Page) -> str:
    """The colours of the scenarios, light and dark, as rules of the style sheet."""
    light = "".join(f"--hue-{view.number}:{view.light};" for view in page.views)
    dark = "".join(f"--hue-{view.number}:{view.dark};" for view in page.views)
    rules = "".join(f".hue-{view.number}{{--hue:var(--hue-{view.number})}}" for view in page.views)
    return f"\n:root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{rules}\n"


def _pieces(cell: Piece | tuple[Piece, ...]) -> tuple[Piece, ...]:
    return cell if isinstance(cell, tuple) else (cell,)
