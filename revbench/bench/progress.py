"""A bar per group, where somebody is looking."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def each(name: str, sizes: Sequence[T]) -> Iterator[T]:
    """The sizes of a workload, one after the other."""
    with tqdm(sizes, desc=name, unit="size", leave=False, disable=not sys.stderr.isatty()) as bar:
        for size in bar:
            bar.set_postfix_str(str(size))
            yield size
