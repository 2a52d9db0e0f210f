"""A matrix product that sets each element once, from a sum."""

WRONG = """
def matmul(c, a, b):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            s = 0.0
            for k in range(len(b)):
                s = s + a[i, k] * b[k, j]
            c[i, j] = s
"""
SAID = {"loop-carried": (6, 4), "irreversible-assignment": (7, 1)}
MENDED = """
def matmul(c, a, b):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            s = 0.0
            for k in range(len(b)):
                s += a[i, k] * b[k, j]
            c[i, j] += s
"""
ARGS = ([[0.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]])
RESULT = {"c": [[2.0, 1.0], [4.0, 3.0]]}
