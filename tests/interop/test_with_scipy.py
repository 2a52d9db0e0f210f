"""Kernels as objectives of SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad, minimize

import revbench as rb
from revbench.errors import NotDifferentiable

ROSENBROCK = """
def rosenbrock(out, x, a, n):
    for i in range(len(x) - 1):
        out += 100 * (x[i + 1] - x[i] ** 2) ** 2 + (a - x[i]) ** 2
"""


@pytest.fixture(scope="module")
def objective() -> rb.interop.Objective:
    return rb.interop.scipy_objective(rb.compile(ROSENBROCK).unchecked, (0.0, [-1.0, 2.0, 0.5], 1.0, 3), wrt="x")


def test_the_valley_is_found_with_gradients_and_hessian_products(objective: rb.interop.Objective) -> None:
    found = minimize(objective.fun, objective.x0, jac=objective.jac, hessp=objective.hessp, method="trust-ncg", options={"gtol": 1e-9})
    np.testing.assert_allclose(found.x, 1.0, atol=1e-7)
    assert found.success
    assert objective.kernel(*objective.registers(found.x)).out == pytest.approx(0.0, abs=1e-12)


def test_products_are_differences_of_gradients(objective: rb.interop.Objective) -> None:
    assert check_grad(objective.fun, objective.jac, objective.x0) < 1e-4
    p, h = np.array([0.3, -1.0, 0.5]), 1e-6
    want = (objective.jac(objective.x0 + h * p) - objective.jac(objective.x0 - h * p)) / (2 * h)
    np.testing.assert_allclose(objective.hessp(objective.x0, p), want, rtol=1e-6)


def test_several_registers_are_one_vector() -> None:
    f = rb.compile("def f(out, m, s):\n    for i in range(len(m)):\n        out += s * (m[i, 0] - m[i, 1]) ** 2\n    out += (s - 2) ** 2\n").unchecked
    objective = rb.interop.scipy_objective(f, (0.0, np.arange(4.0).reshape(2, 2), 1.0))
    assert objective.x0.tolist() == [0.0, 1.0, 2.0, 3.0, 1.0]
    assert objective.fun_and_jac(objective.x0)[1].tolist() == [-2.0, 2.0, -2.0, 2.0, 0.0]
    assert objective.hessp(objective.x0, np.eye(5)[4]).tolist() == [-2.0, 2.0, -2.0, 2.0, 2.0]
    assert objective.registers(objective.x0)[1].shape == (2, 2)
    assert objective.size == 5


def test_complex_registers_are_refused() -> None:
    f = rb.compile("def f(out, z):\n    out += abs2(z)\n")
    with pytest.raises(NotDifferentiable, match="`z` is complex128, and an objective is a function of plain floats"):
        rb.interop.scipy_objective(f, (0.0, 1j))
