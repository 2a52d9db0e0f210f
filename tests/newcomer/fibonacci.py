"""The first program of every Python course."""

WRONG = """
def fibonacci(a, b, n):
    for i in range(n):
        a, b = b, a + b
"""
SAID = {"not-a-permutation": (3, 1)}
MENDED = """
def fibonacci(a, b, n):
    for i in range(n):
        a += b
        a, b = b, a
"""
ARGS = (0, 1, 10)
RESULT = {"a": 55, "b": 89}
