"""Widths."""

from __future__ import annotations

import numpy as np

from .case import GRADIENT, KEEPER, Case, X

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
    Case("a hash in 64 bits", """
def fnv(h, data):
    for i in range(len(data)):
        h ^= data[i]
        h *= 0x100000001b3
    h -= 0xcbf29ce484222325
""", (np.uint64(0xcbf29ce484222325), np.array([3, 250, 17, 99], np.uint8)), laws=()),
    Case("words of 64 bits", """
def words(out, n, y, u, v):
    t = zeros(len(u), uint64)
    for i in range(len(u)):
        t[i] += u[i] // v + (u[i] >> 5) ^ (u[i] << 9)
        if u[i] % v > 100 or u[i] < v:
            n += i + 1
        if max(u[i], v) >= 0x8000000000000000:
            n += 100
    for i in range(len(u)):
        out[i] += ~t[i] - v ** 3
        y += float64(u[i]) * 1e-19 + sqrt(v) * 1e-9 + u[i] / v
    n += int64(v >> 60)
""", (np.zeros(3, np.uint64), 0, 0.5, np.array([5, 2**64 - 7, 2**63 + 11], np.uint64), np.uint64(2**63 + 5)), laws=()),
    Case("odd factors of unsigned numbers", """
def scramble(a, b, c, d, k):
    for i in range(6):
        a *= 2 * i + 3
        b *= 2 * k + 1
        c *= 0x9E3779B1
        with inverse():
            d *= 2 * k + 5
        a += uint8(b)
        c ^= a
""", (np.uint8(77), np.uint16(5000), np.uint32(3), np.uint64(2**63 + 3), 20), laws=()),
    Case("floats on the keeper stack", """
def kept(y, x):
    for i in range(len(x)):
        s = x[i] * 1.5
        t = sin(s)
        stash(t)
        y += s * s
        unstash(t)
        free(t, sin(s))
""", (0.5, X)),
    Case("a square root by Newton's steps", """
def newton(y, x):
    for k in range(len(x)):
        s = 1.0
        for i in range(6):
            s = keep(0.5 * (s + x[k] * x[k] / s))
        y += s * x[k]
""", (0.5, X), laws=(GRADIENT, KEEPER)),
]
