"""`check_grad`: what it compares, where it says that a gradient differs, and broken laws."""

from __future__ import annotations

import numpy as np
import pytest

import revbench as rb
from revbench.errors import InvertibilityError, WrongArguments

WRONG = """
def product_adjoint(x_bar, y_bar, out_bar, x, y):
    x_bar += out_bar * y
    y_bar += out_bar * y
"""


@pytest.fixture(scope="module")
def wrong() -> rb.Kernel:
    adjoint = rb.compile(WRONG).unchecked

    @rb.reversible(adjoint=adjoint, check=False)
    def product(out, x, y):                                      # type: ignore[no-untyped-def]
        out += x * y

    return product


def test_a_wrong_derivative_is_named_with_both_values(wrong: rb.Kernel) -> None:
    report = rb.check_grad(wrong, 0.0, 3.0, 5.0)
    assert not report
    differ = {place: (got, want) for place, got, want, error in report.rows if error > report.tolerance}
    assert differ.keys() == {"d/dy", "<gradient, v>"}
    assert differ["d/dy"] == (5.0, pytest.approx(3.0))
    assert "2 of 3 places differ" in repr(report)
    assert "  d/dy: got 5, expected 3" in repr(report)
    assert "d/dy" not in repr(rb.check_grad(wrong, 0.0, 3.0, 5.0, wrt="x"))


@pytest.mark.parametrize("method", ["differences", "complex step"])
def test_a_right_one_is_right_to_more_digits_with_complex_steps(method: str) -> None:
    f = rb.compile("def f(out, x, a):\n    for i in range(len(x)):\n        out += exp(x[i]) * a + abs(x[i])\n").unchecked
    report = rb.check_grad(f, 0.0, [1.0, -0.5], 1.5, method=method)        # type: ignore[arg-type]
    assert report
    assert len(report.rows) == 4
    assert report.tolerance == (1e-6 if method == "differences" else 1e-10)
    assert report.worst <= report.tolerance


def test_what_does_not_run_on_complex_numbers_is_said() -> None:
    f = rb.compile("def f(out, x):\n    if x > 0:\n        out += x\n").unchecked
    with pytest.raises(WrongArguments, match="`f` has no complex step: complex numbers have no order"):
        rb.check_grad(f, 0.0, 1.5, method="complex step")
    with pytest.raises(WrongArguments, match="`check_grad` knows no method 'complex'"):
        rb.check_grad(f, 0.0, 1.5, method="complex")  # type: ignore[arg-type]


def test_records_and_complex_numbers_along_a_direction() -> None:
    f = rb.compile("def f(out, p, z):\n    out += p.x ** 2 * abs2(z) + p.n\n").unchecked
    ball = np.array((3.0, 2), [("x", "f8"), ("n", "i8")])[()]
    report = rb.check_grad(f, 0.0, ball, 1 + 2j)
    assert report
    assert {row[0] for row in report.rows} == {"d/dp.x", "d/dz.real", "d/dz.imag", "<gradient, v>"}


def test_a_broken_law_is_reported() -> None:
    f = rb.compile("def f(out, x):\n    s = 1.0\n    for i in range(len(x)):\n        s *= x[i]\n    out += s\n")
    report = rb.check_grad(f, 0.0, [1.0, 0.0])
    assert not report
    assert isinstance(report.broken, InvertibilityError)
    assert "a law broke" in repr(report)
