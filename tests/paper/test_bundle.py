"""Bundle adjustment: errors, their way back, and the Jacobian as ADBench's arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

import revbench as rb
from revbench.bench.ba import ours
from revbench.paper import bundle_numpy
from revbench.paper.bundle import BLOCK, SIZES, Bundle, bundle_errors, make_bundle, reprojection, structure

N, M, P = 3, 5, 11


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """Camera 1 is not turned: there the formulas divide by zero unless somebody looks."""
    made = make_bundle(N, M, P, seed=4)
    made.cameras[1, :3] = 0
    return made


def complex_step(bundle: Bundle) -> Any:
    """The Jacobian as a matrix, from the NumPy formulas, column by column; central differences where a square root of zero has no continuation."""
    flat = np.concatenate([bundle.cameras.ravel(), bundle.points.ravel(), bundle.weights])

    def errors(v: Any) -> Any:
        cameras, points, weights = np.split(v, [11 * N, 11 * N + 3 * M])
        found = bundle_numpy.errors(replace(bundle, cameras=cameras.reshape(N, 11), points=points.reshape(M, 3), weights=weights))
        return np.concatenate([found[0].ravel(), found[1]])

    columns = [errors(flat + 1e-30j * e).imag / 1e-30 for e in np.eye(len(flat))]
    for k in range(11, 14):
        e = 1e-6 * np.eye(len(flat))[k]
        columns[k] = (errors(flat + e) - errors(flat - e)) / 2e-6
    return np.array(columns).T


def registers(bundle: Bundle) -> tuple[Any, ...]:
    return (np.zeros((P, 2)), np.zeros(P), bundle.cameras, bundle.points, bundle.weights, bundle.features, bundle.camera_of, bundle.point_of)


@pytest.mark.parametrize("kernel", [bundle_errors, bundle_errors.unchecked], ids=["checked", "unchecked"])
def test_errors_are_those_of_the_formulas_and_go_back(bundle: Bundle, kernel: rb.Kernel) -> None:
    there = kernel(*registers(bundle))
    for found, expected in zip(there[:2], bundle_numpy.errors(bundle), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)
    back = (~kernel)(*there)
    np.testing.assert_allclose(back.reproj, 0, atol=1e-12)         # code without checks may round either way in its own order
    np.testing.assert_allclose(back.werr, 0, atol=1e-15)


def test_nothing_is_kept() -> None:
    assert reprojection.keepers == bundle_errors.keepers == ()


def test_the_formulas_jacobian_is_their_derivative(bundle: Bundle) -> None:
    rows, cols, vals = bundle_numpy.jacobian(bundle)
    dense = csr_array((vals, cols, rows), shape=(3 * P, 11 * N + 3 * M + P)).toarray()
    expected = complex_step(bundle)
    np.testing.assert_allclose(dense, expected, rtol=1e-8, atol=1e-9 * np.abs(expected).max())


def test_ours_are_the_same_arrays(bundle: Bundle) -> None:
    (found,), expected = ours(bundle)(), bundle_numpy.values(bundle)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


def test_an_observation_comes_back(bundle: Bundle) -> None:
    for i in (0, 1):
        assert rb.check_inverse(reprojection, np.zeros(2), bundle.cameras[i], bundle.points[i], bundle.weights[i], bundle.features[i])


def test_structure_is_adbenchs(bundle: Bundle) -> None:
    """The arrays of `BASparseMat`: 15 columns in both rows of an observation (camera, point, weight), then one for every weight."""
    rows, cols = structure(bundle)
    assert rows[0] == 0
    assert (np.diff(rows) == [BLOCK] * 2 * P + [1] * P).all()
    at = cols[:2 * BLOCK * P].reshape(P, 2, BLOCK)
    i = 7
    assert at[i, 0].tolist() == at[i, 1].tolist() == [*range(11 * (i % N), 11 * (i % N) + 11), *(11 * N + 3 * (i % M) + np.arange(3)), 11 * N + 3 * M + i]
    assert cols[2 * BLOCK * P:].tolist() == [11 * N + 3 * M + k for k in range(P)]


def test_no_block_repeats() -> None:
    bundle = make_bundle(*SIZES["ba1"])
    for table in (bundle.cameras, bundle.points, bundle.weights[:, None]):
        assert len(np.unique(table, axis=0)) == len(table)
    assert np.array_equal(bundle.cameras, make_bundle(*SIZES["ba1"]).cameras)
    vals = bundle_numpy.values(bundle)
    assert np.isfinite(vals).all()
    blocks = vals[:2 * BLOCK * len(bundle.weights)].reshape(-1, BLOCK)
    assert len(np.unique(blocks, axis=0)) == len(blocks)
