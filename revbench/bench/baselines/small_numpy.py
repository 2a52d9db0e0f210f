"""The small programs in NumPy, with gradients by hand: whole-array formulas, and for many steps a loop in Python that runs back."""

from __future__ import annotations

from typing import Any

import numpy as np

from revbench.paper.petersen import EDGES, OTHERS


def dot_gradient(a: Any, b: Any) -> tuple[Any, Any]:
    at_a, at_b = (np.repeat(np.arange(m.shape[1]), np.diff(m.indptr)) * m.shape[0] + m.indices for m in (a, b))
    _, p, q = np.intersect1d(at_a, at_b, assume_unique=True, return_indices=True)
    in_a, in_b = np.zeros_like(a.data), np.zeros_like(b.data)
    in_a[p], in_b[q] = b.data[q], a.data[p]
    return in_a, in_b


def matvec_gradient(a: Any, x: Any) -> tuple[Any, Any]:
    """SciPy's sparse product, and what follows from it."""
    y = 2 * (a @ x)
    column = np.repeat(np.arange(a.shape[1]), np.diff(a.indptr))
    return y[a.indices] * x[column].conj(), a.conj().T @ y


def embedding_gradient(x: Any) -> tuple[Any]:
    spans = [x[:, pairs[:, 0]] - x[:, pairs[:, 1]] for pairs in (EDGES, OTHERS)]
    d, e = ((s * s).sum(axis=2) for s in spans)
    near, far = d.mean(axis=1, keepdims=True), e.mean(axis=1, keepdims=True)
    slope = np.where(near - far + 0.1 > 0, np.exp(np.minimum(near - far + 0.1, 700)), 0)
    out = np.zeros_like(x)
    for pairs, span, by in ((EDGES, spans[0], 2 * (d - near) / 14 + slope / 15), (OTHERS, spans[1], 2 * (e - far) / 29 - slope / 30)):
        g = 2 * by[:, :, None] * span
        np.add.at(out.swapaxes(0, 1), pairs[:, 0], g.swapaxes(0, 1))
        np.subtract.at(out.swapaxes(0, 1), pairs[:, 1], g.swapaxes(0, 1))
    return (out,)


def bessel_gradient(z: Any, nu: int, atol: float) -> tuple[Any]:
    square = z * z / 4
    term = np.ones_like(z)
    for j in range(1, nu + 1):
        term *= z / 2 / j
    slope, k = nu * term, 0
    while ((np.abs(term) > atol) | (k * (k + nu) < square)).any():
        k += 1
        term *= -square / (k * (k + nu))
        slope += (2 * k + nu) * term
    return (slope / z,)


def log_gradient(z: Any) -> tuple[Any]:
    return ((0.1 + 0.2j) / z.conj(),)


def norm_gradient(x: Any) -> tuple[Any]:
    return (x / np.sqrt(x @ x),)


def network_gradient(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, want: Any) -> tuple[Any, ...]:
    h = np.tanh(x @ w1 + b1)
    by_y = h @ w2 + b2 - want
    by_s = (by_y @ w2.T) * (1 - h * h)
    return x.T @ by_s, by_s.sum(axis=0), h.T @ by_y, by_y.sum(axis=0)


def wave_gradient(u: Any, v: Any, a: Any, n: int) -> tuple[Any, ...]:
    """Steps are undone on the way back: nothing is kept."""
    u, v, inner = u.copy(), v.copy(), (slice(1, -1), slice(1, -1))
    shifted = [(slice(None, -2), inner[1]), (slice(2, None), inner[1]), (inner[0], slice(None, -2)), (inner[0], slice(2, None))]

    def laplace() -> Any:
        return sum(u[s] for s in shifted) - 4 * u[inner]

    for _ in range(n):
        v[inner] += a[inner] * laplace()
        u[inner] += v[inner]
    in_u, in_v, in_a = 2 * u, np.zeros_like(v), np.zeros_like(a)
    in_u[:, :u.shape[1] // 2] = 0
    for _ in range(n):
        u[inner] -= v[inner]
        in_v[inner] += in_u[inner]
        now = laplace()
        v[inner] -= a[inner] * now
        in_a[inner] += in_v[inner] * now
        g = a[inner] * in_v[inner]
        for s in shifted:
            in_u[s] += g
        in_u[inner] -= 4 * g
    return in_u, in_v, in_a
