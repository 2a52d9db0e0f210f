"""Branches and loops that need another end."""

from __future__ import annotations

from .case import GRADIENT, KEEPER, Case, M, X

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
