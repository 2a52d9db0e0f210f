"""Leaving a search as soon as it is successful."""

WRONG = """
def find(out, x, key):
    for i in range(len(x)):
        if x[i] == key:
            out += i
            break
"""
SAID = {"break-statement": (5, 2)}
MENDED = """
def find(out, x, key):
    i = 0
    while i < len(x) and not x[i] == key:
        i += 1
    out += i
"""
ARGS = (0, [5, 7, 9], 7)
RESULT = {"out": 1}
