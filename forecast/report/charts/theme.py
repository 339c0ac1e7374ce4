"""The dark theme: the light one with its luminance turned around, so that every contrast stays what it was.

A colour's contrast with white paper becomes its contrast with the dark paper, and two colours keep the contrast between
them (WCAG 2.2 defines it as a ratio of luminances, and the ratio is turned over). What could be read can still be read,
in charts of every kind, without a second palette in each of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import Collection, QuadMesh
from matplotlib.colors import ListedColormap, to_hex, to_rgba, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from forecast.report.style import PAPER, luminance, readable_on
from forecast.units import Array

DARK_PAPER = "#121212"

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def reflect(color: str) -> str:
    """The colour that is to the dark paper what a colour is to white: the same hue and the same contrast."""
    red, green, blue, _ = _reflected(to_rgba(color))
    return to_hex((red, green, blue))


def darken(figure: Figure) -> Figure:
    """Give a finished figure the dark theme, whatever it shows.

    Args:
        figure: The figure; it is changed.

    Returns:
        The same figure.
    """
    # Ticks come into being when they are drawn first.
    figure.draw_without_rendering()
    for artist in figure.findobj():
        if isinstance(artist, Text):
            _text(artist)
        elif isinstance(artist, Line2D):
            # All are read first: the colour of a marker may be that of its line.
            line, face, edge = (
                artist.get_color(),
                artist.get_markerfacecolor(),
                artist.get_markeredgecolor(),
            )
            artist.set_color(_one(line))
            artist.set_markerfacecolor(_one(face))
            artist.set_markeredgecolor(_one(edge))
        elif isinstance(artist, Collection):
            _collection(artist)
        elif isinstance(artist, Patch):
            face, edge = artist.get_facecolor(), artist.get_edgecolor()
            artist.set_facecolor(_one(face))
            artist.set_edgecolor(_one(edge))
    for ax in figure.axes:
        for mesh in (found for found in ax.collections if isinstance(found, QuadMesh)):
            _cell_texts(ax.texts, mesh)
    return figure


def _text(text: Text) -> None:
    text.set_color(_one(text.get_color()))
    # The box behind words is no child of theirs.
    box = text.get_bbox_patch()
    if box is not None:
        box.set_facecolor(_one(box.get_facecolor()))
        box.set_edgecolor(_one(box.get_edgecolor()))


def _collection(collection: Collection) -> None:
    if collection.get_array() is not None:
        colours = np.array([_reflected(color) for color in collection.get_cmap()(np.linspace(0.0, 1.0, 256))])
        collection.set_cmap(ListedColormap(colours))
    else:
        face = to_rgba_array(collection.get_facecolor())
        if len(face):
            collection.set_facecolor([_reflected(color) for color in face])
    edge = collection.get_edgecolor()
    if not isinstance(edge, str) and len(edge):
        collection.set_edgecolor([_reflected(color) for color in to_rgba_array(edge)])


def _cell_texts(texts: Any, mesh: QuadMesh) -> None:
    """Choose black or white anew for text on the unit cells of a heat map: nothing is lighter than white."""
    values: Array = np.ma.asarray(mesh.get_array())
    if values.ndim != 2:
        return
    for text in texts:
        column, row = (int(place) for place in text.get_position())
        inside = 0 <= row < values.shape[0] and 0 <= column < values.shape[1]
        if inside and text.get_transform() == text.axes.transData:
            text.set_color(readable_on(to_hex(mesh.to_rgba(values[row : row + 1, column])[0])))


def _one(color: Any) -> Any:
    if isinstance(color, str) and color in ("none", "auto"):
        return color
    rgba = to_rgba(color)
    # A see-through colour given as one would take on the opacity of its artist.
    return _reflected(rgba) if rgba[3] > 0.0 else "none"


def _reflected(color: Any) -> tuple[float, float, float, float]:
    red, green, blue, alpha = (float(part) for part in color)
    linear = _linear(np.array([red, green, blue]))
    light = float(linear @ _LUMINANCE)
    paper, dark = luminance(PAPER) + 0.05, luminance(DARK_PAPER) + 0.05
    wanted = min(max(paper * dark / (light + 0.05) - 0.05, 0.0), 1.0)
    away = linear - light
    # As vivid for its lightness as it was: the same part of the way from grey to the most that a screen can show.
    vivid = _reach(wanted, away) / max(_reach(light, away), 1.0)
    turned = _encoded(np.clip(wanted + away * vivid, 0.0, 1.0))
    return float(turned[0]), float(turned[1]), float(turned[2]), alpha


def _reach(light: float, away: Array) -> float:
    """How often a step away from the grey of some luminance fits before a channel is full or empty."""
    if float(np.abs(away).max()) < 1e-6:
        return 0.0
    room = np.where(away > 0.0, 1.0 - light, light)
    size = np.abs(away)
    return float(np.min(room[size > 1e-9] / size[size > 1e-9]))


def _linear(parts: Array) -> Array:
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _encoded(parts: Array) -> Array:
    return np.where(parts <= 0.0031308, parts * 12.92, 1.055 * parts ** (1.0 / 2.4) - 0.055)
