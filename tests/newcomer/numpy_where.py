"""Vector thinking inside a loop."""

WRONG = """
def huber(out, x):
    for i in range(len(x)):
        out += np.where(abs(x[i]) < 1, 0.5 * x[i] ** 2, abs(x[i]) - 0.5)
"""
SAID = {"unknown-function": (3, 1)}
MENDED = """
def huber(out, x):
    for i in range(len(x)):
        out += 0.5 * x[i] ** 2 if abs(x[i]) < 1 else abs(x[i]) - 0.5
"""
ARGS = (0.0, [0.5, 3.0])
RESULT = {"out": 2.625}
