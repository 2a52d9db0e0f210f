"""What would make the first step slow, done in the background while the user still types.

One daemon thread imports Numba, compiles something trivial, and loads the reversible machine. Where that has never been
compiled (once per installation), a process of its own does it: Numba compiles one thing at a time, and the user's first
kernel must not wait for the machine. What goes wrong is recorded, not raised: it will be raised again where it matters.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace

NOTE = "compiling the reversible machine, once per installation"
PATIENCE = 1.0           # seconds of waiting before a note is worth its line
PROGRAM = """
import os, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)       # the stop button is meant for a cell
if hasattr(os, "nice"):
    os.nice(5)
from revbench.backends.machine import run_function
run_function()
"""


@dataclass(frozen=True, slots=True)
class Status:
    """How far the warm-up is: `state` is idle, running, ready or failed; `stage` what it does now, or failed at."""

    state: str = "idle"
    stage: str = ""
    seconds: float = 0.0
    error: str = ""


class WarmUp:
    """One run of the warm-up; it happens once."""

    def __init__(self) -> None:
        self.status = Status()
        self.thread = threading.Thread(target=self._run, name="revbench warm-up", daemon=True)
        self.lock = threading.Lock()

    def start(self) -> None:
        with self.lock:
            if self.status.state == "idle":
                self.status = Status("running", "importing")
                self.thread.start()

    def wait(self, timeout: float | None = None) -> Status:
        begin = time.monotonic()
        while self.thread.is_alive() and (timeout is None or time.monotonic() - begin < timeout):
            self.thread.join(0.05)                             # in short pieces, so that the stop button works
        return self.status

    def _run(self) -> None:
        begin = time.monotonic()
        try:
            set_up_compiler()
            if not machine_is_cached():
                self.status = replace(self.status, stage="compiling")
                compile_elsewhere()
            self.status = replace(self.status, stage="loading")
            from revbench.backends.machine import run_function

            run_function()
            self.status = Status("ready", "", time.monotonic() - begin)
        except BaseException as problem:
            self.status = Status("failed", self.status.stage, time.monotonic() - begin, f"{type(problem).__name__}: {problem}")


_warmup = WarmUp()


def start() -> None:
    """Starts the warm-up, once in a process."""
    _warmup.start()


def status() -> Status:
    """How far it is, for `revbench doctor` and for waiting."""
    return _warmup.status


def wait(timeout: float | None = None) -> Status:
    """Waits until the warm-up is over (if it was started), at most `timeout` seconds; the stop button ends the waiting."""
    return _warmup.wait(timeout)


def set_up_compiler() -> None:
    """What any first compilation would have to do before it begins: about a second."""
    import numba

    import revbench.backends.native_module  # noqa: F401 (what checked code is compiled by)

    numba.njit("float64(float64)")(lambda x: x + 1.0)


def machine_is_cached() -> bool:
    """Has this installation compiled the machine already?"""
    from revbench.backends.machine_text import generate
    from revbench.backends.modules import is_compiled

    return is_compiled(generate(), "machine")


def compile_elsewhere() -> None:
    """Fills the cache from another process; if that fails, the machine will be compiled here after all."""
    with suppress(OSError):
        subprocess.run([sys.executable, "-c", PROGRAM], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def wait_for_machine() -> None:
    """Waits for the warm-up before something that needs the machine, with a note when that takes long."""
    if wait(PATIENCE).state != "running":
        return
    from IPython.display import display

    note = f"{NOTE if status().stage == 'compiling' else 'loading the reversible machine'} ..."
    bar = '<progress style="width: 12em; vertical-align: middle"></progress>'
    handle = display({"text/html": f'<div style="opacity: .75">{bar} {note}</div>', "text/plain": note}, raw=True, display_id=True)
    try:
        wait()
    finally:
        handle.update({"text/html": "", "text/plain": ""}, raw=True)
