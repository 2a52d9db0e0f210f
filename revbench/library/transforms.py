"""Fourier transforms by butterflies, in place: running one backwards is the inverse transform, to the last factor.

    >>> import numpy as np
    >>> from revbench.library import transforms
    >>> there = transforms.fft([1.0, 2.0, 3.0, 4.0], np.zeros(4))
    >>> np.round(there.re, 12), np.round(there.im, 12)
    (array([10., -2., -2., -2.]), array([ 0.,  2.,  0., -2.]))
    >>> np.round((~transforms.fft)(*there).re, 12)
    array([1., 2., 3., 4.])

Source: W. H. Press et al., "Numerical Recipes", 3rd ed., section 12.2.
"""
# The language's vocabulary (rot) is known inside kernels, not to the linter:
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
def fft(re, im):
    """Transforms `re + i im` in place, as `np.fft.fft` does: `sum_j x_j exp(-2 pi i j k/n)`. `~fft` is `np.fft.ifft`.

    Parameters
    ----------
    re : (n,) array
        Real parts; n is a power of two.
    im : (n,) array
        Imaginary parts.

    Raises
    ------
    InvertibilityError
        When n is not a power of two, or `re` and `im` differ in length.
    """
    n = len(re)
    assert len(im) == n, "`re` and `im` are equally long"
    bit_reversal(re)
    bit_reversal(im)
    for level in range(62):
        half = 1 << level
        if half < n:
            for start in range(0, n, 2 * half):
                for k in range(half):
                    i = start + k
                    j = i + half
                    re[j], im[j] = rot(re[j], im[j], -math.pi * k / half)
                    re[i] += re[j]
                    re[j] *= -2.0               # from (a + b, b) to (a + b, a - b)
                    re[j] += re[i]
                    im[i] += im[j]
                    im[j] *= -2.0
                    im[j] += im[i]
