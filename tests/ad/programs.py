"""A dozen programs of the zoo that compile quickly, one for each way in which cotangents flow, and directions for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zlib import crc32

import numpy as np

from ..programs import ZOO
from ..running import bound
from ..zoo.case import Case

CHEAP = [ZOO[name] for name in (
    "norm", "a local that starts as a register", "exchanged locals", "prefix sums", "horner", "calls and uncalls", "a branch bit for each turn",
    "scaled in place",
    "running maximum", "saxpy on whole arrays", "a recursion on floats", "complex inner product")]


def directions(case: Case, salt: str = "") -> list[Any]:
    """A random direction for each register, None for whole numbers."""
    rng = np.random.default_rng(crc32((case.name + salt).encode()))

    def direction(value: Any) -> Any:
        a = np.asarray(value)
        if a.dtype.kind == "c":
            return (rng.uniform(-1, 1, a.shape) + 1j * rng.uniform(-1, 1, a.shape)).astype(a.dtype)[()]
        return rng.uniform(-1, 1, a.shape).astype(a.dtype)[()] if a.dtype.kind == "f" else None

    return [direction(value) for value in bound(case)[0]]


def inner(a: Iterable[Any], b: Iterable[Any]) -> float:
    """The inner product of two sets of directions, complex ones as pairs."""
    return sum(float(np.sum(np.real(np.multiply(np.conj(x), y)))) for x, y in zip(a, b, strict=True) if x is not None and y is not None)
