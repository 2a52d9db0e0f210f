"""Elementary functions."""

from __future__ import annotations

import math

import revbench as rb

from .case import Case, X


@rb.primitive(derivative=["-sin(x) * y", "cos(x)"])
def averaged(x, y):                                              # type: ignore[no-untyped-def]
    s = 0.0
    for _ in range(3):
        s += math.cos(x)
    return s * y / 3



FUNCTIONS = [
    Case("powers and logarithms", """
def powers(out, x, y):
    out += exp(x) - exp2(y) + expm1(x * y)
    out += log(y) + log1p(x) + log2(x) * log10(y)
    out += sqrt(x) * cbrt(y) + x ** y + y ** 3 + abs2(x) + pow(y, 2.5)
""", (0.0, 0.7, 1.4)),
    Case("circles", """
def circles(out, x, y):
    out += sin(x) * cos(y) - tan(x)
    out += asin(x) + acos(0.5 * x) * atan(y)
    out += atan2(x, y) * hypot(x, y)
""", (0.0, 0.7, 1.4)),
    Case("hyperbolas", """
def hyperbolas(out, x, y):
    out += sinh(x) * cosh(y) - tanh(x * y)
    out += asinh(x) + acosh(y) * atanh(x)
""", (0.0, 0.7, 1.4)),
    Case("special functions", """
def special(out, x, y):
    out += erf(x) * erfc(y) + lgamma(x) - digamma(y)
    out += logistic(x) * logaddexp(x, y)
    out += np.arctan(x) + minimum(x, y) * maximum(x, 0.1)
""", (0.0, 0.7, 1.4)),
    Case("corners and steps", """
def steps(out, x):
    for v in x:
        out += abs(v) * sign(v) + min(v, 1.0, 1.5) - max(v, 0.0)
        out += floor(v) * v - ceil(v) + v // 0.75 + v % 0.75
        out += v if 0.0 < v <= 2.0 and not v == 1.0 else -v * v
""", (0.0, X)),
    Case("a function of Python", """
def python(out, x):
    s = 0.5
    for i in range(len(x)):
        if averaged(x[i], 2.0) > 0.3:
            s += averaged(averaged(x[i], 1.5), x[i]) + averaged(x[i], x[i])
        else:
            s += averaged(x[i], 0.1) if x[i] > 0.5 else 2 * x[i]
    out += s * averaged(s, 1.0)
""", (0.0, X), names={"averaged": averaged}),
]
