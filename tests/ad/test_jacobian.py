"""`jacobian` and `each`: both modes, differences, items, forms, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import NotDifferentiable, NotYet, ShapeMismatch, WrongArguments, WrongType

MIX = """
def scale(y, x, a):
    y += a * x

def mix(y, x, a, n, *, k):
    y *= a
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            s = x[i] * x[j + n]
            if s > 0:
                scale(y[i, j], sin(s), a)
            else:
                y[i, j] -= k * s
    y[0, 0], y[1, 2] = y[1, 2], y[0, 0]
"""
Y, X = np.arange(6.0).reshape(2, 3), np.array([0.7, -1.3, 0.4, 1.9])
ARGS = (Y, X, 1.5, 1)


@pytest.fixture(scope="module")
def mix() -> rb.Kernel:
    made: rb.Kernel = rb.compile(MIX).mix.unchecked
    return made


@pytest.fixture(scope="module")
def polar() -> rb.Kernel:
    made: rb.Kernel = rb.compile("def polar(p, r, t):\n    p[0] += r * cos(t)\n    p[1] += r * sin(t)\n").unchecked
    return made


@pytest.fixture(scope="module")
def both(mix: rb.Kernel) -> tuple[Any, Any]:
    made = (rb.jacobian(mix, "y", ("x", "a", "y"), mode)(*ARGS, k=2.0) for mode in ("reverse", "forward"))
    return next(made), next(made)


# ---- values
def test_the_modes_agree(both: tuple[Any, Any]) -> None:
    for one, other in zip(*both, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    assert both[0].x.shape == (2, 3, 4)
    assert both[0].a.shape == (2, 3)
    assert both[0].y.shape == (2, 3, 2, 3)


def test_a_jacobian_is_made_of_differences(mix: rb.Kernel, both: tuple[Any, Any]) -> None:
    h = 1e-6
    for j in range(len(X)):
        ends = [mix(Y, X + sign * h * np.eye(4)[j], 1.5, 1, k=2.0).y for sign in (1, -1)]
        np.testing.assert_allclose(both[0].x[..., j], (ends[0] - ends[1]) / (2 * h), rtol=1e-7, atol=1e-7)
    assert both[0].y[0, 0].tolist() == [[0, 0, 0], [0, 0, 1.5]]              # exchanged, and scaled


def test_arguments_are_left_alone(both: tuple[Any, Any]) -> None:
    assert np.array_equal(Y, np.arange(6.0).reshape(2, 3))


# ---- forms
def test_forms(polar: rb.Kernel) -> None:
    args = ([0.0, 0.0], 2.0, 0.0)
    assert rb.jacobian(polar)(*args)._asdict().keys() == {"r", "t"}
    assert rb.jacobian(polar, wrt="t")(*args).tolist() == [0.0, 2.0]
    assert rb.jacobian(polar, packed=True)(*args).tolist() == [[1.0, 0.0], [0.0, 2.0]]
    assert rb.jacobian(polar, wrt=("t", "r"), packed=True, mode="reverse")(*args).tolist() == [[0.0, 1.0], [2.0, 0.0]]
    assert repr(rb.jacobian(polar)) == "<jacobian of <reversible polar(p, r, t)>, of=p, wrt=None>"
    several = rb.compile("def f(a, b, x):\n    a += x * x\n    b += 3 * x\n")
    found = rb.jacobian(several, of=("a", "b"))(0.0, 0.0, 2.0)
    assert found.a.x == 4.0
    assert found.b == (3.0,)
    assert isinstance(found.a.x, float)
    assert rb.jacobian(several, of="a", wrt="b")(0.0, 0.0, 2.0) == 0.0
    assert rb.jacobian(~several, of="a", wrt="x")(0.0, 0.0, 2.0) == -4.0


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_complex_numbers_and_records(mode: Any) -> None:
    f = rb.compile("def f(y, z):\n    for i in range(len(y)):\n        y[i] += z[i] * z[0]\n").unchecked
    y, z = np.zeros(2, complex), np.array([1 + 2j, 3 - 1j])
    found = rb.jacobian(f, of="y.real", mode=mode)(y, z).z
    assert found.tolist() == [[2 - 4j, 0], [3 + 1j, 1 - 2j]]
    step = rb.compile("def step(p, t):\n    p.x += t * p.v\n").unchecked
    ball = np.array((0.0, 3.0, 1), [("x", "f8"), ("v", "f8"), ("n", "i8")])[()]
    found = rb.jacobian(step, of="p.x", mode=mode)(ball, 0.5)
    assert found.t == 3.0
    assert (found.p["x"], found.p["v"], found.p.dtype.names) == (1.0, 0.5, ("x", "v"))


# ---- items
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_every_item_has_the_jacobian_that_it_has_alone(mix: rb.Kernel, mode: Any) -> None:
    rng = np.random.default_rng(1)
    ys, xs = rng.normal(size=(3, 2, 3)), rng.normal(size=(3, 4))
    alone = rb.jacobian(mix, "y", ("x", "a"), mode)
    found = rb.each(alone, (0, 0, None, None))(ys, xs, 1.5, 1, k=2.0)
    for k in range(3):
        for got, want in zip(found, alone(ys[k], xs[k], 1.5, 1, k=2.0), strict=True):
            np.testing.assert_allclose(got[k], want, rtol=1e-12)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_few_rows_go_through_at_once(polar: rb.Kernel, mode: Any) -> None:
    r, t = np.array([1.0, 2.0, 3.0]), np.zeros(3)
    want = [[[1.0, 0.0], [0.0, k]] for k in r]
    assert rb.each(rb.jacobian(polar, mode=mode, packed=True))(np.zeros((3, 2)), r, t).tolist() == want
    assert rb.each(rb.jacobian(polar, mode=mode, packed=True), (None, 0, 0))(np.zeros(2), r, t).tolist() == want
    assert rb.each(rb.jacobian(polar, mode=mode), [0, 0, None])(np.zeros((0, 2)), r[:0], 0.0).t.shape == (0, 2)


def test_each_of_a_kernel_is_a_kernel(polar: rb.Kernel) -> None:
    f = rb.each(polar, (0, 0, None))
    p = np.array([[0.5, 0.0], [0.0, 0.5]])
    there = f(p, [1.0, 2.0], 0.3)
    np.testing.assert_allclose((~f)(*there).p, p, atol=1e-15)
    total = rb.each(rb.compile("def loss(out, x, a):\n    out += a * x ** 2\n"), (None, 0, None))
    assert total(0.0, [1.0, 2.0], 3.0).out == 15.0
    assert rb.grad(total)(0.0, [1.0, 2.0], 3.0).a == 5.0
    with pytest.raises(rb.InvertibilityError, match="`r` and `p` have different numbers of items"):
        f(p, [1.0], 0.3)


def test_each_of_a_gradient_has_one_for_every_item() -> None:
    f = rb.compile("def f(out, z, a):\n    out += a * abs2(z)\n")
    found = rb.each(rb.grad(f), (None, 0, 0))(0.0, np.array([1 + 2j, 3j]), [1.0, 0.5])
    assert found.z.tolist() == [2 + 4j, 3j]
    assert found.a.tolist() == [5.0, 9.0]
    assert type(found).__name__ == "Gradients"


# ---- refusals
def test_what_cannot_be_differentiated_is_named(mix: rb.Kernel) -> None:
    with pytest.raises(NotDifferentiable, match="`n` is int64: it has no derivative"):
        rb.jacobian(mix, wrt="n")(*ARGS, k=2.0)
    with pytest.raises(NotDifferentiable, match="`n` is int64: it has no derivative"):
        rb.jacobian(mix, of="n")(*ARGS, k=2.0)
    square = rb.compile("def square(y, z):\n    y += z * z\n")
    with pytest.raises(NotDifferentiable, match="`y` is complex128, and a Jacobian is that of real numbers") as refused:
        rb.jacobian(square)(0j, 1j)
    assert refused.value.hint == "choose a part: `of='y.real'`"
    with pytest.raises(NotDifferentiable, match="`z` is complex128, and a packed Jacobian is a matrix of floats"):
        rb.jacobian(square, of="y.imag", wrt="z", packed=True)(0j, 1j)
    tops = rb.compile("def tops(out, s):\n    out += s[-1]\n    s.append(1.0)\n")
    with pytest.raises(NotYet, match="`s` is a stack"):
        rb.jacobian(tops)(0.0, rb.Stack([1.0]))


def test_words_are_checked(mix: rb.Kernel) -> None:
    with pytest.raises(WrongArguments, match="`jacobian` has no mode 'backward'"):
        rb.jacobian(mix, mode="backward")  # type: ignore[arg-type]
    with pytest.raises(WrongArguments, match="`packed=True` makes one matrix, of one register"):
        rb.jacobian(mix, of=("y", "x"), packed=True)
    with pytest.raises(WrongArguments, match="a gradient is taken of one register, and `of` names 2") as refused:
        rb.grad(mix, of=("y", "x"))  # type: ignore[arg-type]
    assert "`jacobian(mix, of=('y', 'x'))`" in refused.value.hint
    with pytest.raises(WrongArguments, match="`mix` has no register 'z'"):
        rb.jacobian(mix, of="z")


def test_items_are_checked(polar: rb.Kernel) -> None:
    jac = rb.jacobian(polar)
    with pytest.raises(ShapeMismatch, match="`p` has 3 items, and `t` has 2"):
        rb.each(jac, (0, None, 0))(np.zeros((3, 2)), 1.0, np.zeros(2))
    with pytest.raises(WrongType, match="`r` is float64, and has no axis of items") as refused:
        rb.each(jac)(np.zeros((3, 2)), 1.0, np.zeros(3))
    assert refused.value.hint.endswith("`in_axes=(0, None, 0)`")
    for f in (polar, jac):
        with pytest.raises(WrongArguments, match="`in_axes` maps no register"):
            rb.each(f, None)
        with pytest.raises(WrongArguments, match="made of 0"):
            rb.each(f, 1)
    with pytest.raises(WrongArguments, match="`in_axes` is for 2 registers, and here are 3"):
        rb.each(jac, (0, 0))(np.zeros((3, 2)), np.zeros(3), np.zeros(3))
    with pytest.raises(WrongType, match="`each` does not take a `value_and_grad`"):
        rb.each(rb.value_and_grad(polar))
    with pytest.raises(WrongType, match="`each` takes a kernel, a gradient, a Jacobian or a Hessian, not a function"):
        rb.each(test_items_are_checked)  # type: ignore[call-overload]


def test_a_packed_jacobian_goes_into_an_array_that_is_there(polar: rb.Kernel, mix: rb.Kernel) -> None:
    jac = rb.each(rb.jacobian(polar, mode="reverse", packed=True))
    out = np.full((3, 2, 2), np.nan)
    args = np.zeros((3, 2)), np.array([1.0, 2.0, 3.0]), np.zeros(3)
    assert jac.into(out, *args) is out
    np.testing.assert_array_equal(out, jac(*args))
    whole = rb.jacobian(mix, "y", ("x", "a", "y"), "reverse", packed=True)              # in chunks, the last one not full
    np.testing.assert_array_equal(whole.into(np.full((6, 11), np.nan), *ARGS, k=2.0), whole(*ARGS, k=2.0))
    found = rb.jacobian(mix, "y", ("x", "a", "y"), "reverse")(*ARGS, k=2.0)
    np.testing.assert_allclose(whole(*ARGS, k=2.0), np.concatenate([part.reshape(6, -1) for part in found], axis=1), rtol=1e-13)
    with pytest.raises(WrongArguments, match=r"no contiguous float64 array of shape \(3, 2, 2\)"):
        jac.into(np.zeros((3, 2)), *args)
    with pytest.raises(WrongArguments, match="only a packed Jacobian is one array"):
        rb.jacobian(polar).into(out, *args)
