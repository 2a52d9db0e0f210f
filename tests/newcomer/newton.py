"""Newton's iteration with the names of the blackboard: each turn overwrites the last."""

WRONG = """
def square_root(out, a):
    x = a
    for k in range(6):
        x = 0.5 * (x + a / x)
    out += x
"""
SAID = {"loop-carried": (4, 2)}
MENDED = """
def square_root(out, a):
    x = a
    for k in range(6):
        x = keep(0.5 * (x + a / x))
    out += x
"""
ARGS = (0.0, 2.0)
RESULT = {"out": 2.0 ** 0.5}
