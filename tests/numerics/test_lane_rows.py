"""Rows of arrays as lanes, against NumPy: every number of neighbours, rows that follow one another and rows from a list."""

import numpy as np
import pytest
from numba import njit

from revbench.numerics import lane_operators  # noqa: F401 - says what operators mean for lanes
from revbench.numerics.lane_rows import narrow, narrow_numbers, put_rows, rows
from revbench.numerics.lane_width import NARROW as N

FAST = {"fastmath": {"reassoc", "contract", "nsz", "arcp"}, "error_model": "numpy"}


@njit(**FAST)
def turned(x, out):
    """Seven neighbours of each row of ten: three pieces, of 4, 2 and 1 where lanes are that many."""
    for p in range(0, len(x), N):
        a, b, c, d, e, f, g = rows(x, p, x.shape[1], 2, 7)
        put_rows(out, p, out.shape[1], 1, (g, f, e, d, c + narrow(1), b, narrow(a + narrow_numbers())))


@njit(**FAST)
def listed(table, which, x, out):
    for p in range(0, len(which), N):
        at = rows(which, p, 1, 0, 1)[0]
        a, b, c = rows(table, at, table.shape[1], 0, 3)
        put_rows(x, p, 1, 0, (a + b,))
        put_rows(out, at, 2, 0, (c, a))


@njit(**FAST)
def of_two_axes(x, out, k):
    """Rows along the middle axis."""
    for p in range(0, x.shape[1], N):
        a, b = rows(x, p, x.shape[2], k * x.shape[1] * x.shape[2], 2)
        put_rows(out, p, 1, 0, (a - b,))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_neighbours_are_turned_into_lanes_and_back(dtype):
    x = np.random.default_rng(1).normal(size=(3 * N, 10)).astype(dtype)
    out = np.full((3 * N, 9), 5, dtype)
    turned(x, out)
    wanted = x[:, 8:1:-1].copy()
    wanted[:, 4] += 1
    wanted[:, 6] += np.arange(3 * N) % N
    np.testing.assert_array_equal(out[:, 1:8], wanted)
    assert (out[:, [0, 8]] == 5).all()


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
def test_rows_from_a_list(dtype):
    rng = np.random.default_rng(2)
    table, which = rng.normal(size=(20, 3)), rng.permutation(20)[:2 * N].astype(dtype)
    x, out = np.zeros(2 * N), np.zeros((20, 2))
    listed(table, which, x, out)
    np.testing.assert_array_equal(x, table[which, 0] + table[which, 1])
    np.testing.assert_array_equal(out[which], table[which][:, [2, 0]])
    assert (out[np.setdiff1d(np.arange(20), which)] == 0).all()


def test_rows_along_an_inner_axis():
    x, out = np.random.default_rng(3).normal(size=(3, 2 * N, 4)), np.zeros(2 * N)
    of_two_axes(x, out, 2)
    np.testing.assert_array_equal(out, x[2, :, 0] - x[2, :, 1])
