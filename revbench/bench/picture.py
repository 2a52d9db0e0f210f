"""The ratios as dots: one line for a workload, one colour for what it is compared with, a bar where a target is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

from .table import Figure

COLOURS = {"C": "#d62728", "JAX": "#1f77b4", "PyTorch": "#ff7f0e", "NumPy": "#7f7f7f"}
OWN = "#2ca02c"         # the workload's own value, forward run or gradient
MISSED = "x"


def draw(figures: Sequence[Figure], path: Path) -> None:
    """Write the picture; its kind is that of the file's name."""
    ratios = [(f, *halves(f.name)) for f in figures if f.unit == "x" and f.value is not None and " / " in f.name]
    names = list(dict.fromkeys(name for _, name, _ in ratios))
    canvas = Canvas(figsize=(9, 1.8 + 0.24 * len(names)), layout="constrained")
    axes = canvas.add_subplot()
    for f, name, other in ratios:
        assert f.value is not None
        y, colour = names.index(name), COLOURS.get(other, OWN)
        axes.plot([f.low, f.high], [y, y], color=colour, alpha=0.3, linewidth=4, solid_capstyle="butt")
        axes.plot(f.value, y, marker=MISSED if f.met is False else "o", color=colour, markersize=6, linestyle="none")
        if f.target:
            axes.plot(float(f.target.removeprefix("<= ")), y, marker="|", color=colour, markersize=13, markeredgewidth=2, linestyle="none")
    axes.axvline(1, color="black", linewidth=0.5)
    axes.set_xscale("log")
    axes.set_xlabel("our time over theirs, ratio of minima: left is faster")
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="y", alpha=0.3)
    others = dict.fromkeys(other if other in COLOURS else "own value" for _, _, other in ratios)
    key = [Line2D([], [], marker="o", linestyle="none", color=COLOURS.get(o, OWN), label=o) for o in others]
    key += [Line2D([], [], marker=m, linestyle="none", color="black", label=label) for m, label in (("|", "target"), (MISSED, "missed"))]
    canvas.legend(handles=key, loc="outside upper center", ncols=len(key), frameon=False, fontsize=8)
    canvas.savefig(path, dpi=130)


def halves(name: str) -> tuple[str, str]:
    """A workload, and what it is compared with."""
    workload, _, other = name.rpartition(" / ")
    return workload, other
