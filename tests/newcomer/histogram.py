"""A histogram, with the increment written out."""

WRONG = """
def histogram(counts, x, *, bins=4):
    for i in range(len(x)):
        k = int(x[i] * bins)
        counts[k] = counts[k] + 1
"""
SAID = {"irreversible-assignment": (4, 1)}
MENDED = """
def histogram(counts, x, *, bins=4):
    for i in range(len(x)):
        k = int(x[i] * bins)
        counts[k] += 1
"""
ARGS = ([0, 0, 0, 0], [0.1, 0.3, 0.9, 0.95])
RESULT = {"counts": [1, 1, 0, 2]}
