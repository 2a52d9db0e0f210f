"""Swapping in the way of C."""

WRONG = """
def swap(a, b):
    t = a
    a = b
    b = t
"""
SAID = {"irreversible-assignment": (3, 2)}
MENDED = """
def swap(a, b):
    a, b = b, a
"""
ARGS = (1.0, 2.0)
RESULT = {"a": 2.0, "b": 1.0}
