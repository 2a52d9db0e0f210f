"""Motion, fields and maps: integrators in place, which run backwards as they are, and histories where nothing is in place."""

from __future__ import annotations

import numpy as np

from .case import KEEPER, Case, M, X, Y

PHYSICS = [
    Case("verlet with two planets", """
def verlet(q, p, out, h, *, steps=3):
    for t in range(steps):
        for half in range(2):
            for i in range(len(q)):
                for j in range(len(q)):
                    if i != j:
                        r = 0.1
                        for c in range(2):
                            r += (q[i, c] - q[j, c]) ** 2
                        for c in range(2):
                            p[i, c] -= 0.5 * h * (q[i, c] - q[j, c]) / (r * sqrt(r))
            if half == 0:
                for i in range(len(q)):
                    for c in range(2):
                        q[i, c] += h * p[i, c]
    for i in range(len(q)):
        out += q[i, 0] * p[i, 1] - q[i, 1] * p[i, 0] + q[i, 0] ** 2
""", (M[:, :2], 0.3 * M[:, 1:], 0.0, 0.1), "out"),
    Case("foxes and rabbits", """
def lotka_volterra(u, v, out, a, b):
    for t in range(8):
        u += 0.1 * (a - exp(v))
        v += 0.1 * (exp(u) - b)
        out += exp(u) * 0.1
""", (0.2, -0.3, 0.0, 1.1, 0.8), "out"),
    Case("henon's map", """
def henon(x, y, out, a, b):
    for t in range(5):
        y += 1.0 - a * x * x
        x *= b
        x, y = y, x
        out += x * y
""", (0.1, 0.2, 0.0, 1.2, 0.3), "out"),
    Case("coupled pendulum clocks", """
def pulled(new, old, omega, k):
    for i in range(len(new)):
        pull = 0.0
        for j in range(len(old)):
            pull += sin(old[j] - old[i])
        new[i] += old[i] + 0.1 * (omega[i] + k / len(old) * pull)

def kuramoto(out, omega, k, *, steps=3):
    n = len(omega)
    phase = zeros((steps + 1, n))
    for i in range(n):
        phase[0, i] += 0.5 * i
    for t in range(steps):
        pulled(phase[t + 1], phase[t], omega, k)
    c = 0.0
    s = 0.0
    for i in range(n):
        c += cos(phase[steps, i])
        s += sin(phase[steps, i])
    out += sqrt(c * c + s * s) / n
""", (0.0, X, 1.3)),
    Case("energy of an ising grid", """
def ising(energy, field, spins, coupling):
    n = len(spins)
    for i in range(n):
        for j in range(n):
            s = spins[i, j]
            energy -= s * (spins[(i + 1) % n, j] * coupling[0] + spins[i, (j + 1) % n] * coupling[1])
            energy -= field[i] * s
""", (0.0, Y[:3], np.sign(M).astype(int), [0.7, 1.2])),
    Case("the standard map", """
def standard(p, x, out, k):
    for t in range(10):
        p += k * sin(x)
        x += p
    out += cos(x) * p
""", (0.3, 0.8, 0.0, 0.4), "out"),
    Case("an oscillator that loses energy", """
def damped(out, k, c, *, steps=12):
    x = zeros(steps + 1)
    v = zeros(steps + 1)
    x[0] += 1.0
    for t in range(steps):
        v[t + 1] += v[t] - 0.1 * (k * x[t] + c * v[t])
        x[t + 1] += x[t] + 0.1 * v[t + 1]
    for t in range(steps):
        out += 0.1 * (x[t + 1] - 0.3) ** 2
""", (0.0, 1.4, 0.2)),
    Case("heat in a rod", """
def heat(out, u, kappa, *, steps=4):
    n = len(u)
    w = zeros((steps + 1, n))
    for i in range(n):
        w[0, i] += u[i]
    for t in range(steps):
        for i in range(n):
            if i == 0 or i == n - 1:
                w[t + 1, i] += w[t, i]
            else:
                w[t + 1, i] += w[t, i] + kappa * (w[t, i - 1] - 2.0 * w[t, i] + w[t, i + 1])
    for i in range(n):
        out += w[steps, i] ** 2
""", (0.0, X, 0.2)),
    Case("waves on a string", """
def string(u, v, out, c, *, steps=4):
    n = len(u)
    for t in range(steps):
        for i in range(1, n - 1):
            v[i] += c * c * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        for i in range(1, n - 1):
            u[i] += v[i]
    for i in range(n):
        out += u[i] * u[i] + sin(v[i])
""", (X, Y, 0.0, 0.4), "out"),
    Case("a chaotic map, all states kept", """
def logistic_map(out, r, *, n=8):
    x = zeros(n + 1)
    x[0] += 0.3
    for i in range(n):
        x[i + 1] += r * x[i] * (1.0 - x[i])
    for i in range(n):
        out += log(abs(r * (1.0 - 2.0 * x[i])))
""", (0.0, 3.1)),
    Case("lennard and jones", """
def lennard_jones(energy, q, sigma, eps):
    for i in range(len(q)):
        for j in range(i):
            r2 = 0.5
            for c in range(q.shape[1]):
                r2 += (q[i, c] - q[j, c]) ** 2
            s = sigma * sigma / r2
            s6 = s * s * s
            energy += 4.0 * eps * (s6 * s6 - s6)
""", (0.0, M, 0.9, 1.2)),
    Case("a double pendulum's energy", """
def energy(out, th, w, length):
    x = 0.0
    y = 0.0
    for k in range(len(th)):
        x += length[k] * w[k] * cos(th[k])
        y += length[k] * w[k] * sin(th[k])
        out += 0.5 * (x * x + y * y)
        for j in range(k + 1):
            out -= 9.81 * length[j] * cos(th[j])
""", (0.0, X[:3], Y[:3], [1.0, 0.7, 0.4])),
    Case("light in layers", """
def fresnel(out, index, angle):
    a = sin(angle)
    for k in range(len(index) - 1):
        ca = sqrt(1.0 - (a / index[k]) ** 2)
        cb = sqrt(1.0 - (a / index[k + 1]) ** 2)
        r = (index[k] * ca - index[k + 1] * cb) / (index[k] * ca + index[k + 1] * cb)
        out += r * r
""", (0.0, [1.0, 1.5, 1.3, 1.8], 0.4)),
    Case("how long a ball bounces", """
def bounce(out, height, e):
    h = height
    while h > 0.05:
        t = sqrt(2.0 * h / 9.81)
        out += 2.0 * t
        h *= e * e
""", (0.0, 1.3, 0.7), laws=("gradient", KEEPER)),
    Case("circles in a box", """
def overlap(out, q, radius):
    for i in range(len(q)):
        for c in range(2):
            if q[i, c] < radius[i]:
                out += (radius[i] - q[i, c]) ** 2
            elif q[i, c] > 1.0 - radius[i]:
                out += (q[i, c] - 1.0 + radius[i]) ** 2
        for j in range(i):
            d = hypot(q[i, 0] - q[j, 0], q[i, 1] - q[j, 1])
            if d < radius[i] + radius[j]:
                out += (radius[i] + radius[j] - d) ** 2
""", (0.0, M[:, :2], [0.85, 0.45, 0.75])),
]
