"""Complex numbers: scalars, arrays, parts, and what the paper does with them."""

from __future__ import annotations

import numpy as np

from .case import GRADIENT, KEEPER, Case

Z = np.array([0.7 - 0.4j, -1.3 + 0.2j, 0.5 + 1.1j, 0.9 + 0.3j])
W = np.array([0.2 + 0.8j, 1.1 - 0.6j, -0.3 + 0.4j, -0.8 - 0.5j])

COMPLEX = [
    Case("complex product", """
def complex_product(z, u, v):
    z += u * v - v / (2 + u)
""", (0.1 + 0.2j, 0.7 - 0.4j, 1.1 + 0.6j), of="z.real"),
    Case("complex logarithm of the paper", """
def complex_log(out, z):
    n = abs(z)
    phase = angle(z)
    out += log(n)
    out += 1j * phase
""", (0.0 + 0.0j, 1.0 + 1.2j), of="out.imag"),
    Case("complex inner product", """
def inner(out, x, y):
    s = 0j
    for i in range(len(x)):
        s += x[i].conjugate() * y[i]
    out += abs2(s)
""", (0.3, Z, W)),
    Case("escape time of a quadratic map", """
def escape(count, radius, c, *, limit):
    z = zeros(limit + 1, complex128)
    k = 0
    while k < limit and abs2(z[k]) < 4:
        z[k + 1] += z[k] ** 2 + c
        k += 1
    count += k
    radius += abs(z[k])
""", (0, 0.1, 0.31 + 0.52j), of="radius", wrt="c", consts={"limit": 6}, laws=("gradient", "keeper")),
    Case("butterfly of a Fourier transform", """
def butterfly(x):
    half = len(x) // 2
    for k in range(half):
        x[k + half] *= exp(-2j * 3.141592653589793 * k / len(x))
        x[k] += x[k + half]
        x[k + half] *= -2
        x[k + half] += x[k]

def spectrum(out, x, *, at):
    butterfly(x)
    out += abs2(x[at])
""", (0.0, Z), consts={"at": 1}),
    Case("a qubit turns", """
def turn(a, b, theta):
    a, b = b, a
    a *= exp(1j * theta)
    b *= exp(-0.5j * theta)
    a += 0.25 * b
    b -= 0.5 * a

def amplitudes(p, psi, theta):
    for k in range(2):
        turn(psi[2 * k], psi[2 * k + 1], theta[k])
    for k in range(len(psi)):
        p += abs2(psi[k]) * (k + 1)
""", (0.0, Z, np.array([0.3, -0.8]))),
    Case("sparse complex matrix times vector", """
def matvec(y, values, rows, starts, x):
    for j in range(len(x)):
        for k in range(starts[j], starts[j + 1]):
            y[rows[k]] += values[k] * x[j]

def energy(out, y, values, rows, starts, x):
    matvec(y, values, rows, starts, x)
    for i in range(len(y)):
        out += abs2(y[i])
""", (0.0, np.zeros(3, complex), Z, np.array([0, 2, 1, 2]), np.array([0, 2, 3, 4]), W[:3])),
    Case("whole complex arrays", """
def whole_complex(out, m, x, y):
    y += m @ x - 2j * x
    y[1:] -= x[:2] * x[2]
    out += abs2(sum(y)) + real(y[0])
""", (0.1, np.outer(Z[:3], W[:3]), Z[:3], W[1:])),
    Case("parts of complex numbers", """
def halves(out, z, x):
    for i in range(len(x)):
        z[i].real += x[i] * z[i].imag
        z[i].imag -= sin(x[i])
        z[i].real, z[i].imag = z[i].imag, z[i].real
    if z[0].real < 10:
        out += z[0].real * z[1].imag
""", (0.0, Z, np.array([0.4, -0.3, 0.8, 1.2]))),
    Case("complex functions", """
def functions(out, z, w):
    a = exp(z) + sqrt(w) * tanh(z)
    b = sin(z) * cosh(w) - tan(w) / cos(z)
    c = a ** 3 + b ** -2 + z ** w
    if c != a and c == c:
        out += real(c) * angle(a) + (a * conj(b)).imag
    out += abs(sinh(z) - complex(a.real, 0.3)) + abs2(log(w) if abs(w) > 1 else 2.0 * w)
""", (0.2, 0.7 - 0.4j, 0.9 + 1.1j)),
    Case("narrow complex numbers", """
def narrow(out, z):
    s = 0j
    for v in z:
        s += v * v
    out += s.real - 0.5 * s.imag
""", (np.float32(0.5), Z.astype(np.complex64))),
    Case("complex locals change in place", """
def in_place(out, z):
    t = z
    t *= 2 - 1j
    t /= z + 1
    t -= 0.5j
    out += t.real * t.imag
""", (0.1, 0.7 - 0.4j)),
    Case("roots by Newton's steps", """
def roots(out, z, n: int):
    total = 0j
    for k in range(len(z)):
        w = z[k] + 1
        for i in range(n):
            step = (w * w * w - z[k]) / (3 * w * w)
            w = keep(w - step)
        total += w
    both = copy(z)
    both = keep(both * total)
    out += total.real - 2 * total.imag + abs2(both[1])
""", (0.1, Z[:3], 4), laws=(GRADIENT, KEEPER)),
    Case("complex numbers written out as arguments", """
def turn(a, b, w):
    b *= w
    a += b

def turned(out, z):
    turn(z[0], z[1], 0.5j)
    ~turn(z[2], z[3], 2.0 - 1j)
    out += abs2(z[0] * z[2])
""", (0.2, Z)),
]
