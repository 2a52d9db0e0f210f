"""Sums, products and matrices: what NumPy calls `sum`, `dot` and `@`, and BLAS by four letters.

All kernels add to their first register, except `scal`, which scales it; `~f` subtracts, or divides. Numbers are floats
(of either width), complex or whole.

Sources: C. L. Lawson et al., "Basic linear algebra subprograms for Fortran usage", ACM TOMS 5 (1979), for names and
meanings; J.-G. Liu, T. Zhao, "Differentiate Everything with a Reversible Embedded Domain-Specific Language", for the form.
"""
# The language's vocabulary (conj, sqrt) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def sum(out, x):
    """Adds the sum of `x` to `out`.

    Parameters
    ----------
    out : number
    x : (n,) array
    """
    for v in x:
        out += v


@reversible
def dot(out, x, y):
    """Adds `x . y`, the sum of products, to `out`.

    Parameters
    ----------
    out : number
    x, y : (n,) arrays

    Raises
    ------
    InvertibilityError
        When `x` and `y` differ in length.
    """
    assert len(x) == len(y), "`x` and `y` are equally long"
    for i in range(len(x)):
        out += x[i] * y[i]


@reversible
def vdot(out, x, y):
    """Adds the inner product of `x` and `y`, `sum(conj(x) y)`, to `out` (`np.vdot`).

    Parameters
    ----------
    out : number
    x, y : (n,) arrays

    Raises
    ------
    InvertibilityError
        When `x` and `y` differ in length.
    """
    assert len(x) == len(y), "`x` and `y` are equally long"
    for i in range(len(x)):
        out += conj(x[i]) * y[i]


@reversible
def sumsq(out, x):
    """Adds the sum of the squared absolute values of `x` to `out`.

    Parameters
    ----------
    out : float
    x : (n,) array
    """
    for v in x:
        out += abs2(v)


@reversible
def norm2(out, x):
    """Adds the Euclidean norm of `x`, the root of `sumsq` (BLAS `nrm2`), to `out`.

    It has no derivative where all of `x` is zero: the gradient is not a number there.

    Parameters
    ----------
    out : float
    x : (n,) array
    """
    s = 0.0
    for v in x:
        s += abs2(v)
    out += sqrt(s)


@reversible
def scal(x, a):
    """Multiplies `x` by `a`.

    Parameters
    ----------
    x : (n,) array
    a : number

    Raises
    ------
    InvertibilityError
        When `a` is zero.
    """
    x *= a


@reversible
def axpy(y, a, x):
    """Adds `a x` to `y`.

    Parameters
    ----------
    y : (n,) array
    a : number
    x : (n,) array

    Raises
    ------
    InvertibilityError
        When `y` and `x` differ in length.
    """
    assert len(y) == len(x), "`y` and `x` are equally long"
    y += a * x


@reversible
def ger(a, x, y):
    """Adds the outer product `x y^T` to the matrix `a`.

    Parameters
    ----------
    a : (m, n) array
    x : (m,) array
    y : (n,) array

    Raises
    ------
    InvertibilityError
        When the shapes do not fit.
    """
    assert a.shape[0] == len(x), "`a` has a row for every entry of `x`"
    assert a.shape[1] == len(y), "`a` has a column for every entry of `y`"
    for i in range(len(x)):
        for j in range(len(y)):
            a[i, j] += x[i] * y[j]


@reversible
def gemv(y, a, x):
    """Adds `a x`, matrix times vector, to `y`.

    Parameters
    ----------
    y : (m,) array
    a : (m, n) array
    x : (n,) array

    Raises
    ------
    InvertibilityError
        When the shapes do not fit.
    """
    assert a.shape[0] == len(y), "`a` has a row for every entry of `y`"
    assert a.shape[1] == len(x), "`a` has a column for every entry of `x`"
    y += a @ x


@reversible
def matmul(c, a, b):
    """Adds `a @ b` to the matrix `c`.

    Parameters
    ----------
    c : (m, n) array
    a : (m, k) array
    b : (k, n) array

    Raises
    ------
    InvertibilityError
        When the shapes do not fit.
    """
    assert c.shape[0] == a.shape[0], "`c` has a row for every row of `a`"
    assert c.shape[1] == b.shape[1], "`c` has a column for every column of `b`"
    assert a.shape[1] == b.shape[0], "`b` has a row for every column of `a`"
    c += a @ b


@reversible
def affine(y, a, x, b):
    """Adds `a x + b` to `y`.

    Parameters
    ----------
    y : (m,) array
    a : (m, n) array
    x : (n,) array
    b : (m,) array

    Raises
    ------
    InvertibilityError
        When the shapes do not fit.
    """
    assert len(b) == len(y), "`b` and `y` are equally long"
    gemv(y, a, x)
    y += b
