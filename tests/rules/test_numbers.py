"""Number systems as whole numbers: every row of `passes.numbers`, on the machine, to the last bit."""

from __future__ import annotations

from typing import Any

import pytest

from revbench import Fixed43, ULog, fixed
from tests.running import STEPS, assert_close, last_of, on_machine

STEP = 2.0**-43
NEXT = (Fixed43.from_raw(2**60), Fixed43.from_raw(2**60 + 1))                # the same float64
NEXT_LOG = (ULog.from_raw(2**55), ULog.from_raw(2**55 + 1))


def run(text: str, *args: Any) -> list[Any]:
    """The registers afterwards; the machine has been there and back, and the inverse too."""
    f = last_of(text)
    m = on_machine(f, args)
    begin = m.outputs()
    assert m.run(STEPS) == "done"
    out = m.outputs()
    back = on_machine(~f, out)
    assert back.run(STEPS) == "done"
    assert_close(back.outputs(), begin)
    return out


@pytest.mark.parametrize(("op", "raw"), [("+=", 2**43 + 2**41), ("-=", 2**43 - 2**41)])
def test_what_is_added_to_a_fixed_number_is_that_many_steps(op: str, raw: int) -> None:
    assert run(f"def f(p, x):\n    p {op} x\n", Fixed43(1.0), 0.25)[0].raw == raw


@pytest.mark.parametrize(("op", "sign"), [("*=", 1), ("/=", -1)])
def test_factors_of_a_logarithmic_number_are_added_to_its_logarithm(op: str, sign: int) -> None:
    u, v = ULog(1.5), ULog(7.25)
    assert run(f"def f(u, v):\n    u {op} v\n", u, v)[0].raw == u.raw + sign * v.raw
    assert run(f"def f(u, x):\n    u {op} x\n", u, 7.25)[0].raw == u.raw + sign * v.raw


@pytest.mark.parametrize("pair", [NEXT, NEXT_LOG], ids=["fixed", "log"])
@pytest.mark.parametrize("op", ["<", "<=", ">", ">=", "==", "!="])
def test_numbers_are_compared_by_all_their_bits(op: str, pair: tuple[Any, Any]) -> None:
    a, b = pair
    assert float(a) == float(b) or pair is NEXT_LOG
    text = f"def f(n, a, b):\n    if a {op} b:\n        n += 1\n"
    python = {"<": int.__lt__, "<=": int.__le__, ">": int.__gt__, ">=": int.__ge__, "==": int.__eq__, "!=": int.__ne__}[op]
    for x, y in ((a, b), (b, a), (a, a)):
        assert run(text, 0, x, y)[0] == python(x.raw, y.raw)


@pytest.mark.parametrize(("value", "raw"), [("v * w", lambda v, w: v + w), ("v / w", lambda v, w: v - w), ("v ** 3", lambda v, w: 3 * v),
                                            ("v", lambda v, w: v), ("ULog(v) * w", lambda v, w: v + w)])
def test_products_of_logarithmic_numbers_are_exact(value: str, raw: Any) -> None:
    u, v, w = ULog(1.0), ULog.from_raw(2**54 + 1), ULog.from_raw(2**53 + 2)
    assert run(f"def f(u, v, w):\n    u *= {value}\n", u, v, w)[0].raw == u.raw + raw(v.raw, w.raw)


def test_the_logarithm_is_read_where_it_is_kept() -> None:
    v = ULog.from_raw(1000 * 2**48)                                          # exp of that is beyond floats
    assert run("def f(y, v):\n    y += log(v)\n", 0.0, v)[0] == 1000.0


@pytest.mark.parametrize("number", [Fixed43(1.25), fixed(7)(3.5), ULog(2.0)], ids=["fixed43", "fixed7", "log"])
def test_a_value_is_read_where_a_number_stands(number: Any) -> None:
    assert run("def f(y, p):\n    y += p + 1.0\n", 0.0, number)[0] == pytest.approx(float(number) + 1.0, rel=1e-15)
    assert run("def f(y, p):\n    y += p[1] + 1.0\n", 0.0, type(number)([1.0, float(number)]))[0] == pytest.approx(float(number) + 1.0, rel=1e-15)


@pytest.mark.parametrize("pair", [NEXT, NEXT_LOG], ids=["fixed", "log"])
def test_a_local_begins_with_all_bits_of_what_it_copies(pair: tuple[Any, Any]) -> None:
    a, b = pair
    assert run("def f(n, a, b):\n    t = b\n    if t == a:\n        n += 1\n    if t == b:\n        n += 2\n", 0, a, b)[0] == 2


@pytest.mark.parametrize("number", [NEXT[1], NEXT_LOG[1]], ids=["fixed", "log"])
def test_a_kernel_is_handed_the_number_itself(number: Any) -> None:
    assert run("def g(n, a, b):\n    if a == b:\n        n += 1\n\ndef f(n, a, b):\n    g(n, a, b)\n    g(n, a, a)\n", 0, number, number)[0] == 2


def test_a_cast_rounds_to_the_grid_of_its_number() -> None:
    x = 1.0 + STEP / 4
    assert run("def f(y, x):\n    y += Fixed43(x) - 1.0\n", 0.0, x)[0] == 0.0
    assert float(ULog(2.7)) != 2.7
    assert run("def f(y, x):\n    y += ULog(x)\n", 0.0, 2.7)[0] == float(ULog(2.7))
