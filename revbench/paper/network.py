"""A small dense network on a batch: two layers written with `@`, which BLAS computes forwards and backwards."""
# The language's vocabulary (zeros, tanh) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def network_loss(out, x, w1, b1, w2, b2, want):
    """Adds half the squared distance of `tanh(x w1 + b1) w2 + b2` from `want`, over the batch, to `out`.

    out : float
    x : (batch, n) array
    w1 : (n, hidden) array
    b1 : (hidden,) array
    w2 : (hidden, m) array
    b2 : (m,) array
    want : (batch, m) array
    """
    h = zeros((x.shape[0], len(b1)))
    y = zeros((x.shape[0], len(b2)))
    s = x @ w1
    h += tanh(s + b1)
    y += h @ w2
    out += sum((y + b2 - want) ** 2) / 2
