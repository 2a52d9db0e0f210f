"""Collatz on the register itself: two numbers lead to 16."""

WRONG = """
def collatz(n, steps):
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n *= 3
            n += 1
        steps += 1
"""
SAID = {"needs-came-from": (2, 4), "needs-fi": (3, 4)}
MENDED = """
def collatz(out, n, steps):
    n_2 = n
    k = 0
    while n_2 != 1:
        if n_2 % 2 == 0:
            n_2 //= 2
        else:
            n_2 *= 3
            n_2 += 1
        k += 1
    steps += k
    out += n_2
"""
ARGS = (0, 6, 0)
RESULT = {"out": 1, "steps": 8}
