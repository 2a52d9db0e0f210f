"""Horner's scheme with the accumulator written twice."""

WRONG = """
def horner(out, x, c):
    acc = 0.0
    for i in range(len(c)):
        acc = acc * x + c[i]
    out += acc
"""
SAID = {"loop-carried": (4, 2)}
MENDED = """
def horner(out, x, c):
    acc = 0.0
    for i in range(len(c)):
        acc *= x
        acc += c[i]
    out += acc
"""
ARGS = (0.0, 2.0, [1.0, 0.0, 3.0])
RESULT = {"out": 7.0}
