"""Programs of many steps in plain C, with gradients by hand that run back: `steps.c`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .compiled import library, pointer

DECLARATIONS = """
double leapfrog_gradient(int64_t n, int64_t steps, double *, double *, const double *, double G, double dt, double *, double *, double *);
double wave_gradient(int64_t ny, int64_t nx, int64_t steps, double *, double *, const double *, double *, double *, double *);
"""


def leapfrog_gradient(r: Any, v: Any, m: Any, G: float, dt: float, n: int) -> Callable[[], tuple[Any, ...]]:
    """Gradients by positions, velocities and masses."""
    ffi, lib = library("steps", DECLARATIONS)

    def run() -> tuple[Any, ...]:
        now, out = (r.copy(), v.copy()), (np.empty_like(r), np.empty_like(v), np.empty_like(m))
        lib.leapfrog_gradient(len(m), n, *(pointer(ffi, a) for a in (*now, m)), G, dt, *(pointer(ffi, a) for a in out))
        return out

    return run


def wave_gradient(u: Any, v: Any, a: Any, n: int) -> Callable[[], tuple[Any, ...]]:
    """Gradients by height, velocity and squared speed."""
    ffi, lib = library("steps", DECLARATIONS)

    def run() -> tuple[Any, ...]:
        now, out = (u.copy(), v.copy()), (np.empty_like(u), np.empty_like(v), np.empty_like(a))
        lib.wave_gradient(*u.shape, n, *(pointer(ffi, x) for x in (*now, a, *out)))
        return out

    return run
