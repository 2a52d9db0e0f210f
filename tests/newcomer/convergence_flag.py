"""A flag that ends a loop."""

WRONG = """
def settle(out, x):
    n = 0
    done = False
    while not done:
        n += 1
        done = x * 0.5 ** n < 0.01
    out += n
"""
SAID = {"loop-carried": (6, 4)}
MENDED = """
def settle(out, x):
    n = 0
    while not x * 0.5 ** n < 0.01:
        n += 1
    out += n
"""
ARGS = (0, 1.0)
RESULT = {"out": 7}
