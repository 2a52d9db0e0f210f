"""A random walk that throws its dice on the way."""

WRONG = """
def walk(x, *, steps=10):
    for k in range(steps):
        x += np.random.randn()
"""
SAID = {"random-number": (3, 1)}
MENDED = """
def walk(x, noise, *, steps=3):
    for k in range(steps):
        x += noise[k]
"""
ARGS = (0.0, [1.0, -2.0, 4.0])
RESULT = {"x": 3.0}
