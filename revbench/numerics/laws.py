"""What run-time laws need to know about whole arrays, compiled inline."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable


@register_jitable
def _amax(a: np.ndarray) -> float:
    """The largest magnitude in an array; nan if there is one; 0 if it is empty."""
    worst = 0.0
    for v in a.flat:
        if v != v:
            return np.nan
        worst = max(worst, abs(float(v)))
    return worst


@register_jitable
def _adiff(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference between two arrays of one shape; nan if either holds one."""
    worst = 0.0
    for v, w in zip(a.flat, b.flat):                         # noqa: B905 (Numba knows no `strict`)
        if v != v or w != w:
            return np.nan
        worst = max(worst, abs(float(v) - float(w)))
    return worst
