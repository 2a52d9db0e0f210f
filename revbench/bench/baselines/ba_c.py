"""Bundle adjustment in plain C, with a Jacobian by hand: `ba.c`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from revbench.paper.bundle import BLOCK, Bundle

from .compiled import library, pointer

DECLARATIONS = """void ba_jacobian(int64_t p, const double *cameras, const double *points, const double *weights, const double *features,
                                   const int64_t *camera_of, const int64_t *point_of, double *vals);"""


def values(bundle: Bundle) -> Callable[[], tuple[NDArray[np.float64]]]:
    """The Jacobian's values, in an array that the next call writes again."""
    ffi, lib = library("ba", DECLARATIONS)
    p = len(bundle.weights)
    out = np.empty(2 * BLOCK * p + p)
    data = (bundle.cameras, bundle.points, bundle.weights, bundle.features, bundle.camera_of, bundle.point_of, out)
    arguments = [pointer(ffi, a) for a in data]

    def run(keep: object = data) -> tuple[NDArray[np.float64]]:
        lib.ba_jacobian(p, *arguments)
        return (out,)

    return run
