"""What the report page is made of: sentences and tables whose every figure carries its number, and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Number:
    """A figure as people read it, with the number itself and where it stands in the tables of the run.

    Attributes:
        text: What is read, such as ``$4.1B``.
        value: The number with nine digits, as the CSV tables write it.
        key: Table, row and column, such as ``summary|training_cost||2031|p50``; empty where no file holds it.
    """

    text: str
    value: str
    key: str = ""


@dataclass(frozen=True)
class Likely:
    """A probability in calibrated words, shown behind its number to readers who ask for them."""

    text: str


@dataclass(frozen=True)
class Name:
    """A text that somebody chose: it may be in any script and direction, and is set apart from what surrounds it."""

    text: str


Piece = str | Number | Name | Likely
Sentence = tuple[Piece, ...]
"""Text with figures in it."""


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of each row is its header.

    ``wide`` tables hold prose: their cells wrap instead of running off the page, and each column has the share of the
    width that is given for it [percent].
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Piece | Sentence, ...], ...]
    wide: tuple[int, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A chart that needs no script, with its text alternative and the tables behind it."""

    name: str
    heading: str
    source: str
    alternative: str
    width: int
    height: int
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the page: sentences, then pictures, then tables that stand on their own."""

    name: str
    heading: str
    sentences: tuple[Sentence, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    points: tuple[Sentence, ...] = ()
    code: str = ""


@dataclass(frozen=True)
class View:
    """All that is told about one scenario."""

    number: int
    name: str
    title: str
    description: str
    light: str
    dark: str
    headlines: tuple[Sentence, ...]
    fan: Picture
    sections: tuple[Section, ...]
    embedded: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """The whole report: one view a scenario, and what is told about all of them together."""

    heading: str
    vintage: str
    footer: str
    views: tuple[View, ...]
    shared: tuple[Section, ...]
    about: tuple[tuple[str, str], ...] = ()
