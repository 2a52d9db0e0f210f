"""ADBench's Gaussian mixture in plain C, with a gradient by hand: `gmm.c`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from revbench.paper.adbench import GMM

from .compiled import library, pointer

Arrays = tuple[NDArray[np.float64], ...]
DECLARATIONS = """double gmm_gradient(int d, int K, int n, const double *alphas, const double *means, const double *icf, const double *x,
                                      double gamma, double m, double *in_alphas, double *in_means, double *in_icf, double *work);"""


def gradient(gmm: GMM) -> Callable[[], Arrays]:
    """Gradients for alphas, means and icf, in arrays that the next call writes again."""
    ffi, lib = library("gmm", DECLARATIONS)
    d, K, n = gmm.d, gmm.K, gmm.n
    data = (gmm.alphas, gmm.means, gmm.icf, gmm.x)
    out = tuple(np.empty_like(a) for a in data[:3])
    work = np.empty(K * (3 * d + d * (d - 1) // 2 + 3) + d)
    arguments = [pointer(ffi, a) for a in data], [pointer(ffi, a) for a in (*out, work)]

    def run(keep: object = (data, work)) -> Arrays:
        lib.gmm_gradient(d, K, n, *arguments[0], gmm.gamma, gmm.m, *arguments[1])
        return out

    return run
