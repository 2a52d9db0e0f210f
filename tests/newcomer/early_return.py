"""Getting the simple case out of the way."""

WRONG = """
def mean(out, x):
    if len(x) == 0:
        return
    s = 0.0
    for i in range(len(x)):
        s += x[i]
    out += s / len(x)
"""
SAID = {"return-statement": (3, 1)}
MENDED = """
def mean(out, x):
    if not len(x) == 0:
        s = 0.0
        for i in range(len(x)):
            s += x[i]
        out += s / len(x)
"""
ARGS = (0.0, [1.0, 2.0, 6.0])
RESULT = {"out": 3.0}
