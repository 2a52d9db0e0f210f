"""A counter outside."""

WRONG = """
def step(x, *, dt=0.1):
    global calls
    calls += 1
    x += dt * x
"""
SAID = {"global-statement": (2, 1), "reads-itself": (4, 4)}
MENDED = """
def step(x, calls, *, dt=0.1):
    calls += 1
    x *= 1 + dt
"""
ARGS = (1.0, 0)
RESULT = {"x": 1.1, "calls": 1}
