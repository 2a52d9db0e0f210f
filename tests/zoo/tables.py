"""Dynamic programming: tables that are filled row by row, read once, and uncomputed."""

from __future__ import annotations

import numpy as np

from .case import Case, M, X, Y

WORDS = (np.array([3, 1, 4, 1, 5]), np.array([3, 4, 1, 1, 5, 9]))

TABLES = [
    Case("edit distance", """
def edit(out, a, b):
    d = zeros((len(a) + 1, len(b) + 1), int64)
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            if i == 0 or j == 0:
                d[i, j] += i + j
            else:
                d[i, j] += min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (0 if a[i - 1] == b[j - 1] else 1))
    out += d[len(a), len(b)]
""", (0, *WORDS), laws=()),
    Case("a longest common subsequence", """
def lcs(out, a, b):
    d = zeros((len(a) + 1, len(b) + 1), int64)
    for i in range(len(a)):
        for j in range(len(b)):
            d[i + 1, j + 1] += d[i, j] + 1 if a[i] == b[j] else max(d[i, j + 1], d[i + 1, j])
    out += d[len(a), len(b)]
""", (0, *WORDS), laws=()),
    Case("a longest rising subsequence", """
def rising(out, x):
    best = zeros(len(x), int64)
    longest = zeros((len(x), len(x)), int64)
    for i in range(len(x)):
        for j in range(i):
            longest[i, j + 1] += max(longest[i, j], best[j] if x[j] < x[i] else 0)
        best[i] += longest[i, i] + 1
    total = zeros(len(x), int64)
    for i in range(len(x)):
        total[i] += best[i] if i == 0 else max(total[i - 1], best[i])
    out += total[len(x) - 1]
""", (0, np.array([3, 1, 4, 1, 5, 9, 2, 6])), laws=()),
    Case("a knapsack", """
def knapsack(out, weight, value, *, room):
    best = zeros((len(weight) + 1, room + 1))
    for k in range(len(weight)):
        for w in range(room + 1):
            best[k + 1, w] += best[k, w] if w < weight[k] else max(best[k, w], best[k, w - weight[k]] + value[k])
    out += best[len(weight), room]
""", (0.0, np.array([3, 2, 4, 1]), [2.5, 1.7, 4.1, 0.3]), consts={"room": 7}),
    Case("viterbi", """
def advance(new, old, step):
    for j in range(len(new)):
        best = zeros(len(old))
        for i in range(len(old)):
            best[i] += old[i] + step[i, j] if i == 0 else max(best[i - 1], old[i] + step[i, j])
        new[j] += best[len(old) - 1]

def viterbi(out, step, seen, start):
    n = len(start)
    score = zeros((len(seen), n))
    for j in range(n):
        score[0, j] += start[j] + seen[0, j]
    for t in range(1, len(seen)):
        advance(score[t], score[t - 1], step)
        for j in range(n):
            score[t, j] += seen[t, j]
    for j in range(n):
        out += score[len(seen) - 1, j] * (j + 1)
""", (0.0, M, M[::-1] * 1.7, Y[:3])),
    Case("a hidden markov chain", """
def forward(out, step, seen):
    n = len(step)
    alpha = zeros((len(seen), n))
    for j in range(n):
        alpha[0, j] += exp(seen[0, j])
    for t in range(1, len(seen)):
        for j in range(n):
            for i in range(n):
                alpha[t, j] += alpha[t - 1, i] * exp(step[i, j] + seen[t, j])
    total = 0.0
    for j in range(n):
        total += alpha[len(seen) - 1, j]
    out += log(total)
""", (0.0, M, 0.5 * M)),
    Case("shortest ways", """
def floyd(out, w):
    n = len(w)
    d = zeros((n + 1, n, n))
    for i in range(n):
        for j in range(n):
            d[0, i, j] += abs(w[i, j])
    for k in range(n):
        for i in range(n):
            for j in range(n):
                d[k + 1, i, j] += min(d[k, i, j], d[k, i, k] + d[k, k, j])
    for i in range(n):
        for j in range(i):
            out += d[n, i, j] * (i + 1)
""", (0.0, M)),
    Case("reachable", """
def reach(yes, edge, start):
    n = len(edge)
    seen = zeros((n, n), int64)
    seen[0, start] += 1
    hits = zeros((n, n), int64)
    for t in range(1, n):
        for j in range(n):
            for i in range(n):
                if edge[i, j] or i == j:
                    hits[t, j] += seen[t - 1, i]
            seen[t, j] += min(hits[t, j], 1)
    for j in range(n):
        yes[j] ^= seen[n - 1, j] == 1
""", (np.zeros(4, bool), np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]], bool), 1), laws=()),
    Case("ways through a grid", """
def ways(out, blocked):
    n = len(blocked)
    w = zeros((n, n), int64)
    for i in range(n):
        for j in range(n):
            if not blocked[i, j]:
                if i == 0 and j == 0:
                    w[i, j] += 1
                else:
                    w[i, j] += (w[i - 1, j] if i > 0 else 0) + (w[i, j - 1] if j > 0 else 0)
    out += w[n - 1, n - 1]
""", (0, np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]], bool)), laws=()),
    Case("warped time", """
def dtw(out, x, y):
    d = zeros((len(x), len(y)))
    for i in range(len(x)):
        for j in range(len(y)):
            c = (x[i] - y[j]) ** 2
            if i == 0 and j == 0:
                d[i, j] += c
            elif i == 0:
                d[i, j] += d[i, j - 1] + c
            elif j == 0:
                d[i, j] += d[i - 1, j] + c
            else:
                d[i, j] += min(d[i - 1, j], d[i, j - 1], d[i - 1, j - 1]) + c
    out += d[len(x) - 1, len(y) - 1]
""", (0.0, X, Y)),
    Case("an american option", """
def option(out, spot, strike, up, rate, *, steps=4):
    value = zeros((steps + 1, steps + 1))
    p = (exp(rate) - 1.0 / up) / (up - 1.0 / up)
    for i in range(steps + 1):
        value[steps, i] += max(strike - spot * up ** (2 * i - steps), 0.0)
    for t in reversed(range(steps)):
        for i in range(t + 1):
            value[t, i] += max(exp(-rate) * (p * value[t + 1, i + 1] + (1.0 - p) * value[t + 1, i]), strike - spot * up ** (2 * i - t))
    out += value[0, 0]
""", (0.0, 1.03, 1.1, 1.25, 0.02)),
    Case("rule 110", """
def history(out, cells, *, times=5):
    n = len(cells)
    past = zeros((times + 1, n), int64)
    for i in range(n):
        past[0, i] += cells[i]
    for t in range(times):
        for i in range(n):
            past[t + 1, i] += 110 >> (4 * past[t, (i + n - 1) % n] + 2 * past[t, i] + past[t, (i + 1) % n]) & 1
    for i in range(n):
        out[i] += past[times, i]
""", (np.zeros(9, np.int64), np.array([0, 1, 0, 0, 1, 1, 0, 1, 0])), laws=()),
]
