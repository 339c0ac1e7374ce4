"""Many fits, made wherever there is room: those that are not stored yet, each stored here as it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol, TypeVar

from forecast.errors import FitError
from forecast.fit import cache, entry_of, identity_of
from forecast.fit.candidates import SHIPPED
from forecast.fit.history import History, history
from forecast.fit.sampling import Progress, Settings
from forecast.units import Array

if TYPE_CHECKING:
    from forecast.observations import Observations

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Answer = TypeVar("Answer")


class Each(Protocol):
    """Who does the tasks, as `forecast.execution.workers.each` does: in any order, here or elsewhere."""

    def __call__(
        self, function: Callable[[Shared, Task], Answer], shared: Shared, tasks: Sequence[Task], /
    ) -> Iterator[tuple[Task, Answer]]:
        """The answer to each task, in the order in which they come in."""


def one_by_one(
    function: Callable[[Shared, Task], Answer], shared: Shared, tasks: Sequence[Task], /
) -> Iterator[tuple[Task, Answer]]:
    """All tasks in this process."""
    for task in tasks:
        yield task, function(shared, task)


@dataclass(frozen=True)
class Wanted:
    """A fit that is wanted: of what, how, and with which model (`forecast.fit.candidates`)."""

    history: History
    settings: Settings
    candidate: str = SHIPPED

    @classmethod
    def at(
        cls, known: Observations, day: date, *, settings: Settings | None = None, candidate: str = SHIPPED
    ) -> Wanted:
        """The fit of what was known on a day, as `forecast.fit.full_fit` makes it."""
        return cls(history(known, as_of=day), settings or Settings(), candidate)

    @property
    def identity(self) -> str:
        """The digest under which it is stored."""
        return identity_of(self.history, self.settings, self.candidate)


def make(wanted: Sequence[Wanted], each: Each, *, progress: Progress = lambda _: None) -> None:
    """Make the fits that are not stored, and store them.

    Args:
        wanted: The fits.
        each: Who makes them.
        progress: Told how many are done.

    Raises:
        ConvergenceError: The diagnostics refuse the draws of a fit.
        FitError: A worker would make another fit than this machine, since its libraries are others.
    """
    missing = {one.identity: one for one in wanted if cache.find(one.identity) is None}
    if not missing:
        return
    names = {id(one): identity for identity, one in missing.items()}
    for done, (one, (identity, draws, attributes)) in enumerate(
        each(_made, None, list(missing.values())), start=1
    ):
        check_alike(identity, names[id(one)])
        cache.store(identity, draws, attributes)
        progress(f"{done} of {len(missing)} fits are made")


def check_alike(made: str, wanted: str) -> None:
    """Make sure that who made a fit would store it under the same digest as this machine.

    Args:
        made: The digest there.
        wanted: The digest here.

    Raises:
        FitError: They differ, since the libraries do.
    """
    if made != wanted:
        raise FitError(
            "a worker has other versions of the libraries that fit than this machine (forecast doctor shows "
            "them), so its fits would be others; install the same everywhere"
        )


def _made(_: None, one: Wanted) -> tuple[str, Mapping[str, Array], Mapping[str, str]]:
    entry, _cached = entry_of(one.history, one.settings, one.candidate)
    return one.identity, entry.draws, entry.attributes
