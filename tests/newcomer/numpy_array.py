"""A buffer made as in NumPy."""

WRONG = """
def squares(out, x):
    t = np.array([0.0] * len(x))
    for i in range(len(x)):
        t[i] = x[i] ** 2
    out += t[0]
"""
SAID = {"list-value": (2, 5), "irreversible-assignment": (4, 2)}
MENDED = """
def squares(out, x):
    t = zeros(len(x))
    for i in range(len(x)):
        t[i] += x[i] ** 2
    out += t[0]
"""
ARGS = (0.0, [3.0, 4.0])
RESULT = {"out": 9.0}
