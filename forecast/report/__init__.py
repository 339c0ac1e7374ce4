"""What people see of a run: numbers in words, charts and pages. The only package that draws."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        # The charts need Matplotlib, which takes long to import; who says `forecast.report.charts` wants it.
        if name == "charts":
            return import_module("forecast.report.charts")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
