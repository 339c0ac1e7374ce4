"""Completion as the shells ask for it, and the manual."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from forecast import cli
from forecast.cli import settings

ROOT = Path(__file__).parents[1]


def completed(words: str, *, number: int | None = None) -> list[str]:
    """What is offered for the last of some words."""
    parts = words.split(" ")
    done = subprocess.run(
        [sys.executable, "-m", "forecast"],
        env={
            **os.environ,
            "_FORECAST_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(parts) - 1 if number is None else number),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.partition(",")[2] if "," in line else line for line in done.stdout.splitlines()]


def test_commands_options_and_names_are_offered():
    assert completed("forecast swe") == ["sweep"]
    assert completed("forecast data s") == ["show"]
    assert set(completed("forecast run --dr")) == {"--draws"}


@pytest.mark.slow
def test_values_are_offered():
    assert "training_cost" in completed("forecast explain training_")
    assert completed("forecast run x.yaml --set algorithmic_growth_l") == ["algorithmic_growth_later="]
    assert completed("forecast data show chi") == ["chips"]
    assert completed("forecast export x --format iamc-") == ["iamc-wide"]
    assert completed("forecast sweep x.yaml --design ") == ["grid", "lhs", "sobol"]


def test_an_unknown_shell_is_refused_with_the_known_ones(command):
    called = command("completion", "tcsh")
    assert (called.code, called.out) == (2, "")
    for shell in ("bash", "zsh", "fish"):
        assert shell in called.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shell", "script"),
    [
        (
            "bash",
            """
            eval "$(forecast completion bash)"
            COMP_WORDS=(forecast swe); COMP_CWORD=1
            $(complete -p forecast | sed 's/.*-F \\([^ ]*\\) .*/\\1/') forecast swe forecast
            printf '%s\\n' "${COMPREPLY[@]}"
            """,
        ),
        (
            "zsh",
            """
            autoload -Uz compinit && compinit -u -D
            compadd() { print -l -- "${(@P)@[-1]}" }
            _describe() { print -l -- "${(@P)@[3]}" }
            eval "$(forecast completion zsh)"
            [[ ${_comps[forecast]} == _forecast_completion ]] || exit 9
            words=(forecast swe); CURRENT=2
            _forecast_completion
            """,
        ),
        (
            "fish",
            """
            forecast completion fish | source
            complete --do-complete 'forecast swe'
            """,
        ),
    ],
)
def test_real_shells_complete_a_command(shell, script, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")
    (tmp_path / "forecast").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m forecast "$@"\n')
    (tmp_path / "forecast").chmod(0o755)
    done = subprocess.run(
        [
            shell,
            *({"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]),
            "-c",
            textwrap.dedent(script),
        ],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    offered = [line for line in done.stdout.split() if "sweep" in line]
    assert offered, (done.stdout, done.stderr)
    assert "sensitivity" not in done.stdout


def test_the_manual_has_every_command_and_option(command):
    for form in ("man", "markdown"):
        page = command("manual", "--format", form).out
        for words, each in settings.commands(cli.cli):
            assert f"forecast {' '.join(words)}" in page
            for option in settings.settable(each):
                name = f"--{option}"
                assert (name.replace("-", "\\-") if form == "man" else name) in page
        assert "NO_COLOR" in page


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed here")
def test_man_shows_the_manual(command, tmp_path):
    (tmp_path / "forecast.1").write_text(command("manual").out)
    done = subprocess.run(
        ["man", "--warnings=w", "-l", tmp_path / "forecast.1"],
        env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "forecast sweep [OPTIONS] SCENARIO" in done.stdout
    assert "      forecast sweep scenarios/baseline.yaml --set final_run_share=0.05:0.4:6" in done.stdout
    assert not done.stderr
