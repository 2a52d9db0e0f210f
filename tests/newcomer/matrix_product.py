"""A matrix product with lists of lists in mind."""

WRONG = """
def matmul(c, a, b):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(len(b)):
                c[i][j] += a[i][k] * b[k][j]
"""
SAID = {"double-index": (5, 1)}
MENDED = """
def matmul(c, a, b):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(len(b)):
                c[i, j] += a[i, k] * b[k, j]
"""
ARGS = ([[0.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]])
RESULT = {"c": [[2.0, 1.0], [4.0, 3.0]]}
