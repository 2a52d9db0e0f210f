"""`precise=True` is carried by everything that is made of a kernel."""

from collections.abc import Callable

import numpy as np
import pytest

import revbench as rb

TEXT = """
def twice(y, x, *, step):
    step(y, x)
    step(y, x)

def add(y, x):
    y += exp(x)
"""
MADE: dict[str, Callable[[rb.Kernel], rb.Kernel]] = {
    "the inverse": lambda f: ~f,
    "unchecked": lambda f: f.unchecked,
    "the inverse of unchecked": lambda f: ~f.unchecked,
    "unchecked of the inverse": lambda f: (~f).unchecked,
    "the inverse of the inverse": lambda f: ~~f,
    "the kernel of a gradient": lambda f: rb.grad(f).kernel,
    "the kernel of a gradient of unchecked": lambda f: rb.value_and_grad(~f.unchecked).kernel,
}


@pytest.mark.parametrize("what", MADE)
@pytest.mark.parametrize("precise", [True, False])
def test_what_is_made_of_a_kernel_is_as_precise(what: str, precise: bool) -> None:
    kernels = rb.compile(TEXT, precise=precise)
    assert MADE[what](kernels.add).precise is precise
    assert MADE[what](kernels.twice).precise is precise


@pytest.mark.parametrize("precise", [True, False])
def test_a_kernel_chosen_for_a_kernel_is_as_precise(precise: bool) -> None:
    kernels = rb.compile(TEXT, precise=precise)
    chosen, _ = kernels.twice.choice((1.0, 2.0), {"step": kernels.add})
    assert chosen is not kernels.twice
    assert chosen.precise is precise


def test_the_decorator_takes_it_with_and_without_other_options() -> None:
    @rb.reversible(precise=True, keepers=False)
    def f(y, x):
        y += x

    @rb.reversible
    def g(y, x):
        y += x

    assert f.precise
    assert not g.precise
    assert f.unchecked(1.0, 2.0).y == 3.0


def test_unchecked_code_that_is_precise_has_the_bits_of_checked_code() -> None:
    text = """
    def f(out, x):
        for i in range(len(x)):
            out += x[i] * x[i] + sin(x[i]) * exp(x[i]) + x[i] ** 1.5
    """
    x = np.random.default_rng(7).uniform(0, 1, 1000)
    fast, precise = rb.compile(text).unchecked, rb.compile(text, precise=True).unchecked
    assert precise(0.0, x).out == (~~precise)(0.0, x).out == rb.compile(text)(0.0, x).out
    assert fast(0.0, x).out == pytest.approx(precise(0.0, x).out, rel=1e-12)
    assert "fastmath" in fast.show("numba")
    assert "_exp(" in fast.show("numba")
    assert "fastmath" not in precise.show("numba")
    assert "math.exp(" in precise.show("numba")
    assert rb.grad(precise)(0.0, x).x.tolist() == rb.grad(rb.compile(text))(0.0, x).x.tolist()
