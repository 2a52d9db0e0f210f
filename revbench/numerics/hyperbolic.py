"""Hyperbolic functions and their inverses, made of exp and log, without branches.

With exp(|x|) = 2**n (1 + e) nothing cancels near 0, where n is 0.
"""

from __future__ import annotations

import math

from .compiled import compiled
from .emitted import Value, where
from .exponential import FAR, reduced, shifted_logarithm, within

LARGE = 2.0**28                                             # its square and one are the same as its square


def inverted(power: Value) -> Value:
    """1 / 2**n, where both are normal floats."""
    return ((2046 << 52) - power.bits()).as_float()


@compiled(1)
def sinh(x: Value) -> Value:
    """(e**x - e**-x) / 2, where e**-x = 2**-n - 2**-n e / (1 + e)."""
    e, first, second, inverse = reduced(within(abs(x), FAR))
    less = inverse * inverse * inverted(first)              # times `second`, it is 2**-n
    return (((first - less) + (e * first + less * (e / (1.0 + e)))) * (0.5 * second)).signed_as(x)


@compiled(1)
def cosh(x: Value) -> Value:
    """(e**x + e**-x) / 2."""
    e, first, second, inverse = reduced(within(abs(x), FAR))
    return ((1.0 + e) * first + inverse * inverse * inverted(first) / (1.0 + e)) * (0.5 * second)


@compiled(1)
def tanh(x: Value) -> Value:
    """t / (t + 2) with t = e**2|x| - 1, or where that is small with t = e**-2|x| - 1 and the other sign: it rounds less; 1 beyond 22."""
    a = 2.0 * within(abs(x), 22.0)
    less = a < 0.5
    e, first, second, inverse = reduced(where(less, -a, a))
    t = e * first + (first - inverse)
    lost = where(a < 2.0, ((first - inverse) - t) + e * first, 0.0)
    ratio = t * second / (t * second + 2.0)
    return (ratio + lost * second * (0.5 - 0.5 * ratio)).signed_as(x)          # (1 - ratio) / 2 is 1 / (t + 2)


@compiled(1)
def logistic(x: Value) -> Value:
    """1 / (1 + exp(-x)), without overflow on either side: (1 + tanh(x / 2)) / 2."""
    e, first, second, _ = reduced(within(-abs(x), FAR))
    e = (1.0 + e) * first * second
    return where(x < 0.0, e, 1.0) / (1.0 + e)


@compiled(1)
def asinh(x: Value) -> Value:
    """log(|x| + sqrt(x**2 + 1)) with the sign of x."""
    a = abs(x)
    large = a > LARGE
    u = where(large, a - 1.0, a + a * a / (1.0 + (1.0 + a * a).called("sqrt")))
    return (shifted_logarithm(u) + where(large, u.constant(math.log(2.0)), 0.0)).signed_as(x)


@compiled(1)
def acosh(x: Value) -> Value:
    """log(x + sqrt(x**2 - 1)); NaN below 1."""
    large, t = x > LARGE, x - 1.0
    u = where(large, t, t + (2.0 * t + t * t).called("sqrt"))
    return where(x < 1.0, math.nan, shifted_logarithm(u) + where(large, u.constant(math.log(2.0)), 0.0))


@compiled(1)
def atanh(x: Value) -> Value:
    """log((1 + |x|) / (1 - |x|)) / 2 with the sign of x; infinite at 1, NaN beyond."""
    a = abs(x)
    found = 0.5 * shifted_logarithm(2.0 * a / (1.0 - a))
    return where(a > 1.0, math.nan, found).signed_as(x)
