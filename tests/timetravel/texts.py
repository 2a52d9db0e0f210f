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

ENERGY = """
def term(y, a):
    t = a * a
    y += log(t - 1.0)

def energy(out, x):
    s = 0.0
    for i in range(len(x)):
        term(s, x[i])
    out += s * s
"""
