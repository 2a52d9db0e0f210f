"""Pure functions: one row each. Machine, Numba, derivatives, docs and tests all read the same row.

A row gives the call, the value as Python text that Numba compiles, one partial derivative per argument (text in
the language), how the result's type follows from the arguments', and where it may be sampled. A partial of `None`
means that there is none: differentiating through it is an error that names it, never a silent zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from revbench.ir.nodes import Expr
from revbench.ir.read import read
from revbench.ir.types import DTYPES, FLOATS, NUMBERS

Domain = tuple[float, float]
R: Domain = (-3.0, 3.0)
POS: Domain = (0.2, 3.0)
UNIT: Domain = (-0.9, 0.9)
GE1: Domain = (1.1, 4.0)

#   same: the join of the arguments; float: that, at least a float; bool; int: bits, no floats; cast: the row's own dtype;
#   number: a cast to a number system; raw, value: a whole number and a float64 that only `passes.numbers` writes
Result = Literal["same", "float", "bool", "int", "cast", "number", "raw", "value"]


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    params: tuple[str, ...]
    value: str
    partials: tuple[str | None, ...]
    on: tuple[Domain, ...]
    result: Result
    ulp: float | None = None                                   # the largest error of our own function of this name; None if there is none

    @property
    def fast(self) -> str:
        """The value as text for fast code, scalars and lanes alike: our own function if there is one, else one lane after the other.

        For lanes, and for loops that become vector code. Where one call waits for the one before, `value` is faster: the platform's
        exp, log, sin, cos and pow have branches and tables, and give their results in a third to two thirds of the time.
        """
        if self.ulp is not None:
            return f"_{self.name}({', '.join(self.params)})"
        if self.name in FAST:
            return FAST[self.name]
        called, bracket, rest = self.value.partition("(")
        if not bracket or called in LANEWISE:
            return self.value
        return f"{EACH[len(self.params)]}({called}, {rest}"

    def partial(self, k: int) -> Expr | None:
        text = self.partials[k]
        return None if text is None else read(text)


FUNCTIONS: dict[str, Function] = {}
LANEWISE = ("", "min", "max", "abs", "math.sqrt")             # what `numerics.lane_operators` knows
EACH = {1: "_each_lane", 2: "_each_lane2"}
FAST = {"isnan": "x != x", "isfinite": "x - x == 0", "isinf": "abs(x) == math.inf", "float64": "_to_float64(x)", "int64": "_to_int64(x)"}


def row(call: str, value: str, *partials: str | None, on: tuple[Domain, ...] = (), result: Result = "float", ulp: float | None = None) -> None:
    name, _, rest = call.partition("(")
    params = tuple(p.strip() for p in rest.rstrip(")").split(","))
    FUNCTIONS[name] = Function(name, params, value, partials or (None,) * len(params), on or (R,) * len(params), result, ulp)


#   call               value                       d/d(first)                    d/d(second)         sampled on               error of our own function
row("add(x, y)",       "x + y",                    "1.0",                        "1.0",              result="same")
row("sub(x, y)",       "x - y",                    "1.0",                        "-1.0",             result="same")
row("mul(x, y)",       "x * y",                    "y",                          "x",                result="same")
row("div(x, y)",       "x / y",                    "1.0 / y",                    "-(x / y) / y",      on=(R, POS))
row("pow(x, y)",       "x ** y",                   "0.0 if y == 0 else y * x ** (y - 1)", "x ** y * log(x)",  on=(POS, R), result="same", ulp=1.3)
row("neg(x)",          "-x",                       "-1.0",                                           result="same")
row("floordiv(x, y)",  "x // y",                   "0.0",                        None,               on=(R, POS), result="same")
row("mod(x, y)",       "x % y",                    "1.0",                        "-floor(x / y)",    on=(R, POS), result="same")
row("min(x, y)",       "min(x, y)",                "1.0 if x < y else 0.5 if x == y else 0.0", "1.0 if y < x else 0.5 if x == y else 0.0", result="same")
row("max(x, y)",       "max(x, y)",                "1.0 if x > y else 0.5 if x == y else 0.0", "1.0 if y > x else 0.5 if x == y else 0.0", result="same")
row("abs(x)",          "abs(x)",                   "sign(x)",                                        result="same")
row("sign(x)",         "np.sign(x)",               "0.0",                                            result="same",          ulp=0.0)
row("abs2(x)",         "x * x",                    "2.0 * x",                                        result="same")
row("floor(x)",        "np.floor(x)",              "0.0",                                                                    ulp=0.0)
row("ceil(x)",         "np.ceil(x)",               "0.0",                                                                    ulp=0.0)
row("exp(x)",          "math.exp(x)",              "exp(x)",                                                                 ulp=0.98)
row("exp2(x)",         "np.exp2(x)",               "exp2(x) * 0.6931471805599453",                                           ulp=1.1)
row("expm1(x)",        "math.expm1(x)",            "exp(x)",                                                                 ulp=1.6)
row("log(x)",          "math.log(x)",              "1.0 / x",                                        on=(POS,),              ulp=0.8)
row("log1p(x)",        "math.log1p(x)",            "1.0 / (1.0 + x)",                                on=(POS,),              ulp=0.9)
row("log2(x)",         "np.log2(x)",               "1.4426950408889634 / x",                         on=(POS,),              ulp=0.9)
row("log10(x)",        "math.log10(x)",            "0.4342944819032518 / x",                         on=(POS,),              ulp=0.7)
row("sqrt(x)",         "math.sqrt(x)",             "0.5 / sqrt(x)",                                  on=(POS,))
row("cbrt(x)",         "np.cbrt(x)",               "1.0 / (3.0 * cbrt(x) * cbrt(x))",                on=(POS,),              ulp=0.9)
row("sin(x)",          "math.sin(x)",              "cos(x)",                                                                 ulp=0.9)
row("cos(x)",          "math.cos(x)",              "-sin(x)",                                                                ulp=0.9)
row("tan(x)",          "math.tan(x)",              "1.0 + tan(x) * tan(x)",                          on=(UNIT,),             ulp=1.5)
row("asin(x)",         "math.asin(x)",             "1.0 / sqrt(1.0 - x * x)",                        on=(UNIT,),             ulp=0.8)
row("acos(x)",         "math.acos(x)",             "-1.0 / sqrt(1.0 - x * x)",                       on=(UNIT,),             ulp=1.2)
row("atan(x)",         "math.atan(x)",             "1.0 / (1.0 + x * x)",                                                    ulp=1.0)
row("sinh(x)",         "math.sinh(x)",             "cosh(x)",                                                                ulp=1.9)
row("cosh(x)",         "math.cosh(x)",             "sinh(x)",                                                                ulp=1.3)
row("tanh(x)",         "math.tanh(x)",             "1.0 - tanh(x) * tanh(x)",                                                ulp=1.8)
row("asinh(x)",        "math.asinh(x)",            "1.0 / sqrt(x * x + 1.0)",                                                ulp=1.6)
row("acosh(x)",        "math.acosh(x)",            "1.0 / sqrt(x * x - 1.0)",                        on=(GE1,),              ulp=1.9)
row("atanh(x)",        "math.atanh(x)",            "1.0 / (1.0 - x * x)",                            on=(UNIT,),             ulp=1.6)
row("atan2(x, y)",     "math.atan2(x, y)",         "y / (x * x + y * y)",        "-x / (x * x + y * y)", on=(POS, POS),      ulp=1.9)
row("hypot(x, y)",     "math.hypot(x, y)",         "x / hypot(x, y)",            "y / hypot(x, y)",  on=(POS, POS),          ulp=1.2)
row("erf(x)",          "math.erf(x)",              "1.1283791670955126 * exp(-(x * x))")
row("erfc(x)",         "math.erfc(x)",             "-1.1283791670955126 * exp(-(x * x))")
row("lgamma(x)",       "math.lgamma(x)",           "digamma(x)",                                     on=(POS,))
row("digamma(x)",      "digamma(x)",               "trigamma(x)",                                    on=(POS,))
row("trigamma(x)",     "trigamma(x)",              None,                                             on=(POS,))
row("logistic(x)",     "logistic(x)",              "logistic(x) * logistic(-x)",                                             ulp=2.1)
row("logaddexp(x, y)", "logaddexp(x, y)",          "logistic(x - y)",            "logistic(y - x)",                          ulp=1.6)
#   comparisons and bits: no derivatives
row("lt(x, y)",        "x < y",                    result="bool")
row("le(x, y)",        "x <= y",                   result="bool")
row("gt(x, y)",        "x > y",                    result="bool")
row("ge(x, y)",        "x >= y",                   result="bool")
row("eq(x, y)",        "x == y",                   result="bool")
row("ne(x, y)",        "x != y",                   result="bool")
row("not_(x)",         "not x",                    result="bool")
row("isnan(x)",        "math.isnan(x)",            result="bool")
row("isfinite(x)",     "math.isfinite(x)",         result="bool")
row("isinf(x)",        "math.isinf(x)",            result="bool")
row("bitand(x, y)",    "x & y",                    result="int")
row("bitor(x, y)",     "x | y",                    result="int")
row("bitxor(x, y)",    "x ^ y",                    result="int")
row("invert(x)",       "~x",                       result="int")
row("lshift(x, y)",    "x << y",                   result="int")
row("rshift(x, y)",    "x >> y",                   result="int")
row("unshl(x, y)",     "unshl(x, y)",              result="int")
row("unshr(x, y)",     "unshr(x, y)",              result="int")
for dtype in DTYPES:
    row(f"{dtype}(x)", f"np.{dtype}(x)" if dtype != "bool" else "x != 0", "1.0" if dtype in FLOATS else "0.0", result="cast")

#   number systems: casts, what is stored for a value, and what is read there. Nobody can write those that follow the casts
for dtype in NUMBERS:
    row(f"{dtype}(x)", "x", "1.0", result="number")
row("fix(x, bits)",    "fix(x, bits)",             result="raw")
row("unfix(x, bits)",  "unfix(x, bits)",           result="value")
row("tolog(x)",        "tolog(x)",                 result="raw")
row("fromlog(x)",      "fromlog(x)",               result="value")
row("logof(x)",        "logof(x)",                 result="value")
#   factors of a logarithmic number as whole numbers: v, v * w, v / w, v ** k
row("logs(x)",         "x",                        result="raw")
row("logmul(x, y)",    "x + y",                    result="raw")
row("logdiv(x, y)",    "x - y",                    result="raw")
row("logpow(x, y)",    "x * y",                    result="raw")

HELPERS = ("digamma", "trigamma", "logistic", "logaddexp", "fix", "unfix", "tolog", "fromlog", "logof", "unshl", "unshr")     # what `numerics.elementary` provides

OWN = tuple(n for n, f in FUNCTIONS.items() if f.ulp is not None)                             # what `numerics.own` provides

VOCABULARY: frozenset[str] = frozenset(n for n, f in FUNCTIONS.items() if f.result not in ("number", "raw", "value"))
Value = Callable[..., float]
