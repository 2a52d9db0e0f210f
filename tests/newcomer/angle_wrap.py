"""Bringing an angle back into one turn."""

WRONG = """
def wrap(theta):
    while theta > 3.14159:
        theta -= 2 * 3.14159
"""
SAID = {"needs-came-from": (2, 3)}
MENDED = """
def wrap(out, theta):
    theta_2 = theta
    while theta_2 > 3.14159:
        theta_2 -= 2 * 3.14159
    out += theta_2
"""
ARGS = (0.0, 7.5)
RESULT = {"out": 7.5 - 2 * 3.14159}
