"""The paper's small programs: values of independent formulas, the way back, and gradients that are slopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csc_array
from scipy.special import jv, jvp

import revbench as rb
from revbench.paper.bessel import bessel_j
from revbench.paper.network import network_loss
from revbench.paper.numbers import log_loss, matvec_loss
from revbench.paper.petersen import EDGES, OTHERS, embedding_loss
from revbench.paper.wave import wave_loss

RNG = np.random.default_rng(7)
A = csc_array(np.where(RNG.random((4, 5)) < 0.5, RNG.standard_normal((4, 5)) + 1j * RNG.standard_normal((4, 5)), 0))
X = RNG.standard_normal(5) + 1j * RNG.standard_normal(5)
Z = RNG.standard_normal(6) + 1j * RNG.standard_normal(6)
U, V, C = RNG.standard_normal((3, 5, 6))
C = 0.1 + 0.05 * np.abs(C)
PLACES = RNG.standard_normal((10, 3))
NETWORK = [RNG.standard_normal(s) for s in ((4, 3), (3, 5), (5,), (5, 2), (2,), (4, 2))]


def embedding(x: Any) -> Any:
    d, e = (np.array([((x[i] - x[j]) ** 2).sum() for i, j in pairs]) for pairs in (EDGES, OTHERS))
    return d.var(ddof=1) + e.var(ddof=1) + np.exp(max(d.mean() - e.mean() + 0.1, 0)) - 1


def network(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, want: Any) -> Any:
    return ((np.tanh(x @ w1 + b1) @ w2 + b2 - want) ** 2).sum() / 2


def membrane(u: Any, v: Any, a: Any, n: int) -> Any:
    for _ in range(n):
        laplace = np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4 * u
        inside = np.pad(np.ones((u.shape[0] - 2, u.shape[1] - 2)), 1)
        v = v + inside * a * laplace
        u = u + inside * v
    return (u[:, u.shape[1] // 2:] ** 2).sum()


@dataclass(frozen=True)
class Case:
    kernel: rb.Kernel
    arguments: tuple[Any, ...]          # without `out`
    formula: Callable[..., Any]         # of those
    wrt: tuple[str, ...]
    constants: dict[str, Any]


CASES = {
    "petersen": Case(embedding_loss, (PLACES,), embedding, ("x",), {}),
    "petersen, far": Case(embedding_loss, (0.2 * PLACES,), embedding, ("x",), {}),
    "network": Case(network_loss, tuple(NETWORK), network, ("w1", "b1", "w2", "b2"), {}),
    "wave": Case(wave_loss, (U, V, C), lambda u, v, a: membrane(u, v, a, 4), ("u", "v", "a"), {"n": 4}),
    "log": Case(log_loss, (Z,), lambda z: (0.1 * np.log(z).real + 0.2 * np.log(z).imag).sum(), ("z",), {}),
    "matvec": Case(matvec_loss, (np.zeros(4, complex), A.data, A.indices, A.indptr, X),
                   lambda y, data, i, p, x: (abs(y + csc_array((data, i, p), shape=A.shape) @ x) ** 2).sum(), ("y", "data", "x"), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_value_and_way_back(name: str) -> None:
    case = CASES[name]
    there = case.kernel(1.0, *case.arguments, **case.constants)
    assert there.out == pytest.approx(1 + case.formula(*case.arguments), rel=1e-12)
    for found, given in zip((~case.kernel)(*there, **case.constants), (1.0, *case.arguments), strict=True):
        np.testing.assert_allclose(found, given, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_is_a_slope_in_every_register(name: str) -> None:
    """Along a random direction, by a central difference of the formula; d/d re + i d/d im is what a step is multiplied with."""
    case = CASES[name]
    found = rb.grad(case.kernel.unchecked, wrt=case.wrt)(0.0, *case.arguments, **case.constants)
    for register, slope in zip(case.wrt, found, strict=True):
        k = case.kernel.registers.index(register) - 1
        for _ in range(2):
            step = RNG.standard_normal(slope.shape) + (1j * RNG.standard_normal(slope.shape) if np.iscomplexobj(slope) else 0)
            ends = [case.formula(*(a + h * step if i == k else a for i, a in enumerate(case.arguments))) for h in (1e-6, -1e-6)]
            assert (slope.conj() * step).sum().real == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6, abs=1e-7), register


def test_only_the_bessel_function_keeps_something() -> None:
    assert [c.kernel.keepers for c in CASES.values()] == [()] * len(CASES)
    assert [keeper.kind for keeper in bessel_j.keepers] == ["loop counter"]


def test_bessel_functions_are_scipys() -> None:
    z = np.array([0.01, 1.0, 3.0, 9.0, -2.0])
    for nu in (0, 2):
        found = rb.each(bessel_j.unchecked)(np.zeros(5), z, nu=nu, atol=1e-17).out
        np.testing.assert_allclose(found, jv(nu, z), rtol=1e-12, atol=1e-14)
        slope = rb.each(rb.grad(bessel_j.unchecked, wrt="z"))(np.zeros(5), z, nu=nu, atol=1e-17)
        np.testing.assert_allclose(slope, jvp(nu, z), rtol=1e-12, atol=1e-14)
    assert rb.check_inverse(bessel_j, 0.0, 1.0, nu=2, atol=1e-12)
    assert slope[1] == pytest.approx(0.2102436, abs=1e-7)           # the paper's value at nu = 2, z = 1


def test_it_is_petersens_graph() -> None:
    """Adjacency has the eigenvalues 3, 1 (five times) and -2 (four times)."""
    adjacency = np.zeros((10, 10))
    adjacency[EDGES[:, 0], EDGES[:, 1]] = 1
    adjacency += adjacency.T
    np.testing.assert_allclose(np.linalg.eigvalsh(adjacency), [-2] * 4 + [1] * 5 + [3], atol=1e-12)
    assert sorted(map(tuple, [*EDGES, *OTHERS])) == list(combinations(range(10), 2))


def test_five_dimensions_are_enough() -> None:
    """The places in the eigenspace of 1: edges as long as one another, the others longer by the root of two."""
    adjacency = np.zeros((10, 10))
    adjacency[EDGES[:, 0], EDGES[:, 1]] = 1
    _, vectors = np.linalg.eigh(adjacency + adjacency.T)
    x = vectors[:, 4:9] * np.sqrt(2)
    d, e = (((x[p[:, 0]] - x[p[:, 1]]) ** 2).sum(axis=1) for p in (EDGES, OTHERS))
    assert e.mean() / d.mean() == pytest.approx(2)
    assert embedding_loss(0.0, x).out == pytest.approx(0, abs=1e-12)
