"""Every row of the table of complex functions against NumPy's complex numbers: no compiler takes part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from revbench.ir.nodes import Const, Expr, Fn, Lazy, Name
from revbench.ir.types import Scalar
from revbench.passes.parts import ZERO, spelled
from revbench.rules.complex import COMPLEX, Parts
from revbench.rules.typing import type_of

from .test_functions import FUNCTIONS, value_of

POINTS = np.random.default_rng(3).uniform(-1.5, 1.5, (9, 4))
IN_NUMPY: dict[str, Any] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power, "neg": np.negative, "abs2": lambda z: abs(z) ** 2,
    "eq": np.equal, "ne": np.not_equal, "complex": complex}


def evaluate(e: Expr, words: dict[str, float]) -> Any:
    match e:
        case Const(value):
            return value
        case Name(name):
            return words[name]
        case Lazy(op, a, b):
            return evaluate(b, words) if evaluate(a, words) == (op == "and") else op == "or"
        case Fn(fn, args):
            return value_of(FUNCTIONS[fn], [evaluate(a, words) for a in args])
        case _:
            raise AssertionError(f"{type(e).__name__} does not stand in rows")


@pytest.mark.parametrize("rule", COMPLEX.values(), ids=list(COMPLEX))
@pytest.mark.parametrize("point", POINTS, ids=range(len(POINTS)))
def test_a_row_is_what_numpy_computes(rule: Parts, point: Any) -> None:
    numbers = [complex(*point[2 * k:2 * k + 2]) for k in range(len(rule.params))]
    words = {f"{p}{part}": value for p, z in zip(rule.params, numbers, strict=True) for part, value in (("r", z.real), ("i", z.imag))}
    given = [z.real for z in numbers] if rule.name == "complex" else numbers
    want = IN_NUMPY.get(rule.name, getattr(np, rule.name, None))(*given)
    re, im = rule.expressions
    got = evaluate(re, words) if im is None else complex(evaluate(re, words), evaluate(im, words))
    assert got == pytest.approx(want, rel=1e-6 if rule.name == "complex64" else 1e-12)
    assert (im is None) == (not isinstance(want, complex | np.complexfloating))


@pytest.mark.parametrize("rule", COMPLEX.values(), ids=list(COMPLEX))
def test_a_part_that_is_zero_leaves_the_value_as_it_is(rule: Parts) -> None:
    for zero in (f"{p}i" for p in rule.params):
        words = dict(zip(("xr", "xi", "yr", "yi"), (0.7, 0.4, 1.2, -0.3), strict=True)) | {zero: 0.0}
        for e in filter(None, rule.expressions):
            names = {w: ZERO if w == zero else Name(w) for w in words}
            assert evaluate(spelled(e, names), words) == pytest.approx(evaluate(e, words), abs=1e-15)


@pytest.mark.parametrize("rule", COMPLEX.values(), ids=list(COMPLEX))
def test_a_value_has_the_type_that_numpy_gives_it(rule: Parts) -> None:
    f, call = IN_NUMPY.get(rule.name, getattr(np, rule.name, None)), Fn(rule.name, tuple(map(Name, rule.params)))
    for dtype in ("float64",) if rule.name == "complex" else ("complex128", "float64") if rule.name in ALSO_OF_REALS else ("complex128",):
        want = np.asarray(f(*np.ones(len(rule.params), dtype))).dtype.name
        assert type_of(call, {p: Scalar(dtype) for p in rule.params}).dtype == want


ALSO_OF_REALS = ("real", "imag", "conj", "angle", "complex64", "complex128")
