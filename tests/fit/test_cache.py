from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecast import fit as package
from forecast.errors import ConvergenceError, FitError
from forecast.fit import cache, full_fit
from forecast.fit.batch import Wanted, make, one_by_one
from forecast.fit.sampling import Sample, Settings

DIGEST = "0" * 64


@pytest.fixture
def draws():
    generator = np.random.default_rng(1)
    return {"growth": generator.normal(size=(4, 50, 2)), "scale": generator.normal(size=(4, 50))}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "fits"


def test_what_is_stored_is_found_bit_for_bit(draws, folder):
    path = cache.store(DIGEST, draws, {"model": "a model"}, folder=folder)
    entry = cache.find(DIGEST, folder=folder)
    assert entry.path == path
    assert entry.attributes["model"] == "a model"
    assert all(np.array_equal(entry.draws[name], draws[name]) for name in draws)
    assert [item.name for item in folder.iterdir()] == [path.name]


def test_another_digest_finds_nothing(draws, folder):
    cache.store(DIGEST, draws, {}, folder=folder)
    assert cache.find("1" * 64, folder=folder) is None
    assert cache.find(DIGEST, folder=folder / "elsewhere") is None


def test_storing_again_leaves_one_entry(draws, folder):
    cache.store(DIGEST, draws, {"made": "first"}, folder=folder)
    cache.store(DIGEST, draws, {"made": "second"}, folder=folder)
    assert cache.find(DIGEST, folder=folder).attributes["made"] == "second"
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("place", [0, 100, 0.25, 0.5, 0.75, -1])
def test_a_single_wrong_byte_is_noticed_once_and_set_aside(draws, folder, place, caplog):
    path = cache.store(DIGEST, draws, {"model": "a model"}, folder=folder)
    content = bytearray(path.read_bytes())
    content[int(place * len(content)) if isinstance(place, float) else place] ^= 0x10
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert cache.find(DIGEST, folder=folder) is None
        assert cache.find(DIGEST, folder=folder) is None
    assert len(caplog.records) == 1
    assert "damaged" in caplog.text
    assert [item.suffix for item in folder.iterdir()] == [".damaged"]


@pytest.mark.slow
def test_every_single_byte_flip_in_an_entry_is_noticed(folder, caplog):
    path = cache.store(DIGEST, {"growth": np.ones((1, 1))}, {}, folder=folder)
    whole = path.read_bytes()
    assert cache.damage(path) == ""
    caplog.set_level(logging.CRITICAL)
    content = bytearray(whole)
    unnoticed = []
    for place in range(len(whole)):
        content[place] ^= 1 << place % 8
        path.write_bytes(content)
        if not cache.damage(path):
            unnoticed.append(place)
        content[place] = whole[place]
    assert len(whole) > 1000
    assert unnoticed == []


def test_clearing_removes_fits_and_damaged_ones_and_nothing_else(draws, folder):
    cache.store("1" * 64, draws, {}, folder=folder)
    path = cache.store(DIGEST, draws, {}, folder=folder)
    path.write_bytes(b"")
    assert cache.find(DIGEST, folder=folder) is None
    theirs = ["note.nc", "fit.damaged", f"{'0' * 32}.lock", f"{'g' * 32}.{'0' * 32}.nc"]
    for name in theirs:
        (folder / name).write_text("theirs")
    assert len(cache.stored_files(folder)) == 1
    assert cache.clear(folder)[0] == 2
    assert sorted(item.name for item in folder.iterdir()) == sorted(theirs)
    assert cache.clear(folder) == (0, 0)
    assert cache.clear(folder / "elsewhere") == (0, 0)


def test_the_newest_entry_is_listed_first(draws, folder):
    first = cache.store(DIGEST, draws, {}, folder=folder)
    second = cache.store("1" * 64, draws, {}, folder=folder)
    os.utime(first, (1e9, 1e9))
    listed = cache.stored_files(folder)
    assert [each.path for each in listed] == [second, first]
    assert listed[1].size == first.stat().st_size
    assert listed[1].stored.isoformat() == "2001-09-09T01:46:40+00:00"


def test_nothing_is_ever_unpickled():
    words = re.compile(
        r"\b(c?pickle|cloudpickle|dill|shelve|marshal|joblib)\b|allow_pickle|read_pickle|np\.load\b"
    )
    package = Path(cache.__file__).parents[1]
    found = [
        f"{path.relative_to(package)}:{number}"
        for path in package.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        # NumPy's own files are read and written without pickled objects, and say so where they are.
        if words.search(line.partition("#")[0]) and "allow_pickle=False" not in line
    ]
    assert found == []


def test_a_cut_or_empty_entry_is_noticed(draws, folder):
    path = cache.store(DIGEST, draws, {}, folder=folder)
    path.write_bytes(path.read_bytes()[:1000])
    assert cache.find(DIGEST, folder=folder) is None
    path = cache.store(DIGEST, draws, {}, folder=folder)
    path.write_bytes(b"")
    assert cache.find(DIGEST, folder=folder) is None


def test_an_entry_renamed_for_other_ingredients_is_damaged_only_if_its_bytes_are(draws, folder):
    path = cache.store(DIGEST, draws, {}, folder=folder)
    assert path.name.startswith(DIGEST[:32])
    assert cache.find(DIGEST, folder=folder) is not None


def test_a_folder_that_cannot_be_made_is_no_reason_to_fail(draws, tmp_path, caplog):
    (tmp_path / "file").write_text("not a folder")
    with caplog.at_level(logging.WARNING):
        assert cache.store(DIGEST, draws, {}, folder=tmp_path / "file" / "fits") is None
    assert "cannot be stored" in caplog.text


def test_every_ingredient_changes_the_key(monkeypatch):
    before = cache.key("data", Settings())
    assert cache.key("data", Settings()) == before
    assert cache.key("other data", Settings()) != before
    assert cache.key("data", replace(Settings(), seed=2)) != before
    monkeypatch.setattr(cache, "versions", lambda: {"pymc": "0"})
    assert cache.key("data", Settings()) != before


def test_a_source_means_what_it_does_and_not_how_it_is_worded():
    once = 'X = 1\n"""What X is."""\ndef f(a):\n    """Doubles."""\n    return 2 * a  # twice\n'
    reworded = 'X=1\n"""Other words."""\n\n\ndef f(a):\n    return (2*a)\n'
    assert cache.meaning(once) == cache.meaning(reworded)
    assert cache.meaning(once) != cache.meaning(once.replace("2 *", "3 *"))
    assert cache.meaning(once) != cache.meaning(once.replace("X = 1", 'X = "1"'))
    assert cache.meaning('def f():\n    """Nothing."""\n') == cache.meaning("def f():\n    pass\n")


def test_the_sources_that_decide_the_draws_are_in_the_key(monkeypatch):
    for name in cache.SOURCES:
        assert (cache.Path(cache.__file__).parent / name).is_file()
    before = cache.key("data", Settings())
    monkeypatch.setattr(cache, "SOURCES", cache.SOURCES[:-1])
    assert cache.key("data", Settings()) != before


def test_the_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))
    assert cache.directory() == tmp_path / "fits"
    monkeypatch.delenv("FORECAST_CACHE_DIR")
    assert cache.directory().parts[-1] == "fits"


@pytest.fixture
def sampler(monkeypatch, tmp_path, made_up, made_up_draws, good):
    """The whole door with a made-up history and a sampler that counts its calls."""
    calls = []

    def sample(_build, settings, *, progress):
        calls.append(settings)
        progress("sampling")
        chains, count = made_up_draws["growth"].shape[:2]
        statistics = {"diverging": np.zeros((chains, count)), "energy": np.zeros((chains, count))}
        return Sample(made_up_draws, statistics, {})

    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(package, "history", lambda *_, **__: made_up)
    monkeypatch.setattr("forecast.fit.sampling.sample", sample)
    monkeypatch.setattr("forecast.fit.diagnostics.diagnose", lambda *_: good)
    return calls


NOW = package.date(2026, 9, 30)


def test_a_fit_is_made_once_and_then_found(sampler):
    first = full_fit(None, as_of=NOW)
    second = full_fit(None, as_of=NOW)
    assert len(sampler) == 1
    assert (first.cached, second.cached) == (False, True)
    assert first.posterior.attributes == second.posterior.attributes
    for name, values in first.posterior.draws.items():
        np.testing.assert_array_equal(values, second.posterior.draws[name])


def test_fits_that_are_not_stored_are_made_by_whoever_has_room_and_stored_here(sampler, made_up):
    wanted = [Wanted(made_up, Settings()), Wanted(made_up, replace(Settings(), seed=2))]
    make(wanted[:1], one_by_one)
    asked = []

    def elsewhere(function, shared, tasks):
        asked.extend(tasks)
        for task in reversed(tasks):
            yield task, function(shared, task)

    make([*wanted, *wanted], elsewhere)
    assert asked == wanted[1:]
    assert len(sampler) == 2
    assert full_fit(None, as_of=NOW).cached
    cache.clear()
    make(
        wanted[:1],
        lambda _, __, tasks: ((task, (task.identity, {"x": np.zeros((1, 1))}, {})) for task in tasks),
    )
    assert len(sampler) == 2
    assert list(cache.find(wanted[0].identity).draws) == ["x"]
    others = ((wanted[1], ("of other libraries", {}, {})),)
    with pytest.raises(FitError, match="a worker has other versions of the libraries"):
        make(wanted[1:], lambda *_: iter(others))


def test_refit_samples_again(sampler):
    full_fit(None, as_of=NOW)
    assert not full_fit(None, as_of=NOW, refit=True).cached
    assert len(sampler) == 2


def test_a_later_date_needs_no_new_sampling_but_is_another_posterior(sampler):
    early = full_fit(None, as_of=package.date(2025, 9, 30)).posterior
    late = full_fit(None, as_of=NOW).posterior
    assert len(sampler) == 1
    assert early.attributes["digest"] != late.attributes["digest"]
    assert np.median(late.draws["frontier_compute_now"]) > np.median(early.draws["frontier_compute_now"])


@pytest.mark.usefixtures("sampler")
def test_a_damaged_entry_is_refitted(caplog):
    path = full_fit(None, as_of=NOW).path
    path.write_bytes(path.read_bytes()[:-1])
    with caplog.at_level(logging.WARNING):
        assert not full_fit(None, as_of=NOW).cached
    assert "a stored fit is damaged" in caplog.text
    assert len(caplog.records) == 1
    assert full_fit(None, as_of=NOW).cached


@pytest.mark.usefixtures("sampler")
def test_other_data_are_another_fit(monkeypatch, made_up):
    full_fit(None, as_of=NOW)
    changed = replace(made_up, run_compute=made_up.run_compute + 1e-9)
    monkeypatch.setattr(package, "history", lambda *_, **__: changed)
    assert not full_fit(None, as_of=NOW).cached


@pytest.mark.usefixtures("sampler")
def test_a_fit_that_did_not_converge_is_refused_and_not_stored(monkeypatch, good, tmp_path):
    monkeypatch.setattr("forecast.fit.diagnostics.diagnose", lambda *_: replace(good, divergences=3))
    with pytest.raises(ConvergenceError, match="3 of 4000 transitions diverged"):
        full_fit(None, as_of=NOW)
    assert not list(tmp_path.glob("fits/*.nc"))


@pytest.mark.usefixtures("sampler")
def test_a_cache_that_cannot_be_written_still_gives_a_fit(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path / "file"))
    found = full_fit(None, as_of=NOW)
    assert found.path is None
    assert found.posterior.size == 400


def test_loading_a_stored_fit_imports_no_heavy_library(draws, folder):
    cache.store(DIGEST, draws, {"diagnostics": json.dumps({})}, folder=folder)
    program = f"""
        import sys, pathlib
        import forecast.fit
        from forecast.fit import cache
        assert cache.find({DIGEST!r}, folder=pathlib.Path({str(folder)!r})) is not None
        heavy = {{"pymc", "pytensor", "arviz", "nutpie", "numba", "xarray", "pandas", "scipy.stats"}}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
