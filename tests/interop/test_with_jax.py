"""`as_jax`: values, derivatives and transformations are JAX's own, and only outputs are kept for the way back."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import WrongArguments
from revbench.interop.with_jax import PackageMissing

MIXED = """
def mixed(out, x, n, z, *, k):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    out += k * sqrt(s) * n + abs2(z)
    x[0] += x[1] * x[2]
"""


@pytest.fixture
def jax() -> Any:
    package = pytest.importorskip("jax", reason="jax is not installed; pip install 'revbench[bench]'")
    with package.enable_x64(True):
        yield package


@pytest.fixture(scope="module")
def mixed() -> Any:
    return rb.compile(MIXED)


def formula(jnp: Any, x: Any, z: Any) -> Any:
    out = 2.0 * jnp.sqrt((x**2).sum()) * 3 + z.real**2 + z.imag**2
    return jnp.sin(out) + (x.at[0].add(x[1] * x[2]) ** 2).sum()


def loss(jax: Any, mixed: Any) -> Any:
    g = rb.interop.as_jax(mixed)

    def run(x: Any, z: Any) -> Any:
        found = g(0.0, x, 3, z, k=2.0)
        return jax.numpy.sin(found.out) + (found.x**2).sum()

    return run


def test_values_and_gradients_are_jaxs(jax: Any, mixed: Any) -> None:
    """A register that is changed in place, a whole number, a complex one in JAX's convention, and a constant."""
    x, z = jax.numpy.array([1.0, 2.0, 3.0]), jax.numpy.array(1 + 2j)
    run = jax.jit(jax.value_and_grad(loss(jax, mixed), argnums=(0, 1)))
    found, want = run(x, z), jax.value_and_grad(lambda x, z: formula(jax.numpy, x, z), argnums=(0, 1))(x, z)
    assert found[0] == pytest.approx(want[0], rel=1e-14)
    for a, b in zip(found[1], want[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


def test_vmap_goes_one_by_one(jax: Any, mixed: Any) -> None:
    xs, z = jax.numpy.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]]), jax.numpy.array(1 + 2j)
    found, want = (jax.vmap(lambda x, f=f: jax.grad(f)(x, z))(xs) for f in (loss(jax, mixed), lambda x, z: formula(jax.numpy, x, z)))
    np.testing.assert_allclose(found, want, rtol=1e-13)


def test_only_outputs_are_kept(jax: Any, mixed: Any) -> None:
    """The pullback of a kernel that changes `x` holds what `x` became, and nothing of what it was."""
    g = rb.interop.as_jax(mixed)
    x = jax.numpy.array([1.0, 2.0, 3.0])
    outputs, pullback = jax.vjp(lambda x: g(0.0, x, 3, 1 + 2j, k=2.0), x)
    held = [leaf for leaf in jax.tree_util.tree_leaves(pullback) if getattr(leaf, "shape", None) == (3,)]
    assert held
    assert all(np.array_equal(leaf, outputs.x) for leaf in held)
    assert outputs.x[0] == 7.0


def test_single_precision_stays_single(jax: Any) -> None:
    square = rb.interop.as_jax(rb.compile("def square(out, x):\n    out += x * x\n"))
    found = jax.grad(lambda x: square(np.float32(0), x).out)(np.float32(3))
    assert (found, found.dtype) == (6.0, np.float32)


def test_one_register_stands_alone(jax: Any) -> None:
    negated = rb.interop.as_jax(rb.compile("def negated(x):\n    x = -x\n"))
    assert negated(2.0) == -2.0
    assert jax.grad(negated)(2.0) == -1.0


def test_registers_are_counted(jax: Any, mixed: Any) -> None:
    with pytest.raises(WrongArguments, match="`mixed` has 4 registers, and here are 1 arguments"):
        rb.interop.as_jax(mixed)(0.0)


def test_without_jax_it_says_how_to_get_it(mixed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(PackageMissing, match="pip install jax"):
        rb.interop.as_jax(mixed)
