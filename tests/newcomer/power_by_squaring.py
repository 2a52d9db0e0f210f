"""The fast power of the algorithms course."""

WRONG = """
def power(out, x, n):
    b = x
    r = 1.0
    for k in range(5):
        if (n >> k) % 2 == 1:
            r *= b
        b *= b
    out += r
"""
SAID = {"reads-itself": (7, 7)}
MENDED = """
def power(out, x, n):
    b = x
    r = 1.0
    for k in range(5):
        if (n >> k) % 2 == 1:
            r = keep(r * b)
        b = keep(b * b)
    out += r
"""
ARGS = (0.0, 1.1, 13)
RESULT = {"out": 1.1 ** 13}
