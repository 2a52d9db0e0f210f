'''The zoo: small programs that between them use the whole language. Tests run every pass and every executor over them.

A case is a text and its arguments. The kernel that is run is the last one in the text; the ones above it are called.
'''

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

GRADIENT, KEEPER = "gradient", "keeper"


@dataclass(frozen=True, eq=False)
class Case:
    """One program, where it is run, and what is true of it.

    Attributes
    ----------
    of, wrt
        As in `grad`.
    laws : tuple of str
        `gradient`: `of` is a float, smooth in every float around the arguments. `keeper`: the compiler keeps branch bits or loop counters.
    consts, names : mapping
        Keyword constants of the call, and the host values that the text captures.
    """

    name: str
    text: str
    args: tuple[Any, ...]
    of: int | str = 0
    wrt: str | int | tuple[str | int, ...] | None = None
    laws: tuple[str, ...] = (GRADIENT,)
    consts: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)


X = [0.7, -1.3, 2.1, 0.4, 1.9]
Y = [0.3, 0.8, -0.6, 1.1, 0.2]
M = np.array([[0.9, -0.4, 0.3], [0.2, 1.3, -0.7], [-0.5, 0.6, 1.7]])
CUBE = np.linspace(-1.0, 1.0, 24).reshape(2, 3, 4)


# ---- locals that clean up after themselves -------------------------------------------------------------------
LOCALS = [
    Case("norm", """
def norm(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    out += sqrt(s)
""", (0.0, X)),
    Case("locals in nested loops", """
def nested(out, x):
    for i in range(len(x)):
        a = 2.0 * x[i]
        for j in range(len(x)):
            b = a * x[j]
            c = b * b + a
            out += c * x[j]
""", (0.0, X)),
    Case("a chain of locals", """
def chain(out, x, y):
    a = x * y
    b = sin(a) + a
    c = b * a
    out += c
    d = c * c
    out += d * x
""", (0.0, 0.7, 1.3)),
    Case("a local that starts as a register", """
def tripled(z, y):
    t = y
    z += t
    t += y
    t += y
    z += t * t
""", (0.0, 0.8)),
    Case("prefix sums", """
def prefix_sums(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i]
        out += s * x[i]
    out += sin(s)
""", (0.0, X)),
    Case("a sum over pairs", """
def pairs(out, x):
    s = 0.0
    for i in range(len(x)):
        for j in range(i):
            d = x[i] - x[j]
            s += log1p(d * d)
    out += s * s
    out += exp(-0.1 * s)
""", (0.0, X)),
    Case("two mixed loops in one another", """
def staircase(out, x):
    s = 0.0
    for i in range(len(x)):
        t = 0.0
        for j in range(i + 1):
            t += x[j] * x[i]
            out += 0.1 * t
        u = x[i] * x[i]
        s += u
        out += s * x[i]
""", (0.0, X)),
    Case("early release by a change of an operand", """
def early(y, x):
    t = y * 2.0
    x += t * t
    y += x
    s = x * y
    y -= 0.1
    x *= 1.5
""", (0.5, 1.0), 1),
    Case("lifetimes that are reordered", """
def reordered(v, x, y):
    a = -x
    b = y * y
    v += a * b
    x += v
    v += b
""", (1.0, 0.5, 2.0)),
    Case("released by hand", """
def by_hand(x, out):
    t = x * x
    out += sin(t)
    del t
    x += out
    u = x + 1.0
    out += u * u
    free(u, x + 1.0)
    x *= 0.5
""", (0.3, 0.5), "out"),
    Case("a register parked in a local", """
def parked(y, x):
    t = 0.0
    t, x = x, t
    y += t * t
    x += y
    x -= y
    t, x = x, t
    free(t, 0.0)
    y *= x
""", (0.2, 0.4)),
    Case("a name used for two locals", """
def twice(out, x, z):
    t = x * x
    out += cos(t)
    del t
    t = 3.0 * out
    z += t * x
""", (0.4, 0.6, 0.1), "z"),
    Case("exchanged locals", """
def exchanged(out, x, y):
    a = x * x
    b = y + 1.0
    a, b = b, a
    a += b * x
    out += a * a * y
""", (0.0, 0.7, 1.3)),
    Case("scaled locals", """
def geometric(out, x, r):
    term = x
    for k in range(6):
        out += term
        term *= r
    out += 0.5 * term
""", (0.0, 0.7, 0.6)),
    Case("horner", """
def horner(out, x, c):
    acc = 0.0
    for k in reversed(range(len(c))):
        acc *= x
        acc += c[k]
    out += acc
""", (0.0, 0.7, Y)),
    Case("locals in both branches", """
def branches(out, x):
    for v in x:
        if v > 0.0:
            t = v * v
            out += t * sin(t)
        else:
            t = exp(v)
            u = t * v
            out -= u * t
""", (0.0, X)),
]

# ---- compute parts by hand, inversion, observers -------------------------------------------------------------
BLOCKS = [
    Case("a register changed for a while", """
def shifted(out, x, c):
    with compute():
        x -= c * c
        x *= 2.0
    out += x * x * c
""", (0.0, 0.7, 1.3)),
    Case("compute and uncompute", """
def labelled(out, x, y):
    with compute() as outer:
        s = x * y
        with compute():
            t = s * s
        s += 0.5 * t
    out += s
    uncompute(outer)
    x += out
    with compute() as again:
        s = x + y
    out += s * s
    uncompute(again)
    y *= x
""", (0.1, 0.7, 1.3)),
    Case("a local and a register in one compute part", """
def both(out, x, c):
    with compute():
        s = c * x
        c += sin(s)
        c *= 1.5
    out += x * x * c * s
""", (0.0, 0.7, 1.3)),
    Case("with inverse", """
def inverted(out, x):
    with inverse():
        out += x * x
        out *= 2.0
        for i in range(3):
            t = x * (i + 1)
            out += t * t
    out += x
""", (0.9, 0.7)),
    Case("with unchecked", """
def unguarded(out, x):
    s = 0.0
    with unchecked():
        for i in range(len(x)):
            s += x[i] * x[len(x) - 1 - i]
            out += 0.1 * s
    out += s * s
""", (0.0, X)),
    Case("observers", """
def observed(out, x):
    for i in range(len(x)):
        t = x[i] * x[i]
        assert t >= 0.0, "a square is not negative"
        if i == 2:
            print("third", i, t)
        probe("square", t)
        probe(out)
        out += t
    pass
""", (0.0, X)),
]

# ---- branches and loops that need another end ----------------------------------------------------------------
CONTROL = [
    Case("a branch bit", """
def clipped(out, x):
    for v in x:
        t = v * v
        if t > 1.0:
            t -= 0.25 * v
        out += t * v
""", (0.0, X), laws=(GRADIENT, KEEPER)),
    Case("a branch bit for each turn", """
def bang_bang(out, x):
    level = 0.3
    for i in range(len(x)):
        if level < 1.0:
            level += x[i] * x[i]
        else:
            level -= 0.5 * x[i]
    out += level * level
""", (0.0, X), laws=(GRADIENT, KEEPER)),
    Case("a mixed branch", """
def ratchet(out, x):
    s = 0.0
    for i in range(len(x)):
        if x[i] > s:
            s += 0.5 * x[i]
            out += s * x[i]
        else:
            s += 0.1
    out += s
""", (0.0, X), laws=(GRADIENT, KEEPER)),
    Case("fi", """
def thermostat(y, x):
    if y > 1.0:
        y += x[0] * x[0]
    else:
        y -= x[1] * x[1]
    fi(y > 1.0)
""", (2.0, X)),
    Case("fi for a chain", """
def three_ways(y, x):
    for i in range(len(x)):
        if y < -1.0:
            y -= x[i] * x[i]
        elif y < 1.0:
            y *= 1.0 / (1.0 + x[i] * x[i])
        else:
            y += abs(x[i])
        fi(y < -1.0, y < 1.0)
        y -= 0.4
""", (2.0, X)),
    Case("came_from", """
def cooled(y, x, n):
    came_from(n == 0)
    while y > 1.0:
        y *= exp(-x)
        n += 1
    y += x
""", (9.0, 0.5, 0)),
    Case("came_from, never entered", """
def cool(y, x, n):
    came_from(n == 0)
    while y > 1.0:
        y *= exp(-x)
        n += 1
    y += x * n
""", (0.8, 0.5, 0)),
    Case("a loop counter", """
def bessel(out, z, nu, tiny):
    h = z / 2.0
    term = h ** nu / exp(lgamma(nu + 1.0))
    s = term
    k = 0
    while abs(term) > tiny:
        k += 1
        term *= -h * h / (k * (k + nu))
        s += term
    out += s
""", (0.0, 1.7, 2, 1e-12), wrt="z", laws=(GRADIENT, KEEPER)),
    Case("a counter that is there already", """
def bessel(out, z, tiny):
    for q in range(len(z)):
        h = z[q] / 2.0
        term = 1.0
        s = 0.0
        k = 0
        came_from(k == 0)
        while abs(term) > tiny:
            s += term
            k += 1
            term *= -h * h / (k * k)
        out += s * (q + 1)
""", (0.0, [1.7, 0.3, 2.2], 1e-10), wrt="z"),
    Case("a loop counter for each turn", """
def halved(out, x):
    s = 0.0
    for v in x:
        t = v * v
        while t > 0.1:
            t *= 0.5
        s += t * v
    out += s * s
""", (0.0, X), laws=(GRADIENT, KEEPER)),
    Case("a mixed while", """
def decay(out, x):
    s = x
    while s > 0.05:
        out += s * x
        s *= 0.5
""", (0.0, 1.3), laws=(GRADIENT, KEEPER)),
    Case("a loop of two halves", """
def two_halves(out, x, n):
    came_from(n == 0)
    while True:
        t = x * x
        out += t * n
        until(n == 4)
        n += 1
        x *= 0.9
""", (0.0, 1.3, 0)),
    Case("strides, both directions, and no turns at all", """
def strides(out, x):
    n = len(x)
    for i in range(0, n, 2):
        out += x[i] * (i + 1)
    for i in range(n - 1, -1, -2):
        out *= 1.1
        out += x[i]
    for i in reversed(range(1, n, 3)):
        out += x[i] * x[i]
    for i in range(n, 0):
        out += 100.0 * x[i]
    for i in reversed(range(3, 3)):
        out += 100.0 * x[i]
""", (0.0, X)),
    Case("elements in a loop", """
def elements(out, x, m):
    for v in x:
        out += v * v
    for v in reversed(x):
        out *= 0.5
        out += v
    for row in m:
        for j in range(len(row)):
            out += row[j] * row[0]
""", (0.0, X, M)),
    Case("a ladder of powers of two", """
def count_below(pos, x, key):
    at = 0
    for b in reversed(range(4)):
        s = 1 << b
        if at + s <= len(x) and x[at + s - 1] < key:
            at += s
    pos += at
""", (0, [0.1, 0.5, 0.9, 1.3, 2.6, 3.1], 1.4), laws=(KEEPER,)),
]

# ---- calls ---------------------------------------------------------------------------------------------------
CALLS = [
    Case("calls and uncalls", """
def wave(r, x):
    t = x * x
    r += sin(t)
    r *= 2.0

def calls(out, x, y):
    s = x * y
    wave(out, s)
    out += y
    ~wave(out, x)
    (~wave)(out, y * x - 1.0)
""", (0.3, 0.7, 1.1)),
    Case("calls that compute", """
def wave(r, x):
    t = x * x
    r += sin(t)

def total(out, x):
    s = 0.0
    for i in range(len(x)):
        wave(s, x[i])
    out += s * s
""", (0.0, X)),
    Case("fibonacci", """
def fib(out, n):
    if n < 2:
        out += n
    else:
        fib(out, n - 1)
        fib(out, n - 2)
""", (0, 10), laws=()),
    Case("a recursion on floats", """
def tree(out, x, n):
    if n < 2:
        out += x
    else:
        r = 0.0
        tree(r, x, n - 1)
        tree(r, x, n - 2)
        out += r * sin(x)
""", (0.0, 0.9, 6)),
    Case("two kernels that call each other", """
def odd(yes, x, c, n):
    if n > 0:
        x *= 1.0 + c
        even(yes, x, c, n - 1)

def even(yes, x, c, n):
    if n == 0:
        yes ^= True
    else:
        x += 0.25 * c
        odd(yes, x, c, n - 1)
""", (False, 1.5, 0.3, 7), "x"),
    Case("rows handed to calls", """
def dot(out, a, b):
    for i in range(len(a)):
        out += a[i] * b[i]

def gram(out, m):
    for i in range(len(m)):
        for j in range(i + 1):
            dot(out, m[i], m[j])
""", (0.0, M)),
    Case("rows written by calls", """
def lift(row, other, w):
    for i in range(len(row)):
        row[i] += w * other[i]

def eliminate(m, out):
    for i in range(1, len(m)):
        lift(m[i], m[i - 1], 0.5)
    ~lift(m[0], m[2], 0.25 * out)
    for i in range(len(m)):
        out += m[i, i] * m[0, i]
""", (M, 0.3), "out"),
    Case("elements written by calls", """
def mix(a, b, th):
    a += sin(th) * b
    b -= th * a

def shuffle(x, out):
    for i in range(len(x) - 1):
        mix(x[i], x[i + 1], out)
        out += 0.1 * x[i]
    ~mix(x[0], out, x[1])
""", (X, 0.3), "out"),
    Case("keyword constants", """
def poly(out, x, *, degree, scale=0.5):
    p = 1.0
    for k in range(degree):
        p *= x
        out += scale * p

def constants(out, x, *, n, wide=True, shift=2):
    poly(out, x, degree=n)
    poly(out, x + shift, degree=2 * n + 1, scale=1.5)
    if wide:
        ~poly(out, 0.5 * x, degree=shift)
""", (0.0, 0.7), consts={"n": 2}),
    Case("host constants and arrays", """
def weigh(out, x):
    for i in range(len(x)):
        out += WEIGHTS[i] * x[i] ** ORDER

def captured(out, x):
    weigh(out, x)
    out *= math.pi
    s = 0.0
    for i in range(len(WEIGHTS)):
        s += WEIGHTS[i] * math.cos(x[i])
    out += G * s * s
""", (0.2, [0.4, 1.2, 0.9]), names={"WEIGHTS": np.array([0.5, 1.5, -0.7]), "ORDER": 3, "G": 6.7, "math": math}),
]

# ---- arrays --------------------------------------------------------------------------------------------------
ARRAYS = [
    Case("an array filled and used", """
def squares(out, x):
    a = zeros(len(x))
    for i in range(len(x)):
        a[i] += x[i] * x[i]
    for i in range(len(x)):
        for j in range(len(x)):
            out += a[i] * sin(a[j])
""", (0.0, X)),
    Case("arrays made in loops", """
def triangles(out, x):
    for i in range(len(x)):
        a = zeros(i + 1)
        b = zeros((i + 1, 2))
        for j in range(i + 1):
            a[j] += x[i] * x[j]
            b[j, 1] += a[j] * x[j]
        for j in range(i + 1):
            out += a[j] * b[i - j, 1]
""", (0.0, X)),
    Case("copies of arrays", """
def copies(out, x, m):
    t = x
    u = copy(m[1])
    z = zeros_like(m)
    for i in range(len(x) - 1):
        t[i] += x[i + 1]
    for i in range(len(u)):
        u[i] *= 2.0
        z[i, 0] += u[i] * t[i]
        out += z[i, 0]
    t[0], t[2], t[4] = t[2], t[4], t[0]
    for i in range(len(t)):
        out += t[i] * (i + 1)
""", (0.0, X, M)),
    Case("arrays released in another order than made", """
def crossing(out, x):
    a = zeros(3)
    b = zeros((len(x), 2))
    for i in range(len(x)):
        b[i, 1] += 2.0 * x[i]
    a[1] += x[0]
    out += a[1] * b[2, 1]
    a[1] -= x[0]
    del a
    c = zeros(4)
    c[3] += x[1]
    out += c[3] * b[1, 1]
    for i in range(len(x)):
        b[i, 1] -= 2.0 * x[i]
    del b
    d = zeros(7)
    d[6] += c[3] * x[2]
    out += sin(d[6])
    d[6] -= c[3] * x[2]
    c[3] -= x[1]
    del c
    del d
""", (0.4, X)),
    Case("permutations", """
def permuted(out, a, b, c, x):
    a, b, c = c, a, b
    x[0], x[1], x[2] = x[2], x[0], x[1]
    for i in range(len(x) // 2):
        x[i], x[len(x) - 1 - i] = x[len(x) - 1 - i], x[i]
    x[3], a = a, x[3]
    out += a * b ** 2 + c * x[0] - x[1] * x[3]
""", (0.0, 0.3, 0.9, 1.4, X)),
    Case("whole arrays exchanged", """
def ping_pong(out, u, v):
    for t in range(3):
        for i in range(1, len(u) - 1):
            v[i] += 0.3 * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        u, v = v, u
    for i in range(len(u)):
        out += u[i] * v[i]
""", (0.0, X, Y)),
    Case("rows exchanged", """
def pivot(out, m, k):
    m[0], m[k] = m[k], m[0]
    for j in range(m.shape[1]):
        out += m[0, j] * m[1, j]
    m[1], m[0] = m[0], m[1]
    out += m[0, 0]
""", (0.0, M, 2)),
    Case("matrix product", """
def matmul(out, c, a, b):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
            out += c[i, j] ** 2
""", (0.0, np.zeros((3, 2)), M, M[:, :2])),
    Case("lu in place", """
def lu(a, out):
    n = len(a)
    for k in range(n):
        out += log(abs(a[k, k]))
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
""", (M, 0.0), "out"),
    Case("forward substitution", """
def solve(x, m, out):
    for i in range(len(x)):
        for j in range(i):
            x[i] -= m[i, j] * x[j]
        x[i] /= m[i, i]
    for v in x:
        out += v * v
""", ([0.5, 1.0, -0.3], M, 0.0), "out"),
    Case("three axes", """
def blur(out, box):
    for i in range(box.shape[0]):
        for j in range(box.shape[1]):
            for k in range(1, box.shape[2]):
                box[i, j, k] += 0.5 * box[i, j, k - 1]
                out += box[i, j, k] * box[0, j, 0] if i > 0 else sin(box[i, j, k])
""", (0.0, CUBE)),
    Case("slices of a box handed to calls", """
def total(out, m):
    for i in range(len(m)):
        for j in range(len(m[0])):
            out += m[i, j] ** 2

def slices(out, box):
    for i in range(len(box)):
        total(out, box[i])
        t = copy(box[i, 1])
        for j in range(len(t)):
            t[j] *= 3.0
            out += t[j]
""", (0.0, CUBE)),
    Case("guarded indices", """
def neighbours(out, x):
    for i in range(len(x)):
        left = x[i - 1] if i > 0 else 0.0
        right = x[i + 1] if i + 1 < len(x) else 0.0
        if i > 0 and x[i - 1] > 0.0 or i + 1 == len(x):
            out += left * right
        out += (left - right) * x[i]
""", (0.0, X)),
    Case("scan in place", """
def scan(x, out):
    for i in range(1, len(x)):
        x[i] += 0.5 * x[i - 1]
    for i in reversed(range(len(x))):
        out += x[i] * (i + 1)
""", (X, 0.0), "out"),
    Case("haar wavelet", """
def haar(x, out):
    for i in range(0, len(x), 2):
        x[i + 1] -= x[i]
        x[i] += 0.5 * x[i + 1]
    for i in range(0, len(x), 2):
        out += x[i] ** 3 - x[i + 1]
""", ([0.7, -1.3, 2.1, 0.4], 0.0), "out"),
    Case("sorting with a record", """
def bubble(x, out, swapped):
    for i in range(len(x) - 1):
        for j in range(len(x) - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
                swapped[i, j] ^= True
            fi(swapped[i, j])
    for k in range(len(x)):
        out += (k + 1) * x[k] ** 2
""", (X, 0.0, np.zeros((5, 5), bool)), "out"),
]

# ---- the kind of thing that people compute -------------------------------------------------------------------
SCIENCE = [
    Case("leapfrog", """
def leapfrog(q, p, energy, dt):
    a = -q * q * q
    p += 0.5 * dt * a
    for k in range(5):
        q += dt * p
        b = -q * q * q
        p += dt * b
    energy += p * p / 2.0 + q ** 4 / 4.0
""", (0.8, 0.3, 0.0, 0.1), "energy"),
    Case("leapfrog of many bodies", """
def force(acc, q):
    for i in range(len(q)):
        for j in range(len(q)):
            if i != j:
                r = q[i] - q[j]
                acc[i] -= r / (r * r + 0.1)

def leapfrog(q, p, energy, dt, *, steps=4):
    for k in range(steps):
        acc = zeros(len(q))
        force(acc, q)
        for i in range(len(q)):
            p[i] += dt * acc[i]
        for i in range(len(q)):
            q[i] += dt * p[i]
    for i in range(len(q)):
        energy += p[i] * p[i] * q[i]
""", (X, Y, 0.0, 0.1), "energy"),
    Case("runge and kutta", """
def pendulum(th, w, out, h):
    for k in range(3):
        with compute() as slopes:
            k1 = w
            l1 = -sin(th)
            k2 = w + 0.5 * h * l1
            l2 = -sin(th + 0.5 * h * k1)
            k3 = w + 0.5 * h * l2
            l3 = -sin(th + 0.5 * h * k2)
        out += h * (k1 + 2.0 * k2 + k3) / 4.0
        out += h * (l1 + 2.0 * l2 + l3) / 4.0
        uncompute(slopes)
        w -= h * sin(th)
        th += h * w
""", (0.8, 0.1, 0.0, 0.2), "out"),
    Case("log of a sum of exponentials", """
def logsumexp(out, x):
    m = zeros(len(x))
    m[0] += x[0]
    for i in range(1, len(x)):
        m[i] += max(m[i - 1], x[i])
    s = 0.0
    for v in x:
        s += exp(v - m[len(x) - 1])
    out += log(s) + m[len(x) - 1]
""", (0.0, X)),
    Case("cross entropy", """
def cross_entropy(loss, w, b, x, label):
    z = zeros(len(b))
    for i in range(len(b)):
        z[i] += b[i]
        for j in range(len(x)):
            z[i] += w[i, j] * x[j]
    s = 0.0
    for i in range(len(b)):
        s += exp(z[i])
    loss += log(s) - z[label]
""", (0.0, M, Y[:3], X[:3], 1)),
    Case("a small network", """
def layer(y, w, x):
    for i in range(len(y)):
        t = 0.0
        for j in range(len(x)):
            t += w[i, j] * x[j]
        y[i] += tanh(t)

def network(loss, w1, w2, x):
    h = zeros(w1.shape[0])
    y = zeros(w2.shape[0])
    layer(h, w1, x)
    layer(y, w2, h)
    for i in range(len(y)):
        loss += (y[i] - 0.5) ** 2
""", (0.0, M, 0.7 * M, Y[:3])),
    Case("newton's iteration, all iterates kept", """
def newton(out, a):
    x = zeros(6)
    x[0] += 1.0
    for k in range(5):
        x[k + 1] += 0.5 * (x[k] + a / x[k])
    out += x[5]
""", (0.0, 2.7)),
    Case("chebyshev", """
def chebyshev(out, x, c):
    t = zeros(len(c))
    t[0] += 1.0
    t[1] += x
    for k in range(2, len(c)):
        t[k] += 2.0 * x * t[k - 1] - t[k - 2]
    for k in range(len(c)):
        out += c[k] * t[k]
""", (0.0, 0.3, Y)),
    Case("scaled in place", """
def scaled(y, x, z):
    y *= x
    y /= 1.0 + z * z
    for i in range(3):
        y *= exp(0.1 * i * x)
        z /= 2.0 + i
        y += z
        y *= -1.5
""", (1.2, 0.7, 0.4)),
]

# ---- elementary functions ------------------------------------------------------------------------------------
FUNCTIONS = [
    Case("powers and logarithms", """
def powers(out, x, y):
    out += exp(x) - exp2(y) + expm1(x * y)
    out += log(y) + log1p(x) + log2(x) * log10(y)
    out += sqrt(x) * cbrt(y) + x ** y + y ** 3 + abs2(x) + pow(y, 2.5)
""", (0.0, 0.7, 1.4)),
    Case("circles", """
def circles(out, x, y):
    out += sin(x) * cos(y) - tan(x)
    out += asin(x) + acos(0.5 * x) * atan(y)
    out += atan2(x, y) * hypot(x, y)
""", (0.0, 0.7, 1.4)),
    Case("hyperbolas", """
def hyperbolas(out, x, y):
    out += sinh(x) * cosh(y) - tanh(x * y)
    out += asinh(x) + acosh(y) * atanh(x)
""", (0.0, 0.7, 1.4)),
    Case("special functions", """
def special(out, x, y):
    out += erf(x) * erfc(y) + lgamma(x) - digamma(y)
    out += logistic(x) * logaddexp(x, y)
    out += np.arctan(x) + minimum(x, y) * maximum(x, 0.1)
""", (0.0, 0.7, 1.4)),
    Case("corners and steps", """
def steps(out, x):
    for v in x:
        out += abs(v) * sign(v) + min(v, 1.0, 1.5) - max(v, 0.0)
        out += floor(v) * v - ceil(v) + v // 0.75 + v % 0.75
        out += v if 0.0 < v <= 2.0 and not v == 1.0 else -v * v
""", (0.0, X)),
]

# ---- whole numbers -------------------------------------------------------------------------------------------
WHOLE = [
    Case("collatz", """
def collatz(steps, n):
    m = n
    k = 0
    while m != 1:
        if m % 2 == 0:
            m //= 2
        else:
            m *= 3
            m += 1
        k += 1
    steps += k
""", (0, 27), laws=(KEEPER,)),
    Case("square root of a whole number", """
def isqrt(r, n):
    came_from(r == 0)
    while (r + 1) * (r + 1) <= n:
        r += 1
""", (0, 200), laws=()),
    Case("greatest common divisor", """
def gcd(out, a, b):
    u = a
    v = b
    while u != v:
        if u > v:
            u -= v
        else:
            v -= u
    out += u
""", (0, 84, 36), laws=(KEEPER,)),
    Case("factors", """
def factors(n, k, out):
    n *= k
    n *= -3
    out += n
    n //= k
    for i in range(1, 5):
        n *= i
        out += n % 7
    n //= 6
""", (5, 4, 0), laws=()),
    Case("feistel", """
def feistel(a, b, key):
    for k in range(8):
        a += ((b << 4) ^ (b >> 5)) + b ^ key[k % len(key)]
        b ^= (a << 3) + key[0] + k
        a, b = b, a
""", (np.uint32(0xDEADBEEF), np.uint32(12345), np.array([7, 0x9E3779B9, 3], np.uint32)), laws=()),
    Case("numbers that wrap around", """
def wraps(a, b, c, d, x):
    for k in range(40):
        a += 7 * b
        b -= uint8(c)
        c += 100
        d += 2000000000
        x[k % len(x)] += 99
        x[0] ^= x[1] & 15
    a -= 200
""", (np.uint8(250), np.uint8(3), np.int8(100), np.int32(5), np.array([250, 1, 2], np.uint8)), laws=()),
    Case("bits", """
def bits(n, out, flags):
    for k in range(6):
        flags[k] ^= n >> k & 1 == 1
        out ^= (n << k) | ~k & 0xFF
        if flags[k] or k == 2:
            out += k
    for k in range(1, 6):
        flags[k] ^= flags[k - 1] and not n < 0
    out -= min(n, 3) * max(n % 5, 2) + abs(-n) // 3
""", (45, 9, np.zeros(6, bool)), laws=()),
    Case("an inverse permutation", """
def invert(q, p):
    for i in range(len(p)):
        q[p[i]] += i
    for i in range(len(p)):
        assert p[q[i]] == i
""", (np.zeros(5, np.int64), np.array([2, 0, 4, 1, 3])), laws=()),
    Case("histogram", """
def histogram(bins, most, x):
    for v in x:
        bins[v % len(bins)] += 1
    t = zeros(len(bins), int64)
    for i in range(len(bins)):
        t[i] += max(bins[i], t[i - 1] if i > 0 else 0)
    most += t[len(bins) - 1]
""", (np.zeros(4, np.int32), 0, np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3])), laws=()),
    Case("pascal's triangle", """
def pascal(c):
    c[0] += 1
    for n in range(1, len(c)):
        for k in reversed(range(1, n + 1)):
            c[k] += c[k - 1]
""", (np.zeros(8, np.int64),), laws=()),
    Case("sieve", """
def sieve(hits, primes):
    for i in range(2, len(hits)):
        if hits[i] == 0:
            primes += 1
            for j in range(i * i, len(hits), i):
                hits[j] += 1
        fi(hits[i] == 0)
""", (np.zeros(50, np.int16), 0), laws=()),
    Case("a reversible automaton", """
def automaton(now, before):
    for t in range(9):
        for i in range(len(now)):
            left = now[i - 1] if i > 0 else now[len(now) - 1]
            right = now[i + 1] if i + 1 < len(now) else now[0]
            before[i] ^= left != (now[i] or right)
        now, before = before, now
""", (np.arange(12) == 6, np.zeros(12, bool)), laws=()),
    Case("a division by hand", """
def divide(n, d, q):
    came_from(q == 0)
    while n >= d:
        n -= d
        q += 1
""", (103, 7, 0), laws=()),
    Case("released whole numbers", """
def mangle(a, b, n):
    for k in range(n):
        t = a * 7 + k
        b += t % 5
        a ^= 0
        del t
        a += b * 3
        if a % 2 == 0:
            b += 1
        a, b = b, a
""", (5, 11, 6), laws=()),
]

# ---- widths --------------------------------------------------------------------------------------------------
WIDTHS = [
    Case("norm in single precision", """
def norm(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i]
    out += sqrt(s)
""", (np.float32(0.0), np.array(X, np.float32))),
    Case("arrays in single precision", """
def smooth(x, out, w):
    t = zeros(len(x))
    for i in range(1, len(x) - 1):
        t[i] += w * (x[i - 1] + x[i + 1])
    for i in range(len(x)):
        out += sin(t[i]) * x[i] / (1.0 + t[i] * t[i])
""", (np.array(X, np.float32), np.float32(0.1), np.float32(0.4)), "out"),
    Case("leapfrog in single precision", """
def leapfrog(q, p, dt):
    for k in range(10):
        q += dt * p
        p -= dt * tanh(q)
""", (np.float32(0.8), np.float32(0.3), 0.1), 1),
    Case("casts", """
def casts(out, n, x, y):
    n += int(2.5 * y)
    out += x + float32(0.5) * float(n)
    k = int32(n) + int32(3)
    for i in range(int(y)):
        out += y * float64(k - i)
""", (0.0, 3, np.float32(0.6), 2.75), wrt="y"),
]

CASES = [*LOCALS, *BLOCKS, *CONTROL, *CALLS, *ARRAYS, *SCIENCE, *FUNCTIONS, *WHOLE, *WIDTHS]
ZOO: dict[str, Case] = {c.name: c for c in CASES}
