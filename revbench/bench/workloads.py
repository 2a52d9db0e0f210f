"""What is measured: how soon a cell can be stepped, what importing costs, how fast the machine runs either way."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

import revbench as rb
from revbench.backends.machine import run_function
from revbench.passes.pipeline import for_host
from revbench.timetravel import Session

from .latency import TEN, latency
from .table import Figure, measured, seconds

LOOP = """
def loop(y, x):
    for i in range(len(x)):
        y += x[i]
"""
TEN_OF_HUNDRED = """\
    s{k} = 0.0
    t{k} = zeros_like(x)
    for i in range(1, len(x)):
        d = x[i] - y[i - 1]
        s{k} += d * d
        if d > 0.0:
            t{k}[i] += d * exp(-y[i] ** 2)
        else:
            t{k}[i] -= sin(d) / (1.0 + y[i] ** 2)
    {update} sqrt(s{k}) + t{k}[1] * {salt}
"""
ONE = "import time, numpy; t = time.perf_counter(); import revbench; revbench.reversible, revbench.grad; print(time.perf_counter() - t)"
ADD_ONE = ("import time; t = time.perf_counter(); from numba import njit\n"
           "f = njit('float64(float64)')(lambda x: x + 1); print(time.perf_counter() - t)")


def _subprocess(text: str) -> float:
    return float(subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout)


def importing() -> Iterator[Figure]:
    yield measured("import revbench, on top of numpy", [_subprocess(ONE) for _ in range(5)], "s", 0.3)
    yield measured("yardstick: import numba and compile x + 1", [_subprocess(ADD_ONE) for _ in range(3)], "s")


def stepping() -> Iterator[Figure]:
    """A new 10-line cell, from text to a session that stands at its first moment and has taken a step."""
    run_function()
    salt = iter(range(1, 1000))
    x, y = np.linspace(0, 1, 20), np.linspace(1, 0, 20)

    def cell() -> None:
        Session(rb.compile(TEN.format(more=f" + {float(next(salt))}")), 0.0, x, y).step()

    cell()
    yield measured("a new 10-line cell is ready to step", seconds(cell, 9), "s", 0.1)

    def gradient() -> None:
        Session(rb.grad(rb.compile(TEN.format(more=f" + {float(next(salt))}"))), 0.0, x, y).step()

    yield measured("a new 10-line cell's gradient is ready to step", seconds(gradient, 9), "s")


def hundred_lines(salt: float, wrong: bool = False) -> str:
    """A kernel of 100 lines; `wrong`: with a mistake in the middle."""
    parts = [TEN_OF_HUNDRED.format(k=k, salt=salt + k, update="out =" if wrong and k == 5 else "out +=") for k in range(10)]
    return "def hundred(out, x, y):\n" + "".join(parts)


def compiling() -> Iterator[Figure]:
    """From text to what a back end takes, and from a wrong text to what is said about it."""
    salts = iter(range(10_000))
    x, y = np.linspace(0, 1, 20), np.linspace(1, 0, 20)

    def lowered() -> object:
        kernel = rb.compile(hundred_lines(float(next(salts))))
        library, main = kernel.typed(kernel.signature([0.0, x, y], []))
        return for_host(library, main, True)

    def refused() -> None:
        try:
            rb.compile(hundred_lines(float(next(salts)), wrong=True))
        except rb.RevbenchError as mistake:
            str(mistake)

    def python() -> None:
        compile(hundred_lines(float(next(salts))), "<hundred>", "exec")

    runs: tuple[tuple[str, Callable[[], object], float | None], ...] = (
        ("100 lines parsed, checked and lowered", lowered, 50),
        ("100 lines with a mistake, to its message", refused, 50),
        ("yardstick: Python compiles the same text", python, None),
    )
    for name, run, target in runs:
        run()
        yield measured(name, [1e3 * s for s in seconds(run, 15)], "ms", target)


def calling() -> Iterator[Figure]:
    """What a call costs whatever it does: three registers, two of them arrays of eight. CPU time, the smallest of many."""
    f, x = rb.compile("def f(out, x, y):\n    for i in range(len(x)):\n        out += x[i] * y[i]\n"), np.ones(8)
    runs = {"a call, with laws": f, "a call": f.unchecked, "a call of a gradient, with laws": rb.grad(f), "a call of a gradient": rb.grad(f.unchecked)}
    for name, run in runs.items():
        samples = []
        for _ in range(50):
            start = time.process_time()
            for _ in range(200):
                run(0.0, x, x)
            samples.append((time.process_time() - start) / 200 * 1e6)
        yield measured(name, [min(samples[k:k + 10]) for k in range(0, 50, 10)], "us", 20 if name == "a call of a gradient" else None)


def _rates(session: Session, count: int) -> tuple[list[float], list[float]]:
    there: list[float] = []
    back: list[float] = []
    for _ in range(3):
        for sign, out in ((1, there), (-1, back)):
            start = time.perf_counter()
            session.machine.run(sign * count)
            out.append(count / (time.perf_counter() - start) / 1e6)
    return there, back


def machine() -> Iterator[Figure]:
    x = np.random.default_rng(0).random(2_000_000)
    there, back = _rates(Session(rb.compile(LOOP), 0.0, x, limit=100), 2 * len(x))
    yield measured("machine, plain update loop, forward", there, "M instructions/s", 50, at_most=False)
    yield measured("machine, plain update loop, backward", back, "M instructions/s", 50, at_most=False)
    from revbench.paper.leapfrog import leapfrog
    from revbench.paper.solar import DT, G, solar_system

    s = solar_system()
    there, back = _rates(Session(leapfrog, s.r, s.v, s.m, G=G, dt=DT, n=5000, limit=100), 3_000_000)
    yield measured("machine, leapfrog of the solar system, forward", there, "M instructions/s", 25, at_most=False)
    yield measured("machine, leapfrog of the solar system, backward", back, "M instructions/s", 25, at_most=False)


GROUPS: dict[str, Callable[[], Iterator[Figure]]] = {"import": importing, "compile": compiling, "latency": latency, "step": stepping, "machine": machine,
                                                     "call": calling}
