"""Programs timed side by side: interleaved, in one process, on one CPU.

Times are seconds of CPU that the process spends, all its threads together: on a quiet machine that is the time on the
clock, and on a busy one it leaves out what other programs take. A figure is the ratio of two minima, because noise only
adds; its range are the quartiles of the ratios of neighbours in time.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import quantiles

from .table import Figure

LONG_ENOUGH = 2e-3      # seconds of one sample: shorter calls are repeated


@dataclass(frozen=True)
class Effort:
    """How long a workload is measured, and how large it is."""

    seconds: float = 5.0
    least: int = 5          # rounds, however long they take
    most: int = 60
    quick: bool = False     # few and small sizes: a look, or a test, and no figures to quote


Samples = Mapping[str, list[float]]


def interleaved(runs: Mapping[str, Callable[[], object]], effort: Effort) -> dict[str, list[float]]:
    """CPU seconds of a call, for every program, once in every round; every other round runs in opposite order."""
    repeats = {name: _repeats(run) for name, run in runs.items()}
    out: dict[str, list[float]] = {name: [] for name in runs}
    start = time.perf_counter()
    gc.collect()
    gc.disable()
    try:
        for k in range(effort.most):
            if k >= effort.least and time.perf_counter() - start > effort.seconds:
                break
            for name in list(runs)[:: 1 if k % 2 else -1]:
                out[name].append(_sample(runs[name], repeats[name]))
    finally:
        gc.enable()
    return out


def ratio(name: str, ours: list[float], other: list[float], target: float | None = None, note: str = "") -> Figure:
    """How many times as long: minimum over minimum, with the quartiles of the rounds' own ratios."""
    value = min(ours) / min(other)
    low, _, high = quantiles([a / b for a, b in zip(ours, other, strict=True)], n=4)
    met = None if target is None else value <= target
    return Figure(name, value, "x", low, high, len(ours), "" if target is None else f"<= {target:g}", met, note)


def fastest(name: str, samples: list[float], note: str = "") -> Figure:
    """The minimum in milliseconds: what the ratios are made of."""
    low, _, high = quantiles(samples, n=4)
    return Figure(name, 1e3 * min(samples), "ms", 1e3 * low, 1e3 * high, len(samples), note=note)


def agreement(name: str, results: Iterable[float], target: float = 1e-9, note: str = "") -> Figure:
    """The largest of the relative differences."""
    found = list(results)
    value = max(found) if not any(map(math.isnan, found)) else math.nan
    return Figure(name, value, "relative", min(found), value, len(found), f"<= {target:g}", value <= target, note)


def _sample(run: Callable[[], object], repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - start) / repeats


def _repeats(run: Callable[[], object]) -> int:
    run()       # the first call compiles
    run()
    return max(1, math.ceil(LONG_ENOUGH / max(min(_sample(run, 1) for _ in range(3)), 1e-7)))
