"""Programs that several tests walk through. Line numbers count from the empty first line."""

NORM = """
def g(y, a):
    t = a * a
    y += sin(t)

def norm(out, x):
    s = 0.0
    for i in range(len(x)):
        g(s, x[i])
        s += x[i] ** 2
    out += sqrt(s)
"""
