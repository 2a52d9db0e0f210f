"""Whole numbers."""

from __future__ import annotations

import numpy as np

from .case import KEEPER, Case

WHOLE = [
    Case("collatz", """
def collatz(steps, n):
    m = n
    k = 0
    while m != 1:
        if m % 2 == 0:
            m //= 2
        else:
            m *= 3
            m += 1
        k += 1
    steps += k
""", (0, 27), laws=(KEEPER,)),
    Case("square root of a whole number", """
def isqrt(r, n):
    came_from(r == 0)
    while (r + 1) * (r + 1) <= n:
        r += 1
""", (0, 200), laws=()),
    Case("greatest common divisor", """
def gcd(out, a, b):
    u = a
    v = b
    while u != v:
        if u > v:
            u -= v
        else:
            v -= u
    out += u
""", (0, 84, 36), laws=(KEEPER,)),
    Case("factors", """
def factors(n, k, out):
    n *= k
    n *= -3
    out += n
    n //= k
    for i in range(1, 5):
        n *= i
        out += n % 7
    n //= 6
""", (5, 4, 0), laws=()),
    Case("feistel", """
def feistel(a, b, key):
    for k in range(8):
        a += ((b << 4) ^ (b >> 5)) + b ^ key[k % len(key)]
        b ^= (a << 3) + key[0] + k
        a, b = b, a
""", (np.uint32(0xDEADBEEF), np.uint32(12345), np.array([7, 0x9E3779B9, 3], np.uint32)), laws=()),
    Case("numbers that wrap around", """
def wraps(a, b, c, d, x):
    for k in range(40):
        a += 7 * b
        b -= uint8(c)
        c += 100
        d += 2000000000
        x[k % len(x)] += 99
        x[0] ^= x[1] & 15
    a -= 200
""", (np.uint8(250), np.uint8(3), np.int8(100), np.int32(5), np.array([250, 1, 2], np.uint8)), laws=()),
    Case("bits", """
def bits(n, out, flags):
    for k in range(6):
        flags[k] ^= n >> k & 1 == 1
        out ^= (n << k) | ~k & 0xFF
        if flags[k] or k == 2:
            out += k
    for k in range(1, 6):
        flags[k] ^= flags[k - 1] and not n < 0
    out -= min(n, 3) * max(n % 5, 2) + abs(-n) // 3
""", (45, 9, np.zeros(6, bool)), laws=()),
    Case("an inverse permutation", """
def invert(q, p):
    for i in range(len(p)):
        q[p[i]] += i
    for i in range(len(p)):
        assert p[q[i]] == i
""", (np.zeros(5, np.int64), np.array([2, 0, 4, 1, 3])), laws=()),
    Case("histogram", """
def histogram(bins, most, x):
    for v in x:
        bins[v % len(bins)] += 1
    t = zeros(len(bins), int64)
    for i in range(len(bins)):
        t[i] += max(bins[i], t[i - 1] if i > 0 else 0)
    most += t[len(bins) - 1]
""", (np.zeros(4, np.int32), 0, np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3])), laws=()),
    Case("pascal's triangle", """
def pascal(c):
    c[0] += 1
    for n in range(1, len(c)):
        for k in reversed(range(1, n + 1)):
            c[k] += c[k - 1]
""", (np.zeros(8, np.int64),), laws=()),
    Case("sieve", """
def sieve(hits, primes):
    for i in range(2, len(hits)):
        if hits[i] == 0:
            primes += 1
            for j in range(i * i, len(hits), i):
                hits[j] += 1
        fi(hits[i] == 0)
""", (np.zeros(50, np.int16), 0), laws=()),
    Case("a reversible automaton", """
def automaton(now, before):
    for t in range(9):
        for i in range(len(now)):
            left = now[i - 1] if i > 0 else now[len(now) - 1]
            right = now[i + 1] if i + 1 < len(now) else now[0]
            before[i] ^= left != (now[i] or right)
        now, before = before, now
""", (np.arange(12) == 6, np.zeros(12, bool)), laws=()),
    Case("a division by hand", """
def divide(n, d, q):
    came_from(q == 0)
    while n >= d:
        n -= d
        q += 1
""", (103, 7, 0), laws=()),
    Case("released whole numbers", """
def mangle(a, b, n):
    for k in range(n):
        t = a * 7 + k
        b += t % 5
        a ^= 0
        del t
        a += b * 3
        if a % 2 == 0:
            b += 1
        a, b = b, a
""", (5, 11, 6), laws=()),
]
