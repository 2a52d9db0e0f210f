"""The largest element, in the way of C."""

WRONG = """
def largest(out, x):
    best = x[0]
    for i in range(1, len(x)):
        if x[i] > best:
            best = x[i]
    out += best
"""
SAID = {"loop-carried": (5, 4)}
MENDED = """
def largest(out, x):
    best = x[0]
    for i in range(1, len(x)):
        if x[i] > best:
            best = keep(x[i])
    out += best
"""
ARGS = (0.0, [3.0, 7.0, 5.0])
RESULT = {"out": 7.0}
