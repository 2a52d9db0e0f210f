"""Compound interest, the assignment written out."""

WRONG = """
def grow(x, *, years=3):
    for k in range(years):
        x = x * 2
"""
SAID = {"irreversible-assignment": (3, 1)}
MENDED = """
def grow(x, *, years=3):
    for k in range(years):
        x *= 2
"""
ARGS = (1.5,)
RESULT = {"x": 12.0}
