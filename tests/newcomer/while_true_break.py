"""Halving until it is small enough."""

WRONG = """
def halvings(out, x, *, eps=1e-3):
    n = 0
    y = x
    while True:
        y *= 0.5
        n += 1
        if y < eps:
            break
    out += n
"""
SAID = {"break-statement": (8, 4)}
MENDED = """
def halvings(out, x, *, eps=1e-3):
    n = 0
    y = x
    came_from(n == 0)
    while True:
        y *= 0.5
        n += 1
        until(y < eps)
    out += n
"""
ARGS = (0, 1.0)
RESULT = {"out": 10}
