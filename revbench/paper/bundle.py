"""Bundle adjustment of the paper's figure: reprojection errors of a camera that sees a point, and their sparse Jacobian.

A camera has 11 parameters: rotation r (axis times angle), centre C, focal length f, principal point x0, and two
coefficients of radial distortion k. It sees a point X, with `theta = |r|` and `X' = X - C`, at

    Y = cos(theta) X' + sin(theta)/theta (r x X') + (1 - cos(theta))/theta^2 (r . X') r,
    u = (Y0, Y1)/Y2,    image = f u (1 + k0 |u|^2 + k1 |u|^4) + x0,

and the error is the distance from the observed feature, weighted: `err = w (image - feature)`. Weights are kept near one
by an error of their own, `1 - w^2`. Observation i is of camera i mod n and point i mod m, as ADBench repeats them, but no
two cameras, points or weights are equal here.

The Jacobian of all errors has 15 entries in the two rows of an observation, and one in the row of a weight: ADBench's
compressed sparse rows, `revbench.paper.bundle.structure`.

Sources: M. Srajer, Z. Kukelova, A. Fitzgibbon, "A benchmark of selected algorithmic differentiation tools on some
problems in computer vision and machine learning" (ADBench); J.-G. Liu, T. Zhao, "Differentiate Everything with a
Reversible Embedded Domain-Specific Language", section 4.
"""
# The language's vocabulary (sqrt, sin, cos) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from revbench import reversible

CAMERA, POINT = 11, 3
BLOCK = CAMERA + POINT + 1
SIZES = {"ba1": (49, 7776, 31843), "ba4": (372, 47423, 204472), "ba7": (93, 61203, 287451), "ba13": (245, 198739, 1091386)}


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Cameras, points and what was observed."""

    cameras: NDArray[np.float64]        # (n, 11)
    points: NDArray[np.float64]         # (m, 3)
    weights: NDArray[np.float64]        # (p,)
    features: NDArray[np.float64]       # (p, 2)
    camera_of: NDArray[np.int64]        # (p,)
    point_of: NDArray[np.int64]         # (p,)


class CSR(NamedTuple):
    """A sparse matrix by rows: row i has the values `vals[rows[i]:rows[i + 1]]` in the columns `cols[rows[i]:rows[i + 1]]`."""

    rows: NDArray[np.int64]
    cols: NDArray[np.int64]
    vals: NDArray[np.float64]


@reversible
def reprojection(err, camera, point, w, feature):
    """Adds the weighted distance between image and feature to `err`.

    err : (2,) array
        In pixels.
    camera : (11,) array
        Rotation (3), centre (3), focal length, principal point (2), radial distortion (2).
    point : (3,) array
        In the units of the centre.
    w : float
        Weight.
    feature : (2,) array
        In pixels.
    """
    r0 = camera[0]
    r1 = camera[1]
    r2 = camera[2]
    x0 = point[0] - camera[3]
    x1 = point[1] - camera[4]
    x2 = point[2] - camera[5]
    square = r0 * r0 + r1 * r1 + r2 * r2
    theta = sqrt(square) if square > 0.0 else 0.0
    c = cos(theta)
    s = sin(theta) / theta if square > 0.0 else 1.0
    q = (1.0 - c) / square * (r0 * x0 + r1 * x1 + r2 * x2) if square > 0.0 else 0.0
    y0 = c * x0 + s * (r1 * x2 - r2 * x1) + q * r0
    y1 = c * x1 + s * (r2 * x0 - r0 * x2) + q * r1
    y2 = c * x2 + s * (r0 * x1 - r1 * x0) + q * r2
    u0 = y0 / y2
    u1 = y1 / y2
    radius = u0 * u0 + u1 * u1
    scale = camera[6] * (1.0 + camera[9] * radius + camera[10] * radius * radius)
    err[0] += w * (scale * u0 + camera[7] - feature[0])
    err[1] += w * (scale * u1 + camera[8] - feature[1])


@reversible
def weight_error(err, w):
    """Adds `1 - w^2` to `err`."""
    err += 1.0 - w ** 2


@reversible
def bundle_errors(reproj, werr, cameras, points, weights, features, camera_of, point_of):
    """Adds all errors: `reprojection` of every observation to the rows of `reproj`, `weight_error` to `werr`.

    reproj, features : (p, 2) arrays
    werr, weights : (p,) arrays
    cameras : (n, 11) array
    points : (m, 3) array
    camera_of, point_of : (p,) arrays of int
        What every observation is of.
    """
    for i in range(len(weights)):
        reprojection(reproj[i], cameras[camera_of[i]], points[point_of[i]], weights[i], features[i])
        weight_error(werr[i], weights[i])


def make_bundle(n: int, m: int, p: int, seed: int = 0) -> Bundle:
    """`n` cameras that look at `m` points, seen `p` times; no two of anything are equal.

    >>> make_bundle(*SIZES["ba1"]).features.shape
    (31843, 2)
    """
    rng = np.random.default_rng(seed)
    middle = np.array([0, 0, 0, 0, 0, -10, 400, 0, 0, 0.05, -0.01])
    spread = np.array([0.2, 0.2, 0.2, 0.5, 0.5, 0.5, 20, 5, 5, 0.01, 0.002])
    each = np.arange(p)
    return Bundle(cameras=middle + spread * rng.standard_normal((n, CAMERA)), points=rng.uniform(-2, 2, (m, POINT)),
                  weights=rng.uniform(0.1, 1, p), features=100 * rng.standard_normal((p, 2)), camera_of=each % n, point_of=each % m)


def structure(bundle: Bundle) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`rows` and `cols` of the Jacobian: two rows for every observation, then one for every weight.

    Columns are the cameras' parameters, the points' and the weights, in this order.
    """
    n, m, p = len(bundle.cameras), len(bundle.points), len(bundle.weights)
    weight = CAMERA * n + POINT * m + np.arange(p)[:, None]
    row = np.concatenate([CAMERA * bundle.camera_of[:, None] + np.arange(CAMERA), CAMERA * n + POINT * bundle.point_of[:, None] + np.arange(POINT), weight],
                         axis=1)
    rows = np.concatenate([BLOCK * np.arange(2 * p + 1), 2 * BLOCK * p + np.arange(1, p + 1)])
    return rows, np.concatenate([np.repeat(row, 2, axis=0).ravel(), weight.ravel()])
