"""Loops over single numbers as machine code: Numba compiles each once a machine and keeps it.

Loading Numba takes half a second, so only runs of many paths do, and results must be the same to the last bit without.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def machine_code(loop: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays and numbers as machine code; no sum is reordered and nothing rounded in another way."""
    from numba import njit

    options = {"nogil": True, "error_model": "numpy"}
    try:
        found: Callable[..., Any] = njit(cache=True, **options)(loop)
    except RuntimeError:
        # Neither the package nor the user's cache can be written.
        found = njit(**options)(loop)
    return found


def hasten() -> None:
    """Let what can be computed either way use machine code in this process from now on: the same bits, sooner."""
    _MANY_PATHS.append(True)


def hastened() -> bool:
    """Whether this process computes so many paths that loading Numba pays."""
    return bool(_MANY_PATHS)


_MANY_PATHS: list[bool] = []
