"""Waves on a square membrane: leapfrog in time, which runs back as it runs forth, so a gradient keeps no history.

The height `u` and the velocity `v` follow `u'' = c^2 (u_xx + u_yy)`; the rim is held. A step is

    v += a (u[left] + u[right] + u[up] + u[down] - 4 u),    u += v,

with `a = (c dt/dx)^2` at every place, and `v` in units of `dx/dt`. It is stable where `a < 1/2`. The gradient by `a` is
what seismic inversion is made of.

Source: the wave equation of ReversibleSeismic.jl, in J.-G. Liu, T. Zhao's companion papers; without its absorbing rim.
"""
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def wave_step(u, v, a):
    """One step. `u`, `v` and `a` are (ny, nx) arrays; the first and last rows and columns do not move."""
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            v[i, j] += a[i, j] * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j])
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            u[i, j] += v[i, j]


@reversible
def wave_loss(out, u, v, a, *, n):
    """Runs `n` steps, then adds the sum of `u[i, j]^2` over the right half to `out`."""
    assert u.shape[0] == v.shape[0] == a.shape[0], "`u`, `v` and `a` have one shape"
    assert u.shape[1] == v.shape[1] == a.shape[1], "`u`, `v` and `a` have one shape"
    for _ in range(n):
        wave_step(u, v, a)
    for i in range(u.shape[0]):
        for j in range(u.shape[1] // 2, u.shape[1]):
            out += u[i, j] ** 2
