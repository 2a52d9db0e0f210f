"""Kernighan's way of counting bits."""

WRONG = """
def popcount(out, n):
    m = n
    while m:
        m &= m - 1
        out += 1
"""
SAID = {"unsupported-operator": (4, 2)}
MENDED = """
def popcount(out, n):
    m = n
    while m:
        m = keep(m & m - 1)
        out += 1
"""
ARGS = (0, 0b101101)
RESULT = {"out": 4}
