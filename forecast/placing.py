"""Results put among the files of others, all of them or none.

Where folders can be swapped, the new folder takes in links to the files of others and then takes the old one's place
in one step. A mount and the current folder cannot be swapped; there each file is moved by itself, after what has to be
moved was written down. Whoever comes next finds that, and finishes or undoes what was interrupted.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

from forecast import files

_MOVES = "moves.json"


def take_in(stage: Path, folder: Path, names: Collection[str]) -> bool:
    """Make a staged folder hold the files of others too, so that it can take the place of the folder they are in.

    Args:
        stage: The folder with the new results, on the same file system.
        folder: The folder with the files of others.
        names: Which files those are, by their path inside it.

    Returns:
        False where the file system has no hard links, or the folder is such that they would not be all.
    """
    try:
        for place, folders, inside in os.walk(folder):
            here = Path(place).relative_to(folder)
            if not os.access(place, os.W_OK):
                # It could not be cleared away afterwards.
                return False
            kept = [name for name in inside if (here / name).as_posix() in names]
            kept += [name for name in folders if (here / name).as_posix() in names]
            if here.parts and (kept or not (inside or folders)):
                (stage / here).mkdir(parents=True, exist_ok=True)
            for name in kept:
                os.link(folder / here / name, stage / here / name, follow_symlinks=False)
        for here in sorted((path.relative_to(stage) for path in stage.rglob("*")), reverse=True):
            if (stage / here).is_dir() and (folder / here).is_dir():
                shutil.copystat(folder / here, stage / here)
        shutil.copystat(folder, stage)
        owner = folder.stat()
        if (owner.st_uid, owner.st_gid) != (stage.stat().st_uid, stage.stat().st_gid):
            os.chown(stage, owner.st_uid, owner.st_gid)
    except (OSError, NotImplementedError):
        return False
    return True


def put(stage: Path, folder: Path, new: Sequence[str], gone: Sequence[str] = ()) -> None:
    """Move the files of a staged folder into another one, and some that are there out of it.

    One process at a time may do so with a folder.

    Args:
        stage: The folder with the new files, synced, beside ``folder`` or in it.
        folder: Where they shall be, as it is called without links.
        new: The files, in the order in which they are moved.
        gone: The files of ``folder`` that go.

    Raises:
        OSError: They cannot all be moved. ``folder`` holds what it held, or it is `interrupted`.
    """
    doing, undoing = _prefixes(folder)
    box = Path(tempfile.mkdtemp(prefix=stage.name, dir=stage.parent))
    try:
        (box / _MOVES).write_text(json.dumps({"new": list(new), "gone": list(gone)}), encoding="utf-8")
        files.sync(box / _MOVES)
        stage.rename(box / "new")
        files.sync(box)
        box = box.rename(box.with_name(doing + box.name[-8:]))
    except BaseException:
        shutil.rmtree(box, ignore_errors=True)
        raise
    try:
        files.sync(box.parent)
        _forward(box, folder, new, gone)
    except BaseException:
        # What cannot be undone now stays, and whoever comes next undoes it.
        box = box.rename(box.with_name(undoing + box.name[-8:]))
        _back(box, folder, new, gone)
        _away(box)
        raise
    _away(box)


def interrupted(folder: Path) -> list[Path]:
    """What a `put` into a folder has left that was killed, or that could be neither finished nor undone."""
    return [box for place in (folder.parent, folder) for box in beginning(place, *_prefixes(folder))]


def finish(folder: Path) -> None:
    """Finish or undo what is `interrupted` in a folder, and clear away drafts of what was killed earlier.

    Args:
        folder: The folder, as it is called without links.

    Raises:
        OSError: It cannot be finished; it can be tried again.
    """
    for box in interrupted(folder):
        moves = _moves(box, folder)
        if moves is not None:
            (_back if box.name.startswith(_prefixes(folder)[1]) else _forward)(box, folder, *moves)
            _away(box)
    for place in (folder.parent, folder):
        for draft in beginning(place, files.draft_prefix(folder, "writing")):
            shutil.rmtree(draft, ignore_errors=True)


def beginning(place: Path, *prefixes: str) -> list[Path]:
    """The folders in a place whose names begin so; a link is none."""
    found = place.iterdir() if place.is_dir() else ()
    return sorted(path for path in found if path.name.startswith(prefixes) and not path.is_symlink())


def _prefixes(folder: Path) -> tuple[str, str]:
    return files.draft_prefix(folder, "placing"), files.draft_prefix(folder, "undoing")


def _away(box: Path) -> None:
    # The list first: half a box moves nothing.
    with contextlib.suppress(OSError):
        (box / _MOVES).unlink(missing_ok=True)
        shutil.rmtree(box, ignore_errors=True)


def _moves(box: Path, folder: Path) -> tuple[list[str], list[str]] | None:
    """The files that come and those that go; None for a list that no `put` wrote, such as one that leads elsewhere."""
    try:
        said = json.loads((box / _MOVES).read_text(encoding="utf-8"))
        new, gone = (list(map(str, said[key])) for key in ("new", "gone"))
    except FileNotFoundError:
        return [], []
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    places = (folder, box / "new", box / "old")
    for name in (*new, *gone):
        plain = PurePosixPath(name)
        if not plain.parts or plain.is_absolute() or ".." in plain.parts:
            return None
        if any((place / name).parent.resolve() != (place / name).parent for place in places):
            return None
    return new, gone


# Either can be stopped after any step and begun again: what has been moved is seen by where it is.


def _forward(box: Path, folder: Path, new: Sequence[str], gone: Sequence[str]) -> None:
    for name in [*new, *gone]:
        source, target, old = box / "new" / name, folder / name, box / "old" / name
        comes = os.path.lexists(source)
        if os.path.lexists(target) and not os.path.lexists(old) and (comes or name in gone):
            _move(target, old)
        if comes:
            _move(source, target)
    _settled(folder, new, gone)


def _back(box: Path, folder: Path, new: Sequence[str], gone: Sequence[str]) -> None:
    for name in [*new, *gone]:
        source, target, old = box / "new" / name, folder / name, box / "old" / name
        if name in new and not os.path.lexists(source) and os.path.lexists(target):
            _move(target, source)
        if os.path.lexists(old):
            _move(old, target)
    _settled(folder, gone, new)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def _settled(folder: Path, come: Sequence[str], gone: Sequence[str]) -> None:
    """Force the names in a folder onto the disk, without the folders that hold nothing any more."""
    for place in sorted({(folder / name).parent for name in gone} - {folder}, reverse=True):
        with contextlib.suppress(OSError):
            # Only an empty folder goes.
            place.rmdir()
    for place in sorted({folder, *((folder / name).parent for name in come)}):
        files.sync(place)
