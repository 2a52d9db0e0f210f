"""`vjp` and `linearize`: what they take and give, and that one is the transpose of the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import NotDifferentiable, WrongArguments, WrongType

from ..running import bound, kernel
from ..zoo.case import Case
from .programs import CHEAP, directions, inner

POLAR = """
def polar(x, y, r, t):
    x += r * cos(t)
    y += r * sin(t)
"""


@pytest.fixture(scope="module")
def polar() -> rb.Kernel:
    made: rb.Kernel = rb.compile(POLAR)
    return made


# ---- the transposed Jacobian
@pytest.mark.parametrize("case", CHEAP, ids=lambda c: c.name)
def test_cotangents_of_tangents_are_tangents_of_cotangents(case: Case) -> None:
    f, (registers, _) = kernel(case.name).unchecked, bound(case)
    v, w = directions(case, "tangent"), directions(case, "cotangent")
    outputs, along = rb.jvp(f, registers, v, **case.consts)
    again, linear = rb.linearize(f, *registers, **case.consts)
    ends, pullback = rb.vjp(f, *registers, **case.consts)
    several = len(f.registers) > 1
    left = inner(along if several else [along], w)
    right = inner(pullback(tuple(w) if several else w[0]) if several else [pullback(w[0])], v)
    assert left == pytest.approx(right, rel=1e-9, abs=1e-9)
    assert inner(linear(*v) if several else [linear(*v)], w) == pytest.approx(left, rel=1e-13)
    for a, b, c in zip(*([r] if not several else r for r in (outputs, again, ends)), strict=True):
        np.testing.assert_allclose(a, c, rtol=1e-13)                       # unchecked code may add in another order
        np.testing.assert_allclose(b, c, rtol=1e-13)


# ---- forms
def test_a_pullback_takes_the_form_of_the_outputs(polar: rb.Kernel) -> None:
    outputs, pullback = rb.vjp(polar, 1.0, 0.0, 2.0, 0.0)
    assert outputs == (3.0, 0.0, 2.0, 0.0)
    assert pullback(outputs._replace(x=1.0, y=3.0, r=None, t=0.5)) == (1.0, 3.0, 1.0, 6.5)
    assert pullback((None, None, 1.0, None))._asdict() == {"x": 0.0, "y": 0.0, "r": 1.0, "t": 0.0}
    assert repr(pullback) == "<pullback of <reversible polar(x, y, r, t)>, from x, y, r, t to x, y, r, t>"


def test_one_register_is_bare(polar: rb.Kernel) -> None:
    _, pullback = rb.vjp(polar, 0.0, 0.0, 2.0, 0.0, of="y", wrt=3)
    assert pullback(10.0) == 20.0
    double = rb.compile("def double(x):\n    x *= 2.0\n")
    outputs, pullback = rb.vjp(double, 3.0)
    assert (outputs, pullback(1.5)) == (6.0, 3.0)
    outputs, pullback = rb.vjp(~double, 3.0)
    assert (outputs, pullback(1.0)) == (1.5, 0.5)


def test_arrays_of_the_caller_are_neither_changed_nor_needed() -> None:
    f = rb.compile("def f(y, x):\n    for i in range(len(x)):\n        y[i] += x[i] ** 2\n")
    y, x, w = np.zeros(2), np.array([1.0, 2.0]), np.ones(2)
    outputs, pullback = rb.vjp(f, y, x, of="y", wrt="x")
    _, linear = rb.linearize(f, y, x)
    x[:], outputs.y[:] = 0.0, 7.0
    assert pullback(w).tolist() == pullback(w).tolist() == [2.0, 4.0]
    assert linear(None, w).y.tolist() == [2.0, 4.0]
    assert y.tolist() == [0.0, 0.0]
    assert w.tolist() == [1.0, 1.0]


def test_whole_numbers_have_no_cotangent() -> None:
    f = rb.compile("def f(out, n, x):\n    n += 1\n    out += n * x\n")
    outputs, pullback = rb.vjp(f, 0.0, 1, 3.0)
    assert outputs == (6.0, 2, 3.0)
    assert pullback((1.0, None, None)) == (1.0, None, 2.0)
    with pytest.raises(NotDifferentiable, match="`n` is int64, and has no cotangent"):
        pullback((1.0, 1, None))
    with pytest.raises(NotDifferentiable, match="`n` is int64: it has no derivative"):
        rb.vjp(f, 0.0, 1, 3.0, wrt="n")


def test_complex_registers_and_records() -> None:
    square = rb.compile("def square(y, z):\n    y += z * z\n")
    _, pullback = rb.vjp(square, 0j, 1 + 2j, of="y", wrt="z")
    assert pullback(1 + 0j) == 2 - 4j                                   # conj(2 z), as `grad(of='y.real')` has it
    assert pullback(1 + 0j) == rb.grad(square, of="y.real", wrt="z")(0j, 1 + 2j)
    ball = np.zeros((), [("x", "f8"), ("v", "f8"), ("n", "i8")])[()]
    ball["v"] = 3.0
    step = rb.compile("def step(p, dt):\n    p.x += dt * p.v\n")
    _, pullback = rb.vjp(step, ball, 0.5)
    seed = np.array((1.0, 0.0), [("x", "f8"), ("v", "f8")])[()]
    back = pullback((seed, None))
    assert (back.p["x"], back.p["v"], back.dt) == (1.0, 0.5, 3.0)


@pytest.mark.parametrize(("cotangents", "message"), [
    ((1.0, 2.0), "here are 2 cotangents for 4 registers"),
    (1.0, "here is one value for 4 registers"),
    (([1.0], None, None, None), r"`x` has shape \(\), and its cotangent \(1,\)"),
])
def test_cotangents_fit_the_outputs(polar: rb.Kernel, cotangents: Any, message: str) -> None:
    _, pullback = rb.vjp(polar, 0.0, 0.0, 2.0, 0.0)
    with pytest.raises(WrongArguments, match=message):
        pullback(cotangents)


def test_they_take_kernels_only() -> None:
    with pytest.raises(WrongType, match="`vjp` differentiates kernels, not a function"):
        rb.vjp(test_they_take_kernels_only, 1.0)  # type: ignore[arg-type]
    with pytest.raises(WrongType, match="`linearize` differentiates kernels"):
        rb.linearize(abs, 1.0)  # type: ignore[arg-type]


def test_an_operation_without_a_derivative_is_named() -> None:
    strange = rb.primitive(derivative=None)(lambda_floor)
    f = rb.compile("def f(out, x):\n    out += strange(x)\n", strange=strange)
    _, pullback = rb.vjp(f, 0.0, 1.5)
    with pytest.raises(NotDifferentiable, match=r"`lambda_floor\(x\)` has no derivative"):
        pullback((1.0, None))


def lambda_floor(x: float) -> float:
    return x - x % 1.0
