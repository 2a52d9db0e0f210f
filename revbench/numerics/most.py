"""Where the largest and the smallest element of an array stands: the first of several, the first NaN if there is one; compiled inline.

Blocks are first asked whether they hold anything better at all, which the vectoriser does at one go; what is better is
then looked for one by one. Few blocks hold something better than all before them, unless the array is sorted.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

BLOCK = 512


@register_jitable
def _argmax(a: np.ndarray) -> int:
    x = a.ravel()
    n, best = len(x), 0
    for begin in range(0, n, BLOCK):
        end, top, better = min(begin + BLOCK, n), x[best], 0
        for k in range(begin, end):
            better |= 1 - (x[k] <= top)                     # a NaN is not
        if better:
            for k in range(begin, end):
                if x[k] != x[k]:
                    return k
                if x[k] > x[best]:
                    best = k
    return best


@register_jitable
def _argmin(a: np.ndarray) -> int:
    x = a.ravel()
    n, best = len(x), 0
    for begin in range(0, n, BLOCK):
        end, top, better = min(begin + BLOCK, n), x[best], 0
        for k in range(begin, end):
            better |= 1 - (x[k] >= top)
        if better:
            for k in range(begin, end):
                if x[k] != x[k]:
                    return k
                if x[k] < x[best]:
                    best = k
    return best
