"""The small programs in JAX, and those of many steps: `jit(grad(...))` of what one would write there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from revbench.paper.petersen import EDGES, OTHERS

from .frameworks import jax

Run = Callable[[], Any]


def _ready(run: Any, *args: Any) -> Run:
    compiled, args = jax().jit(run), tuple(jax().device_put(a) for a in args)
    return lambda: jax().block_until_ready(compiled(*args))


def matvec_gradient(a: Any, x: Any) -> Run:
    """JAX's gradients by complex numbers are the conjugates of ours."""
    jnp = jax().numpy
    column = np.repeat(np.arange(a.shape[1]), np.diff(a.indptr))

    def loss(data: Any, x: Any, rows: Any, column: Any) -> Any:
        y = jnp.zeros(a.shape[0], complex).at[rows].add(data * x[column])
        return (y.real**2 + y.imag**2).sum()

    def run(*args: Any) -> Any:
        return tuple(g.conj() for g in jax().grad(loss, argnums=(0, 1))(*args))

    return _ready(run, a.data, x, a.indices, column)


def embedding(x: Any) -> Any:
    """The loss of one embedding."""
    jnp = jax().numpy
    d, e = (((x[pairs[:, 0]] - x[pairs[:, 1]]) ** 2).sum(axis=1) for pairs in (EDGES, OTHERS))
    gap = d.mean() - e.mean() + 0.1
    return d.var(ddof=1) + e.var(ddof=1) + jnp.exp(jnp.maximum(gap, 0.0)) - 1


def embedding_gradient(x: Any) -> Run:
    run = _ready(jax().vmap(jax().grad(embedding)), x)
    return lambda: (run(),)


def embedding_hessian(x: Any) -> Run:
    run = _ready(jax().vmap(jax().hessian(embedding)), x)
    return lambda: (run(),)


def bessel_gradient(z: Any, nu: int, atol: float) -> Run:
    """In forward mode: JAX has no reverse mode for loops whose length is not known."""
    jnp = jax().numpy

    def bessel(z: Any) -> Any:
        half = z / 2
        term = jnp.ones_like(z)
        for j in range(1, nu + 1):
            term = term * half / j

        def more(state: Any) -> Any:
            term, _, k = state
            return (abs(term) > atol) | (k * (k + nu) < half * half)

        def step(state: Any) -> Any:
            term, total, k = state
            term = term * -(half * half) / ((k + 1) * (k + 1 + nu))
            return term, total + term, k + 1

        return jax().lax.while_loop(more, step, (term, term, 0))[1]

    run = _ready(jax().vmap(lambda z: jax().jvp(bessel, (z,), (jnp.ones_like(z),))[1]), z)
    return lambda: (run(),)


def log_gradient(z: Any) -> Run:
    def loss(z: Any) -> Any:
        w = jax().numpy.log(z)
        return (0.1 * w.real + 0.2 * w.imag).sum()

    run = _ready(lambda z: jax().grad(loss)(z).conj(), z)
    return lambda: (run(),)


def norm_gradient(x: Any) -> Run:
    run = _ready(jax().grad(lambda x: jax().numpy.sqrt((x * x).sum())), x)
    return lambda: (run(),)


def network_gradient(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, want: Any) -> Run:
    def loss(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, want: Any) -> Any:
        return ((jax().numpy.tanh(x @ w1 + b1) @ w2 + b2 - want) ** 2).sum() / 2

    return _ready(jax().grad(loss, argnums=(0, 1, 2, 3)), w1, b1, w2, b2, x, want)


def leapfrog_gradient(r: Any, v: Any, m: Any, G: float, dt: float, n: int) -> Run:
    """A `scan` whose tape holds the state of every step and nothing else (`checkpoint`)."""
    jnp, lax = jax().numpy, jax().lax
    apart = 1 - np.eye(len(m))

    def step(m: Any, state: Any, h: Any) -> Any:
        r, v = state
        d = r[None] - r[:, None]
        square = (d * d).sum(axis=2) + (1 - apart)
        v = v + h * G * (d * (apart * m / (square * jnp.sqrt(square)))[:, :, None]).sum(axis=1)
        return (r + dt * v, v), None

    def loss(r: Any, v: Any, m: Any) -> Any:
        first, _ = step(m, (r, v), dt / 2)
        (r, _), _ = lax.scan(jax().checkpoint(lambda s, _: step(m, s, dt)), first, None, length=n - 1)
        return (m[:, None] * r * r).sum()

    return _ready(jax().grad(loss, argnums=(0, 1, 2)), r, v, m)


def wave_gradient(u: Any, v: Any, a: Any, n: int) -> Run:
    lax = jax().lax

    def step(a: Any, state: Any) -> Any:
        u, v = state
        laplace = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
        v = v.at[1:-1, 1:-1].add(a[1:-1, 1:-1] * laplace)
        return (u.at[1:-1, 1:-1].add(v[1:-1, 1:-1]), v), None

    def loss(u: Any, v: Any, a: Any) -> Any:
        (u, _), _ = lax.scan(lambda s, _: step(a, s), (u, v), None, length=n)
        return (u[:, u.shape[1] // 2:] ** 2).sum()

    return _ready(jax().grad(loss, argnums=(0, 1, 2)), u, v, a)
