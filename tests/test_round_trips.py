"""A million steps and back, bit by bit: what is exact stays exact, however long it runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench import Kernel

from .running import STEPS, as_list, last_of, on_machine

TURNS = 10**6
CELLS = np.random.default_rng(5).random(16) < 0.4

PROGRAMS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "int": ("""
def tumble(x, v, n):
    for k in range(n):
        v -= x // 16 + (x & 7) - 3
        x += v // 8
        if k % 3 == 0:
            x ^= v & 255
        x, v = v, x
""", (123456789, -98765, TURNS)),
    "uint": ("""
def generator(s, t, n):
    for k in range(n):
        s += 2654435769 * (t & 0xffff)
        s = rotl(s, 13)
        s *= 747796405
        t ^= s
        t = xorshr(t, 7)
""", (np.uint32(2463534242), np.uint32(17), TURNS)),
    "bool": ("""
def automaton(now, before, n):
    m = len(now)
    for k in range(n):
        for i in range(m):
            before[i] ^= (now[(i + 1) % m] and not now[(i + m - 1) % m]) or now[i]
        now, before = before, now
""", (CELLS, ~CELLS, TURNS // 16)),                                # sixteen cells a turn
    "fixed": ("""
def pendulum(q, p, n):
    for k in range(n):
        p -= 0.01 * sin(q)
        q += 0.01 * p
""", (rb.Fixed43(1.25), rb.Fixed43(0.0), TURNS)),
}
every_kind = pytest.mark.parametrize("name", PROGRAMS)


def raw(values: list[Any]) -> list[Any]:
    """Exact numbers as the whole numbers that they are kept in."""
    return [getattr(v, "raw", v) for v in values]


def moved(a: list[Any], b: list[Any]) -> bool:
    return not all(np.array_equal(x, y) for x, y in zip(raw(a), raw(b), strict=True))


def program(name: str) -> tuple[Kernel, list[Any]]:
    text, args = PROGRAMS[name]
    return last_of(text), list(args)


@every_kind
def test_a_million_steps_and_back_on_numba(name: str) -> None:
    f, args = program(name)
    there = as_list(f, f(*args))
    assert moved(there, args)
    assert not moved(as_list(f, (~f)(*there)), args)


@every_kind
def test_a_million_steps_and_back_on_the_machine(name: str) -> None:
    f, args = program(name)
    m = on_machine(f, args)
    begin = m.outputs()
    assert m.run(100 * STEPS) == "done"
    assert m.time > TURNS
    assert not moved(m.outputs(), on_machine_end(f, args))
    assert m.run(-100 * STEPS) == "done"
    assert m.time == 0
    assert not moved(m.outputs(), begin)


def on_machine_end(f: Kernel, args: list[Any]) -> list[Any]:
    """What Numba finds: both executors agree bit by bit."""
    return as_list(f, f(*args))
