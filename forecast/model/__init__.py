"""The world model: one module a subject, every public function a variable of the graph.

A new subject is a new file here and its name in `MODULES`. The modules do not import each other: the name
of a parameter is the connection.
"""

from __future__ import annotations

from functools import cache

from forecast.graph import Graph, build

MODULES = ("compute", "hardware", "algorithms", "data", "labeling", "cost", "capability", "labs")


@cache
def graph() -> Graph:
    """All formulas of the world model, wired by name."""
    from importlib import import_module

    return build([import_module(f"forecast.model.{name}") for name in MODULES])
