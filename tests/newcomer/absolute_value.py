"""A branch that changes the very thing that it asks."""

WRONG = """
def rectify(x):
    for i in range(len(x)):
        if x[i] < 0:
            x[i] *= -1
"""
SAID = {"needs-fi": (3, 4)}
MENDED = """
def rectify(out, x):
    x_2 = copy(x)
    for i in range(len(x)):
        if x_2[i] < 0:
            x_2[i] *= -1
    out += x_2
"""
ARGS = ([0.0, 0.0], [-0.5, 3.0])
RESULT = {"out": [0.5, 3.0]}
