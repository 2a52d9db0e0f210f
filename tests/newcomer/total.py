"""A sum, with the name of the variable twice."""

WRONG = """
def total(out, x, weights):
    total = 0.0
    for i in range(len(x)):
        total = total + weights[i] * x[i]
    out += total
"""
SAID = {"loop-carried": (4, 2)}
MENDED = """
def total(out, x, weights):
    total = 0.0
    for i in range(len(x)):
        total += weights[i] * x[i]
    out += total
"""
ARGS = (0.0, [1.0, 2.0], [3.0, 4.0])
RESULT = {"out": 11.0}
