"""What the paper's kernels must agree with: formulas in NumPy, apart from the kernels, and published numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from revbench.paper.adbench import GMM
from revbench.paper.gmm_numpy import GMMGradient, gmm_gradient, gmm_objective, triangles, wishart_constant
from revbench.paper.solar import DT, G

__all__ = ["GMMGradient", "gmm_gradient", "gmm_objective", "triangles", "wishart_constant"]

# ADBench's smallest case (gmm/test.txt) and what its own tests expect of every tool: objective, then gradient
# for alphas, means and icf.
ADBENCH_TEST = GMM(
    alphas=np.array([-0.649014, 1.181166, -0.758453]),
    means=np.array([[0.092339, 0.186260], [0.345561, 0.396767], [0.538817, 0.419195]]),
    icf=np.array([[0.586443, -0.851887, 0.800321], [-1.509405, 0.875874, -0.242790],
                  [0.166813, -1.965419, -1.270071]]),
    x=np.array([[1.175171, 2.029160]]), gamma=1.0, m=0)
ADBENCH_TEST_OBJECTIVE = 8.07380408004975791
ADBENCH_TEST_GRADIENT = (
    1.08662855508652456e-01, -7.41270039523898472e-01, 6.32607184015246071e-01,
    1.11692576532787013e+00, 1.63333013551455269e-01, -2.19989824071193142e-02,
    2.27778292254236098e-01, 1.20963025612832187e+00, -6.06375920733956339e-02,
    2.58529994051162237e+00, 1.12632694524213789e-01, 3.85744309849611777e-01,
    7.35180573182305508e-02, 5.41836362715595232e+00, -3.21494409677446469e-01,
    1.71892309775004937e+00, 8.60091090790866875e-01, -9.94640930466322848e-01,
)


# ---- leapfrog ----------------------------------------------------------------------------------------------
def accelerations(r: NDArray[Any], m: NDArray[Any], g: float = G) -> NDArray[Any]:
    """a_j = sum_k g m_k (r_k - r_j)/|r_k - r_j|^3, in the float type of `r`.

    It rounds as the published program does: `d` is a square root, its cube `d * d * d`, `g * m` over the cube
    multiplies `r_k - r_j`, and k runs upwards. Other orders depart from its round-off after some 100 steps.
    """
    apart = r[None, :, :] - r[:, None, :]
    d = np.sqrt((apart * apart).sum(axis=2))
    np.fill_diagonal(d, 1)
    pulls: NDArray[Any] = ((g * m) / (d * d * d))[:, :, None] * apart
    return np.asarray(pulls.sum(axis=1))


def leapfrog(r: NDArray[Any], v: NDArray[Any], m: NDArray[Any], steps: int,
             dt: float = DT, g: float = G) -> tuple[NDArray[Any], NDArray[Any]]:
    """Kick and drift `steps` times; the first kick takes half a step. New positions and velocities."""
    r, v = r.copy(), v.copy()
    for step in range(steps):
        v += (dt / 2 if step == 0 else dt) * accelerations(r, m, g)
        r += dt * v
    return r, v


def distance(r: NDArray[Any], s: NDArray[Any]) -> float:
    """Mean over the bodies of |r - s|."""
    return float(np.sqrt(((r.astype(np.longdouble) - s.astype(np.longdouble)) ** 2).sum(axis=1)).mean())


# Published round-off of the plain and the reversible leapfrog, steps -> AU in float32, float64:
# the mean distance from a 106-bit run that starts from the float64 data.
F6_REGULAR: dict[int, tuple[float, float]] = {
    4: (6.096e-07, 6.786e-16),
    8: (7.570e-07, 1.243e-15),
    16: (9.095e-07, 1.973e-15),
    32: (8.874e-07, 3.408e-15),
    64: (1.024e-06, 4.639e-15),
    128: (1.762e-06, 8.773e-15),
    256: (4.698e-06, 1.775e-14),
    512: (2.011e-05, 3.725e-14),
    1024: (6.586e-05, 8.556e-14),
    2048: (1.643e-04, 2.431e-13),
    4096: (4.400e-04, 8.562e-13),
    8192: (1.254e-03, 2.802e-12),
    16384: (2.886e-03, 6.776e-12),
    32768: (1.065e-02, 1.891e-11),
    65536: (3.198e-02, 7.743e-11),
    131072: (5.289e-02, 2.104e-10),
    262144: (2.099e-01, 5.188e-10),
    524288: (4.009e-01, 1.278e-09),
    1048576: (5.701e-01, 4.351e-09),
}
