"""Complex numbers: one row for each function of them, as the real and the imaginary part of its value.

The parts are texts in the language; `xr` and `xi` are the parts of `x`. Nothing else knows what a complex number is: its
derivatives, inverses and cotangents follow from these. A row without an imaginary part has a real value.
"""

from __future__ import annotations

from dataclasses import dataclass

from revbench.ir.nodes import Expr
from revbench.ir.read import read


@dataclass(frozen=True, slots=True)
class Parts:
    name: str
    params: tuple[str, ...]
    real: str
    imag: str | None

    @property
    def expressions(self) -> tuple[Expr, Expr | None]:
        return read(self.real), None if self.imag is None else read(self.imag)


COMPLEX: dict[str, Parts] = {}
LINEAR = frozenset({"add", "sub", "neg", "conj", "real", "imag", "complex", "complex64", "complex128"})        # they read each part once


def row(call: str, real: str, imag: str | None = None) -> None:
    name, _, rest = call.partition("(")
    COMPLEX[name] = Parts(name, tuple(p.strip() for p in rest.rstrip(")").split(",")), real, imag)


#   call             real part                                          imaginary part
row("add(x, y)",     "xr + yr",                                         "xi + yi")
row("sub(x, y)",     "xr - yr",                                         "xi - yi")
row("mul(x, y)",     "xr * yr - xi * yi",                               "xr * yi + xi * yr")
row("div(x, y)",     "(xr * yr + xi * yi) / (yr * yr + yi * yi)",       "(xi * yr - xr * yi) / (yr * yr + yi * yi)")
row("pow(x, y)",     "exp(yr * log(hypot(xr, xi)) - yi * atan2(xi, xr)) * cos(yi * log(hypot(xr, xi)) + yr * atan2(xi, xr))",
                     "exp(yr * log(hypot(xr, xi)) - yi * atan2(xi, xr)) * sin(yi * log(hypot(xr, xi)) + yr * atan2(xi, xr))")
row("neg(x)",        "-xr",                                             "-xi")
row("conj(x)",       "xr",                                              "-xi")
row("real(x)",       "xr")
row("imag(x)",       "xi")
row("abs(x)",        "hypot(xr, xi)")
row("abs2(x)",       "xr * xr + xi * xi")
row("angle(x)",      "atan2(xi, xr)")
row("exp(x)",        "exp(xr) * cos(xi)",                               "exp(xr) * sin(xi)")
row("log(x)",        "log(hypot(xr, xi))",                              "atan2(xi, xr)")
row("sqrt(x)",       "sqrt(hypot(xr, xi)) * cos(0.5 * atan2(xi, xr))",  "sqrt(hypot(xr, xi)) * sin(0.5 * atan2(xi, xr))")
row("sin(x)",        "sin(xr) * cosh(xi)",                              "cos(xr) * sinh(xi)")
row("cos(x)",        "cos(xr) * cosh(xi)",                              "-(sin(xr) * sinh(xi))")
row("tan(x)",        "sin(2.0 * xr) / (cos(2.0 * xr) + cosh(2.0 * xi))", "sinh(2.0 * xi) / (cos(2.0 * xr) + cosh(2.0 * xi))")
row("sinh(x)",       "sinh(xr) * cos(xi)",                              "cosh(xr) * sin(xi)")
row("cosh(x)",       "cosh(xr) * cos(xi)",                              "sinh(xr) * sin(xi)")
row("tanh(x)",       "sinh(2.0 * xr) / (cosh(2.0 * xr) + cos(2.0 * xi))", "sin(2.0 * xi) / (cosh(2.0 * xr) + cos(2.0 * xi))")
row("eq(x, y)",      "xr == yr and xi == yi")
row("ne(x, y)",      "xr != yr or xi != yi")
row("isnan(x)",      "isnan(xr) or isnan(xi)")
row("isfinite(x)",   "isfinite(xr) and isfinite(xi)")
row("isinf(x)",      "isinf(xr) or isinf(xi)")
row("complex(x, y)", "xr",                                              "yr")
row("complex64(x)",  "float32(xr)",                                     "float32(xi)")
row("complex128(x)", "float64(xr)",                                     "float64(xi)")

BOOLS = frozenset({"eq", "ne", "isnan", "isfinite", "isinf"})
ONLY_COMPLEX = frozenset({"complex", "complex64", "complex128"})                         # their value is complex whatever they are given
OF_REALS = frozenset({"real", "imag", "conj", "angle"})                                  # not rows of `rules.functions`, and known for real numbers too
