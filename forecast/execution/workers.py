"""Who computes the tasks: this process, others on this machine, or the workers of a Dask scheduler."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from forecast import __version__
from forecast.errors import ForecastError, UsageError

if TYPE_CHECKING:
    from distributed import Client

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Answer = TypeVar("Answer")

RESTARTS = 3
"""How often processes are started anew after one of them has died before the run is given up."""

_ADDRESS = re.compile(r"tcp://[^\s/]+:\d+")
_CONNECT = "10s"
_FIRST_WORKER = 30.0
"""How long (seconds) a scheduler may be without workers, as those started along with it may be on their way."""


class WorkersError(ForecastError):
    """Workers died or cannot be reached."""


def each(
    function: Callable[[Shared, Task], Answer],
    shared: Shared,
    tasks: Sequence[Task],
    *,
    workers: int = 1,
    cluster: str = "",
) -> Iterator[tuple[Task, Answer]]:
    """The answer to each task, in the order in which they come in.

    Args:
        function: What is done, a function of a module; it must give the same answer wherever and however often.
        shared: What all tasks need; sent to a process once.
        tasks: The tasks.
        workers: The number of processes on this machine; 1 means this one.
        cluster: The address of a Dask scheduler such as ``tcp://127.0.0.1:8786``; it takes the place of ``workers``.

    Raises:
        WorkersError: The scheduler does not answer, runs another version, or processes die again and again.
        UsageError: The address is none, or the extra ``cluster`` is not installed.
    """
    if cluster:
        yield from _on_cluster(function, shared, tasks, cluster)
    elif workers > 1 and len(tasks) > 1:
        yield from _in_processes(function, shared, tasks, min(workers, len(tasks)))
    else:
        for task in tasks:
            yield task, function(shared, task)


_held: list[Any] = []


def _begin(function: Callable[..., Any], shared: object) -> None:
    _held[:] = [function, shared]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Leave when the process that gives the tasks is gone: its queue stays open here, so waiting for one has no end."""
    from multiprocessing import parent_process

    if parent := parent_process():
        parent.join()
        os._exit(1)


def _do(task: Any) -> Any:
    function, shared = _held
    return function(shared, task)


def _in_processes(
    function: Callable[[Shared, Task], Answer], shared: Shared, tasks: Sequence[Task], workers: int
) -> Iterator[tuple[Task, Answer]]:
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children, get_context, resource_tracker

    waiting, restarts = set(range(len(tasks))), 0
    while waiting:
        # Fresh processes, so that no thread or lock of this one is copied half-way.
        pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (function, shared))
        try:
            # The tracker of the processes would let signals through again, were it started among them.
            resource_tracker.ensure_running()
            with _uninterrupted():
                futures = {pool.submit(_do, tasks[place]): place for place in sorted(waiting)}
            for future in as_completed(futures):
                answer = future.result()
                place = futures.pop(future)
                waiting.remove(place)
                yield tasks[place], answer
        except BrokenProcessPool:
            restarts += 1
            if restarts > RESTARTS:
                raise WorkersError(
                    f"processes died {restarts} times, the last with {len(waiting)} of {len(tasks)} tasks to do; "
                    "is there enough memory? Try fewer --workers"
                ) from None
        except BaseException:
            # Interrupted, or nobody wants the rest: a task under way may take many seconds more.
            for process in active_children():
                process.kill()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Interrupts wait; processes that are started meanwhile leave them to this one and say nothing of their own.

    Blocking them for this thread does both only where no other thread takes them, and NumPy's take them: an interrupt
    amid the start of a process would leave one that nobody ends. So the answer to them waits too.
    """
    came: list[int] = []
    own = threading.current_thread() is threading.main_thread()
    answer = signal.signal(signal.SIGINT, lambda number, _: came.append(number)) if own else None
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        if own:
            signal.signal(signal.SIGINT, answer)
        if came:
            signal.raise_signal(signal.SIGINT)


def _on_cluster(
    function: Callable[[Shared, Task], Answer], shared: Shared, tasks: Sequence[Task], address: str
) -> Iterator[tuple[Task, Answer]]:
    with closing(_client(address)) as client:
        from distributed import as_completed

        # What all need travels once, as the answer of a task: one that is lost with its worker is made again.
        common = client.submit(_as_it_is, shared, pure=False, retries=RESTARTS)
        # A worker that dies loses what it was doing; the scheduler gives it to another.
        futures = {
            client.submit(
                _in_same_versions, versions(), function, common, task, pure=False, retries=RESTARTS
            ): place
            for place, task in enumerate(tasks)
        }
        for future in as_completed(futures):
            try:
                answer = future.result()
            except ForecastError:
                raise
            except Exception as error:
                raise WorkersError(f"a worker of {address} failed: {error}") from error
            place = futures.pop(future)
            yield tasks[place], answer
            future.release()


def _in_same_versions(
    expected: str, function: Callable[[Shared, Task], Answer], shared: Shared, task: Task
) -> Answer:
    # Workers may come later than the question that `_client` asks all of them.
    if (found := versions()) != expected:
        raise WorkersError(f"all must run the same versions; asked for {expected}, but a worker has {found}")
    return function(shared, task)


def _as_it_is(shared: Shared) -> Shared:
    return shared


def check_address(address: str) -> None:
    """Refuse what is no address of a scheduler.

    Raises:
        UsageError: It has another form.
    """
    if not _ADDRESS.fullmatch(address):
        raise UsageError(f'"{address}" is no address of a scheduler; write it as tcp://host:port')


def _client(address: str) -> Client:
    check_address(address)
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--cluster needs Dask: pip install 'ai-cost-forecast[cluster]'") from error
    try:
        client = Client(address, timeout=_CONNECT)
    except (OSError, TimeoutError) as error:
        raise WorkersError(f"no Dask scheduler answers at {address}: {error}") from error
    try:
        client.wait_for_workers(1, timeout=_FIRST_WORKER)
    except TimeoutError:
        client.close()
        raise WorkersError(
            f"the scheduler at {address} has no workers; start some with: dask worker {address}"
        ) from None
    own = versions()
    # One that has no package of ours answers with the error that this gave.
    others = client.run(versions, on_error="return")
    if wrong := sorted(f"{worker} has {found}" for worker, found in others.items() if found != own):
        client.close()
        raise WorkersError(f"all must run the same versions; here it is {own}, but {'; '.join(wrong)}")
    return client


def versions() -> str:
    """What the bits of a result depend on."""
    import numpy as np
    import scipy

    return f"forecast {__version__}, numpy {np.__version__}, scipy {scipy.__version__}"
