"""Calls."""

from __future__ import annotations

import math

import numpy as np

from .case import GRADIENT, KEEPER, Case, M, X

CALLS = [
    Case("calls and uncalls", """
def wave(r, x):
    t = x * x
    r += sin(t)
    r *= 2.0

def calls(out, x, y):
    s = x * y
    wave(out, s)
    out += y
    ~wave(out, x)
    (~wave)(out, y * x - 1.0)
""", (0.3, 0.7, 1.1)),
    Case("calls that compute", """
def wave(r, x):
    t = x * x
    r += sin(t)

def total(out, x):
    s = 0.0
    for i in range(len(x)):
        wave(s, x[i])
    out += s * s
""", (0.0, X)),
    Case("fibonacci", """
def fib(out, n):
    if n < 2:
        out += n
    else:
        fib(out, n - 1)
        fib(out, n - 2)
""", (0, 10), laws=()),
    Case("a recursion on floats", """
def tree(out, x, n):
    if n < 2:
        out += x
    else:
        r = 0.0
        tree(r, x, n - 1)
        tree(r, x, n - 2)
        out += r * sin(x)
""", (0.0, 0.9, 6)),
    Case("two kernels that call each other", """
def odd(yes, x, c, n):
    if n > 0:
        x *= 1.0 + c
        even(yes, x, c, n - 1)

def even(yes, x, c, n):
    if n == 0:
        yes ^= True
    else:
        x += 0.25 * c
        odd(yes, x, c, n - 1)
""", (False, 1.5, 0.3, 7), "x"),
    Case("rows handed to calls", """
def dot(out, a, b):
    for i in range(len(a)):
        out += a[i] * b[i]

def gram(out, m):
    for i in range(len(m)):
        for j in range(i + 1):
            dot(out, m[i], m[j])
""", (0.0, M)),
    Case("rows written by calls", """
def lift(row, other, w):
    for i in range(len(row)):
        row[i] += w * other[i]

def eliminate(m, out):
    for i in range(1, len(m)):
        lift(m[i], m[i - 1], 0.5)
    ~lift(m[0], m[2], 0.25 * out)
    for i in range(len(m)):
        out += m[i, i] * m[0, i]
""", (M, 0.3), "out"),
    Case("elements written by calls", """
def mix(a, b, th):
    a += sin(th) * b
    b -= th * a

def shuffle(x, out):
    for i in range(len(x) - 1):
        mix(x[i], x[i + 1], out)
        out += 0.1 * x[i]
    ~mix(x[0], out, x[1])
""", (X, 0.3), "out"),
    Case("keyword constants", """
def poly(out, x, *, degree, scale=0.5):
    p = 1.0
    for k in range(degree):
        p *= x
        out += scale * p

def constants(out, x, *, n, wide=True, shift=2):
    poly(out, x, degree=n)
    poly(out, x + shift, degree=2 * n + 1, scale=1.5)
    if wide:
        ~poly(out, 0.5 * x, degree=shift)
""", (0.0, 0.7), consts={"n": 2}),
    Case("host constants and arrays", """
def weigh(out, x):
    for i in range(len(x)):
        out += WEIGHTS[i] * x[i] ** ORDER

def captured(out, x):
    weigh(out, x)
    out *= math.pi
    s = 0.0
    for i in range(len(WEIGHTS)):
        s += WEIGHTS[i] * math.cos(x[i])
    out += G * s * s
""", (0.2, [0.4, 1.2, 0.9]), names={"WEIGHTS": np.array([0.5, 1.5, -0.7]), "ORDER": 3, "G": 6.7, "math": math}),
    Case("names as the compiler makes them", """
def bent(_t1, _x0):
    _t0 = _x0 * sin(_x0)
    _t1 += _t0 * _t0 * _x0

def names(out, _x0, _sv):
    _k0 = 0.5
    _a0 = 2.0
    for _i0 in range(len(_x0)):
        if _k0 < _x0[_i0]:
            _k0 = keep(_k0 * _x0[_i0] * _k0 + _sv)
        bent(out, _x0[_i0] + _a0 * _k0)
    _st = _x0 * _x0
    out += sum(_st) * _a0 / _sv
    _sv += sum(exp(_x0) * exp(_x0))
""", (0.2, [0.4, 1.2, 0.9], 1.3), laws=(GRADIENT, KEEPER)),
]
