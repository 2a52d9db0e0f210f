"""A running mean and variance."""

WRONG = """
def variance(out, x):
    mean = 0.0
    m2 = 0.0
    for i in range(len(x)):
        delta = x[i] - mean
        mean += delta / (i + 1)
        m2 += delta * (x[i] - mean)
    out += m2 / len(x)
"""
SAID = {"operand-changes": (6, 5)}
MENDED = """
def variance(out, x):
    mean = 0.0
    m2 = 0.0
    delta = zeros(len(x))
    for i in range(len(x)):
        delta[i] += x[i] - mean
        mean += delta[i] / (i + 1)
        m2 += delta[i] * (x[i] - mean)
    out += m2 / len(x)
"""
ARGS = (0.0, [1.0, 2.0, 6.0])
RESULT = {"out": 14 / 3}
