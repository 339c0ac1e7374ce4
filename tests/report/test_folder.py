"""A folder of results is whole or not there, and what others put beside it stays."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from forecast import files
from forecast.errors import OutputExistsError, WriteError
from forecast.report.folder import RECORD, claimed, claiming, files_of, refuse_foreign, staged


def write(stage, files):
    """Puts files into a stage with a record of them."""
    for name, text in files.items():
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).write_text(text)
    (stage / RECORD).write_text(json.dumps({"files": dict.fromkeys(files, "digest")}))


def settle(folder, files, *, force=False, error=None):
    with staged(folder, force=force) as stage:
        write(stage, files)
        if error is not None:
            raise error


def texts(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECORD
    }


def alone(folder):
    """Nothing stands beside the folder: no stage was left behind."""
    return [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "place" / "out"


def test_what_is_staged_appears_at_the_end(out):
    with staged(out) as stage:
        write(stage, {"a.csv": "a", "charts/b.svg": "b"})
        assert not out.exists()
    assert texts(out) == {"a.csv": "a", "charts/b.svg": "b"}
    assert files_of(out) == {RECORD, "a.csv", "charts/b.svg"}
    assert alone(out)


def test_results_are_as_readable_as_other_files(out):
    before = os.umask(0o022)
    try:
        settle(out, {"a": "a"})
    finally:
        os.umask(before)
    assert stat.S_IMODE(out.stat().st_mode) == 0o755


def test_an_earlier_run_is_replaced_whole(out):
    settle(out, {"a": "1", "charts/b": "1"})
    settle(out, {"a": "2"})
    assert texts(out) == {"a": "2"}
    assert not (out / "charts").exists()
    assert alone(out)


def test_an_empty_folder_is_anybody_s(out):
    out.mkdir(parents=True)
    settle(out, {"a": "1"})
    assert texts(out) == {"a": "1"}


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyboardInterrupt(), OSError(28, "No space left on device")]
)
@pytest.mark.parametrize("earlier", [True, False])
def test_a_failure_leaves_what_was_there(earlier, error, out):
    if earlier:
        settle(out, {"a": "1"})
    with pytest.raises(WriteError if isinstance(error, OSError) else type(error)):
        settle(out, {"a": "2"}, error=error)
    assert (texts(out) if out.exists() else {}) == ({"a": "1"} if earlier else {})
    assert not earlier or alone(out)


def test_where_folders_cannot_be_swapped_at_once_two_steps_do_it(out, monkeypatch):
    monkeypatch.setattr(files, "exchange", lambda *_: False)
    settle(out, {"a": "1"})
    settle(out, {"a": "2"})
    assert texts(out) == {"a": "2"}
    assert alone(out)


def test_killed_between_the_two_steps_the_earlier_run_comes_back_next_time(out):
    settle(out, {"a": "1"})
    aside = out.parent / f".{out.name}.replaced-x1"
    aside.mkdir()
    out.rename(aside / "old")
    with claimed(out):
        assert texts(out) == {"a": "1"}
    assert alone(out)


def test_what_killed_runs_left_beside_is_cleared_away(out):
    settle(out, {"a": "1"})
    (out.parent / f".{out.name}.writing-x1" / "charts").mkdir(parents=True)
    (out.parent / f".{out.name}.writing-x2").mkdir()
    with claimed(out):
        pass
    assert alone(out)


@pytest.mark.parametrize("name", ["plain", "[a]*?", "x" * 255, "ä" * 120])
def test_a_second_run_into_the_same_folder_is_told_so(name, out):
    out = out.parent / name
    told = []

    def second():
        try:
            settle(out, {"a": "second"})
        except OutputExistsError as error:
            told.append(error)

    with claimed(out):
        with staged(out) as stage:
            write(stage, {"a": "first"})
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert [error.exit_code for error in told] == [4]
    assert "another run is writing into" in str(told[0])
    assert texts(out) == {"a": "first"}
    assert alone(out)
    second()
    assert texts(out) == {"a": "second"}


def test_a_lock_dies_with_its_holder(out):
    code = (
        "import os, pathlib, sys; from forecast.report.folder import claimed\n"
        "with claimed(pathlib.Path(sys.argv[1])): print(flush=True); os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", code, out], check=False, capture_output=True)
    assert died.returncode == -9
    assert list(out.parent.iterdir()) == [out.parent / f".{out.name}.lock"]
    settle(out, {"a": "1"})
    assert alone(out)


def test_a_claim_without_results_leaves_nothing(out, tmp_path):
    with claimed(out):
        assert out.parent.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_writes_nothing_needs_no_folder(tmp_path):
    @claiming
    def job(*, out):
        assert isinstance(out, Path | None)
        return list(tmp_path.iterdir())

    assert job(out=None) == []
    assert job(out=tmp_path / "out") == [tmp_path / ".out.lock"]
    assert job(out=None) == []


def test_when_the_swap_fails_the_earlier_run_comes_back(out, monkeypatch):
    monkeypatch.setattr(files, "exchange", lambda *_: False)
    settle(out, {"a": "1"})
    rename = Path.rename

    def fail(path, target):
        if target == out and path.name != "old":
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(WriteError, match="Input/output error; nothing was changed there"):
        settle(out, {"a": "2"})
    assert texts(out) == {"a": "1"}
    assert alone(out)


@pytest.mark.parametrize(
    "record",
    [
        None,
        "",
        "[]",
        "{}",
        '{"files": 3}',
        '{"files": [[]]}',
        "not JSON",
        "[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_folder_without_a_record_of_ours_is_somebody_else_s(record, out):
    out.mkdir(parents=True)
    (out / "a").write_text("theirs")
    if record is not None:
        (out / RECORD).write_bytes(record if isinstance(record, bytes) else record.encode())
    assert "a" not in files_of(out)
    with pytest.raises(OutputExistsError) as caught:
        settle(out, {"a": "ours"})
    assert caught.value.exit_code == 4
    assert texts(out) == {"a": "theirs"}
    assert alone(out)


def test_one_file_of_others_is_enough(out):
    settle(out, {"a": "1"})
    for number in range(5):
        (out / f"note-{number}").write_text("theirs")
    with pytest.raises(OutputExistsError, match="note-0, note-1, note-2 and 2 more"):
        refuse_foreign(out, force=False)
    refuse_foreign(out, force=True)


def test_force_keeps_the_files_of_others_and_drops_old_results(out):
    settle(out, {"a": "1", "old": "1", "charts/b": "1"})
    (out / "theirs").mkdir()
    (out / "theirs" / "note").write_text("theirs")
    settle(out, {"a": "2", "new/c": "2"}, force=True)
    assert texts(out) == {"a": "2", "new/c": "2", "theirs/note": "theirs"}
    assert not (out / "charts").exists()
    assert files_of(out) == {RECORD, "a", "new/c"}
    assert alone(out)
    with pytest.raises(OutputExistsError, match="theirs/note"):
        settle(out, {"a": "3"})


@pytest.mark.parametrize(("theirs", "ours"), [("a/note", "a"), ("a", "a/b"), ("x/y", "x/y/z")])
def test_something_in_the_way_is_told_before_anything_is_changed(theirs, ours, out):
    (out / theirs).parent.mkdir(parents=True)
    (out / theirs).write_text("theirs")
    with pytest.raises(WriteError, match="of another kind"):
        settle(out, {"0 first": "ours", ours: "ours"}, force=True)
    assert texts(out) == {theirs: "theirs"}
    assert alone(out)


def test_a_record_from_elsewhere_cannot_reach_out_of_its_folder(out):
    out.mkdir(parents=True)
    secret = out.parent / "secret"
    secret.write_text("theirs")
    (out / "note").write_text("theirs")
    (out / RECORD).write_text(json.dumps({"files": ["../secret", str(secret)]}))
    settle(out, {"a": "1"}, force=True)
    assert secret.read_text() == "theirs"
    assert texts(out) == {"a": "1", "note": "theirs"}


def test_a_link_stays_a_link(out, tmp_path):
    real = tmp_path / "disk"
    real.mkdir()
    out.parent.mkdir()
    out.symlink_to(real)
    for text in ("1", "2"):
        settle(out, {"a": text, f"charts/{text}": text})
    assert out.is_symlink()
    assert texts(real) == {"a": "2", "charts/2": "2"}
    assert alone(out)
    assert {path.name for path in real.iterdir()} == {"a", "charts", RECORD}


def test_the_current_folder_stays_the_current_folder(out, monkeypatch):
    out.mkdir(parents=True)
    monkeypatch.chdir(out)
    before = out.stat().st_ino
    for given, text in ((Path(), "1"), (out, "2")):
        settle(given, {"a": text})
    assert out.stat().st_ino == before
    assert texts(out) == {"a": "2"}
    assert alone(out)


def test_a_link_inside_is_a_file_of_others(out, tmp_path):
    settle(out, {"a": "1"})
    (tmp_path / "elsewhere").mkdir()
    (out / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputExistsError, match="link"):
        settle(out, {"a": "2"})


def test_a_file_in_the_place_is_not_replaced(out):
    out.parent.mkdir()
    out.write_text("theirs")
    for force in (True, False):
        with pytest.raises(WriteError, match="is a file"):
            settle(out, {"a": "1"}, force=force)
    assert out.read_text() == "theirs"


def test_a_place_that_cannot_be_made_is_one_message(tmp_path):
    (tmp_path / "file").write_text("theirs")
    with pytest.raises(WriteError, match="cannot write"):
        settle(tmp_path / "file" / "out", {"a": "1"})
    assert (tmp_path / "file").read_text() == "theirs"


@pytest.mark.parametrize(
    "moves",
    [
        {"new": ["../secret"], "gone": []},
        {"new": [], "gone": ["../secret"]},
        {"new": ["/secret"], "gone": []},
        {"new": ["link/secret"], "gone": ["link/secret"]},
        {"new": "secret"},
        [],
    ],
)
def test_a_list_of_moves_that_leads_out_of_the_folder_moves_nothing(moves, out, tmp_path):
    settle(out, {"a": "1"})
    (out / "link").symlink_to(tmp_path)
    (tmp_path / "secret").write_text("secret")
    box = out.parent / f".{out.name}.placing-evil"
    (box / "new").mkdir(parents=True)
    (box / "new" / "secret").write_text("evil")
    (box / "moves.json").write_text(json.dumps(moves))
    settle(out, {"a": "2"}, force=True)
    assert (tmp_path / "secret").read_text() == "secret"
    assert (out / "a").read_text() == "2"


def test_what_others_write_while_folders_are_swapped_is_kept(out, monkeypatch):
    settle(out, {"a": "1"})
    (out / "mine").write_text("mine")
    swap = files.exchange

    def late(first, second):
        (out / "notes").mkdir()
        (out / "notes" / "late").write_text("late")
        return swap(first, second)

    monkeypatch.setattr(files, "exchange", late)
    settle(out, {"b": "2"}, force=True)
    assert (out / "notes" / "late").read_text() == "late"
    assert (out / "mine").read_text() == "mine"
    assert not (out / "a").exists()


def test_a_linked_folder_leads_no_result_elsewhere(out, tmp_path):
    settle(out, {"a": "1"})
    (tmp_path / "elsewhere").mkdir()
    (out / "charts").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WriteError, match="another kind"):
        settle(out, {"charts/a": "2"}, force=True)
    assert not list((tmp_path / "elsewhere").iterdir())
