"""The kind of thing that people compute."""

from __future__ import annotations

from .case import Case, M, X, Y

SCIENCE = [
    Case("leapfrog", """
def leapfrog(q, p, energy, dt):
    a = -q * q * q
    p += 0.5 * dt * a
    for k in range(5):
        q += dt * p
        b = -q * q * q
        p += dt * b
    energy += p * p / 2.0 + q ** 4 / 4.0
""", (0.8, 0.3, 0.0, 0.1), "energy"),
    Case("leapfrog of many bodies", """
def force(acc, q):
    for i in range(len(q)):
        for j in range(len(q)):
            if i != j:
                r = q[i] - q[j]
                acc[i] -= r / (r * r + 0.1)

def leapfrog(q, p, energy, dt, *, steps=4):
    for k in range(steps):
        acc = zeros(len(q))
        force(acc, q)
        for i in range(len(q)):
            p[i] += dt * acc[i]
        for i in range(len(q)):
            q[i] += dt * p[i]
    for i in range(len(q)):
        energy += p[i] * p[i] * q[i]
""", (X, Y, 0.0, 0.1), "energy"),
    Case("runge and kutta", """
def pendulum(th, w, out, h):
    for k in range(3):
        with compute() as slopes:
            k1 = w
            l1 = -sin(th)
            k2 = w + 0.5 * h * l1
            l2 = -sin(th + 0.5 * h * k1)
            k3 = w + 0.5 * h * l2
            l3 = -sin(th + 0.5 * h * k2)
        out += h * (k1 + 2.0 * k2 + k3) / 4.0
        out += h * (l1 + 2.0 * l2 + l3) / 4.0
        uncompute(slopes)
        w -= h * sin(th)
        th += h * w
""", (0.8, 0.1, 0.0, 0.2), "out"),
    Case("log of a sum of exponentials", """
def logsumexp(out, x):
    m = zeros(len(x))
    m[0] += x[0]
    for i in range(1, len(x)):
        m[i] += max(m[i - 1], x[i])
    s = 0.0
    for v in x:
        s += exp(v - m[len(x) - 1])
    out += log(s) + m[len(x) - 1]
""", (0.0, X)),
    Case("cross entropy", """
def cross_entropy(loss, w, b, x, label):
    z = zeros(len(b))
    for i in range(len(b)):
        z[i] += b[i]
        for j in range(len(x)):
            z[i] += w[i, j] * x[j]
    s = 0.0
    for i in range(len(b)):
        s += exp(z[i])
    loss += log(s) - z[label]
""", (0.0, M, Y[:3], X[:3], 1)),
    Case("a small network", """
def layer(y, w, x):
    for i in range(len(y)):
        t = 0.0
        for j in range(len(x)):
            t += w[i, j] * x[j]
        y[i] += tanh(t)

def network(loss, w1, w2, x):
    h = zeros(w1.shape[0])
    y = zeros(w2.shape[0])
    layer(h, w1, x)
    layer(y, w2, h)
    for i in range(len(y)):
        loss += (y[i] - 0.5) ** 2
""", (0.0, M, 0.7 * M, Y[:3])),
    Case("newton's iteration, all iterates kept", """
def newton(out, a):
    x = zeros(6)
    x[0] += 1.0
    for k in range(5):
        x[k + 1] += 0.5 * (x[k] + a / x[k])
    out += x[5]
""", (0.0, 2.7)),
    Case("chebyshev", """
def chebyshev(out, x, c):
    t = zeros(len(c))
    t[0] += 1.0
    t[1] += x
    for k in range(2, len(c)):
        t[k] += 2.0 * x * t[k - 1] - t[k - 2]
    for k in range(len(c)):
        out += c[k] * t[k]
""", (0.0, 0.3, Y)),
    Case("scaled in place", """
def scaled(y, x, z):
    y *= x
    y /= 1.0 + z * z
    for i in range(3):
        y *= exp(0.1 * i * x)
        z /= 2.0 + i
        y += z
        y *= -1.5
""", (1.2, 0.7, 0.4)),
]
