"""Fixed-point and logarithmic numbers."""

from __future__ import annotations

import numpy as np

from revbench import Fixed43, ULog, fixed

from .case import GRADIENT, KEEPER, Case, X, Y

Fixed50 = fixed(50)

NUMBERS = [
    Case("leapfrog in fixed point", """
def leapfrog(out, q, p, dt):
    for k in range(6):
        for i in range(len(q)):
            q[i] += dt * p[i]
        for i in range(len(q)):
            p[i] -= dt * sin(q[i])
            if i > 0:
                p[i] -= 0.25 * dt * (q[i] - q[i - 1])
                p[i - 1] += 0.25 * dt * (q[i] - q[i - 1])
    for i in range(len(q)):
        out += 0.5 * p[i] * p[i] - cos(q[i])
""", (0.0, Fixed43(X), Fixed43(Y), 0.1)),
    Case("sigma-delta modulator", """
def modulator(y, x, gain):
    e = Fixed43(0.0)
    for i in range(len(x)):
        e += gain * x[i]
        if e > 0.5:
            e -= 1.0
        elif e < -0.5:
            e += 1.0
        for k in range(2):
            y += e * e / (k + 1)
""", (0.0, X, 0.7), laws=(GRADIENT, KEEPER)),
    Case("a binomial coefficient by logarithms", """
def binomial(y, c, n, k, p):
    t = ULog(1.0)
    for j in range(1, k + 1):
        t *= n - k + j
        t /= j
    c *= t * t ** 2
    y += log(t) * p + t * p ** k * (1.0 - p) ** (n - k) + p * log(c)
""", (0.0, ULog(1.5), 12, 5, 0.3), wrt=("c", "p")),
    Case("a Bessel function by its series", """
def bessel(out, z, nu, terms):
    half = ULog(0.5 * z)
    t = ULog(1.0)
    for k in range(1, nu + 1):
        t *= half
        t /= k
    out += t
    for k in range(1, terms):
        t *= half * half
        t /= k * (k + nu)
        if k % 2 == 0:
            out += t
        else:
            out -= t
""", (0.0, 1.7, 2, 14)),
    Case("wave equation in fixed point", """
def wave(out, u, v, c):
    n = len(u)
    for t in range(7):
        for i in range(n):
            right = u[i + 1] if i + 1 < n else 0.0
            left = u[i - 1] if i > 0 else 0.0
            v[i] += c * (left - 2.0 * u[i] + right)
        for i in range(n):
            u[i] += v[i]
    u, v = v, u
    for i in range(n):
        out += u[i] * v[i] * (i + 1)
""", (0.0, Fixed50([0.0, 0.5, 1.0, 0.5, 0.0, -0.25]), Fixed50(np.zeros(6)), 0.3)),
    Case("arrays of three kinds", """
def kick(p, q, w):
    p += w * q


def mixed(out, grid, weights, x):
    total = zeros(len(x), Fixed43)
    for i in range(grid.shape[0]):
        for j in range(grid.shape[1]):
            kick(grid[i, j], x[j], 0.5)
    for i in range(grid.shape[0]):
        for j in range(grid.shape[1]):
            total[j] += grid[i, j]
        weights[i] *= 1.0 + x[i] ** 2
        if i > 0:
            weights[i] /= weights[i - 1]
    last = total[2]
    for j in range(len(x)):
        out += total[j] * last * x[j] * weights[j % 2]
""", (0.0, Fixed43([[0.5, -1.0, 0.25], [1.5, 0.75, -0.5]]), ULog([0.8, 1.3]), X[:3])),
    Case("a coupled logistic map in fixed point", """
def map_pair(out, a, b, r, a0):
    for k in range(9):
        if b > 0.3:
            a += r * b * (1.0 - b)
        else:
            a -= r * (b - a0)
        a, b = b, a
    out += a * b
""", (0.0, Fixed43(0.1), Fixed43(0.15), 0.5, 0.2)),
    Case("a product by recursion", """
def product(u, x, i, n):
    if i < n:
        u *= x[i]
        product(u, x, i + 1, n)
        if i % 2 == 1:
            u /= x[0]


def mean(out, u, x):
    product(u, x, 1, len(x))
    t = u
    product(t, x, 0, len(x))
    out += t / (1.0 + u)
    out += exp(log(t) / len(x))
""", (0.0, ULog(1.2), [0.7, 1.3, 2.1, 0.4, 1.9])),
    Case("what is kept of exact numbers", """
def exact(y, start, x, u):
    s = Fixed43(start)
    t = zeros(len(x), Fixed43)
    t += x
    p = ULog(u)
    for i in range(3):
        new = copy(t)
        for k in range(len(x)):
            new[k] += 0.25 * t[k] * t[k] * s
        t = keep(new)
        s = keep(Fixed43(0.5 * s + 1 / (1 + s * s)))
        p = keep(ULog(p * p + s))
    y += s + log(p) + t[0] * t[1]
""", (0.5, 1.25, [0.5, -0.75], 1.5), laws=(GRADIENT, KEEPER)),
    Case("fixed-point numbers negated", """
def negated(out, p, q):
    p = -p
    p += sin(q)
    with view(-q) as u:
        out += u * u * p
        u += p
    p, q = q, p
    out += q * p ** 2
""", (0.1, Fixed43(0.5), Fixed43(-0.7))),
    Case("fixed-point vectors and a matrix", """
def product(out, p, m, v):
    p += m @ v
    v += m.T @ p
    out += p @ v + dot(p, m[0])
""", (0.1, Fixed43([0.5, -0.25]), np.array([[0.7, -0.3], [0.2, 1.1]]), [0.4, 1.3])),
]
