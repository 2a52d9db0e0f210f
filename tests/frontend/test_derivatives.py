"""Kernels that declare their derivatives: these are used, both ways, and refused when they cannot be what they say."""

from __future__ import annotations

import numpy as np
import pytest

import revbench as rb
from revbench.errors import WrongArguments, WrongType
from revbench.library import linalg
from tests.running import STEPS, on_machine


@rb.reversible
def step_adjoint(x_bar, out_bar, x, k):                          # type: ignore[no-untyped-def]
    x_bar += out_bar * k


@rb.reversible
def step_tangent(out_dot, x_dot, x, k):                          # type: ignore[no-untyped-def]
    out_dot += x_dot * k


@rb.reversible(adjoint=step_adjoint, tangent=step_tangent)
def step(out, x, k):                                             # type: ignore[no-untyped-def]
    out += floor(x)                                              # noqa: F821


@rb.reversible
def steps(out, x):                                               # type: ignore[no-untyped-def]
    for i in range(len(x)):
        step(out, x[i], i + 1)
    s = 0.0
    s += step(x[0], 2)
    step(s, x[1], 3)
    out += s * s


ARGS = (0.0, [0.5, 1.5, 2.5])


def test_the_declared_derivative_is_the_one_that_is_used() -> None:
    assert rb.grad(steps)(*ARGS).x.tolist() == [5.0, 8.0, 3.0]
    assert rb.grad(step)(0.0, 0.3, 4) == (4.0,)
    for k in range(3):
        assert rb.jvp(steps, ARGS, (0.0, np.eye(3)[k]))[1].out == [5.0, 8.0, 3.0][k]


def test_run_backwards_it_is_that_of_the_inverse() -> None:
    assert rb.grad(~steps)(*ARGS).x.tolist() == [-5.0, -8.0, -3.0]
    assert rb.grad(~step)(0.0, 0.3, 4) == (-4.0,)
    assert rb.jvp(~step, (0.0, 0.3, 4), (0.0, 1.0, None))[1].out == -4.0


def test_one_place_that_is_handed_in_twice_has_the_sum() -> None:
    f = rb.compile("def f(out, x):\n    g(out, x, x)\n", g=PRODUCT)
    assert rb.grad(f)(0.0, 3.0).x == 30.0
    assert rb.jvp(f, (0.0, 3.0), (0.0, 1.0))[1].out == 6.0        # that has no tangent of its own: the statements have one


def test_hessians_go_through_declared_adjoints() -> None:
    a = np.random.default_rng(3).normal(size=(3, 3))
    v = np.random.default_rng(4).normal(size=(3, 3))
    y = np.linalg.inv(a)
    np.testing.assert_allclose(rb.hvp(linalg.logdet, (0.0, a), (v,), wrt=("a",))[0], -(y @ v @ y).T)


def test_the_machine_runs_them_too() -> None:
    a = np.random.default_rng(3).normal(size=(3, 3))
    m = on_machine(linalg.inv, (np.zeros((3, 3)), a))
    m.run(STEPS)
    np.testing.assert_allclose(m.outputs()[0], np.linalg.inv(a))


def test_complex_matrices_are_differentiated_through_their_statements() -> None:
    a = np.random.default_rng(3).normal(size=(3, 3)) + 1j * np.random.default_rng(4).normal(size=(3, 3))
    f = rb.compile("def f(out, a):\n    d = 0j\n    det(d, a)\n    out += abs2(d)\n", det=linalg.det)
    assert rb.check_grad(f, 0.0, a)


def test_singular_matrices_are_a_broken_law() -> None:
    for f, out in ((linalg.inv, np.zeros((2, 2))), (linalg.det, 0.0), (linalg.logdet, 0.0)):
        with pytest.raises(rb.InvertibilityError, match=r"zero|singular"):
            f(out, [[1.0, 2.0], [2.0, 4.0]])
        with pytest.raises(rb.InvertibilityError, match=r"square|as large|row"):
            f(out, [[1.0, 2.0, 3.0], [2.0, 4.0, 5.0]])


def test_what_cannot_be_a_derivative_is_refused() -> None:
    with pytest.raises(WrongArguments, match="reads `out`"):
        @rb.reversible(adjoint=step_adjoint)
        def g(out, x, y):                                        # type: ignore[no-untyped-def]
            y += out
    with pytest.raises(WrongArguments, match="writes `x` too"):
        @rb.reversible(adjoint=step_adjoint)
        def h(out, x, y):                                        # type: ignore[no-untyped-def]
            out += y
            x += y
    with pytest.raises(WrongType, match="is a kernel"):
        rb.reversible(adjoint=abs)(plain)
    k = rb.reversible(adjoint=step_tangent)(plain)
    with pytest.raises(WrongArguments, match=r"the adjoint of `plain` writes `out_dot`|has the registers"):
        rb.grad(k)(0.0, 1.0)
    with pytest.raises(WrongArguments, match="no option `tape`"):
        rb.reversible(tape=step)(plain)


def plain(out, x):                                               # type: ignore[no-untyped-def]
    out += x


@rb.reversible
def product_adjoint(x_bar, y_bar, out_bar, x, y):                # type: ignore[no-untyped-def]
    x_bar += 5 * out_bar * y
    y_bar += 5 * out_bar * x


@rb.reversible(adjoint=product_adjoint)
def PRODUCT(out, x, y):                                          # type: ignore[no-untyped-def]
    out += x * y
