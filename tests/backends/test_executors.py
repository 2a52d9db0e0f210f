"""What both executors must refuse, and corners of the machine that no program of the zoo stands in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from revbench import InvertibilityError, Kernel
from revbench.backends.machine import Machine
from revbench.errors import ReadsItself, WrongType
from tests.running import STEPS, as_list, last_of, on_machine, stacks

EXECUTORS: dict[str, Callable[[Kernel, tuple[Any, ...]], list[Any]]] = {}


def executor(run: Callable[[Kernel, tuple[Any, ...]], list[Any]]) -> Callable[[Kernel, tuple[Any, ...]], list[Any]]:
    EXECUTORS[run.__name__] = run
    return run


@executor
def numba(f: Kernel, args: tuple[Any, ...]) -> list[Any]:
    return as_list(f, f(*args))


@executor
def machine(f: Kernel, args: tuple[Any, ...]) -> list[Any]:
    m = on_machine(f, args)
    m.run(STEPS)
    return m.outputs()


everywhere = pytest.mark.parametrize("run", list(EXECUTORS.values()), ids=list(EXECUTORS))


#   what        text, arguments, law, and values that the error reports
BROKEN = {
    "three places, two of them one": ("def f(x, i, j, k):\n    x[i], x[j], x[k] = x[k], x[i], x[j]\n", ([1.0, 2.0, 3.0], 1, 1, 2), "alias", (1, 1)),
    "an index that reads what is exchanged": ("def f(p):\n    p[0], p[p[0]] = p[p[0]], p[0]\n", ([2, 0, 1],), "alias", ()),
    "an index that reads what is updated": ("def f(x):\n    x[x[0]] += 1\n", ([0, 1, 2],), "alias", (0,)),
    "an index that reads what a call writes": ("def g(a, b):\n    a += b\n\ndef f(x):\n    g(x[x[0]], x[1])\n", ([0, 1, 2],), "alias", (0,)),
    "a written element that is read too": ("def f(x, i, j):\n    x[i] += x[j]\n", ([0.0, 1.0], 1, 1), "alias", (1, 1)),
    "a negative exponent": ("def f(y, n, k):\n    y += n ** k\n", (0, 2, -1), "power", (-1,)),
    "a division by zero": ("def f(y, n, k):\n    y += n // k\n", (0, 2, 0), "division", (0,)),
    "a shift by too much": ("def f(y, n, k):\n    y += n << k\n", (0, 2, 64), "shift", (64,)),
    "a remainder": ("def f(n):\n    n //= 2\n", (7,), "divisible", (7, 2)),
    "an overflow": ("def f(n, k):\n    n *= k\n", (np.int8(30), np.int8(50)), "overflow", (30, 50)),
    "an even factor": ("def f(n, k):\n    n *= k\n", (np.uint8(30), np.uint8(50)), "odd-factor", (30, 50)),
    "division by an even factor": ("def f(n, k):\n    n //= k\n", (np.uint8(30), np.uint8(10)), "odd-factor", (30, 10)),
    "a factor of zero": ("def f(y, x):\n    y *= x\n", (1.5, 0.0), "zero-factor", None),
    "an index out of range": ("def f(y, x, i):\n    y += x[i]\n", (0.0, [1.0, 2.0], 2), "index", (2, 2)),
    "an array released in another shape": ("def f(n):\n    a = zeros(n)\n    n += 2\n    del a\n", (3,), "released", ()),
    "a local that does not come back": ("def f(y, x):\n    t = x\n    t += y\n    y += 1.0\n    free(t, x)\n", (0.5, 1.0), "released", (1.5, 1.0)),
    "a wrong fi": ("def f(y):\n    if y > 0.0:\n        y -= 1.0\n    fi(y > 0.0)\n", (0.5,), "fi", None),
    "a wrong came_from": ("def f(y, n):\n    came_from(n == 0)\n    while n < 3:\n        n += 1\n        y += 1.0\n", (0.5, 1), "came-from", None),
}


@everywhere
@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_law_is_told_with_its_values(what: str, run: Callable[..., Any]) -> None:
    text, args, law, values = BROKEN[what]
    with pytest.raises(InvertibilityError) as broken:
        run(last_of(text), args)
    assert broken.value.law == law
    if values is not None:
        assert broken.value.values[:len(values)] == values
    assert broken.value.labels[0].span is not None


@everywhere
def test_a_pair_of_one_place_is_the_identity(run: Callable[..., Any]) -> None:
    x, *_ = run(last_of("def f(x, i, j):\n    x[i], x[j] = x[j], x[i]\n"), ([1.0, 2.0], 1, 1))
    assert list(x) == [1.0, 2.0]


@everywhere
@pytest.mark.parametrize(("x", "y"), [(0.7, 0.7 + 1e-11), (0.7, 0.7), (1e5, 1e5 + 1e-6)])
def test_a_small_local_may_miss_what_the_large_one_misses_that_it_came_from(x: float, y: float, run: Callable[..., Any]) -> None:
    f = last_of("""
def f(out, x, y):
    a = zeros(3)
    a[1] += x
    t = a[1] - y
    a[1] *= 1.7
    for i in range(20):
        a[1] *= 1.1
        t += 1e-12 * a[1]
    out += a[1] * t
""")
    assert run(f, (0.0, x, y))[1:] == [x, y]


def test_an_index_cannot_read_a_name_that_is_exchanged() -> None:
    with pytest.raises(ReadsItself):
        last_of("def f(x, k):\n    x[k], k = k, x[k]\n")


def test_what_is_forgotten_is_a_float() -> None:
    f = last_of("def f(x, n):\n    t = n\n    forget(t)\n    x += 1.0\n")
    with pytest.raises(WrongType):
        f(0.5, 1)


@everywhere
def test_an_element_and_a_later_register_change_places(run: Callable[..., Any]) -> None:
    a, x = run(last_of("def f(a, x):\n    x[1], a = a, x[1]\n"), (5.0, [1.0, 2.0, 3.0]))
    assert a == 2.0
    assert list(x) == [1.0, 5.0, 3.0]


@everywhere
def test_minus_zero_is_a_constant_of_its_own(run: Callable[..., Any]) -> None:
    y, z = run(last_of("def f(y, z):\n    y += atan2(0.0, -1.5) - atan2(-0.0, -1.5)\n    z += 0.0 + 1.25\n"), (0.0, 0.0))
    assert y == pytest.approx(2 * np.pi)
    assert z == 1.25


def test_a_print_shows_many_values_and_all_their_bits() -> None:
    shown: list[list[Any]] = []
    many = ", ".join(f"n + {k}" for k in range(20))
    f = last_of(f"def f(n, x, b):\n    print('many', {many}, x, b)\n    probe('big', n * 4611686018427387905)\n    x += 1.0\n")
    m = on_machine(f, (1, 0.5, True))
    m = Machine(m.code, [1, 0.5, True], host=lambda _, values: shown.append(values))
    m.run(STEPS)
    m.run(-STEPS)
    assert shown[0] == ["many", *range(1, 21), 0.5, True]
    assert shown[1] == ["big", 4611686018427387905]
    assert shown == [*shown[:2], *reversed(shown[:2])]


def test_walking_to_and_fro_over_crossing_arrays_takes_no_memory() -> None:
    f = last_of("""
def f(k, n):
    a = zeros(n, int64)
    b = zeros((n, 2))
    a[1] += 3
    b[0, 1] += 2.5
    k += a[1]
    a[1] -= 3
    del a
    c = zeros(5, int64)
    k += c[0]
    b[0, 1] -= 2.5
    del b
    e = zeros((2, 2, n))
    e[1, 1, n - 1] += 1.0
    del c
    e[1, 1, n - 1] -= 1.0
    del e
""")
    m = on_machine(f, (0, 4))
    before, memory = stacks(m), len(m.F) + len(m.I)
    for ahead, behind in np.random.default_rng(0).integers(1, 25, (500, 2)):
        m.run(int(ahead))
        m.run(-int(behind))
    assert m.run(STEPS) == "done"
    assert stacks(m) == before
    assert m.outputs() == [3, 4]
    assert len(m.F) + len(m.I) == memory


TWICE = """
import revbench as rb
f = rb.compile('''
def tree(out, x, n):
    if n < 2:
        out += x
    else:
        r = 0.0
        tree(r, x, n - 1)
        out += r * sin(x)
''')
print(f(0.0, 0.9, 6).out)
"""


def test_a_second_process_can_use_a_recursion(tmp_path: Path) -> None:
    """Numba's cache would crash here: a kernel and its inverse that call each other."""
    env = {"REVBENCH_CACHE_DIR": str(tmp_path), "PATH": "/usr/bin", "HOME": str(tmp_path)}
    first, second = (subprocess.run([sys.executable, "-c", TWICE], env=env, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
                     for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout == second.stdout
