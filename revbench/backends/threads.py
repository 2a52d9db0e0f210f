"""Threads for the parts of a parallel loop.

Compiled code finds the address of `_dispatch` in its status, where there is more than one thread, and calls it with a function that
runs one part. The caller and the threads of a pool take the parts in order, each with a status of its own; compiled code runs without
the GIL. When a part breaks a law no later one is begun, and the earliest of those that did is reported: the one that a single thread
would have met. The stop button sets a flag in the caller's status, which the caller hands on.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from revbench.errors import WrongArguments
from revbench.numerics.parts import ADDRESS, BROKEN, MEMORY, SIZE, STOPPED

GLANCE = 0.02                                               # seconds between looks at the stop button
TURN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)

@dataclass
class _Pool:
    """The threads, made when first needed."""

    chosen: int | None = None
    threads: ThreadPoolExecutor | None = None
    size: int = 0

    def forget(self) -> None:
        self.threads = None                                 # they end when nobody holds them

    def submit(self, task: Callable[[], None]) -> Future[None]:
        if self.threads is None or self.size < get_threads():
            self.size = get_threads()
            self.threads = ThreadPoolExecutor(self.size, thread_name_prefix="revbench")
        return self.threads.submit(task)


_pool = _Pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.forget)        # threads do not live on in a child


def get_threads() -> int:
    """How many threads parallel loops and batches use.

    Those of `set_threads`; else REVBENCH_THREADS, an environment variable; else as many as there are CPUs that this process may use.
    """
    if _pool.chosen is not None:
        return _pool.chosen
    asked = os.environ.get("REVBENCH_THREADS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads(n: int | None) -> None:
    """Sets how many threads parallel loops and batches use. Results do not depend on it, to the last bit.

    Parameters
    ----------
    n : int or None
        The number of threads; None is the usual one: the environment's REVBENCH_THREADS, or every CPU that this process may use.

    Raises
    ------
    WrongArguments
        When `n` is no positive whole number.

    Examples
    --------
    >>> import revbench as rb
    >>> rb.set_threads(1)
    >>> rb.get_threads()
    1
    >>> rb.set_threads(None)
    """
    if n is not None and (isinstance(n, bool) or not hasattr(n, "__index__") or n < 1):
        raise WrongArguments(f"`set_threads` takes a number of threads, not {n!r}", hint="1 or more, or None for every CPU that this process may use")
    _pool.chosen = None if n is None else int(n)


def dispatch_address() -> int:
    """What compiled code calls to run the parts of a loop on threads; 0 where there is only one."""
    return int(_address()) if get_threads() > 1 else 0


@cache
def _address() -> int:
    return ctypes.cast(_dispatch, ctypes.c_void_p).value or 0


class _Loop:
    """One parallel loop while it runs."""

    def __init__(self, turn: int, frame: int, parts: int, status: int, values: int) -> None:
        self.turn, self.frame, self.parts = TURN(turn), frame, parts
        self.number = count()                               # the next part: taking it is one step for Python
        self.status, self.values = _memory(status, ctypes.c_int64), _memory(values, ctypes.c_double)
        self.broken: dict[int, tuple[int, NDArray[np.float64]]] = {}
        self.states: list[NDArray[np.int64]] = []           # of the threads
        self.over = False

    def run(self) -> None:
        helpers: list[Future[None]] = []
        with suppress(RuntimeError):                        # no more threads, or Python is about to end: there is the caller
            helpers.extend(_pool.submit(self.help) for _ in range(min(get_threads(), self.parts) - 1))
        self.work(self.status, self.values)
        waiting = {h for h in helpers if not h.cancel()}
        while waiting:
            if self.status[STOPPED]:
                self.stop()
            done, waiting = wait(waiting, GLANCE)
            for h in done:
                h.result()
        if self.broken:
            self.status[BROKEN], self.values[:] = self.broken[min(self.broken)]

    def help(self) -> None:
        status = np.zeros(SIZE, np.int64)
        self.states.append(status)
        if not self.over:
            self.work(status, np.zeros(SIZE))

    def work(self, status: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Parts, until there are no more."""
        address = status[ADDRESS]
        status[ADDRESS] = 0                                 # loops inside of a part run on its thread
        while not self.over and (k := next(self.number)) < self.parts:
            self.turn(self.frame, k, status.ctypes.data, values.ctypes.data)
            if status[STOPPED]:
                self.stop()
            elif status[BROKEN]:
                self.broken[k] = int(status[BROKEN]), values.copy()
                self.over = True
        status[BROKEN], status[ADDRESS] = 0, address

    def stop(self) -> None:
        self.over = True
        for status in list(self.states):
            status[STOPPED] = 1


def _memory(address: int, of: Any) -> Any:
    return np.ctypeslib.as_array((of * SIZE).from_address(address))


def _run(turn: int, frame: int, parts: int, status: int, values: int) -> None:
    try:
        _Loop(turn, frame, parts, status, values).run()
    except BaseException:                                   # nothing can be raised through compiled code, and nothing else comes up here
        _memory(status, ctypes.c_int64)[BROKEN] = MEMORY


_dispatch = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(_run)
