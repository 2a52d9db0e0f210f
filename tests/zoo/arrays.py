"""Arrays."""

from __future__ import annotations

import numpy as np

from .case import CUBE, Case, M, X, Y

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
