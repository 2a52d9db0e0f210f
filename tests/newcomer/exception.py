"""Asking forgiveness, not permission."""

WRONG = """
def ratio(out, a, b):
    try:
        out += a / b
    except ZeroDivisionError:
        out += 0.0
"""
SAID = {"try-statement": (2, 4)}
MENDED = """
def ratio(out, a, b):
    if b != 0:
        out += a / b
"""
ARGS = (0.0, 1.0, 4.0)
RESULT = {"out": 0.25}
