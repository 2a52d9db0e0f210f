"""An ML student fits a slope: every step is computed from the weight that it changes."""

WRONG = """
def fit(w, x, y, *, lr=0.05, steps=20):
    for k in range(steps):
        g = 0.0
        for i in range(len(x)):
            g += 2 * (w * x[i] - y[i]) * x[i]
        w -= lr * g
"""
SAID = {"operand-changes": (6, 4)}
MENDED = """
def fit(out, w, x, y, *, lr=0.05, steps=20):
    w_2 = w
    g = zeros(steps)
    for k in range(steps):
        for i in range(len(x)):
            g[k] += 2 * (w_2 * x[i] - y[i]) * x[i]
        w_2 -= lr * g[k]
    out += w_2
"""
ARGS = (0.0, 0.0, [1.0, 2.0], [3.0, 6.0])
RESULT = {"out": 3.0 * (1 - 0.5 ** 20)}
