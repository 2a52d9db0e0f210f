"""Reversible machines, gates, ciphers and automata: the classics of the field, all in whole numbers and bits."""

from __future__ import annotations

import numpy as np

from .case import KEEPER, Case

WALK = np.array([0, 1, 1, 1, 0, 1, 0], bool)

GATES = [
    Case("toffoli gates that add", """
def majority(a, b, c):
    b ^= a
    c ^= a
    a ^= c and b

def unmajority(a, b, c):
    a ^= c and b
    c ^= a
    b ^= c

def adder(a, b, carry):
    n = len(a)
    for i in range(n):
        if i == 0:
            majority(a[0], b[0], carry[0])
        else:
            majority(a[i], b[i], a[i - 1])
    carry[1] ^= a[n - 1]
    for i in reversed(range(n)):
        if i == 0:
            unmajority(a[0], b[0], carry[0])
        else:
            unmajority(a[i], b[i], a[i - 1])
""", (np.array([1, 0, 1, 1], bool), np.array([1, 1, 0, 1], bool), np.zeros(2, bool)), laws=()),
    Case("fredkin gates that shift", """
def fredkin(c, a, b):
    if c:
        a, b = b, a

def barrel(x, shift):
    for k in range(len(shift)):
        for t in range(1 << k):
            for i in range(len(x) - 1):
                fredkin(shift[k], x[i], x[i + 1])
""", (np.array([1, 2, 3, 4, 5, 6, 7, 8], np.uint8), np.array([1, 0, 1], bool)), laws=()),
    Case("a reversible turing machine", """
def increment(tape, head, state):
    came_from(state == 0)
    while state != 5:
        for r in range(len(FROM)):
            if state == FROM[r] and (MOVE[r] != 0 or tape[head] == READ[r]):
                state += TO[r] - FROM[r]
                tape[head] += WRITE[r] - READ[r]
                head += MOVE[r]
            fi(state == TO[r] and (MOVE[r] != 0 or tape[head] == WRITE[r]))
""", (np.array([2, 1, 1, 0, 1, 2]), 0, 0), laws=(), names={           # 2 is blank; the number stands with its lowest bit first
    "FROM": np.array([0, 1, 2, 2, 2, 3, 4, 4]), "READ": np.array([2, 0, 0, 1, 2, 0, 0, 2]), "WRITE": np.array([2, 0, 1, 0, 2, 0, 0, 2]),
    "TO": np.array([1, 2, 3, 1, 3, 4, 3, 5]), "MOVE": np.array([0, 1, 0, 0, 0, -1, 0, 0])}),
    Case("billiard balls", """
def billiard(cells, *, steps):
    n = len(cells)
    for t in range(steps):
        for i in range(t % 2, n + t % 2, 2):
            for j in range(t % 2, n + t % 2, 2):
                collide(cells[i % n, j % n], cells[i % n, (j + 1) % n], cells[(i + 1) % n, j % n], cells[(i + 1) % n, (j + 1) % n])

def collide(a, b, c, d):
    if a + b + c + d == 1:
        a, b, c, d = d, c, b, a
    elif a == d and b == c and a != b:
        a, b, c, d = b, a, d, c
    fi(a + b + c + d == 1, a == d and b == c and a != b)

def table(cells, balls, *, steps):
    billiard(cells, steps=steps)
    for i in range(len(cells)):
        for j in range(len(cells)):
            balls += cells[i, j]
""", (np.array([[1, 0, 0, 0], [0, 0, 1, 1], [0, 1, 0, 0], [0, 1, 0, 0]]), 0), laws=(), consts={"steps": 7}),
    Case("a cipher of additions, rotations and exclusive ors", """
def rotated(x, *, k):
    t = (x << k) | (x >> (32 - k))
    t, x = x, t
    free(t, (x >> k) | (x << (32 - k)))

def quarter(a, b, c, d):
    a += b
    d ^= a
    rotated(d, k=16)
    c += d
    b ^= c
    rotated(b, k=12)
    a += b
    d ^= a
    rotated(d, k=8)
    c += d
    b ^= c
    rotated(b, k=7)

def block(x, key):
    for r in range(3):
        for i in range(4):
            x[i] ^= key[(i + r) % 4]
        quarter(x[0], x[1], x[2], x[3])
""", (np.array([0x11111111, 0x01020304, 0x9B8D6F43, 0x01234567], np.uint32), np.array([7, 9, 0xFFFFFFFF, 1], np.uint32)), laws=()),
    Case("a shift register", """
def lfsr(s, out):
    n = len(s)
    for t in range(len(out)):
        out[t] ^= s[n - 1]
        for i in reversed(range(n - 1)):
            s[i], s[i + 1] = s[i + 1], s[i]
        if s[0]:
            s[3] ^= True
            s[5] ^= True
        fi(s[0])
""", (np.array([1, 0, 0, 1, 1, 0, 1], bool), np.zeros(12, bool)), laws=()),
    Case("life of the second order", """
def life(now, before, *, steps=3):
    n = len(now)
    for t in range(steps):
        for i in range(n):
            for j in range(n):
                around = 0
                for a in range(-1, 2):
                    for b in range(-1, 2):
                        around += now[(i + a + n) % n, (j + b + n) % n]
                before[i, j] ^= 1 if around == 3 or around == 4 and now[i, j] == 1 else 0
        now, before = before, now
""", (np.array([[0, 0, 0, 0, 0], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]]), np.zeros((5, 5), np.int64)), laws=()),
    Case("langton's ant", """
def ant(grid, i, j, heading, steps):
    for t in range(steps):
        if grid[i & 7, j & 7]:
            heading -= 1
        else:
            heading += 1
        grid[i & 7, j & 7] ^= True
        k = heading & 3
        i += 1 if k == 0 else -1 if k == 2 else 0
        j += 1 if k == 1 else -1 if k == 3 else 0
""", (np.zeros((8, 8), bool), 3, 3, 0, 40), laws=()),
    Case("a lattice gas", """
def collision(e, w, n, s):
    for i in range(len(e)):
        for j in range(len(e)):
            if e[i, j] == w[i, j] and n[i, j] == s[i, j] and e[i, j] != n[i, j]:
                e[i, j], n[i, j] = n[i, j], e[i, j]
                w[i, j], s[i, j] = s[i, j], w[i, j]
            fi(e[i, j] == w[i, j] and n[i, j] == s[i, j] and e[i, j] != n[i, j])

def gas(e, w, n, s):
    for t in range(3):
        collision(e, w, n, s)
        for i in range(len(e)):
            for j in range(len(e) - 1):
                e[i, j], e[i, j + 1] = e[i, j + 1], e[i, j]
                n[j, i], n[j + 1, i] = n[j + 1, i], n[j, i]
        for i in range(len(e)):
            for j in reversed(range(len(e) - 1)):
                w[i, j], w[i, j + 1] = w[i, j + 1], w[i, j]
                s[j, i], s[j + 1, i] = s[j + 1, i], s[j, i]
""", (np.eye(3, dtype=bool), np.eye(3, dtype=bool), np.zeros((3, 3), bool), np.zeros((3, 3), bool)), laws=()),
    Case("demons on an ising ring", """
def demons(s, energy, demon, sweeps):
    n = len(s)
    for t in range(sweeps):
        for half in range(2):
            for i in range(half, n, 2):
                if demon >= 2 * s[i] * (s[(i + 1) % n] + s[(i + n - 1) % n]):
                    demon -= 2 * s[i] * (s[(i + 1) % n] + s[(i + n - 1) % n])
                    s[i] *= -1
                fi(demon >= 2 * s[i] * (s[(i + 1) % n] + s[(i + n - 1) % n]))
    for i in range(n):
        energy -= s[i] * s[(i + 1) % n]
""", (np.array([1, 1, -1, 1, 1, -1, -1, 1]), 0, 5, 3), laws=()),
    Case("key schedule", """
def schedule(box, key, j):
    n = len(box)
    for i in range(n):
        j += box[i] + key[i % len(key)]
        box[i], box[j % n] = box[j % n], box[i]
""", (np.arange(16), np.array([11, 5, 7]), 0), laws=()),
    Case("hanoi", """
def hanoi(pegs, moves, n, a, b):
    if n > 0:
        hanoi(pegs, moves, n - 1, a, 3 - a - b)
        pegs[n - 1] += b - a
        moves += 1
        hanoi(pegs, moves, n - 1, 3 - a - b, b)
""", (np.zeros(4, np.int64), 0, 4, 0, 2), laws=()),
    Case("waves in whole numbers", """
def waves(u, v, energy, *, steps=12):
    n = len(u)
    for t in range(steps):
        for i in range(n):
            left = u[i - 1] if i > 0 else 0
            right = u[i + 1] if i + 1 < n else 0
            v[i] += (left - 2 * u[i] + right) // 4
        for i in range(n):
            u[i] += v[i]
    for i in range(n):
        energy += v[i] * v[i]
""", (np.array([0, 0, 1000, 0, 0, -300]), np.zeros(6, np.int64), 0), laws=()),
    Case("a rotation by shifts", """
def cordic(x, y, z, turns):
    for i in range(len(ANGLES)):
        turns[i] ^= z < 0
        if turns[i]:
            x += y >> i
            y -= x >> i
            z += ANGLES[i]
        else:
            x -= y >> i
            y += x >> i
            z -= ANGLES[i]
""", (1 << 20, 0, 500000, np.zeros(12, bool)), laws=(), names={"ANGLES": np.round(np.arctan(0.5 ** np.arange(12)) * 2**20).astype(np.int64)}),
    Case("turns of a cube's face", """
def turn(face):
    n = len(face)
    for i in range(n // 2):
        for j in range(i, n - 1 - i):
            face[i, j], face[j, n - 1 - i], face[n - 1 - i, n - 1 - j], face[n - 1 - j, i] = \\
                face[n - 1 - j, i], face[i, j], face[j, n - 1 - i], face[n - 1 - i, n - 1 - j]

def turns(face, times):
    for t in range(times):
        turn(face)
    ~turn(face)
""", (np.arange(16).reshape(4, 4), 3), laws=()),
    Case("a cat on a torus", """
def shear(image, spare):
    n = len(image)
    for i in range(n):
        for j in range(n):
            spare[(i + j) % n, (i + 2 * j) % n], image[i, j] = image[i, j], spare[(i + j) % n, (i + 2 * j) % n]
    image, spare = spare, image

def cat(image, times):
    for t in range(times):
        spare = zeros_like(image)
        shear(image, spare)
        free(spare, zeros_like(image))
""", (np.arange(25, dtype=np.int32).reshape(5, 5), 2), laws=()),
    Case("drawing a line", """
def line(pixels, x, y):
    error = 0
    row = 0
    for i in range(x + 1):
        pixels[i, row] += 1
        error += 2 * y
        if error > x:
            row += 1
            error -= 2 * x
""", (np.zeros((9, 6), np.int8), 8, 5), laws=(KEEPER,)),
    Case("parity of walks", """
def parities(odd, walk, *, width=3):
    for i in range(len(walk) - width + 1):
        p = False
        for j in range(width):
            p ^= walk[i + j]
        odd[i] ^= p
""", (np.zeros(5, bool), WALK), laws=()),
]
