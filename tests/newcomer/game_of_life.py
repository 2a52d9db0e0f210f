"""A generation of a cellular automaton, written over the one before."""

WRONG = """
def generation(cells):
    n = len(cells)
    for i in range(1, n - 1):
        cells[i] = (cells[i - 1] + cells[i + 1]) % 2
"""
SAID = {"irreversible-assignment": (4, 2)}
MENDED = """
def generation(out, cells):
    n = len(cells)
    for i in range(1, n - 1):
        out[i] += (cells[i - 1] + cells[i + 1]) % 2
"""
ARGS = ([0, 0, 0, 0], [1, 0, 1, 1])
RESULT = {"out": [0, 0, 1, 0]}
