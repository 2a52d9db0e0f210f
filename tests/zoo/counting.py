"""Number theory, codes and counting."""

from __future__ import annotations

import numpy as np

from .case import KEEPER, Case

FIB = np.array([1, 2, 3, 5, 8, 13, 21, 34, 55])

COUNTING = [
    Case("a pair of fibonacci numbers", """
def pair(x, y, n):
    if n == 0:
        x += 1
        y += 1
    else:
        n -= 1
        pair(x, y, n)
        x += y
        x, y = y, x
    fi(x == y)
""", (0, 0, 7), laws=()),
    Case("root and remainder", """
def root(n, r):
    for b in reversed(range(10)):
        if (r + (1 << b)) * (r + (1 << b)) <= n:
            r += 1 << b
        fi(r >> b & 1 == 1)
    n -= r * r
""", (200001, 0), laws=()),
    Case("a number taken apart", """
def factorise(n, factors, count, *, largest):
    for p in range(2, largest):
        came_from(count == 0 or factors[count - 1] != p)
        while n % p == 0:
            n //= p
            factors[count] += p
            count += 1
""", (2 * 2 * 3 * 7 * 7, np.zeros(6, np.int64), 0), laws=(), consts={"largest": 8}),
    Case("a permutation into its code", """
def code(x):
    for i in reversed(range(len(x))):
        for j in range(i):
            if x[j] > x[i]:
                x[j] -= 1
            fi(x[j] >= x[i])
""", (np.array([2, 0, 4, 1, 5, 3]),), laws=()),
    Case("run lengths in place of a text", """
def runs(text, values, counts, n):
    for i in range(len(text)):
        if n == 0 or text[i] != values[n - 1]:
            values[n] += text[i]
            n += 1
        fi(counts[n - 1] == 0)
        counts[n - 1] += 1
        text[i] -= values[n - 1]
""", (np.array([5, 5, 5, 7, 7, 1, 5, 5]), np.zeros(5, np.int64), np.zeros(5, np.int64), 0), laws=()),
    Case("bits reversed", """
def bit_reversal(x, *, bits):
    for i in range(len(x)):
        j = 0
        for b in range(bits):
            j += (i >> b & 1) << (bits - 1 - b)
        if i < j:
            x[i], x[j] = x[j], x[i]
""", (np.arange(16) * 3,), laws=(), consts={"bits": 4}),
    Case("gray code", """
def gray(bits, seen):
    for k in range(len(seen)):
        for b in range(len(bits)):
            if bits[b]:
                seen[k] += 1 << b
        m = k + 1
        at = 0
        while m % 2 == 0:
            m //= 2
            at += 1
        bits[at] ^= True
""", (np.zeros(4, bool), np.zeros(9, np.int64)), laws=(KEEPER,)),
    Case("fibonacci's numerals", """
def zeckendorf(n, digits):
    for k in reversed(range(len(digits))):
        if n >= FIB[k]:
            n -= FIB[k]
            digits[k] ^= True
        fi(digits[k])
""", (100 - 11, np.zeros(9, bool)), laws=(), names={"FIB": FIB}),
    Case("prefix sums in place", """
def scan(x, *, levels):
    for d in range(levels):
        for i in range((2 << d) - 1, len(x), 2 << d):
            x[i] += x[i - (1 << d)]
    for d in reversed(range(levels - 1)):
        for i in range((2 << d) - 1 + (1 << d), len(x), 2 << d):
            x[i] += x[i - (1 << d)]
""", (np.array([3, 1, 7, 0, 4, 1, 6, 3]),), laws=(), consts={"levels": 3}),
    Case("partitions", """
def partitions(out, n):
    ways = zeros(n + 1, int64)
    ways[0] += 1
    for part in range(1, n + 1):
        for k in range(part, n + 1):
            ways[k] += ways[k - part]
    out += ways[n]
""", (0, 12), laws=()),
    Case("stirling numbers", """
def stirling(out, n, k):
    s = zeros((n + 1, k + 1), int64)
    s[0, 0] += 1
    for i in range(1, n + 1):
        for j in range(1, min(i, k) + 1):
            s[i, j] += j * s[i - 1, j] + s[i - 1, j - 1]
    out += s[n, k]
""", (0, 7, 3), laws=()),
    Case("queens", """
def queens(ways, columns, up, down, n):
    if columns == (1 << n) - 1:
        ways += 1
    else:
        for k in range(n):
            b = 1 << k
            if (columns | up | down) & b == 0:
                queens(ways, columns | b, (up | b) << 1, (down | b) >> 1, n)
""", (0, 0, 0, 0, 5), laws=()),
    Case("sums of subsets", """
def subsets(ways, x, at, rest):
    if at == len(x):
        ways += 1 if rest == 0 else 0
    else:
        subsets(ways, x, at + 1, rest)
        subsets(ways, x, at + 1, rest - x[at])
""", (0, np.array([3, 5, 2, 7, 8]), 0, 10), laws=()),
    Case("digits that are added up", """
def digits(out, n, base):
    p = 1
    for k in range(8):
        out += n // p % base
        p *= base
""", (0, 987654, 10), laws=()),
    Case("perfect numbers", """
def perfect(count, limit):
    for n in range(2, limit):
        s = 0
        for d in range(1, n // 2 + 1):
            if n % d == 0:
                s += d
        if s == n:
            count += 1
""", (0, 30), laws=()),
    Case("pythagoras", """
def triples(count, limit):
    for c in range(1, limit):
        for b in range(1, c):
            for a in range(1, b):
                count += 1 if a * a + b * b == c * c else 0
""", (0, 18), laws=()),
    Case("a power by squares", """
def power(out, x, n, *, m):
    square = zeros(8, int64)
    product = zeros(9, int64)
    square[0] += x % m
    product[0] += 1
    for b in range(8):
        if b > 0:
            square[b] += square[b - 1] * square[b - 1] % m
        product[b + 1] += product[b] * square[b] % m if n >> b & 1 == 1 else product[b]
    out += product[8]
""", (0, 7, 77), laws=(), consts={"m": 1009}),
    Case("shuffled cards", """
def shuffle(cards, seed):
    for i in reversed(range(1, len(cards))):
        r = (seed * 16807 + i * 48271) % 2147483647 % (i + 1)
        cards[i], cards[r] = cards[r], cards[i]
""", (np.arange(10, dtype=np.uint8), 42), laws=()),
    Case("a checksum", """
def checksum(out, message):
    a = 1
    b = 0
    for v in message:
        a += v
        b += a
    out += b % 65521 * 65536 + a % 65521
""", (0, np.array([87, 105, 107, 105])), laws=()),
    Case("distances of words", """
def hamming(out, words):
    for i in range(len(words)):
        for j in range(i):
            d = 0
            for b in range(8):
                d += (words[i] ^ words[j]) >> b & 1
            out[d] += 1
""", (np.zeros(9, np.int64), np.array([0x1F, 0x2E, 0x80, 0xFF])), laws=()),
    Case("correction of one error", """
def correct(word, syndrome):
    for i in range(1, len(word)):
        if word[i]:
            syndrome ^= i
    if syndrome > 0:
        word[syndrome] ^= True
""", (np.array([0, 1, 1, 1, 0, 0, 1, 0], bool), 0), laws=()),
    Case("vigenere", """
def vigenere(text, key, *, letters=26):
    shift = 0
    for i in range(len(text)):
        shift += key[i % len(key)]
        text[i] += shift % letters
""", (np.array([7, 4, 11, 11, 14]), np.array([3, 11, 20])), laws=()),
    Case("morton order", """
def interleave(out, x, y):
    for i in range(len(x)):
        for b in range(5):
            out[i] += (x[i] >> b & 1) << (2 * b)
            out[i] += (y[i] >> b & 1) << (2 * b + 1)
""", (np.zeros(3, np.int64), np.array([5, 19, 31]), np.array([9, 2, 30])), laws=()),
    Case("numbers without a common factor", """
def totient(out, n):
    for a in range(1, n + 1):
        u = a
        v = n
        while u != v:
            if u > v:
                u -= v
            else:
                v -= u
        if u == 1:
            out += 1
""", (0, 12), laws=(KEEPER,)),
    Case("friendly numbers", """
def amicable(count, limit):
    for n in range(2, limit):
        a = 0
        b = 0
        for d in range(1, n):
            if n % d == 0:
                a += d
        for d in range(1, a):
            if a % d == 0:
                b += d
        if b == n and a > n:
            count += 1
""", (0, 230), laws=()),
    Case("happy numbers", """
def happiness(out, n):
    m = zeros(8, int64)
    m[0] += n
    for t in range(7):
        for k in range(4):
            d = 10 ** k
            m[t + 1] += (m[t] // d % 10) ** 2
    out += m[7]
""", (0, 19), laws=()),
]
