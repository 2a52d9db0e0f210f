"""The library's kernels with arguments, and what NumPy, SciPy and `math` make of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.linalg as sl
from scipy import sparse as ss
from scipy import special, stats

import revbench as rb
from revbench import Kernel, ULog
from revbench.library import arithmetic, blas, coding, linalg, nn, sorting, sparse, statistics, transforms


@dataclass(frozen=True, eq=False)
class Row:
    """One call, and the registers afterwards that differ from those before.

    Attributes
    ----------
    smooth : bool
        Whether the kernel is differentiated, by all its floats.
    machine : bool
        Whether the reversible machine has all that the kernel needs.
    parts : bool
        Whether the derivative is taken by real and imaginary parts.
    about : Kernel
        What is tested, where `kernel` is a caller that hands kernels to it.
    """

    kernel: Kernel
    args: tuple[Any, ...]
    want: Mapping[str, Any]
    consts: Mapping[str, Any] = field(default_factory=dict)
    smooth: bool = True
    machine: bool = True
    parts: bool = False
    about: Kernel | None = None

    @property
    def tested(self) -> Kernel:
        return self.about or self.kernel

    @property
    def name(self) -> str:
        module = self.tested.__module__.rpartition(".")[2]
        kinds = {np.asarray(a).dtype.name for a in self.args} - {"float64", "int64", "int32", "bool", "object"}
        return "-".join([f"{module}.{self.tested.__name__}", *(f"{k}={v}" for k, v in self.consts.items()), *kinds])


R = np.random.default_rng(3)
X, Y, V = R.normal(size=5), R.normal(size=5), R.normal(size=3)
A, B, S = R.normal(size=(3, 5)), R.normal(size=(5, 2)), R.normal(size=(4, 4))
C, T, P = R.normal(size=(3, 2)), R.normal(size=(4, 3)), R.normal(size=4)
N = np.array([12, -7, 100, 100, 3], np.int16)
CODE = np.array([7, 7, 7, 2, 5, 5])
S1, S2 = (ss.random_array((6, 4), density=0.5, format="csc", rng=np.random.default_rng(k)) for k in (1, 2))
for s in (S1, S2):
    s.sort_indices()
CSC1, CSC2 = (tuple(np.ascontiguousarray(a) for a in (s.data, s.indices, s.indptr)) for s in (S1, S2))
LU, PIV = sl.lu_factor(S)
F = np.r_[X, V] + 1j * np.r_[Y, V]
Q, U = np.linalg.qr(T, mode="complete")
SIGNS = np.sign(np.diag(U))


def zeros(*shape: int) -> Any:
    return np.zeros(shape)


def orthogonal(n: int, angles: Any) -> Any:
    """The product of plane rotations that `umm` stands for, as a matrix."""
    q, k = np.eye(n), 0
    for j in range(n - 1):
        for i in reversed(range(j, n - 1)):
            turn = np.eye(n)
            turn[i:i + 2, i:i + 2] = [[math.cos(angles[k]), -math.sin(angles[k])], [math.sin(angles[k]), math.cos(angles[k])]]
            q, k = turn @ q, k + 1
    return q


GIVEN = rb.compile("""
def positive(yes, v):
    yes ^= v > 0.0

def above_one(y, v):
    y += 1.0 + v * v

def times(out, y):
    out *= y
""")
CALLERS = rb.compile("""
def positives(out, count, x):
    filter(out, count, x, keep=positive)

def products(out, x):
    map_fold(out, x, map=above_one, fold=times)
""", filter=sorting.filter, map_fold=sorting.map_fold, **vars(GIVEN))

ROWS = [
    Row(blas.sum, (0.5, X), {"out": 0.5 + np.sum(X)}),
    Row(blas.dot, (0.5, X, Y), {"out": 0.5 + X @ Y}),
    Row(blas.sumsq, (0.5, X), {"out": 0.5 + X @ X}),
    Row(blas.norm2, (0.5, X), {"out": 0.5 + sl.blas.dnrm2(X)}),
    Row(blas.scal, (X, 0.7), {"x": 0.7 * X}),
    Row(blas.axpy, (Y, 0.7, X), {"y": sl.blas.daxpy(X, Y.copy(), a=0.7)}),
    Row(blas.ger, (A, V, X), {"a": A + np.outer(V, X)}),
    Row(blas.gemv, (V, A, X), {"y": V + A @ X}),
    Row(blas.matmul, (C, A, B), {"c": C + A @ B}),
    Row(blas.affine, (V, A, X, V + 1.0), {"y": V + A @ X + V + 1.0}),
    Row(linalg.solve_triangular, (P, S), {"x": sl.solve_triangular(S, P)}),
    Row(linalg.solve_triangular, (P, S), {"x": sl.solve_triangular(S, P, lower=True)}, {"lower": True}),
    Row(linalg.solve_triangular, (P, S), {"x": sl.solve_triangular(S, P, unit_diagonal=True)}, {"unit_diagonal": True}),
    Row(linalg.lu_factor, (S, np.zeros(4, int)), {"a": LU, "piv": PIV}),
    Row(linalg.solve, (P, S), {"x": np.linalg.solve(S, P)}),
    Row(linalg.inv, (T @ T.T, S), {"out": T @ T.T + np.linalg.inv(S)}),
    Row(linalg.det, (0.5, S), {"out": 0.5 + np.linalg.det(S)}),
    Row(linalg.logdet, (0.5, S), {"out": 0.5 + np.linalg.slogdet(S)[1]}),
    Row(linalg.reflect, (X, Y), {"x": X - 2.0 * Y * (Y @ X) / (Y @ Y)}),
    Row(linalg.qr_householder, (zeros(4, 4), zeros(4, 3), T), {"q": Q, "r": U}),
    Row(linalg.qr_gram_schmidt, (zeros(4, 3), zeros(3, 3), T), {"q": Q[:, :3] * SIGNS, "r": U[:3] * SIGNS[:, None]}),
    Row(sparse.csc_matvec, (zeros(6), *CSC1, P), {"y": S1 @ P}, machine=False),
    Row(sparse.csc_rmatvec, (P, *CSC1, np.r_[X, 0.3]), {"y": P + S1.T @ np.r_[X, 0.3]}),
    Row(sparse.csc_dot, (0.5, *CSC1, *CSC2), {"out": 0.5 + (S1 * S2).sum()}),
    Row(statistics.mean, (0.5, X), {"out": 0.5 + np.mean(X)}),
    Row(statistics.variance, (0.5, X), {"out": 0.5 + np.var(X)}),
    Row(statistics.variance, (0.5, X), {"out": 0.5 + np.var(X, ddof=1)}, {"ddof": 1}),
    Row(statistics.covariance, (0.5, X, Y), {"out": 0.5 + np.cov(X, Y)[0, 1]}),
    Row(statistics.correlation, (0.5, X, Y), {"out": 0.5 + np.corrcoef(X, Y)[0, 1]}),
    Row(statistics.normal_logpdf, (0.5, 0.3, -1.0, 0.7), {"out": 0.5 + stats.norm.logpdf(0.3, -1.0, 0.7)}),
    Row(statistics.logsumexp, (0.5, X), {"out": 0.5 + special.logsumexp(X)}),
    Row(statistics.softmax, (Y, X), {"out": Y + special.softmax(X)}),
    Row(statistics.softmax_cross_entropy, (0.5, X, 2), {"loss": 0.5 - special.log_softmax(X)[2]}),
    Row(nn.relu, (Y, X), {"y": Y + np.maximum(X, 0.0)}),
    Row(nn.linear, (zeros(2, 3), B.T, A, V), {"y": B.T @ A.T + V}),
    Row(sorting.running_maxima, (Y, X), {"out": Y + np.maximum.accumulate(X)}),
    Row(sorting.argsort, (np.zeros(6, int), CODE), {"perm": np.argsort(CODE, kind="stable")}, smooth=False),
    Row(sorting.sort, (X, np.zeros(5, int)), {"x": np.sort(X), "perm": np.argsort(X)}),
    Row(sorting.compress, (zeros(4), 1, X, X > 0.0), {"out": np.r_[0.0, X[X > 0.0], [0.0] * (3 - sum(X > 0.0))], "count": 1 + sum(X > 0.0)}),
    Row(arithmetic.isqrt, (5, 10**12 - 1), {"out": 5 + math.isqrt(10**12 - 1)}, smooth=False),
    Row(arithmetic.gcd, (5, 2**40 * 45, 3**20 * 1024), {"out": 5 + math.gcd(2**40 * 45, 3**20 * 1024)}, smooth=False),
    Row(arithmetic.factorial, (5, 20), {"out": 5 + math.factorial(20)}, smooth=False),
    Row(arithmetic.fibonacci, (3, 4, 3), {"a": 11, "b": 18}, smooth=False),
    Row(coding.delta, (N,), {"x": np.r_[N[:1], np.diff(N)]}, smooth=False),
    Row(coding.delta, (X,), {"x": np.r_[X[:1], np.diff(X)]}),
    Row(coding.run_length, (np.zeros(4, int), np.zeros(4, int), 1, CODE), {"values": [0, 7, 2, 5], "counts": [0, 3, 1, 2], "n": 4}, smooth=False),
    Row(coding.run_length_decode, (X, V, np.array([2, 0, 3]), 3), {"x": X + V[[0, 0, 2, 2, 2]]}),
    Row(arithmetic.power, (ULog(0.3), ULog(1.7), 5), {"y": 0.3 * 1.7**5}, smooth=False),
    Row(linalg.umm, (P, np.r_[X, 0.4]), {"x": orthogonal(4, np.r_[X, 0.4]) @ P}, machine=False),
    Row(transforms.bit_reversal, (np.r_[X, V],), {"x": np.r_[X, V][[0, 4, 2, 6, 1, 5, 3, 7]]}),
    Row(transforms.fft, (F,), {"z": np.fft.fft(F)}, parts=True),
    Row(blas.vdot, (0.5, X, Y), {"out": 0.5 + X @ Y}),
    Row(blas.vdot, (0.5j, F, F[::-1].copy()), {"out": 0.5j + np.vdot(F, F[::-1])}, parts=True),
    Row(blas.norm2, (0.5, F), {"out": 0.5 + np.linalg.norm(F)}, smooth=False),
    Row(sparse.csc_matvec, (zeros(6) * 1j, CSC1[0] * (1.0 + 2.0j), *CSC1[1:], P * 1j), {"y": (S1 * (1.0 + 2.0j)) @ (P * 1j)}, smooth=False),
    Row(sparse.csc_dot, (0j, CSC1[0] * (1.0 + 2.0j), *CSC1[1:], CSC2[0] * (0.5 - 1.0j), *CSC2[1:]),
        {"out": (1.0 - 2.0j) * (0.5 - 1.0j) * (S1 * S2).sum()}, parts=True),
    Row(CALLERS.positives, (zeros(4), 1, X), {"out": np.r_[0.0, X[X > 0.0], [0.0] * (3 - sum(X > 0.0))], "count": 1 + sum(X > 0.0)},
        about=sorting.filter),
    Row(CALLERS.products, (0.5, X), {"out": 0.5 * np.prod(1.0 + X**2)}, about=sorting.map_fold),
]
