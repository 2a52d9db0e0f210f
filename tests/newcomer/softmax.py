"""Softmax in place, as it stands in a hundred notebooks."""

WRONG = """
def softmax(p, x):
    s = 0.0
    for i in range(len(x)):
        p[i] = exp(x[i])
        s += p[i]
    for i in range(len(x)):
        p[i] /= s
"""
SAID = {"irreversible-assignment": (4, 1)}
MENDED = """
def softmax(p, x):
    s = 0.0
    for i in range(len(x)):
        s += exp(x[i])
    for i in range(len(x)):
        p[i] += exp(x[i])
        p[i] /= s
"""
ARGS = ([0.0, 0.0], [0.0, 1.0])
RESULT = {"p": [0.2689414213699951, 0.7310585786300049]}
