"""Bessel functions by their power series, the paper's example of a loop that ends when its terms are small.

    J_nu(z) = sum_k (-1)^k (z/2)^(2k + nu) / (k! (k + nu)!)

A term is the one before times `-(z/2)^2/(k (k + nu))`. How many there were is known on the way back from a hidden counter.

Source: J.-G. Liu, T. Zhao, "Differentiate Everything with a Reversible Embedded Domain-Specific Language", appendix.
"""
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

from revbench import reversible


@reversible
def bessel_j(out, z, *, nu, atol):
    """Adds `J_nu(z)` to `out`: all terms, and one that is at most `atol`.

    out, z : float
        `z` is not zero.
    nu : int
        Order, 0 or more.
    atol : float
        The size of the first term that is left out, at most; terms grow at first where z^2 > 4 (1 + nu), and are not left out there.
    """
    half = z / 2
    term = 1.0
    for j in range(1, nu + 1):
        term *= half / j
    total = term
    k = 0
    while abs(term) > atol or k * (k + nu) < half * half:
        k += 1
        term *= -(half * half) / (k * (k + nu))
        total += term
    out += total
