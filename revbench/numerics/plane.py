"""Length and direction of a vector in the plane, without branches."""

from __future__ import annotations

import math

from .circular import ATAN, HALF_PI, HALF_PI_LOW
from .compiled import compiled
from .emitted import Value, polynomial, where

HUGE, TINY, SCALE = 2.0**500, 2.0**-500, 2.0**600


def sorted_magnitudes(x: Value, y: Value) -> tuple[Value, Value, Value]:
    """Whether |x| > |y|, the larger of the two, and the smaller one; NaN stays where it is."""
    a, b = abs(x), abs(y)
    return a > b, where(a > b, a, b), where(a > b, b, a)


@compiled(2)
def hypot(x: Value, y: Value) -> Value:
    """sqrt(x**2 + y**2), scaled by a power of two where squares would overflow or vanish; infinite beside NaN, too."""
    _, large, small = sorted_magnitudes(x, y)
    most = where(large > small, large, small)               # `small` is not the smaller one beside NaN
    down, up = most > HUGE, most < TINY
    scale = where(down, x.constant(1 / SCALE), where(up, x.constant(SCALE), 1.0))
    back = where(down, x.constant(SCALE), where(up, x.constant(1 / SCALE), 1.0))
    a, b = large * scale, small * scale
    found = (a * a + b * b).called("sqrt") * back
    return where(large == math.inf, math.inf, where(small == math.inf, math.inf, found))


@compiled(2)
def atan2(y: Value, x: Value) -> Value:
    """The direction of (x, y): m pi/4 +- atan(t) with t = b / a or (b - a) / (b + a), where b is the smaller one of |x| and |y|."""
    steep, a, b = sorted_magnitudes(y, x)
    scale = where(a > 2.0**1000, x.constant(2.0**-60), 1.0)
    a, b = a * scale, b * scale
    middle, same, one = b > 0.4142135623730950 * a, a == b, x.constant(1.0)              # two zeros or infinities are the same, too
    t = where(same, 0.0, where(middle, b - a, b) / where(middle, b + a, a))
    left = x.bits() < 0
    m = where(same, where(a > 0.0, one, 0.0), where(middle, one, 0.0))
    m = where(steep, 2.0 - m, m)                            # pi/2 minus the angle
    m = where(left, 4.0 - m, m)                             # pi minus it
    z = t * t
    tail = t * z * polynomial(z, *ATAN)
    turned = where(steep, -1.0, one) * where(left, -1.0, one)
    angle = m * (0.5 * HALF_PI) + (turned * t + (turned * tail + m * (0.5 * HALF_PI_LOW)))
    return angle.signed_as(y)
