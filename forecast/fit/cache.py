"""Fits that were made before, found again by what they were made of.

An entry is one netCDF file. The first half of its name is a digest of everything that decides the draws
(data, what the model's source does, settings, versions of the libraries that compute), the second half the
SHA-256 of its own bytes. So an entry is found by its ingredients, cannot be used for others, and shows any
damage. It is written beside its place and then moved
there: a reader sees a whole entry or none.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from forecast import files, netcdf
from forecast.errors import UsageError, WriteError
from forecast.fit.sampling import Settings
from forecast.units import Array

LIBRARIES = ("numpy", "numba", "nutpie", "pymc", "pytensor")
"""What computes the draws: another version may give other bits."""

SOURCES = ("bridge.py", "censoring.py", "history.py", "model_joint_trend.py", "record.py", "sampling.py")

# An entry's layout; raised when it changes, so that older entries are not found.
FORMAT = "1"

_ENTRY = re.compile(r"[0-9a-f]{32}\.[0-9a-f]{32}\.nc")
_REMOVABLE = re.compile(r"[0-9a-f]{32}\.[0-9a-f]{32}\.(nc|damaged)|\.[0-9a-f.]+\.nc\.writing-\w+\.nc")

_log = logging.getLogger("forecast.fit")


@dataclass(frozen=True)
class Entry:
    """A stored fit.

    Attributes:
        draws: Sampled variables, each of shape ``(chain, draw)`` or ``(chain, draw, member)``.
        attributes: What is known about them, as text.
        path: The file, or None when it could not be stored.
    """

    draws: Mapping[str, Array]
    attributes: Mapping[str, str]
    path: Path | None


def directory() -> Path:
    """The folder of the stored fits: ``FORECAST_CACHE_DIR``, or the user's cache folder."""
    chosen = os.environ.get("FORECAST_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser() / "fits"
    from platformdirs import user_cache_path

    return user_cache_path("forecast", appauthor=False) / "fits"


def versions() -> dict[str, str]:
    """The installed version of each library that computes draws, without importing it."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def key(data_digest: str, settings: Settings, *, sources: Sequence[str] = ()) -> str:
    """The digest under which a fit of these data is stored.

    Args:
        data_digest: Fingerprint of what the model sees.
        settings: How it is sampled.
        sources: The files that say what the model is; those of the model that ships unless given.

    Returns:
        Hexadecimal SHA-256.
    """
    content = hashlib.sha256()
    ingredients = [
        FORMAT,
        data_digest,
        json.dumps(asdict(settings), sort_keys=True),
        json.dumps(versions(), sort_keys=True),
    ]
    here = Path(__file__).parent
    ingredients += [meaning((here / name).read_text(encoding="utf-8")) for name in sources or SOURCES]
    for text in ingredients:
        content.update(f"{len(text)}:".encode())
        content.update(text.encode())
    return content.hexdigest()


def meaning(source: str) -> str:
    """What Python source does, without comments, docstrings and layout: another wording asks for no other fit.

    Args:
        source: The text of a module.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # A text that stands alone does nothing.
            kept = [each for each in body if not (isinstance(each, ast.Expr) and _is_text(each.value))]
            body[:] = kept or [ast.Pass()]
    return _shown(tree)


def _shown(node: object) -> str:
    # `ast.dump` shows empty fields on some versions of Python and not on others; the same source must read the same.
    if isinstance(node, list):
        return f"[{', '.join(map(_shown, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = [
        f"{name}={_shown(value)}"
        for name, value in ast.iter_fields(node)
        if value is not None and value != []
    ]
    return f"{type(node).__name__}({', '.join(fields)})"


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def find(digest: str, *, folder: Path | None = None) -> Entry | None:
    """The stored fit with this digest.

    A damaged entry is set aside under another name, with one warning, and counts as not there.

    Args:
        digest: What `key` returned.
        folder: Where to look; `directory` unless given.
    """
    folder = folder or directory()
    for path in sorted(folder.glob(f"{digest[:32]}.*.nc")):
        problem = damage(path)
        if not problem:
            try:
                return _read(path)
            except (OSError, ValueError, KeyError, RuntimeError, UsageError) as error:
                problem = str(error)
        aside = path.with_suffix(".damaged")
        with suppress(OSError):
            path.replace(aside)
        _log.warning("a stored fit is damaged (%s); set aside as %s", problem, aside)
    return None


@dataclass(frozen=True)
class Stored:
    """A file of the cache.

    Attributes:
        path: Where it is.
        size: Bytes.
        stored: When it was put there.
    """

    path: Path
    size: int
    stored: datetime


def stored_files(folder: Path | None = None) -> list[Stored]:
    """Every stored fit, the newest first.

    Args:
        folder: Where to look; `directory` unless given.
    """
    found = []
    for path in _ours(folder or directory(), _ENTRY):
        with suppress(FileNotFoundError):
            facts = path.stat()
            found.append(Stored(path, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC)))
    return sorted(found, key=lambda each: (each.stored, each.path.name), reverse=True)


def damage(path: Path) -> str:
    """What is wrong with the bytes of a stored fit; empty when they are those that were written."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return error.strerror or str(error)
    whole = path.name == _file_name(path.name[:32], content)
    return "" if whole else "its bytes are not those that were written"


def clear(folder: Path | None = None) -> tuple[int, int]:
    """Remove every stored fit and every damaged one; files of others stay, and so does what is in use.

    Args:
        folder: Where to look; `directory` unless given.

    Returns:
        How many files went, and how many bytes they held.

    Raises:
        WriteError: A file cannot be removed.
    """
    count = size = 0
    for path in _ours(folder or directory(), _REMOVABLE):
        try:
            held = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise WriteError(f"cannot remove {path}: {error.strerror or error}") from error
        count, size = count + 1, size + held
    return count, size


def _ours(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name) and path.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return []


def store(
    digest: str, draws: Mapping[str, Array], attributes: Mapping[str, str], *, folder: Path | None = None
) -> Path | None:
    """Keep a fit for the next time.

    Args:
        digest: What `key` returned.
        draws: Sampled variables, each of shape ``(chain, draw)`` or ``(chain, draw, member)``.
        attributes: What is known about them, as text.
        folder: Where to keep it; `directory` unless given.

    Returns:
        The file, or None (with a warning) when the folder cannot be written to.
    """
    folder = folder or directory()
    try:
        content = _bytes(draws, attributes)
        target = folder / _file_name(digest, content)
        files.write_whole(target, content, force=True)
        for older in set(folder.glob(f"{digest[:32]}.*.nc")) - {target}:
            older.unlink(missing_ok=True)
    except (OSError, WriteError) as error:
        _log.warning("the fit cannot be stored for the next time: %s", error)
        return None
    return target


def _file_name(digest: str, content: bytes) -> str:
    return f"{digest[:32]}.{hashlib.sha256(content).hexdigest()[:32]}.nc"


def _bytes(draws: Mapping[str, Array], attributes: Mapping[str, str]) -> bytes:
    import h5netcdf

    content = io.BytesIO()
    with h5netcdf.File(content, "w") as file:
        chains, count = next(iter(draws.values())).shape[:2]
        file.dimensions = {"chain": chains, "draw": count}
        for name, values in draws.items():
            dims: tuple[str, ...] = ("chain", "draw")
            if values.ndim == 3:
                file.dimensions[f"{name}_member"] = values.shape[2]
                dims = (*dims, f"{name}_member")
            file.create_variable(name, dims, data=np.ascontiguousarray(values))
        for name, text in attributes.items():
            file.attrs[name] = text
    return content.getvalue()


def _read(path: Path) -> Entry:
    import h5netcdf

    netcdf.refuse_unsafe(path)
    with h5netcdf.File(path, "r") as file:
        return Entry(
            draws={name: np.array(variable[...]) for name, variable in file.variables.items()},
            attributes={name: str(value) for name, value in file.attrs.items()},
            path=path,
        )
