"""The warm-up: once, in the background, never in the way."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import ModuleType

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import revbench.backends.machine
from revbench import jupyter
from revbench.jupyter import warmup

start = warmup.start            # the fixtures of this folder put a blank in its place


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], warmup.WarmUp]:
    """A fresh warm-up with a stand-in for Numba and the machine."""
    def fresh(load: Callable[[], None]) -> warmup.WarmUp:
        numba, module = ModuleType("numba"), ModuleType("revbench.backends.machine")
        numba.njit = lambda signature: lambda f: f                        # type: ignore[attr-defined]
        module.run_function = load                                        # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "numba", numba)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(warmup, "machine_is_cached", lambda: True)
        monkeypatch.setattr(warmup, "_warmup", warmup.WarmUp())
        return warmup._warmup

    return fresh


def test_it_runs_once_and_says_so(machine: Callable[[Callable[[], None]], warmup.WarmUp]) -> None:
    loads: list[int] = []
    machine(lambda: loads.append(1))
    assert warmup.status().state == "idle"
    assert warmup.wait().state == "idle"                      # never started: nothing to wait for
    start()
    start()
    status = warmup.wait()
    assert (status.state, status.error, loads) == ("ready", "", [1])


def test_what_goes_wrong_is_recorded_not_raised(machine: Callable[[Callable[[], None]], warmup.WarmUp]) -> None:
    def broken() -> None:
        raise OSError("no space left")

    machine(broken)
    start()
    status = warmup.wait()
    assert (status.state, status.stage, status.error) == ("failed", "loading", "OSError: no space left")
    warmup.wait_for_machine()


def test_waiting_has_an_end(machine: Callable[[Callable[[], None]], warmup.WarmUp]) -> None:
    machine(lambda: time.sleep(0.6))
    start()
    begin = time.monotonic()
    assert warmup.wait(0.1).state == "running"
    assert time.monotonic() - begin < 0.5
    assert warmup.wait().state == "ready"


def test_a_note_is_shown_only_to_those_who_wait(monkeypatch: pytest.MonkeyPatch, ip: InteractiveShell,
                                                machine: Callable[[Callable[[], None]], warmup.WarmUp]) -> None:
    monkeypatch.setattr(warmup, "PATIENCE", 0.1)
    machine(lambda: time.sleep(0.5))
    start()
    with capture_output() as first:
        warmup.wait_for_machine()
    with capture_output() as second:
        warmup.wait_for_machine()
    assert "loading the reversible machine" in first.outputs[0].data["text/html"]
    assert first.outputs[-1].data["text/plain"] == ""         # and it goes away again
    assert second.outputs == []


def test_the_machine_is_compiled_by_another_process(monkeypatch: pytest.MonkeyPatch, ip: InteractiveShell,
                                                    machine: Callable[[Callable[[], None]], warmup.WarmUp]) -> None:
    def compile_elsewhere() -> None:
        order.append("elsewhere")
        time.sleep(0.5)

    order: list[str] = []
    machine(lambda: order.append("here"))
    monkeypatch.setattr(warmup, "machine_is_cached", lambda: False)
    monkeypatch.setattr(warmup, "compile_elsewhere", compile_elsewhere)
    monkeypatch.setattr(warmup, "PATIENCE", 0.1)
    start()
    with capture_output() as captured:
        warmup.wait_for_machine()
    assert order == ["elsewhere", "here"]
    assert warmup.NOTE in captured.outputs[0].data["text/html"]


def test_that_process_imports_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(warmup.subprocess, "run", lambda command, **_: called.append(command))
    warmup.compile_elsewhere()
    assert called[0][:2] == [sys.executable, "-c"]
    compile(called[0][2], "program", "exec")
    assert callable(revbench.backends.machine.run_function)

    def nowhere(*_: object, **__: object) -> None:
        raise OSError("no interpreter")

    monkeypatch.setattr(warmup.subprocess, "run", nowhere)
    warmup.compile_elsewhere()


def test_loading_the_extension_starts_it(monkeypatch: pytest.MonkeyPatch, bare: InteractiveShell) -> None:
    started: list[int] = []
    monkeypatch.setattr(warmup, "start", lambda: started.append(1))
    jupyter.load(bare)
    assert started == [1]
