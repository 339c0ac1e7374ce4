"""Files that are meant to do harm: bounded time and memory, exit code 2, one kind of message, nothing touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = ("error:", "note:", "warning:")

# Each makes one file that does harm in the folder it is given, and returns what `extends`, or `samples`, then names.


def text(content):
    def make(folder):
        (folder / "evil.yaml").write_bytes(content)
        return "evil.yaml"

    return make


def link(target):
    def make(folder):
        (folder / "evil.yaml").symlink_to(target)
        return "evil.yaml"

    return make


def fifo(folder):
    os.mkfifo(folder / "evil.yaml")
    return "evil.yaml"


def huge(folder):
    with (folder / "evil.yaml").open("wb") as file:
        file.truncate(100 << 20)
    return "evil.yaml"


def outside(folder):
    (folder.parent / "secret.yaml").write_text("name: secret\n")
    return "../secret.yaml"


def path(name):
    return lambda _: name


HEAD = b"name: evil\nas_of: 2026-09-30\n"
HOSTILE = {
    "deep lists": text(HEAD + b"assumptions:\n" + b" [\n" * 50_000),
    "deep maps": text(HEAD + b"assumptions: " + b"{a: " * 2_000),
    "deep block": text(HEAD + b"- " * 4_000),
    "long line": text(HEAD + b"title: " + b"x" * 400_000),
    "long key": text(HEAD + b"x" * 9_000 + b": 1"),
    "huge integer": text(HEAD + b"assumptions: {algorithmic_growth: " + b"9" * 9_000 + b"}"),
    "huge exponent": text(HEAD + b"assumptions: {algorithmic_growth: 1e999999999}"),
    "huge horizon": text(HEAD + b"last_year: 99999999999999999999"),
    "latin-1": text(HEAD + b"title: \xe4\xf6"),
    "utf-16": text(HEAD.decode().encode("utf-16")),
    "utf-7": text(b"+AG4-ame: x\n"),
    "overlong utf-8": text(HEAD + b"title: \xc0\xaf\xc0\xae"),
    "surrogate": text(HEAD + b"title: \xed\xa0\x80"),
    "zero byte": text(HEAD + b"title: a\0b"),
    "escape": text(HEAD + b'title: "\\e]0;owned\\a"'),
    "alias bomb": text(
        b"a: &a [x,x,x,x,x,x,x,x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (n, n) for n in range(99))
    ),
    "python tag": text(b"name: !!python/object/apply:os.system ['touch owned']\n"),
    "merge key": text(HEAD + b"<<: {title: x}"),
    "junk": text(bytes(range(256)) * 100),
    "pipe": fifo,
    "device": path("/dev/zero"),
    "device by link": link("/dev/zero"),
    "terminal": path("/dev/tty"),
    "link out": link("/etc/passwd"),
    "link to itself": link("evil.yaml"),
    "process": path("/proc/self/environ"),
    "outside": outside,
    "absolute": path("/etc/passwd"),
    "home": path("~/x.yaml"),
    "url": path("https://example.org/x.yaml"),
    "empty": path(""),
    "dots": path("./../../../../../../etc/passwd"),
    "folder": path("."),
    "zero in name": path("a\\0b.yaml"),
    "100 MB": huge,
}
VICTIM = (
    "import resource, sys\n"
    "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
    "resource.setrlimit(resource.RLIMIT_CPU, (20, 20))\n"
    "from forecast import cli\n"
    "sys.argv[0] = 'forecast'\n"
    "cli.main()\n"
)


def attack(*arguments, folder):
    """Runs the program with little memory and little time, in a folder that must stay as it is."""
    before = listing(folder.parent)
    done = subprocess.run(
        [sys.executable, "-c", VICTIM, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stderr
    assert all(line.isprintable() for line in (done.stdout + done.stderr).splitlines())
    assert len(done.stderr) < 50_000
    assert listing(folder.parent) == before, "a file was touched"
    return done


def listing(folder):
    return {
        (place.relative_to(folder).as_posix(), place.lstat().st_size, place.lstat().st_mtime_ns)
        for place in folder.rglob("*")
    }


@pytest.fixture
def desk(tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    shutil.copy(ROOT / "scenarios" / "baseline.yaml", folder)
    return folder


def refused(done):
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert done.stderr
    assert all(line.startswith(LINES) for line in done.stderr.splitlines()), done.stderr


QUICK = ("deep lists", "pipe", "device by link", "outside", "100 MB")
FEW = [case if case in QUICK else pytest.param(case, marks=pytest.mark.slow) for case in HOSTILE]


@pytest.mark.parametrize("case", FEW)
def test_a_hostile_scenario_is_refused(case, desk):
    name = HOSTILE[case](desk)
    if (desk / "evil.yaml").exists() or (desk / "evil.yaml").is_symlink():
        refused(attack("check", "evil.yaml", folder=desk))
    (desk / "mine.yaml").write_text(f'name: mine\nextends: "{name}"\n')
    refused(attack("run", "mine.yaml", "--draws", 200, folder=desk))
    (desk / "mine.yaml").write_text(
        "name: mine\nextends: baseline.yaml\nassumptions:\n"
        f'  experiments_per_run: {{samples: "{name}", unit: x}}\n'
    )
    refused(attack("show", "mine.yaml", folder=desk))


TABLES = {
    "a cell without end": b'model,released,compute\n"' + b"x" * 5_000_000,
    "many columns": b"model,released,compute" + b",x" * 1_000_000 + b"\n",
    "many rows of mistakes": b"model,released,compute\n" + b",,\n" * 2_000_000,
    "many short rows": b"model,released,compute\n" + b"x\n" * 2_000_000,
    "huge integer": b"model,released,compute\nx,2024-01-01," + b"9" * 50_000 + b"\n",
    "huge exponent": b"model,released,compute\nx,2024-01-01,1e999999\n",
    "not finite": b"model,released,compute\nx,2024-01-01,nan\n",
    "long names": b"model,released,compute," + b"compute" * 15_000 + b"\n",
    "zero bytes": b"model,released,compute\nx\0y,2024-01-01,1e25\n\0\0",
    "escape": b"model,released,compute\nx,\x1b]0;owned\x07,1e25\n",
    "latin-1": b"model,released,compute\n\xe4,2024-01-01,1e25\n",
    "utf-16": "model,released,compute\n".encode("utf-16"),
    "odd date": b"model,released,compute\nx,99999-01-01,1e25\n",
    "junk": bytes(range(256)) * 1000,
    "nothing": b"",
    "11 MB": b"model,released,compute\n" + b"x,2024-01-01,1e25\n" * 700_000,
}


@pytest.mark.parametrize(
    "case",
    [
        case
        if case in ("many rows of mistakes", "long names")
        else pytest.param(case, marks=pytest.mark.slow)
        for case in TABLES
    ],
)
def test_a_hostile_table_is_refused(case, desk):
    (desk / "mine.csv").write_bytes(TABLES[case])
    refused(attack("fit", "--data", "mine.csv", folder=desk))


@pytest.mark.slow
@pytest.mark.parametrize("case", TABLES)
def test_a_hostile_table_is_not_imported(case, desk):
    (desk / "mine.csv").write_bytes(TABLES[case])
    refused(attack("data", "import", "mine.csv", "--yes", "--no-fit", folder=desk))


@pytest.mark.slow
@pytest.mark.parametrize("case", ["pipe", "device by link", "100 MB"])
def test_what_is_no_small_file_is_not_imported(case, desk):
    refused(attack("data", "import", HOSTILE[case](desk), "--yes", "--no-fit", folder=desk))


@pytest.mark.parametrize(
    "case",
    ["pipe", pytest.param("device", marks=pytest.mark.slow), pytest.param("100 MB", marks=pytest.mark.slow)],
)
def test_what_is_no_small_file_is_refused_as_a_table(case, desk):
    name = HOSTILE[case](desk)
    refused(attack("fit", "--data", name, folder=desk))
    refused(attack("rerun", name, folder=desk))
