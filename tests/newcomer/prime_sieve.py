"""Crossing out multiples."""

WRONG = """
def sieve(count, prime):
    n = len(prime)
    for i in range(2, n):
        if prime[i]:
            count += 1
            for j in range(2 * i, n, i):
                prime[j] = False
"""
SAID = {"irreversible-assignment": (7, 4)}
MENDED = """
def sieve(count, prime):
    n = len(prime)
    prime_2 = zeros(len(prime), int64)
    for i in range(2, n):
        if prime_2[i] == 0:
            count += 1
            for j in range(2 * i, n, i):
                prime_2[j] += 1
"""
ARGS = (0, [True] * 30)
RESULT = {"count": 10}
