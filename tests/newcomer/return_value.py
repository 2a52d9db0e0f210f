"""A function gives its result back, does it not?"""

WRONG = """
def norm(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    return sqrt(s)
"""
SAID = {"return-statement": (5, 1)}
MENDED = """
def norm(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    out += sqrt(s)
"""
ARGS = (0.0, [3.0, 4.0])
RESULT = {"out": 5.0}
