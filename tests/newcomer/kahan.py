"""Compensated summation, line by line from the encyclopedia."""

WRONG = """
def kahan(out, x):
    s = 0.0
    c = 0.0
    for i in range(len(x)):
        y = x[i] - c
        t = s + y
        c = (t - s) - y
        s = t
    out += s
"""
SAID = {"loop-carried": ((7, 5), (8, 7))}
MENDED = """
def kahan(out, x):
    s = 0.0
    c = 0.0
    y = zeros(len(x))
    t = zeros(len(x))
    for i in range(len(x)):
        y[i] += x[i] - c
        t[i] += s + y[i]
        c = keep(t[i] - s - y[i])
        s = keep(t[i])
    out += s
"""
ARGS = (0.0, [1.0, 1e-16, 1e-16, 1e-16])
RESULT = {"out": 1.0000000000000002}
GRAD = False
