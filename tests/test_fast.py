"""Unchecked code: one flat function, value and gradient in one sweep, nothing that nobody reads. It must compute the same.

Its text is Python; here Python runs it, so that every program of the zoo can be tried without compiling it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest

import revbench as rb
from revbench import Gradient
from revbench.backends import numba_chunks, numba_cpu, numba_lanes, numba_rows
from revbench.backends.numba_cpu import Emitted
from revbench.numerics import elementary
from revbench.passes import turns
from revbench.rules.functions import FUNCTIONS, HELPERS, OWN, Function

from .programs import CASES
from .running import (
    STEPS,
    as_list,
    assert_close,
    bound,
    cotangents,
    every,
    gradient,
    gradient_on_machine,
    kernel,
    last_of,
    of_a_third,
    on_machine,
    single,
    with_cotangents,
)
from .strategies import ARGS, DIFFERENTIABLE
from .test_random import ON_THE_MACHINE, every_program, in_shards, legal, plain, run
from .test_random import cotangents as cotangents_on_machine
from .zoo.case import GRADIENT, Case

IMPORT = "from numba import njit, types"
OURS = ("from revbench.numerics.own", "from revbench.numerics.lane")
WIDTH = 2                                                   # so that short loops of the zoo run in lanes, too, and leave a rest


# ---- what generated code calls, for Python's numbers and arrays of two
def each(fn: Callable[..., Any], *args: Any) -> Any:
    return np.array([fn(*one) for one in zip(*(np.broadcast_to(a, WIDTH) for a in args), strict=True)]) if any(map(np.ndim, args)) else fn(*args)


def store(a: np.ndarray, at: int, v: Any) -> None:
    a.reshape(-1)[at:at + WIDTH] = v


def scatter(a: np.ndarray, at: int, stride: int, v: Any) -> None:
    a.reshape(-1)[at + stride * np.arange(WIDTH)] = v


def at(a: np.ndarray, row: Any, stride: int, start: int, j: int) -> Any:
    """Where element `j` of every row lies."""
    return (row if np.ndim(row) else row + np.arange(WIDTH)) * stride + start + j


def rows(a: np.ndarray, row: Any, stride: int, start: int, n: int) -> tuple[Any, ...]:
    return tuple(a.reshape(-1)[at(a, row, stride, start, j)] for j in range(n))


def put_rows(a: np.ndarray, row: Any, stride: int, start: int, values: tuple[Any, ...]) -> None:
    for j, v in enumerate(values):
        a.reshape(-1)[at(a, row, stride, start, j)] = v


def value(f: Function) -> Callable[..., Any]:
    plain = eval(f"lambda {', '.join(f.params)}: {f.value}", {"math": math, "np": np, **{h: getattr(elementary, h) for h in HELPERS}})
    return lambda *args: each(plain, *args)


def spread(turns: Callable[..., Any], args: tuple[Any, ...], start: int, n: int, parts: int, *status: Any) -> bool:
    for k in reversed(range(parts)):                        # in any order
        turns(*args, start + n * k // parts, start + n * (k + 1) // parts, k, *status)
    return bool(status[0][0])


WORDS: dict[str, Any] = {
    "_spread": spread, "_parts": lambda n, work, grain: max(1, min(n, 64, n * work // grain)),
    "_copies": lambda count, like: np.zeros((count, *np.shape(like)), np.asarray(like).dtype),
    "_stopped": lambda status: False, "_clear": lambda a: a.fill(0),
    "_load": lambda a, at: a.reshape(-1)[at:at + WIDTH].copy(), "_gather": lambda a, at, stride: a.reshape(-1)[at + stride * np.arange(WIDTH)],
    "_store": store, "_scatter": scatter, "_lane_numbers": lambda: np.arange(WIDTH), "_lanes_of": lambda v: np.full(WIDTH, v), "_hsum": np.sum,
    "_rows": rows, "_put_rows": put_rows, "_narrow": lambda v: np.full(WIDTH, v), "_narrow_numbers": lambda: np.arange(WIDTH),
    "_select": np.where, "_each_lane": each, "_each_lane2": each, "_to_float64": lambda v: v * 1.0, "_to_int64": lambda v: np.trunc(v).astype(int),
    "max": lambda *args: reduce(np.maximum, args), "min": lambda *args: reduce(np.minimum, args),
    "math": SimpleNamespace(**{**vars(math), "sqrt": np.sqrt}),
    **{f"_{f.name}": value(f) for f in FUNCTIONS.values() if f.name in OWN},
}


@pytest.fixture
def in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(emitted: Emitted) -> Any:
        def njit(*signature: Any, **options: Any) -> Callable[[Any], Any]:
            return signature[0] if signature and callable(signature[0]) and not options else lambda f: f

        assert IMPORT in emitted.text
        text = "\n".join(line for line in emitted.text.split("\n") if not line.startswith((IMPORT, *OURS)))
        scope: dict[str, Any] = {"njit": njit, "types": MagicMock()}
        exec(compile(text, "<emitted>", "exec"), scope)
        scope |= WORDS
        return scope[emitted.main]

    monkeypatch.setattr(numba_cpu, "load", load)
    monkeypatch.setattr(numba_lanes, "WIDTH", WIDTH)
    monkeypatch.setattr(numba_chunks, "GRAIN", 8)            # short parallel loops in parts, too
    monkeypatch.setattr(numba_rows, "NARROW", WIDTH)
    monkeypatch.setattr(turns, "LONG", 1)                   # short turns of the zoo, too


@pytest.mark.parametrize(("word", "many"), [("_load(", 3), ("_rows(", 20)])
def test_lanes_are_tried(word: str, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONG", 1)
    found = [c.name for c in CASES if word in kernel(c.name).unchecked.show("numba", *c.args, **c.consts)]
    assert len(found) >= many


@every(CASES)
@pytest.mark.usefixtures("in_python")
def test_values(case: Case) -> None:
    f = last_of(case.text, case.names)                       # not the one that other tests call: it must not keep what is made here
    m = on_machine(f, case.args, case.consts)
    assert m.run(STEPS) == "done"
    with np.errstate(all="ignore"):
        found = f.unchecked(*case.args, **case.consts)
    assert_close(as_list(f, found), m.outputs(), 1e-5 if single(bound(case)[0]) else 1e-11)


@every([c for c in CASES if GRADIENT in c.laws])
@pytest.mark.usefixtures("in_python")
def test_values_and_gradients(case: Case) -> None:
    g, m = gradient(case.name), gradient_on_machine(case)
    fast = Gradient(last_of(case.text, case.names).unchecked, case.of, case.wrt, with_value=True)
    assert m.run(STEPS) == "done"
    signature = g.arguments(case.args, dict(case.consts))[2]
    layout, params = g.layout(signature), g.kernel.typed(signature)[0][g.kernel.typed(signature)[1]].program.params
    found = dict(zip(cotangents(case), m.outputs()[len(params):], strict=False))
    wanted = [params[at] for k in g.positions(signature) for at in layout.floats(k)]
    zeros = dict(zip(params, map(np.zeros_like, with_cotangents(case)), strict=False))
    with np.errstate(all="ignore"):
        value, have = fast(*case.args, **case.consts)
    assert_close([found.get(q, zeros[q]) for q in wanted], [have] if g.bare else list(have), 1e-4 if single(bound(case)[0]) else 1e-9)
    forward = on_machine(g.kernel, case.args, case.consts)
    assert forward.run(STEPS) == "done"
    assert_close([value], [forward.outputs()[g.loss(signature)]], 1e-4 if single(bound(case)[0]) else 1e-9)


def parallel(case: Case) -> Case | None:
    """The case with all its loops in parallel, if they may be."""
    text = case.text.replace(" in range(", " in prange(").replace(" in reversed(range(", " in reversed(prange(")
    try:
        last_of(text, case.names)
    except (rb.RevbenchError, rb.Mistakes):
        return None
    return replace(case, text=text) if text != case.text else None


@every([c for c in of_a_third(CASES) if " in range(" in c.text])
@pytest.mark.usefixtures("in_python")
def test_loops_in_parts_compute_the_same(case: Case) -> None:
    there = parallel(case)
    if there is None:
        pytest.skip("its turns depend on each other")
    test_values(there)
    if GRADIENT in case.laws:
        test_values_and_gradients(there)


@in_shards
@pytest.mark.usefixtures("in_python")
def test_random_programs(shard: int) -> None:
    every_program(fast_laws, ON_THE_MACHINE // 4, shard)


def fast_laws(text: str, number: int) -> None:
    """Without laws, a program and its gradient compute what the machine computes."""
    f = legal(text)
    wrt = DIFFERENTIABLE[number % len(DIFFERENTIABLE):]
    with np.errstate(all="ignore"):
        assert_close(plain(f.unchecked(*ARGS)), plain(run(f, ARGS)), 1e-11)
        value, found = Gradient(f.unchecked, "y", wrt, with_value=True)(*ARGS)
    assert_close([value], [run(f, ARGS)[0]], 1e-11)
    want = cotangents_on_machine(f, wrt)
    assert_close([np.asarray(g) for g in found], [np.asarray(want.get(q, np.zeros_like(g))) for q, g in zip(wrt, found, strict=True)], 1e-9)


MERGE = """
def merge(out, x, i, y, k):
    p = 0
    q = 0
    while p < len(x) and q < len(y):
        if i[p] < k[q]:
            p += 1
        elif i[p] > k[q]:
            q += 1
        else:
            out += x[p] * y[q]
            p += 1
            q += 1
"""


@pytest.mark.usefixtures("in_python")
def test_what_only_adds_is_pulled_as_it_runs() -> None:
    """Nothing that has a cotangent changes but a sum: the way back needs no branch bits, and is the way there."""
    f = rb.compile(MERGE)
    args = 0.0, np.array([2.0, 3.0, 5.0]), np.array([0, 3, 4]), np.array([7.0, 11.0, 13.0]), np.array([1, 3, 4])
    g = rb.value_and_grad(f.unchecked)
    value, found = g(*args)
    assert value == 3.0 * 11.0 + 5.0 * 13.0
    np.testing.assert_array_equal(found.x, [0.0, 11.0, 13.0])
    np.testing.assert_array_equal(found.y, [0.0, 3.0, 5.0])
    text = next(iter(g._made.values())).run.emitted.text.partition("@njit")[2]
    assert "_ks_" not in text
    assert text.count("while True") == 1


HELD = """
def held(y, s, x, k, m, *, n):
    for j in range(n):
        for i in range(len(x)):
            y[k[j]] += x[i] * x[m]
            s[i] += x[k[j]] ** 2
            if x[i] > 1.0:
                s[i] -= x[m + 1]
    p = 0
    while p < n and x[m] > p:
        s[0] += x[p] * x[m]
        p += 1
"""


@pytest.mark.usefixtures("in_python")
def test_what_stays_in_one_place_is_read_once_if_it_is_read_at_all() -> None:
    f = rb.compile(HELD)
    x, k = np.array([0.5, 1.5, 2.5]), np.array([1, 0])
    for n, m in ((2, 1), (1, 0), (0, 10**15), (0, -1)):        # where nothing runs, there need be no such element
        args = np.zeros(2), np.ones(3), x, k, m
        want, found = f(*args, n=n), f.unchecked(*args, n=n)
        np.testing.assert_allclose(found.y, want.y, rtol=1e-14)
        np.testing.assert_allclose(found.s, want.s, rtol=1e-14)
    nothing = f.unchecked(np.zeros(2), np.zeros(0), np.zeros(0), k, 7, n=0)
    assert nothing.y.tolist() == [0.0, 0.0]
    text = f.unchecked.show("numba", *args, n=n).partition("@njit")[2]
    inner = text[text.index("for i in range"):].partition("if ")[0]
    assert "k[" not in inner
    assert "x[_u(m)]" not in inner
    assert "_h" in inner


# ---- what single passes do
KICK = """
def kick(out, v, r, m):
    for _ in range(3):
        for j in range(len(m)):
            a = 0.0
            for k in range(len(m)):
                if k != j:
                    d = r[k] - r[j]
                    q = sqrt(d * d + 0.1)
                    a += m[k] * d / (q * q * q)
            v[j] += a
        for j in range(len(m)):
            r[j] += 0.1 * v[j]
    for j in range(len(m)):
        out += v[j] ** 2 * r[j]
"""
SPREAD = """
def spread(out, x):
    s = 0.0
    for i in range(len(x)):
        s += sqrt(x[i])
    t = 0.0
    for i in range(len(x)):
        t += s / sqrt(x[i])
    out += s * t
"""
LAST = """
def last(y, x, w):
    for i in range(len(x)):
        for j in range(w.shape[1]):
            y[len(y) - w.shape[1] + i] += w[i, j] * x[i]
        for j in range(w.shape[1]):
            if w[i, j] > 0:
                y[len(y) - 1 - i] += w[i, j]
"""
ROWS = """
def rows(out, x, c, *, first, second):
    for p in range(x.shape[0]):
        z = zeros(2)
        for k in range(first):
            for i in range(2):
                z[i] += x[p, i] * c[i]
        for k in range(second):
            for i in range(2):
                z[i] += x[p, i]
        out += z[0] * z[1]
"""


def as_checked(f: Any, *args: Any, of: str | int = 0, **consts: Any) -> None:
    """Unchecked values and gradients are those of checked code."""
    (value, found), (wanted, checked) = (Gradient(g, of, None, with_value=True)(*args, **consts) for g in (f.unchecked, f))
    assert_close([value, *as_list_of(found)], [wanted, *as_list_of(checked)], 1e-12)


def as_list_of(found: Any) -> list[Any]:
    return list(found) if isinstance(found, tuple) else [found]


def fast_text(f: Any, *args: Any) -> str:
    made = Gradient(f.unchecked, 0, None)
    made(*args)
    return next(iter(made._made.values())).run.emitted.text


def test_undoing_and_the_adjoint_share_roots(in_python: None) -> None:
    kick, args = rb.compile(KICK), (0.0, np.array([0.3, -1.0, 0.5]), np.array([1.0, 2.5, -0.7]), np.array([1.0, 0.4, 2.0]))
    as_checked(kick, *args)
    text = fast_text(kick, *args)
    assert text.count("q = np.float64((math.sqrt(") == 2         # forward, and once on the way back
    assert text.count(" a += ((") == 2                           # what is undone is still there


def test_loops_that_need_each_other_stay_apart(in_python: None) -> None:
    as_checked(rb.compile(SPREAD), 0.0, np.array([1.0, 2.5, 0.7]))


@pytest.mark.parametrize("columns", [0, 3])
def test_sums_touch_no_place_that_the_loop_does_not(in_python: None, columns: int) -> None:
    last = rb.compile(LAST)
    y, x, w = np.arange(4.0), np.array([2.0, -1.0]), np.array([[1.0, 2.0, -3.0], [0.5, -1.0, 4.0]])[:, :columns]
    found = last.unchecked(y, x, w)
    assert_close([found.y], [last(y, x, w).y], 1e-12)
    assert "_sum += " in last.unchecked.show("numba", y, x, w)


@pytest.mark.parametrize(("first", "second"), [(0, 2), (3, 0), (2, 1)])
def test_rows_are_read_once(in_python: None, first: int, second: int) -> None:
    rows, x = rb.compile(ROWS), np.arange(1.0, 11.0).reshape(5, 2)
    as_checked(rows, 0.0, x, np.array([0.5, 2.0]), first=first, second=second)
    assert rows.unchecked.show("numba", 0.0, x, np.ones(2), first=first, second=second).count("_gather(x") == 1


def test_no_row_is_read_that_no_turn_reads(in_python: None) -> None:
    rows = rb.compile(ROWS)
    assert rows.unchecked(1.0, np.zeros((5, 0)), np.ones(2), first=0, second=0).out == 1.0


FILLED = """
def filled(out, x, w):
    for p in range(x.shape[0]):
        y = zeros((len(w), 2))
        z = zeros(len(w))
        for k in range(len(w)):
            {z}
            for i in range(2):
                {y}
        for k in range(len(w)):
            for i in range(2):
                out += y[k, i] * z[k] * x[p, i]
"""
ADDED = "y[k, i] += w[k] * x[p, i]"


@pytest.mark.parametrize(("z", "y", "cleared"), [
    ("z[k] += w[k]", ADDED, set()),
    ("z[k] -= w[k]", ADDED, set()),
    ("if k > 0:\n                z[k] += w[k]", ADDED, {"z"}),                             # not every element
    ("z[len(w) - 1 - k] += w[k]", ADDED, {"z"}),                                          # perhaps not every element
    ("z[k] += w[k] + sin(z[0])", ADDED, {"z"}),                                           # some of them are read before
    ("z[k] += w[k]", f"{ADDED}\n                y[0, i] += w[k]", {"y"}),                   # others are written before
    ("y[k, 1] += w[k]\n            z[k] += y[k, 1]", ADDED, {"y"}),
    ("z[k] += w[k]", "y[i, i] += w[k] * x[p, i]", {"y"}),
])
def test_arrays_that_are_filled_at_once_are_not_cleared(in_python: None, z: str, y: str, cleared: set[str]) -> None:
    f, args = rb.compile(FILLED.format(z=z, y=y)), (0.5, np.arange(1.0, 7.0).reshape(3, 2), np.array([0.5, -2.0, 3.0]))
    if "sin" not in z:                                           # that one cannot be undone by checked code
        as_checked(f, *args)
    text = f.unchecked.show("numba", *args)
    assert {n for n in "yz" if f"_clear({n})" in text or f"_clear({n}_v)" in text} == cleared


TURNS = """
def turns(out, x, w):
    for p in range(x.shape[0]):
        a = zeros((len(w), 2))
        b = zeros((len(w), 2))
        c = zeros(len(w))
        for k in range(len(w)):
            c[k] += w[k]
            for i in range(2):
                a[k, i] += x[p, i] * c[k]
                b[k, i] += a[k, 1 - i] + a[k, i]
        for k in range(len(w)):
            out += b[k, 0] * b[k, 1]
"""


def test_rows_that_one_turn_uses_are_made_in_it(in_python: None) -> None:
    turns, args = rb.compile(TURNS), (0.5, np.arange(1.0, 7.0).reshape(3, 2), np.array([0.5, -2.0, 3.0]))
    as_checked(turns, *args)
    made = [line.strip() for line in turns.unchecked.show("numba", *args).split("\n") if "np.empty(" in line]
    assert "a = np.empty((2,), np.float64)" in made
    assert "b = np.empty((w.shape[0], 2,), np.float64)" in made
    assert not any(line.startswith("c") for line in made)
