"""How long a user waits for the first number: each row in a process of its own, with a cache folder of its own.

In a *warm* process the compiler has been set up in the background, as `%load_ext revbench` does; its cache is empty. A *second*
process runs the same cells with the cache that the first one has filled: it must compile nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .table import Figure, measured

TIMES = 3
TEN = """
def ten(out, x, y):
    s = 0.0
    t = 0.0
    for i in range(len(x)):
        d = x[i] - y[i]
        s += d * d
        if d > 0.0:
            t += d
    out += sqrt(s){more}
    out += t / (1.0 + s)
"""
TEN_LINES = f'''
ten = rb.compile("""{TEN.format(more="")}""")
x, y = np.linspace(0.0, 1.0, 20), np.linspace(1.0, 0.0, 20)
'''
GMM = """
from revbench.paper.adbench import make_gmm
from revbench.paper.gmm import gmm_objective, objective_arguments
args, consts = objective_arguments(make_gmm(2, 5, 100))
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a user enters, and the seconds that it may take in a warm process."""

    name: str
    text: str
    target: float


CELLS = (
    Cell("10-line kernel", f"{TEN_LINES}ten(0.0, x, y)", 0.15),
    Cell("gradient of a 10-line kernel", f"{TEN_LINES}rb.grad(ten)(0.0, x, y)", 0.3),
    Cell("gradient of the Gaussian mixture", f"{GMM}rb.grad(gmm_objective, wrt=('alphas', 'means', 'icf'))(*args, **consts)", 1.5),
)
WARM = """
import time
import numpy as np
import revbench as rb
import revbench.jupyter.extension
from revbench.jupyter.warmup import set_up_compiler
set_up_compiler()
begin = time.perf_counter()
{cell}
print(time.perf_counter() - begin)
"""
SECOND = """
import time
import numpy as np
begin = time.perf_counter()
import revbench as rb
{cell}
print(time.perf_counter() - begin)
"""
YARDSTICK = """
import time
import numpy as np
begin = time.perf_counter()
from numba import njit
njit("float64(float64)")(lambda x: x + 1)
print(time.perf_counter() - begin)
"""
def run(program: str, folder: str) -> tuple[float, int]:
    """Seconds, and how many files of machine code were added to this cache folder, in a process of its own."""
    before = compiled(folder)
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ, "REVBENCH_CACHE_DIR": folder})
    return float(out.stdout), compiled(folder) - before


def compiled(folder: str) -> int:
    return sum(path.suffix in (".o", ".nbc") for path in Path(folder).rglob("*"))


def latency() -> Iterator[Figure]:
    """First numbers in a warm process, then in a second one."""
    yardstick, second = list[float](), {cell.name: list[float]() for cell in CELLS}
    first = {cell.name: list[float]() for cell in CELLS}
    more_code = 0
    for _ in range(TIMES):                                     # one after the other, so that all of them see the same machine
        with tempfile.TemporaryDirectory() as empty:
            yardstick.append(run(YARDSTICK, empty)[0])
        for cell in CELLS:
            with tempfile.TemporaryDirectory() as folder:
                took, here = run(WARM.format(cell=cell.text), folder)
                assert here > 0, "the cache folder was not empty"
                first[cell.name].append(took)
                again, here = run(SECOND.format(cell=cell.text), folder)
                second[cell.name].append(again)
                more_code += here
    for cell in CELLS:
        yield measured(f"{cell.name}: first number, warm process", first[cell.name], "s", cell.target)
    yield measured("yardstick: import numba and compile x + 1", yardstick, "s")
    for cell in CELLS:
        more = [a - b for a, b in zip(second[cell.name], yardstick, strict=True)]
        yield measured(f"{cell.name}: second process, more than the yardstick", more, "s", 0.1)
    yield measured("files of machine code that second processes add", [more_code], "", 0)
