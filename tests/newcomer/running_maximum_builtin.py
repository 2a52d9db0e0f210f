"""The largest element, in the way of Python."""

WRONG = """
def largest(out, x):
    best = x[0]
    for v in x:
        best = max(best, v)
    out += best
"""
SAID = {"loop-carried": (4, 2)}
MENDED = """
def largest(out, x):
    best = x[0]
    for v in x:
        best = keep(max(best, v))
    out += best
"""
ARGS = (0.0, [3.0, 7.0, 5.0])
RESULT = {"out": 7.0}
