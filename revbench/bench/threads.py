"""Two threads against one: parallel loops and batches, on the clock, in a process of its own that is not kept to one CPU.

`revbench bench` measures on one CPU, and its process could not show anything here. The clock is right on a quiet machine only; so the
note says what share of the CPU time the busier thread took: half of it is the best that can be had.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from statistics import median
from typing import Any

import numpy as np

import revbench as rb
from revbench.paper.bundle import make_bundle

from .ba import ours
from .contest import Effort, ratio
from .pinned import allowed
from .table import Figure

TITLE = "two threads / one thread"
HEAT = """
def heat(loss, x, w):
    for i in prange(len(x)):
        t = 0.0
        for j in range(len(w)):
            t += w[j] * tanh(x[i] * w[j])
        loss += t ** 2
"""


def runs(quick: bool) -> dict[str, Callable[[], Any]]:
    """Programs with something to do for several threads."""
    n = 10 if quick else 200
    kernel, x, w = rb.compile(HEAT), np.linspace(-1.0, 1.0, 100 * n), np.linspace(0.0, 1.0, 50)
    gradient, checked = rb.grad(kernel.unchecked), rb.each(rb.grad(rb.compile("def spring(e, x, k):\n    e += k * exp(x) * x ** 2")), (0, 0, None))
    items, values = np.zeros(10_000 * n), np.linspace(0.0, 1.0, 10_000 * n)
    return {"gradient of a parallel loop, shared weights": lambda: gradient(0.0, x, w),
            "gradients of a batch, checked": lambda: checked(items, values, 2.0),
            "BA Jacobian": ours(make_bundle(9, 60 * n, 600 * n))}


def compared(name: str, run: Callable[[], Any], effort: Effort) -> Figure:
    """Both numbers of threads in turn."""
    clock: dict[int, list[float]] = {1: [], 2: []}
    shares: list[float] = []
    for n in clock:
        rb.set_threads(n)
        run()
    start = time.perf_counter()
    while len(shares) < effort.least or (time.perf_counter() - start < effort.seconds and len(shares) < effort.most):
        for n, samples in clock.items():
            rb.set_threads(n)
            before = time.perf_counter(), time.process_time(), time.thread_time()
            run()
            wall, both, mine = (now - then for now, then in zip((time.perf_counter(), time.process_time(), time.thread_time()), before, strict=True))
            samples.append(wall)
        shares.append(max(mine, both - mine) / both)
    rb.set_threads(None)
    return ratio(f"{name}, {TITLE}", clock[2], clock[1], note=f"on the clock; the busier thread took {median(shares):.0%} of the CPU time")


def figures(effort: Effort) -> Iterator[Figure]:
    """The rows, from a process that may use all CPUs that this one could before it was kept to one."""
    if len(allowed()) < 2:
        yield Figure.missing(f"parallel loops, {TITLE}", "this process may use one CPU only")
        return
    program = [sys.executable, "-m", __name__, json.dumps([sorted(allowed()), asdict(effort)])]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            yield Figure(**json.loads(line))
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, program)


def main(cpus: list[int], effort: Effort) -> None:
    os.sched_setaffinity(0, cpus)
    for name, run in runs(effort.quick).items():
        print(json.dumps(asdict(compared(name, run, effort))), flush=True)


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    main(asked[0], Effort(**asked[1]))
