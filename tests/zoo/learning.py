"""Models that are fitted to data."""

from __future__ import annotations

import numpy as np

from .case import GRADIENT, KEEPER, Case, M, X, Y

LEARNING = [
    Case("coupled layers that can be inverted", """
def shift(y, w, x):
    for i in range(len(y)):
        t = 0.0
        for j in range(len(x)):
            t += w[i, j] * x[j]
        y[i] += tanh(t)

def revnet(loss, a, b, w, *, depth=3):
    for k in range(depth):
        if k % 2 == 0:
            shift(a, w, b)
        else:
            shift(b, w, a)
    for i in range(len(a)):
        loss += a[i] * b[i]
""", (0.0, X[:3], Y[:3], M)),
    Case("a flow with its density", """
def real_nvp(logp, x, y, w, *, layers=2):
    for k in range(layers):
        for i in range(len(x)):
            s = tanh(w[k, 0] * y[i] + w[k, 1])
            x[i] *= exp(s)
            x[i] += w[k, 2] * y[i]
            logp += s
        x, y = y, x
    for i in range(len(x)):
        logp -= 0.5 * x[i] ** 2 + 0.3 * y[i] ** 2
""", (0.0, X[:2], Y[:2], M)),
    Case("attention", """
def attention(out, q, k, v):
    for i in range(len(q)):
        score = zeros(len(k))
        total = 0.0
        for j in range(len(k)):
            for c in range(q.shape[1]):
                score[j] += q[i, c] * k[j, c]
            total += exp(score[j])
        for j in range(len(k)):
            for c in range(v.shape[1]):
                out += exp(score[j]) / total * v[j, c] * (i + c + 1)
""", (0.0, M, 0.6 * M, M[:, :2])),
    Case("a recurrent network", """
def gru(loss, x, w, u, b):
    h = zeros(len(x) + 1)
    z = zeros(len(x))
    c = zeros(len(x))
    for t in range(len(x)):
        r = logistic(w[1] * x[t] + u[1] * h[t] + b[1])
        z[t] += logistic(w[0] * x[t] + u[0] * h[t] + b[0])
        c[t] += tanh(w[2] * x[t] + u[2] * r * h[t] + b[2])
        h[t + 1] += (1.0 - z[t]) * h[t] + z[t] * c[t]
        loss += (h[t + 1] - 0.2) ** 2
""", (0.0, X, X[1:4], Y[:3], Y[2:])),
    Case("batch normalisation", """
def normalise(out, x, gain):
    n = len(x)
    for c in range(x.shape[1]):
        m = 0.0
        for i in range(n):
            m += x[i, c] / n
        v = 1e-3
        for i in range(n):
            v += (x[i, c] - m) ** 2 / n
        for i in range(n):
            out += sin(gain[c] * (x[i, c] - m) / sqrt(v)) * (i + 1)
""", (0.0, M, Y[:3])),
    Case("nearest centres", """
def k_means(loss, x, centres):
    for i in range(len(x)):
        d = zeros(len(centres))
        for k in range(len(centres)):
            d[k] += (x[i] - centres[k]) ** 2 if k == 0 else min(d[k - 1], (x[i] - centres[k]) ** 2)
        loss += d[len(centres) - 1]
""", (0.0, X, [-1.0, 0.5, 2.0])),
    Case("descent that is differentiated", """
def unrolled(loss, x, y, rate, *, steps=3):
    w = zeros(steps + 1)
    slope = zeros(steps)
    for t in range(steps):
        for i in range(len(x)):
            slope[t] += (w[t] * x[i] - y[i]) * x[i]
        w[t + 1] += w[t] - rate * slope[t]
    for i in range(len(x)):
        loss += (w[steps] * x[i] - y[i]) ** 2
""", (0.0, X, Y, 0.05)),
    Case("a kalman filter", """
def kalman(loss, z, q, r):
    m = zeros(len(z) + 1)
    p = zeros(len(z) + 1)
    gain = zeros(len(z))
    p[0] += 1.0
    for t in range(len(z)):
        s = p[t] + q + r
        loss += 0.5 * log(s) + 0.5 * (z[t] - m[t]) ** 2 / s
        gain[t] += (p[t] + q) / s
        m[t + 1] += m[t] + gain[t] * (z[t] - m[t])
        p[t + 1] += (1.0 - gain[t]) * (p[t] + q)
""", (0.0, X, 0.1, 0.3)),
    Case("a margin", """
def hinge(loss, w, x, label):
    for i in range(len(x)):
        s = 0.0
        for j in range(len(w)):
            s += w[j] * x[i, j]
        if label[i] * s < 1.0:
            loss += 1.0 - label[i] * s
        else:
            loss += 0.0
    for j in range(len(w)):
        loss += 0.01 * w[j] * w[j] + 0.1 * abs(w[j])
""", (0.0, Y[:3], M, np.array([1, -1, 1]))),
    Case("page rank", """
def page_rank(out, links, damping, *, steps=3):
    n = len(links)
    rank = zeros((steps + 1, n))
    for i in range(n):
        rank[0, i] += 1.0 / n
    for t in range(steps):
        for i in range(n):
            leaving = 0.0
            for j in range(n):
                leaving += links[i, j]
            for j in range(n):
                rank[t + 1, j] += (1.0 - damping) / (n * n) + damping * rank[t, i] * links[i, j] / leaving
    for i in range(n):
        out += rank[steps, i] * (i + 1)
""", (0.0, abs(M), 0.85)),
    Case("a tree of decisions", """
def descend(out, x, threshold, value, node):
    if node < len(threshold):
        if x < threshold[node]:
            descend(out, x, threshold, value, 2 * node)
        else:
            descend(out, x, threshold, value, 2 * node + 1)
    else:
        out += value[node] * x

def forest(out, x, threshold, value):
    for v in x:
        descend(out, v, threshold, value, 1)
""", (0.0, X, np.array([0.0, 0.5, -1.0, 1.0]), np.linspace(-1.0, 1.0, 8))),
    Case("an index of inequality", """
def gini(out, income):
    total = 0.0
    apart = 0.0
    for i in range(len(income)):
        total += income[i]
        for j in range(i):
            apart += abs(income[i] - income[j])
    out += apart / (len(income) * total)
""", (0.0, [1.2, 0.3, 2.5, 0.9])),
    Case("a mixture of kernels", """
def density(loss, x, width):
    n = len(x)
    for i in range(n):
        p = 0.0
        for j in range(n):
            if j != i:
                z = (x[i] - x[j]) / width
                p += exp(-0.5 * z * z) / (n * width)
        loss -= log(p)
""", (0.0, X, 0.8)),
    Case("a debt that is paid off", """
def debt(interest, loan, rate, payment):
    left = loan
    years = 0
    while left > payment:
        interest += left * rate
        left *= 1.0 + rate
        left -= payment
        years += 1
    interest += 0.01 * years
""", (0.0, 10.0, 0.05, 2.3), laws=(GRADIENT, KEEPER)),
    Case("information in a histogram", """
def entropy(bits, counts):
    total = 0.0
    for c in counts:
        total += c
    for c in counts:
        p = c / total
        if p > 0.0:
            bits -= p * log2(p)
""", (0.0, [3.0, 1.5, 0.7, 4.2])),
    Case("descent by a whole gradient", """
def fit(loss, start, x, y, rate):
    w = copy(start)
    for step in range(4):
        g = zeros(len(w))
        for i in range(len(y)):
            r = -y[i]
            for j in range(len(w)):
                r += x[i, j] * tanh(w[j])
            for j in range(len(w)):
                g[j] += r * x[i, j]
        g *= rate
        w = keep(w - g)
        loss += 0.1 * sum(w * w)
    loss += dot(w, start)
""", (0.2, [0.3, -0.8, 0.5], M, X[:3], 0.1), laws=(GRADIENT, KEEPER)),
    Case("rows of whole numbers that are kept", """
def generations(out, first):
    table = zeros((2, len(first)), int32)
    table[0] += first
    while table[0, 0] < 40:
        new = zeros_like(table)
        for k in range(len(first)):
            new[1, k] += table[0, k]
            new[0, k] += 2 * table[0, k] + table[1, k - 1 if k > 0 else len(first) - 1] % 5
        table = keep(new)
    out += table[0] - table[1]
""", (np.array([1, 2, 3], np.int32), np.array([3, 5, 9], np.int32)), laws=(KEEPER,)),
]
