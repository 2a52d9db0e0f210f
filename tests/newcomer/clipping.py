"""Clipping gradients in place."""

WRONG = """
def clip(g, *, limit=1.0):
    for i in range(len(g)):
        if g[i] > limit:
            g[i] = limit
"""
SAID = {"irreversible-assignment": (4, 3)}
MENDED = """
def clip(out, g, *, limit=1.0):
    for i in range(len(g)):
        out[i] += limit if g[i] > limit else g[i]
"""
ARGS = ([0.0, 0.0], [0.5, 3.0])
RESULT = {"out": [0.5, 1.0]}
