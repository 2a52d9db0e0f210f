"""`hessian`: against differences of gradients, symmetric, in the form that was asked for; and in items."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import NotDifferentiable
from revbench.paper.petersen import embedding_loss

from ..running import bound, kernel
from ..test_fast import in_python as in_python
from ..zoo.case import Case
from .programs import CHEAP

ENERGY = """
def energy(out, x, y, k):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2 * y
    out += sin(s) + k * s
"""
X, Y, K = np.array([0.3, 0.5, -0.2]), 1.5, 2.0


@pytest.fixture(scope="module")
def energy() -> rb.Kernel:
    made: rb.Kernel = rb.compile(ENERGY).unchecked
    return made


def differences(f: rb.Kernel, args: tuple[Any, ...], k: int, consts: Any, h: float = 1e-6) -> Any:
    """How the gradient by register `k` moves with it."""
    g = rb.grad(f, wrt=k)
    base = np.asarray(args[k], float)
    columns = []
    for at in np.ndindex(base.shape):
        ends = []
        for sign in (1, -1):
            there = base.copy()
            there[at] += sign * h
            ends.append(np.asarray(g(*args[:k], there if there.ndim else float(there), *args[k + 1:], **consts)))
        columns.append((ends[0] - ends[1]) / (2 * h))
    return np.stack(columns, axis=-1).reshape(base.shape + base.shape)


@pytest.mark.parametrize("case", [c for c in CHEAP if c.name in ("norm", "prefix sums", "a branch bit for each turn")], ids=lambda c: c.name)
def test_a_hessian_is_made_of_differences_of_gradients(case: Case) -> None:
    f, (registers, _) = kernel(case.name).unchecked, bound(case)
    k = next(k for k, v in enumerate(registers) if k and np.asarray(v).dtype.kind == "f" and np.ndim(v))
    found = rb.hessian(f, wrt=k)(*registers, **case.consts)
    np.testing.assert_allclose(found, differences(f, tuple(registers), k, case.consts), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found, np.swapaxes(found, 0, 1), rtol=1e-12, atol=1e-12)


def test_several_registers_have_a_named_tuple_of_named_tuples(energy: rb.Kernel) -> None:
    args = (0.0, X, Y, K)
    found = rb.hessian(energy)(*args)
    whole = rb.hessian(energy, packed=True)(*args)
    assert found._fields == found.x._fields == ("x", "y", "k")
    assert (found.x.x.shape, found.x.y.shape, found.y.x.shape, found.k.k) == ((3, 3), (3,), (3,), 0.0)
    assert isinstance(found.y.y, float)
    np.testing.assert_array_equal(whole[:3, 3], found.x.y)
    np.testing.assert_allclose(whole, whole.T, rtol=1e-14)
    np.testing.assert_allclose(found.x.x, differences(energy, args, 1, {}), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(found.x.x @ X + found.x.y * 2.0, rb.hvp(energy, args, (X, 2.0, 0.0)).x, rtol=1e-12)
    np.testing.assert_allclose(rb.hessian(energy, wrt="y")(*args), found.y.y, rtol=1e-14)          # another program: sums in another order


def test_items_have_the_hessian_that_they_have_alone(energy: rb.Kernel) -> None:
    found = rb.each(rb.hessian(energy, wrt=("x", "y"), packed=True), (None, 0, 0, None))(0.0, np.array([X, 2 * X]), [Y, 0.5], K)
    for k, args in enumerate([(0.0, X, Y, K), (0.0, 2 * X, 0.5, K)]):
        np.testing.assert_allclose(found[k], rb.hessian(energy, packed=True)(*args)[:4, :4], rtol=1e-13, atol=1e-15)


def test_what_has_no_second_derivative_is_named() -> None:
    f = rb.compile("def f(out, x, z):\n    out += digamma(x) + abs2(z)\n")
    assert rb.grad(f)(0.0, 1.5, 1j).z == 2j
    with pytest.raises(NotDifferentiable, match=r"`trigamma\(x\)` has no derivative"):
        rb.hessian(f, wrt="x")(0.0, 1.5, 1j)
    with pytest.raises(NotDifferentiable, match="`z` is complex128, and a Hessian is made of floats"):
        rb.hessian(f)(0.0, 1.5, 1j)
    assert "hessian of" in repr(rb.hessian(f))


MANY = """
def many(out, p, x, q, w, *, n):
    e = zeros(len(x))
    for i in range(len(x)):
        e[i] += x[i] ** 2 * p
        for j in range(n):
            e[i] += sin(x[i] * w[j, i])
    for i in range(len(x)):
        out += e[i] * e[len(x) - 1 - i]
    if n > 2:
        out += p ** 3
"""


def test_compiled_lanes_find_what_differences_find() -> None:
    f, x = embedding_loss.unchecked, np.random.default_rng(1).standard_normal((10, 2))          # 20 seeds: lanes are filled, and not filled
    np.testing.assert_allclose(rb.hessian(f, wrt="x")(0.0, x), differences(f, (0.0, x), 1, {}), rtol=1e-6, atol=1e-6)
    two = rb.each(rb.hessian(f, wrt="x"))(np.zeros(2), np.array([x, -2 * x]))                  # its branches differ: items do not run in lanes
    np.testing.assert_allclose(two[0], rb.hessian(f, wrt="x")(0.0, x), rtol=1e-12, atol=1e-12)
    assert [key[0] for key, made in f._derived.items() if made and key[0] in ("columns", "hessian")][-2:] == ["columns", "columns"]


@pytest.mark.usefixtures("in_python")
def test_seeds_in_lanes_find_what_checked_code_finds() -> None:
    f, rng = rb.compile(MANY), np.random.default_rng(0)
    args = (0.0, 0.7, rng.standard_normal(9), 2.0, rng.standard_normal((3, 9)))          # 38 seeds: by q nothing depends
    fast = f.unchecked
    want, found = (rb.hessian(g, packed=True)(*args, n=3) for g in (f, fast))
    assert [key[0] for key, made in fast._derived.items() if made and key[0] in ("columns", "hessian")] == ["columns"]
    assert found.shape == (38, 38)
    np.testing.assert_allclose(found, want, rtol=1e-12, atol=1e-12)
    several = rb.hessian(fast, wrt=("w", "p", "x"))(*args, n=3)
    assert (several.w.x.shape, several.x.w.shape, several.p.w.shape, type(several.p.p)) == ((3, 9, 9), (9, 3, 9), (3, 9), float)
    np.testing.assert_allclose(several.x.w, rb.hessian(f, wrt=("w", "p", "x"))(*args, n=3).x.w, rtol=1e-12, atol=1e-12)
    two = rb.each(rb.hessian(fast, wrt="x"), (None, 0, 0, None, None))(0.0, np.array([0.7, 0.1]), np.array([args[2], -args[2]]), 2.0, args[4], n=2)
    np.testing.assert_allclose(two[1], rb.hessian(f, wrt="x")(0.0, 0.1, -args[2], 2.0, args[4], n=2), rtol=1e-12, atol=1e-12)
    none = rb.each(rb.hessian(fast, wrt="x"), (None, 0, 0, None, None))(0.0, np.zeros(0), np.zeros((0, 9)), 2.0, args[4], n=2)
    assert none.shape == (0, 9, 9)


@pytest.mark.usefixtures("in_python")
def test_what_does_not_run_in_lanes_has_a_hessian_all_the_same() -> None:
    f = rb.compile("def f(out, x):\n    i = 0\n    while i < len(x) and x[i] < 2.0:\n        out += x[i] ** 3 * x[0]\n        i += 1\n")
    x = np.linspace(0.5, 2.5, 9)
    np.testing.assert_allclose(rb.hessian(f.unchecked, wrt="x")(0.0, x), rb.hessian(f, wrt="x")(0.0, x), rtol=1e-13)
