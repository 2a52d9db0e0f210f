"""Our own elementary functions, without branches: loops over them become vector code, for which libm has no functions.

Each is written once over `Value`s, scalars or lanes. They are right for every argument, infinities, NaN, zeros of both signs
and subnormals included; how far each is off is in `docs/functions.md`, and tested.
"""

from __future__ import annotations

from .emitted import Value, compiled, polynomial, where

LOG2E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.6931471805598903, 5.497923018708371e-14   # the first 42 bits, so that 11 more make an exact product; the rest
WHOLE = 1.5 * 2.0**52                                       # a float that is added to this is rounded to a whole number, which stands in the last bits


def power_of_two(bits: Value) -> tuple[Value, Value]:
    """Two factors whose product is 2**n, where the last twelve of the bits hold n + 2046: 2**n itself may not be a normal float."""
    half = bits >> 1
    return (half << 52).as_float(), ((bits - half) << 52).as_float()


EXP = (0.16666666666666669, 0.041666666666666664, 0.008333333333330039, 0.0013888888888886537, 0.00019841269863171557,
       2.4801587317228724e-05, 2.7557268276905696e-06, 2.7557282838800484e-07, 2.5100472505694996e-08, 2.09112987659402e-09)


@compiled(1)
def exp(x: Value) -> Value:
    """e**x: x = n ln 2 + r with |r| <= ln 2 / 2, and a polynomial for exp(r) - 1."""
    x = where(x > 1000.0, 1000.0, where(x < -1000.0, -1000.0, x))
    shifted = x * LOG2E + (WHOLE + 2046)
    n = shifted - (WHOLE + 2046)
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    high, low = power_of_two(shifted.bits())
    return (1.0 + (r + r * r * (0.5 + r * polynomial(r, *EXP)))) * high * low


ULP = {"exp": 1.0}                                          # the largest error that tests allow, in units of the last place
