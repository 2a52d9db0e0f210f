"""Triangular systems, elimination, inverse and determinant.

    >>> import numpy as np
    >>> from revbench.library import linalg
    >>> a = np.array([[4.0, 3.0], [6.0, 3.0]])
    >>> linalg.det(0.0, a).out
    -6.0
    >>> factors = linalg.lu_factor(a, np.zeros(2, int))
    >>> np.allclose((~linalg.lu_factor)(*factors).a, a)
    True

Triangular systems, `lu_factor`, `solve`, `inv`, `det` and `logdet` take complex matrices too. `inv`, `det` and `logdet` of
real ones declare their derivatives: no gradient goes through the elimination.

Source: G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th ed., chapter 3; for the derivatives M. B. Giles, "Collected
matrix derivative results for forward and reverse mode algorithmic differentiation" (2008). Orthogonal matrices stand in `orthogonal`.
"""
# The language's vocabulary (zeros, sqrt, rot) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible

from .orthogonal import qr_gram_schmidt as qr_gram_schmidt
from .orthogonal import qr_householder as qr_householder
from .orthogonal import reflect as reflect
from .orthogonal import umm as umm


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
def _inverted(out, a):
    """`out += inv(a)` by elimination."""
    n = len(a)
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
def _determinant(out, a):
    """`out += det(a)` by elimination."""
    n = len(a)
    t = a
    piv = zeros(n, int64)
    lu_factor(t, piv)
    d = 1.0
    for k in range(n):
        d *= t[k, k] if piv[k] == k else -t[k, k]
    out += d


@reversible
def _inv_adjoint(a_bar, out_bar, a):
    """`a_bar -= y^T out_bar y^T` with the inverse `y`."""
    y = zeros_like(a)
    _inverted(y, a)
    t = zeros_like(a)
    t += y.T @ out_bar
    a_bar -= t @ y.T


@reversible
def _inv_tangent(out_dot, a_dot, a):
    y = zeros_like(a)
    _inverted(y, a)
    t = zeros_like(a)
    t += y @ a_dot
    out_dot -= t @ y


@reversible
def _logdet_adjoint(a_bar, out_bar, a):
    """`a_bar += out_bar inv(a)^T` (Jacobi's formula)."""
    y = zeros_like(a)
    _inverted(y, a)
    for i in range(len(a)):
        for j in range(len(a)):
            a_bar[i, j] += out_bar * y[j, i]


@reversible
def _logdet_tangent(out_dot, a_dot, a):
    y = zeros_like(a)
    _inverted(y, a)
    for i in range(len(a)):
        for j in range(len(a)):
            out_dot += y[j, i] * a_dot[i, j]


@reversible
def _det_adjoint(a_bar, out_bar, a):
    d = 0.0
    _determinant(d, a)
    t = d * out_bar
    _logdet_adjoint(a_bar, t, a)


@reversible
def _det_tangent(out_dot, a_dot, a):
    d = 0.0
    _determinant(d, a)
    t = 0.0
    _logdet_tangent(t, a_dot, a)
    out_dot += d * t


@reversible(adjoint=_inv_adjoint, tangent=_inv_tangent)
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
    _inverted(out, a)


@reversible(adjoint=_det_adjoint, tangent=_det_tangent)
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
    _determinant(out, a)


@reversible(adjoint=_logdet_adjoint, tangent=_logdet_tangent)
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
        assert abs(t[k, k]) > 0.0, "`a` is not singular"
        out += log(abs(t[k, k]))
