"""The rows of the language: what can be written, what undoes it, and the smallest program that shows it.

`test_rows.py` runs each one in both directions on both executors; `docs/generate.py` makes `docs/rows.md` of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import revbench as rb


@dataclass(frozen=True, eq=False)
class Row:
    """One row.

    Attributes
    ----------
    name : str
        What its test is called.
    form, undone
        What the docs show: the text, and what undoes it.
    text, args, out
        A program (the last kernel of the text), its registers, and what they hold at the end.
    of : str
        Which register is differentiated, when the row carries gradients; empty when it does not.
    law : str
        The run-time law that the program breaks, if it is there to break one.
    section : str
        The heading of docs/language.md that explains it.
    """

    name: str
    form: str
    undone: str
    text: str
    args: tuple[Any, ...]
    out: tuple[Any, ...] = ()
    of: str = ""
    law: str = ""
    section: str = ""
    consts: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Trap:
    """What is caught when a kernel is defined (or first called): a text, the slug of the mistake, and the line that mends it."""

    name: str
    text: str
    slug: str
    hint: str
    args: tuple[Any, ...] = ()


X = [0.5, -1.5, 2.0]
U8 = np.uint8

STATEMENTS = [
    Row("add and subtract", "`p += e`, `p -= e`", "the other", """
def f(p, a):
    p += sin(a) * a
    p -= a / 2
""",
        (1.0, 0.5), (1.0 + np.sin(0.5) * 0.5 - 0.25, 0.5), of="p", section="Updates"),
    Row("exclusive or", "`p ^= e`", "itself", """
def f(n, b, m):
    n ^= m + 1
    b ^= m > 2 and n > 0
""", (5, False, 3), (5 ^ 4, True, 3), section="Updates"),
    Row("multiply and divide floats", "`p *= e`, `p /= e`", "the other", """
def f(p, a):
    p *= a
    p /= a + 1.0
""", (3.0, 0.5), (1.0, 0.5), of="p", section="Updates"),
    Row("multiply whole numbers", "`n *= k`, `n //= k`", "the other", """
def f(n, k):
    n *= k
    n //= 2
""", (6, 3), (9, 3), section="Updates"),
    Row("multiply unsigned numbers by odd factors", "`u *= 5`", "the modular inverse", """
def f(u):
    u *= 77
""", (U8(200),), (U8((200 * 77) % 256),), section="Updates"),
    Row("permute places", "`a, b = b, a`", "the inverse permutation", """
def f(a, b, c, x):
    a, b, c = c, a, b
    x[0], x[2] = x[2], x[0]
""",
        (1.0, 2.0, 3.0, X), (3.0, 1.0, 2.0, [2.0, -1.5, 0.5]), of="a", section="Updates"),
    Row("negate", "`x = -x`", "itself", """
def f(x):
    x = -x
""", (1.5,), (-1.5,), section="Bijections in place"),
    Row("negate a bool", "`b = not b`", "itself", """
def f(b):
    b = not b
""", (True,), (False,), section="Bijections in place"),
    Row("conjugate", "`z = z.conjugate()`", "itself", """
def f(z):
    z = z.conjugate()
""", (1 + 2j,), (1 - 2j,), section="Bijections in place"),
    Row("rotate a pair", "`a, b = rot(a, b, th)`", "the rotation back", """
def f(a, b, th):
    a, b = rot(a, b, th)
""",
        (1.0, 2.0, 0.3), (np.cos(0.3) - 2 * np.sin(0.3), np.sin(0.3) + 2 * np.cos(0.3), 0.3), of="a", section="Bijections in place"),
    Row("hadamard", "`a, b = hadamard(a, b)`", "itself", """
def f(a, b):
    a, b = hadamard(a, b)
""", (1.0, 2.0), (3 / np.sqrt(2), -1 / np.sqrt(2)), of="a", section="Bijections in place"),
    Row("rotate bits", "`x = rotl(x, 7)`, `rotr`", "the other", """
def f(x):
    x = rotl(x, 3)
    x = rotr(x, 1)
""", (U8(0b10010001),), (U8(0b01000110),), section="Bijections in place"),
    Row("modular addition", "`x = (x + e) % m`", "`x = (x - e) % m`", """
def f(x, e):
    x = (x + e) % 12
""", (10, 5), (3, 5), section="Bijections in place"),
    Row("xor with a shift of itself", "`x = xorshl(x, k)`, `xorshr`", "the inverse bijection", """
def f(x):
    x = xorshl(x, 3)
    x = xorshr(x, 5)
""",
        (U8(0b1011),), (U8(((0b1011 ^ (0b1011 << 3)) & 255) ^ (((0b1011 ^ (0b1011 << 3)) & 255) >> 5)),), section="Bijections in place"),
    Row("a new local", "`t = e`", "released at the end of the block", """
def f(z, y):
    t = y
    t *= 3.0
    z += t
""", (0.0, 2.0), (6.0, 2.0), of="z", section="Locals"),
    Row("keep", "`t = keep(e)`", "the value kept on a hidden stack", """
def f(out, x):
    m = x[0]
    for i in range(len(x)):
        m = keep(max(m, x[i]))
    out += m
""",
        (0.0, X), (2.0, X), of="out", section="Locals"),
    Row("release by del", "`del t`", "made again from its expression", """
def f(x, out):
    t = x * x
    out += t
    del t
    x += 1.0
""", (3.0, 0.0), (4.0, 9.0), of="out", section="Locals"),
    Row("release against an expression", "`free(t, e)`", "made from that expression", """
def f(x, out):
    t = x + 0.0
    t += x
    out += t
    free(t, 2.0 * x)
""",
        (3.0, 0.0), (3.0, 6.0), of="out", section="Locals"),
    Row("branch", "`if c: ... elif ... else: ...`", "the same branches, undone", """
def f(out, x):
    if x > 1.0:
        out += x
    elif x > 0.0:
        out -= x * x
    else:
        out += 1.0
""",
        (0.0, 0.5), (-0.25, 0.5), of="out", section="`if` and `fi`"),
    Row("branch that changes its test", "`fi(c_after)`", "`fi` tells which branch was taken", """
def f(x):
    if x > 0:
        x += 10
    fi(x > 10)
""", (3,), (13,), section="`if` and `fi`"),
    Row("hidden branch bit", "an `if` in a compute part", "a bit kept by the compiler",
        """
def f(out, x):
    s = 0.0
    for i in range(len(x)):
        if s < 1.0:
            s += x[i] * x[i]
    out += s
""", (0.0, X), (0.25 + 2.25, X), of="out", section="Locals"),
    Row("while with its entry", "`came_from(entry)`, `while c:`", "back to the entry", """
def f(n, k):
    came_from(k == 0)
    while k < 3:
        k += 1
        n += k
""", (0, 0), (6, 3), section="`while` and `came_from`"),
    Row("while in a compute part", "a `while` in a compute part", "a counter kept by the compiler", """
def f(out, x):
    s = 1.0
    while s < x:
        s *= 2.0
    out += s * x
""",
        (0.0, 5.0), (40.0, 5.0), of="out", section="Locals"),
    Row("a loop left in the middle", "`while True:` with `until(c)`", "Janus' loop", """
def f(n, k):
    came_from(k == 0)
    while True:
        k += 1
        until(k == 4)
        n += k
""",
        (0, 0), (6, 4), section="`while` and `came_from`"),
    Row("counted loop", "`for i in range(a, b, s)`", "backwards", """
def f(n):
    for i in range(1, 8, 3):
        n += i
""", (0,), (12,), section="`for`"),
    Row("reversed loop", "`for i in reversed(range(n))`", "forwards", """
def f(x):
    for i in reversed(range(2)):
        x[i + 1] += x[i]
""", ([1, 2, 3],), ([1, 3, 5],), section="`for`"),
    Row("loop over elements", "`for v in x`", "backwards", """
def f(out, x):
    for v in x:
        out += v * v
""", (0.0, X), (6.5, X), of="out", section="`for`"),
    Row("enumerate", "`for i, v in enumerate(x)`", "backwards", """
def f(out, x):
    for i, v in enumerate(x):
        out += i * v
""", (0.0, X), (2.5, X), of="out", section="Loops over elements, and kernels for each of them"),
    Row("zip", "`for a, b in zip(x, y)`", "backwards", """
def f(out, x, y):
    for a, b in zip(x, y):
        out += a * b
""", (0.0, X, [1.0, 2.0, 3.0]), (3.5, X, [1.0, 2.0, 3.0]), of="out", section="Loops over elements, and kernels for each of them"),
    Row("prange", "`for i in prange(n)`", "backwards", """
def f(y, x, c):
    for i in prange(len(x)):
        y[i] += c * x[i]
""", ([0.0, 0.0, 0.0], X, 2.0), ([1.0, -3.0, 4.0], X, 2.0), section="Loops in parallel"),
    Row("call", "`f(y, x)`", "`~f(y, x)`", """
def g(y, x):
    y += x * x

def f(y, x):
    g(y, x + 1.0)
""", (0.0, 2.0), (9.0, 2.0), of="y", section="Calls"),
    Row("uncall", "`~f(y, x)`, `(~f)(y, x)`", "`f(y, x)`", """
def g(y, x):
    y += x * x

def f(y, x):
    ~g(y, x)
    (~g)(y, x)
""", (0.0, 2.0), (-8.0, 2.0), of="y", section="Calls"),
    Row("recursion", "a kernel that calls itself", "itself, backwards", """
def fib(out, n):
    if n < 2:
        out += n
    else:
        fib(out, n - 1)
        fib(out, n - 2)
""", (0, 7), (13, 7), section="Calls"),
    Row("kernels as constants", "`def f(y, x, *, g): g(y, x)`", "itself, with the same kernel", """
def sq(y, x):
    y += x * x

def apply(y, x, *, g):
    g(y, x)

def f(y, x):
    apply(y, x, g=sq)
    apply(y, x, g=~sq)
    apply(y, x, g=sq)
""",
        (0.0, 3.0), (9.0, 3.0), of="y", section="Calls"),
    Row("a kernel that adds to its first register", "`y += f(x)`", "`y -= f(x)`", """
def sq(y, x):
    y += x * x

def f(y, x):
    y += sq(x)
""", (1.0, 3.0), (10.0, 3.0), of="y", section="Calls"),
    Row("forwarded arguments", "`def f(out, *args, g): g(out, *args)`", "itself", """
def mul(out, a, b):
    out += a * b

def twice(out, *args, g):
    g(out, *args)
    g(out, *args)

def f(out, a, b):
    twice(out, a, b, g=mul)
""",
        (0.0, 2.0, 3.0), (12.0, 2.0, 3.0), of="out", section="Calls"),
    Row("constants computed from constants", "`g(y, x, n=n - 1)`", "itself", """
def g(y, x, *, n=2):
    y += n * x

def f(y, x, *, k=5):
    g(y, x, n=k - 1)
    g(y, x)
""", (0.0, 1.0), (6.0, 1.0), of="y", section="Calls"),
    Row("each", "`each(f)(x, y)`", "itself, inverted", """
def g(y, x, c):
    y += c * x

def f(y, x, c):
    each(g)(y, x, c)
""", ([0.0, 0.0, 0.0], X, 2.0), ([1.0, -3.0, 4.0], X, 2.0), section="Loops over elements, and kernels for each of them"),
    Row("whole arrays", "`y += a * x`", "the other", """
def f(y, a, x):
    y += a * x
    y -= sin(x)
""", ([1.0, 1.0, 1.0], 2.0, X), (1.0 + 2.0 * np.array(X) - np.sin(X), 2.0, X), section="Whole arrays"),
    Row("slices", "`x[:k] += y[1:]`", "the other", """
def f(x, y):
    x[:2] += 2.0 * y[1:]
    x[::2] -= 1.0
""", ([0.0, 0.0, 0.0], X), ([-4.0, 4.0, -1.0], X), section="Whole arrays"),
    Row("matrix product", "`y += W @ x`", "`y -= W @ x`", """
def f(y, W, x):
    y += W @ x
""", ([0.0, 1.0], [[1.0, 2.0], [3.0, 4.0]], [5.0, 6.0]), ([17.0, 40.0], [[1.0, 2.0], [3.0, 4.0]], [5.0, 6.0]), section="Products of matrices"),
    Row("real and imaginary parts", "`z.real += e`, `z.imag`", "the other", """
def f(z, x):
    z.real += x
    z.imag -= 2.0 * z.real
""", (1 + 2j, 3.0), (4 - 6j, 3.0), section="Complex numbers"),
    Row("fields of records", "`p.x += e`", "the other", """
def f(p):
    p.x += 2.0 * p.y
""", (np.array((1.0, 2.0), [("x", float), ("y", float)])[()],), (np.array((5.0, 2.0), [("x", float), ("y", float)])[()],), section="Records"),
    Row("elements", "`t[0] += e`", "the other", """
def f(t):
    t[0] += t[1] * 2
""", ([1, 2],), ([5, 2],), section="Updates"),
    Row("view", "`with view(-x) as u:`", "the view, undone", """
def f(x, y):
    with view(-x) as u:
        u += y
""", (1.0, 5.0), (-4.0, 5.0), of="x", section="Bijections in place"),
    Row("push and pop", "`s.push(x)`, `s.pop(x)`", "each other", """
def f(a, b):
    s = Stack()
    s.push(a)
    s.push(b)
    s.pop(a)
    s.pop(b)
""", (1.0, 2.0), (2.0, 1.0), of="a", section="Stacks"),
    Row("append", "`s.append(e)`", "checks the top, drops it", """
def f(s, x):
    s.append(2.0 * x)
""", (rb.Stack([1.0]), 3.0), (rb.Stack([1.0, 6.0]), 3.0), section="Stacks"),
    Row("length and top of a stack", "`len(s)`, `s[-1]`", "-", """
def f(s, n, y):
    n += len(s)
    y += s[-1]
""", (rb.Stack([1.0, 4.0]), 0, 0.0), (rb.Stack([1.0, 4.0]), 2, 4.0), section="Stacks"),
    Row("explicit compute part", "`with compute() as r:` ... `uncompute(r)`", "-", """
def f(out, x):
    with compute() as r:
        x *= 2.0
    out += x
    uncompute(r)
    out += x
""", (0.0, 3.0), (9.0, 3.0), of="out", section="Compute parts, inverse, unchecked"),
    Row("inverse block", "`with inverse():`", "the block", """
def f(x, y):
    with inverse():
        x += y
        y += 1
""", (5, 2), (4, 1), section="Compute parts, inverse, unchecked"),
    Row("unchecked", "`with unchecked():`", "the block", """
def f(x, y):
    with unchecked():
        x[1] += y
""", ([1, 2], 2), ([1, 4], 2), section="Laws at run time"),
    Row("observers", "`assert`, `print`, `probe`", "themselves", """
def f(x):
    assert x > 0, "positive"
    x += 1
    probe("x", x)
""", (1,), (2,), section="Statements, and what undoes them"),
    Row("pass", "`pass`", "itself", """
def f(x):
    for i in range(3):
        pass
    x += 1
""", (1,), (2,), section="Statements, and what undoes them"),
]

EXPRESSIONS = [
    Row("choice", "`a if c else b`", "-", """
def f(y, x):
    y += x * x if x > 0.0 else -x
""", (0.0, -2.0), (2.0, -2.0), of="y", section="Expressions"),
    Row("lazy and, or", "`and`, `or`, `not`", "-", """
def f(n, x, i):
    n += 1 if i < 2 and x[i] > 0.0 else 0
    n += 2 if i > 1 or x[i] > 0.0 else 0
""", (0, [1.0, 2.0], 5), (2, [1.0, 2.0], 5), section="Expressions"),
    Row("chained comparisons", "`0 < x < 1`", "-", """
def f(n, x):
    n += 1 if 0.0 < x < 1.0 else 0
""", (0, 0.5), (1, 0.5), section="Expressions"),
    Row("lengths and shapes", "`len(x)`, `x.shape[1]`", "-", """
def f(n, x):
    n += 10 * len(x) + x.shape[1]
""", (0, [[1.0, 2.0, 3.0]]), (13, [[1.0, 2.0, 3.0]]), section="Expressions"),
    Row("min, max, abs", "`min`, `max`, `abs`", "-", """
def f(y, a, b):
    y += min(a, b) + 2.0 * max(a, b, 0.5) + abs(a)
""", (0.0, -1.0, 2.0), (4.0, -1.0, 2.0), of="y", section="Expressions"),
    Row("whole-number arithmetic", "`//`, `%`, `<<`, `>>`, `&`, `|`, `^`, `~`", "-", """
def f(n, a):
    n += a // 3 + a % 3 + (a << 2) + (a >> 1) + (a & 6) + (a | 1) + (a ^ 5) + ~a
""",
        (0, 11), (3 + 2 + 44 + 5 + (11 & 6) + (11 | 1) + (11 ^ 5) + ~11, 11), section="Expressions"),
    Row("elementary functions", "`exp`, `np.log`, `math.sin`, ...", "-", """
def f(y, x):
    y += exp(x) + log(x) + sqrt(x) + cbrt(x) + erf(x) + lgamma(x) + atan2(x, 2.0) + hypot(x, 1.0)
    y += np.log1p(x) * math.expm1(x)
""",
        (0.0, 0.7), (), of="y", section="Expressions"),
    Row("sums and products", "`sum`, `prod`, `mean`, `dot`", "-", """
def f(y, x, w):
    y += sum(x * x) + prod(x) + mean(x) + dot(x, w)
""", (0.0, X, [1.0, 2.0, 3.0]), (6.5 - 1.5 + 1.0 / 3 + 3.5, X, [1.0, 2.0, 3.0]), of="y", section="Reductions"),
    Row("extrema", "`max(x)`, `min(x)`, `argmax`, `argmin`", "-", """
def f(y, n, x):
    y += max(x) - 3.0 * min(x)
    n += argmax(x) + 10 * argmin(x)
""", (0.0, 0, X), (6.5, 12, X), of="y", section="Reductions"),
    Row("logsumexp", "`logsumexp(x)`", "-", """
def f(y, x):
    y += logsumexp(x)
""", (0.0, X), (float(np.log(np.sum(np.exp(X)))), X), of="y", section="Reductions"),
    Row("reductions of slices", "`sum(x[1:])`", "-", """
def f(y, x):
    y += sum(x[1:]) * 2.0
""", (0.0, X), (1.0, X), of="y", section="Reductions"),
    Row("zeros", "`zeros(shape, dtype)`, `zeros_like`", "-", """
def f(out, x):
    t = zeros(len(x))
    u = zeros_like(x)
    for i in range(len(x)):
        t[i] += x[i]
        u[i] += t[i] * 2.0
        out += u[i] * t[i]
""", (0.0, X), (13.0, X), of="out", section="Locals"),
    Row("ones", "`ones(shape, dtype)`", "-", """
def f(out, x):
    t = ones(len(x))
    for i in range(len(x)):
        t[i] += x[i]
        out += t[i] * t[i]
""", (0.0, X), (2.25 + 0.25 + 9.0, X), of="out", section="Locals"),
    Row("casts", "`float32(x)`, `np.uint32(x)`, `int(x)`", "-", """
def f(n, u, x):
    n += int(x)
    u += np.uint32(x)
""", (0, np.uint32(1), 3.7), (3, np.uint32(4), 3.7), section="Types"),
    Row("logarithmic numbers in expressions", "`ULog(e)`", "-", """
def f(y, x):
    p = ULog(x)
    for k in range(3):
        p *= x
    y += p
""", (0.0, 1.5), (1.5 ** 4, 1.5), of="y", section="Exact numbers"),
    Row("host names", "captured constants and arrays", "-", """
def f(y, x):
    y += scale * x * table[1]
""", (0.0, 2.0), (30.0, 2.0), of="y", names={"scale": 3.0, "table": np.array([1.0, 5.0])}, section="Kernels and calls"),
]

TYPES = [
    Row("float32 and float64", "`float32`, `float64`", "rounding", """
def f(y, x):
    s = 0.0
    s += x
    y += s * s
""", (np.float32(0.0), np.float32(3.0)), (np.float32(9.0), np.float32(3.0)), of="y", section="Types"),
    Row("signed whole numbers", "`int8` ... `int64`", "exact", """
def f(a, b):
    a += b
""", (np.int16(5), np.int16(7)), (np.int16(12), np.int16(7)), section="Types"),
    Row("unsigned whole numbers", "`uint8` ... `uint64`", "exact, wrapping around", """
def f(a, b):
    a += 200
    b -= 1
""", (U8(100), np.uint64(0)), (U8(44), np.uint64(2**64 - 1)), section="Types"),
    Row("bool", "`bool`", "exact", """
def f(a, b):
    a ^= b
""", (True, True), (False, True), section="Types"),
    Row("complex", "`complex64`, `complex128`", "rounding", """
def f(y, z):
    y += z * z + 2j * z
""", (0j, 1 + 1j), (2j + 2j - 2, 1 + 1j), section="Complex numbers"),
    Row("fixed point", "`Fixed43`", "exact", """
def f(p, x):
    p += x * 0.5
    p -= 0.25
""", (rb.Fixed43(1.0), 3.0), (rb.Fixed43(2.25), 3.0), section="Exact numbers"),
    Row("logarithmic numbers", "`ULog`", "exact", """
def f(p, x):
    p *= x
    p /= 4.0
""", (rb.ULog(2.0), 8.0), (rb.ULog(4.0), 8.0), section="Exact numbers"),
    Row("arrays with several axes", "n-d arrays", "-", """
def f(y, x):
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y += x[i, j, 0]
""", (0.0, np.arange(8.0).reshape(2, 2, 2)), (12.0, np.arange(8.0).reshape(2, 2, 2)), of="y", section="Types"),
    Row("weak literals", "`s = 0.0` beside float32", "-", """
def f(y, x):
    s = 0.0
    s += x
    y += 2 * s
""", (np.float32(0.0), np.float32(0.1)), (np.float32(2) * np.float32(0.1), np.float32(0.1)), section="Types"),
]

LAWS = [
    Row("a local comes back", "locals are back at their first value", "", """
def f(x, out):
    t = x + 0.0
    t += 1.0
    out += t
    free(t, x)
""", (1.0, 0.0), law="released", section="Laws at run time"),
    Row("fi is true on its path", "`fi` is true exactly after the branch", "", """
def f(x):
    if x > 0:
        x += 1
    fi(x > 5)
""", (2,), law="fi", section="Laws at run time"),
    Row("came_from is true at the entry only", "`came_from` is true exactly at the entry", "", """
def f(n, k):
    came_from(k < 2)
    while k < 3:
        k += 1
        n += k
""", (0, 0), law="came-from", section="Laws at run time"),
    Row("indices in range", "indices are in range", "", """
def f(x, i):
    x[i] += 1.0
""", (X, 3), law="index", section="Laws at run time"),
    Row("no written place is read", "no written place overlaps another one", "", """
def f(x, i, j):
    x[i] += x[j]
""", (X, 1, 1), law="alias", section="Laws at run time"),
    Row("overlapping slices", "slices of one statement do not overlap", "", """
def f(x, k):
    x[k:3] += x[0:3 - k]
""", ([1.0, 2.0, 3.0, 4.0], 1), law="alias", section="Laws at run time"),
    Row("written arguments are apart", "arguments of a call do not overlap", "", """
def g(a, b):
    a += b

def f(x, i):
    g(x[i], x[1])
""", (X, 1), law="alias", section="Laws at run time"),
    Row("factors are not zero", "a factor is not zero", "", """
def f(p, a):
    p *= a
""", (2.0, 0.0), law="zero-factor", section="Laws at run time"),
    Row("division leaves no remainder", "`n //= k` leaves no remainder", "", """
def f(n):
    n //= 2
""", (7,), law="divisible", section="Laws at run time"),
    Row("no division by zero", "whole numbers are not divided by zero", "", """
def f(n, k):
    n += 5 // k
""", (1, 0), law="division", section="Laws at run time"),
    Row("a stack is not empty", "no pop from an empty stack", "", """
def f(s, x):
    s.pop(x)
""", (rb.Stack([], float), 0.0), law="stack", section="Laws at run time"),
    Row("pop into zero", "a pop goes into a zero", "", """
def f(s, x):
    s.pop(x)
""", (rb.Stack([1.0]), 2.0), law="stack", section="Laws at run time"),
    Row("modular values are in range", "`0 <= x < m`", "", """
def f(x):
    x = (x + 1) % 12
""", (12,), law="bijection", section="Laws at run time"),
]

TRAPS = [
    Trap("arrow", """
def f(x):
    x <- 0
""", "arrow-assignment", "x += 0"),
    Trap("zeroing a live name", """
def f(x):
    x = 0
""", "irreversible-assignment", "x"),
    Trap("adding itself", """
def f(y):
    y += y
""", "reads-itself", "y *= 2"),
    Trap("xor with itself", """
def f(b):
    b ^= b
""", "reads-itself", "b_2 = 0"),
    Trap("an element plus itself", """
def f(x, i):
    x[i] += x[i]
""", "reads-itself", "x[i] *= 2"),
    Trap("reading a released name", """
def f(y, x):
    t = x * 2.0
    del t
    y += t
""", "used-after-release", "del t"),
    Trap("releasing a parameter", """
def f(y, x):
    y += x
    del x
""", "released-parameter", "leave this line out"),
    Trap("releasing twice", """
def f(y, x):
    t = x * 2.0
    del t
    del t
""", "released-twice", "leave this line out"),
    Trap("changing a loop bound", """
def f(n, x):
    for i in range(n):
        n += 1
""", "loop-bound-changes", "count in another register"),
    Trap("an operand that changes too early", """
def f(y, x):
    t = x * x
    x += 1.0
    y += t
""", "operand-changes", "free(t, (x - 1.0) * (x - 1.0))"),
    Trap("a local outside its block", """
def f(y, x):
    if x > 0.0:
        t = x
        y += t
    y += t
""", "out-of-block", "t"),
    Trap("a loop-carried overwrite", """
def f(y, x):
    prev = 0.0
    for i in range(len(x)):
        y += x[i] - prev
        prev = x[i]
""", "loop-carried", "x[i - 1]"),
    Trap("a leaf that writes a local and a register", """
def f(y, x):
    t = 0.0
    t, x = x, t
    y += t
""", "mixed-statement", "t, x = x, t"),
    Trap("a tuple target", """
def f(a, b):
    a, b += 1, 2
""", "tuple-update", "a += 1"),
    Trap("return", """
def f(y, x):
    y += x
    return y
""", "return-statement", "leave it out"),
    Trap("break", """
def f(y, x):
    for v in x:
        y += v
        break
""", "break-statement", "into the loop"),
    Trap("continue", """
def f(y, x):
    for v in x:
        continue
""", "continue-statement", "if"),
    Trap("yield", """
def f(y, x):
    yield y
""", "yield-expression", "array"),
    Trap("try", """
def f(y, x):
    try:
        y += x
    except ValueError:
        pass
""", "try-statement", "if"),
    Trap("global", """
def f(y):
    global g
    y += 1
""", "global-statement", "def f(y, g):"),
    Trap("mixed widths", """
def f(a, b):
    a += b
""", "mixed-widths", "int8(b)", args=(np.int8(1), np.int16(2))),
]

ROWS = {r.name: r for r in [*STATEMENTS, *EXPRESSIONS, *TYPES, *LAWS]}
