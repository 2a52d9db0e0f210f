"""What users declare: it works in kernels, and is refused when it is not what it says."""

from __future__ import annotations

import math

import pytest

import revbench as rb
from revbench.errors import NotABijection, NotDifferentiable, UnknownName, WrongArguments, WrongDerivative
from tests.running import STEPS, on_machine


@rb.bijection(inverse="a - t * b, b")
def shear(a, b, t):                                              # type: ignore[no-untyped-def]
    return a + t * b, b


@rb.bijection(inverse="log(x) / k", on=[(-2, 2), (0.5, 2)])
def grow(x, k):                                                  # type: ignore[no-untyped-def]
    return exp(k * x)                                            # noqa: F821


@rb.primitive(derivative="3 * x ** 2")
def cube(x):                                                     # type: ignore[no-untyped-def]
    return x * x * x


@rb.primitive(derivative=["-sin(x) * y", None])
def averaged(x, y):                                              # type: ignore[no-untyped-def]
    s = 0.0
    for _ in range(3):
        s += math.cos(x)
    return s * y / 3


TEXT = """
def f(out, a, b):
    a, b = shear(a, b, 0.5)
    out += cube(a) * b
    a = grow(a, b)
    out += averaged(a, 2.0)
"""


def test_declared_rows_run_both_ways_and_have_derivatives() -> None:
    f = rb.compile(TEXT, shear=shear, grow=grow, cube=cube, averaged=averaged)
    assert rb.check_inverse(f, 0.0, 0.3, 0.4)
    assert rb.check_grad(f, 0.0, 0.3, 0.4)
    a = 0.3 + 0.5 * 0.4
    assert f(0.0, 0.3, 0.4).out == pytest.approx(a**3 * 0.4 + 2 * math.cos(math.exp(0.4 * a)))


def test_another_name_and_the_printed_text_mean_the_same_row() -> None:
    f = rb.compile("def f(a, b):\n    a, b = slanted(a, b, 2.0)\n", slanted=shear)
    assert "shear(a, b, 2.0)" in f.show()
    assert rb.compile(f.show())(1.0, 2.0) == f(1.0, 2.0) == (5.0, 2.0)


def test_a_derivative_that_is_not_there_is_named() -> None:
    g = rb.compile("def g(out, x):\n    out += averaged(1.0, x)\n", averaged=averaged)
    with pytest.raises(NotDifferentiable, match="averaged"):
        rb.grad(g)(0.0, 1.0)


def test_what_is_not_undone_is_refused() -> None:
    with pytest.raises(NotABijection, match="comes back as"):
        @rb.bijection(inverse="x / 2")
        def thrice(x):                                           # type: ignore[no-untyped-def]
            return 3 * x


def test_a_wrong_derivative_is_refused() -> None:
    with pytest.raises(WrongDerivative, match="gives"):
        @rb.primitive(derivative="2 * x")
        def third(x):                                            # type: ignore[no-untyped-def]
            return x**3


def test_unknown_names_and_counts_are_refused() -> None:
    with pytest.raises(UnknownName):
        @rb.bijection(inverse="x - z")
        def moved(x):                                            # type: ignore[no-untyped-def]
            return x + z                                         # noqa: F821
    with pytest.raises(WrongArguments):
        rb.primitive(derivative=["1.0", "1.0"])(abs_of)


def test_the_machine_asks_python_and_names_what_has_no_value() -> None:
    @rb.primitive(derivative="1 / x", on=[(0.5, 2)])
    def logarithm(x):                                            # type: ignore[no-untyped-def]
        y = math.log(x)
        return y

    f = rb.compile("def f(out, x):\n    out += logarithm(x) if x > -2.0 else x\n", logarithm=logarithm)
    for x, want in ((2.0, math.log(2.0)), (-3.0, -3.0)):
        m = on_machine(f, (1.0, x))
        m.run(STEPS)
        assert m.outputs() == [1.0 + want, x]
        m.run(-STEPS)
        assert m.outputs() == [pytest.approx(1.0), x]
    with pytest.raises(rb.InvertibilityError, match=r"`logarithm\(x\)` has no value .* -1\.0: math domain error"):
        on_machine(f, (1.0, -1.0)).run(STEPS)


def abs_of(x: float) -> float:
    return abs(x)
