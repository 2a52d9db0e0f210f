"""A measured figure, its spread, and the yardstick of the same run."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One row of the table: `value` is the median of `runs` measurements."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    runs: int
    target: str = ""
    met: bool | None = None


def measured(name: str, samples: Iterable[float], unit: str, target: float | None = None, at_most: bool = True) -> Figure:
    """A figure from samples; with a target, whether its median meets it."""
    values = sorted(samples)
    mid = median(values)
    met = None if target is None else mid <= target if at_most else mid >= target
    words = "" if target is None else f"{'<=' if at_most else '>='} {target:g}"
    return Figure(name, mid, unit, values[0], values[-1], len(values), words, met)


def seconds(run: Callable[[], object], times: int = 5) -> list[float]:
    """Wall-clock seconds of `times` calls."""
    out = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        out.append(time.perf_counter() - start)
    return out


def as_text(figures: Iterable[Figure]) -> str:
    """The table for a terminal."""
    rows = [("figure", "median", "range", "unit", "target", "")]
    rows += [(f.name, f"{f.value:.4g}", f"{f.low:.4g} - {f.high:.4g}", f.unit, f.target, "" if f.met is None else "ok" if f.met else "missed") for f in figures]
    widths = [max(len(r[k]) for r in rows) for k in range(6)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def as_json(figures: Iterable[Figure]) -> str:
    return json.dumps({"machine": platform.processor() or platform.machine(), "python": platform.python_version(),
                       "figures": [asdict(f) for f in figures]}, indent=2)
