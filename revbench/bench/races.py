"""What every race has in common: its programs, those that are missing, and the rows of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from .baselines.missing import Missing
from .contest import Effort, Samples, agreement, fastest, interleaved, ratio
from .table import Figure

COUNTS = 1.6        # C counts as a baseline where it takes at most so many times JAX's time

NONE: Mapping[str, float] = {}
Run = Callable[[], Any]
Maker = Callable[[], Run]


def ready(makers: Mapping[str, Maker]) -> tuple[dict[str, Run], dict[str, str]]:
    """The programs that can run here, and why the others cannot."""
    runs: dict[str, Run] = {}
    absent: dict[str, str] = {}
    for name, make in makers.items():
        try:
            runs[name] = make()
        except Missing as why:
            absent[name] = str(why)
    return runs, absent


def race(what: str, gradients: Mapping[str, Maker], values: Mapping[str, Maker], effort: Effort, targets: Mapping[str, float] = NONE,
         tolerance: float = 1e-9) -> Iterator[Figure]:
    """All rows of one workload at one size: our time over everybody's, and whether results agree.

    `gradients` compute the same, among them "ours"; `values` only what is differentiated. `targets` are for the ratios by name.
    """
    runs, absent = ready(gradients)
    apart = differences({name: run() for name, run in runs.items()})
    others, lost = ready(values)
    samples = interleaved({**runs, **others}, effort)
    yield from against(what, samples, {**absent, **lost}, targets)
    yield fastest(f"{what}, ours", samples["ours"])
    if apart:
        yield agreement(f"{what}: all agree with ours", apart.values(), tolerance, ", ".join(f"{n} {e:.0e}" for n, e in apart.items()))


def against(what: str, samples: Samples, absent: Mapping[str, str], targets: Mapping[str, float]) -> Iterator[Figure]:
    """Our time over everybody's; whether C is good enough to count is said in its row."""
    for name in [n for n in [*samples, *absent] if n != "ours"]:
        title, target = f"{what} / {name}", targets.get(name)
        if name in absent:
            yield Figure.missing(title, absent[name], target)
        elif name == "C" and "JAX" in samples:
            by_jax = min(samples["C"]) / min(samples["JAX"])
            counts = by_jax <= COUNTS
            note = f"C takes {by_jax:.2f} x JAX's time" + ("" if counts else f": more than {COUNTS} x, so it does not count")
            yield ratio(title, samples["ours"], samples["C"], target if counts else None, note)
        else:
            unknown = name == "C" and "JAX" in absent
            yield ratio(title, samples["ours"], samples[name], target, "without JAX nobody knows whether C counts" if unknown else "")


def differences(results: Mapping[str, Any]) -> dict[str, float]:
    """How far every program's arrays are from ours, relative to the largest entry of each array."""
    ours = [np.asarray(a) for a in results["ours"]]
    return {name: float(np.max([relative(np.asarray(a), b) for a, b in zip(found, ours, strict=True)])) for name, found in results.items() if name != "ours"}


def relative(found: Any, expected: Any) -> float:
    """Largest difference over largest entry."""
    assert found.shape == expected.shape
    size = float(np.max(np.abs(expected), initial=0.0))
    return float(np.max(np.abs(found - expected), initial=0.0)) / (size or 1.0)
