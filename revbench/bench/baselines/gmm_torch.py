"""ADBench's Gaussian mixture in PyTorch: the formulas of `gmm_jax.py`, and `autograd`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from revbench.paper.adbench import GMM

from .frameworks import torch


def gradient(gmm: GMM) -> Callable[[], Any]:
    """The gradients for alphas, means and icf."""
    t = torch()
    d, K, n = gmm.d, gmm.K, gmm.n
    column, row = map(t.from_numpy, np.triu_indices(d, 1))
    alphas, means, icf = (t.from_numpy(a.copy()).requires_grad_() for a in (gmm.alphas, gmm.means, gmm.icf))
    x = t.from_numpy(gmm.x.copy())

    def run() -> Any:
        q, lower = icf[:, :d], icf[:, d:]
        sum_q = q.sum(dim=1)
        L = t.diag_embed(t.exp(q)).index_put((t.arange(K)[:, None], row, column), lower)
        y = t.einsum("kij,pj->kip", L, x) - t.einsum("kij,kj->ki", L, means)[:, :, None]
        main = (alphas + sum_q)[:, None] - 0.5 * (y * y).sum(dim=1)
        prior = 0.5 * gmm.gamma**2 * (t.exp(2 * q).sum() + (lower**2).sum()) - gmm.m * sum_q.sum()
        err = t.logsumexp(main, dim=0).sum() - n * t.logsumexp(alphas, dim=0) + prior
        return t.autograd.grad(err, (alphas, means, icf))

    return run
