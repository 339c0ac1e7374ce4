"""What a full disk, a missing right, a vanished folder or a killed process does to results: never anything halfway."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import re
import resource
import subprocess
import sys
import tempfile
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from forecast import export, files, observations, run
from forecast.cli.init import init
from forecast.errors import ForecastError
from forecast.fit import cache
from forecast.observations import layer
from forecast.report import fit_folder
from forecast.report.folder import RECORD, staged

ERRORS = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOENT, errno.EIO)

# What Python announces before it does it; an exception of the listener is what the caller gets instead.
EVENTS = {
    "os.link": 1,
    "open": 0,
    "os.rename": 1,
    "os.mkdir": 0,
    "os.remove": 0,
    "os.rmdir": 0,
    "os.chmod": 0,
}


@dataclass
class Faults:
    """Counts what happens to files below a folder, and lets one of these things fail."""

    root: str = ""
    fail_at: int | None = None
    number: int = errno.EIO
    seen: list[str] = field(default_factory=list)

    def meet(self, what: str, place: object) -> None:
        if not self.root or isinstance(place, int) or not os.fsdecode(place).startswith(self.root):
            return
        self.seen.append(what)
        if len(self.seen) - 1 == self.fail_at:
            raise OSError(self.number, os.strerror(self.number), os.fsdecode(place))


FAULTS = Faults()
MADE = Path(tempfile.mkdtemp(prefix="faults-"))
for each in ("old", "new"):
    (MADE / each).write_text(each)


def listen(event: str, arguments: tuple[object, ...]) -> None:
    if FAULTS.root and event in EVENTS:
        FAULTS.meet(event, arguments[EVENTS[event]])


sys.addaudithook(listen)


@contextmanager
def faults(root, fail_at=None, number=errno.EIO):
    FAULTS.root, FAULTS.fail_at, FAULTS.number, FAULTS.seen = str(root), fail_at, number, []
    try:
        yield FAULTS.seen
    finally:
        FAULTS.root = ""


@contextmanager
def outside_faults():
    """What somebody else does."""
    root, FAULTS.root = FAULTS.root, ""
    try:
        yield
    finally:
        FAULTS.root = root


@pytest.fixture(autouse=True)
def _syncs_can_fail(monkeypatch):
    sync = os.fsync

    def announced(descriptor):
        FAULTS.meet("fsync", FAULTS.root)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", announced)


def contents(folder):
    return {
        # Some texts name the file that they are in.
        path.relative_to(folder).as_posix(): path.read_bytes().replace(os.fsencode(folder), b"")
        for path in folder.rglob("*")
        if path.is_file()
    }


def results(stage, texts):
    for name, text in texts.items():
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).write_bytes(text)
    digests = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
    (stage / RECORD).write_text(json.dumps({"files": digests}))


def write_folder(root, _, version):
    with staged(root / "place" / "out") as stage:
        results(stage, {"a.csv": version, "charts/b.svg": version * 100})


def write_file(root, _, version):
    files.write_whole(root / "place" / "page.html", version * 1000, force=True)


def write_calibration(root, _, version):
    fit_folder._write(root / "out", {"ranks.csv": version, "ranks.svg": version * 9}, "fit", force=False)


def write_run(root, finished, version):
    with staged(root / "baseline") as stage:
        history = observations.load(as_of=finished.scenario.as_of)
        told = {"charts": False, "progress": lambda _: None}
        run._write(stage, finished.scenario, history, finished.trajectories, finished.summary, **told)
        (stage / "version").write_bytes(version)
        listed = dict.fromkeys(contents(stage), "")
        (stage / RECORD).write_text(json.dumps({"files": listed}))


def write_among_others(root, _, version):
    out = root / "out"
    with outside_faults():
        if not out.exists():
            (out / "mine").mkdir(parents=True)
            (out / "mine" / "notes.txt").write_bytes(b"mine")
    with staged(out, force=True) as stage:
        # Other names in each version, so that some go.
        results(stage, {"a.csv": version, f"charts-{version.decode()}/b.svg": version * 100})


def write_into_the_current_folder(root, _, version):
    with outside_faults():
        (root / "out" / "mine").mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(root / "out"):
        write_among_others(root, _, version)


def write_without_links(root, _, version):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "link", refused)
        write_among_others(root, _, version)


def refused(*_, **__):
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def write_export(root, _, version):
    made = {Path("model-output/a.csv"): MADE / version.decode(), Path("hub-config/b.csv"): MADE / "old"}
    export._into(root / "hub", made, force=True)


def write_import(root, _, version):
    with outside_faults():
        (root / "layer").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layer, "imports", lambda _: ())
        layer.save(root / "layer", {"chips": version.decode()}, {"file": version.decode()})


def write_start(root, finished, version):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            run, "resolve", lambda _: replace(finished.scenario, as_of=date(2026, 1, 1 + sum(version) % 28))
        )
        arguments = [str(root / "desk" / "mine.yaml"), "--force", "--quiet"]
        call = CliRunner().invoke(init, arguments, standalone_mode=False)
    if call.exception:
        raise call.exception


WRITERS = [
    write_folder,
    write_file,
    write_calibration,
    write_among_others,
    *(
        pytest.param(each, marks=pytest.mark.slow)
        for each in (
            write_into_the_current_folder,
            write_without_links,
            write_export,
            write_import,
            write_start,
            write_run,
        )
    ),
]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("earlier", [True, False])
def test_whatever_fails_the_old_is_intact_or_the_new_is_complete(write, earlier, finished, tmp_path):
    trial = tmp_path / "trial"
    trial.mkdir()
    if earlier:
        write(trial, finished, b"old")
    with faults(trial) as seen:
        write(trial, finished, b"new")
    happened, wanted = list(seen), contents(trial)
    assert {"open", "os.rename", "fsync"} <= set(happened)
    for place, what in enumerate(happened):
        root = tmp_path / str(place)
        root.mkdir()
        before = {}
        if earlier:
            write(root, finished, b"old")
            before = contents(root)
        message, code = "", 1
        with faults(root, fail_at=place, number=ERRORS[place % len(ERRORS)]):
            try:
                write(root, finished, b"new")
            except ForecastError as error:
                message, code = str(error), error.exit_code
        found = contents(root)
        clean = {name: text for name, text in found.items() if not re.search(r"(^|/)\.", name)}
        before = before or {name: text for name, text in clean.items() if name == "out/mine/notes.txt"}
        assert clean in (before, wanted), (place, what, sorted(found))
        # No message without a cause, and where the new is not there, a message.
        assert clean == wanted or message, (place, what)
        assert code in (1, 4), (place, what, message)
        if write is write_export:
            # It writes nothing where nothing differs.
            write(root, finished, b"old")
        write(root, finished, b"new")
        # A lock that could not be removed does no harm, and nothing else is left.
        left = {name: text for name, text in contents(root).items() if not name.endswith(".lock")}
        assert left == wanted, (place, what)


@pytest.mark.parametrize(
    "write", [each for each in WRITERS if write_start not in getattr(each, "values", ())]
)
def test_a_disk_that_gets_full_while_writing_changes_nothing(write, finished, tmp_path):
    write(tmp_path, finished, b"old")
    before, limits = contents(tmp_path), resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(map(len, before.values()))
    for most in sorted({0, 1, largest // 3, largest - 1}):
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
        try:
            with pytest.raises(ForecastError) as caught:
                write(tmp_path, finished, b"new")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert "nothing was changed" in str(caught.value)
        assert contents(tmp_path) == before


def test_a_cache_that_fails_costs_a_warning_and_nothing_else(tmp_path, caplog):
    caplog.set_level(logging.ERROR)
    draws = {"growth": np.ones((1, 2))}
    with faults(tmp_path) as seen:
        cache.store("0" * 64, draws, {}, folder=tmp_path / "fits")
        assert cache.find("0" * 64, folder=tmp_path / "fits") is not None
    for place in range(len(seen)):
        root = tmp_path / str(place)
        root.mkdir()
        with faults(root, fail_at=place, number=ERRORS[place % len(ERRORS)]):
            cache.store("0" * 64, draws, {}, folder=root / "fits")
            entry = cache.find("0" * 64, folder=root / "fits")
        assert entry is None or np.array_equal(entry.draws["growth"], draws["growth"])
        assert cache.store("0" * 64, draws, {}, folder=root / "fits") is not None
        assert cache.find("0" * 64, folder=root / "fits") is not None


KILLER = """
    import hashlib, json, os, pathlib, random, signal, sys, time
    from forecast import files
    from forecast.report.folder import RECORD, claimed, staged

    root, kills, where = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    out, page, chance = root / "out", root / "page", random.Random(1)
    others = set()
    if where != "alone":
        (out / "charts").mkdir(parents=True)
        (out / "charts" / "mine").write_text("mine")
        others = {"charts/mine"}
    if where == "current":
        os.chdir(out)
    if where == "without links":
        def link(*_, **__):
            raise PermissionError
        os.link = link

    def write(version):
        with staged(out, force=bool(others)) as stage:
            (stage / "charts").mkdir()
            texts = {name: f"{version} {name}\\n" * 500 for name in ("a.csv", "b.csv", "charts/c.svg")}
            for name, text in texts.items():
                (stage / name).write_text(text)
            digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
            (stage / RECORD).write_text(json.dumps({"files": digests, "version": version}))
        text = f"{version}\\n" * 500
        files.write_whole(page, (text + hashlib.sha256(text.encode()).hexdigest()).encode(), force=True)

    write(0)
    least, versions = 0, set()
    for kill in range(kills):
        child = os.fork()
        if child == 0:
            try:
                for version in range(least + 1, least + 1000):
                    write(version)
            finally:
                os._exit(1)
        # Sometimes long enough for a whole version, even on a busy machine.
        time.sleep(chance.expovariate(1 / chance.choice((0.005, 0.05, 0.3))))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if where in ("current", "without links"):
            # What was interrupted is put right by the next run.
            with claimed(out, force=True):
                pass
        record = json.loads((out / RECORD).read_text())
        present = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
        hidden = {name for name in present if name.startswith(".")}
        assert present - hidden == {*record["files"], RECORD, *others}, present
        for name, digest in record["files"].items():
            assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest, name
        text, digest = page.read_text()[:-64], page.read_text()[-64:]
        assert hashlib.sha256(text.encode()).hexdigest() == digest
        assert record["version"] >= least
        least = record["version"]
        versions.add(least)
    write(10**6)
    assert all((out / name).read_text() == "mine" for name in others)
    assert not [path for path in out.rglob(".*")], list(out.rglob(".*"))
    left = {path.name for path in root.iterdir() if ".page." not in path.name}
    assert left == {"out", "page"}, left
    print(len(versions))
"""


@pytest.mark.parametrize(
    ("where", "kills"),
    [
        ("alone", 20),
        *(
            pytest.param(where, 80, marks=pytest.mark.slow)
            for where in ("alone", "among others", "current", "without links")
        ),
    ],
)
def test_a_process_killed_at_any_moment_leaves_whole_results(where, kills, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLER), tmp_path, str(kills), where],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1, "no version was ever completed: the test showed nothing"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
@pytest.mark.parametrize("write", [write_folder, write_file])
def test_a_folder_that_may_not_be_written_to_is_one_message(write, finished, tmp_path):
    (tmp_path / "place").mkdir()
    (tmp_path / "place").chmod(0o555)
    with pytest.raises(ForecastError, match=r"Permission denied \(choose a place .*\); nothing was changed"):
        write(tmp_path, finished, b"new")
