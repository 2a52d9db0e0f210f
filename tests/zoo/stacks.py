"""Stacks: locals and registers, moved and copied values, handed on and exchanged."""

from __future__ import annotations

import numpy as np

from revbench import Stack

from .case import Case, X

STACKS = [
    Case("an array turned round by a stack", """
def turned(out, x):
    s = Stack()
    for i in range(len(x)):
        s.push(x[i])
    for i in range(len(x)):
        s.pop(x[i])
    out += x[0] * x[1] + x[4] ** 2
""", (0.0, X)),
    Case("run-length coding by stacks", """
def encode(x, values, counts):
    for k in range(len(x)):
        if k > 0 and x[k] == x[k - 1]:
            c = 0
            counts.pop(c)
            c += 1
            counts.push(c)
            del c
        else:
            values.append(x[k])
            counts.append(1)
        fi(k > 0 and x[k] == x[k - 1])
""", (np.array([3, 3, 3, 1, 1, 7]), Stack(dtype="int64"), Stack(dtype="int64")), laws=()),
    Case("the top of a stack in an expression", """
def powers(out, x, n):
    s = Stack()
    for i in range(n):
        s.append(x ** i + i)
        out += s[-1] * sin(s[-1]) + len(s)
""", (0.5, 1.3, 4)),
    Case("a stack as a register", """
def folded(out, s):
    t = 0.0
    s.pop(t)
    out += sin(t) * s[-1]
    s.append(out * t)
    out += s[-1] * len(s)
    s.push(t)
    del t
""", (0.5, Stack([1.0, 2.0, 0.7]))),
    Case("stacks handed on", """
def put(s, x):
    s.append(x * x)
    s.append(x)

def top(out, s):
    out += s[-1] * len(s)

def main(out, x):
    s = Stack()
    put(s, x)
    put(s, 2 * x)
    top(out, s)
    for i in range(2):
        out += s[-1] * i
""", (0.5, 1.5)),
    Case("stacks exchanged", """
def exchange(out, a, b):
    for turn in range(3):
        a, b = b, a
        b.append(out * turn)
        out += a[-1] * b[-1]
""", (0.7, Stack([1.5]), Stack([2.0, 3.0]))),
    Case("a walk over a tree", """
def walk(order, left, right, root):
    s = Stack(int64)
    k = 0
    s.append(root)
    came_from(k == 0)
    while len(s) > 0:
        v = 0
        s.pop(v)
        order[k] += v
        k += 1
        if right[v] > 0:
            s.append(right[v])
        if left[v] > 0:
            s.append(left[v])
        free(v, order[k - 1])
    free(k, len(order))
    free(s, Stack(int64))
""", (np.zeros(6, np.int64), np.array([1, 3, 0, 0, 0, 0]), np.array([2, 4, 5, 0, 0, 0]), 0), laws=()),
    Case("stacks of bools and bytes", """
def parity(bits, n, flag, total):
    for i in range(n):
        bits.push(flag)
        flag ^= i % 3 == 1
        total.append(i)
        total.drop(i)
""",
         (Stack([True, False]), 5, True, Stack([1, 2], dtype=np.uint8)), laws=()),
]
