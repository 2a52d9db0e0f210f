"""Sparse matrices in compressed sparse columns: the three arrays of SciPy's `csc_array`.

The nonzeros of column `j` are `data[indptr[j]:indptr[j + 1]]`, in the rows `indices[indptr[j]:indptr[j + 1]]`. Values are real or complex.

    >>> import numpy as np
    >>> from scipy.sparse import csc_array
    >>> from revbench.library import sparse
    >>> a = csc_array([[0.0, 2.0], [5.0, 0.0]])
    >>> sparse.csc_matvec(np.zeros(2), a.data, a.indices, a.indptr, [1.0, 10.0]).y
    array([20.,  5.])

Source: J.-G. Liu, T. Zhao, "Differentiate Everything with a Reversible Embedded Domain-Specific Language", section 4.
"""
# The language's vocabulary (conj) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def csc_matvec(y, data, indices, indptr, x):
    """Adds `a x`, sparse matrix times vector, to `y`.

    Parameters
    ----------
    y : (m,) array
    data : (nnz,) array
    indices : (nnz,) array of int
    indptr : (n + 1,) array of int
        Values, rows, and beginnings of columns of `a`.
    x : (n,) array

    Raises
    ------
    InvertibilityError
        When `indptr` does not fit `x`, or a row is not one of `y`.
    """
    assert len(indptr) == len(x) + 1, "`a` has a column for every entry of `x`"
    for j in range(len(x)):
        for p in range(indptr[j], indptr[j + 1]):
            y[indices[p]] += data[p] * x[j]


@reversible
def csc_rmatvec(y, data, indices, indptr, x):
    """Adds `a^H x`, the adjoint (for real numbers: the transpose) of a sparse matrix times a vector, to `y`.

    Parameters
    ----------
    y : (n,) array
    data : (nnz,) array
    indices : (nnz,) array of int
    indptr : (n + 1,) array of int
        `a`, as in `csc_matvec`.
    x : (m,) array

    Raises
    ------
    InvertibilityError
        When `indptr` does not fit `y`, or a row is not one of `x`.
    """
    assert len(indptr) == len(y) + 1, "`a` has a column for every entry of `y`"
    for j in range(len(y)):
        for p in range(indptr[j], indptr[j + 1]):
            y[j] += conj(data[p]) * x[indices[p]]


@reversible
def csc_dot(out, data, indices, indptr, data2, indices2, indptr2):
    """Adds `sum_ij conj(a_ij) b_ij`, the inner product of two sparse matrices, to `out`.

    Rows rise within each column, as SciPy's `sort_indices` leaves them; what they have in common is found as in merging
    two sorted lists. The compiler keeps two bits a step for the way back, and drops them after each column.

    Parameters
    ----------
    out : number
    data : (nnz,) array
    indices : (nnz,) array of int
    indptr : (n + 1,) array of int
        `a`, as in `csc_matvec`.
    data2 : (nnz2,) array
    indices2 : (nnz2,) array of int
    indptr2 : (n + 1,) array of int
        `b`.

    Raises
    ------
    InvertibilityError
        When the matrices have different numbers of columns.
    """
    assert len(indptr) == len(indptr2), "both matrices have the same number of columns"
    for j in range(len(indptr) - 1):
        p = indptr[j]
        q = indptr2[j]
        while p < indptr[j + 1] and q < indptr2[j + 1]:
            if indices[p] < indices2[q]:
                p += 1
            elif indices[p] > indices2[q]:
                q += 1
            else:
                out += conj(data[p]) * data2[q]
                p += 1
                q += 1
