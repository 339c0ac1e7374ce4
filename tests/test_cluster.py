"""The same bits from the workers of a Dask scheduler, also when one of them is killed; they keep to loopback."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from forecast import drivers, execution, observations
from forecast.execution import Job, finished, part_of, planned, workers
from forecast.execution.workers import WorkersError, each
from forecast.fit import influence
from forecast.fit.batch import one_by_one
from forecast.fit.history import history
from forecast.fit.influence import cases
from forecast.model import graph
from forecast.run import outcome
from forecast.scenario import Scenario
from forecast.sensitivity import analyse, target
from forecast.shapes import Posterior
from forecast.streams import BLOCK
from forecast.sweep import axis, sweep

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


def local(workers: int) -> Any:
    """A scheduler with some workers on loopback."""
    return pytest.importorskip("distributed").LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        # Their pages too; without an address they would be served to everybody, wanted or not.
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        silence_logs=50,
    )


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with local(2) as found:
        yield found


@pytest.fixture
def address(cluster: Any) -> str:
    return str(cluster.scheduler_address)


@pytest.fixture
def empty() -> Iterator[Any]:
    """A scheduler that has no workers yet."""
    with local(0) as found:
        yield found


def test_workers_that_are_on_their_way_are_waited_for(empty: Any) -> None:
    later = threading.Timer(1.0, empty.scale, [1])
    later.start()
    try:
        assert list(each(max, 2, [1, 3], cluster=str(empty.scheduler_address))) == [(1, 2), (3, 3)]
    finally:
        later.join()


def test_a_scheduler_without_workers_ends_with_a_word(empty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_FIRST_WORKER", 0.5)
    with pytest.raises(WorkersError, match=r"has no workers; start some with: dask worker tcp://127"):
        list(each(max, 2, [1], cluster=str(empty.scheduler_address)))


def test_workers_of_other_versions_are_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "__version__", "0.0.1")
    with pytest.raises(WorkersError, match=r"here it is forecast 0\.0\.1, .*, but tcp://127.* has forecast"):
        list(each(max, 2, [1], cluster=address))
    # One that comes after that question is asked again.
    with pytest.raises(WorkersError, match=r"asked for another, but a worker has forecast"):
        workers._in_same_versions("another", max, 2, 1)


def test_nothing_listens_beyond_loopback(cluster: Any) -> None:
    opened = {
        str(place.readlink())
        for process in (os.getpid(), *(worker.pid for worker in cluster.workers.values()))
        for place in Path(f"/proc/{process}/fd").iterdir()
        if place.is_symlink()
    }
    heard = [
        line.split()[1]
        for file in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{file}").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and f"socket:[{line.split()[9]}]" in opened
    ]
    assert len(heard) > 2
    # 127.0.0.1, its bytes in the order of the machine.
    assert all(address.startswith("0100007F:") for address in heard), heard


@pytest.mark.parametrize("kind", ["exact", "even and counted"])
def test_runs(
    kind: str, address: str, baseline: Scenario, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(baseline, posterior, 2 * BLOCK + 100, seed=3)
    if kind != "exact":
        monkeypatch.setattr(execution, "EXACT", 0)
        monkeypatch.setattr(execution, "KEPT", BLOCK)
        job = replace(job, draws=2 * BLOCK, sampler="lhs")
    job = planned(job)
    paths, summary = outcome(job, cluster=address)
    expected = finished(job, part_of(job, job.blocks))
    assert summary == expected[1]
    for name, variable in expected[0].variables.items():
        assert (variable.values == paths[name]).all(), name


def test_a_study_of_what_matters(address: str, baseline: Scenario, posterior: Posterior) -> None:
    wanted = target("payers", 2030, graph(), drivers.coordinates(baseline))
    alone, shared = (
        analyse(baseline, posterior, wanted, draws=600, workers=1, cluster=where) for where in ("", address)
    )
    assert alone == shared


def test_a_design_loses_nothing_with_a_worker_that_is_killed(
    cluster: Any, address: str, baseline: Scenario, posterior: Posterior
) -> None:
    axes, reports = [axis("final_run_share=0.05:0.4")], count()

    def kill_one(_: str) -> None:
        if next(reports) == 0:
            os.kill(cluster.workers[0].pid, signal.SIGKILL)

    def resolved(settings: Sequence[str]) -> Scenario:
        return baseline.with_(**dict(text.split("=") for text in settings))

    here, there = (
        sweep(resolved, axes, posterior, kind="sobol", points=32, draws=256, cluster=where, progress=told)
        for where, told in (("", lambda _: None), (address, kill_one))
    )
    assert next(reports) > 1
    assert here == there


@pytest.mark.parametrize("where", ["processes", "cluster"])
def test_fits_without_some_rows(
    where: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = date(2019, 12, 31)
    known = history(observations.load(as_of=early), as_of=early)
    wanted = [case for case in cases(known) if case.kind == "lab"][:2]
    shared = partial(each, workers=2) if where == "processes" else partial(each, cluster=address)
    found = []
    for name, who in (("here", one_by_one), ("there", shared)):
        monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path / name))
        made = influence._sampled_again(known, wanted, who, lambda _: None)
        assert made[0].keys() == made[1].keys()
        found.append(made)
        # From then on nothing is made any more.
        again = influence._sampled_again(known, wanted, lambda *_: iter(()), lambda _: None)
        assert all(
            (one[key] == other[key]).all() for one, other in zip(made, again, strict=True) for key in one
        )
    for here, there in zip(*found, strict=True):
        assert all((here[key] == there[key]).all() for key in here)
    assert not (found[0][0]["growth"] == found[0][1]["growth"]).all()


def dies_always(_: int, __: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_work_that_kills_every_worker_ends_with_a_word(address: str) -> None:
    with pytest.raises(WorkersError, match=r"a worker of tcp://127\.0\.0\.1:\d+ failed"):
        list(each(dies_always, 0, [1], cluster=address))
