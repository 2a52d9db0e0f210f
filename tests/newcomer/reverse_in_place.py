"""Reversing an array with a temporary."""

WRONG = """
def reverse(x):
    n = len(x)
    for i in range(n // 2):
        t = x[i]
        x[i] = x[n - 1 - i]
        x[n - 1 - i] = t
"""
SAID = {"irreversible-assignment": (5, 4)}
MENDED = """
def reverse(x):
    n = len(x)
    for i in range(n // 2):
        x[i], x[n - 1 - i] = x[n - 1 - i], x[i]
"""
ARGS = ([1.0, 2.0, 3.0],)
RESULT = {"x": [3.0, 2.0, 1.0]}
