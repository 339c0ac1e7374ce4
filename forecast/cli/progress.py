"""What is being done, told on standard error and in the log."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

import click

from forecast.cli import habits
from forecast.errors import printable


def teller(*, quiet: bool) -> Callable[[str], None]:
    """A function that tells what is being done.

    Args:
        quiet: Say nothing; a log file gets every step all the same.

    Returns:
        On a terminal, one line that is written over; elsewhere a line for each kind of step, so that a log is not
        filled with counts; with ``--verbose`` every step on a line of its own; with ``quiet``, nothing.
    """
    if quiet or habits.verbose():
        return lambda text: habits.LOG.info("%s", text)
    last = ""

    def tell(text: str) -> None:
        nonlocal last
        habits.LOG.info("%s", text)
        kind = re.sub(r"[\d,.]+", "#", text)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[2K{text}")
        elif kind != last:
            sys.stderr.write(f"{text}\n")
        last = kind
        sys.stderr.flush()

    return tell


def clear(*, quiet: bool) -> None:
    """Take the line away again."""
    if not quiet and not habits.verbose() and sys.stderr.isatty():
        sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()


def next_step(*calls: str) -> None:
    """Say on a terminal what one may want to do now; scripts and logs of others are spared it."""
    if sys.stderr.isatty():
        for call in calls:
            click.echo(f"next: {printable(call)}", err=True)
