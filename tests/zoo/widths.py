"""Widths."""

from __future__ import annotations

import numpy as np

from .case import Case, X

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
    Case("single beside double", """
def mixed(out, x, w):
    for i in range(len(x)):
        t = w * x[i]
        out += t * x[i] + x[i] * x[i]
""", (0.0, np.array(X, np.float32), 0.4)),
    Case("casts", """
def casts(out, n, x, y):
    n += int(2.5 * y)
    out += x + float32(0.5) * float(n)
    k = int32(n) + int32(3)
    for i in range(int(y)):
        out += y * float64(k - i)
""", (0.0, 3, np.float32(0.6), 2.75), wrt="y"),
]
