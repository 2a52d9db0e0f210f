"""What a nest of compute parts costs: `nest2` uses a local that `nest1` made, and so on; each is undone when it has been used.

Spelled out, every level runs the one below twice, which doubles; code without checks drops what nobody reads again, and a
gradient at depth k runs the innermost level forwards at most k + 1 times.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import revbench as rb

from .contest import Effort, interleaved, ratio
from .races import Run
from .table import Figure

DEPTH = 4
INNERMOST = """
def nest1(out, x):
    s = 0.0
    for v in x:
        s += sin(v) * exp(v)
    out += cos(s)
"""
LEVEL = """
def nest{k}(out, x):
    s = 0.0
    nest{below}(s, x)
    out += cos(s)
"""


def nests() -> list[rb.Kernel]:
    """Kernels of depth 1 to `DEPTH`."""
    made: Any = rb.compile(INNERMOST + "".join(LEVEL.format(k=k, below=k - 1) for k in range(2, DEPTH + 1)))
    return [getattr(made, f"nest{k}") for k in range(1, DEPTH + 1)]


def figures(effort: Effort) -> Iterator[Figure]:
    """The target is what linear growth would be."""
    x = np.random.default_rng(8).random(100 if effort.quick else 100_000)

    def run(kernel: rb.Kernel) -> Run:
        gradient = rb.grad(kernel.unchecked)
        return lambda: gradient(0.0, x)

    samples = interleaved({str(k): run(kernel) for k, kernel in enumerate(nests(), 1)}, effort)
    for k in range(2, DEPTH + 1):
        yield ratio(f"nest of {k} compute parts, gradient / depth 1", samples[str(k)], samples["1"], k)
