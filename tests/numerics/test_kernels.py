"""Fixed-point and logarithmic numbers in kernels: every bit returns, kinds are kept, laws break with values."""

from __future__ import annotations

import math

import numpy as np
import pytest

import revbench as rb
from revbench import Fixed43, InvertibilityError, ULog, fixed
from revbench.errors import AliasedMemory, MixedWidths, NotExact
from revbench.jupyter.card import card_of
from revbench.jupyter.guess import example_call
from revbench.tradeoff.stepper import StepKernel
from tests.running import STEPS

MILLION = 10**6

standard_map = rb.compile("""
def standard_map(x, p, k, n):
    for i in range(n):
        p += k * sin(x)
        x += p
        if x > 3.141592653589793:
            x -= 6.283185307179586
        fi(x - p < -3.141592653589793)
""")
henon_heiles = rb.compile("""
def henon_heiles(q, p, dt, n):
    for i in range(n):
        q[0] += dt * p[0]
        q[1] += dt * p[1]
        p[0] -= dt * (q[0] + 2.0 * q[0] * q[1])
        p[1] -= dt * (q[1] + q[0] ** 2 - q[1] ** 2)
""")
walk = rb.compile("""
def walk(u, v, n):
    for i in range(n):
        u *= exp(sin(i))
        if i % 3 == 0:
            v /= exp(cos(i))
        u, v = v, u
""")


def test_a_million_steps_of_a_chaotic_orbit_return_to_the_last_bit() -> None:
    q, p = Fixed43([0.1, 0.2]), Fixed43([0.3, -0.15])
    there = henon_heiles(q, p, 0.01, MILLION)
    assert float(np.max(np.abs(np.asarray(there.q) - np.asarray(q)))) > 1e-3
    back = (~henon_heiles)(*there)
    assert np.array_equal(back.q.raw, q.raw)
    assert np.array_equal(back.p.raw, p.raw)


def test_a_float_orbit_does_not_return() -> None:
    there = henon_heiles([0.1, 0.2], [0.3, -0.15], 0.01, MILLION)
    assert not np.array_equal((~henon_heiles)(*there).q, [0.1, 0.2])


def test_a_million_factors_are_divided_out_to_the_last_bit() -> None:
    u, v = ULog(1.5), ULog(2.5)
    there = walk(u, v, MILLION)
    assert there.u.raw != u.raw
    back = (~walk)(*there)
    assert (back.u.raw, back.v.raw) == (u.raw, v.raw)
    assert rb.check_inverse(walk, u, v, MILLION).worst == 0.0


def test_a_number_is_negated_in_place() -> None:
    f = rb.compile("def f(p, y):\n    p = -p\n    y += p * p * p")
    there = f(Fixed43(0.3), 0.0)
    assert there.p.raw == -Fixed43(0.3).raw
    assert (~f)(*there).p.raw == Fixed43(0.3).raw
    assert rb.check_grad(f, Fixed43(0.3), 0.0, of="y")


# ---- kinds
def test_results_are_of_the_kind_that_was_handed_in() -> None:
    f = rb.compile("""
def f(a, b, u, y):
    for i in range(len(a)):
        a[i] += 0.5
        u[i] *= 2.0
    b += a[0]
    y += b
""")
    out = f(Fixed43([1.0, 2.0]), fixed(20)(3.0), ULog([1.0, 2.0]), 0.0)
    assert repr(out) == "Outputs(a=Fixed43([1.5, 2.5]), b=Fixed20(4.5), u=ULog([2., 4.]), y=4.5)"
    assert repr(f([Fixed43(1.0), Fixed43(2.0)], Fixed43(3.0), ULog([1.0, 2.0]), 0.0).a) == "Fixed43([1.5, 2.5])"


def test_in_place_calls_write_into_the_callers_numbers() -> None:
    f = rb.compile("""
def f(a, x):
    for i in range(len(a)):
        a[i] += x[i]
""")
    a, before = Fixed43(np.ones(3)), Fixed43(np.ones(3))
    f(a, [1.0, 2.0, 3.0])
    assert np.all(a == before)
    f.inplace(a, np.array([1.0, 2.0, 3.0]))
    assert a.tolist() == [2.0, 3.0, 4.0]
    strided = Fixed43(np.ones(6))
    f.inplace(strided[::2], np.array([1.0, 2.0, 3.0]))
    assert strided.tolist() == [2.0, 1.0, 3.0, 1.0, 4.0, 1.0]
    with pytest.raises(AliasedMemory):
        f.inplace(a, a[:])


def test_the_host_class_of_a_chosen_number_of_bits_makes_locals() -> None:
    cents = fixed(10)
    f = rb.compile("""
def f(y, x):
    s = cents(x)
    s += 0.25
    t = zeros(2, Fixed10)
    t[1] += x
    y += s * t[1]
""", cents=cents)
    assert f(0.0, 1 / 3).y == float(cents(1 / 3) + cents(0.25)) * float(cents(1 / 3))


def test_numbers_of_the_host_are_read_as_values() -> None:
    table, step = Fixed43([1.0, 2.0]), ULog(3.0)
    f = rb.compile("""
def f(y, i):
    y += table[i] * step
""", table=table, step=step)
    assert math.isclose(f(0.0, 1).y, 6.0, rel_tol=1e-14)


def test_a_local_that_begins_at_a_literal_stays_a_float() -> None:
    f = rb.compile("""
def f(y, p):
    s = 0.0
    for i in range(3):
        s += p
        s *= 0.7
    y += s
""")
    assert math.isclose(f(0.0, Fixed43(0.3)).y, f(0.0, 0.3).y, rel_tol=1e-12)


def test_logarithms_reach_beyond_floats_in_kernels_too() -> None:
    f = rb.compile("""
def f(y, big, u, n):
    t = ULog(1.0)
    for i in range(1, n + 1):
        t *= i
    y += log(t)
    y += log(t * t ** 2 / u)
    if t > u:
        big += 1
    u *= t
""")
    out = f(0.0, 0, ULog(10.0) ** 3000, 1000)
    assert math.isclose(out.y, 4 * math.lgamma(1001) - 3000 * math.log(10), rel_tol=1e-12)
    assert out.big == 0
    assert math.isclose(out.u.log, math.lgamma(1001) + 3000 * math.log(10), rel_tol=1e-12)


# ---- laws
@pytest.mark.parametrize(("text", "args", "law", "values"), [
    ("p += x", (Fixed43(1e6), 1e5), "overflow", (1e6, 1e5)),
    ("p -= x", (Fixed43(1.0), math.nan), "overflow", None),
    ("p += x", (Fixed43(1.0), 1e300), "overflow", (1e300,)),
    ("u *= x", (ULog(1.0), 0.0), "positive", (0.0,)),
    ("u /= x", (ULog(1.0), -2.0), "positive", (-2.0,)),
    ("u *= x", (ULog(1.0), math.inf), "positive", None),
    ("u *= v ** 3", (ULog(2.0) ** 20000, ULog(2.0) ** 15000), "overflow", None),
    ("t = Fixed43(x)\n    p += t", (Fixed43(1.0), 2e6), "overflow", (2e6,)),
])
def test_what_a_number_cannot_hold_breaks_a_law(text: str, args: tuple[object, object], law: str, values: tuple[float, ...] | None) -> None:
    f = rb.compile(f"def f({text.split()[0] if text[0] in 'pu' else 'p'}, {'v' if 'v' in text else 'x'}):\n    {text}")
    with pytest.raises(InvertibilityError) as broken:
        f(*args)
    with pytest.raises(InvertibilityError) as on_machine:
        rb.debug(f, *args).machine.run(STEPS)
    assert broken.value.law == on_machine.value.law == law
    if values is not None:
        assert broken.value.values == values
        if law == "overflow":
            assert on_machine.value.values == values


def test_a_local_number_that_does_not_return_is_told_with_values() -> None:
    f = rb.compile("""
def f(p, x):
    t = p
    p += x
    t += x
    free(t, p - 1.0)
""")
    with pytest.raises(InvertibilityError) as broken:
        f(Fixed43(1.0), 0.5)
    assert broken.value.law == "released"


@pytest.mark.parametrize("text", ["p *= 2.0", "p /= 2.0", "p ^= 1"])
def test_a_fixed_number_refuses_what_it_could_not_undo(text: str) -> None:
    with pytest.raises(NotExact):
        rb.compile(f"def f(p):\n    {text}")(Fixed43(1.0))


@pytest.mark.parametrize("text", ["u += 2.0", "u -= 2.0", "u ^= 1"])
def test_a_logarithmic_number_refuses_what_it_could_not_undo(text: str) -> None:
    with pytest.raises(NotExact):
        rb.compile(f"def f(u):\n    {text}")(ULog(1.0))


def test_numbers_do_not_narrow_silently() -> None:
    with pytest.raises(MixedWidths):
        rb.compile("def f(y, p):\n    y += p")(np.float32(0), Fixed43(1.0))


# ---- what is shown
def test_a_session_shows_numbers_as_they_are_and_the_users_own_lines() -> None:
    s = rb.debug(walk, ULog(2.0), ULog(3.0), 2)
    texts = [row.text for row in s.code.rows]
    assert "u *= exp(sin(i))" in texts
    assert "v /= exp(cos(i))" in texts
    assert s.names == {"u": ULog(2.0), "v": ULog(3.0), "n": 2}
    assert tuple(s.end().names.values()) == walk(ULog(2.0), ULog(3.0), 2)
    assert s.start().names == {"u": ULog(2.0), "v": ULog(3.0), "n": 2}
    assert [x["dtype"] for x in s.program_json()["functions"][0]["symbols"]] == ["ULog", "ULog", "int64", "int64"]
    a = rb.debug(henon_heiles, Fixed43([0.1, 0.2]), Fixed43([0.3, -0.15]), 0.01, 3)
    assert a.names["q"].tolist() == Fixed43([0.1, 0.2]).tolist()
    there = henon_heiles(Fixed43([0.1, 0.2]), Fixed43([0.3, -0.15]), 0.01, 3)
    assert all(a.end().names["q"] == there.q)
    assert a.residue() == 0.0


def test_a_session_on_a_gradient_has_float_cotangents() -> None:
    f = rb.compile("def f(y, p, u):\n    p += 0.5\n    u *= p\n    y += p * u")
    s = rb.debug(rb.grad(f), 0.0, Fixed43(1.0), ULog(2.0)).end()
    want = rb.grad(f)(0.0, Fixed43(1.0), ULog(2.0))
    assert (s.names["p_bar"], s.names["u_bar"]) == pytest.approx(tuple(want))
    assert (s.names["p"], s.names["u"]) == (Fixed43(1.0), ULog(2.0))


def test_a_kernels_card_and_its_example_call_know_numbers() -> None:
    f = rb.compile("def f(p, u, x):\n    p += x\n    u[0] *= x")
    f(fixed(20)(1.0), ULog([1.0]), 3.0)
    assert [v.verdict for v in card_of(f).verdicts] == ["exact", "exact"]
    assert example_call(f, {}) == "f(fixed(20)(1.0), ULog([1.0, 2.0, 3.0]), 1.0)"
    assert example_call(f, {"p": fixed(20)(0.0)}).startswith("f(p, ")


# ---- derivatives
def test_gradients_are_those_of_the_float_program() -> None:
    args = (0.7, 0.2), (0.3, -0.15), 0.05, 40
    energy = rb.compile("""
def energy(out, q, p, dt, n):
    henon_heiles(q, p, dt, n)
    out += 0.5 * (p[0] ** 2 + p[1] ** 2 + q[0] ** 2 + q[1] ** 2) + q[0] ** 2 * q[1] - q[1] ** 3 / 3.0
""", henon_heiles=henon_heiles)
    exact = rb.grad(energy)(0.0, Fixed43(list(args[0])), Fixed43(list(args[1])), *args[2:])
    plain = rb.grad(energy)(0.0, list(args[0]), list(args[1]), *args[2:])
    assert type(exact.q) is np.ndarray
    for a, b in zip(exact, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8)
    moved = rb.jvp(energy, (0.0, Fixed43(list(args[0])), Fixed43(list(args[1])), *args[2:]), (0.0, [1.0, 0.0], [0.0, 0.0], 0.0, None))[1]
    assert math.isclose(moved.out, plain.q[0], rel_tol=1e-8)


def test_the_gradient_of_a_number_itself_is_a_float() -> None:
    f = rb.compile("def f(p, u, x):\n    p += x * u\n    u *= x")
    assert rb.grad(f, of="p")(Fixed43(1.0), ULog(2.0), 3.0)._asdict() == pytest.approx({"u": 3.0, "x": 2.0})
    value, grads = rb.value_and_grad(f, of="u")(Fixed43(1.0), ULog(2.0), 3.0)
    assert value == pytest.approx(6.0)
    assert grads._asdict() == pytest.approx({"p": 0.0, "x": 2.0})


def test_the_steps_of_a_schedule_may_hold_numbers() -> None:
    kick = rb.compile("""
def kick(q, p, u, dt):
    q += dt * p
    p -= dt * sin(q)
    u *= 1.0 + dt * q * q
""")
    found = []
    for q, p, u in ((Fixed43(0.8), Fixed43(0.3), ULog(1.5)), (0.8, 0.3, 1.5)):
        step = StepKernel(kick, q, p, u, 0.1)
        start = [a.copy() for a in step.state]
        for _ in range(20):
            step.forward(step.state)
        cotangent = step.seed({"u": 1.0, "q": 0.5})
        assert isinstance(cotangent, tuple)
        for _ in range(20):
            step.adjoint(step.state, cotangent)
        found.append(step.gradient(cotangent))
        if isinstance(q, Fixed43):
            assert all(np.array_equal(a, b) for a, b in zip(step.state, start, strict=True))
            assert step.values(step.state) == {"q": q, "p": p, "u": u}
    assert found[0] == pytest.approx(found[1], rel=1e-9)
