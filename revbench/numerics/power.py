"""Powers and cube roots, without branches.

x**y = 2**(y log2(x)): the logarithm is computed to 65 bits, since the exponent may be a thousand.

log2(x) = k + 2/(3 ln 2) s (3 + s**2 + s**4 R(s**2)) with s = f / (2 + f), as in `exponential`; numbers of more than 53 bits are
sums of two, and what is multiplied exactly is cut to 26 bits before.
"""

from __future__ import annotations

import math
import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, lower_builtin

from .compiled import compiled, result_of, written
from .emitted import DOUBLE, Value, polynomial, where
from .exponential import WHOLE, exp2_of, split
from .lane_operators import arithmetic, template
from .lanes import LanesType

# 3/5 + 3/7 z + 3/9 z**2 + ... as a function of z = s**2 <= (sqrt(2) - 1)**4
SERIES = (0.6000000000000004, 0.4285714285700784, 0.3333333340661617, 0.272727123774111, 0.23078361750688242, 0.19928950910835924, 0.19370244100204728)
SCALE_HIGH, SCALE_LOW, SCALE = 0.9617966860532761, 7.872699542894897e-09, 0.9617966939259756      # 2 / (3 ln 2): 26 bits, the rest, and both
MOST = 2.0**80                                              # beyond that every power but those of 1 is 0 or infinite
SIGN = -1 << 63


def cut(x: Value) -> Value:
    """The leading 26 bits: the product of two such numbers is exact."""
    return (x.bits() & -1 << 27).as_float()


def logarithm(x: Value) -> tuple[Value, Value]:
    """log2(x) as a sum of two, the first of 26 bits; for positive finite x."""
    k, f = split(x)
    d = 2.0 + f
    lost = f - (d - 2.0)
    inverse = 1.0 / d
    s = f * inverse
    s_high, d_high = cut(s), cut(d)
    s_rest, d_rest = s - s_high, d - d_high
    rest = (((f - s_high * d_high) - s_high * d_rest) - s_rest * d_high) - (s_rest * d_rest + s * lost)
    s_low = s_rest + rest * inverse                         # s = s_high + s_low
    square, more = s_high * s_high, s_low * (s_high + s)
    z = square + more
    tail = z * z * polynomial(z, *SERIES) + more
    t_high = cut(3.0 + (square + tail))
    t_low = tail - ((t_high - 3.0) - square)
    u, v = s_high * t_high, s_low * t_high + t_low * s
    p_high = cut(u + v)
    p_low = v - (p_high - u)
    high, low = SCALE_HIGH * p_high, SCALE_LOW * p_high + p_low * SCALE
    first = cut((high + low) + k)
    return first, low - ((first - k) - high)


def powers(x: Value, y: Value) -> Value:
    """|x|**y for x that is neither 0 nor infinite nor NaN, and y that is not NaN."""
    y = where(y > MOST, MOST, where(y < -MOST, -MOST, y))
    first, second = logarithm(abs(x))
    y_high = cut(y)
    return exp2_of(y_high * first, (y - y_high) * first + y * second)


def power(x: Value, y: Value) -> Value:
    """x**y, as C's pow has it: NaN only where an operand is, or where the power of a negative number would be complex."""
    a = abs(x)
    half = 0.5 * y
    whole, even = y.called("floor") == y, half.called("floor") == half
    found = powers(x, y)
    found = where(a == 0.0, where(y < 0.0, math.inf, x.constant(0.0)), where(a == math.inf, where(y < 0.0, 0.0, x.constant(math.inf)), found))
    found = where(x < 0.0, where(whole, found, where(x == -math.inf, found, math.nan)), found)
    sign = x.bits() & SIGN
    found = (found.bits() | where(even, 0, where(whole, sign, 0))).as_float()
    found = where(x != x, x, where(y != y, y, found))
    return where(y == 0.0, 1.0, where(x == 1.0, 1.0, found))


# m**(-1/3) as a function of m - 1, for m in [sqrt(1/2), sqrt(2)): off by less than 7e-6
INVERSE_ROOT = (1.0000029025916812, -0.33325182904340656, 0.22169688854286798, -0.17618293832118667, 0.15936429637730595, -0.10484262703707782)
THIRDS = (2.0 ** (-1 / 3), 1.0, 2.0 ** (1 / 3))


@compiled(1)
def cbrt(x: Value) -> Value:
    """The cube root of 8**q a: one step of Newton's for 26 bits of it, whose square is exact, and one of Halley's."""
    k, f = split(abs(x))
    shifted = k * (1.0 / 3.0) + (WHOLE + 1023.0)
    r = k - 3.0 * (shifted - (WHOLE + 1023.0))              # -1, 0 or 1
    m = 1.0 + f
    z = polynomial(f, *INVERSE_ROOT)
    z = z + z * (1.0 - m * z * z * z) * (1.0 / 3.0)
    less, more = r < 0.0, r > 0.0
    a = m * where(less, 0.5, where(more, m.constant(2.0), 1.0))
    t = cut(m * z * z * where(less, THIRDS[0], where(more, m.constant(THIRDS[2]), THIRDS[1])))
    u = a / (t * t)
    found = (t + t * ((u - t) / (2.0 * t + u))) * (shifted.bits() << 52).as_float()
    return where(abs(x) < math.inf, where(x == 0.0, x, found.signed_as(x)), x)


# ---- exponents that are known when code is written
FEW = 64


def is_easy(exponent: float) -> bool:
    """Whether products, a square root and a division do."""
    return abs(exponent) <= FEW and (2.0 * exponent).is_integer()


def easy(x: Value, exponent: float) -> Value:
    """x**exponent."""
    if exponent < 0.0:
        return 1.0 / easy(x, -exponent)
    n = math.floor(exponent)
    if n < exponent:                                        # the root of -infinity is infinite, that of -0 is 0
        x = where(x == -math.inf, math.inf, x + 0.0)
        return x.called("sqrt") * easy(x, n) if n else x.called("sqrt")
    out, square = x.constant(1.0), x
    while n:
        out, n = out * square if n & 1 else out, n >> 1
        square = square * square if n else square
    return out


def known(t: Any, value: Any) -> float | None:
    """The exponent, if it is a constant."""
    if isinstance(t, types.IntegerLiteral):
        return float(t.literal_value)
    return float(value.constant) if isinstance(value, ir.Constant) and isinstance(t, types.Float) else None


def whole_power(typing: Any, x: Any, y: Any) -> Any:
    """Numba's own."""
    fn = typing.resolve_value_type(operator.pow)
    sig = fn.get_call_type(typing, (x, y), {})
    return sig.return_type(*sig.args), lambda context, builder, _, args: context.get_function(fn, sig)(builder, args)


@intrinsic(prefer_literal=True)
def pow(typing: Any, x: Any, y: Any) -> Any:
    """x**y for numbers or lanes; of two whole numbers it is whole."""
    if isinstance(x, types.Integer) and isinstance(y, types.Integer):
        return whole_power(typing, types.unliteral(x), types.unliteral(y))
    t = result_of((x, y))

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        exponent = known(y, args[1])
        a = context.cast(builder, args[0], x, t)
        narrow = t == types.float32
        wide = builder.fpext(a, DOUBLE) if narrow else a
        if exponent is not None and is_easy(exponent):
            out = easy(Value(builder, wide), exponent).ir
        else:
            b = context.cast(builder, args[1], y, t)
            operands = [wide, builder.fpext(b, DOUBLE) if narrow else b]
            out = builder.call(written(builder.module, power, wide.type, 2), operands)
        return builder.fptrunc(out, ir.FloatType()) if narrow else out

    return (t(x, y), code) if t is not None else None


def raised(args: Any) -> Any:
    """Any power of lanes but those by small whole numbers, which are products."""
    small = isinstance(args[1], types.IntegerLiteral) and 0 <= args[1].literal_value <= FEW
    return None if small else arithmetic("float64")(args)


template(operator.pow, raised)


@lower_builtin(operator.pow, LanesType, LanesType)
def _of_lanes(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.call(written(builder.module, power, args[0].type, 2), args)
