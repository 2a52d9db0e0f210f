"""The mean of neighbours, with the one before carried along."""

WRONG = """
def smooth(out, x):
    prev = x[0]
    for i in range(1, len(x)):
        out[i] += 0.5 * (prev + x[i])
        prev = x[i]
"""
SAID = {"loop-carried": (5, 4)}
MENDED = """
def smooth(out, x):
    for i in range(1, len(x)):
        out[i] += 0.5 * (x[i - 1] + x[i])
"""
ARGS = ([0.0, 0.0, 0.0], [1.0, 3.0, 7.0])
RESULT = {"out": [0.0, 2.0, 5.0]}
