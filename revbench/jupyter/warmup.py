"""What would make the first step slow, done in the background while the user still types.

One daemon thread imports Numba, compiles something trivial, and loads the reversible machine, which is compiled once
per installation. What goes wrong there is recorded, not raised: it will be raised again where it matters.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

NOTE = "compiling the reversible machine, once per installation"
PATIENCE = 1.0           # seconds of waiting before a note is worth its line


@dataclass(frozen=True, slots=True)
class Status:
    """How far the warm-up is: `state` is idle, running, ready or failed."""

    state: str = "idle"
    stage: str = ""
    seconds: float = 0.0
    error: str = ""


_status = Status()
_thread: threading.Thread | None = None
_lock = threading.Lock()


def status() -> Status:
    """The state of the warm-up, for `revbench doctor` and for waiting."""
    return _status


def start() -> None:
    """Starts the warm-up, once in a process."""
    global _thread
    with _lock:
        if _thread is None:
            _thread = threading.Thread(target=_run, name="revbench warm-up", daemon=True)
            _thread.start()


def wait(timeout: float | None = None) -> Status:
    """Waits until the warm-up is over (if one was started), at most `timeout` seconds; the stop button ends the waiting.

    Returns
    -------
    Status
    """
    begin = time.monotonic()
    while _thread is not None and _thread.is_alive() and (timeout is None or time.monotonic() - begin < timeout):
        _thread.join(0.05)
    return _status


def wait_for_machine() -> None:
    """Waits for the warm-up before something that needs the machine, with a note when that takes long."""
    if _thread is None or wait(PATIENCE).state != "running":
        return
    from IPython.display import display

    note = f"{NOTE if _status.stage == 'compiling' else 'loading the reversible machine'} ..."
    bar = '<progress style="width: 12em; vertical-align: middle"></progress>'
    handle = display({"text/html": f'<div style="opacity: .75">{bar} {note}</div>', "text/plain": note}, raw=True, display_id=True)
    try:
        wait()
    finally:
        handle.update({"text/html": "", "text/plain": ""}, raw=True)


def machine_is_cached() -> bool:
    """Has this installation compiled the machine already?"""
    from revbench.backends.machine_text import generate
    from revbench.backends.modules import path_of

    path: Path = path_of(generate(), "machine")
    return any((path.parent / "__pycache__").glob(f"{path.stem}.*.nbi"))


def _run() -> None:
    global _status
    begin = time.monotonic()
    try:
        _status = Status("running", "importing")
        import numba

        numba.njit("float64(float64)")(lambda x: x + 1.0)            # sets up the compiler: about a second of any first compilation
        _status = replace(_status, stage="loading" if machine_is_cached() else "compiling", seconds=time.monotonic() - begin)
        from revbench.backends.machine import run_function

        run_function()
        _status = Status("ready", "", time.monotonic() - begin)
    except BaseException as problem:
        _status = Status("failed", _status.stage, time.monotonic() - begin, f"{type(problem).__name__}: {problem}")
