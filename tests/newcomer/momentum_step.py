"""One step of a training loop, the weights written as in a framework's tutorial."""

WRONG = """
def step(w, v, g, *, lr=0.1, beta=0.9):
    for i in range(len(w)):
        v[i] = beta * v[i] + g[i]
        w[i] = w[i] - lr * v[i]
"""
SAID = {"irreversible-assignment": ((3, 1), (4, 2))}
MENDED = """
def step(w, v, g, *, lr=0.1, beta=0.9):
    for i in range(len(w)):
        v[i] *= beta
        v[i] += g[i]
        w[i] -= lr * v[i]
"""
ARGS = ([1.0, 2.0], [10.0, 0.0], [1.0, 1.0])
RESULT = {"v": [10.0, 1.0], "w": [0.0, 1.9]}
