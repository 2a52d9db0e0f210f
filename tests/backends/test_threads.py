"""Parallel loops and batches on threads: the same to the last bit for any number of them, whatever goes wrong."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.backends import numba_chunks, threads
from revbench.backends.native import Native

N = 100
RNG = np.random.default_rng(7)
X, K = RNG.normal(size=N), RNG.integers(0, 9, N)


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Short loops run in parts."""
    monkeypatch.setattr(numba_chunks, "GRAIN", 40)
    yield
    rb.set_threads(None)


@pytest.fixture
def loops(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of parts of every loop that was handed to threads."""
    seen: list[int] = []
    run = threads._Loop.run

    def counted(self: threads._Loop) -> None:
        seen.append(self.parts)
        run(self)

    monkeypatch.setattr(threads._Loop, "run", counted)
    return seen


def kernel() -> rb.Kernel:
    """A number, a row of a table, and elements by any index are read and added to by several turns."""
    return rb.compile("""
def kernel(out, y, h, x, k, w):
    s = 0.0
    for i in prange(len(x)):
        t = x[i] * w[k[i]] + x[0]
        for j in range(len(w)):
            t += sin(x[i] * w[j])
        y[i] += t ** 2
        h[k[i]] += t
        s += t * x[i]
    out += s / len(x)
""")


def arguments() -> tuple[Any, ...]:
    return 0.5, np.linspace(0.0, 1.0, N), np.zeros(9), X, K, np.linspace(-1.0, 1.0, 9)


def in_python(out: float, y: np.ndarray, h: np.ndarray, x: np.ndarray, k: np.ndarray, w: np.ndarray) -> tuple[Any, ...]:
    t = x * w[k] + x[0] + np.sin(np.outer(x, w)).sum(axis=1)
    y = y + t**2
    return out + (t * x).sum() / len(x), y, h + np.bincount(k, t, len(h)), x, k, w


def bits(found: Any) -> list[bytes]:
    return [np.asarray(v).tobytes() for v in (found if isinstance(found, tuple) else (found,))]


def same_for_any_number_of_threads(run: Callable[[], Any]) -> Any:
    found = []
    for n in (1, 2, 3, 7):
        rb.set_threads(n)
        found.append(run())
    assert all(bits(f) == bits(found[0]) for f in found)
    return found[0]


@pytest.mark.parametrize("checked", [True, False])
def test_values_the_way_back_and_gradients_are_the_same_to_the_last_bit(checked: bool, loops: list[int]) -> None:
    f, args = kernel() if checked else kernel().unchecked, arguments()
    out = same_for_any_number_of_threads(lambda: f(*args))
    for have, want in zip(out, in_python(*args), strict=True):
        np.testing.assert_allclose(have, want, 1e-12, 1e-12)
    back = same_for_any_number_of_threads(lambda: (~f)(*out))
    for have, want in zip(back, args, strict=True):
        np.testing.assert_allclose(have, want, 0, 1e-12)
    gradient = same_for_any_number_of_threads(lambda: rb.grad(f)(*args))
    for name, have in zip(gradient._fields, gradient, strict=True):
        at, step = f.registers.index(name), 1e-6 * RNG.normal(size=np.shape(args[f.registers.index(name)]))
        up, down = (in_python(*[a + sign * step if j == at else a for j, a in enumerate(args)])[0] for sign in (1, -1))
        np.testing.assert_allclose(np.sum(have * step), (up - down) / 2, 1e-5, 1e-12)
    assert len(loops) >= 9
    assert min(loops) > 1
    if checked:
        assert all(isinstance(made.function, Native) for made in f._made.values())


SPRING = """
def spring(e, x, k):
    t = x - 0.5
    e += k[0] * t ** 2 + k[1] * exp(t)
"""


def test_batches_are_the_same_to_the_last_bit(loops: list[int]) -> None:
    f, k = rb.compile(SPRING), np.array([2.0, 3.0])
    shared = same_for_any_number_of_threads(lambda: rb.grad(rb.each(f, (None, 0, None)))(0.0, X, k))
    single = same_for_any_number_of_threads(lambda: rb.each(rb.grad(f), (0, 0, None))(np.zeros(N), X, k))
    t = X - 0.5
    rows = np.stack([t**2, np.exp(t)], axis=1)
    np.testing.assert_allclose(single.k, rows, 1e-12)
    np.testing.assert_allclose(shared.k, rows.sum(axis=0), 1e-12)
    np.testing.assert_allclose(shared.x, 4 * t + 3 * np.exp(t), 1e-12)
    second = same_for_any_number_of_threads(lambda: rb.each(rb.hessian(f.unchecked, wrt="x"), (0, 0, None))(np.zeros(N), X, k))
    np.testing.assert_allclose(second, 4 + 3 * np.exp(t), 1e-12)
    assert len(loops) >= 9


def test_a_batch_whose_items_depend_on_each_other_runs_in_order() -> None:
    f = rb.compile("def f(s, out, x):\n    s += x\n    out += s * x")
    assert " in range(" in rb.each(f, (None, None, 0)).source
    assert rb.each(f, (None, None, 0))(0.0, 0.0, [1.0, 2.0, 3.0]).out == 1 + 3 * 2 + 6 * 3


def test_what_is_changed_for_a_while_is_not_shared(loops: list[int]) -> None:
    """Items change a register that others read, and give it back: no race by its effect, but one for threads."""
    f = rb.compile("""
def f(y, a, x):
    with compute():
        a += x
    y += sin(a)
""")
    for g in (f, f.unchecked):
        every = rb.each(g, (0, None, 0))
        assert " in prange(" in every.source
        np.testing.assert_allclose(every(np.zeros(N), 1.0, X).y, np.sin(1.0 + X), 1e-12)
    assert not loops


def test_loops_inside_of_parts_and_inside_of_other_loops(loops: list[int]) -> None:
    f = rb.compile("""
def f(y, x):
    for t in range(3):
        for i in prange(len(x)):
            for j in prange(len(x)):
                y[i] += x[j] * (t + 1)
""")
    out = same_for_any_number_of_threads(lambda: f(np.zeros(N), X).y)
    np.testing.assert_allclose(out, 6 * X.sum(), 1e-11)
    assert len(loops) == 9                                  # three for each number of threads beyond one


def test_a_small_call_stays_on_one_thread(monkeypatch: pytest.MonkeyPatch, loops: list[int]) -> None:
    monkeypatch.undo()
    rb.set_threads(2)
    f = rb.compile("def f(out, x):\n    for i in prange(len(x)):\n        out += x[i] ** 2")
    assert f(0.0, X).out == sum(X**2)                       # and adds in order
    assert not loops


# ---- what goes wrong
@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_the_first_broken_law_is_told_and_nothing_is_changed(n: int) -> None:
    f = rb.compile("""
def f(y, x, k):
    for i in prange(len(x)):
        for j in range(50):
            y[i] += sin(x[k[i]] * j)
""")
    rb.set_threads(n)
    k, y = K.copy(), np.zeros(N)
    k[37], k[61], k[99] = 1000, -5, 2000
    with pytest.raises(rb.InvertibilityError) as broken:
        f(y, X, k)
    assert "index `k[i]` is out of range of `x`: `k[i]` is 1000, `x.shape[0]` is 100" in str(broken.value)
    assert broken.value.labels[0].span.line == 5
    assert not y.any()
    assert f(y, X, K).y.any()                               # and the threads are there for the next call


def test_an_index_of_what_turns_add_to_is_told_by_its_own_name() -> None:
    f = rb.compile("def f(h, x, k):\n    for i in prange(len(x)):\n        h[k[i]] += x[i]")
    with pytest.raises(rb.InvertibilityError, match=r"out of range of `h`: `k\[i\]` is 8, `h.shape\[0\]` is 8"):
        f(np.zeros(8), X, np.minimum(K, 8))


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "two"])
def test_a_number_of_threads_is_a_positive_whole_number(n: Any) -> None:
    with pytest.raises(rb.RevbenchError, match="a number of threads"):
        rb.set_threads(n)


def test_the_stop_button_stops_all_threads() -> None:
    f = rb.compile("""
def f(y, n):
    for i in prange(len(y)):
        for j in range(n):
            y[i] += sin(i + j)
""")
    rb.set_threads(3)
    y = np.zeros(10**6)
    for g in (f, f.unchecked):
        g(y, 1)
        threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            g(y, 10**6)
    assert f(y[:3], 1).y.tolist() == [math.sin(i) for i in range(3)]


def test_the_environment_says_how_many_and_children_have_threads_of_their_own() -> None:
    program = dedent("""
        import os
        import numpy as np, revbench as rb
        from revbench.backends import numba_chunks
        numba_chunks.GRAIN = 40
        f = rb.compile("def f(out, x):\\n    for i in prange(len(x)):\\n        out += sin(x[i])")
        x = np.linspace(0.0, 1.0, 1000)
        here = f(0.0, x).out
        child = os.fork()
        if not child:
            os._exit(f(0.0, x).out != here)
        print(rb.get_threads(), os.waitpid(child, 0)[1])
    """)
    env = {**os.environ, "REVBENCH_THREADS": "3"}
    found = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout == "3 0\n"
