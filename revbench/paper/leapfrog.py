"""Leapfrog in reverse gear: bodies under gravity, stepped forward and back by one program.

`leapfrog` is the integrator of the paper's round-off figure. A step kicks (`v_j += h a_j`), then drifts
(`r_j += dt v_j`), with

    a_j = sum_{k != j} (G m_k)/|r_k - r_j|^3 (r_k - r_j),    h = dt/2 in the first step and dt afterwards.

Accelerations are made in fresh locals, used and undone, so every place is rounded as in the program that one would
write without a thought to reversibility. The orders of operations are those of the published program: the distance
is a square root, its cube a product, and k runs upwards.

Lengths, times and masses may have any units that `G` agrees with; `revbench.paper.solar` has AU, years and solar
masses. Hand in `G` and `dt` in the float type of the arrays where every bit counts.

Source: J.-G. Liu, T. Zhao, "Differentiate Everything with a Reversible Embedded Domain-Specific Language", the
leapfrog example and its round-off figure.
"""
# The language's vocabulary (sqrt) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def leapfrog_step(r, v, m, *, G, h, dt):
    """One kick by `h`, then one drift by `dt`.

    r : (n, 3) array
        Positions (length).
    v : (n, 3) array
        Velocities (length/time).
    m : (n,) array
        Masses.
    G : float
        Newton's constant (length^3/(mass time^2)).
    h, dt : float
        Kick and drift (time).
    """
    assert r.shape[0] == v.shape[0] == len(m), "`r` and `v` have one row for every entry of `m`"
    assert r.shape[1] == v.shape[1] == 3, "`r` and `v` have three columns"
    for j in range(len(m)):
        ax = 0.0
        ay = 0.0
        az = 0.0
        for k in range(len(m)):
            if k != j:
                dx = r[k, 0] - r[j, 0]
                dy = r[k, 1] - r[j, 1]
                dz = r[k, 2] - r[j, 2]
                d = sqrt(dx * dx + dy * dy + dz * dz)
                pull = G * m[k] / (d * d * d)
                ax += pull * dx
                ay += pull * dy
                az += pull * dz
        v[j, 0] += h * ax
        v[j, 1] += h * ay
        v[j, 2] += h * az
    for j in range(len(m)):
        for c in range(3):
            r[j, c] += dt * v[j, c]


@reversible
def leapfrog(r, v, m, *, G, dt, n):
    """`n` steps of `dt`; only the first kick is halved. `r`, `v`, `m` and `G` as in `leapfrog_step`.

    With `n` = 0 nothing moves. `~leapfrog` goes back.
    """
    if n > 0:
        leapfrog_step(r, v, m, G=G, h=dt / 2, dt=dt)
    for _ in range(1, n):
        leapfrog_step(r, v, m, G=G, h=dt, dt=dt)


@reversible
def energy(e, r, v, m, *, G):
    """Adds kinetic and potential energy, `sum_j m_j |v_j|^2/2 - sum_{k<j} G m_j m_k/|r_j - r_k|`, to `e`.

    e : float
        Energy (mass length^2/time^2); the rest as in `leapfrog_step`.
    """
    for j in range(len(m)):
        e += 0.5 * m[j] * (v[j, 0] ** 2 + v[j, 1] ** 2 + v[j, 2] ** 2)
        for k in range(j):
            dx = r[k, 0] - r[j, 0]
            dy = r[k, 1] - r[j, 1]
            dz = r[k, 2] - r[j, 2]
            e -= G * m[j] * m[k] / sqrt(dx * dx + dy * dy + dz * dz)


@reversible
def leapfrog_loss(out, r, v, m, *, G, dt, n):
    """Runs `leapfrog`, then adds the squared distance of every body from the origin, weighted with its mass, to `out`.

    A smooth scalar of the last state, for gradients: `grad(leapfrog_loss)(0.0, r, v, m, G=G, dt=dt, n=n)`.

    out : float
        `sum_j m_j |r_j|^2` (mass length^2), the moment of inertia about the origin; the rest as in `leapfrog`.
    """
    leapfrog(r, v, m, G=G, dt=dt, n=n)
    for j in range(len(m)):
        out += m[j] * (r[j, 0] ** 2 + r[j, 1] ** 2 + r[j, 2] ** 2)
