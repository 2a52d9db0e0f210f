"""Collecting results in a list."""

WRONG = """
def evens(out, x):
    found = []
    for i in range(len(x)):
        if x[i] % 2 == 0:
            found.append(x[i])
    out += len(found)
"""
SAID = {"list-value": (2, 5)}
MENDED = """
def evens(out, x):
    found = zeros(100)
    n = 0
    for i in range(len(x)):
        if x[i] % 2 == 0:
            found[n] += x[i]
            n += 1
    out += n
"""
ARGS = (0, [2, 3, 4, 8])
RESULT = {"out": 3}
