"""The same bits, whoever computes which blocks in which order, and whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from copy import deepcopy
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from forecast import execution, run
from forecast.errors import ObservationError, Problem, ScenarioError, UsageError
from forecast.execution import Job, Part, finished, part_of, planned, tasks
from forecast.execution.workers import WorkersError, _uninterrupted, check_address, each
from forecast.run import outcome
from forecast.scenario import Scenario
from forecast.shapes import Posterior, Summary, Trajectories
from forecast.streams import BLOCK

DRAWS = 2 * BLOCK + 100


@pytest.fixture(params=["exact", "counted"])
def job(
    request: pytest.FixtureRequest, baseline: Scenario, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> Job:
    if request.param == "counted":
        monkeypatch.setattr(execution, "EXACT", 0)
        monkeypatch.setattr(execution, "KEPT", BLOCK)
    return planned(Job(baseline, posterior, DRAWS, seed=3))


def same(first: tuple[Trajectories, Summary], second: tuple[Trajectories, Summary]) -> None:
    assert first[1] == second[1]
    assert first[0].attributes == second[0].attributes
    for name, variable in first[0].variables.items():
        np.testing.assert_array_equal(variable.values, second[0][name])


@pytest.mark.slow
def test_blocks_merge_to_the_same_bits_in_any_order_and_grouping(job: Job) -> None:
    whole = finished(job, part_of(job, job.blocks))
    pieces = {range(number, number + 1): part_of(job, range(number, number + 1)) for number in job.blocks}
    for order in permutations([range(1), range(1, 2), range(2, 3)]):
        merged = Part()
        for numbers in order:
            merged.merge(deepcopy(pieces[numbers]))
        same(finished(job, merged), whole)
    merged = deepcopy(pieces[range(2, 3)])
    merged.merge(part_of(job, range(2)))
    same(finished(job, merged), whole)


def test_counted_quantiles_are_those_of_sorted_paths_within_their_error(
    baseline: Scenario, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = outcome(Job(baseline, posterior, DRAWS, seed=3))[1]
    monkeypatch.setattr(execution, "EXACT", 0)
    paths, counted = outcome(Job(baseline, posterior, DRAWS, seed=3), workers=1)
    assert (counted.affordability, counted.dropouts, counted.payer_sets) == (
        exact.affordability,
        exact.dropouts,
        exact.payer_sets,
    )
    assert counted.crossings == exact.crossings
    for one, other in zip(counted.rows, exact.rows, strict=True):
        assert (one.variable, one.member, one.year) == (other.variable, other.member, other.year)
        assert one.mean == pytest.approx(other.mean, rel=1e-12, abs=1e-300)
        assert one.mean_error == pytest.approx(other.mean_error, rel=1e-6, abs=1e-9 * abs(other.mean))
        for found, expected, error in zip(one.quantiles, other.quantiles, other.quantile_errors, strict=True):
            assert abs(found - expected) <= max(0.5 * error, 1e-13 * abs(expected)), one
    assert paths.attributes["paths"].endswith(f"of {DRAWS}")
    assert counted.attributes["draws"] == str(DRAWS)


def test_a_missing_block_and_a_block_that_comes_twice_are_refused(job: Job) -> None:
    part = part_of(job, range(1))
    with pytest.raises(ValueError, match=r"blocks \[1, 2\] are missing"):
        finished(job, part)
    with pytest.raises(ValueError, match=r"blocks \[0\] are there already"):
        part.merge(part_of(job, range(1)))


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_tasks_hold_every_block_once(baseline: Scenario, posterior: Posterior, workers: int) -> None:
    for draws in (100, BLOCK, 20_000, 1_000_000):
        job = Job(baseline, posterior, draws, seed=1)
        assert [number for task in tasks(job, workers) for number in task] == list(job.blocks)


def test_only_values_that_come_again_are_counted_one_by_one(
    baseline: Scenario, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "EXACT", 0)
    marks = planned(Job(baseline, posterior, DRAWS, seed=3)).marks
    # Both are in the fit; the scenario has a ratio of its own.
    assert marks["frontier_compute_now"][0].bits == 0
    assert marks["acquisition_cost_ratio"][0].bits > 0


def double(shared: int, task: int) -> int:
    return shared * task


def dies_once(folder: str, task: int) -> int:
    marker = Path(folder) / "died"
    if task == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def always_dies(_: int, __: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_one_process_answers_in_order() -> None:
    assert list(each(double, 2, [1, 2, 3])) == [(1, 2), (2, 4), (3, 6)]


@pytest.mark.slow
def test_processes_answer_the_same(job: Job) -> None:
    same(outcome(job, workers=2), finished(job, part_of(job, job.blocks)))


@pytest.mark.slow
def test_a_process_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    assert dict(each(dies_once, str(tmp_path), range(8), workers=2)) == {task: task for task in range(8)}
    assert (tmp_path / "died").exists()


def refuses(_: int, task: int) -> int:
    raise ScenarioError([Problem("too large", "a.yaml", 3, path="wage"), Problem(f"number {task}")])


def test_an_error_of_another_process_keeps_its_problems() -> None:
    for kind in (ScenarioError, ObservationError):
        error = kind([Problem("too large", "a.yaml", 3, path="wage"), Problem("missing")])
        found = deepcopy(error)
        assert (type(found), found.problems, str(found)) == (kind, error.problems, str(error))


@pytest.mark.slow
def test_what_a_process_refuses_is_told_as_it_was() -> None:
    with pytest.raises(ScenarioError, match=r"^a\.yaml:3: wage: too large\nnumber 7$"):
        list(each(refuses, 0, [7, 7], workers=2))


@pytest.mark.slow
def test_processes_that_keep_dying_end_the_run_with_a_word() -> None:
    with pytest.raises(WorkersError, match="fewer --workers"):
        list(each(always_dies, 0, range(4), workers=2))


def slow_task(folder: str, task: int) -> int:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60.0)
    return task


def give(folder: str) -> None:
    list(each(slow_task, folder, range(4), workers=2))


def alive(process: str) -> bool:
    try:
        # A process that has ended stays in the table until its parent, here none of ours, asks for it.
        return Path("/proc", process, "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")
def test_processes_end_with_the_one_that_gives_them_tasks(
    tmp_path: Path, start: Callable[..., subprocess.Popen]
) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_execution; test_execution.give(sys.argv[2])"
    )
    giving = start([sys.executable, "-c", program, Path(__file__).parent, tmp_path])
    until(lambda: len(list(tmp_path.iterdir())) == 2)
    giving.kill()
    until(lambda: not any(alive(process.name) for process in tmp_path.iterdir()))


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60.0
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_an_interrupt_that_another_thread_takes_waits_until_all_processes_have_started() -> None:
    told, done = [], threading.Event()

    def start() -> None:
        with _uninterrupted():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)
            told.append("started")

    other = threading.Thread(target=done.wait)
    other.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            start()
    finally:
        done.set()
        other.join()
    assert told == ["started"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize(
    "address", ["", "localhost:8786", "tcp://:8786", "tcp://host", "http://host:1", "tcp://a b:1"]
)
def test_only_the_address_of_a_scheduler_is_taken(address: str) -> None:
    with pytest.raises(UsageError, match="tcp://host:port"):
        check_address(address)


def test_a_scheduler_that_does_not_answer_ends_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("forecast.execution.workers._CONNECT", "1s")
    with pytest.raises(WorkersError, match="no Dask scheduler answers at tcp://127"):
        list(each(double, 2, [1], cluster="tcp://127.0.0.1:9"))


def test_a_precise_run_takes_as_many_draws_as_it_needs(
    baseline: Scenario, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(baseline, posterior, 100, seed=1)
    monkeypatch.setattr(run, "FIRST_DRAWS", BLOCK)
    few, loose = run.draws_for(job, 0.5, ["training_cost"])
    assert few == BLOCK
    more, tight = run.draws_for(job, 0.8 * loose, ["training_cost"])
    assert more > few
    assert more % BLOCK == 0
    assert tight <= 0.8 * loose
    monkeypatch.setattr(run, "MOST_DRAWS", BLOCK)
    assert run.draws_for(job, 1e-4, ["training_cost"]) == (BLOCK, loose)
    with pytest.raises(UsageError, match=r'no variable "training_cots".*did you mean "training_cost"'):
        run.draws_for(job, 0.5, ["training_cots"])
