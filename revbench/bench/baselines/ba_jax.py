"""Bundle adjustment in JAX: one observation, its Jacobian by `jacrev`, all of them by `vmap`, under `jit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from revbench.paper.bundle import Bundle

from .frameworks import jax


def values(bundle: Bundle) -> Callable[[], Any]:
    """The Jacobian's values, in the order of its rows."""
    jnp = jax().numpy
    block = jax().vmap(jax().jacrev(error, argnums=(0, 1, 2)))
    slope = jax().vmap(jax().grad(lambda w: 1 - w**2))

    def run(cameras: Any, points: Any, weights: Any, features: Any, camera_of: Any, point_of: Any) -> Any:
        parts = block(cameras[camera_of], points[point_of], weights, features)
        blocks = jnp.concatenate([parts[0], parts[1], parts[2][:, :, None]], axis=2)
        return jnp.concatenate([blocks.ravel(), slope(weights)])

    compiled = jax().jit(run)
    args = [jax().device_put(a) for a in (bundle.cameras, bundle.points, bundle.weights, bundle.features, bundle.camera_of, bundle.point_of)]
    return lambda: (jax().block_until_ready(compiled(*args)),)


def error(camera: Any, point: Any, w: Any, feature: Any) -> Any:
    """The two errors of an observation, written so that a camera that is not turned has derivatives, too."""
    jnp = jax().numpy
    r, x = camera[:3], point - camera[3:6]
    square = r @ r
    turned = square > 0
    safe = jnp.where(turned, square, 1.0)
    theta = jnp.sqrt(safe)
    c = jnp.where(turned, jnp.cos(theta), 1.0)
    s = jnp.where(turned, jnp.sin(theta) / theta, 1.0)
    q = jnp.where(turned, (1 - jnp.cos(theta)) / safe, 0.0)
    y = c * x + s * jnp.cross(r, x) + q * (r @ x) * r
    u = y[:2] / y[2]
    radius = u @ u
    return w * (camera[6] * (1 + camera[9] * radius + camera[10] * radius**2) * u + camera[7:9] - feature)
