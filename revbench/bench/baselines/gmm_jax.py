"""ADBench's Gaussian mixture in JAX: whole-array formulas, `jit(grad(...))`.

Of five ways to write it this was the fastest: one matrix product over all points, with the points along the last axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from revbench.paper.adbench import GMM
from revbench.paper.gmm import gmm_constant

from .frameworks import jax


def gradient(gmm: GMM) -> Any:
    """A function without arguments: the gradients for alphas, means and icf, ready when it returns."""
    run = jax().jit(jax().grad(objective(gmm), argnums=(0, 1, 2)))
    args = [jax().device_put(a) for a in (gmm.alphas, gmm.means, gmm.icf, gmm.x)]
    return lambda: jax().block_until_ready(run(*args))


def objective(gmm: GMM) -> Any:
    """The objective of alphas, means, icf and x."""
    jnp, lse = jax().numpy, jax().scipy.special.logsumexp
    d, K, n = gmm.d, gmm.K, gmm.n
    constant = gmm_constant(d, K, n, gmm.gamma, gmm.m)
    column, row = np.triu_indices(d, 1)     # the upper triangle by rows is the lower one by columns

    def err(alphas: Any, means: Any, icf: Any, x: Any) -> Any:
        q, lower = icf[:, :d], icf[:, d:]
        sum_q = q.sum(axis=1)
        L = jnp.zeros((K, d, d)).at[:, row, column].set(lower).at[:, np.arange(d), np.arange(d)].set(jnp.exp(q))
        y = jnp.einsum("kij,pj->kip", L, x) - jnp.einsum("kij,kj->ki", L, means)[:, :, None]
        main = (alphas + sum_q)[:, None] - 0.5 * (y * y).sum(axis=1)
        prior = 0.5 * gmm.gamma**2 * (jnp.exp(2 * q).sum() + (lower**2).sum()) - gmm.m * sum_q.sum()
        return lse(main, axis=0).sum() - n * lse(alphas) + prior + constant

    return err
