"""Blocks as files: what is written is read again to the bit, and what does not belong is refused with a word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forecast import execution, run
from forecast.errors import UsageError
from forecast.execution import Job, Part, finished, part_of, parts, planned
from forecast.scenario import Scenario
from forecast.shapes import Posterior
from forecast.streams import BLOCK

DRAWS = BLOCK + 100


@pytest.fixture(params=["exact", "counted"])
def job(
    request: pytest.FixtureRequest, baseline: Scenario, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> Job:
    if request.param == "counted":
        monkeypatch.setattr(execution, "EXACT", 0)
        monkeypatch.setattr(execution, "KEPT", BLOCK)
    return planned(Job(baseline, posterior, DRAWS, seed=3))


def test_parts_come_back_to_the_bit_and_merge_to_the_run(job: Job, tmp_path: Path) -> None:
    whole = finished(job, part_of(job, job.blocks))
    merged = Part()
    for number in (1, 0):
        path = tmp_path / f"{number}.part"
        parts.write(path, job, part_of(job, range(number, number + 1)))
        again = parts.read(path, job)
        assert again.blocks() == {number}
        rewritten = tmp_path / "again.part"
        parts.write(rewritten, job, again)
        assert rewritten.read_bytes() == path.read_bytes()
        merged.merge(again)
    paths, summary = finished(job, merged)
    assert summary == whole[1]
    assert all((paths[name] == whole[0][name]).all() for name in paths.variables)


def test_parts_of_other_runs_are_refused_with_what_differs(job: Job, tmp_path: Path) -> None:
    path = tmp_path / "0.part"
    parts.write(path, job, part_of(job, range(1)))
    other = replace(job.scenario, last_year=job.scenario.last_year - 1)
    for changed, word in [
        (replace(job, seed=4), "another seed"),
        (replace(job, draws=DRAWS + 1), "another number of draws"),
        (replace(job, scenario=other), "another scenario"),
        (replace(job, posterior=Posterior(job.posterior.draws, {"digest": "x"})), "another fit of history"),
    ]:
        with pytest.raises(UsageError, match=f"0.part belongs to another run: it has {word}"):
            parts.read(path, changed)


def test_damaged_and_foreign_files_are_refused(
    baseline: Scenario, posterior: Posterior, tmp_path: Path
) -> None:
    job = Job(baseline, posterior, 200, seed=3)
    path = tmp_path / "0.part"
    parts.write(path, job, part_of(job, range(1)))
    content = path.read_bytes()
    for place in (len(content) // 2, len(content) - 1, 40):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(UsageError, match="is damaged"):
            parts.read(path, job)
    path.write_bytes(content[:-100])
    with pytest.raises(UsageError, match="is damaged"):
        parts.read(path, job)
    path.write_text("something else", encoding="utf-8")
    with pytest.raises(UsageError, match="is no part"):
        parts.about(path)
    with pytest.raises(UsageError, match="cannot be read"):
        parts.about(tmp_path / "nothing")


def test_a_run_goes_on_after_what_was_finished(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, done = tmp_path / "unfinished.part", []
    monkeypatch.setattr(run, "tasks", lambda _, __: [range(1), range(1, 2)])

    def cut_short(job: Job, numbers: range) -> Part:
        if done:
            raise KeyboardInterrupt
        done.append(numbers)
        return part_of(job, numbers)

    monkeypatch.setattr(run, "part_of", cut_short)
    with pytest.raises(KeyboardInterrupt):
        run.outcome(job, workers=1, store=store)
    assert parts.about(store)["blocks"] == [0]

    def rest(job: Job, numbers: range) -> Part:
        done.append(numbers)
        return part_of(job, numbers)

    monkeypatch.setattr(run, "part_of", rest)
    _, summary = run.outcome(job, workers=1, store=store)
    assert done == [range(1), range(1, 2)]
    assert summary == finished(job, part_of(job, job.blocks))[1]


def test_ranges_of_blocks_are_told_as_they_are_asked_for() -> None:
    assert parts.blocks_text([0, 1, 2, 7, 9, 10]) == "0:3, 7:8, 9:11"
