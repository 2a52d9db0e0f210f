"""Dividing a vector by its own length."""

WRONG = """
def normalise(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    n = sqrt(s)
    for i in range(len(x)):
        x[i] /= n
"""
SAID = {"operand-changes": (7, 3, 5, 6)}
MENDED = """
def normalise(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    n = sqrt(s)
    for i in range(len(x)):
        out[i] += x[i] / n
"""
ARGS = ([0.0, 0.0], [3.0, 4.0])
RESULT = {"out": [0.6, 0.8]}
