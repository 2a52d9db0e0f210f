"""Orthogonal matrices: reflections, factorisations with them, products of rotations.

    >>> import numpy as np
    >>> from revbench.library import orthogonal
    >>> orthogonal.reflect([1.0, 2.0], [0.0, 1.0]).x
    array([ 1., -2.])

The names are known in `linalg` too.

Sources: G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th ed., chapter 5; for products of rotations J.-G. Liu,
T. Zhao, "Differentiate Everything with a Reversible Embedded Domain-Specific Language", section 5.
"""
# The language's vocabulary (zeros, sqrt, rot) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def reflect(x, v):
    """Reflects `x` at the plane orthogonal to `v`: Householder's `x - 2 v (v . x)/(v . v)`. It is its own inverse.

    Parameters
    ----------
    x, v : (n,) arrays

    Raises
    ------
    InvertibilityError
        When `x` and `v` differ in length, or `v` is zero.

    Notes
    -----
    Golub and Van Loan, section 5.1. The projection turns its sign with the reflection; so it is undone by adding the new one.
    """
    assert len(x) == len(v), "`x` and `v` are equally long"
    vv = 0.0
    for i in range(len(v)):
        vv += v[i] * v[i]
    assert vv > 0.0, "`v` is not zero"
    p = 0.0
    for i in range(len(v)):
        p += v[i] * x[i]
    for i in range(len(v)):
        x[i] -= 2.0 * p / vv * v[i]
    for i in range(len(v)):
        p += v[i] * x[i]
    free(p, 0.0)


@reversible
def qr_householder(q, r, a):
    """Adds the factors of `a = q r` to `q` and `r`: `q` orthogonal, `r` upper triangular, by Householder's reflections.

    Diagonal elements of `r` have the sign that LAPACK gives them, opposite to that of what they are made from.

    Parameters
    ----------
    q : (m, m) array
    r, a : (m, n) arrays, m >= n

    Raises
    ------
    InvertibilityError
        When the shapes do not fit, or the rank of `a` is less than n.

    Notes
    -----
    Golub and Van Loan, algorithm 5.2.1.
    """
    m = a.shape[0]
    n = a.shape[1]
    assert m >= n, "`a` has no more columns than rows"
    assert q.shape[0] == q.shape[1] == m, "`q` is square, with the rows of `a`"
    assert r.shape[0] == m, "`r` is as large as `a`"
    assert r.shape[1] == n, "`r` is as large as `a`"
    t = zeros((n, m))          # columns are rows here, which can be handed on
    v = zeros((n, m))
    for i in range(m):
        for j in range(n):
            t[j, i] += a[i, j]
    for k in range(min(n, m - 1)):
        s = 0.0
        for i in range(k, m):
            s += t[k, i] * t[k, i]
            v[k, i] += t[k, i]
        v[k, k] += sqrt(s) if t[k, k] >= 0.0 else -sqrt(s)
        for j in range(k, n):
            reflect(t[j], v[k])
    for i in range(m):
        for j in range(i, n):
            r[i, j] += t[j, i]
    for j in range(m):
        u = zeros(m)
        u[j] += 1.0
        for k in reversed(range(min(n, m - 1))):
            reflect(u, v[k])
        for i in range(m):
            q[i, j] += u[i]


@reversible
def qr_gram_schmidt(q, r, a):
    """Adds the factors of `a = q r` to `q` and `r`: orthonormal columns, upper triangle, by the modified Gram-Schmidt process.

    Diagonal elements of `r` are positive.

    Parameters
    ----------
    q, a : (m, n) arrays, m >= n
    r : (n, n) array

    Raises
    ------
    InvertibilityError
        When the shapes do not fit, or the columns of `a` are linearly dependent.

    Notes
    -----
    Golub and Van Loan, algorithm 5.2.6.
    """
    m = a.shape[0]
    n = a.shape[1]
    assert q.shape[0] == m, "`q` is as large as `a`"
    assert q.shape[1] == n, "`q` is as large as `a`"
    assert r.shape[0] == r.shape[1] == n, "`r` is square, with the columns of `a`"
    t = a
    s = zeros((n, n))
    for k in range(n):
        square = 0.0
        for i in range(m):
            square += t[i, k] * t[i, k]
        s[k, k] += sqrt(square)
        for i in range(m):
            t[i, k] /= s[k, k]
        for j in range(k + 1, n):
            for i in range(m):
                s[k, j] += t[i, k] * t[i, j]
            for i in range(m):
                t[i, j] -= s[k, j] * t[i, k]
    for i in range(m):
        for j in range(n):
            q[i, j] += t[i, j]
    for i in range(n):
        for j in range(i, n):
            r[i, j] += s[i, j]


@reversible
def umm(x, theta):
    """Multiplies `x` in place by the orthogonal matrix that n (n - 1)/2 angles stand for, a product of plane rotations.

    The rotations turn the planes (n - 2, n - 1), ..., (1, 2), (0, 1), then the same without the last one, and so on. Every
    rotation matrix is such a product; backwards, `~umm` multiplies by the transpose.

    Parameters
    ----------
    x : (n,) array
    theta : (n (n - 1)/2,) array
        Angles in radians, in the order of the rotations.

    Raises
    ------
    InvertibilityError
        When `theta` has not one angle for every pair of entries of `x`.
    """
    n = len(x)
    assert len(theta) == n * (n - 1) // 2, "`theta` has one angle for every pair of entries of `x`"
    k = 0
    for j in range(n - 1):
        for i in reversed(range(j, n - 1)):
            x[i], x[i + 1] = rot(x[i], x[i + 1], theta[k])
            k += 1
