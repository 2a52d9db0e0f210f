"""The Gaussian mixture of the paper's GMM figure: ADBench's objective as a reversible kernel.

Component k of K has a lower triangular factor `L_k` with diagonal `exp(icf[k, :d])` and, column by column, the
strict lower triangle `icf[k, d:]`. With `z = x_p - means_k` and `y = L_k z`,

    main[k]   = alphas[k] + sum(icf[k, :d]) - |y|^2 / 2
    objective = sum_p lse(main) - n lse(alphas) + sum_k (gamma^2/2 |L_k|_F^2 - m sum(icf[k, :d])) + constant

where lse is the logarithm of the sum of exponentials (the largest exponent is taken out: nothing overflows) and
the constant is -n d/2 log(2 pi) minus K times the normaliser of Wishart's law, `gmm_constant`.

Everything but `err` is computed, used and uncomputed. What is not needed for long (`z`, `y`, the exponents of one
point) lives inside the loop over points, so memory does not depend on n: this is the reversible program of the
paper's memory figure, and its gradient needs no tape.

Sources: M. Srajer, Z. Kukelova, A. Fitzgibbon, "A benchmark of selected algorithmic differentiation tools on some
problems in computer vision and machine learning" (ADBench); J.-G. Liu, T. Zhao, "Differentiate Everything with a
Reversible Embedded Domain-Specific Language", section 4.
"""
# The language's vocabulary (zeros, exp, log) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

import math
from typing import Any

from revbench import reversible

from .adbench import GMM


@reversible
def gmm_objective(err, alphas, means, icf, x, *, gamma, m, constant):
    """Adds ADBench's objective of a Gaussian mixture to `err`.

    With n points in d dimensions and K components, all without units:

    err : float
        The objective is added to it.
    alphas : (K,) array
        Logarithms of the weights, not normalised.
    means : (K, d) array
        Centres.
    icf : (K, d(d+1)/2) array
        Inverse covariance factors: d log-diagonals, then the strict lower triangle column by column.
    x : (n, d) array
        Points.
    gamma, m : float, int
        Wishart prior: inverse scale, and degrees of freedom beyond d + 1.
    constant : float
        What depends on none of them: `gmm_constant(d, K, n, gamma, m)`.
    """
    K = len(alphas)
    d = means.shape[1]
    assert K > 0, "a mixture has one component or more"
    assert means.shape[0] == K, "`means` has one row for every entry of `alphas`"
    assert icf.shape[0] == K, "`icf` has one row for every entry of `alphas`"
    assert icf.shape[1] == d * (d + 1) // 2, "a row of `icf` has d (d + 1) / 2 entries, where `means` has d columns"
    assert x.shape[1] == d, "`x` has as many columns as `means`"
    diag = zeros((K, d))
    sumq = zeros(K)
    for k in range(K):
        for i in range(d):
            diag[k, i] += exp(icf[k, i])
            sumq[k] += icf[k, i]

    for p in range(x.shape[0]):
        z = zeros((K, d))
        y = zeros((K, d))
        main = zeros(K)
        mx = zeros(K)                   # mx[k] is the largest of main[0..k]
        sexp = 0.0
        for k in range(K):
            main[k] += alphas[k] + sumq[k]
            for i in range(d):
                z[k, i] += x[p, i] - means[k, i]
                y[k, i] += diag[k, i] * z[k, i]
            for i in range(d):
                for j in range(i + 1, d):
                    y[k, j] += icf[k, d + i * (2 * d - 1 - i) // 2 + j - i - 1] * z[k, i]
            for i in range(d):
                main[k] -= 0.5 * y[k, i] ** 2
        mx[0] += main[0]
        for k in range(1, K):
            mx[k] += max(mx[k - 1], main[k])
        for k in range(K):
            sexp += exp(main[k] - mx[K - 1])
        err += log(sexp) + mx[K - 1]

    amax = zeros(K)
    asum = 0.0
    amax[0] += alphas[0]
    for k in range(1, K):
        amax[k] += max(amax[k - 1], alphas[k])
    for k in range(K):
        asum += exp(alphas[k] - amax[K - 1])
    err -= x.shape[0] * (log(asum) + amax[K - 1])
    for k in range(K):
        err -= m * sumq[k]
        for i in range(d):
            err += 0.5 * gamma ** 2 * diag[k, i] ** 2
        for i in range(d, icf.shape[1]):
            err += 0.5 * gamma ** 2 * icf[k, i] ** 2
    err += constant


def gmm_constant(d: int, K: int, n: int, gamma: float, m: int) -> float:
    """The part of the objective that depends on sizes and prior only.

    It is `-n d/2 log(2 pi) - K C` with `C = (d + m + 1) d log(gamma/sqrt 2) - log Gamma_d((d + m + 1)/2)`, the
    normaliser of Wishart's law, and Gamma_d the multivariate gamma function.

    >>> round(gmm_constant(2, 3, 1, 1.0, 0), 12)
    5.755195674499
    """
    a = d + m + 1
    log_gamma_d = d * (d - 1) / 4 * math.log(math.pi) + sum(math.lgamma((a - j) / 2) for j in range(d))
    wishart = a * d * math.log(gamma / math.sqrt(2)) - log_gamma_d
    return -0.5 * n * d * math.log(2 * math.pi) - K * wishart


def objective_arguments(gmm: GMM) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The registers and constants of `gmm_objective` for a mixture: `gmm_objective(*registers, **constants)`.

    >>> from revbench.paper.adbench import make_gmm
    >>> registers, constants = objective_arguments(make_gmm(2, 5, 100))
    >>> [len(a) for a in registers[1:]], sorted(constants)
    ([5, 5, 5, 100], ['constant', 'gamma', 'm'])
    """
    constant = gmm_constant(gmm.d, gmm.K, gmm.n, gmm.gamma, gmm.m)
    registers = (0.0, gmm.alphas, gmm.means, gmm.icf, gmm.x)
    return registers, {"gamma": gmm.gamma, "m": gmm.m, "constant": constant}
