"""Every number of a physics student is a float."""

WRONG = """
def total(out, x):
    i = 0.0
    while i < len(x):
        out += x[i]
        i += 1.0
"""
SAID = {"float-index": (4, 2)}
WRONG_ARGS = (0.0, [1.0, 2.0])
MENDED = """
def total(out, x):
    i = 0
    while i < len(x):
        out += x[i]
        i += 1
"""
ARGS = (0.0, [1.0, 2.0])
RESULT = {"out": 3.0}
