"""`forecast init`: what it writes can be checked and run as it is."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from forecast import files

ROOT = Path(__file__).parents[1]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_init_then_check_then_run_without_editing(desk, command, files_in):
    called = command("init")
    assert called.code == 0
    assert set(files_in(desk)) == {"baseline.yaml", "my-scenario.yaml", "scenario-v1.json"}
    # What it names next, it means.
    text = (desk / "my-scenario.yaml").read_text()
    assert re.findall(r"#   forecast (\w+)", text) == ["check", "show", "run", "compare"]
    assert command("check", "my-scenario.yaml").out.startswith("my-scenario.yaml: ok (my-scenario,")
    assert command("run", "my-scenario.yaml", "--draws", 100, "--no-charts").code == 0
    assert (desk / "outputs" / "my-scenario" / "summary.csv").exists()


def test_every_entry_that_it_shows_works_once_the_hash_is_gone(desk, command):
    assert command("init", "mine.yaml").code == 0
    lines = (desk / "mine.yaml").read_text().splitlines()
    entry = re.compile(r" *# ( *)(as_of:|last_year:|thresholds:|\w+: \{|labs:|openai:|events:|- \{|why:)")
    shown = [re.sub(r"# ", "", line, count=1) if entry.match(line) else line for line in lines]
    changed = [line for line, before in zip(shown, lines, strict=True) if line != before]
    assert len(changed) == 11, changed
    (desk / "mine.yaml").write_text("\n".join(shown))
    called = command("show", "mine.yaml")
    assert called.code == 0, called.err
    assert {"labs", "events", "last_year", "thresholds"} <= set(
        yaml.safe_load((desk / "mine.yaml").read_text())
    )


def test_in_a_folder_with_a_baseline_that_one_is_extended(desk, command, files_in):
    (desk / "scenarios").mkdir()
    (desk / "schemas").mkdir()
    shutil.copy(ROOT / "scenarios" / "baseline.yaml", desk / "scenarios")
    shutil.copy(ROOT / "schemas" / "scenario-v1.json", desk / "schemas")
    before = files_in(desk)
    assert command("init", "scenarios/slow-chips.yaml").code == 0
    after = files_in(desk)
    assert set(after) - set(before) == {"scenarios/slow-chips.yaml"}
    assert after["scenarios/slow-chips.yaml"].startswith(
        b"# yaml-language-server: $schema=../schemas/scenario-v1.json"
    )
    assert command("show", "scenarios/slow-chips.yaml").code == 0


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("mine.yaml", 4, "mine.yaml is there already; give another name, or replace it with --force"),
        ("Big Name.yaml", 2, 'error: "Big Name" cannot be the name of a scenario'),
        ("mine.txt", 2, "mine.txt does not end in .yaml"),
        ("baseline.yaml", 2, "is what the new scenario extends"),
        ("mine.yaml/inside.yml", 1, "mine.yaml"),
    ],
)
def test_what_it_refuses_it_says_and_writes_nothing(desk, command, files_in, name, code, words):
    (desk / "mine.yaml").write_text("years of work")
    before = files_in(desk)
    called = command("init", name)
    assert (called.code, called.out) == (code, "")
    assert words in called.err
    assert files_in(desk) == before


@pytest.mark.parametrize("place", ["baseline.yaml", "my-scenario.yaml"])
def test_what_somebody_else_puts_there_meanwhile_stays_and_nothing_else_does(
    desk, command, files_in, monkeypatch, place
):
    before, write = files_in(desk), files.write_whole

    def write_after_somebody(path, content, *, force):
        if path.name == place:
            path.write_bytes(b"theirs")
        write(path, content, force=force)

    monkeypatch.setattr(files, "write_whole", write_after_somebody)
    assert command("init").code == 4
    assert files_in(desk) == {**before, place: b"theirs"}
