"""What is being done, told on a terminal and only there."""

from __future__ import annotations

import sys
from collections.abc import Callable


def teller(*, quiet: bool) -> Callable[[str], None]:
    """A function that tells what is being done.

    Args:
        quiet: Say nothing.

    Returns:
        On a terminal, one line that is written over; elsewhere a line for each step; with ``quiet``, nothing.
    """
    if quiet:
        return lambda _: None

    def tell(text: str) -> None:
        sys.stderr.write(f"\r\x1b[2K{text}" if sys.stderr.isatty() else f"{text}\n")
        sys.stderr.flush()

    return tell


def clear(*, quiet: bool) -> None:
    """Take the line away again."""
    if not quiet and sys.stderr.isatty():
        sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()
