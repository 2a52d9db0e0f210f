"""Linear algebra, polynomials, transforms."""

from __future__ import annotations

import numpy as np

from .case import KEEPER, Case, M, X, Y

SPD = M @ M.T + 0.5 * np.eye(3)

ALGEBRA = [
    Case("a product of three factors in place", """
def ldu(a, out):
    n = len(a)
    for k in reversed(range(n)):
        for i in range(k + 1, n):
            for j in range(k + 1, n):
                a[i, j] += a[i, k] * a[k, k] * a[k, j]
        for i in range(k + 1, n):
            a[i, k] *= a[k, k]
            a[k, i] *= a[k, k]
    for i in range(n):
        out += a[i, i] * a[i, 0]
""", (M, 0.0), "out"),
    Case("givens rotations", """
def rotate(a, b, angle):
    a += tan(0.5 * angle) * b
    b -= sin(angle) * a
    a += tan(0.5 * angle) * b

def givens(m, angles, out):
    for j in range(m.shape[1]):
        for i in range(j + 1, len(m)):
            angles[i, j] += atan2(m[i, j], m[j, j])
            for k in range(m.shape[1]):
                rotate(m[j, k], m[i, k], angles[i, j])
    for j in range(len(m)):
        out += log(abs(m[j, j])) + m[j, 2] ** 2
""", (M, np.zeros((3, 3)), 0.0), "out", "m"),
    Case("cholesky", """
def cholesky(out, a):
    n = len(a)
    l = zeros((n, n))
    s = a
    for j in range(n):
        for i in range(j, n):
            for k in range(j):
                s[i, j] -= l[i, k] * l[j, k]
        l[j, j] += sqrt(s[j, j])
        for i in range(j + 1, n):
            l[i, j] += s[i, j] / l[j, j]
    for i in range(n):
        out += log(l[i, i]) * (i + 1)
""", (0.0, SPD)),
    Case("a tridiagonal system", """
def thomas(out, x, low, diagonal, high):
    n = len(x)
    c = zeros(n)
    d = zeros(n)
    for i in range(n):
        if i == 0:
            c[0] += high[0] / diagonal[0]
            d[0] += x[0] / diagonal[0]
        else:
            c[i] += high[i] / (diagonal[i] - low[i] * c[i - 1])
            d[i] += (x[i] - low[i] * d[i - 1]) / (diagonal[i] - low[i] * c[i - 1])
    for i in reversed(range(n)):
        d[i] -= c[i] * d[i + 1] if i < n - 1 else 0.0
        out += d[i] * (i + 1)
""", (0.0, X, Y, [3.0, 4.0, 3.5, 4.5, 5.0], [1.0, 0.5, -0.6, 0.4, 0.0])),
    Case("powers of a matrix", """
def dominant(out, a, *, steps=5):
    n = len(a)
    v = zeros((steps + 1, n))
    w = zeros((steps, n))
    s = zeros(steps)
    v[0, 0] += 1.0
    for t in range(steps):
        for i in range(n):
            for j in range(n):
                w[t, i] += a[i, j] * v[t, j]
            s[t] += w[t, i] ** 2
        for i in range(n):
            v[t + 1, i] += w[t, i] / sqrt(s[t])
    for i in range(n):
        for j in range(n):
            out += v[steps, i] * a[i, j] * v[steps, j]
""", (0.0, SPD)),
    Case("an exponential of a matrix", """
def expm(e, a, out, *, terms=6):
    n = len(a)
    power = zeros((terms + 1, n, n))
    for i in range(n):
        power[0, i, i] += 1.0
    for k in range(terms):
        for i in range(n):
            for j in range(n):
                for l in range(n):
                    power[k + 1, i, j] += power[k, i, l] * a[l, j] / (k + 1)
    for k in range(terms + 1):
        for i in range(n):
            for j in range(n):
                e[i, j] += power[k, i, j]
    for i in range(n):
        out += e[i, 0] * e[i, 1]
""", (np.zeros((3, 3)), 0.5 * M, 0.0), "out"),
    Case("convolution", """
def convolve(out, x, kernel):
    n = len(x)
    m = len(kernel)
    y = zeros(n - m + 1)
    for i in range(n - m + 1):
        for j in range(m):
            y[i] += x[i + j] * kernel[m - 1 - j]
        out += tanh(y[i])
""", (0.0, X, Y[:3])),
    Case("convolution of images", """
def blur(image, w, blurred, *, stride=1):
    for i in range(0, len(image) - len(w) + 1, stride):
        for j in range(0, image.shape[1] - w.shape[1] + 1, stride):
            for a in range(len(w)):
                for b in range(w.shape[1]):
                    blurred[i, j] += image[i + a, j + b] * w[a, b]

def pooled(out, image, w):
    y = zeros((2, 2))
    blur(image, w, y)
    out += max(max(y[0, 0], y[0, 1]), max(y[1, 0], y[1, 1]))
""", (0.0, M, M[:2, 1:])),
    Case("a fourier sum", """
def dft(power, x):
    n = len(x)
    for k in range(n):
        re = 0.0
        im = 0.0
        for j in range(n):
            re += x[j] * cos(6.283185307179586 * j * k / n)
            im -= x[j] * sin(6.283185307179586 * j * k / n)
        power += (re * re + im * im) * k
""", (0.0, X)),
    Case("walsh and hadamard", """
def walsh(x, out):
    for level in range(2):
        for i in range(len(x)):
            if i >> level & 1 == 0:
                x[i] += x[i + (1 << level)]
                x[i + (1 << level)] *= -2.0
                x[i + (1 << level)] += x[i]
    for i in range(len(x)):
        out += x[i] ** 3
""", (X[:4], 0.0), "out"),
    Case("a curve of casteljau", """
def bezier(out, points, t):
    n = len(points)
    b = zeros((n, n))
    for i in range(n):
        b[0, i] += points[i]
    for k in range(1, n):
        for i in range(n - k):
            b[k, i] += (1.0 - t) * b[k - 1, i] + t * b[k - 1, i + 1]
    out += b[n - 1, 0] ** 2
""", (0.0, X, 0.3)),
    Case("divided differences", """
def newton(out, x, y, at):
    n = len(x)
    d = y
    for k in range(1, n):
        for i in reversed(range(k, n)):
            d[i] -= d[i - 1]
            d[i] /= x[i] - x[i - k]
    p = 1.0
    for k in range(n):
        out += d[k] * p
        p *= at - x[k]
""", (0.0, [0.1, 0.5, 1.1, 1.6], Y[:4], 0.8)),
    Case("legendre's polynomials", """
def legendre(out, x, c):
    n = len(c)
    for v in x:
        p = zeros(n)
        for k in range(n):
            p[k] += 1.0 if k == 0 else v if k == 1 else ((2 * k - 1) * v * p[k - 1] - (k - 1) * p[k - 2]) / k
            out += c[k] * p[k]
""", (0.0, X, Y)),
    Case("a continued fraction", """
def fraction(out, a):
    n = len(a)
    x = zeros(n)
    for k in range(n):
        x[k] += a[n - 1] if k == 0 else a[n - 1 - k] + 1.0 / x[k - 1]
    out += x[n - 1]
""", (0.0, [0.7, 1.3, 2.1, 0.4])),
    Case("arithmetic and geometric means", """
def agm(out, x, y):
    a = zeros(5)
    g = zeros(5)
    a[0] += x
    g[0] += y
    for k in range(4):
        a[k + 1] += 0.5 * (a[k] + g[k])
        g[k + 1] += sqrt(a[k] * g[k])
    out += a[4]
""", (0.0, 1.7, 0.6)),
    Case("simpson's rule", """
def height(out, x, a):
    out += exp(-a * x * x) * cos(x)

def simpson(out, a, b, *, n=6):
    h = b / n
    for k in range(n + 1):
        f = 0.0
        height(f, k * h, a)
        out += f * h / 3.0 * (1.0 if k == 0 or k == n else 4.0 if k % 2 == 1 else 2.0)
""", (0.0, 0.7, 1.9)),
    Case("a series to the last term", """
def sine(out, x, tiny):
    for v in x:
        term = v
        k = 1
        while abs(term) > tiny:
            out += term
            term *= -v * v / ((k + 1) * (k + 2))
            k += 2
""", (0.0, [0.7, -1.3, 2.1], 1e-10), wrt="x", laws=("gradient", KEEPER)),
    Case("a determinant by minors", """
def det(out, m, row, used):
    if row == len(m):
        out += 1.0
    else:
        sign = 1.0
        for j in range(len(m)):
            if used >> j & 1 == 0:
                d = 0.0
                det(d, m, row + 1, used | 1 << j)
                out += sign * m[row, j] * d
                sign *= -1.0
""", (0.0, M, 0, 0)),
    Case("quaternions that turn", """
def product(c, a, b):
    for i in range(4):
        for j in range(4):
            s = 1.0 if i == 0 or j == 0 else -1.0 if i == j or (j - i + 3) % 3 == 2 else 1.0
            c[i ^ j] += s * a[i] * b[j]

def turned(out, q, v):
    p = zeros(4)
    r = zeros(4)
    product(p, q, v)
    product(r, p, q)
    out += r[1] * r[2] + r[3]
""", (0.0, X[:4], Y[:4])),
    Case("a plane through points", """
def normal_equations(out, x, y):
    sxx = 0.0
    sxy = 0.0
    sx = 0.0
    sy = 0.0
    for i in range(len(x)):
        sx += x[i]
        sy += y[i]
        sxx += x[i] * x[i]
        sxy += x[i] * y[i]
    slope = (len(x) * sxy - sx * sy) / (len(x) * sxx - sx * sx)
    for i in range(len(x)):
        out += (y[i] - sy / len(x) - slope * (x[i] - sx / len(x))) ** 2
""", (0.0, X, Y)),
    Case("conjugate gradients", """
def cg(out, a, b, *, steps=2):
    n = len(b)
    x = zeros((steps + 1, n))
    r = zeros((steps + 1, n))
    p = zeros((steps + 1, n))
    ap = zeros((steps, n))
    rr = zeros(steps + 1)
    pap = zeros(steps)
    for i in range(n):
        r[0, i] += b[i]
        p[0, i] += b[i]
        rr[0] += b[i] ** 2
    for k in range(steps):
        for i in range(n):
            for j in range(n):
                ap[k, i] += a[i, j] * p[k, j]
            pap[k] += p[k, i] * ap[k, i]
        for i in range(n):
            x[k + 1, i] += x[k, i] + rr[k] / pap[k] * p[k, i]
            r[k + 1, i] += r[k, i] - rr[k] / pap[k] * ap[k, i]
            rr[k + 1] += r[k + 1, i] ** 2
        for i in range(n):
            p[k + 1, i] += r[k + 1, i] + rr[k + 1] / rr[k] * p[k, i]
    for i in range(n):
        out += x[steps, i] * (i + 1)
""", (0.0, SPD, Y[:3])),
    Case("lagrange's interpolation", """
def lagrange(out, x, y, at):
    for i in range(len(x)):
        p = 1.0
        for j in range(len(x)):
            if j != i:
                p *= (at - x[j]) / (x[i] - x[j])
        out += p * y[i]
""", (0.0, [0.1, 0.5, 1.1, 1.6], Y[:4], 0.8)),
    Case("a polygon", """
def polygon(area, perimeter, x, y):
    twice = 0.0
    for i in range(len(x)):
        j = (i + 1) % len(x)
        twice += x[i] * y[j] - x[j] * y[i]
        perimeter += hypot(x[j] - x[i], y[j] - y[i])
    area += abs(twice) / 2.0
""", (0.0, 0.0, X, Y)),
]
