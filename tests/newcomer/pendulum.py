"""A pendulum whose acceleration is still needed when the angle has changed."""

WRONG = """
def pendulum(theta, omega, *, dt=0.01, steps=5):
    for k in range(steps):
        a = -9.81 * sin(theta)
        theta += dt * omega
        omega += dt * a
"""
SAID = {"operand-changes": (5, 3, 4)}
MENDED = """
def pendulum(theta, omega, *, dt=0.01, steps=5):
    for k in range(steps):
        a = -9.81 * sin(theta)
        omega += dt * a
        theta += dt * omega
"""
ARGS = (1.0, 0.0)
RESULT = {}
