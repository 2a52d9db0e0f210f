"""Codes: differences, and lengths of runs.

    >>> import numpy as np
    >>> from revbench.library import coding
    >>> coding.delta([3, 5, 4, 4])
    array([ 3,  2, -1,  0])
    >>> coding.run_length([0, 0, 0], [0, 0, 0], 0, [7, 7, 7, 2])
    Outputs(values=array([7, 2, 0]), counts=array([3, 1, 0]), n=2, x=array([7, 7, 7, 2]))
"""
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def delta(x):
    """Replaces every element but the first by its difference from the one before, in place. `~delta` is a running sum.

    Parameters
    ----------
    x : (n,) array
        Whole numbers come back exactly, also when they wrap around.
    """
    for i in reversed(range(1, len(x))):
        x[i] -= x[i - 1]


@reversible
def run_length(values, counts, n, x):
    """Adds the runs of equal elements of `x` to `values` and `counts`, from index `n` on; `n` grows with every run.

    Parameters
    ----------
    values : (m,) array
    counts : (m,) array of int
    n : int
    x : (l,) array

    Raises
    ------
    InvertibilityError
        When there are more runs than places.
    """
    for i in range(len(x)):
        if i == 0 or x[i] != x[i - 1]:
            values[n] += x[i]
            n += 1
        counts[n - 1] += 1


@reversible
def run_length_decode(x, values, counts, n):
    """Adds `counts[k]` times `values[k]`, for the `n` runs one after the other, to the elements of `x`.

    `run_length(values, counts, n, x)` with zeros, followed by `~run_length_decode(x, values, counts, n)`, leaves zeros
    in `x`: then the code has taken its place.

    Parameters
    ----------
    x : (l,) array
    values : (m,) array
    counts : (m,) array of int
    n : int

    Raises
    ------
    InvertibilityError
        When `x` is shorter than all runs together.
    """
    at = 0
    for k in range(n):
        for i in range(counts[k]):
            x[at + i] += values[k]
        at += counts[k]
