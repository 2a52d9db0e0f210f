"""Newton's iteration until it is good enough: a `while`, and no index to keep its values by."""

WRONG = """
def square_root(out, a):
    x = a
    err = 1.0
    while err > 1e-12:
        new = 0.5 * (x + a / x)
        err = abs(new - x)
        x = new
    out += x
"""
SAID = {"loop-carried": ((6, 4), (7, 6))}
MENDED = """
def square_root(out, a):
    x = a
    err = 1.0
    while err > 1e-12:
        err = keep(abs(0.5 * (x + a / x) - x))
        x = keep(0.5 * (x + a / x))
    out += x
"""
ARGS = (0.0, 2.0)
RESULT = {"out": 2.0 ** 0.5}
