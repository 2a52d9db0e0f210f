"""The activation of a layer, without a second array."""

WRONG = """
def relu(x):
    for i in range(len(x)):
        if x[i] < 0:
            x[i] = 0.0
"""
SAID = {"irreversible-assignment": (4, 3)}
MENDED = """
def relu(out, x):
    for i in range(len(x)):
        out[i] += 0.0 if x[i] < 0 else x[i]
"""
ARGS = ([0.0, 0.0], [-0.5, 3.0])
RESULT = {"out": [0.0, 3.0]}
