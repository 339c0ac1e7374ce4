"""A single file appears whole or not at all, and never takes the place of another one unasked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from forecast.errors import OutputExistsError, WriteError


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


def write_whole(path: Path, content: bytes, *, force: bool) -> None:
    """Write a file in one step; a file with the same content stays as it is.

    Args:
        path: Where it shall be.
        content: What it shall hold.
        force: Replace another file.

    Raises:
        OutputExistsError: There is a file with other content, and ``force`` is not set.
        WriteError: The disk is full, the place cannot be written to, and the like; nothing is left behind.
    """
    try:
        if path.is_file() and path.read_bytes() == content:
            return
        refuse_other(path, force=force)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:60]}.", dir=path.parent)
        stage = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            # mkstemp makes a private file; a chart is as readable as any other file of the user.
            mask = os.umask(0)
            os.umask(mask)
            stage.chmod(0o666 & ~mask)
            stage.replace(path)
        except BaseException:
            stage.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}; nothing was changed") from error
