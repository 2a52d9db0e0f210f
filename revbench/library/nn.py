"""Layers of neural networks.

    >>> import numpy as np
    >>> from revbench.library import nn
    >>> nn.relu([0.0, 0.0], [-1.0, 2.0]).y
    array([0., 2.])
"""
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def relu(y, x):
    """Adds `max(x, 0)` to `y`, element by element. At zero its derivative is taken to be one half.

    Parameters
    ----------
    y, x : (n,) arrays

    Raises
    ------
    InvertibilityError
        When `y` and `x` differ in length.
    """
    assert len(y) == len(x), "`y` and `x` are equally long"
    for i in range(len(x)):
        y[i] += max(x[i], 0.0)


@reversible
def linear(y, x, w, b):
    """Adds `x w^T + b`, an affine layer applied to a batch, to `y`.

    Parameters
    ----------
    y : (batch, m) array
    x : (batch, n) array
    w : (m, n) array
        Weights, one row for every output.
    b : (m,) array
        Biases.

    Raises
    ------
    InvertibilityError
        When the shapes do not fit.
    """
    assert y.shape[0] == x.shape[0], "`y` has a row for every row of `x`"
    assert y.shape[1] == w.shape[0] == len(b), "`y` has a column for every row of `w` and every entry of `b`"
    assert x.shape[1] == w.shape[1], "`x` has the columns of `w`"
    for p in range(x.shape[0]):
        for i in range(len(b)):
            y[p, i] += b[i]
            for j in range(x.shape[1]):
                y[p, i] += w[i, j] * x[p, j]
