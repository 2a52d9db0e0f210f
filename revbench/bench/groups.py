"""The groups that `revbench bench` knows, and their run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence

from tqdm import tqdm

from . import ba, gmm, passes, small, stepper, steps, threads, workloads
from .contest import Effort
from .table import Figure

RACES: dict[str, Callable[[Effort], Iterator[Figure]]] = {"gmm": gmm.figures, "ba": ba.figures, "small": small.figures, "steps": steps.figures,
                                                               "passes": passes.figures, "threads": threads.figures, "stepper": stepper.figures}


def names() -> list[str]:
    return [*workloads.GROUPS, *RACES]


def bench(groups: Sequence[str], effort: Effort) -> Iterator[tuple[str, Figure]]:
    """The figures of the named groups (default all), each with its group, as they come."""
    with tqdm(groups or names(), desc="bench", unit="group", disable=not sys.stderr.isatty()) as bar:
        for group in bar:
            figures = RACES[group](effort) if group in RACES else workloads.GROUPS[group]()
            for figure in figures:
                bar.set_postfix_str(figure.name)
                yield group, figure
