"""Whole numbers modulo a power of two: every odd one has an inverse."""

from __future__ import annotations

from numba.extending import register_jitable


@register_jitable
def inverse_of_odd(v: int) -> int:
    """A `w` with `v * w == 1` modulo 2**64 (and so modulo every smaller power of two), for odd `v`; an int64 where compiled.

    Newton's iteration: `v` is its own inverse modulo 8, and each of the steps doubles the number of bits that are right
    (Hensel lifting; Warren, Hacker's Delight, section 10-16).
    """
    w = v
    for _ in range(5):
        w = w * (2 - v * w)
    return w
