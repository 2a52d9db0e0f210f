"""Checked code that is compiled without Numba's front end means what Numba makes of the same text, to the last bit."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.backends import native_module
from revbench.backends.native import STRICT, native
from revbench.backends.numba_cpu import HEAD

#   what is computed of a, b (float64), i, j (int64), c (bool), u (uint8), g (float32): its type, its text
ROWS: tuple[tuple[str, str], ...] = (
    ("float64", "a + b * i - a / b"), ("float64", "i / j"), ("int64", "i // j"), ("int64", "i % j"), ("int64", "i // 3 - (-i) % 7"),
    ("int64", "(i << 3) ^ (j >> 2)"), ("int64", "(i & 12) | (j * -3)"), ("float64", "a ** 2 + b ** 3 - a ** 5"), ("int64", "i ** 3"),
    ("float64", "abs(a) ** 0.3"), ("float64", "max(a, b, 0.5)"), ("float64", "min(b, a)"), ("int64", "max(i, j)"), ("int64", "abs(i)"),
    ("float64", "-abs(b)"), ("boolean", "a < b <= 1.5"), ("boolean", "i != j and a == a"), ("boolean", "not (a > b) or i >= j"),
    ("float64", "a if c else b"), ("float64", "math.exp(a) + math.log(abs(b)) * math.sin(a)"), ("boolean", "c ^ (i > j)"),
    ("float64", "math.hypot(a, b) + math.atan2(a, b) + math.erf(a) + math.tanh(b)"),
    ("float64", "math.lgamma(abs(b)) + math.log1p(abs(a)) + math.sqrt(abs(a))"), ("int64", "np.int64(a * 10.0)"), ("uint8", "np.uint8(u + 200)"),
    ("uint8", "np.uint8(u * u)"), ("int64", "np.int64(np.int8(i * 100))"), ("float64", "u * a - g"), ("float32", "g * g - g / np.float32(3.0)"),
    ("float32", "np.float32(a)"), ("float64", "np.floor(a) + np.ceil(b)"), ("int64", "len(range(i, j, 3)) - len(range(j, i, -2))"),
    ("boolean", "math.isfinite(a / (b - b))"), ("float64", "x[abs(i) % len(x)] + w[1, abs(j) % 3]"), ("float64", "_amax(x) + _adiff(x, x2)"),
    ("int64", "w.shape[1]"), ("boolean", "x.shape == x2.shape"), ("boolean", "x.shape == (4,)"), ("float64", "_amax(w[1])"),
    ("float64", "_adiff(x2, x)"), ("float64", "logistic(a) + logistic(-b)"), ("float64", "logaddexp(a, b) - logaddexp(b, b)"),
    ("float64", "digamma(abs(b) + 0.1)"),
    ("float64", "digamma(-0.3 * abs(i % 9))"), ("float64", "trigamma(b)"), ("int64", "fix(a, 43)"), ("float64", "unfix(i, 20)"), ("int64", "tolog(b)"),
    ("float64", "fromlog(i)"), ("float64", "logof(i)"), ("int64", "unshl(i, 3) ^ unshr(j, abs(i) % 7)"), ("int64", "inverse_of_odd(2 * j + 1)"),
    ("int64", "_argmax(x) + 10 * _argmin(x2) + 100 * _argmax(w[1])"), ("int64", "_argmax(x[1:]) + 10 * _argmin(x[i:-1 if c else 4])"),
    ("float64", "_amax(x[-3:j])"),
    ("float64", "_amax(w[1:])"), ("int64", "-9223372036854775808"), ("float64", "np.rint(b) + float(i)"),
)
ARRAY = "types.Array(types.float64, {}, 'C', readonly=True)"
PARAMS = ("types.float64", "types.float64", "types.int64", "types.int64", "types.boolean", "types.uint8", "types.float32", ARRAY.format(1), ARRAY.format(1),
          ARRAY.format(2))


def a_text(body: str, results: tuple[str, ...], params: tuple[str, ...] = PARAMS, names: str = "a, b, i, j, c, u, g, x, x2, w") -> str:
    back = f"types.Tuple(({', '.join(f'types.{r}' for r in results)},))" if results else "types.void"
    head = f"@njit({back}({', '.join([*params, 'types.int64[::1]', 'types.float64[::1]'])}), **OPTIONS)"
    return HEAD.format(source="a test\n", own="", fastmath="") + f"{head}\ndef f({names}, _st, _sv):\n" + body


def by_numba(text: str, folder: Path) -> Any:
    path = folder / "by_numba.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("by_numba", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REVBENCH_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_every_operation_gives_numbas_bits(empty_cache: Path) -> None:
    body = "".join(f"    r{k} = {row}\n" for k, (_, row) in enumerate(ROWS)) + f"    return ({', '.join(f'r{k}' for k in range(len(ROWS)))},)\n"
    text = a_text(body, tuple(t for t, _ in ROWS))
    ours, theirs = native(text, "f"), by_numba(text, empty_cache)
    assert ours is not None
    x, w = np.array([1.5, -2.0, 0.25, 3.0]), np.arange(6.0).reshape(2, 3) - 2.5
    for a, b in ((0.3, -1.7), (-2.5, 0.75), (1e300, 1e-300), (-0.0, 4.0), (float("nan"), 1.0), (1.0, float("inf"))):
        for i, j in ((7, -3), (-7, 3), (0, 5), (5, 0), (-(2**63), -1), (12, 12)):
            given = (a, b, i, j, a < b, abs(i) % 256, np.float32(0.7), x, x + w[0, 0], w, np.zeros(3, np.int64), np.zeros(4))
            with np.errstate(all="ignore"):
                here, there = ours(*given), theirs(*given)
            for (_, row), one, other in zip(ROWS, here, there, strict=True):
                if "np.int64(a" in row and not abs(a) < 1e18:
                    continue                                       # outside the range of whole numbers
                assert np.array(one).tobytes() == np.array(other).tobytes() or (one != one and other != other), (row, given[:7], one, other)


STATEMENTS = """\
    s = 0.0
    t = np.zeros((len(x), 2), np.float64)
    for k in range(len(x) - 1, 0 - 1, -1):
        for j in range(2):
            t[k, j] += x[k] * j
        row = t[k].copy()
        s += row[1]
        x[k], y[k] = y[k], x[k]
    n = 0
    while True:
        if not (n < 5):
            break
        n += 1
        if n == 3:
            x[0] -= n
        else:
            y[0] = s
    for k in range(9, n, -2):
        s -= k
    if s > 1e6:
        _st[0] = 7
        return (s, n,)
    for k in range(0, len(x), 2):
        z = np.zeros(x.shape, np.int64)
        z[k] = k + n
        n += z[k]
    return (s, n,)
"""


def test_statements_do_what_numba_does_and_give_their_memory_back(empty_cache: Path) -> None:
    written = "types.Array(types.float64, 1, 'C', readonly=False)"
    text = a_text(STATEMENTS, ("float64", "int64"), (written, written), "x, y")
    ours, theirs = native(text, "f"), by_numba(text, empty_cache)
    assert ours is not None
    for start in (np.arange(1.0, 600.0), np.linspace(2e6, 3e6, 500)):
        here, there = [(start.copy(), start[::-1].copy(), np.zeros(3, np.int64), np.zeros(4)) for _ in range(2)]
        assert ours(*here) == theirs(*there)
        for one, other in zip(here, there, strict=True):
            assert np.array_equal(one, other)
        tracemalloc.start()
        ours(*here)
        left, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak > 2 * start.nbytes, "local arrays are seen by tracemalloc"
        assert left < 1000, "and freed"


STACKS = """\
    s = np.empty(16, np.int64)
    d = 0
    _ks_f = np.empty(16, np.float64)
    _kp_f = 0
    _ks_i = np.empty(16, np.int64)
    _kp_i = 0
    for k in range(len(x)):
        if d == len(s):
            s = np.concatenate((s, np.empty(len(s) + 16, s.dtype)))
        s[d] = np.int64(x[k])
        d += 1
        _ks_f, _kp_f = _kept(_ks_f, _kp_f, x)
        _ks_i, _kp_i = _kept(_ks_i, _kp_i, t)
        t[k] = not t[k]
        x[k] += 1.0
    while _kp_f > 0:
        y[_kp_f % len(y)] += 1.0
        _kp_f = _given_back(_ks_f, _kp_f, x)
        _kp_i = _given_back(_ks_i, _kp_i, t)
    total = 0
    for k in range(d):
        total += s[k] * (k + 1)
    return (total, _kp_i,)
"""


def test_stacks_grow_and_give_back(empty_cache: Path) -> None:
    written = "types.Array(types.float64, 1, 'C', readonly=False)"
    text = a_text(STACKS, ("int64", "int64"), (written, written, written.replace("float64", "boolean")), "x, y, t")
    ours, theirs = native(text, "f"), by_numba(text, empty_cache)
    assert ours is not None
    for n in (1, 7, 90):
        here, there = [(np.arange(1.0, n + 1), np.zeros(5), np.arange(n) % 3 == 0, np.zeros(3, np.int64), np.zeros(4)) for _ in range(2)]
        assert ours(*here) == theirs(*there)
        for one, other in zip(here, there, strict=True):
            assert np.array_equal(one, other)
        assert np.array_equal(here[0], np.arange(1.0, n + 1))
        tracemalloc.start()
        ours(*here)
        left = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert left < 1000


def test_without_memory_it_says_so(empty_cache: Path) -> None:
    text = a_text("    t = np.zeros((i, i), np.float64)\n    return (t[0, 0],)\n", ("float64",), ("types.int64",), "i")
    ours = native(text, "f")
    assert ours is not None
    status = np.zeros(3, np.int64)
    with pytest.raises(MemoryError, match="local array"):
        ours(2**28, status, np.zeros(4))
    assert not status.any()
    assert ours(3, status, np.zeros(4)) == (0.0,)


@pytest.mark.parametrize("line", ["digamma(i)", "logistic(g)", "x[:2][0]", "a if c else i", "np.float64(a.real)", "a // b", "u - np.uint64(3) + i",
                                  "np.sum(x)"])
def test_what_it_does_not_know_is_left_to_numba(line: str, empty_cache: Path) -> None:
    assert native(a_text(f"    return ({line},)\n", ("float64",)), "f") is None
    assert not list(empty_cache.rglob("*.o"))


def test_fast_code_is_left_to_numba() -> None:
    assert native(a_text("    return (a,)\n", ("float64",)).replace(STRICT, STRICT.replace("dict(", "dict(fastmath=True, ")), "f") is None


def test_a_second_process_compiles_nothing(empty_cache: Path) -> None:
    program = ("import revbench as rb, sys\nf = rb.compile('def f(y, x):\\n    for i in range(len(x)):\\n        y += x[i] ** 2')\n"
               "print(f(0.0, [1.0, 2.0]).y, rb.grad(f)(0.0, [1.0, 2.0]).x)\nprint('revbench.backends.native_code' in sys.modules)")
    for compiles in ("True", "False"):
        out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ.copy())
        assert out.stdout.split() == ["5.0", "[2.", "4.]", compiles]


def test_it_does_without_numba(empty_cache: Path) -> None:
    program = ("import revbench as rb, sys\nf = rb.compile('def f(p, y, x):\\n    p += x\\n    y += logistic(x)')\n"
               "f(rb.Fixed43(1.0), 0.0, 2.0)\nprint([m for m in ('numba.extending', 'revbench.backends.native_own') if m in sys.modules])")
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ.copy())
    assert out.stdout == "['revbench.backends.native_own']\n"


def test_kernels_take_this_way(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    known = native_module.object_code

    def watched(text: str, main: str, entry: str) -> bytes:
        seen.append(main)
        return known(text, main, entry)

    monkeypatch.setattr(native_module, "object_code", watched)
    f = rb.compile("def f(y, x):\n    for i in range(len(x)):\n        y += x[i] ** 2")
    rb.grad(f)(0.0, [1.0, 2.0])
    f.unchecked(0.0, [1.0, 2.0])
    assert seen == ["f_gradient"]
