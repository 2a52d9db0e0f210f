"""Reductions: one number from whole arrays. One row each; the docs and tests read the same rows.

What a row computes is written as loops by `passes.reduce`, so that every back end and every transform has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from revbench.ir.types import BOOL, INT, Scalar, as_float, kind

#   sum: the elements' type, at least an int64; same: the elements' type; float: that, at least a float; index: an int64; bool
Result = Literal["sum", "same", "float", "index", "bool"]


@dataclass(frozen=True, slots=True)
class Reduction:
    """`gradient` is d/dx[i] in words of mathematics; empty where there is none. `empty`: has a value for no elements at all."""

    name: str
    params: tuple[str, ...]
    about: str
    gradient: str
    numpy: str
    result: Result
    empty: bool


REDUCTIONS: dict[str, Reduction] = {}


def row(call: str, about: str, gradient: str, numpy: str, result: Result, empty: bool = True) -> None:
    name, _, rest = call.partition("(")
    REDUCTIONS[name] = Reduction(name, tuple(p.strip() for p in rest.rstrip(")").split(",")), about, gradient, numpy, result, empty)


#   call            what it is                                         d/dx[i]                                 as NumPy has it                 type      of nothing
row("sum(x)",       "the sum",                                         "1",                                    "np.sum(x)",                    "sum")
row("prod(x)",      "the product, zeros among the factors or not",     "the product of the others",            "np.prod(x)",                   "sum")
row("dot(x, y)",    "the sum of `x[i] * y[i]`",                        "y[i]",                                 "np.dot(x, y)",                 "same")
row("mean(x)",      "the sum over the number of elements",             "1 / n",                                "np.mean(x)",                   "float", empty=False)
row("norm(x)",      "the root of the sum of squares",                  "x[i] / norm(x)",                       "np.linalg.norm(x)",            "float")
row("max(x)",       "the largest element",                             "1 for it; shared equally by ties",     "np.max(x)",                    "same",  empty=False)
row("min(x)",       "the smallest element",                            "1 for it; shared equally by ties",     "np.min(x)",                    "same",  empty=False)
row("logsumexp(x)", "`log(sum(exp(x)))`, without overflow",            "exp(x[i] - logsumexp(x))",             "np.logaddexp.reduce(x, axis=None)", "float", empty=False)
row("argmax(x)",    "the index of the first largest element",          "",                                     "int(np.argmax(x))",            "index", empty=False)
row("argmin(x)",    "the index of the first smallest element",         "",                                     "int(np.argmin(x))",            "index", empty=False)
row("any(x)",       "whether one element is true (not zero)",          "",                                     "bool(np.any(x))",              "bool")
row("all(x)",       "whether every element is true (not zero)",        "",                                     "bool(np.all(x))",              "bool")


def result_of(fn: str, elements: Scalar) -> Scalar:
    """The type of a reduction of elements of this type."""
    match REDUCTIONS[fn].result:
        case "same":
            return elements
        case "sum":
            return elements if kind(elements.dtype) not in "bi" or elements.dtype == "uint64" else INT
        case "float":
            return as_float(elements)
        case "index":
            return INT
        case "bool":
            return BOOL
