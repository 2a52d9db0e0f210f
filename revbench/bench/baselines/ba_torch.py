"""Bundle adjustment in PyTorch: all observations at once, one backward pass for each of their two errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from revbench.paper.bundle import Bundle

from .frameworks import torch


def values(bundle: Bundle) -> Callable[[], Any]:
    """The Jacobian's values, in the order of its rows."""
    t = torch()
    cameras, points, weights, features, camera_of, point_of = (
        t.from_numpy(a) for a in (bundle.cameras, bundle.points, bundle.weights, bundle.features, bundle.camera_of, bundle.point_of))

    def run() -> Any:
        camera, point, w = cameras[camera_of].requires_grad_(), points[point_of].requires_grad_(), weights.clone().requires_grad_()
        error = errors(t, camera, point, w, features)
        rows = []
        for i in range(2):      # an observation's error depends on nothing but its own row of parameters
            found = t.autograd.grad(error[:, i].sum(), (camera, point, w), retain_graph=i == 0)
            rows.append(t.cat([found[0], found[1], found[2][:, None]], dim=1))
        (slope,) = t.autograd.grad((1 - w**2).sum(), w)
        return (t.cat([t.stack(rows, dim=1).ravel(), slope]),)

    return run


def errors(t: Any, camera: Any, point: Any, w: Any, feature: Any) -> Any:
    """The two errors of every observation."""
    r, x = camera[:, :3], point - camera[:, 3:6]
    square = (r * r).sum(dim=1, keepdim=True)
    turned = square > 0
    safe = t.where(turned, square, 1.0)
    theta = t.sqrt(safe)
    c = t.where(turned, t.cos(theta), 1.0)
    s = t.where(turned, t.sin(theta) / theta, 1.0)
    q = t.where(turned, (1 - t.cos(theta)) / safe, 0.0)
    y = c * x + s * t.linalg.cross(r, x) + q * (r * x).sum(dim=1, keepdim=True) * r
    u = y[:, :2] / y[:, 2:]
    radius = (u * u).sum(dim=1, keepdim=True)
    return w[:, None] * (camera[:, 6:7] * (1 + camera[:, 9:10] * radius + camera[:, 10:11] * radius**2) * u + camera[:, 7:9] - feature)
