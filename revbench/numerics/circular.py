"""sin, cos, tan and their inverses, without branches as long as arguments are below a million.

x = n pi/2 + r with |r| <= pi/4: pi/2 is cut into three pieces of 33 bits, whose products with n of 20 bits are exact, and a
rest (Cody and Waite); what the differences round away is kept. Beyond a million the platform's functions are asked.
"""

from __future__ import annotations

from .compiled import compiled, rescued
from .emitted import Value, polynomial, where

WHOLE = 1.5 * 2.0**52                                       # as in `exponential`
TWO_OVER_PI = 0.6366197723675814
PIECES = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21)
REST = 8.4784276603689e-32
FAR = 1e6

# (sin(r) / r - 1) / r**2 and (cos(r) - 1 + r**2 / 2) / r**4 as functions of r**2 <= (pi/4)**2
SIN = (-0.16666666666666666, 0.008333333333330948, -0.00019841269836756774, 2.7557316101617874e-06, -2.505113165023518e-08, 1.5918115263265974e-10)
COS = (0.041666666666666664, -0.0013888888888887398, 2.480158729876456e-05, -2.7557317271145144e-07, 2.087614614655861e-09, -1.1382623647474604e-11)
# (atan(t) / t - 1) / t**2 as a function of t**2 <= tan(pi/8)**2
ATAN = (-0.3333333333333333, 0.19999999999999804, -0.14285714285659779, 0.11111111105150588, -0.09090908753259112, 0.07692296368042296,
        -0.0666642476020052, 0.05878927554473807, -0.05230443640686948, 0.045515447340221615, -0.03456931506332609, 0.016284375050043393)
# (asin(t) / t - 1) / t**2 as a function of t**2 <= 1/4
ASIN = (0.16666666666666669, 0.07499999999998433, 0.04464285714635543, 0.030381944138531247, 0.02237217294214989, 0.017352392720869973,
        0.013971212973552933, 0.011479177415184906, 0.01032281435018578, 0.005457506718640358, 0.01740087944269402, -0.014851887071247204,
        0.028757851367421566)
HALF_PI, HALF_PI_LOW = 1.5707963267948966, 6.123233995736766e-17


def difference(a: Value, b: Value) -> tuple[Value, Value]:
    """a - b and what that rounds away, where a is the larger one or their difference is exact."""
    d = a - b
    return d, (a - d) - b


def quadrant(x: Value) -> tuple[Value, Value, Value]:
    """x = n pi/2 + r: r, what it rounds away, and bits that end with those of n."""
    shifted = x * TWO_OVER_PI + WHOLE
    n = shifted - WHOLE
    r, first = difference(x - n * PIECES[0], n * PIECES[1])
    r, second = difference(r, n * PIECES[2])
    rest = (first + second) - n * REST
    whole = r + rest
    return whole, (r - whole) + rest, shifted.bits()


def sine(r: Value, low: Value) -> tuple[Value, Value]:
    """sin(r + low) for |r| <= pi/4 as a sum of two, the first of which is much larger."""
    z = r * r
    return r, r * z * polynomial(z, *SIN) + low * (1.0 - 0.5 * z)


def cosine(r: Value, low: Value) -> tuple[Value, Value]:
    """cos(r + low) for |r| <= pi/4, likewise: 1 - r**2/2 is exact, up to what goes into the second one."""
    z = r * r
    half = 0.5 * z
    near = 1.0 - half
    return near, ((1.0 - near) - half) + (z * z * polynomial(z, *COS) - r * low)


def either(test: Value, a: tuple[Value, Value], b: tuple[Value, Value]) -> tuple[Value, Value]:
    return where(test, a[0], b[0]), where(test, a[1], b[1])


def turned(value: Value, bits: Value) -> Value:
    """The value, negative if the second last bit is set."""
    return (value.bits() ^ ((bits & 2) << 62)).as_float()


@compiled(1)
def sin(x: Value) -> Value:
    """The sine."""
    r, low, n = quadrant(x)
    first, second = either((n & 1) == 0, sine(r, low), cosine(r, low))
    return rescued(where(x == 0.0, x, turned(first + second, n)), abs(x) > FAR, x, "sin")


@compiled(1)
def cos(x: Value) -> Value:
    """The cosine."""
    r, low, n = quadrant(x)
    first, second = either((n & 1) == 0, cosine(r, low), sine(r, low))
    return rescued(turned(first + second, n + 1), abs(x) > FAR, x, "cos")


@compiled(1)
def tan(x: Value) -> Value:
    """The sine over the cosine, or in odd quadrants minus the inverse of that; what either has lost is divided once more."""
    r, low, n = quadrant(x)
    s, c, even = sine(r, low), cosine(r, low), (n & 1) == 0
    (a, a_low), (b, b_low) = either(even, s, c), either(even, c, s)
    above, below = a + a_low, b + b_low
    ratio = above / below
    found = ratio + (((a - above) + a_low) - ratio * ((b - below) + b_low)) / below
    return rescued(where(x == 0.0, x, turned(found, n << 1)), abs(x) > FAR, x, "tan")


@compiled(1)
def atan(x: Value) -> Value:
    """atan(t) + m pi/4 with t = x, (x - 1) / (x + 1) or -1 / x for positive x."""
    a = abs(x)
    middle, far = a > 0.4142135623730950, a > 2.414213562373095
    t = where(far, -1.0, where(middle, a - 1.0, a)) / where(far, a, where(middle, a + 1.0, 1.0))
    turn = where(far, 1.0, where(middle, a.constant(0.5), 0.0))
    z = t * t
    return (turn * HALF_PI + (t + (t * z * polynomial(z, *ATAN) + turn * HALF_PI_LOW))).signed_as(x)


def arc(t: Value) -> Value:
    """asin(t) - t for |t| <= 1/2."""
    z = t * t
    return t * z * polynomial(z, *ASIN)


@compiled(1)
def asin(x: Value) -> Value:
    """asin(x), or pi/2 - 2 asin(sqrt((1 - x) / 2)) where x > 1/2; the root's leading bits are taken off exactly."""
    a = abs(x)
    far, w = a > 0.5, 0.5 - 0.5 * a
    root = w.called("sqrt")
    leading = (root.bits() & ~0xFFFFFFFF).as_float()
    rest = (w - leading * leading) / (root + leading + 1e-300)
    t = where(far, root, a)
    tail = arc(t)
    beyond = (HALF_PI - 2.0 * leading) - (2.0 * (rest + tail) - HALF_PI_LOW)
    return where(far, beyond, t + tail).signed_as(x)


@compiled(1)
def acos(x: Value) -> Value:
    """pi/2 - asin(x), or 2 asin(sqrt((1 - |x|) / 2)) and pi minus that where |x| > 1/2."""
    a = abs(x)
    far = a > 0.5
    t = where(far, (0.5 - 0.5 * a).called("sqrt"), x)
    tail = arc(t)
    near = HALF_PI - (t + (tail - HALF_PI_LOW))
    twice = 2.0 * (t + tail)
    return where(far, where(x < 0.0, 2.0 * HALF_PI - (twice - 2.0 * HALF_PI_LOW), twice), near)
