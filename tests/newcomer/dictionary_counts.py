"""Counting with a dictionary."""

WRONG = """
def count(out, x):
    seen = {}
    for i in range(len(x)):
        seen[x[i]] += 1
    out += seen[2]
"""
SAID = {"dict-value": (2, 5)}
MENDED = """
def count(out, x):
    seen = zeros(100)
    for i in range(len(x)):
        seen[x[i]] += 1
    out += seen[2]
"""
ARGS = (0.0, [2, 3, 2, 8])
RESULT = {"out": 2}
