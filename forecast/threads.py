"""Work that NumPy lets several threads do at once, where this process has several processors to itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextvars import copy_context
from multiprocessing import parent_process
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def together(function: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
    """The answer to each item, in their order.

    Args:
        function: Gives the same answer whatever is done meanwhile, and spends its time in NumPy.
        items: What it is asked about.
    """
    # A process among others leaves them their processors.
    threads = min(1 if parent_process() else cores(), len(items))
    if threads < 2:
        return [function(each) for each in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        # With the caller's rules for numbers that overflow.
        answers = [pool.submit(copy_context().run, function, each) for each in items]
        return [each.result() for each in answers]
