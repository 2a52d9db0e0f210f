"""Compute parts by hand, inversion, observers."""

from __future__ import annotations

from .case import Case, X

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
