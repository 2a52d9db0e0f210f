"""Explicit Euler, with new values that replace the old ones."""

WRONG = """
def oscillator(x, v, *, dt=0.1, steps=10):
    for k in range(steps):
        x_new = x + dt * v
        v_new = v - dt * x
        x = x_new
        v = v_new
"""
SAID = {"irreversible-assignment": ((5, 4), (6, 4))}
MENDED = """
def oscillator(x, v, *, dt=0.1, steps=10):
    for k in range(steps):
        x += dt * v
        v -= dt * x
"""
ARGS = (1.0, 0.0)
RESULT = {}
