"""A physics student sorts in place: the exchange changes what its `if` has asked."""

WRONG = """
def bubble_sort(x):
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
"""
SAID = {"needs-fi": (5, 6)}
MENDED = """
def bubble_sort(out, x):
    x_2 = copy(x)
    n = len(x_2)
    for i in range(n):
        for j in range(n - 1 - i):
            if x_2[j] > x_2[j + 1]:
                x_2[j], x_2[j + 1] = x_2[j + 1], x_2[j]
    out += x_2
"""
ARGS = ([0.0, 0.0, 0.0, 0.0], [3.0, 1.0, 2.0, -5.0])
RESULT = {"out": [-5.0, 1.0, 2.0, 3.0]}
