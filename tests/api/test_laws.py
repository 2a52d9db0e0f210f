"""Every run-time law, on Numba and on the machine: the same words, places and values; the machine knows the step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench import InvertibilityError
from tests.running import STEPS, last_of, on_machine

#   law           kernel, called with, and what was compared
LAWS: dict[str, tuple[str, tuple[Any, ...], tuple[float, ...]]] = {
    "released":    ("def f(out, x):\n    s = 1.0\n    s *= x\n    s += 1.0\n    s *= x\n    out += s\n", (0.0, 1e-12), ()),
    "fi":          ("def f(y, x):\n    if y > 0:\n        y -= x\n    fi(y > 0)\n", (1.0, 2.0), (-1.0,)),
    "came-from":   ("def f(n, m):\n    came_from(n == 0)\n    while n < m:\n        n += 1\n", (2, 5), (2.0,)),
    "index":       ("def f(out, x, k):\n    out += x[k]\n", (0.0, [1.0, 2.0], 2), (2.0, 2.0)),
    "zero-factor": ("def f(y, x):\n    y *= x\n", (3.0, 0.0), (3.0, 0.0)),
    "overflow":    ("def f(n, m):\n    n *= m\n", (2**62, 5), ()),
    "divisible":   ("def f(n, m):\n    n //= m\n", (7, 2), (7.0, 2.0)),
    "division":    ("def f(n, m):\n    n += 3 // m\n", (7, 0), (0.0,)),
    "alias":       ("def f(x, i, j):\n    x[i] += x[j]\n", ([1.0, 2.0], 1, 1), (1.0, 1.0)),
    "assert":      ("def f(y, x):\n    assert x < 1.0, 'small'\n    y += x\n", (0.0, 2.0), ()),
    "power":       ("def f(n, m):\n    n += 2 ** m\n", (0, -1), (-1.0,)),
    "shift":       ("def f(n, m):\n    n += 1 << m\n", (0, 70), (70.0,)),
}


def broken(run: Any) -> InvertibilityError:
    with pytest.raises(InvertibilityError) as caught:
        run()
    return caught.value


@pytest.mark.timeout(300)                                        # the first run of an installation compiles the machine
@pytest.mark.parametrize("law", LAWS)
def test_a_broken_law_is_told_with_its_place_values_and_step(law: str) -> None:
    text, args, values = LAWS[law]
    f = last_of(text)
    on_numba, on_the_machine = broken(lambda: f(*args)), broken(lambda: on_machine(f, args).run(STEPS))
    for found in (on_numba, on_the_machine):
        assert found.law == law
        assert found.span is not None
        assert all(np.isclose(a, b) for a, b in zip(found.values, values, strict=False))
        assert len(found.values) >= len(values)
        assert all(f"`{name}`" in str(found) for name in found.names)
    assert on_numba.span == on_the_machine.span
    assert on_numba.names == on_the_machine.names
    assert on_the_machine.step is not None
    assert f"at step {on_the_machine.step}" in str(on_the_machine)
    assert on_numba.step is None
    assert "rb.debug(f, ...)" in on_numba.hint


def test_the_tolerance_is_relative_to_what_a_local_has_held() -> None:
    text = "def f(out, x, y):\n    s = 0.0\n    s += x\n    s += y\n    out += s\n"
    f = last_of(text)
    assert f(0.0, 1e18, 1.0).out == 1e18 + 1.0                     # comes back up to rounding of 1e18
    m = on_machine(f, (0.0, 1e18, 1.0))
    assert m.run(STEPS) == "done"


def test_a_nan_is_told_with_the_way_to_find_where_it_came_up() -> None:
    f = rb.compile("def f(out, x):\n    t = 0.0\n    t += log(x)\n    out += t\n")
    found = broken(lambda: f(0.0, -1.0))
    assert "`assert t - t == 0` below the lines that change `t`" in found.hint
    better = rb.compile("def f(out, x):\n    t = 0.0\n    t += log(x)\n    assert t - t == 0\n    out += t\n")
    where = broken(lambda: better(0.0, -1.0)).span
    assert where is not None
    assert where.line == 4
