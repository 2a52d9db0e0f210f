"""`Rows`: items that are rows of a table have the derivatives of the rows that NumPy picks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import ShapeMismatch, WrongArguments, WrongType

SEEN = rb.compile("""
def seen(e, camera, point, w):
    c0 = camera[0]
    c1 = camera[1]
    p0 = point[0]
    a = c0 * p0 - c1 * point[1]
    b = sqrt(a) if a > 0.0 else 0.0
    u = a / (camera[2] + point[2] * point[2])
    v = u * cos(c0) + b * sin(c1) if c0 > 1.0 else u * u * p0
    scale = 1.0 + camera[1] * u * u + camera[2] * v * v * v
    e[0] += w * (scale * u * v - camera[0] * point[2] + b * b)
    e[1] += w * (scale * v * v + camera[2] * u * point[1] - b * u)
""")
RNG = np.random.default_rng(3)
CAMERAS, POINTS, W, N = RNG.uniform(0.5, 2, (3, 3)), RNG.normal(size=(5, 3)), RNG.uniform(1, 2, 11), 11
OF_CAMERA, OF_POINT = np.arange(N) % 3, RNG.integers(0, 5, N, dtype=np.int32)
POINTS[2] = 0                                               # there the quotients and the root are taken of zero
AXES = (None, 0, 0, 0)


def both(what: Any) -> tuple[Any, Any]:
    """Rows where they lie, and picked by NumPy."""
    return (what(np.zeros(2), rb.Rows(CAMERAS, OF_CAMERA), rb.Rows(POINTS, OF_POINT), W), what(np.zeros(2), CAMERAS[OF_CAMERA], POINTS[OF_POINT], W))


@pytest.mark.parametrize("kernel", [SEEN, SEEN.unchecked], ids=["checked", "unchecked"])
@pytest.mark.parametrize("packed", [False, True])
def test_jacobians_are_those_of_the_rows_that_numpy_picks(kernel: rb.Kernel, packed: bool) -> None:
    there, picked = both(rb.each(rb.jacobian(kernel, packed=packed), AXES))
    for a, b in zip([there] if packed else there, [picked] if packed else picked, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


def test_long_turns_of_numbers_run_in_lanes_and_are_right() -> None:
    """Eleven items: lanes, and what is left over. Each of them as it is alone, with laws, and by differences."""
    f = SEEN.unchecked
    found = rb.each(rb.jacobian(f, packed=True), AXES)(np.zeros(2), rb.Rows(CAMERAS, OF_CAMERA), rb.Rows(POINTS, OF_POINT), W)
    made = [v[2].emitted for k, v in f._derived.items() if k[0] == "jacobian" and v]
    assert any("_put_rows(" in e.text and "_rows(camera_rows" in e.text for e in made)
    for i in range(N):
        item = np.zeros(2), CAMERAS[OF_CAMERA[i]], POINTS[OF_POINT[i]], W[i]
        alone = rb.jacobian(SEEN, packed=True)(*item)
        np.testing.assert_allclose(found[i], alone, rtol=1e-12, atol=1e-12)
        if POINTS[OF_POINT[i]].any():
            flat = np.concatenate([item[1], item[2], [item[3]]])
            ends = [[SEEN(np.zeros(2), x[:3], x[3:6], x[6]).e for x in (flat + h, flat - h)] for h in 1e-6 * np.eye(7)]
            np.testing.assert_allclose(found[i], np.array([(a - b) / 2e-6 for a, b in ends]).T, rtol=1e-6, atol=1e-6)


def test_gradients_and_hessians_take_rows() -> None:
    f = rb.compile("def f(e, x, k):\n    e += k[0] * x ** 2 + k[1] * x\n").unchecked
    x, table, numbers = np.arange(4.0), np.array([[1.0, 2.0], [3.0, 4.0]]), [1, 0, 0, 1]
    found = rb.each(rb.grad(f))(np.zeros(4), x, rb.Rows(table, numbers))
    np.testing.assert_array_equal(found.x, 2 * table[numbers, 0] * x + table[numbers, 1])
    np.testing.assert_array_equal(found.k, np.stack([x**2, x], 1))
    np.testing.assert_array_equal(rb.each(rb.hessian(f, wrt="x"))(np.zeros(4), x, rb.Rows(table, numbers)), 2 * table[numbers, 0])


def test_wherever_an_array_may_stand_rows_are_that_array() -> None:
    f = rb.compile("def f(e, z):\n    e += abs2(z)\n")
    z = rb.Rows(np.array([1 + 2j, 3.0]), [1, 0, 1])
    np.testing.assert_array_equal(rb.each(rb.grad(f), (0, 0))(np.zeros(3), z).z, 2 * np.asarray(z))        # complex: picked
    np.testing.assert_array_equal(rb.each(f)(np.zeros(3), z).e, [9, 5, 9])
    scaled = rb.compile("def scaled(x, a):\n    x[0] *= a\n    x[1] += x[0] * a\n")                         # written: picked, no item changes another
    found = rb.each(rb.jacobian(scaled, of="x", wrt="a"), (0, 0))(rb.Rows(np.array([[1.0, 2.0]]), [0, 0]), np.array([2.0, 3.0]))
    np.testing.assert_array_equal(found, [[1, 4], [1, 6]])


def test_numbers_of_rows_are_checked() -> None:
    for numbers, said in (([0, 3], "row 3 of a table with 3 rows"), ([-1], "row -1")):
        with pytest.raises(WrongArguments, match=said):
            rb.Rows(CAMERAS, numbers)
    for wrong in ([0.0], [[0]]):
        with pytest.raises(WrongType, match="numbers of rows"):
            rb.Rows(CAMERAS, wrong)
    with pytest.raises(WrongType, match="table"):
        rb.Rows(1.0, [0])
    with pytest.raises(ShapeMismatch, match="`camera` has 2 items, and `point` has 11"):
        rb.each(rb.jacobian(SEEN), AXES)(np.zeros(2), rb.Rows(CAMERAS, [0, 1]), rb.Rows(POINTS, OF_POINT), W)
    numbers = OF_CAMERA.copy()
    rows = rb.Rows(CAMERAS, numbers)
    numbers[:] = 10**9                                      # changed behind its back: it has its own
    assert np.asarray(rows).shape == (N, 3)


def test_packed_programs_are_made_for_the_shapes_of_items() -> None:
    f = rb.compile("def f(e, x):\n    for i in range(len(x)):\n        e += x[i] ** 2\n").unchecked
    squares = rb.each(rb.jacobian(f, packed=True))
    for n in (3, 5, 3):
        x = np.arange(2.0 * n).reshape(2, n)
        np.testing.assert_array_equal(squares(np.zeros(2), x), 2 * x[:, None])
