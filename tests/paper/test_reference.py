"""The references: explicit matrices, ADBench's expected values, complex steps, published round-off."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from revbench.paper import gmm_numpy
from revbench.paper.adbench import GMM, make_gmm
from revbench.paper.solar import DT, G, solar_system
from tests.paper import reference
from tests.paper.reference import ADBENCH_TEST, gmm_gradient, gmm_objective

SHAPES = [(1, 1, 1), (1, 4, 3), (2, 5, 7), (3, 1, 4), (5, 3, 6)]
LONG = np.finfo(np.longdouble).nmant >= 63
FIELDS = ("alphas", "means", "icf", "x")


def instance(d: int, K: int, n: int, gamma: float = 1.3, m: int = 2) -> GMM:
    return replace(make_gmm(d, K, n, seed=d + 10 * K), gamma=gamma, m=m)


def by_explicit_matrices(gmm: GMM) -> float:
    """Densities from determinants and quadratic forms, the prior from traces, one component at a time."""
    d, weights = gmm.d, np.exp(gmm.alphas) / np.exp(gmm.alphas).sum()
    log_gamma_d = d * (d - 1) / 4 * math.log(math.pi)
    for j in range(d):
        log_gamma_d += math.lgamma((gmm.d + gmm.m + 1 - j) / 2)
    density, prior = np.zeros(gmm.n), 0.0
    for weight, mean, factors in zip(weights, gmm.means, gmm.icf, strict=True):
        rest = list(factors[d:])
        L = np.zeros((d, d))
        for column in range(d):
            L[column, column] = math.exp(factors[column])
            for row in range(column + 1, d):
                L[row, column] = rest.pop(0)
        precision = L.T @ L
        for i, point in enumerate(gmm.x):
            power = -0.5 * (point - mean) @ precision @ (point - mean)
            density[i] += weight * math.sqrt(np.linalg.det(precision) / (2 * math.pi) ** d) * math.exp(power)
        prior += 0.5 * gmm.gamma**2 * np.trace(precision) - gmm.m * math.log(np.linalg.det(L))
        prior += log_gamma_d - (d + gmm.m + 1) * d * math.log(gmm.gamma / math.sqrt(2))
    return float(np.log(density).sum() + prior)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_objective_is_likelihood_and_prior_by_explicit_matrices(shape: tuple[int, int, int]) -> None:
    gmm = instance(*shape)
    gmm = replace(gmm, x=0.5 * gmm.x)     # densities must not underflow
    assert gmm_objective(gmm) == pytest.approx(by_explicit_matrices(gmm), rel=1e-12, abs=1e-11)


def test_the_objective_and_gradient_are_what_adbench_expects_of_every_tool() -> None:
    assert gmm_objective(ADBENCH_TEST) == pytest.approx(reference.ADBENCH_TEST_OBJECTIVE, rel=1e-14)
    packed = np.concatenate([g.ravel() for g in gmm_gradient(ADBENCH_TEST)[:3]])
    np.testing.assert_allclose(packed, reference.ADBENCH_TEST_GRADIENT, rtol=1e-13)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("field", FIELDS)
def test_every_entry_of_the_gradient_is_a_complex_step(shape: tuple[int, int, int], field: str) -> None:
    gmm = instance(*shape)
    at = getattr(gmm, field)
    stepped = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        moved = at.astype(complex)
        moved[index] += 1e-30j
        stepped[index] = gmm_objective(replace(gmm, **{field: moved})).imag / 1e-30
    np.testing.assert_allclose(getattr(gmm_gradient(gmm), field), stepped, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("shape", [(10, 5, 300), (2, 200, 100), (32, 4, 50)])
def test_the_gradient_of_larger_instances_along_random_directions(shape: tuple[int, int, int]) -> None:
    gmm, rng = instance(*shape), np.random.default_rng(1)
    gradient = gmm_gradient(gmm)
    for field in FIELDS:
        along = rng.standard_normal(getattr(gmm, field).shape)
        moved = replace(gmm, **{field: getattr(gmm, field) + 1e-30j * along})
        expected = float((getattr(gradient, field) * along).sum())
        assert gmm_objective(moved).imag / 1e-30 == pytest.approx(expected, rel=1e-10, abs=1e-9)


def test_blocks_of_points_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    gmm = instance(3, 4, 50)
    whole, gradient = gmm_objective(gmm), gmm_gradient(gmm)
    monkeypatch.setattr(gmm_numpy, "CHUNK", 7 * 12)
    assert gmm_objective(gmm) == pytest.approx(whole, rel=1e-13)
    for blocked, at_once in zip(gmm_gradient(gmm), gradient, strict=True):
        np.testing.assert_allclose(blocked, at_once, rtol=1e-11, atol=1e-12)


def test_far_points_neither_overflow_nor_vanish() -> None:
    gmm = instance(2, 5, 7)
    far = replace(gmm, x=1e3 * gmm.x, alphas=gmm.alphas + 1e4)
    assert np.isfinite(gmm_objective(far))
    assert all(np.isfinite(g).all() for g in gmm_gradient(far))


def test_without_points_only_the_prior_is_left() -> None:
    gmm = make_gmm(2, 3, 0)
    gradient = gmm_gradient(gmm)
    assert gmm_objective(gmm) == pytest.approx(by_explicit_matrices(gmm), rel=1e-13)
    assert gradient.x.shape == (0, 2)
    assert not gradient.alphas.any()
    assert not gradient.means.any()
    assert gradient.icf.all()


# ---- solar system and leapfrog -----------------------------------------------------------------------------
def test_the_solar_system_is_in_astronomical_units_years_and_solar_masses() -> None:
    bodies = solar_system()
    assert pytest.approx(39.42377818, rel=1e-9) == G
    assert bodies.r.shape == bodies.v.shape == (10, 3)
    assert bodies.m.shape == (10,)
    assert " ".join(bodies.names) == "Sun Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune Pluto"
    earth = bodies.names.index("Earth")
    assert bodies.m[0] == 1.0
    assert bodies.m[earth] == pytest.approx(3.003e-6, rel=1e-3)
    assert bodies.r[earth].tolist() == [-0.02020844529756663, -1.014332737790859, -1.358267619371298e-05]
    assert np.hypot(*bodies.v[earth, :2]) == pytest.approx(2 * np.pi, rel=0.03)


def test_every_call_gives_fresh_arrays_of_the_asked_type() -> None:
    first, second = solar_system(np.float32), solar_system(np.float32)
    assert {a.dtype for a in (first.r, first.v, first.m)} == {np.dtype(np.float32)}
    first.r[:] = 0
    assert second.r.any()
    np.testing.assert_array_equal(second.v, solar_system().v.astype(np.float32))


def test_the_accelerations_are_newtons_law_body_by_body() -> None:
    bodies = solar_system()
    expected = np.zeros((10, 3))
    for j in range(10):
        for k in range(10):
            if j != k:
                apart = bodies.r[k] - bodies.r[j]
                expected[j] += G * bodies.m[k] * apart / math.dist(bodies.r[k], bodies.r[j]) ** 3
    np.testing.assert_allclose(reference.accelerations(bodies.r, bodies.m), expected, rtol=1e-13)


def test_only_the_first_kick_is_halved() -> None:
    bodies = solar_system()
    r, v = reference.leapfrog(bodies.r, bodies.v, bodies.m, 2)
    v1 = bodies.v + DT / 2 * reference.accelerations(bodies.r, bodies.m)
    r1 = bodies.r + DT * v1
    v2 = v1 + DT * reference.accelerations(r1, bodies.m)
    np.testing.assert_array_equal(v, v2)
    np.testing.assert_array_equal(r, r1 + DT * v2)
    np.testing.assert_array_equal(bodies.r, solar_system().r)


@pytest.mark.skipif(not LONG, reason="long double is no wider than double here")
@pytest.mark.parametrize("steps", [64, 256, 1024])
def test_the_round_off_is_the_published_one(steps: int) -> None:
    start = solar_system(np.longdouble)
    exact, _ = reference.leapfrog(start.r, start.v, start.m, steps)
    for dtype, published in zip((np.float32, np.float64), reference.F6_REGULAR[steps], strict=True):
        bodies = solar_system(dtype)
        r, _ = reference.leapfrog(bodies.r, bodies.v, bodies.m, steps)
        assert reference.distance(r, exact) == pytest.approx(published, rel=0.1, abs=0)
