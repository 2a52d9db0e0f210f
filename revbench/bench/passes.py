"""What each pass of unchecked code is worth: gradients compiled without it, beside the same with all of them.

A pass that is left out leaves the program as it is; the others run as always. A ratio of one says that this program has nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from revbench.backends import numba_lanes
from revbench.paper.adbench import make_gmm
from revbench.passes import pipeline

from . import gmm, steps
from .contest import Effort, agreement, interleaved, ratio
from .progress import each
from .races import Run, relative
from .table import Figure

#   a pass: where it is called, and what stands there without it
PASSES: dict[str, tuple[ModuleType, str, Callable[..., Any]]] = {
    "one flat function": (pipeline, "flatten", lambda library, main: library),
    "nothing that nobody reads": (pipeline, "without_dead", lambda typed, *_: typed),
    "known numbers": (pipeline, "known", lambda typed, *_: typed),
    "loops that are one": (pipeline, "merged", lambda typed, *_: typed),
    "values of earlier loops": (pipeline, "shared", lambda typed, *_: typed),
    "rows of one turn": (pipeline, "turn_rows", lambda typed, *_: typed),
    "sums in registers": (pipeline, "sums", lambda typed: typed),
    "reads that repeat": (pipeline, "held", lambda typed, *_: typed),
    "lanes": (numba_lanes, "turns_of", lambda loop, types: None),
}


@contextmanager
def without(name: str) -> Iterator[None]:
    """Programs that are compiled meanwhile are compiled without this pass."""
    module, function, nothing = PASSES[name]
    before = getattr(module, function)
    setattr(module, function, nothing)
    try:
        yield
    finally:
        setattr(module, function, before)


def programs(quick: bool) -> dict[str, Callable[[], Run]]:
    """Gradients, made anew at every call."""
    return {"GMM (10,5)": partial(gmm.ours, make_gmm(3, 2, 100) if quick else make_gmm(10, 5, gmm.POINTS)),
            "leapfrog": partial(steps.planets, 10 if quick else 1_000),
            "wave equation": partial(steps.moving, 10 if quick else 100, 5 if quick else 50)}


def figures(effort: Effort) -> Iterator[Figure]:
    for title, make in programs(effort.quick).items():
        runs = {"": make()}
        runs[""]()
        for name in each(f"passes, {title}", list(PASSES)):
            with without(name):
                runs[name] = make()
                runs[name]()
        samples = interleaved(runs, effort)
        for name in PASSES:
            yield ratio(f"{title} gradient without: {name} / with", samples[name], samples[""])
        yield agreement(f"{title} gradient: all agree", [apart(runs[""](), runs[name]()) for name in PASSES], 1e-8)


def apart(a: Any, b: Any) -> float:
    """The largest difference, relative to the largest number."""
    return max(apart(p, q) for p, q in zip(a, b, strict=True)) if isinstance(a, tuple) else relative(np.asarray(b), np.asarray(a))
