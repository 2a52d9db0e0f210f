"""`jvp`, `hvp`, `show`: what they take, what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import NotDifferentiable, NotInvertible, WrongArguments, WrongType
from revbench.ir.nodes import Forget
from revbench.passes.inverse import inverse

NORM = """
def norm(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    out += sqrt(s)
"""


@pytest.fixture
def norm() -> rb.Kernel:
    kernel: rb.Kernel = rb.compile(NORM)
    return kernel


# ---- jvp
def test_jvp_has_the_form_of_the_call(norm: rb.Kernel) -> None:
    outputs, tangents = rb.jvp(norm, (1.0, [3.0, 4.0]), (0.5, [1.0, 0.0]))
    assert outputs.out == 6.0
    assert tangents.out == pytest.approx(1.1)
    assert tangents._fields == outputs._fields == ("out", "x")
    assert tangents.x.tolist() == [1.0, 0.0]


def test_what_does_not_move_has_a_tangent_of_none(norm: rb.Kernel) -> None:
    x = np.array([3.0, 4.0])
    _, tangents = rb.jvp(norm, (0.0, x), (1.0, None))
    assert tangents.out == 1.0
    assert tangents.x.tolist() == [0.0, 0.0]
    assert x.tolist() == [3.0, 4.0]


def test_one_register_comes_back_bare() -> None:
    double = rb.compile("def double(x):\n    x *= 2.0\n")
    assert rb.jvp(double, (3.0,), (1.0,)) == (6.0, 2.0)
    assert rb.jvp(~double, (3.0,), (1.0,)) == (1.5, 0.5)


def test_whole_numbers_do_not_move() -> None:
    f = rb.compile("def f(out, n, x):\n    n += 1\n    out += n * x\n")
    outputs, tangents = rb.jvp(f, (0.0, 1, 3.0), (0.0, None, 1.0))
    assert outputs == (6.0, 2, 3.0)
    assert tangents == (2.0, None, 1.0)
    with pytest.raises(NotDifferentiable, match="`n` is int64, and cannot move by a little"):
        rb.jvp(f, (0.0, 1, 3.0), (0.0, 1, 1.0))


@pytest.mark.parametrize(("tangents", "message"), [
    ((1.0,), "here are 2 arguments and 1 tangents"),
    ((1.0, [1.0]), r"`x` has shape \(2,\), and its direction \(1,\)"),
])
def test_directions_fit_the_arguments(norm: rb.Kernel, tangents: Any, message: str) -> None:
    with pytest.raises(WrongArguments, match=message):
        rb.jvp(norm, (0.0, [3.0, 4.0]), tangents)


def test_jvp_takes_kernels_only() -> None:
    with pytest.raises(WrongType, match="`jvp` differentiates kernels, not a function"):
        rb.jvp(test_one_register_comes_back_bare, (1.0,), (1.0,))  # type: ignore[arg-type]


# ---- hvp
def test_hvp_has_the_form_of_the_gradient() -> None:
    f = rb.compile("def f(out, x, y):\n    for i in range(len(x)):\n        out += x[i] ** 2 * y\n")
    args = (0.0, [1.0, 2.0], 3.0)
    found = rb.hvp(f, args, ([1.0, 0.0], 1.0))
    assert found.x.tolist() == [8.0, 4.0]
    assert found.y == 2.0
    assert rb.hvp(f, args, [1.0, 0.0], wrt="x").tolist() == [6.0, 0.0]
    assert rb.hvp(f, args, 1.0, wrt=2) == 0.0
    with pytest.raises(WrongArguments, match="`v` has 1 entries, and the gradient has 2"):
        rb.hvp(f, args, [1.0, 0.0])


# ---- texts
@pytest.mark.parametrize("what", ["adjoint", "tangent"])
def test_shown_derivatives_compile_and_run(norm: rb.Kernel, what: str) -> None:
    with pytest.raises(WrongArguments) as refused:
        norm.show(what)
    assert refused.value.hint == f'hand in an example: `norm.show("{what}", out, x)`'
    text = norm.show(what, 0.0, [3.0, 4.0])
    again = list(vars(rb.compile(text)).values())[-1] if text.count("def ") > 1 else rb.compile(text)
    norm(0.0, [3.0, 4.0])
    assert norm.show(what) == text
    if what == "tangent":
        assert again(0.0, [3.0, 4.0], 0.0, [1.0, 0.0]).out_dot == pytest.approx(0.6)
    else:
        assert again(5.0, [3.0, 4.0], 1.0, [0.0, 0.0]).x_bar == pytest.approx([0.6, 0.8])


def test_texts_of_the_last_call(norm: rb.Kernel) -> None:
    rb.grad(norm)(0.0, [3.0, 4.0])
    assert "float64" in norm.show("numba")
    assert rb.grad(norm).show() == rb.grad(norm).show(0.0, [3.0, 4.0])
    rb.jvp(norm, (np.float32(0), np.ones(2, np.float32)), (1.0, None))
    assert "float32" in norm.show("numba")


def test_show_says_what_it_takes(norm: rb.Kernel) -> None:
    with pytest.raises(WrongArguments, match=r"`show` takes the name of a text first, and knows no 0\.0") as refused:
        norm.show(0.0, [3.0, 4.0])  # type: ignore[arg-type]
    assert '`norm.show("adjoint", out, x)`' in refused.value.hint


def test_a_gradient_has_no_inverse(norm: rb.Kernel) -> None:
    with pytest.raises(NotInvertible, match="erases the cotangents") as refused:
        ~rb.grad(norm)
    assert "`grad(~norm)`" in refused.value.hint


def test_what_is_forgotten_does_not_come_back() -> None:
    with pytest.raises(NotInvertible, match=r"`forget\(t\)` erases what `t` held"):
        inverse((Forget("t"),))


def test_constants_that_depend_on_what_moves_are_no_silent_zero() -> None:
    f = rb.compile("""
def scaled(y, x, *, a):
    y += a * x

def f(out, x, z, n):
    t = z * z
    scaled(out, x, a=t)
    scaled(out, x, a=n)
""").f
    args = (0.0, 1.0, 2.0, 3)
    assert f(*args).out == 7.0
    assert rb.grad(f, wrt="x")(*args) == 7.0
    for call in (lambda: rb.grad(f)(*args), lambda: rb.jvp(f, args, (None, None, 1.0, None)), lambda: rb.hvp(f, args, (1.0, 1.0))):
        with pytest.raises(NotDifferentiable, match="`scaled` takes `a` as a constant, and here it depends on what is differentiated") as refused:
            call()
        assert refused.value.labels[0].span.text == "t"


def test_what_lies_on_a_stack_moves_on_another_one() -> None:
    f = rb.compile("""
def f(out, x):
    s = Stack()
    for i in range(len(x)):
        s.append(x[i] * x[i])
    out += s[-1] * x[0]
""")
    assert rb.jvp(f, (0.0, [1.0, 2.0]), (None, [1.0, 0.5]))[1].out == 6.0
    assert rb.hvp(f, (0.0, [1.0, 2.0]), [1.0, 0.5], wrt="x").tolist() == [2.0, 5.0]
