"""Removing elements while the loop counts them."""

WRONG = """
def positive(x, n):
    for i in range(n):
        if x[i] < 0:
            n -= 1
"""
SAID = {"loop-bound-changes": (4, 2)}
MENDED = """
def positive(out, x, n):
    for i in range(n):
        if x[i] < 0:
            out -= 1
"""
ARGS = (3, [1.0, -2.0, 3.0], 3)
RESULT = {"out": 2}
