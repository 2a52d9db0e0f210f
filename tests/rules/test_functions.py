"""Every row of the table of functions against numerical derivatives, in plain Python: no compiler takes part."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from types import CodeType
from typing import Any

import numpy as np
import pytest
from scipy import special

from revbench.errors import WrongType
from revbench.ir.nodes import Const, Expr, Fn, IfExp, Name
from revbench.ir.read import read
from revbench.ir.types import DTYPES, FLOATS, NUMBERS, Scalar
from revbench.numerics import elementary
from revbench.passes.declared import HASHES
from revbench.passes.partials import derivative
from revbench.rules.functions import FUNCTIONS, HELPERS, Function
from revbench.rules.typing import type_of

WORDS = {"math": math, "np": np, "min": min, "max": max, "abs": abs, **{h: getattr(elementary, h) for h in HELPERS}}
OWN = [f for n, f in FUNCTIONS.items() if n not in HASHES]                    # users' rows are tried out where they are declared
REAL = [f for f in OWN if f.result in ("same", "float")]
POINTS = 7
STEP = 5e-3
STENCIL = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))        # central differences of order 8


@cache
def code(text: str) -> CodeType:
    return compile(text, text, "eval")


def evaluate(e: Expr, env: Mapping[str, float]) -> float:
    """The value of an expression, from the rows' own texts."""
    match e:
        case Const(value):
            return value
        case Name(name):
            return env[name]
        case IfExp(test, a, b):
            return evaluate(a if evaluate(test, env) else b, env)
        case Fn(fn, args):
            return value_of(FUNCTIONS[fn], [evaluate(a, env) for a in args])
        case _:
            raise AssertionError(f"{type(e).__name__} does not stand in rows")


def value_of(f: Function, args: list[float]) -> Any:
    return eval(code(f.value), WORDS, dict(zip(f.params, args, strict=True)))


def samples(f: Function) -> list[list[float]]:
    """Points inside a row's domain, at no special place."""
    golden = np.modf(np.outer(np.arange(1, POINTS + 1), [0.7548776662466927, 0.5698402909980532][:len(f.params)]))[0]
    return [[low + (0.02 + 0.96 * u) * (high - low) for (low, high), u in zip(f.on, row, strict=True)] for row in golden]


def difference(g: Callable[[float], float], x: float) -> float:
    return sum(w * (g(x + k * STEP) - g(x - k * STEP)) for k, w in STENCIL) / STEP


def mistakes(f: Function, k: int, partial: Expr) -> list[str]:
    """Where `partial` is not the derivative of `f` with respect to its parameter `k`."""
    out = []
    for point in samples(f):
        want = difference(lambda x, point=point: float(value_of(f, [*point[:k], x, *point[k + 1:]])), point[k])        # type: ignore[misc]
        got = float(evaluate(partial, dict(zip(f.params, point, strict=True))))
        if not abs(got - want) <= 1e-7 * max(1.0, abs(want)):
            out.append(f"d {f.name}({', '.join(map(str, point))}) / d {f.params[k]} is {want}, not {got}")
    return out


PARTIALS = [pytest.param(f, k, d, id=f"{f.name}-{f.params[k]}") for f in REAL for k in range(len(f.params)) if (d := f.partial(k)) is not None]


@pytest.mark.parametrize(("f", "k", "partial"), PARTIALS)
def test_a_partial_is_the_derivative(f: Function, k: int, partial: Expr) -> None:
    assert mistakes(f, k, partial) == []


@pytest.mark.parametrize(("f", "k", "partial"), PARTIALS)
def test_a_wrong_partial_is_found_out(f: Function, k: int, partial: Expr) -> None:
    zero = isinstance(partial, Const) and partial.value == 0
    assert mistakes(f, k, Const(1.0) if zero else Fn("mul", (Const(2.0), partial)))
    assert mistakes(f, k, Fn("add", (partial, Const(1e-4))))


@pytest.mark.parametrize("f", [pytest.param(f, id=f.name) for f in OWN])
def test_a_row_is_complete(f: Function) -> None:
    assert len(f.params) == len(f.partials) == len(f.on)
    assert all(low < high for low, high in f.on)


def test_few_functions_have_no_derivative() -> None:
    assert {f"{f.name}/{p}" for f in REAL for p, d in zip(f.params, f.partials, strict=True) if d is None} == {"floordiv/y", "trigamma/x"}


@pytest.mark.parametrize("f", [pytest.param(f, id=f.name) for f in OWN if f.result in ("cast", "number")])
def test_only_casts_to_whole_numbers_stop_a_derivative(f: Function) -> None:
    assert derivative(Fn(f.name, (Name("t"),)), 0) == Const(1.0 if f.name in (*FLOATS, *NUMBERS) else 0.0)


@pytest.mark.parametrize("f", [pytest.param(f, id=f.name) for f in OWN if f.result in ("bool", "int")])
def test_tests_and_bits_have_derivative_zero(f: Function) -> None:
    for k in range(len(f.params)):
        assert derivative(Fn(f.name, (Name("t"),) * len(f.params)), k) == Const(0.0)


# ---- values and types, as NumPy and SciPy have them
def wrapped(n: int) -> int:
    """Modulo 64 bits."""
    return (n + 2**63) % 2**64 - 2**63


def unshifted(x: int, shift: Callable[[int, int], int], k: int) -> int:
    out = 0
    for j in range(0, 64, k):
        out ^= shift(x, j)
    return wrapped(out)


ELSEWHERE: dict[str, Any] = {
    "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power, "neg": np.negative, "floordiv": np.floor_divide, "min": np.minimum,
    "max": np.maximum, "abs2": np.square, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "asinh": np.arcsinh, "acosh": np.arccosh,
    "atanh": np.arctanh, "atan2": np.arctan2, "lgamma": special.gammaln, "digamma": special.digamma, "trigamma": lambda x: special.polygamma(1, x),
    "logistic": special.expit, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
    "not_": np.logical_not, "bitand": np.bitwise_and, "bitor": np.bitwise_or, "bitxor": np.bitwise_xor, "lshift": np.left_shift,
    "rshift": np.right_shift, "unshl": lambda x, k: unshifted(int(x), lambda u, j: u << j, int(k)),
    "unshr": lambda x, k: unshifted(int(x) % 2**64, lambda u, j: u >> j, int(k)),
    "fix": lambda x, bits: round(x * 2**bits), "unfix": lambda raw, bits: raw / 2**bits, "tolog": lambda x: round(math.log(x) * 2**48),
    "fromlog": lambda raw: math.exp(raw / 2**48), "logof": lambda raw: raw / 2**48,
    "logs": int, "logmul": np.add, "logdiv": np.subtract, "logpow": np.multiply,
}
POINTS_OF: dict[str, list[tuple[Any, ...]]] = {                          # by the kind of the result; the others are sampled where the row says
    "bool": [(1.5, 1.5), (0.5, 1.5), (1.5, 0.5), (math.nan, 1.0), (math.inf, 0.0), (0.0, 0.0)], "int": [(13, 2), (-7, 3), (200, 5)],
    "cast": [(0,), (1,), (2.75,)], "number": [(0.75,)], "raw": [(5 * 2**40, 3), (2**52 + 1, 7)], "value": [(5 * 2**40, 3), (2**52 + 1, 7)]}


def elsewhere(f: Function) -> Any:
    """The same function from somewhere else."""
    cast = np.dtype(f.name).type if f.result == "cast" else (lambda x: x) if f.result == "number" else None
    return cast or ELSEWHERE.get(f.name) or getattr(np, f.name, None) or getattr(special, f.name)


@pytest.mark.parametrize("f", [pytest.param(f, id=f.name) for f in OWN])
def test_a_value_is_what_numpy_computes(f: Function) -> None:
    points = [(0.75, 12), (-2.3, 43)] if f.name == "fix" else [(0.75,), (40.0,)] if f.name == "tolog" else POINTS_OF.get(f.result) or samples(f)
    for args in (tuple(point[:len(f.params)]) for point in points):
        got, want = value_of(f, list(args)), elsewhere(f)(*args)
        assert got == (pytest.approx(want, rel=1e-13) if f.result in ("float", "value") else want), (f.name, args)
        assert f.result != "cast" or np.asarray(got).dtype == np.asarray(want).dtype


@pytest.mark.parametrize("f", [pytest.param(f, id=f.name) for f in OWN])
def test_a_value_has_the_type_that_numpy_gives_it(f: Function) -> None:
    call = Fn(f.name, tuple(map(Name, f.params)))
    whole, real = ({p: Scalar(dtype) for p in f.params} for dtype in ("int64", "float64"))
    if f.name in ("floor", "ceil"):                                         # in NumPy these leave whole numbers alone
        assert type_of(call, whole).dtype == "float64"
    elif f.name in DECLARED_HERE:
        assert type_of(call, real).dtype == type_of(call, whole).dtype == DECLARED_HERE[f.name]
    elif f.name in (*DTYPES, *NUMBERS):
        assert type_of(call, real).dtype == type_of(call, whole).dtype == f.name
    else:
        with np.errstate(all="ignore"):
            assert type_of(call, whole).dtype == np.asarray(elsewhere(f)(*np.ones(len(f.params), np.int64))).dtype.name
    if f.name in ONLY_BITS:
        with pytest.raises(WrongType, match="works on the bits"):
            type_of(call, real)


DECLARED_HERE = {**dict.fromkeys(("fix", "tolog", "logs", "logmul", "logdiv", "logpow"), "int64"), **dict.fromkeys(("unfix", "fromlog", "logof"), "float64")}
ONLY_BITS = ("bitand", "bitor", "bitxor", "invert", "lshift", "rshift", "unshl", "unshr")


@pytest.mark.parametrize(("text", "wrong"), [("x ** 3", "2 * x"), ("a / b", "1.0"), ("sin(x * x)", "cos(x * x)")])
def test_rows_are_read_as_python_reads_them(text: str, wrong: str) -> None:
    env = {"x": 1.3, "a": 0.7, "b": 2.1}
    assert evaluate(read(text), env) == pytest.approx(eval(text, {"sin": math.sin}, env), rel=1e-15)
    assert evaluate(read(wrong), env) != pytest.approx(evaluate(read(text), env))
