"""Kernels that take kernels or `*args`, called from the host and from other texts."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import revbench as rb
from revbench import errors


@pytest.fixture(scope="module")
def made() -> SimpleNamespace:
    kernels: SimpleNamespace = rb.compile("""
def square(out, x):
    out += x * x

def cube(out, x):
    out += x ** 3

def apply(out, x, *, f=square):
    f(out, x)
    ~f(out, 0.5 * x)

def twice(out, *args, f):
    f(out, *args)
    apply(out, *args, f=f)
""")
    return kernels


def test_a_kernel_handed_in_is_called(made: SimpleNamespace) -> None:
    assert made.apply(0.0, 2.0).out == 3.0
    assert made.apply(0.0, 2.0, f=made.cube).out == 7.0
    assert made.apply(0.0, 2.0, f=~made.cube).out == -7.0
    assert (~made.apply)(7.0, 2.0, f=made.cube).out == 0.0
    assert made.twice(0.0, 2.0, f=made.square) == (7.0, 2.0)


def test_its_gradient_its_checks_and_its_session(made: SimpleNamespace) -> None:
    assert rb.grad(made.apply)(0.0, 2.0, f=made.cube).x == 10.5
    assert rb.check_grad(made.apply, 0.0, 2.0, f=made.cube)
    assert rb.check_inverse(made.apply, 0.0, 2.0, f=made.cube)
    assert rb.jvp(made.apply, (0.0, 2.0), (0.0, 1.0), f=made.cube)[1].out == 10.5
    assert rb.debug(made.apply, 0.0, 2.0, f=made.cube).end().names["out"] == 7.0


def test_kernels_of_one_name_are_told_apart(made: SimpleNamespace) -> None:
    other = rb.compile("def square(out, x):\n    out += 10 * x")
    both = rb.compile("def both(out, x, *, f, g):\n    f(out, x)\n    g(out, x)\n    square(out, x)", square=made.square)
    assert both(0.0, 3.0, f=other, g=other).out == 69.0
    assert both(0.0, 3.0, f=made.square, g=other).out == 48.0
    assert both(0.0, 3.0, f=other, g=~made.square).out == 30.0
    calls = rb.compile("def calls(out, x):\n    both(out, x, f=square, g=ours)\n    both(out, x, f=ours, g=ours)", both=both, square=other, ours=made.square)
    assert calls(0.0, 3.0).out == 75.0


def test_an_inverse_under_a_name_is_an_inverse_in_a_kernel(made: SimpleNamespace) -> None:
    assert rb.compile("def f(out, x):\n    undo(out, x)", undo=~made.square)(0.0, 3.0).out == -9.0


def test_what_is_missing_or_wrong_is_said(made: SimpleNamespace) -> None:
    with pytest.raises(errors.WrongType, match="calls `f`, and here is an int"):
        made.apply(0.0, 2.0, f=3)
    with pytest.raises(errors.WrongArguments, match="needs the kernel `f`"):
        made.twice(0.0, 2.0)
    with pytest.raises(errors.WrongArguments, match="needs `out`"):
        made.twice(f=made.square)
