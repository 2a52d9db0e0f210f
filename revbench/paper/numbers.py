"""Small programs that the paper times: a complex logarithm, and a sparse matrix times a vector, both complex.

Losses are real, so that they have gradients; by a complex register these are d/d re + i d/d im.

Source: J.-G. Liu, T. Zhao, "Differentiate Everything with a Reversible Embedded Domain-Specific Language", sections 3 and 4.
"""
# The language's vocabulary (log, abs2) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible
from revbench.library.sparse import csc_matvec


@reversible
def log_loss(out, z):
    """Adds the sum of `0.1 Re(log(z)) + 0.2 Im(log(z))` to `out`, z an (n,) array of complex numbers."""
    for i in range(len(z)):
        w = log(z[i])
        out += 0.1 * w.real + 0.2 * w.imag


@reversible
def matvec_loss(out, y, data, indices, indptr, x):
    """Adds `a x` to `y`, as `csc_matvec` does, then `|y|^2` to `out`."""
    csc_matvec(y, data, indices, indptr, x)
    for i in range(len(y)):
        out += abs2(y[i])
