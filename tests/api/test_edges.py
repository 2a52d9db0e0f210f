"""What a newcomer ran into: each of these once crashed, hung, or gave a wrong or missing number."""

import numpy as np
import pytest

import revbench as rb


def test_recursion_without_an_end_is_a_broken_law_not_a_crash() -> None:
    count = rb.compile("def count(out, n):\n    if n == 0:\n        out += 1.0\n    else:\n        count(out, n - 1)\n        out += 0.5\n")
    assert count(0.0, 3000).out == 1501.0
    with pytest.raises(rb.InvertibilityError, match="calls itself more than 5000 times") as caught:
        count(0.0, -1)
    assert caught.value.law == "depth"


def test_local_bool_arrays_are_checked_too() -> None:
    flags = rb.compile("""
def flags(n, x):
    c = zeros(len(x), bool)
    d = copy(x)
    for i in range(len(x)):
        c[i] ^= d[i]
        n += int(c[i])
""")
    assert flags(0, [True, False, True]).n == 2
    assert (~flags)(2, [True, False, True]).n == 0


def test_a_polynomial_has_a_gradient_at_zero() -> None:
    poly = rb.compile("def poly(out, x, c):\n    a = 0.0\n    for k in range(len(c)):\n        a += c[k] * x ** k\n    out += a\n")
    gradient = rb.grad(poly)(0.0, 0.0, [1.0, 5.0, 3.0])
    assert gradient.x == 5.0
    np.testing.assert_array_equal(gradient.c, [1.0, 0.0, 0.0])
    names = rb.debug(rb.grad(poly), 0.0, 0.0, [1.0, 5.0, 3.0]).end().names
    assert names["x_bar"] == 5.0


def test_powers_that_whole_numbers_cannot_hold() -> None:
    power = rb.compile("def power(a, b, k):\n    a += b ** k\n")
    with pytest.raises(rb.InvertibilityError, match="negative exponent"):
        power(0, 2, -1)
    assert power(0.0, 2.0, -1).a == 0.5
    assert power(0.0, 0.0, -1).a == np.inf


def test_products_that_overflow_are_told() -> None:
    times = rb.compile("def times(x, y):\n    x *= y\n")
    assert times(2**61, 3).x == 3 * 2**61
    for small, large in ((2, 2**62), (np.int8(2), np.int8(100))):
        with pytest.raises(rb.InvertibilityError, match="overflows"):
            times(large, small)


def test_constants_of_math_and_numpy_are_known_without_an_import() -> None:
    assert rb.compile("def f(y):\n    y += np.pi - math.pi\n")(1.0) == 1.0
