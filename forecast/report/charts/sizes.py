"""Where a chart will stand: one column of a page, its whole width, or a slide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.report.style import PAGE_WIDTH

PNG_DPI = 160


@dataclass(frozen=True)
class Size:
    """Width and height of a figure [inch], with the resolution of its pixel form; no height: as the chart needs."""

    name: str
    width: float
    height: float | None = None
    dpi: float = PNG_DPI

    @property
    def narrow(self) -> bool:
        """Whether charts stand below each other instead of side by side."""
        return self.width < 5.0


COLUMN = Size("column", 3.5, dpi=300)
PAGE = Size("page", PAGE_WIDTH)
# Laid out smaller than the 13.33 inches of a slide: drawn to its full width, the letters come out half as large again.
SLIDE = Size("slide", 9.0, 5.0625, dpi=1920 / 9.0)

SIZES: Mapping[str, Size] = {size.name: size for size in (COLUMN, PAGE, SLIDE)}
