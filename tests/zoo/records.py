"""Records: NumPy's structured dtypes, scalars and arrays, their fields read, changed, exchanged and handed on."""

from __future__ import annotations

import numpy as np

from .case import Case

PARTICLE = np.dtype([("x", float), ("v", float), ("mass", float)])
PARTICLES = np.array([(0.7, 0.1, 1.5), (-0.4, 0.3, 0.8), (1.9, -0.2, 1.1)], PARTICLE)
CELL = np.dtype([("value", float), ("next", np.int64)])
POOL = np.array([(0.5, 3), (1.5, -1), (-0.7, 1), (2.5, 2)], CELL)
WAVE = np.dtype([("amplitude", complex), ("k", np.float64)])

RECORDS = [
    Case("leapfrog on particles in records", """
def kick(p, dt):
    for i in range(len(p)):
        for j in range(len(p)):
            if i != j:
                p[i].v -= dt * p[j].mass * (p[i].x - p[j].x)

def drift(p, dt):
    for i in range(len(p)):
        p[i].x += dt * p[i].v

def leapfrog(energy, p, dt, *, steps):
    for n in range(steps):
        kick(p, 0.5 * dt)
        drift(p, dt)
        kick(p, 0.5 * dt)
    for i in range(len(p)):
        energy += 0.5 * p[i].mass * p[i].v ** 2
""", (0.0, PARTICLES, 0.1), consts={"steps": 3}),
    Case("a linked list in a pool", """
def total(out, pool, *, first):
    at = zeros(len(pool) + 1, int64)
    at[0] += first
    k = 0
    while at[k] >= 0:
        at[k + 1] += pool[at[k]].next
        k += 1
    for i in range(k):
        out += pool[at[i]].value ** 2 * (i + 1)
""", (0.2, POOL), consts={"first": 0}, laws=("gradient", "keeper")),
    Case("whole fields of records", """
def whole_fields(out, p, dt):
    p.x += dt * p.v
    p[0], p[2] = p[2], p[0]
    out += sum(p.x) * p[0].mass
    for i in range(len(p.v)):
        out += dot(p.v, p.mass) * p[i].x
""", (0.1, PARTICLES, 0.3)),
    Case("fields of one record", """
def collide(p, q, out):
    t = (p.v - q.v) * 2 * q.mass / (p.mass + q.mass)
    s = (p.v - q.v) * 2 * p.mass / (p.mass + q.mass)
    p.x += 0.5 * t
    q.x -= s * p.mass
    out += t * s
    p.x, q.x = q.x, p.x
""", (PARTICLES[0], PARTICLES[1], 0.1), of="out"),
    Case("records with complex fields", """
def interfere(out, w, x):
    for i in range(len(w)):
        w[i].amplitude *= exp(1j * w[i].k * x)
    s = 0j
    for i in range(len(w)):
        s += w[i].amplitude
    out += abs2(s)
""", (0.0, np.array([(0.7 - 0.4j, 1.5), (0.2 + 0.8j, -0.6)], WAVE), 0.8)),
]
