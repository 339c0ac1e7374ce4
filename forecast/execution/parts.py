"""What some blocks of a run come to, as a file: for arrays of batch jobs, and for runs that are cut short.

A part names the run that it belongs to, and is written whole with a checksum of its own. Parts of other runs are
refused with a word that says in what they differ.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import UsageError
from forecast.execution import Job, Part
from forecast.execution.workers import versions
from forecast.files import write_whole
from forecast.shapes import Coordinates, Trajectories, Variable
from forecast.summary.histogram import Histograms, Marks
from forecast.summary.moments import Moments, Node
from forecast.summary.replicates import Replicates
from forecast.summary.streamed import Partial
from forecast.summary.tallies import Tallies

SUFFIX = ".part"
_MAGIC = b"forecast part 2\n"
_COUNTS = ("able", "able_so_far", "near", "ever_able", "dropped", "first")
_WORDS = {
    "scenario": "scenario",
    "posterior": "fit of history",
    "draws": "number of draws",
    "seed": "seed",
    "sampler": "sampler",
    "versions": "versions",
}

Arrays = dict[str, NDArray[Any]]


def identity(job: Job) -> dict[str, str]:
    """What parts must have in common to belong together."""
    return {
        "scenario": job.scenario.digest,
        "posterior": job.posterior.attributes.get("digest", "") or _digest_of_draws(job),
        "draws": str(job.draws),
        "seed": str(job.seed),
        "sampler": job.sampler,
        "versions": versions(),
    }


def write(path: Path, job: Job, part: Part, *, origin: Mapping[str, Any] | None = None) -> None:
    """Write a part, whole or not at all; a file that is there is replaced.

    Args:
        path: Where it shall be.
        job: The run.
        part: What some of its blocks come to.
        origin: How the run was asked for, so that `forecast merge` can resolve the same scenario again.

    Raises:
        WriteError: The file cannot be written.
    """
    arrays: Arrays = {}
    about: dict[str, Any] = {
        "name": job.scenario.name,
        "identity": identity(job),
        "origin": dict(origin or {}),
        "blocks": sorted(part.blocks()),
    }
    first = next(iter(part.paths.values()), None)
    axes = part.partial.coordinates if part.partial else first.coordinates if first else None
    if axes is None:
        raise ValueError("a part without blocks is none")
    about["axes"] = {"years": axes.years, "labs": axes.labs, "sources": axes.sources, "tiers": axes.tiers}
    variables = part.partial.variables if part.partial else first.variables if first else {}
    about["variables"] = [
        [each.name, list(each.dims), each.unit, each.description] for each in variables.values()
    ]
    about["paths"] = {}
    for number, (start, paths) in enumerate(part.paths.items()):
        about["paths"][str(start)] = dict(paths.attributes)
        for place, each in enumerate(paths.variables.values()):
            arrays[f"paths {number} {place}"] = each.values
    if part.partial is not None:
        about["partial"] = _partial_out(part.partial, arrays)
    if part.replicates is not None:
        _moments_out("", part.replicates.moments, arrays)
        about["replicates"] = [[year, labs, count] for (year, labs), count in part.replicates.sets.items()]
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    body = json.dumps(about).encode() + b"\n" + buffer.getvalue()
    write_whole(path, _MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body, force=True)


def read(path: Path, job: Job) -> Part:
    """A part of a run.

    Raises:
        UsageError: The file is no part, is damaged, or belongs to another run; the message says which.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    about, archive = _opened(path, content)
    mine = identity(job)
    if wrong := [word for name, word in _WORDS.items() if about["identity"].get(name) != mine[name]]:
        raise UsageError(f"{path} belongs to another run: it has another {', another '.join(wrong)}")
    with np.load(io.BytesIO(archive), allow_pickle=False) as arrays:
        axes = Coordinates(**{name: tuple(labels) for name, labels in about["axes"].items()})
        shells = [
            Variable(name, np.zeros(0), tuple(dims), unit, words)
            for name, dims, unit, words in about["variables"]
        ]
        part = Part()
        for number, (start, attributes) in enumerate(about["paths"].items()):
            values = {
                each.name: replace(each, values=arrays[f"paths {number} {place}"])
                for place, each in enumerate(shells)
            }
            part.paths[int(start)] = Trajectories(values, axes, attributes)
        if "partial" in about:
            empty = Partial({each.name: each for each in shells}, axes, job.scenario.thresholds, job.marks)
            part.partial = _partial_in(empty, about["partial"], arrays)
            part.partial.blocks = set(about["blocks"])
        if "replicates" in about:
            sets = Counter({(year, tuple(labs)): count for year, labs, count in about["replicates"]})
            part.replicates = Replicates(_moments_in("", arrays), sets)
    return part


def about(path: Path) -> dict[str, Any]:
    """What a part says of itself: its identity and its blocks.

    Raises:
        UsageError: The file is no part, or is damaged.
    """
    try:
        return _opened(path, path.read_bytes())[0]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _opened(path: Path, content: bytes) -> tuple[dict[str, Any], bytes]:
    if not content.startswith(_MAGIC):
        raise UsageError(f"{path} is no part of a run; `forecast run --block-range` writes them")
    digest, _, body = content[len(_MAGIC) :].partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise UsageError(f"{path} is damaged: its checksum does not fit; compute these blocks again")
    header, _, archive = body.partition(b"\n")
    found: dict[str, Any] = json.loads(header)
    return found, archive


def blocks_text(numbers: Iterable[int]) -> str:
    """Numbers of blocks as ranges, as ``--block-range`` takes them: ``0:4, 7:8``."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][1] == number:
            ranges[-1][1] += 1
        else:
            ranges.append([number, number + 1])
    return ", ".join(f"{start}:{stop}" for start, stop in ranges)


def _digest_of_draws(job: Job) -> str:
    digest = hashlib.sha256()
    for name, values in sorted(job.posterior.draws.items()):
        digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _moments_out(name: str, moments: Moments, arrays: Arrays) -> None:
    nodes = sorted(moments.nodes.items())
    arrays[f"nodes {name}"] = np.array([[*key, node.size] for key, node in nodes], dtype=np.int64)
    arrays[f"means {name}"] = np.array([node.mean for _, node in nodes])
    arrays[f"squares {name}"] = np.array([node.squares for _, node in nodes])


def _moments_in(name: str, arrays: Any) -> Moments:
    nodes = zip(arrays[f"nodes {name}"], arrays[f"means {name}"], arrays[f"squares {name}"], strict=True)
    return Moments(
        {
            (int(level), int(number)): Node(int(size), mean, squares)
            for (level, number, size), mean, squares in nodes
        }
    )


def _partial_out(partial: Partial, arrays: Arrays) -> dict[str, Any]:
    for name, moments in partial.moments.items():
        _moments_out(name, moments, arrays)
    for name, histograms in partial.histograms.items():
        counted = [histograms.buckets(column) for column in range(len(histograms.marks))]
        arrays[f"sizes {name}"] = np.array([len(buckets) for buckets, _ in counted], dtype=np.int64)
        arrays[f"buckets {name}"] = np.concatenate([buckets for buckets, _ in counted])
        arrays[f"counts {name}"] = np.concatenate([counts for _, counts in counted])
    tallies = partial.tallies
    if tallies is None:
        raise ValueError("a part without blocks is none")
    for name in _COUNTS:
        if getattr(tallies, name) is not None:
            arrays[f"tally {name}"] = getattr(tallies, name)
    for number, counts in enumerate(tallies.reached.values()):
        arrays[f"reached {number}"] = counts
    return {
        "draws": tallies.draws,
        "out_of_range": tallies.out_of_range,
        "marks": {name: list(marks) for name, marks in partial.marks.items()},
        "reached": [list(key) for key in tallies.reached],
        "sets": [{key.hex(): count for key, count in sorted(each.items())} for each in tallies.sets],
    }


def _partial_in(partial: Partial, said: dict[str, Any], arrays: Any) -> Partial:
    # What the part itself says, so that marks that differ are noticed when it is merged.
    partial.marks = {name: tuple(Marks(*each) for each in marks) for name, marks in said["marks"].items()}
    for name, marks in partial.marks.items():
        partial.moments[name] = _moments_in(name, arrays)
        cuts = np.cumsum(arrays[f"sizes {name}"])[:-1]
        buckets, counts = (np.split(arrays[f"{what} {name}"], cuts) for what in ("buckets", "counts"))
        partial.histograms[name] = Histograms.of(marks, list(zip(buckets, counts, strict=True)))
    partial.tallies = Tallies(
        said["draws"],
        **{name: arrays[f"tally {name}"] for name in _COUNTS if f"tally {name}" in arrays},
        sets=tuple(
            Counter({bytes.fromhex(key): count for key, count in each.items()}) for each in said["sets"]
        ),
        out_of_range=said["out_of_range"],
        reached={
            (name, level): arrays[f"reached {number}"] for number, (name, level) in enumerate(said["reached"])
        },
    )
    return partial
