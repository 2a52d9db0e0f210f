"""Fourier transforms by butterflies, in place: running one backwards is the inverse transform, to the last factor.

    >>> import numpy as np
    >>> from revbench.library import transforms
    >>> there = transforms.fft(np.array([1.0, 2.0, 3.0, 4.0], complex))
    >>> np.allclose(there, [10.0, -2.0 + 2.0j, -2.0, -2.0 - 2.0j])
    True
    >>> np.allclose((~transforms.fft)(there), [1.0, 2.0, 3.0, 4.0])
    True

Source: W. H. Press et al., "Numerical Recipes", 3rd ed., section 12.2.
"""
# The language's vocabulary (exp) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

import math

from revbench import reversible


@reversible
def bit_reversal(x):
    """Exchanges every element with the one whose index has the same binary digits in the opposite order.

    Parameters
    ----------
    x : (n,) array
        n is a power of two.

    Raises
    ------
    InvertibilityError
        When n is not a power of two.
    """
    n = len(x)
    bits = 0
    for b in range(62):
        bits += 1 if 1 << b < n else 0
    assert n == 1 << bits, "the length is a power of two"
    for i in range(n):
        j = 0
        for b in range(bits):
            j += (i >> b & 1) << (bits - 1 - b)
        if i < j:
            x[i], x[j] = x[j], x[i]


@reversible
def fft(z):
    """Transforms `z` in place, as `np.fft.fft` does: `sum_j z[j] exp(-2 pi i j k/n)` takes the place of `z[k]`.

    `~fft` is `np.fft.ifft`.

    Parameters
    ----------
    z : (n,) array of complex
        n is a power of two.

    Raises
    ------
    InvertibilityError
        When n is not a power of two.
    """
    n = len(z)
    bit_reversal(z)
    for level in range(62):
        half = 1 << level
        if half < n:
            for start in range(0, n, 2 * half):
                for k in range(half):
                    i = start + k
                    j = i + half
                    z[j] *= exp(-1j * math.pi * k / half)
                    z[i] += z[j]
                    z[j] *= -2.0                # from (a + b, b) to (a + b, a - b)
                    z[j] += z[i]
