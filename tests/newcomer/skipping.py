"""Skipping what does not count."""

WRONG = """
def mean_of_positive(out, x):
    s = 0.0
    n = 0
    for i in range(len(x)):
        if x[i] <= 0:
            continue
        s += x[i]
        n += 1
    out += s / n
"""
SAID = {"continue-statement": (6, 4)}
MENDED = """
def mean_of_positive(out, x):
    s = 0.0
    n = 0
    for i in range(len(x)):
        if not x[i] <= 0:
            s += x[i]
            n += 1
    out += s / n
"""
ARGS = (0.0, [1.0, -2.0, 5.0])
RESULT = {"out": 3.0}
