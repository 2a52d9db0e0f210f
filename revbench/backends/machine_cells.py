"""Small functions on single cells that the machine's `run` calls; LLVM puts them into it where that is faster.

Compiled only as part of `run` (`machine_text.py`); `forceinline` there are those named in `INLINED`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from revbench.numerics.modular import inverse_of_odd

from .machine_tables import EVEN_FACTOR, OVERFLOWS, REMAINDER, UNSIGNED, ZERO_FACTOR


def rounded(x: float) -> float:
    return np.float64(np.float32(x))


def wrapped(j: int, kind: int) -> int:
    """What a cell of this kind holds of `j`; uint64 lies in its int64 bit by bit."""
    if kind == 2:
        return int(np.int32(j))
    if kind == 3:
        return int(np.int16(j))
    if kind == 4:
        return int(np.int8(j))
    if kind == 5:
        return j & 0xffffffff
    if kind == 6:
        return j & 0xffff
    if kind == 7:
        return j & 0xff
    return j


def too_large(j: int, w: int, adds: bool) -> bool:
    """Whether `j + w` (or `j - w`) does not fit into an int64."""
    total = j + w if adds else j - w
    return (((j ^ total) & (w ^ total)) if adds else ((j ^ w) & (j ^ total))) < 0


def held(before: float, x: float, scale: float) -> float:
    """The largest magnitude that a cell has held, now that it holds `x`."""
    now = max(abs(x), scale)
    return now if now > before else before


def exchange(B: Any, a: int, b: int) -> None:
    x = B[a]
    B[a] = B[b]
    B[b] = x


def product(j: int, v: int, kind: int, times: bool) -> tuple[int, int]:
    """`j * v`, or its inverse, and the law that it breaks (0: none)."""
    if kind >= UNSIGNED:
        if v & 1 == 0:
            return j, EVEN_FACTOR
        return wrapped(j * (v if times else inverse_of_odd(v)), kind), 0
    if v == 0:
        return j, ZERO_FACTOR
    if times:
        m = wrapped(j * v, kind)
        if m // v != j or abs(float(j) * float(v)) >= 9.2233720368547758e18:
            return j, OVERFLOWS
        return m, 0
    if j % v != 0:
        return j, REMAINDER
    return j // v, 0


def ipow(x: int, n: int) -> int:
    out = 1
    while n > 0:
        if n & 1:
            out *= x
        x *= x
        n >>= 1
    return out


def u_compare(x: int, y: int, wanted: int) -> int:
    a = np.uint64(x)
    b = np.uint64(y)
    return (wanted >> (1 if a < b else 2 if a == b else 3)) & 1


def u_to_f(x: int) -> float:
    return float(np.uint64(x))


def f_to_u(x: float) -> int:
    """The bits of a uint64: above the largest int64, what is left over lies in the other bits."""
    return int(x) if x < 9.2233720368547758e18 else int(x - 9.2233720368547758e18) ^ (-1 << 63)


INLINED = ("operands", "rounded", "held", "exchange", "u_compare")
