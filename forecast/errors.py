"""One tree of errors; each class knows the exit code that the command line returns.

ForecastError                  1   the run failed
├── UsageError                 2   a command was called wrongly
│   └── UnreadableError        2   a file that was named cannot be read
├── ScenarioError              2   a scenario file says something impossible
├── ObservationError           2   a table of history is malformed
├── MissingDriverError         2   the graph needs an input that no assumption gives
├── FitError                   1   the fit could not be made
│   └── ConvergenceError       3   the sampler's diagnostics refuse the fit
├── OutputExistsError          4   a folder holds files that would be overwritten
├── WriteError                 1   a file could not be written
└── GraphError                70   the formulas themselves do not fit together
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self


def printable(text: str) -> str:
    r"""Text from a file with every control character replaced, safe to put on a terminal.

    Args:
        text: Anything that a file may hold.

    Returns:
        The same text, control and surrogate characters shown as ``\x1b``-style escapes.
    """
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in text
    )


def shorten(text: str, length: int = 60) -> str:
    """The beginning of a text that may be too long for a message."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """The end of a message that offers the nearest known name.

    Args:
        word: The unknown name.
        choices: The names that would have been right.

    Returns:
        ``; did you mean "x"?`` or an empty string when nothing is near.
    """
    if len(word) > 200:
        # Comparing takes time that grows with the square of the length, and no name is so long.
        return ""
    near = difflib.get_close_matches(word, sorted(choices), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


@dataclass(frozen=True)
class Problem:
    """One mistake: where it is, what is wrong with which value, what would be right."""

    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None
    path: str = ""

    def __str__(self) -> str:
        """The mistake in one line: ``file:line:column: path: message``."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part not in ("", None))
        return printable(": ".join(part for part in (place, self.path, self.message) if part))


class ForecastError(Exception):
    """Anything that this package reports to its user instead of showing a traceback."""

    exit_code = 1


class UsageError(ForecastError):
    """A command or function was called with arguments that cannot be meant."""

    exit_code = 2


class UnreadableError(UsageError):
    """A file that was named cannot be read; says why, and leaves its name to the caller."""


class _ProblemsError(ForecastError):
    """Several mistakes reported together."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Problem, ...]]]:
        # An exception is made again from its text where it comes from another process, unless it says otherwise.
        return type(self), (self.problems,)


class ScenarioError(_ProblemsError):
    """A scenario file cannot be used; ``problems`` holds every mistake found."""


class ObservationError(_ProblemsError):
    """A table of history cannot be used; ``problems`` holds every mistake found."""


class MissingDriverError(ForecastError):
    """The formulas need an input for which there is neither an assumption nor a fitted value."""

    exit_code = 2


class FitError(ForecastError):
    """The fit could not be made from these observations."""


class ConvergenceError(FitError):
    """The sampler's diagnostics say that its draws must not be used."""

    exit_code = 3


class OutputExistsError(ForecastError):
    """The output folder holds files that this run did not write."""

    exit_code = 4


class WriteError(ForecastError):
    """A result could not be written; nothing half-written is left behind."""


class GraphError(ForecastError):
    """The formulas do not fit together: a mistake in the package, not in its use."""

    exit_code = 70
