"""Locals that clean up after themselves."""

from __future__ import annotations

from .case import Case, X, Y

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
    Case("released by hand while another local is held", """
def overlapping(out, x, y):
    t = x * x
    s = y * y
    out += s * t
    free(t, x * x)
    out += sin(x) * s
    u = x + 1.0
    v = exp(-y)
    out += u * v
    y += 0.5
    out += u * y
    del u
""", (0.0, 0.7, 1.3)),
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
