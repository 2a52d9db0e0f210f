"""A cumulative sum that replaces what it sums."""

WRONG = """
def cumsum(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i]
        x[i] = s
"""
SAID = {"irreversible-assignment": (5, 4)}
MENDED = """
def cumsum(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i]
        out[i] += s
"""
ARGS = ([0.0, 0.0, 0.0], [1.0, 2.0, 3.0])
RESULT = {"out": [1.0, 3.0, 6.0]}
