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
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from forecast.errors import OutputExistsError, UnreadableError, WriteError

_LONGEST_NAME = 200
"""Bytes of a name that leave room for what a draft's name adds; file systems end at 255."""

_PATIENCE = 0.3
"""Seconds to wait for a lock: long enough for a holder that is just letting go, too short to be felt."""

_ADVICE = {
    errno.ENOSPC: " (make room there, or choose another place with --out)",
    errno.EDQUOT: " (make room there, or choose another place with --out)",
    errno.EACCES: " (choose a place that you may write to with --out)",
    errno.EPERM: " (choose a place that you may write to with --out)",
    errno.EROFS: " (choose a place that can be written to with --out)",
    errno.ENOENT: " (was a folder removed meanwhile? run it again)",
}


def cause(error: OSError) -> str:
    """What the system says about a failure, and what can be done about it."""
    return f"{error.strerror or error}{_ADVICE.get(error.errno or 0, '')}"


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
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
        sync_name(path)
    except OSError as error:
        raise WriteError(f"cannot write {path}: {cause(error)}; nothing was changed") from error


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
    if holds(path, content):
        return
    with staged_file(path, force=force) as draft:
        draft.write_bytes(content)


def holds(path: Path, content: bytes) -> bool:
    """Whether a file is there with just this content; what cannot be read counts as another."""
    try:
        return path.is_file() and path.read_bytes() == content
    except OSError:
        return False


def read_bounded(path: Path, *, limit: int) -> bytes:
    """The bytes of a regular file of bounded size; neither a pipe nor a device can stop or fill the program.

    Args:
        path: The file.
        limit: How many bytes it may have at most.

    Raises:
        UnreadableError: It is missing, unreadable, a folder, a pipe, a device, or larger than the limit.
    """
    try:
        # Without waiting: opening a named pipe would block until somebody writes into it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    except FileNotFoundError:
        raise UnreadableError("no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable file name"
        raise UnreadableError(f"cannot be opened ({reason.lower()})") from None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise UnreadableError("is a folder; name the file in it")
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("is a pipe or a device; only regular files are read")
        if status.st_size > limit:
            raise UnreadableError(f"has {status.st_size:,} bytes; at most {limit:,} are read")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise UnreadableError(f"cannot be read ({(error.strerror or 'unknown reason').lower()})") from None
    finally:
        os.close(descriptor)
    if len(data) > limit:
        raise UnreadableError(f"grows while it is read; at most {limit:,} bytes are read")
    return data


def make_sure_of_room(folder: Path, size: int) -> None:
    """Find out that a disk is full, or a quota used up, before a library that cannot stand it writes there.

    Args:
        folder: Where a file will be written.
        size: How many bytes it will hold.

    Raises:
        OSError: There is not so much room.
    """
    if not hasattr(os, "posix_fallocate"):
        return
    with tempfile.NamedTemporaryFile(prefix=".room-", dir=folder) as file:
        os.posix_fallocate(file.fileno(), 0, max(size, 1))


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
        raise WriteError(f"{path} is written, but cannot be forced onto the disk: {cause(error)}") from error


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
            # Removed while it is held: whoever waits for the removed file notices and makes a new one. One that
            # cannot be removed does no harm.
            with contextlib.suppress(OSError):
                path.unlink()
        held.release()
