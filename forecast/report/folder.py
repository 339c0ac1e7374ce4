"""A folder of results appears whole or not at all, and never takes the place of files that are not ours."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

from forecast import files, placing
from forecast.errors import OutputExistsError, WriteError

_P = ParamSpec("_P")
_R = TypeVar("_R")

RECORD = "run.json"
"""The file that says which files a run wrote; a folder without it is somebody else's."""


def files_of(folder: Path) -> set[str]:
    """The files that an earlier run says it wrote into a folder, by their path inside it; empty without a record.

    Raises:
        WriteError: There is a record, but it cannot be read, so that nobody knows which files are whose.
    """
    place = folder / RECORD
    if not place.is_file():
        return set()
    try:
        record = json.loads(place.read_text(encoding="utf-8"))
        return {RECORD, *record["files"]}
    except OSError as error:
        raise WriteError(f"cannot read {place}: {files.cause(error)}; nothing was changed there") from error
    except (ValueError, KeyError, TypeError, RecursionError):
        return set()


def _present(folder: Path) -> set[str]:
    """The files in a folder, by their path inside it; a link is a file, whatever it leads to."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def refuse_foreign(folder: Path, *, force: bool) -> None:
    """Make sure that writing a run into a folder destroys nothing else.

    Raises:
        OutputExistsError: The folder holds files that no run of this program wrote, and ``force`` is not set.
        WriteError: There is a file in the folder's place.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise WriteError(f"{folder} is a file; give a folder with --out")
    foreign = sorted(
        name for name in _present(folder) - files_of(folder) if not _is_draft(_real(folder), name)
    )
    if foreign and not force:
        shown = ", ".join(foreign[:3]) + (f" and {len(foreign) - 3} more" if len(foreign) > 3 else "")
        raise OutputExistsError(
            f"{folder} holds files that no run wrote ({shown}); choose another folder with --out, "
            "or add --force to write into it and leave alone what has another name than a result"
        )


@contextlib.contextmanager
def claimed(folder: Path, *, force: bool = False) -> Iterator[None]:
    """Have a folder for one run alone, from before its work begins until its results are there.

    What an earlier run that was killed left beside the folder is cleared away, and an earlier result that it had
    moved aside comes back. The same run may claim its folder again.

    Args:
        folder: Where the results shall be.
        force: Write into a folder with files of others, which stay.

    Raises:
        OutputExistsError: Another run is writing into it; or see `refuse_foreign`.
        WriteError: The place cannot be written to.
    """
    real = _real(folder)
    # What is half of one run and half of another is put right before it is judged.
    if not (pending := placing.interrupted(real)):
        refuse_foreign(folder, force=force)
    busy = (
        f"another run is writing into {folder}; wait until it has ended, or choose another folder with --out"
    )
    with contextlib.ExitStack() as held:
        with _told(folder):
            held.enter_context(_folders(real.parent))
            name = files.draft_prefix(real, "lock").rstrip("-")
            held.enter_context(files.lock(_place(real) / name, busy))
            _clear_up(real)
        if pending:
            refuse_foreign(folder, force=force)
        yield


def claiming(job: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let a function that takes the keywords ``out`` and ``force`` have its folder alone for as long as it works."""

    @functools.wraps(job)
    def alone(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        out, force = kwargs.get("out"), kwargs.get("force", False)
        if not isinstance(out, Path):
            return job(*args, **kwargs)
        with claimed(out, force=bool(force)):
            return job(*args, **kwargs)

    return alone


@contextlib.contextmanager
def staged(folder: Path, *, force: bool = False, keep: bool = False) -> Iterator[Path]:
    """An empty folder beside the wanted one; what is in it at the end becomes the wanted folder in one step.

    Args:
        folder: Where the results shall be.
        force: Write into a folder with files of others, which stay.
        keep: Leave earlier results too, and replace only what has the same name.

    Yields:
        A folder to write into.

    Raises:
        OutputExistsError: See `claimed`.
        WriteError: The disk is full, the place cannot be written to, and the like; nothing is left behind.
    """
    with claimed(folder, force=force or keep), _told(folder):
        real = _real(folder)
        stage = Path(tempfile.mkdtemp(prefix=files.draft_prefix(real, "writing"), dir=_place(real)))
        try:
            yield stage
            _settle(stage, real, keep=keep)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(f"cannot write {folder}: {files.cause(error)}; nothing was changed there") from error


def _real(folder: Path) -> Path:
    """Where a folder really is: a link stays a link, and what it leads to is what is written."""
    try:
        return folder.resolve()
    except (OSError, RuntimeError) as error:
        raise WriteError(f"cannot write {folder}: its links lead nowhere") from error


@contextlib.contextmanager
def _folders(folder: Path) -> Iterator[None]:
    """A folder with those above it; those that were not there and are still empty at the end go again."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for place in missing:
            with contextlib.suppress(OSError):
                # Only an empty folder goes.
                place.rmdir()


def _place(real: Path) -> Path:
    """Where drafts are written: beside the folder, or in it when its own place cannot be taken."""
    return real if real.exists() and not _can_be_swapped(real) else real.parent


def _can_be_swapped(folder: Path) -> bool:
    """Whether another folder may take this one's place: a mount and the current folder, or one above it, stay."""
    here = Path.cwd()
    return not (folder.is_mount() or any(folder.samefile(each) for each in (here, *here.parents)))


def _clear_up(real: Path) -> None:
    """Put away what a run that was killed has left; whoever holds the lock knows that nobody uses it."""
    placing.finish(real)
    for aside in placing.beginning(real.parent, files.draft_prefix(real, "replaced")):
        if not real.exists() and (aside / "old").is_dir():
            (aside / "old").rename(real)
        shutil.rmtree(aside, ignore_errors=True)


def _settle(stage: Path, folder: Path, *, keep: bool) -> None:
    files.readable(stage)
    files.sync_tree(stage)
    if not folder.exists():
        stage.rename(folder)
        files.sync_name(folder)
        return
    present = {name for name in _present(folder) if not _is_draft(folder, name)}
    new = _present(stage)
    own = set() if keep else files_of(folder) & present
    others = present - own - new
    for name in sorted(new):
        _refuse_obstacle(folder, name)
    # Where nothing goes, the folder is somebody's own, who may have it open: it stays the same folder.
    if not keep and _can_be_swapped(folder) and (not others or placing.take_in(stage, folder, others)):
        # So a reader sees the old or the new and nothing between.
        if not files.exchange(stage, folder):
            _swap_in_two_steps(stage, folder)
        elif others:
            _keep_late(stage, folder, own | new)
        files.sync_name(folder)
        return
    try:
        # The record goes last: until then the folder still describes the earlier run.
        placing.put(stage, folder, sorted(new, key=lambda name: (name == RECORD, name)), sorted(own - new))
    except OSError as error:
        if not placing.interrupted(folder):
            raise
        raise WriteError(
            f"cannot write {error.filename or folder}: {files.cause(error)}; some results in {folder} are of this run "
            "and some of the one before, and the next run into it puts that right: run again once the cause is gone"
        ) from error


def _keep_late(old: Path, folder: Path, ours: set[str]) -> None:
    """Bring along what others have written into a folder while another one took its place."""
    for name in _present(old) - ours:
        target = folder / name
        if not (os.path.lexists(target) and os.path.samestat((old / name).lstat(), target.lstat())):
            target.parent.mkdir(parents=True, exist_ok=True)
            (old / name).rename(target)


def _is_draft(folder: Path, name: str) -> bool:
    """Whether a file belongs to the writing itself: the lock, or a draft in a folder that cannot be swapped."""
    drafts = (files.draft_prefix(folder, what) for what in ("writing", "placing", "undoing"))
    return name.startswith((files.draft_prefix(folder, "lock")[:-1], *drafts))


def _swap_in_two_steps(stage: Path, folder: Path) -> None:
    # Where folders cannot be swapped at once. Killed between the steps, the next run puts the old results back.
    aside = Path(tempfile.mkdtemp(prefix=files.draft_prefix(folder, "replaced"), dir=folder.parent))
    try:
        folder.rename(aside / "old")
        try:
            stage.rename(folder)
        except OSError:
            (aside / "old").rename(folder)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _refuse_obstacle(folder: Path, name: str) -> None:
    """Make sure that a file can be put into a folder before the first one is."""
    target = folder / name
    above = [folder / part for part in Path(name).parents][:-1]
    if target.is_dir() or any(os.path.lexists(place) and _is_no_folder(place) for place in above):
        raise WriteError(
            f"something of another kind stands where {target} would be written; nothing was changed there"
        )


def _is_no_folder(place: Path) -> bool:
    # A link to a folder would lead the results somewhere else.
    return place.is_symlink() or not place.is_dir()
