"""Lanes against NumPy: one compiled function per group of operations, all lanes compared."""

import math

import numpy as np
import pytest
from numba import njit

from revbench.numerics import lane_operators  # noqa: F401 - says what operators mean for lanes
from revbench.numerics.lane_memory import (
    all_lanes,
    any_lane,
    gather,
    gather_at,
    hsum,
    lane,
    lane_numbers,
    lanes_of,
    load,
    scatter,
    select,
    store,
)
from revbench.numerics.lane_width import WIDTH as W

FAST = {"fastmath": {"reassoc", "contract", "nsz", "arcp"}, "error_model": "numpy"}


@njit(**FAST)
def arithmetic(x, y, out, c, k):
    for p in range(0, len(x), W):
        a, b = load(x, p), load(y, p)
        store(out[0], p, a + b * c - 1)
        store(out[1], p, c / a - k / b)
        store(out[2], p, -a - abs(b))
        store(out[3], p, min(a, b) + max(a, 1) - min(c, b))
        store(out[4], p, a**3 - b**2 + a**0 + a**1)
        store(out[5], p, math.sqrt(abs(a)) + a / 2)
        i = lane_numbers() + p
        store(out[6], p, i * 2 + a * i - -i)
        store(out[7], p, abs(i - 3) / 4 + max(i, 2))


@njit(**FAST)
def choices(x, y, out, c):
    for p in range(0, len(x), W):
        a, b = load(x, p), load(y, p)
        store(out[0], p, select(a > b, a, b - 1))
        store(out[1], p, select((a > 0) & ~(b < c), 1, 2.0))
        store(out[2], p, select((a <= 0) | (b >= c), a, 0))
        store(out[3], p, select((a == a) ^ (b != c), a, b))
        store(out[4], p, select(not (a > c), a, c))
        store(out[5], p, select(c > 0, a, b))
        store(out[6], p, select(lane_numbers() > 3, select(c > 0, 1.0, 2.0), b))


@njit(**FAST)
def sums(x, y, c):
    total, count, ones = 0.0, 0, 0
    every, some = True, False
    for p in range(0, len(x), W):
        a = load(x, p)
        total += a                                          # a scalar at first, lanes at the end
        count += hsum(select(a > c, 1, 0))
        ones += hsum(lanes_of(1))
        every &= all_lanes(a > y[p])
        some |= any_lane(a > c)
    return hsum(total), count, ones, every, some, lane(total, 1), hsum(c)


@njit(**FAST)
def strided(x, out, table, rows):
    n = x.shape[1]
    for p in range(0, len(x), W):
        for i in range(n):
            v = gather(x, p * n + i, n)
            at = select(v > 0, lane_numbers(), 2 * lane_numbers())
            scatter(out, p * n + (n - 1 - i), n, v + gather_at(table, at))
        store(rows, p, load(x, p * n) * 2)


@njit(**FAST)
def masked(flags, x, out):
    n = flags.shape[1]
    for p in range(0, len(x), W):
        m = load(flags, p * n)
        odd = gather(flags, p * n + 1, n)
        store(out, p, select(m & odd, load(x, p), 0))
        scatter(flags, p * n + 1, n, load(x, p) > 0)


@njit(**FAST)
def halved(v, w):
    return v / 2, w


@njit(**FAST)
def calling(x, out):
    for p in range(0, len(x), W):
        v, w = halved(load(x, p), 1.5)
        store(out, p, v + w)


@pytest.fixture
def xy():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 3 * W))
    x[3], y[5] = y[3], 0.5
    return x, y


def test_arithmetic_with_scalars_on_either_side(xy):
    x, y = xy
    out = np.zeros((8, len(x)))
    arithmetic(x, y, out, 0.5, 7)
    i = np.arange(len(x))
    wanted = [x + y * 0.5 - 1, 0.5 / x - 7 / y, -x - abs(y), np.minimum(x, y) + np.maximum(x, 1) - np.minimum(0.5, y), x**3 - y**2 + 1 + x,
              np.sqrt(abs(x)) + x / 2, i * 2 + x * i + i, abs(i - 3) / 4 + np.maximum(i, 2)]
    np.testing.assert_allclose(out, wanted, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("c", [0.5, -0.5])
def test_choice_by_masks(xy, c):
    x, y = xy
    out = np.zeros((7, len(x)))
    choices(x, y, out, c)
    number = np.arange(len(x)) % W
    wanted = [np.where(x > y, x, y - 1), np.where((x > 0) & ~(y < c), 1, 2), np.where((x <= 0) | (y >= c), x, 0),
              np.where(y == c, x, y), np.where(x <= c, x, c), x if c > 0 else y, np.where(number > 3, 1 if c > 0 else 2, y)]
    np.testing.assert_array_equal(out, wanted)


def test_nan_is_greater_and_less_than_nothing(xy):
    x, y = xy
    x[:4] = np.nan
    out = np.zeros((7, len(x)))
    choices(x, y, out, 0.5)
    np.testing.assert_array_equal(out[0], np.where(x > y, x, y - 1))
    np.testing.assert_array_equal(out[3], np.where((x == x) ^ (y != 0.5), x, y))


def test_sums_and_masks_as_scalars(xy):
    x, y = xy
    total, count, ones, every, some, second, c = sums(x, y, 0.5)
    assert total == pytest.approx(x.sum(), rel=1e-13)
    assert (count, ones, c) == ((x > 0.5).sum(), len(x), 0.5)
    assert every == all((x[p:p + W] > y[p]).all() for p in range(0, len(x), W))
    assert some == (x > 0.5).any()
    assert second == pytest.approx(x[1::W].sum())
    assert sums(x, x - 100, 100.0)[3:5] == (True, False)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.int8])
def test_strided_and_indexed_access_to_arrays_of_any_real_dtype(dtype):
    rng = np.random.default_rng(2)
    x = (10 * rng.normal(size=(2 * W, 3))).astype(dtype)
    table = (10 * rng.normal(size=2 * W)).astype(dtype)
    out, rows = np.zeros_like(x), np.zeros(len(x), dtype)
    strided(x, out, table, rows)
    number = np.arange(len(x))[:, None] % W
    wanted = (x.astype(float) + table[np.where(x > 0, number, 2 * number)].astype(float)).astype(dtype) if dtype != np.int8 else \
        x + table[np.where(x > 0, number, 2 * number)]
    np.testing.assert_array_equal(out[:, ::-1], wanted)
    flat = x.ravel()
    np.testing.assert_array_equal(rows, np.concatenate([flat[3 * p:3 * p + W] * dtype(2) for p in range(0, len(x), W)]))


def test_arrays_of_bools_are_masks(xy):
    x, _ = xy
    flags = np.random.default_rng(5).random((len(x), 2)) < 0.5
    before, out = flags.copy(), np.empty_like(x)
    masked(flags, x, out)
    first = np.concatenate([before.ravel()[2 * p:2 * p + W] for p in range(0, len(x), W)])
    np.testing.assert_array_equal(out, np.where(first & before[:, 1], x, 0))
    np.testing.assert_array_equal(flags, np.stack([before[:, 0], x > 0], 1))


def test_compiled_functions_take_and_give_lanes(xy):
    x, _ = xy
    out = np.empty_like(x)
    calling(x, out)
    np.testing.assert_array_equal(out, x / 2 + 1.5)
