"""The group that leaves out one pass at a time."""

from __future__ import annotations

import numpy as np
import pytest

import revbench as rb
from revbench.backends.numba_cpu import emitted
from revbench.bench import passes

TEXT = """
def f(out, x):
    for i in range(len(x)):
        a = zeros(x.shape[1])
        for k in range(x.shape[1]):
            a[k] += sin(x[i, k])
        s = 0.0
        for k in range(x.shape[1]):
            s += a[k] * a[k]
        out += exp(s)
"""
X = np.linspace(0.0, 1.0, 150).reshape(50, 3)


def fast_text() -> str:
    kernel = rb.compile(TEXT).unchecked
    library, name, *_ = rb.grad(kernel).typed(kernel.types_for((0.0, X), {}, ""), fast=True)
    return str(emitted(library, name, kernel.mode))


@pytest.mark.parametrize("name", ["nothing that nobody reads", "lanes"])
def test_what_is_compiled_without_a_pass_is_another_text_that_computes_the_same(name: str) -> None:
    usual, text = rb.grad(rb.compile(TEXT).unchecked)(0.0, X), fast_text()
    with passes.without(name):
        other, left_out = rb.grad(rb.compile(TEXT).unchecked)(0.0, X), fast_text()
    assert passes.apart(usual, other) < 1e-14
    assert left_out != text
    assert fast_text() == text


def test_every_pass_is_where_the_group_looks_for_it() -> None:
    for name, (module, function, _) in passes.PASSES.items():
        before = getattr(module, function)
        with passes.without(name):
            assert getattr(module, function) is not before
        assert getattr(module, function) is before
