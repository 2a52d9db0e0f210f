"""A measured figure, its spread, and the yardstick of the same run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from statistics import median

from .machine import described


@dataclass(frozen=True)
class Figure:
    """One row of the table: `value` is the median of `runs` measurements, or a ratio of minima; None where it was not measured."""

    name: str
    value: float | None
    unit: str
    low: float
    high: float
    runs: int
    target: str = ""
    met: bool | None = None
    note: str = ""

    @classmethod
    def missing(cls, name: str, why: str, target: float | None = None) -> Figure:
        """A row that says why it could not be measured here."""
        return cls(name, None, "", 0.0, 0.0, 0, "" if target is None else f"<= {target:g}", None, f"not measured: {why}")


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
    rows = [("figure", "value", "range", "unit", "target", "", ""), *map(_row, figures)]
    widths = [max(len(r[k]) for r in rows) for k in range(7)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _row(f: Figure) -> tuple[str, ...]:
    if f.value is None:
        return f.name, "-", "", "", f.target, "", f.note
    met = "" if f.met is None else "ok" if f.met else "missed"
    return f.name, f"{f.value:.4g}", f"{f.low:.4g} - {f.high:.4g}", f.unit, f.target, met, f.note


def as_json(figures: Iterable[tuple[str, Figure]]) -> str:
    """Figures with their groups, and the machine."""
    return json.dumps({"machine": described(), "figures": [{"group": group, **asdict(f)} for group, f in figures]}, indent=2)
