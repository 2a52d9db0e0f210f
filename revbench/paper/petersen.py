"""The Petersen graph drawn so that neighbours are near and others are not: the paper's graph embedding.

Ten vertices get places in k dimensions. With `d` the squared distances along the 15 edges and `e` those of the 30 pairs
that are no edge,

    loss = Var(d) + Var(e) + exp(max(0, mean(d) - mean(e) + 0.1)) - 1,

Var with one subtracted from the count. It vanishes where all edges are equally long, all other pairs too, and longer: that
takes five dimensions, and there the lengths' ratio is the root of two at best.

Source: J.-G. Liu, T. Zhao, "Differentiate Everything with a Reversible Embedded Domain-Specific Language", section 4.
"""
# The language's vocabulary (zeros, exp) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from itertools import combinations

import numpy as np

from revbench import reversible

VERTICES = 10
EDGES = np.array(sorted([tuple(sorted((i, (i + 1) % 5))) for i in range(5)] + [(i, i + 5) for i in range(5)]
                        + [tuple(sorted((5 + i, 5 + (i + 2) % 5))) for i in range(5)]))
OTHERS = np.array([pair for pair in combinations(range(VERTICES), 2) if list(pair) not in EDGES.tolist()])


@reversible
def embedding_loss(out, x):
    """Adds the loss to `out`.

    out : float
    x : (10, k) array
        Places of the vertices.
    """
    assert x.shape[0] == 10, "`x` has a row for every vertex"
    d = zeros(15)
    e = zeros(30)
    near = 0.0
    far = 0.0
    for i in range(15):
        for c in range(x.shape[1]):
            d[i] += (x[EDGES[i, 0], c] - x[EDGES[i, 1], c]) ** 2
        near += d[i] / 15
    for i in range(30):
        for c in range(x.shape[1]):
            e[i] += (x[OTHERS[i, 0], c] - x[OTHERS[i, 1], c]) ** 2
        far += e[i] / 30
    for i in range(15):
        out += (d[i] - near) ** 2 / 14
    for i in range(30):
        out += (e[i] - far) ** 2 / 29
    if near - far + 0.1 > 0.0:
        out += exp(near - far + 0.1) - 1.0
