"""Bijections in place, views of places, and locals whose old values are kept."""

from __future__ import annotations

import numpy as np

from .case import KEEPER, Case, M, X

NO_GRADIENT = ()

MOVES = [
    Case("Toffoli and Fredkin gates", """
def gates(bits, carry, control):
    for i in range(len(bits)):
        carry ^= bits[i] and control
        control = not control
        if control:
            bits[i], carry = carry, bits[i]
        bits[i] = not bits[i]
""", (np.array([True, False, True, True]), False, True), laws=NO_GRADIENT),
    Case("rotations with a gradient", """
def turned(out, a, b, angle):
    a, b = rot(a, b, angle)
    a = -a
    a, b = hadamard(a, b)
    out += a * a * b
""", (0.0, 0.3, -0.8, 0.6)),
    Case("Givens rotations of a matrix", """
def triangular(m, angles):
    for j in range(len(angles)):
        for i in range(j + 1, len(m)):
            for k in range(m.shape[1]):
                m[j, k], m[i, k] = (~rot)(m[j, k], m[i, k], angles[j] + i)
        angles[j] = -angles[j]
    m[0, 0] *= 2.0
""", (M, [0.4, 1.1]), laws=NO_GRADIENT),
    Case("Walsh-Hadamard transform", """
def spectrum(out, x, step):
    came_from(step == 1)
    while step < len(x):
        for i in range(len(x)):
            if i // step % 2 == 0:
                x[i], x[i + step] = hadamard(x[i], x[i + step])
        step *= 2
    out += x[1] ** 2 * x[2]
""", (0.0, [0.7, -1.3, 2.1, 0.4], 1), wrt="x"),
    Case("add, rotate, xor", """
def arx(a, b, key):
    for turn in range(len(key)):
        a += b
        b = rotl(b, 7 + turn)
        b ^= a
        a = rotr(a, 3)
        a ^= key[turn]
        b = ~b
""", (np.uint32(0x12345678), np.uint32(0x9abcdef0), np.array([3, 1, 4, 1, 5], np.uint32)), laws=NO_GRADIENT),
    Case("rotations of narrow and signed numbers", """
def narrow(a, b, c, k):
    for i in range(9):
        a = rotl(a, k + i)
        b = rotr(b, k)
        c = rotl(c, i)
        b = -b
        c = xorshr(c, k)
        a = xorshl(a, i + 1)
""", (np.int8(-77), np.uint8(200), np.int16(-12345), 3), laws=NO_GRADIENT),
    Case("counters that go round", """
def clock(minute, hour, steps):
    for s in range(len(steps)):
        hour = (hour + (minute + steps[s]) // 60) % 24
        minute = (minute + steps[s]) % 60
""", (50, 22, [7, 45, 100, 3]), laws=NO_GRADIENT),
    Case("an angle modulo a turn", """
def angle(out, phase, step):
    phase = (phase + step) % 6.25
    phase = (phase - 2 * step) % 6.25
    out += sin(phase) * phase
""", (0.0, 5.5, 1.3)),
    Case("an xorshift generator, backwards", """
def generator(x):
    with inverse():
        x = xorshl(x, 13)
        x = xorshr(x, 17)
        x = xorshl(x, 5)
""", (np.uint32(2463534242),), laws=NO_GRADIENT),
    Case("an xorshift generator of 64 bits", """
def stream(out, x):
    for i in range(len(out)):
        x = xorshl(x, 13)
        x = xorshr(x, 7)
        x = xorshl(x, 17)
        out[i] += x
""", ([0, 0, 0], 88172645463325252), laws=NO_GRADIENT),
    Case("views", """
def seen(out, x, y, n):
    with view(-x) as u:
        out += u * y
        u += y
    with view(rot(x, y, 0.5)) as (a, b):
        out += a * b * b
    with view((n + 3) % 7) as m:
        out += m * x
""", (0.0, 0.7, 1.4, 5)),
    Case("running maximum", """
def highest(out, x):
    m = x[0]
    for i in range(1, len(x)):
        m = keep(max(m, x[i] * x[i]))
        out += m * i
""", (0.0, X), laws=("gradient", KEEPER)),
    Case("gradient descent that forgets", """
def descent(out, start, a, rate):
    u = start
    v = start * 2.0
    for i in range(5):
        u = keep(u - rate * (2 * a * u + v))
        v = keep(v - rate * (u + 4 * v ** 3))
    out += u * u + v
""", (0.0, 0.7, 1.3, 0.05), laws=("gradient", KEEPER)),
    Case("a kept whole number", """
def last(out, x):
    found = 0
    for i in range(len(x)):
        if x[i] > 2:
            found = keep(i)
    out += found
""", (0, [1, 3, 0, 5, 2]), laws=(KEEPER,)),
    Case("the inverse of what keeps", """
def undone(out, x):
    with inverse():
        m = 0.0
        for v in x:
            m = keep(max(m, v * v))
            out += m
    with inverse():
        t = 0.5
        t = keep(sin(t) + 0.1 * out)
        x[0] += t
        t = keep(cos(t) * sin(out))
        x[1] += t * x[2]
    out += x[0] * x[1]
""", (0.3, X), laws=("gradient", KEEPER)),
]
