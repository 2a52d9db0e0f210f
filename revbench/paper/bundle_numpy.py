"""Errors of bundle adjustment and their Jacobian as NumPy formulas, apart from the kernels: what they must agree with.

In the notation of `revbench.paper.bundle`, with s = sin(theta)/theta, q = (1 - cos(theta))/theta^2 and g the derivative of
one error by Y:

    d/dX = cos(theta) g + s (g x r) + q (r.g) r,    d/dC = -d/dX,
    d/dr = s (X' x g) + q ((r.g) X' + (r.X') g) + (-s g.X' + (cos(theta) - s)/theta^2 g.(r x X') + (s - 2 q)/theta^2 (r.X') (r.g)) r.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bundle import BLOCK, CSR, Bundle, structure


def errors(bundle: Bundle) -> tuple[NDArray[Any], NDArray[Any]]:
    """Errors (p, 2) of the observations and (p,) of the weights; complex parameters give their analytic continuation."""
    camera = bundle.cameras[bundle.camera_of]
    x = bundle.points[bundle.point_of] - camera[:, 3:6]
    _, _, _, y = _rotated(camera[:, :3], x)
    u = y[:, :2] / y[:, 2:]
    radius = (u * u).sum(axis=1)
    scale = camera[:, 6] * (1 + camera[:, 9] * radius + camera[:, 10] * radius**2)
    return bundle.weights[:, None] * (scale[:, None] * u + camera[:, 7:9] - bundle.features), 1 - bundle.weights**2


def jacobian(bundle: Bundle) -> CSR:
    """ADBench's arrays."""
    return CSR(*structure(bundle), values(bundle))


def values(bundle: Bundle) -> NDArray[np.float64]:
    """The values of the Jacobian, in the order of its rows."""
    camera, w = bundle.cameras[bundle.camera_of], bundle.weights
    p = len(w)
    r, f, k0, k1 = camera[:, :3], camera[:, 6], camera[:, 9], camera[:, 10]
    x = bundle.points[bundle.point_of] - camera[:, 3:6]
    c, s, q, y = _rotated(r, x)
    u = y[:, :2] / y[:, 2:]
    radius = (u * u).sum(axis=1)
    scale, slope = 1 + k0 * radius + k1 * radius**2, k0 + 2 * k1 * radius
    out = np.empty(2 * BLOCK * p + p)
    block = out[:2 * BLOCK * p].reshape(p, 2, BLOCK)
    for i in range(2):
        by_u = (2 * w * f * slope * u[:, i])[:, None] * u
        by_u[:, i] += w * f * scale
        g = np.concatenate([by_u, -(by_u * u).sum(axis=1, keepdims=True)], axis=1) / y[:, 2:]
        by_x, by_r = _turned(r, x, c, s, q, g)
        block[:, i, 0:3], block[:, i, 3:6], block[:, i, 11:14] = by_r, -by_x, by_x
        block[:, i, 6] = w * scale * u[:, i]
        block[:, i, 7 + i], block[:, i, 8 - i] = w, 0
        block[:, i, 9] = w * f * u[:, i] * radius
        block[:, i, 10] = w * f * u[:, i] * radius**2
        block[:, i, 14] = f * scale * u[:, i] + camera[:, 7 + i] - bundle.features[:, i]
    out[2 * BLOCK * p:] = -2 * w
    return out


def _rotated(r: Any, x: Any) -> tuple[Any, Any, Any, Any]:
    """cos(theta), s, q, and x turned about r."""
    square = (r * r).sum(axis=1)
    theta = np.sqrt(square)
    still = theta == 0
    c = np.cos(theta)
    s = np.where(still, 1, np.sin(theta) / np.where(still, 1, theta))
    q = np.where(still, 0, (1 - c) / np.where(still, 1, square))
    return c, s, q, c[:, None] * x + s[:, None] * np.cross(r, x) + (q * (r * x).sum(axis=1))[:, None] * r


def _turned(r: Any, x: Any, c: Any, s: Any, q: Any, g: Any) -> tuple[Any, Any]:
    """The derivatives by x and r of g times x turned about r."""
    rg, rx, square = (r * g).sum(axis=1), (r * x).sum(axis=1), (r * r).sum(axis=1)
    square = np.where(square == 0, np.inf, square)
    along = -s * (g * x).sum(axis=1) + (c - s) / square * (g * np.cross(r, x)).sum(axis=1) + (s - 2 * q) / square * rx * rg
    by_x = c[:, None] * g + s[:, None] * np.cross(g, r) + (q * rg)[:, None] * r
    return by_x, s[:, None] * np.cross(x, g) + q[:, None] * (rg[:, None] * x + rx[:, None] * g) + along[:, None] * r
