"""Triangular systems, factorisations, inverse and determinant, and orthogonal matrices as products of rotations.

    >>> import numpy as np
    >>> from revbench.library import linalg
    >>> a = np.array([[4.0, 3.0], [6.0, 3.0]])
    >>> linalg.det(0.0, a).out
    -6.0
    >>> factors = linalg.lu_factor(a, np.zeros(2, int))
    >>> np.allclose((~linalg.lu_factor)(*factors).a, a)
    True

Triangular systems, `lu_factor`, `solve`, `inv`, `det` and `logdet` take complex matrices too.

Sources: G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th ed., chapters 3 and 5; for products of rotations J.-G. Liu,
T. Zhao, "Differentiate Everything with a Reversible Embedded Domain-Specific Language", section 5.
"""
# The language's vocabulary (zeros, sqrt, rot) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def solve_triangular(x, a, *, lower=False, unit_diagonal=False):
    """Solves `a x = b` for a triangular `a`: in goes `b`, out comes the solution, in the same array.

    `~solve_triangular` multiplies by `a` in place (BLAS `trsv` and `trmv`). The other triangle is not read.

    Parameters
    ----------
    x : (n,) array
        Right side, then solution.
    a : (n, n) array
    lower : bool
        Whether `a` is lower triangular (default: upper, as in SciPy).
    unit_diagonal : bool
        Whether the diagonal counts as ones and is not read.

    Raises
    ------
    InvertibilityError
        When the shapes do not fit, or a diagonal element is zero.
    """
    n = len(x)
    assert a.shape[0] == n, "`a` has a row for every entry of `x`"
    assert a.shape[1] == n, "`a` has a column for every entry of `x`"
    if lower:
        for i in range(n):
            for j in range(i):
                x[i] -= a[i, j] * x[j]
            if not unit_diagonal:
                x[i] /= a[i, i]
    else:
        for i in reversed(range(n)):
            for j in range(i + 1, n):
                x[i] -= a[i, j] * x[j]
            if not unit_diagonal:
                x[i] /= a[i, i]


@reversible
def lu_factor(a, piv):
    """Factors `a` in place into `p l u`, with partial pivoting.

    The strict lower triangle of `a` becomes that of `l`, whose diagonal is ones, and the upper triangle becomes `u`. Row
    `k` was exchanged with row `piv[k]`, as in SciPy's `lu_factor`.

    Parameters
    ----------
    a : (n, n) array
        The matrix, then its factors.
    piv : (n,) array of int
        Zeros, then the exchanges.

    Raises
    ------
    InvertibilityError
        When `a` is singular, or the shapes do not fit.

    Notes
    -----
    Golub and Van Loan, algorithm 3.4.1.
    """
    n = len(piv)
    assert a.shape[0] == n, "`a` has a row for every entry of `piv`"
    assert a.shape[1] == n, "`a` is square"
    for k in range(n):
        best = zeros(n, int64)          # best[i] is where column k is largest between the rows k and i
        best[k] += k
        for i in range(k + 1, n):
            best[i] += i if abs(a[i, k]) > abs(a[best[i - 1], k]) else best[i - 1]
        piv[k] += best[n - 1]
        for j in range(n):
            a[k, j], a[piv[k], j] = a[piv[k], j], a[k, j]
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]


@reversible
def solve(x, a):
    """Solves `a x = b` in place: in goes `b`, out comes the solution. `~solve` multiplies by `a`.

    Parameters
    ----------
    x : (n,) array
        Right side, then solution.
    a : (n, n) array

    Raises
    ------
    InvertibilityError
        When `a` is singular, or the shapes do not fit.
    """
    n = len(x)
    t = a
    piv = zeros(n, int64)
    lu_factor(t, piv)
    for k in range(n):
        x[k], x[piv[k]] = x[piv[k]], x[k]
    solve_triangular(x, t, lower=True, unit_diagonal=True)
    solve_triangular(x, t)


@reversible
def inv(out, a):
    """Adds the inverse of `a` to the matrix `out`.

    Parameters
    ----------
    out, a : (n, n) arrays

    Raises
    ------
    InvertibilityError
        When `a` is singular, or the shapes do not fit.
    """
    n = len(a)
    assert out.shape[0] == n, "`out` is as large as `a`"
    assert out.shape[1] == n, "`out` is as large as `a`"
    t = a
    piv = zeros(n, int64)
    lu_factor(t, piv)
    for j in range(n):
        x = zeros_like(a[0])
        x[j] += 1.0
        for k in range(n):
            x[k], x[piv[k]] = x[piv[k]], x[k]
        solve_triangular(x, t, lower=True, unit_diagonal=True)
        solve_triangular(x, t)
        for i in range(n):
            out[i, j] += x[i]


@reversible
def det(out, a):
    """Adds the determinant of `a` to `out`.

    Parameters
    ----------
    out : float
    a : (n, n) array

    Raises
    ------
    InvertibilityError
        When `a` is singular: the determinant is then zero, but it is not found by elimination.
    """
    n = len(a)
    t = a
    piv = zeros(n, int64)
    lu_factor(t, piv)
    d = 1.0
    for k in range(n):
        d *= t[k, k] if piv[k] == k else -t[k, k]
    out += d


@reversible
def logdet(out, a):
    """Adds the logarithm of the absolute value of the determinant of `a` to `out` (the second half of NumPy's `slogdet`).

    Parameters
    ----------
    out : float
    a : (n, n) array

    Raises
    ------
    InvertibilityError
        When `a` is singular.
    """
    t = a
    piv = zeros(len(a), int64)
    lu_factor(t, piv)
    for k in range(len(a)):
        out += log(abs(t[k, k]))


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
