"""A folder of results appears whole or not at all, and never takes the place of files that are not ours."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from forecast.errors import OutputExistsError, WriteError

RECORD = "run.json"
"""The file that says which files a run wrote; a folder without it is somebody else's."""


def files_of(folder: Path) -> set[str]:
    """The files that an earlier run says it wrote into a folder, by their path inside it; empty without a record."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return {RECORD, *record["files"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
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
    foreign = sorted(_present(folder) - files_of(folder))
    if foreign and not force:
        shown = ", ".join(foreign[:3]) + (f" and {len(foreign) - 3} more" if len(foreign) > 3 else "")
        raise OutputExistsError(
            f"{folder} holds files that no run wrote ({shown}); choose another folder with --out, "
            "or add --force to write into it and leave alone what has another name than a result"
        )


@contextlib.contextmanager
def staged(folder: Path, *, force: bool = False) -> Iterator[Path]:
    """An empty folder beside the wanted one; what is in it at the end becomes the wanted folder in one step.

    Args:
        folder: Where the results shall be.
        force: Write into a folder with files of others, which stay.

    Yields:
        A folder to write into.

    Raises:
        OutputExistsError: See `refuse_foreign`.
        WriteError: The disk is full, the place cannot be written to, and the like; nothing is left behind.
    """
    refuse_foreign(folder, force=force)
    stage: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        place = folder if folder.exists() and not _can_be_swapped(folder) else folder.parent
        stage = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=place))
        yield stage
        _settle(stage, folder)
    except OSError as error:
        raise WriteError(
            f"cannot write {folder}: {error.strerror or error}; nothing was changed there"
        ) from error
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)


def _can_be_swapped(folder: Path) -> bool:
    """Whether another folder may take this one's place: a link, a mount and the current folder stay what they are."""
    return not (folder.is_symlink() or folder.is_mount() or folder.samefile(Path.cwd()))


def _settle(stage: Path, folder: Path) -> None:
    # mkdtemp makes a private folder; results are as readable as any other file of the user.
    mask = os.umask(0)
    os.umask(mask)
    stage.chmod(0o777 & ~mask)
    if not folder.exists():
        stage.rename(folder)
        return
    present = {name for name in _present(folder) if not (folder / name).is_relative_to(stage)}
    own = files_of(folder) & present
    if present == own and _can_be_swapped(folder):
        # Nothing of others: swap the folders, so that a reader sees the old or the new and nothing between.
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        folder.rename(old / "old")
        try:
            stage.rename(folder)
        except OSError:
            (old / "old").rename(folder)
            raise
        finally:
            shutil.rmtree(old, ignore_errors=True)
        return
    new = sorted(_present(stage))
    for name in new:
        _refuse_obstacle(folder, name)
    # The record goes last: until then the folder still describes the earlier run.
    for name in sorted(new, key=lambda name: name == RECORD):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (stage / name).replace(target)
    for name in own - set(new):
        (folder / name).unlink()
        with contextlib.suppress(OSError):
            # Only an empty folder goes.
            (folder / name).parent.rmdir()


def _refuse_obstacle(folder: Path, name: str) -> None:
    """Make sure that a file can be put into a folder before the first one is."""
    target = folder / name
    above = [folder / part for part in Path(name).parents]
    if target.is_dir() or any(place.exists() and not place.is_dir() for place in above):
        raise WriteError(
            f"something of another kind stands where {target} would be written; nothing was changed there"
        )
