"""Handing the same vector in twice."""

WRONG = """
def add(y, x):
    for i in range(len(x)):
        y[i] += x[i]

def double(v):
    add(v, v)
"""
SAID = {"aliased-arguments": (6, 6)}
MENDED = """
def add(y, x):
    for i in range(len(x)):
        y[i] += x[i]

def double(out, v):
    add(out, v)
    add(out, v)
"""
ARGS = ([0.0, 0.0], [1.0, 2.0])
RESULT = {"out": [2.0, 4.0]}
KERNEL = "double"
