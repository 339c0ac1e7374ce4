from __future__ import annotations

import json

import numpy as np
import pytest

from forecast.fit import cache

DRAWS = {"growth": np.ones((1, 2))}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))
    return tmp_path / "fits"


def test_the_folder_is_said(command, folder):
    assert command("cache", "dir").out == f"{folder}\n"


def test_an_empty_cache_is_no_mistake(command, folder):
    assert command("cache", "list").out == f"0 fits, 0.0 MB, in {folder}\n"
    assert command("cache", "verify").out == "0 of 0 stored fits are whole\n"
    assert command("cache", "clear").out == "removed 0 files, 0.0 MB\n"
    assert not folder.exists()


def test_what_is_stored_is_listed(command, folder):
    paths = {cache.store(digit * 64, DRAWS, {}).name for digit in "01"}
    called = command("cache", "list")
    assert {line.split()[0] for line in called.out.splitlines()[:-1]} == paths
    document = json.loads(command("cache", "list", "--json").out)
    assert {each["file"] for each in document["fits"]} == paths
    assert document["folder"] == str(folder)


def test_verify_names_what_is_damaged_and_touches_nothing(command, folder):
    whole, torn = (cache.store(digit * 64, DRAWS, {}) for digit in "01")
    assert command("cache", "verify").code == 0
    torn.write_bytes(torn.read_bytes()[:-1])
    before = {path: path.read_bytes() for path in folder.iterdir()}
    called = command("cache", "verify")
    assert (called.code, called.out) == (3, "1 of 2 stored fits are whole\n")
    assert called.err.count("error:") == 1
    assert str(torn) in called.err
    assert str(whole) not in called.err
    found = json.loads(command("cache", "verify", "--json").out)
    assert [each["file"] for each in found["damaged"]] == [torn.name]
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_clear_removes_them(command, folder):
    cache.store("0" * 64, DRAWS, {})
    (folder / "mine").touch()
    called = command("cache", "clear")
    assert (called.code, called.out.split(",")[0]) == (0, "removed 1 files")
    assert [path.name for path in folder.iterdir()] == ["mine"]
