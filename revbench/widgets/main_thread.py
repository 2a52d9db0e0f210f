"""Where a session may be used: in the main thread, as the notebook's cells use it.

JupyterLab sends the messages of widgets to a thread of their own (a subshell), where they do not wait for a running cell,
where two could change one machine's memory at a time, and which the stop button does not reach.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from typing import Any


def in_main_thread(act: Callable[[], object], within: float = 0.0) -> bool:
    """Do it: now, if this is the main thread, else there, as soon as no cell runs; a press on the stop button reaches it.

    Parameters
    ----------
    act : callable
        What is to be done.
    within : float
        How many seconds another thread waits for it.

    Returns
    -------
    bool
        Whether it is done already. What was waited for in vain is not done any more.
    """
    loop = _loop()
    if loop is None or threading.current_thread() is threading.main_thread():
        act()
        return True
    turn, done = threading.Lock(), threading.Event()        # whoever gets the turn decides: it is done, or given up

    def there() -> None:
        if turn.acquire(blocking=False):
            try:
                _interruptibly(act)
            finally:
                done.set()                                  # also when it was stopped: the other thread waits for that

    loop.add_callback(there)
    if not within:
        return False
    done.wait(within)
    if turn.acquire(blocking=False):
        return False
    return done.wait()


def _interruptibly(act: Callable[[], object]) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)       # between messages the kernel ignores it
    try:
        act()
    finally:
        signal.signal(signal.SIGINT, before)


def _loop() -> Any:
    """The event loop in which the kernel runs cells; nothing where there is no such kernel."""
    kernel = getattr(sys.modules.get("ipykernel.kernelbase"), "Kernel", None)
    return getattr(kernel.instance(), "io_loop", None) if kernel is not None and kernel.initialized() else None
