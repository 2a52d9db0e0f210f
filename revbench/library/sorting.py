"""Sorting, and other passes that compare.

    >>> import numpy as np
    >>> from revbench.library import sorting
    >>> there = sorting.sort([3.0, 1.0, 2.0], np.zeros(3, int))
    >>> there
    Outputs(x=array([1., 2., 3.]), perm=array([1, 2, 0]))
    >>> (~sorting.sort)(*there)
    Outputs(x=array([3., 1., 2.]), perm=array([0, 0, 0]))

A sort forgets the order that it found. Here the permutation remembers it, as `argsort` would have it: after sorting,
`x[i]` is what stood at `perm[i]`.
"""
# The language's vocabulary (zeros) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def running_maxima(out, x):
    """Adds the largest of `x[0..i]` to `out[i]`, for every i (`np.maximum.accumulate`).

    Parameters
    ----------
    out, x : (n,) arrays

    Raises
    ------
    InvertibilityError
        When `out` and `x` differ in length.
    """
    assert len(out) == len(x), "`out` and `x` are equally long"
    largest = zeros(len(x))
    for i in range(len(x)):
        largest[i] += max(largest[i - 1], x[i]) if i > 0 else x[i]
        out[i] += largest[i]


@reversible
def _merged(place, order, x, i, k):
    """Adds the place of element `order[i]` in the merger of its block of 2^k sorted elements with the neighbour to `place`."""
    width = 1 << k
    start = i - i % (2 * width)
    left = i - start < width
    other = start + width if left else start
    count = min(width, len(x) - other)
    v = x[order[i]]
    before = 0
    for b in reversed(range(k + 1)):
        s = 1 << b
        if before + s <= count and (x[order[other + before + s - 1]] < v if left else x[order[other + before + s - 1]] <= v):
            before += s
    place += start + i % width + before


@reversible
def argsort(perm, x):
    """Adds the permutation that sorts `x` to `perm`: `x[perm[0]] <= x[perm[1]] <= ...`. Equal elements stay in order.

    Merges sorted blocks of 1, 2, 4, ... elements. Where an element goes in the merged block is its place in its own half
    and, by bisection, the number of elements of the other half before it: n log(n)^2 comparisons, 2 n log(n) integers.

    Parameters
    ----------
    perm : (n,) array of int
    x : (n,) array
        Anything but not-a-number, which compares with nothing.

    Raises
    ------
    InvertibilityError
        When `perm` and `x` differ in length.

    Notes
    -----
    D. E. Knuth, "The Art of Computer Programming" 3, sections 5.2.4 (merging) and 6.2.1 (bisection by powers of two).
    """
    n = len(x)
    assert len(perm) == n, "`perm` and `x` are equally long"
    levels = 0
    for k in range(62):
        levels += 1 if 1 << k < n else 0
    order = zeros((levels + 1, n), int64)
    place = zeros((levels, n), int64)
    for i in range(n):
        order[0, i] += i
    for k in range(levels):
        for i in range(n):
            _merged(place[k, i], order[k], x, i, k)
        for i in range(n):
            order[k + 1, place[k, i]] += order[k, i]
    for i in range(n):
        perm[i] += order[levels, i]


@reversible
def sort(x, perm):
    """Sorts `x` in place, and adds to `perm` where its elements came from.

    Parameters
    ----------
    x : (n,) array
    perm : (n,) array of int
        Zeros, then `np.argsort(x, kind="stable")`.

    Raises
    ------
    InvertibilityError
        When `perm` and `x` differ in length.
    """
    argsort(perm, x)
    t = zeros_like(x)
    for i in range(len(x)):
        t[i], x[perm[i]] = x[perm[i]], t[i]
    t, x = x, t
    del t


@reversible
def compress(out, count, x, mask):
    """Adds the elements of `x` where `mask` is true to `out`, one after the other from `out[count]` on; `count` grows with them.

    Parameters
    ----------
    out : (m,) array
    count : int
    x : (n,) array
    mask : (n,) array of bool

    Raises
    ------
    InvertibilityError
        When `x` and `mask` differ in length, or `out` is too short.
    """
    assert len(x) == len(mask), "`x` and `mask` are equally long"
    for i in range(len(x)):
        if mask[i]:
            out[count] += x[i]
            count += 1


@reversible
def filter(out, count, x, *, keep):
    """Adds the elements of `x` that `keep` says yes to to `out`, one after the other from `out[count]` on; `count` grows with them.

    Parameters
    ----------
    out : (m,) array
    count : int
    x : (n,) array
    keep : Kernel
        `keep(yes, v)` turns the bool `yes` over for a `v` that is kept.

    Raises
    ------
    InvertibilityError
        When `out` is too short.
    """
    for i in range(len(x)):
        chosen = False
        keep(chosen, x[i])
        if chosen:
            out[count] += x[i]
            count += 1


@reversible
def map_fold(out, x, *, map, fold):
    """Takes every element of `x` through `map`, and what comes out through `fold` into `out`.

    With `map` a square and `fold` an addition, this is a sum of squares.

    Parameters
    ----------
    out : float
    x : (n,) array
    map : Kernel
        `map(y, v)` adds the image of `v` to `y`, which is zero.
    fold : Kernel
        `fold(out, y)` takes one image into the result.
    """
    for i in range(len(x)):
        y = 0.0
        map(y, x[i])
        fold(out, y)
