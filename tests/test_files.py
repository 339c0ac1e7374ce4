from __future__ import annotations

import errno
import os
import stat

import pytest

from forecast import files
from forecast.errors import OutputExistsError, WriteError


def test_a_file_is_written_with_the_rights_of_any_other(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_whole(tmp_path / "new" / "a.csv", b"a", force=False)
    finally:
        os.umask(before)
    assert (tmp_path / "new" / "a.csv").read_bytes() == b"a"
    assert stat.S_IMODE((tmp_path / "new" / "a.csv").stat().st_mode) == 0o640
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.csv"]


def test_the_same_content_is_not_written_again(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"a")
    before = path.stat().st_ino
    files.write_whole(path, b"a", force=False)
    assert path.stat().st_ino == before
    with pytest.raises(OutputExistsError, match="--force"):
        files.write_whole(path, b"b", force=False)
    files.write_whole(path, b"b", force=True)
    assert path.read_bytes() == b"b"


@pytest.mark.parametrize("name", ["x" * 255, "ä" * 127, "a" * 240 + ".csv", "a" * 10 + "." + "b" * 200])
def test_every_name_that_a_file_system_takes_can_be_written(name, tmp_path):
    files.write_whole(tmp_path / name, b"a", force=False)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_writer_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fail(error):
        with files.staged_file(path, force=True) as draft:
            draft.write_bytes(b"new")
            raise error

    with pytest.raises(
        WriteError, match=r"No space left on device \(make room there, .*\); nothing was changed"
    ):
        fail(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_forced_onto_the_disk_says_that_the_file_is_there(tmp_path, monkeypatch):
    sync = os.fsync

    def fail(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "Input/output error")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(WriteError, match="is written, but cannot be forced onto the disk: Input/output"):
        files.write_whole(tmp_path / "a", b"a", force=False)
    assert (tmp_path / "a").read_bytes() == b"a"


def test_a_file_system_that_cannot_sync_folders_is_no_reason_to_fail(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    files.sync(tmp_path)
    with pytest.raises(WriteError, match="Invalid argument"):
        files.write_whole(tmp_path / "a", b"a", force=False)
    assert list(tmp_path.iterdir()) == []


def test_two_folders_are_exchanged_at_once(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    if not files.exchange(tmp_path / "a", tmp_path / "b"):
        pytest.skip("this file system cannot exchange folders")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
    with pytest.raises(FileNotFoundError):
        files.exchange(tmp_path / "a", tmp_path / "c")


def test_a_lock_may_be_taken_again_by_its_holder_and_goes_at_the_end(tmp_path):
    path = tmp_path / "lock"
    with files.lock(path, "busy"):
        with files.lock(path, "busy"):
            assert path.exists()
        assert path.exists()
    assert not path.exists()


def test_a_lock_is_never_a_link_to_elsewhere(tmp_path):
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "lock").symlink_to(tmp_path / "theirs")
    with pytest.raises(OSError, match="symbolic links"), files.lock(tmp_path / "lock", "busy"):
        pass
    assert (tmp_path / "theirs").read_text() == "theirs"
