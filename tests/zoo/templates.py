"""Kernels as constants, `*args`, and kernels in expressions."""

from __future__ import annotations

from .case import GRADIENT, Case

TEMPLATES = [
    Case("an integrator with a force kernel", """
def spring(a, x, k):
    a -= k * x

def quartic(a, x, k):
    a -= k * x ** 3

def step(x, v, k, *, force=spring, dt):
    a = 0.0
    force(a, x, k)
    v += dt * a
    x += dt * v

def orbit(loss, x, v, k, *, n):
    for i in range(n):
        step(x, v, k, force=quartic, dt=0.1)
        step(x, v, k, dt=0.05)
    ~step(x, v, k, force=quartic, dt=0.02)
    loss += x * x + v
""", (0.0, 0.7, 0.2, 1.5), consts={"n": 3}),
    Case("arguments handed on to a kernel that is handed in", """
def product(out, x, y):
    out += x * y

def square(out, x):
    out += x * x

def twice(out, *args, f):
    f(out, *args)
    f(out, *args)

def undone(out, *args, f):
    twice(out, *args, f=~f)

def handed_on(out, x, y):
    twice(out, x, y, f=product)
    undone(out, y, f=square)
""", (0.1, 0.7, -1.2)),
    Case("a recursion that adds up values of itself", """
def tribonacci(out, n):
    if n < 3:
        out += n
    else:
        out += tribonacci(n - 1)
        out += tribonacci(n - 2)
        out += tribonacci(n - 3)
""", (0, 9), laws=()),
    Case("a recursion over a constant", """
def horner(out, x, *, n):
    if n > 0:
        out += x * horner_value(x, n)
    out += 1.0

def horner_value(out, x, n):
    out += x ** n / (n + 1)

def series(out, x, *, n, step=1):
    if n > 0:
        series(out, 0.5 * x, n=n - step)
    out += x ** n
    horner(out, x, n=2 * n)
""", (0.2, 0.7), consts={"n": 3}, laws=(GRADIENT,)),
    Case("kernels in expressions", """
def energy(out, x, v):
    out += 0.5 * v * v
    out -= cos(x)

def difference(out, x, v, w):
    e = energy(x, v)
    out += 2 * e - energy(x + energy(w, v), w) ** 2
    out -= energy(x, w)
""", (0.3, 0.7, -0.4, 1.1)),
]
