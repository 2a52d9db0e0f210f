"""A discount that is nearly nothing: what it leaves cannot be brought back."""

WRONG = """
def discounted(out, x):
    acc = 1.0
    for i in range(len(x)):
        acc *= x[i]
        acc += 1.0
    out += acc
"""
SAID = {"invertibility-error": (2, 4)}
WRONG_ARGS = (0.0, [1e-9, 1e-9, 1e-9])
MENDED = """
def discounted(out, x):
    acc = 1.0
    for i in range(len(x)):
        acc = keep(acc * x[i])
        acc += 1.0
    out += acc
"""
ARGS = (0.0, [1e-9, 0.5, 1e-9])
RESULT = {"out": 1.0 + 1e-9 * (1.0 + 0.5 * (1.0 + 1e-9))}
