"""Every row of the table of reductions: value, type, gradient, and what it is of nothing at all; on the machine, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import InvertibilityError
from revbench.ir.nodes import Name, Reduce
from revbench.ir.types import Array
from revbench.rules.reductions import REDUCTIONS, Reduction
from revbench.rules.typing import type_of
from tests.running import STEPS, cotangents_on_machine, last_of, on_machine

FLOATS = ([0.7, -1.2, 2.5, 0.3], [1.1, 0.4, -0.6, 2.0])
WHOLE = ([3, -1, 4, 4], [2, 7, 1, -5])
ROWS = pytest.mark.parametrize("r", REDUCTIONS.values(), ids=list(REDUCTIONS))
NUMPYS: dict[str, Any] = {"dot": np.dot, "norm": np.linalg.norm, "logsumexp": np.logaddexp.reduce}


def in_numpy(r: Reduction) -> Any:
    return NUMPYS.get(r.name) or getattr(np, r.name)


def value_of(r: Reduction, args: Any) -> Any:
    """The value, from the machine."""
    given = ", ".join(r.params)
    f = last_of(f"def f(out, {given}):\n    out += float64({r.name}({given}))\n")
    m = on_machine(f, (0.0, *args))
    assert m.run(STEPS) == "done"
    return m.outputs()[0]


@ROWS
@pytest.mark.parametrize("numbers", [FLOATS, WHOLE, ([1.0, 0.0], [0.0, 3.0]), ([0.0, 0.0], [1.0, 1.0])], ids=["floats", "whole", "some", "none"])
def test_a_value_is_what_numpy_computes(r: Reduction, numbers: tuple[list[float], list[float]]) -> None:
    args = [np.array(x) for x in numbers[:len(r.params)]]
    want = in_numpy(r)(*args)
    assert eval(r.numpy, {"np": np}, dict(zip(r.params, args, strict=True))) == pytest.approx(want, rel=1e-13)
    assert value_of(r, args) == pytest.approx(float(want), rel=1e-13)


@ROWS
@pytest.mark.parametrize("dtype", ["float32", "int8", "bool"])
def test_a_value_has_the_type_that_numpy_gives_it(r: Reduction, dtype: str) -> None:
    got = type_of(Reduce(r.name, tuple(map(Name, r.params))), {p: Array(dtype, 1) for p in r.params}).dtype
    want = np.asarray(in_numpy(r)(*np.ones((len(r.params), 3), dtype))).dtype
    assert got == (want.name if want.kind != "f" or dtype == "float32" else "float64")          # NumPy takes the smallest float for small whole numbers


@pytest.mark.parametrize("r", [r for r in REDUCTIONS.values() if r.gradient], ids=lambda r: r.name)
def test_a_gradient_is_finite_differences(r: Reduction) -> None:
    given, args = ", ".join(r.params), [np.array(x) for x in FLOATS[:len(r.params)]]
    f = rb.compile(f"def f(out, {given}):\n    out += {r.name}({given})\n")
    found = cotangents_on_machine(f, (0.0, *args), "out", r.params)
    for p, x in zip(r.params, args, strict=True):
        for i in range(len(x)):
            step = np.eye(len(x))[i] * 1e-5
            ahead, behind = (in_numpy(r)(*(a + sign * step if a is x else a for a in args)) for sign in (1, -1))
            assert found[p][i] == pytest.approx((ahead - behind) / 2e-5, abs=1e-8)


@ROWS
def test_what_numpy_refuses_of_no_elements_is_a_broken_law(r: Reduction) -> None:
    nothing = [np.zeros(0) for _ in r.params]
    try:
        with np.errstate(all="ignore"):
            want = float("nan") if r.name == "mean" else float(in_numpy(r)(*nothing))
    except ValueError:
        want = float("nan")
    if r.name == "logsumexp" or np.isnan(want):                             # NumPy has minus infinity, and no derivative
        given = ", ".join(r.params)
        with pytest.raises(InvertibilityError, match=rf"`{r.name}\({given}\)` of no elements at all"):
            rb.compile(f"def f(out, {given}):\n    out += float64({r.name}({given}))\n")(0.0, *nothing)
    else:
        assert value_of(r, nothing) == want
