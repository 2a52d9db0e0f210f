"""The small programs in PyTorch, and `autograd`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from revbench.paper.petersen import EDGES, OTHERS

from .frameworks import torch

Run = Callable[[], Any]


def _gradient(loss: Callable[..., Any], *args: Any) -> Run:
    leaves = [torch().from_numpy(np.array(a)).requires_grad_() for a in args]
    return lambda: torch().autograd.grad(loss(*leaves), leaves)


def matvec_gradient(a: Any, x: Any) -> Run:
    t = torch()
    rows, column = t.from_numpy(a.indices.astype(np.int64)), t.from_numpy(np.repeat(np.arange(a.shape[1]), np.diff(a.indptr)))

    def loss(data: Any, x: Any) -> Any:
        y = t.zeros(a.shape[0], dtype=t.complex128).index_add(0, rows, data * x[column])
        return (y.real**2 + y.imag**2).sum()

    return _gradient(loss, a.data, x)


def embedding_gradient(x: Any) -> Run:
    t = torch()
    pairs = [t.from_numpy(p) for p in (EDGES, OTHERS)]

    def loss(x: Any) -> Any:
        d, e = (((x[:, p[:, 0]] - x[:, p[:, 1]]) ** 2).sum(dim=2) for p in pairs)
        gap = d.mean(dim=1) - e.mean(dim=1) + 0.1
        return (d.var(dim=1) + e.var(dim=1) + t.exp(t.relu(gap)) - 1).sum()

    return _gradient(loss, x)


def bessel_gradient(z: Any, nu: int, atol: float) -> Run:
    def loss(z: Any) -> Any:
        square, term, k = z * z / 4, torch().ones_like(z), 0
        for j in range(1, nu + 1):
            term = term * z / 2 / j
        total = term
        while bool(((term.abs() > atol) | (k * (k + nu) < square)).any()):
            k += 1
            term = term * -square / (k * (k + nu))
            total = total + term
        return total.sum()

    return _gradient(loss, z)


def log_gradient(z: Any) -> Run:
    def loss(z: Any) -> Any:
        w = torch().log(z)
        return (0.1 * w.real + 0.2 * w.imag).sum()

    return _gradient(loss, z)


def norm_gradient(x: Any) -> Run:
    return _gradient(lambda x: torch().sqrt((x * x).sum()), x)


def network_gradient(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, want: Any) -> Run:
    data, goal = torch().from_numpy(x), torch().from_numpy(want)
    return _gradient(lambda w1, b1, w2, b2: ((torch().tanh(data @ w1 + b1) @ w2 + b2 - goal) ** 2).sum() / 2, w1, b1, w2, b2)


def wave_gradient(u: Any, v: Any, a: Any, n: int) -> Run:
    pad = torch().nn.functional.pad

    def loss(u: Any, v: Any, a: Any) -> Any:
        for _ in range(n):
            laplace = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
            v = v + pad(a[1:-1, 1:-1] * laplace, (1, 1, 1, 1))
            u = u + pad(v[1:-1, 1:-1], (1, 1, 1, 1))
        return (u[:, u.shape[1] // 2:] ** 2).sum()

    return _gradient(loss, u, v, a)
