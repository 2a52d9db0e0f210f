"""Whole numbers and logarithmic ones: every kernel here comes back bit for bit.

    >>> from revbench.library import arithmetic
    >>> arithmetic.gcd(0, 84, 36).out
    12
    >>> arithmetic.fibonacci(0, 1, 10)
    Outputs(a=55, b=89, n=10)
    >>> (~arithmetic.fibonacci)(55, 89, 10)
    Outputs(a=0, b=1, n=10)

Source: D. E. Knuth, "The Art of Computer Programming" 2, section 4.5.2.
"""
# The language's vocabulary (zeros) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def isqrt(out, n):
    """Adds the largest whole number whose square is at most `n` to `out` (`math.isqrt`), bit by bit.

    Parameters
    ----------
    out, n : int
        n >= 0

    Raises
    ------
    InvertibilityError
        When `n` is negative.
    """
    assert n >= 0, "`n` is not negative"
    r = 0
    for b in reversed(range(32)):
        s = 1 << b
        if r + s <= n // (r + s):
            r += s
    out += r


@reversible
def gcd(out, a, b):
    """Adds the greatest common divisor of `a` and `b` to `out`.

    Euclid's algorithm with remainders. The quotients stay until it is undone: at most 91 for two numbers of 64 bits.

    Parameters
    ----------
    out, a, b : int
        a >= 0, b >= 0

    Raises
    ------
    InvertibilityError
        When `a` or `b` is negative.
    """
    assert a >= 0, "`a` is not negative"
    assert b >= 0, "`b` is not negative"
    u = a
    v = b
    quotients = zeros(92, int64)
    k = 0
    while v > 0:
        quotients[k] += u // v
        u -= quotients[k] * v
        u, v = v, u
        k += 1
    out += u


@reversible
def factorial(out, n):
    """Adds `n!` to `out`.

    Parameters
    ----------
    out, n : int
        0 <= n <= 20: more does not fit 64 bits.

    Raises
    ------
    InvertibilityError
        When `n` is out of range.
    """
    assert 0 <= n <= 20, "`n` is between 0 and 20"
    p = 1
    for i in range(2, n + 1):
        p *= i
    out += p


@reversible
def fibonacci(a, b, n):
    """Takes two neighbours of Fibonacci's sequence, 0 1 1 2 3 5 8 ..., `n` places on, in place.

    Parameters
    ----------
    a, b : int
        `F(k), F(k + 1)`, then `F(k + n), F(k + n + 1)`.
    n : int
        n >= 0. F(92) is the last one that fits 64 bits; beyond, numbers wrap around, and come back all the same.
    """
    for _ in range(n):
        a += b
        a, b = b, a


@reversible
def power(y, x, n):
    """Multiplies `y` by `x**n`: products of logarithmic numbers are sums of whole numbers, and nothing is rounded away.

    Parameters
    ----------
    y : ULog
    x : ULog
        Positive, or a positive float.
    n : int

    Raises
    ------
    InvertibilityError
        When `x` is a float that is not positive, or the result is out of range.
    """
    u = ULog(1.0)
    u *= x
    y *= u ** n
