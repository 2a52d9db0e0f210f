"""The Gaussian mixture objective and its gradient as NumPy formulas, apart from the kernel: what it must agree with.

The mixture has d dimensions, K components and n points (ADBench's objective). Component k has a lower
triangular `L_k` of diagonal `exp(q_k)`; `icf[k] = (q_k, l_k)`, `l_k` the strict lower triangle by columns:

    main[i, k] = alphas[k] + sum(q_k) - |L_k (x_i - means_k)|^2 / 2
    objective  = -n d/2 log(2 pi) + sum_i lse_k main[i, k] - n lse(alphas) + prior
    prior      = sum_k (gamma^2/2 |L_k|_F^2 - m sum(q_k)) - K C
    C          = (d + m + 1) d log(gamma/sqrt 2) - log Gamma_d((d + m + 1)/2)

with lse the logarithm of the sum of exponentials and Gamma_d the multivariate gamma function. The prior is
minus the log density of Wishart's law: ADBench defines it so. With `w_i = softmax(main[i])`,
`z = x_i - means_k` and `y = L_k z`, and everything weighted with w and summed,

    d main/d alphas = 1,  d main/d means = L^T y,  d main/d x = -L^T y,  d main/d q = 1 - diag(y z^T) exp(q),
    d main/d l = -(strict lower triangle of y z^T);

then d/d alphas gets -n softmax(alphas), d/d q gets gamma^2 exp(2 q) - m, d/d l gets gamma^2 l.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .adbench import GMM

CHUNK = 2**20       # floats in one block of points x components x dimensions


class GMMGradient(NamedTuple):
    alphas: NDArray[np.float64]
    means: NDArray[np.float64]
    icf: NDArray[np.float64]
    x: NDArray[np.float64]


# ---- Gaussian mixture --------------------------------------------------------------------------------------
def gmm_objective(gmm: GMM) -> Any:
    """The objective; complex parameters give its analytic continuation (for complex steps)."""
    sum_q = gmm.icf[:, :gmm.d].sum(axis=1)
    total = -0.5 * gmm.n * gmm.d * math.log(2 * math.pi) - gmm.n * _lse(gmm.alphas)
    for _, z in _blocks(gmm):
        total = total + _lse(_main(gmm, sum_q, z @ triangles(gmm).transpose(0, 2, 1))).sum()
    squares = np.exp(2 * gmm.icf[:, :gmm.d]).sum() + (gmm.icf[:, gmm.d:] ** 2).sum()
    return total + 0.5 * gmm.gamma**2 * squares - gmm.m * sum_q.sum() - gmm.K * wishart_constant(gmm)


def gmm_gradient(gmm: GMM) -> GMMGradient:
    """Its gradient for alphas, means, icf and x."""
    d, L = gmm.d, triangles(gmm)
    q, column, row = gmm.icf[:, :d], *_lower(d)
    sum_q = q.sum(axis=1)
    alphas, means, in_L = np.zeros(gmm.K), np.zeros((gmm.K, d)), np.zeros((gmm.K, d, d))
    x = np.zeros((gmm.n, d))
    for block, z in _blocks(gmm):
        y = z @ L.transpose(0, 2, 1)
        main = _main(gmm, sum_q, y)
        w = np.exp(main - _lse(main))
        wy = w[:, :, None] * y
        pull = wy @ L
        alphas += w.sum(axis=1)
        means += pull.sum(axis=1)
        x[block] -= pull.sum(axis=0)
        in_L -= wy.transpose(0, 2, 1) @ z
    in_q = alphas[:, None] + np.diagonal(in_L, axis1=1, axis2=2) * np.exp(q)
    icf = np.concatenate([in_q + gmm.gamma**2 * np.exp(2 * q) - gmm.m,
                          in_L[:, row, column] + gmm.gamma**2 * gmm.icf[:, d:]], axis=1)
    return GMMGradient(alphas - gmm.n * np.exp(gmm.alphas - _lse(gmm.alphas)), means, icf, x)


def triangles(gmm: GMM) -> NDArray[Any]:
    """The factors as matrices (K, d, d)."""
    d = gmm.d
    column, row = _lower(d)
    L = np.zeros((gmm.K, d, d), dtype=gmm.icf.dtype)
    L[:, range(d), range(d)] = np.exp(gmm.icf[:, :d])
    L[:, row, column] = gmm.icf[:, d:]
    return L


def wishart_constant(gmm: GMM) -> float:
    """C of the prior."""
    d, a = gmm.d, gmm.d + gmm.m + 1
    log_gamma_d = d * (d - 1) / 4 * math.log(math.pi) + sum(math.lgamma((a - j) / 2) for j in range(d))
    return a * d * math.log(gmm.gamma / math.sqrt(2)) - log_gamma_d


def _lower(d: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Columns and rows of the strict lower triangle, column by column."""
    column, row = np.triu_indices(d, 1)     # the upper triangle by rows is the lower one by columns
    return column, row


def _blocks(gmm: GMM) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Points in blocks, centred on every component: (K, points, d)."""
    size = max(1, CHUNK // (gmm.K * gmm.d))
    for start in range(0, gmm.n, size):
        block = slice(start, min(start + size, gmm.n))
        yield block, gmm.x[None, block, :] - gmm.means[:, None, :]


def _main(gmm: GMM, sum_q: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    return np.asarray((gmm.alphas + sum_q)[:, None] - 0.5 * (y * y).sum(axis=2))


def _lse(a: NDArray[Any]) -> Any:
    """log(sum(exp(a))) over the first axis."""
    top = a.real.max(axis=0)
    return np.log(np.exp(a - top).sum(axis=0)) + top
