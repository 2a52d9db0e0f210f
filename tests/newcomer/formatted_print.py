"""Looking at a value on the way."""

WRONG = """
def decay(x, *, rate=0.5, steps=2):
    for k in range(steps):
        x *= rate
        print(f"x is {x}")
"""
SAID = {"f-string": (4, 1)}
MENDED = """
def decay(x, *, rate=0.5, steps=2):
    for k in range(steps):
        x *= rate
        print("x is", x)
"""
ARGS = (8.0,)
RESULT = {"x": 2.0}
