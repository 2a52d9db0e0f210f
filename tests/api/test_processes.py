"""What crosses a process: the stop button, and the cache that saves a second process the compilation."""

import os
import subprocess
import sys
from pathlib import Path

SPIN = """
import os, signal, sys, threading, time
import revbench as rb
spin = rb.compile('''
def spin(y, n):
    for i in range(n):
        for j in range(1000):
            y += 1.0
''')
spin(0.0, 1), spin.unchecked(0.0, 1), rb.debug(spin, 0.0, 1)
calls = {"checked": lambda: spin(0.0, 10**10), "unchecked": lambda: spin.unchecked(0.0, 10**10), "machine": lambda: rb.debug(spin, 0.0, 10**10, limit=10**13)}
for name, call in calls.items():
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        call()
    except KeyboardInterrupt:
        print(name, "stopped")
print(spin(1.0, 3).y)
"""
ONCE = """
import revbench as rb
from numba.core import event
compiled = []
class Listener(event.Listener):
    def on_start(self, e): compiled.append(e.data["dispatcher"].py_func.__module__)
    def on_end(self, e): pass
with event.install_listener("numba:compile", Listener()):
    f = rb.compile("def f(y, x):\\n    t = x * x\\n    y += sin(t)\\n")
    f(0.0, 2.0), (~f)(0.0, 2.0), rb.grad(f)(0.0, 2.0), f.unchecked(0.0, 2.0), rb.grad(f.unchecked)(0.0, 2.0)
print(sum("revbench" in name for name in compiled))
"""


def run(text: str, cache: Path | None = None) -> str:
    env = os.environ if cache is None else os.environ | {"REVBENCH_CACHE_DIR": str(cache)}
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=110, env=env).stdout


def test_the_stop_button_stops_compiled_code_and_the_machine() -> None:
    assert run(SPIN).splitlines() == ["checked stopped", "unchecked stopped", "machine stopped", "3001.0"]


def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    def code() -> set[Path]:
        return {path for path in tmp_path.rglob("*") if path.suffix in (".o", ".nbc")}

    assert int(run(ONCE, tmp_path)) > 0
    first = code()
    assert {path.suffix for path in first} == {".o", ".nbc"}                 # checked and unchecked
    assert int(run(ONCE, tmp_path)) == 0
    assert code() == first


def test_importing_revbench_loads_neither_numba_nor_matplotlib() -> None:
    text = "import sys, revbench; revbench.reversible, revbench.grad; print(sorted({'numba', 'matplotlib', 'ipywidgets'} & set(sys.modules)))"
    assert run(text).strip() == "[]"
