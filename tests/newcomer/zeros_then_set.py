"""A fresh array of zeros, filled by assignment."""

WRONG = """
def staircase(out, n):
    t = np.zeros(n)
    t[0] = 1.0
    for i in range(1, n):
        t[i] = t[i - 1] / 2
    out += t[n - 1]
"""
SAID = {"irreversible-assignment": ((3, 2), (5, 2))}
MENDED = """
def staircase(out, n):
    t = np.zeros(n)
    t[0] += 1.0
    for i in range(1, n):
        t[i] += t[i - 1] / 2
    out += t[n - 1]
"""
ARGS = (0.0, 4)
RESULT = {"out": 0.125}
