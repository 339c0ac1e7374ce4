"""A finished run made again from its record: what is not as it was, and whether the same files come out."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast import __version__, files, observations
from forecast.errors import UnreadableError, UsageError
from forecast.report import folder
from forecast.run import LIBRARIES, run, versions
from forecast.samplers import SAMPLERS, Sampler
from forecast.scenario import Scenario
from forecast.scenario.restore import restored

LARGEST = 100 << 20
"""Bytes of a record that is read; one with many samples has some megabytes."""


@dataclass(frozen=True)
class Record:
    """What `run.json` says about a run.

    Attributes:
        path: The file.
        scenario: The scenario that was run.
        content: Everything else, as it stands in the file.
    """

    path: Path
    scenario: Scenario
    content: Mapping[str, Any]

    @property
    def draws(self) -> int:
        """The number of paths."""
        return int(self.content["draws"])

    @property
    def seed(self) -> int:
        """The seed of every random stream."""
        return int(self.content["seed"])

    @property
    def sampler(self) -> Sampler:
        """How the draws were spread."""
        sampler: Sampler = self.content.get("sampler", "random")
        return sampler

    @property
    def files(self) -> Mapping[str, str]:
        """The SHA-256 of each file of the run, by its name."""
        files: Mapping[str, str] = self.content["files"]
        return files


@dataclass(frozen=True)
class Difference:
    """Something that is not as it was when the run was made."""

    what: str
    then: str
    now: str

    def __str__(self) -> str:
        """The difference in one line."""
        return f"{self.what}: {self.then} then, {self.now} now"


@dataclass(frozen=True)
class Rerun:
    """A run that was made again.

    Attributes:
        differences: What was not as it had been.
        same: The files with the same bytes.
        changed: The files with other bytes.
        missing: The files that the first run wrote and this one did not.
        folder: Where the new files are.
    """

    differences: tuple[Difference, ...]
    same: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    folder: Path

    @property
    def exact(self) -> bool:
        """Whether every file came out byte for byte."""
        return not self.changed and not self.missing


def read(path: Path) -> Record:
    """The record of a run.

    Args:
        path: Its `run.json`, or the folder that holds it.

    Raises:
        UsageError: There is none, it is of another command, or it was changed by hand.
    """
    if path.is_dir():
        path /= folder.RECORD
    try:
        content = json.loads(files.read_bounded(path, limit=LARGEST))
    except UnreadableError as error:
        raise UsageError(f"{path}: {error}; give the run.json of a finished run, or its folder") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no record of a run: it is not JSON ({error})") from error
    if not isinstance(content, dict) or not isinstance(content.get("files"), dict):
        raise UsageError(f"{path} is no record of a run")
    if kind := content.get("kind") or content.get("study") or content.get("command"):
        raise UsageError(
            f"{path} is of another command ({kind}); only what forecast run wrote can be run again"
        )
    counts = [content.get("draws"), content.get("seed")]
    if not all(isinstance(count, int) and 0 <= count < 2**63 for count in counts) or not counts[0]:
        raise UsageError(f"{path} does not say with how many paths and which seed the run was made")
    if (sampler := content.get("sampler", "random")) not in SAMPLERS:
        raise UsageError(f"{path}: there is no sampler {sampler!r}; samplers are {', '.join(SAMPLERS)}")
    scenario = restored(
        content.get("scenario") or {},
        str(content.get("scenario_digest")),
        title=str(content.get("title", "")),
        path=path,
    )
    return Record(path, scenario, content)


def differences(record: Record) -> tuple[Difference, ...]:
    """What is not as it was when a run was made: versions of programs, and the history."""
    then = {"forecast": record.content.get("forecast"), "Python": record.content.get("python")}
    then |= record.content.get("versions") or {}
    then["history (data digest)"] = record.content.get("data_digest")
    now = {"forecast": __version__, "Python": platform.python_version(), **dict(versions(LIBRARIES))}
    if record.content.get("own_data"):
        # Its digest is that of the user's runs, which only the user has.
        del then["history (data digest)"]
        return tuple(_differing(then, now))
    now["history (data digest)"] = observations.load(as_of=record.scenario.as_of).digest
    return tuple(_differing(then, now))


def _differing(then: Mapping[str, Any], now: Mapping[str, str]) -> Iterator[Difference]:
    for what, value in now.items():
        if then.get(what) != value:
            yield Difference(what, str(then.get(what) or "unknown"), value)


def rerun(
    record: Record,
    out: Path,
    *,
    data: Path | None = None,
    force: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Rerun:
    """The same run again, and how its files compare with the digests of the first.

    Args:
        record: What `read` returned.
        out: The folder of the new results; not that of the old ones.
        data: The user's own training runs that the first run was fitted to, when it was.
        force: Write into a folder that holds files of others.
        progress: Told what is being done.

    Raises:
        ForecastError: A fit that does not converge, a folder that cannot be written.
    """
    if out.resolve() == record.path.resolve().parent:
        raise UsageError(f"{out} holds the run that is to be made again; choose another folder with --out")
    found = list(differences(record))
    found += _own_data(record, data)
    made = run(
        record.scenario,
        draws=record.draws,
        seed=record.seed,
        sampler=record.sampler,
        out=out,
        data=data,
        charts=any(name.startswith("charts/") for name in record.files),
        force=force,
        progress=progress,
    )
    then = str((record.content.get("posterior") or {}).get("digest", "unknown"))
    if then != made.posterior.attributes["digest"]:
        found.append(Difference("fit (posterior digest)", then, made.posterior.attributes["digest"]))
    new = folder.files_of(out)
    kept = [name for name in record.files if name in new]
    same = [name for name in kept if _digest(out / name) == record.files[name]]
    return Rerun(
        tuple(found),
        tuple(same),
        tuple(name for name in kept if name not in same),
        tuple(name for name in record.files if name not in new),
        out,
    )


def _own_data(record: Record, data: Path | None) -> list[Difference]:
    """Whether a user's own runs are those of the first run."""
    own = record.content.get("own_data") or {}
    if not own and data is None:
        return []
    if data is None:
        raise UsageError(f"the run was fitted to a file of its user, {own.get('file')}; give it with --data")
    now = hashlib.sha256(files.read_bounded(data, limit=LARGEST)).hexdigest()
    then = str(own.get("sha256", "none"))
    return [] if now == then else [Difference("own data (SHA-256)", then, now)]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
