"""One temporary for two purposes."""

WRONG = """
def ellipse(area, length, a, b):
    t = a * b
    area += 3.14159 * t
    t = (a * a + b * b) / 2
    length += 2 * 3.14159 * sqrt(t)
"""
SAID = {"irreversible-assignment": (4, 3)}
MENDED = """
def ellipse(area, length, a, b):
    t = a * b
    area += 3.14159 * t
    t_2 = (a * a + b * b) / 2
    length += 2 * 3.14159 * sqrt(t_2)
"""
ARGS = (0.0, 0.0, 2.0, 2.0)
RESULT = {"area": 4 * 3.14159, "length": 4 * 3.14159}
