"""Euclid's algorithm as in every Python tutorial."""

WRONG = """
def gcd(a, b):
    while b != 0:
        a, b = b, a % b
"""
SAID = {"not-a-permutation": (3, 1)}
MENDED = """
def gcd(out, a, b):
    a_2 = a
    b_2 = b
    while b_2 != 0:
        a_2 = keep(a_2 % b_2)
        a_2, b_2 = b_2, a_2
    out += a_2
"""
ARGS = (0, 84, 36)
RESULT = {"out": 12}
