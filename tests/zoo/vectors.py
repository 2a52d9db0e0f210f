"""Whole arrays: slices, broadcasting, reductions, products of matrices, and loops over elements."""

from __future__ import annotations

import numpy as np

from .case import CUBE, GRADIENT, KEEPER, Case, M, X, Y

W = np.array([[0.3, -0.8, 0.5, 1.1, -0.2], [0.7, 0.4, -0.9, 0.1, 0.6], [-0.5, 0.2, 0.8, -0.3, 0.9]])
V = [0.4, -0.7, 1.2]

VECTORS = [
    Case("saxpy on whole arrays", """
def saxpy(out, y, x, a):
    y += a * x
    y -= sin(x) * 2 + 0.5
    y *= exp(x)
    y /= 2.0
    for v in y:
        out += v * v
""", (0.0, Y, X, 1.3)),
    Case("whole arrays in float32", """
def single(out, y, x, a):
    t = x * a
    s = zeros_like(x)
    s += t * x
    y += s - mean(t)
    out += sum(y * y) + max(y)
""", (np.float32(0.0), np.array(Y, np.float32), np.array(X, np.float32), np.float32(1.3))),
    Case("heat equation by slices", """
def heat(out, u, v, dt):
    n = len(u)
    for k in range(3):
        v[1:n - 1] += dt * (u[:n - 2] - 2.0 * u[1:n - 1] + u[2:])
        u, v = v, u
    out += sum(u * u)
""", (0.0, X, Y, 0.2)),
    Case("even and odd elements in turn", """
def leaps(out, x):
    n = len(x)
    for k in range(3):
        x[1::2] += 0.5 * sin(x[:n - 1:2]) * (k + 1)
        x[2::2] -= x[1:n - 1:2] * x[1:n - 1:2]
    x[:2], x[3:] = x[3:], x[:2]
    out += sum(x[::-1] * x)
""", (0.0, X)),
    Case("rows and columns", """
def rows(out, m, v):
    m[0] += 2.0 * v
    m[:, 1] *= 3.0
    m[1:, 0] -= m[1:, 2] * v[0]
    m[2, ::2] += v[:2]
    for row in m:
        out += sum(row) * row[0] + max(row)
    for i, column in enumerate(m[0]):
        out += column * i
""", (0.0, M, V)),
    Case("a vector added to every row", """
def broadcast(out, box, m, v, a):
    m += a * v
    box[:, :, 1:] += v if a > 0.0 else a
    box *= a
    t = m * v - m.T
    out += sum(t * t) + norm(box) + sum(box[1] * box[0])
""", (0.0, CUBE, M, V, 0.7)),
    Case("elements chosen one by one", """
def relu(out, y, x):
    y += x if x > 0.0 else 0.1 * x
    y += max(x, 0.5) * min(x, 1.0)
    out += sum(abs(y))
""", (0.0, Y, X)),
    Case("sums, means and norms", """
def statistics(out, x, y):
    n = len(x)
    m = mean(x)
    s = sum((x - m) ** 2) / (n - 1)
    out += sqrt(s) + dot(x, y) / (norm(x) * norm(y)) + sum(x[1:4]) * prod(y)
""", (0.0, X, Y)),
    Case("a product with zeros among its factors", """
def zeros_in_products(out, x, y, m):
    out += prod(x) * 3.0 + prod(y) + prod(m[1:] + x[:3])
""", (0.0, [0.7, 0.0, 2.0, 0.4], [0.7, 0.0, 2.0, 0.0], M)),
    Case("the largest and the smallest", """
def extremes(out, x, m):
    out += max(x) * min(x[1:]) + max(m) - min(m[1]) + max(sin(x) * x)
    k = argmax(x)
    j = argmin(m)
    out += x[k] * x[argmin(x)] * (j + 1)
""", (0.0, X, M)),
    Case("the largest of columns, steps and blocks", """
def pivots(out, m, x):
    for j in range(1, len(x) - 2):
        k = argmax(m[:, j])
        out += m[k, j] * max(x[j:]) * (argmin(m[k, ::2]) + 1)
    out += max(m[1:]) * min(x[::-2]) + max(m[:2, 1:]) + argmin(x[:4]) * x[argmax(m[1:]) // 3]
""", (0.0, M, X)),
    Case("softmax", """
def cross_entropy(out, m, labels):
    for i, label in enumerate(labels):
        out += logsumexp(m[i]) - m[i, label]
    out += logsumexp(m * 300.0) / 300.0
""", (0.0, M, np.array([2, 0, 1])), 0, "m"),
    Case("any and all", """
def tests(count, x, n):
    if any(x > 2.0):
        count += 1
    if all(x > 2.0) or sum(n) > 5:
        count += 10
    for i in range(max(n), max(n) + len(n) - argmin(n)):
        count += i
    count += argmax(n)
""", (0, X, np.array([1, 4, 3])), laws=()),
    Case("a loop until the norm is small", """
def relaxation(out, x):
    t = copy(x)
    k = 0
    while norm(t) > 0.5:
        t *= 0.5
        k += 1
    out += sum(t) * k + k
""", (0.0, X), laws=(GRADIENT, KEEPER)),
    Case("a branch on a sum", """
def branches(y, x, out):
    if sum(y) > 0.5 * sum(x):
        y += x * x
    else:
        y -= x * x
    fi(sum(y) > 0.5 * sum(x))
    out += sum(y * x) if max(x) > 1.0 else prod(y)
""", (Y, X, 0.0), "out"),
    Case("a network of two layers", """
def network(loss, w, b, v, x, target):
    h = tanh(w @ x + b)
    e = v @ h - target
    loss += dot(e, e) / len(e)
""", (0.0, W, V, M, X, [0.3, 0.1, -0.4])),
    Case("products of matrices", """
def products(out, c, a, b, x):
    c += a @ b
    c -= b.T @ a[:, :3]
    t = x @ a
    t -= a.T @ x
    t += (a + b.T) @ x
    out += sum(c * c) + t @ x
    x += c[1] * 0.1
    out += norm(x)
""", (0.0, np.zeros((3, 3)), M, M + 0.3, V)),
    Case("a product of whole numbers", """
def counted(c, a, b, n):
    c += a @ b
    c -= (a @ b) // 2
    n += sum(c) + prod(b[0]) - dot(a[0], a[1])
""", (np.zeros((2, 2), int), np.array([[1, 2, 3], [4, 5, 6]]), np.array([[1, -2], [3, 5], [7, 1]]), 0), laws=()),
    Case("ldu with slices", """
def ldu(a, out):
    n = len(a)
    for k in range(n):
        out += log(abs(a[k, k]))
        a[k + 1:, k] /= a[k, k]
        for i in range(k + 1, n):
            a[i, k + 1:] -= a[i, k] * a[k, k + 1:]
        a[k, k + 1:] /= a[k, k]
""", (M, 0.0), "out"),
    Case("arrays that begin at a value", """
def filled(out, x, a):
    t = ones(len(x))
    u = full((2, len(x)), a)
    v = ones_like(u)
    w = full_like(x, a * a)
    t += x * a
    u[0] *= x
    v += u * t
    out += sum(v * w) + sum(t)
""", (0.0, X, 0.7)),
    Case("each and its inverse", """
def rotate(x, y, angle):
    x += angle * y
    y -= sin(angle) * x

def turned(out, x, y):
    each(rotate)(x, y, 0.3)
    each(rotate)(x[1:], y[:4], y[4])
    ~each(rotate)(x, y, 0.1)
    out += dot(x, y)
""", (0.0, X, Y)),
    Case("slices handed to kernels", """
def shifted(y, x):
    for i in range(len(y)):
        y[i] += x[i] * x[i]

def parts(out, x, m):
    shifted(x[:2], x[3:])
    shifted(m[:, 0], m[:, 1])
    ~shifted(m[1, 1:], x[:2])
    shifted(x[::2], m[0] * 0.5)
    out += sum(x) * sum(m)
""", (0.0, X, M)),
    Case("pairs of elements", """
def pairs(out, x, y, k):
    for i, v in enumerate(x):
        out += v * v * i
    for a, b in zip(x, y[1:]):
        out += a * b
    for i, (a, b) in enumerate(zip(y, x), 1):
        k += i
        out += a * b ** i
    for v in reversed(x[::2]):
        out *= 0.5
        out += v
""", (0.2, X, Y, 0)),
    Case("a loop in parallel", """
def parallel(out, y, x):
    for i in prange(len(x)):
        t = x[i] * x[0]
        for j in range(3):
            t += sin(x[j]) * 0.5
        y[i] += t * x[2]
    for i in prange(len(x) // 2):
        y[2 * i + 1] += y[2 * i] ** 2
    out += sum(y * y)
""", (0.0, Y, X)),
    Case("sums of a loop in parallel", """
def parallel_sums(out, h, n, x, k):
    s = 0.0
    for i in prange(len(x)):
        t = x[i] ** 2 + x[0]
        s += t
        h[k[i]] -= sin(t)
        n += k[i]
    out += s * x[1] + sum(h)
""", (0.2, [0.3, -0.4, 0.5], 1, X, [0, 2, 1, 2, 0])),
    Case("gathered by the largest", """
def gather(out, m, v):
    for row in m:
        k = argmax(row)
        out += v[k] * row[k] ** 2
        v[k] += sum(row)
""", (0.0, M, V)),
    Case("whole arrays of whole numbers", """
def whole_arrays(n, k, b):
    n += k[::-1] * 3
    n ^= k << 2
    k[1:] *= 5
    b ^= n > k
    k //= 1
    n[0] += int32(sum(b))
""", (np.array([5, 7, 9], np.int32), np.array([1, 2, 3], np.int32), np.array([True, False, True])), laws=()),
]
