"""Every example in the help of a command is run as it stands there, with few draws, where what it names is at hand."""

from __future__ import annotations

import inspect
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forecast import cli
from forecast.cli import settings
from forecast.run import Result
from tests import reader
from tests.conftest import Called, allow_only

ROOT = Path(__file__).parents[1]
COMMANDS = dict(settings.commands(cli.cli))
# What takes minutes in its full size.
SMALLER = {
    "--draws 1000000 --block-range 0:64": "--draws 200 --block-range 0:1",
    "--draws 1000000 --block-range 0:123": "--draws 8192 --block-range 0:1",
    "--draws 1000000 --block-range 123:245": "--draws 8192 --block-range 1:2",
    "run scenarios/*.yaml --draws 100000": "run scenarios/o*.yaml --draws 200",
    "--design lhs --points 40": "--design lhs --points 8",
    "--calibrate 100": "--calibrate 20",
}
LONG = {
    "forecast fit --report --out outputs/fit": "fits the other candidates and history without single rows",
    "forecast fit --calibrate 100": "fits made-up histories",
    "forecast backtest --candidates": "fits every candidate from every origin",
}
"""What samples again and again; `make test-long` runs it with real fits."""
LEFT_OUT = {
    'eval "$(forecast completion zsh)"': "is for zsh; test_completion runs it there",
    "forecast completion fish | source": "is for fish; test_completion runs it there",
}
# What compares with the fit finds something where fits are made up.
MAY_FIND = ("forecast backtest", "forecast check")
FEW = {
    "FORECAST_DRAWS": "200",
    "FORECAST_NO_CHARTS": "yes",
    "FORECAST_REPORT_QUICK": "yes",
    "FORECAST_REWEIGHT_LEAST_SIZE": "10",
}


def examples(help_text: str) -> Iterator[str]:
    """The calls below the headings of a help text, continued lines joined."""
    for block in re.split(r"\n\s*\n", inspect.cleandoc(help_text)):
        heading, *lines = block.removeprefix("\b").strip("\n").splitlines()
        if heading.endswith(":") and all(line.startswith("  ") for line in lines):
            yield from re.sub(r"\\\n\s*", "", inspect.cleandoc("\n".join(["", *lines]))).splitlines()


def smaller(line: str) -> str:
    for old, new in SMALLER.items():
        line = line.replace(old, new)
    return line


EXAMPLES = {words: list(examples(command.help or "")) for words, command in COMMANDS.items()}


def test_examples_are_found_and_what_is_left_out_is_there() -> None:
    every = [line for lines in EXAMPLES.values() for line in lines]
    assert len(every) > 80
    assert all("forecast" in line for line in every)
    assert set(LEFT_OUT) | set(LONG) <= set(every)
    without = {words for words, lines in EXAMPLES.items() if not lines}
    assert without <= {("cache", "dir")}
    for old in SMALLER:
        assert any(old in line for line in every), old


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory, finished: Result) -> Path:
    """A folder with what the examples name, a finished run included."""
    desk = tmp_path_factory.mktemp("desk")
    reader.fill(desk)
    shutil.copytree(finished.folder or Path(), desk / "outputs" / "baseline")
    reader.store_fits(desk / "cache")
    return desk


@pytest.fixture
def call(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[[str], Called]:
    """Runs one example in a folder of its own that starts as the desk; what only a shell can do, in one."""
    here = tmp_path / "here"
    shutil.copytree(desk, here)
    monkeypatch.chdir(here)
    for name, value in FEW.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.setenv("FORECAST_DATA_DIR", str(here / "imported"))
    program = here / "bin" / "forecast"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m forecast "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for folder in (".local/share/bash-completion/completions", ".local/share/man/man1", ".zfunc"):
        (here / folder).mkdir(parents=True)
    (here / ".config" / "fish" / "completions").mkdir(parents=True)

    def run(line: str) -> Called:
        if not line.startswith("forecast ") or re.search(r"[|>]", line):
            monkeypatch.setenv("FORECAST_CACHE_DIR", str(here / "cache"))
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", line],
                input="n\n",
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            return Called(done.returncode, done.stdout, done.stderr)
        allow_only(here / "cache", monkeypatch)
        monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
        words = [
            name
            for word in shlex.split(line, comments=True)
            for name in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
        ]
        monkeypatch.setattr(sys, "argv", words)
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main()
        printed = capfd.readouterr()
        return Called(int(left.value.code or 0), printed.out, printed.err)

    return run


@pytest.mark.slow
@pytest.mark.parametrize("words", [words for words, lines in EXAMPLES.items() if lines], ids=" ".join)
def test_the_examples_of_a_command_run(words: tuple[str, ...], call: Callable[[str], Called]) -> None:
    for line in EXAMPLES[words]:
        if line in LEFT_OUT or line in LONG:
            continue
        called = call(smaller(line))
        accepted = {0, 3} if line.startswith(MAY_FIND) else {0}
        assert called.code in accepted, f"{line}\n{called.out}{called.err}"
        assert called.out or called.err or ">" in line or line.startswith("eval"), line


@pytest.mark.long
@pytest.mark.parametrize("line", LONG)
def test_what_fits_again_and_again_runs(line: str, desk: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(smaller(line))],
        cwd=desk,
        env={**os.environ, "FORECAST_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=3600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
