"""An exponential moving average: the new state is a mixture of the input and the old one."""

WRONG = """
def smooth(y, x, *, alpha=0.25):
    s = 0.0
    for i in range(len(x)):
        s = alpha * x[i] + (1 - alpha) * s
        y[i] += s
"""
SAID = {"loop-carried": (4, 2)}
MENDED = """
def smooth(y, x, *, alpha=0.25):
    s = 0.0
    for i in range(len(x)):
        s *= 1 - alpha
        s += alpha * x[i]
        y[i] += s
"""
ARGS = ([0.0, 0.0, 0.0], [4.0, 0.0, 8.0])
RESULT = {"y": [1.0, 0.75, 2.5625]}
