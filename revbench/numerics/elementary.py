"""Elementary functions that neither `math` nor Numba's NumPy has, as scalar code that Numba compiles inline."""

from __future__ import annotations

import math

import numpy as np
from numba.extending import register_jitable

from revbench.ir.types import ULOG_BITS

from .exact import NO_NUMBER

MOST = 2.0**63


@register_jitable
def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow on either side."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


@register_jitable
def unshl(x: int, k: int) -> np.int64:
    """What `x ^ (x << k)` was made from, in 64 bits."""
    z = np.int64(x)
    s = np.int64(k)
    while 0 < s < 64:
        z ^= z << s
        s *= 2
    return z


@register_jitable
def unshr(x: int, k: int) -> np.int64:
    """What `x ^ (x >> k)` was made from, in 64 bits; zeros come from above."""
    z = np.int64(x)
    s = np.int64(k)
    while 0 < s < 64:
        z ^= (z >> s) & ((np.int64(1) << (np.int64(64) - s)) - np.int64(1))
        s *= 2
    return z


@register_jitable
def logaddexp(x: float, y: float) -> float:
    """log(exp(x) + exp(y)), without overflow."""
    if x == y:
        return x + math.log(2.0)
    high = x if x > y else y
    low = y if x > y else x
    return high + math.log1p(math.exp(low - high))


@register_jitable
def digamma(x: float) -> float:
    """d/dx log(gamma(x)) for x > 0 (and by reflection below): recurrence up to 10, then the asymptotic series."""
    shift = 0.0
    if x <= 0.0:
        if x == math.floor(x):
            return math.nan
        shift = -math.pi / math.tan(math.pi * x)
        x = 1.0 - x
    while x < 10.0:
        shift -= 1.0 / x
        x += 1.0
    z = 1.0 / (x * x)
    tail = z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - z * (691 / 32760 - z / 12))))))
    return shift + math.log(x) - 0.5 / x - tail


@register_jitable
def trigamma(x: float) -> float:
    """d/dx digamma(x) for x > 0 (and by reflection below)."""
    if x <= 0.0:
        if x == math.floor(x):
            return math.inf
        s = math.pi / math.sin(math.pi * x)
        return s * s - trigamma_positive(1.0 - x)
    return trigamma_positive(x)


@register_jitable
def trigamma_positive(x: float) -> float:
    total = 0.0
    while x < 10.0:
        total += 1.0 / (x * x)
        x += 1.0
    z = 1.0 / (x * x)
    tail = z * (1 / 6 - z * (1 / 30 - z * (1 / 42 - z * (1 / 30 - z * (5 / 66 - z * (691 / 2730 - z * 7 / 6))))))
    return total + (1.0 + 0.5 / x + tail) / x


@register_jitable
def fix(x: float, bits: int) -> int:
    """The whole number of steps of 2**-bits that is nearest to x; NO_NUMBER if it is not finite or does not fit into 64 bits."""
    steps = np.rint(float(x) * 2.0**bits)
    return np.int64(steps) if abs(steps) < MOST else np.int64(NO_NUMBER)      # type: ignore[return-value]


@register_jitable
def unfix(raw: int, bits: int) -> float:
    """The value of so many steps of 2**-bits."""
    return float(raw) * 2.0**-bits


@register_jitable
def tolog(x: float) -> int:
    """The logarithm of x in fixed point; NO_NUMBER if x is not positive and finite."""
    return fix(math.log(x), ULOG_BITS) if x > 0.0 else np.int64(NO_NUMBER)    # type: ignore[return-value]


@register_jitable
def fromlog(raw: int) -> float:
    """The number whose logarithm this is, in fixed point."""
    return math.exp(float(raw) * 2.0**-ULOG_BITS)


@register_jitable
def logof(raw: int) -> float:
    """The logarithm of the number that is kept as its logarithm."""
    return float(raw) * 2.0**-ULOG_BITS
