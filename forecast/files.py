"""Files and folders that appear whole or not at all, and locks that die with their holder.

What is to be written is written beside its place, forced onto the disk (contents first, then the names) and renamed
into place. So whoever reads sees the old or the new and nothing between, whenever the process or the machine stops.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from forecast.errors import OutputExistsError, WriteError

_LONGEST_NAME = 200
"""Bytes of a name that leave room for what a draft's name adds; file systems end at 255."""

_PATIENCE = 0.3
"""Seconds to wait for a lock: long enough for a holder that is just letting go, too short to be felt."""


def draft_prefix(path: Path, what: str) -> str:
    """How the names of hidden files beside a place begin that serve to write it.

    Args:
        path: The file or folder that is written.
        what: What the hidden files are for, such as ``writing``.
    """
    name = path.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()[:32]
    return f".{name}.{what}-"


def refuse_other(path: Path, *, force: bool) -> None:
    """Make sure that a file can be written without destroying another, before work is put into it.

    Raises:
        OutputExistsError: There is a file already, and ``force`` is not set.
        WriteError: There is a folder in the file's place.
    """
    if path.is_dir():
        raise WriteError(f"{path} is a folder; give a file with --out")
    if (path.exists() or path.is_symlink()) and not force:
        raise OutputExistsError(
            f"{path} exists; choose another file with --out, or add --force to replace it"
        )


@contextlib.contextmanager
def staged_file(path: Path, *, force: bool) -> Iterator[Path]:
    """A file beside the wanted one; what is in it at the end becomes the wanted file in one step.

    Args:
        path: Where the file shall be.
        force: Replace another file.

    Yields:
        An empty file with the same ending, to be written by whatever writes files.

    Raises:
        OutputExistsError: There is a file already, and ``force`` is not set.
        WriteError: The disk is full, the place cannot be written to, and the like; nothing was changed.
    """
    refuse_other(path, force=force)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(
            prefix=draft_prefix(path, "writing"), suffix=path.suffix[:20], dir=path.parent
        )
        os.close(descriptor)
        draft = Path(name)
        try:
            yield draft
            # mkstemp makes a private file; a result is as readable as any other file of the user.
            draft.chmod(0o666 & ~_mask())
            sync(draft)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        sync_name(path)
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}; nothing was changed") from error


def write_whole(path: Path, content: bytes, *, force: bool) -> None:
    """Write a file in one step; a file with the same content stays as it is.

    Args:
        path: Where it shall be.
        content: What it shall hold.
        force: Replace another file.

    Raises:
        OutputExistsError: There is a file with other content, and ``force`` is not set.
        WriteError: The disk is full, the place cannot be written to, and the like; nothing was changed.
    """
    with contextlib.suppress(OSError):
        if path.is_file() and path.read_bytes() == content:
            return
    with staged_file(path, force=force) as draft:
        draft.write_bytes(content)


def sync(path: Path) -> None:
    """Force a file's contents, or the names in a folder, onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems cannot sync a folder and say so; there is nothing more that one could do.
        if not (error.errno in (errno.EINVAL, errno.ENOTSUP) and path.is_dir()):
            raise
    finally:
        os.close(descriptor)


def sync_name(path: Path) -> None:
    """Force onto the disk that a file or folder stands where it was just put.

    Raises:
        WriteError: It stands there, but the disk does not confirm it.
    """
    try:
        sync(path.parent)
    except OSError as error:
        raise WriteError(
            f"{path} is written, but cannot be forced onto the disk: {error.strerror or error}"
        ) from error


def sync_tree(folder: Path) -> None:
    """Force a folder with all that is in it onto the disk, the folder itself last."""
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync(Path(place) / name)
        sync(Path(place))


def readable(folder: Path) -> None:
    """Make a private temporary folder as readable as any other folder of the user."""
    folder.chmod(0o777 & ~_mask())


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def exchange(first: Path, second: Path) -> bool:
    """Swap two files or folders in one step, so that at no moment one of the names is missing.

    Returns:
        False, with nothing changed, where the system or the file system cannot do that.

    Raises:
        OSError: It can, but not here.
    """
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(first), os.fsencode(second)
    swap = 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS are the same number.
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        here = -100  # AT_FDCWD
        sys.audit("os.rename", *names, here, here)
        failed = library.renameat2(here, names[0], here, names[1], ctypes.c_uint(swap))
    elif hasattr(library, "renamex_np"):
        sys.audit("os.rename", *names, -1, -1)
        failed = library.renamex_np(*names, ctypes.c_uint(swap))
    else:
        return False
    if not failed:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(first), None, str(second))


@contextlib.contextmanager
def lock(path: Path, busy: str) -> Iterator[None]:
    """Hold a lock for as long as the block runs; the system lets it go when its holder dies, however that happens.

    The same thread may take a lock that it holds already.

    Args:
        path: The lock's file, removed at the end; its folder must exist.
        busy: What to say when another process (or thread) holds it.

    Raises:
        OutputExistsError: Another one holds it.
        OSError: The file cannot be made.
    """
    from filelock import FileLock, Timeout

    held = FileLock(path, is_singleton=True)
    try:
        held.acquire(timeout=_PATIENCE, poll_interval=0.02)
    except Timeout as error:
        raise OutputExistsError(busy) from error
    try:
        yield
    finally:
        if held.lock_counter == 1:
            # Removed while it is held: whoever waits for the removed file notices and makes a new one.
            path.unlink(missing_ok=True)
        held.release()
