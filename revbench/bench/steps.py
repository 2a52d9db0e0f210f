"""Races of programs of many steps: what runs back needs no history. Gradients of leapfrog are `value_and_grad`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import revbench as rb
from revbench.paper.leapfrog import leapfrog, leapfrog_loss
from revbench.paper.solar import DT, G, solar_system
from revbench.paper.wave import wave_loss

from .baselines import small_jax, small_numpy, small_torch, steps_c
from .contest import Effort
from .memory import growth
from .races import Maker, Run, race
from .table import Figure

STEPS, SHORT = 10**6, 10**4
WRT = ("r", "v", "m")
CHAOS = 1e-5        # two gradients of 10^6 steps agree to so much: rounding is magnified on the way there


def solar(n: int, number: Any = np.asarray) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Registers and constants of `leapfrog_loss`; positions and velocities as `number` makes them."""
    s = solar_system()
    return (0.0, number(s.r), number(s.v), s.m), {"G": G, "dt": DT, "n": n}


def planets(n: int, number: Any = np.asarray) -> Run:
    """Value and gradient of `n` steps."""
    registers, constants = solar(n, number)
    gradient = rb.value_and_grad(leapfrog_loss.unchecked, wrt=WRT)
    return lambda: gradient(*registers, **constants)[1]


def forward(n: int, number: Any = np.asarray) -> Run:
    registers, constants = solar(n, number)
    return lambda: leapfrog_loss.unchecked(*registers, **constants)


def back_bit_for_bit(n: int) -> Figure:
    """Coordinates that differ after `n` steps there and back, in fixed point."""
    (_, r, v, m), constants = solar(n, rb.Fixed43)
    back = (~leapfrog.unchecked)(*leapfrog.unchecked(r, v, m, **constants), **constants)
    apart = sum(int((a.raw != b.raw).sum()) for a, b in ((r, back.r), (v, back.v)))
    return Figure(f"leapfrog {n:,} steps there and back, fixed point", apart, "differ", apart, apart, 1, "<= 0", apart == 0, "of 60 coordinates")


def membrane(size: int) -> tuple[Any, ...]:
    """A bump at rest, off the middle, over a ground of changing speed."""
    y, x = np.mgrid[:size, :size] / size
    return np.exp(-100 * ((x - 0.3) ** 2 + (y - 0.4) ** 2)), np.zeros((size, size)), 0.2 + 0.1 * np.sin(5 * x * y)


def moving(size: int, n: int) -> Run:
    u, v, a = membrane(size)
    gradient = rb.grad(wave_loss.unchecked, wrt=("u", "v", "a"))
    return lambda: gradient(0.0, u, v, a, n=n)


def waves(size: int, n: int) -> dict[str, Maker]:
    u, v, a = membrane(size)
    return {"ours": lambda: moving(size, n), "C": partial(steps_c.wave_gradient, u, v, a, n),
            "JAX": partial(small_jax.wave_gradient, u, v, a, n), "PyTorch": partial(small_torch.wave_gradient, u, v, a, n),
            "NumPy": lambda: lambda: small_numpy.wave_gradient(u, v, a, n)}


def orbits(n: int, jax: bool) -> dict[str, Maker]:
    (_, r, v, m), constants = solar(n)
    makers: dict[str, Maker] = {"ours": lambda: planets(n), "C": partial(steps_c.leapfrog_gradient, r, v, m, **constants)}
    return makers | ({"JAX": partial(small_jax.leapfrog_gradient, r, v, m, **constants)} if jax else {})


def figures(effort: Effort) -> Iterator[Figure]:
    long, short, size, n = (200, 20, 8, 5) if effort.quick else (STEPS, SHORT, 128, 200)
    few = replace(effort, least=min(effort.least, 3))
    yield from race(f"leapfrog {short:,} steps", orbits(short, jax=True), {"forward": lambda: forward(short)}, effort)
    yield from race(f"leapfrog {long:,} steps", orbits(long, jax=False), {"forward": lambda: forward(long)}, few, {"forward": 3.3}, CHAOS)
    fixed = f"leapfrog {long:,} steps in fixed point"
    yield from race(fixed, {"ours": lambda: planets(long, rb.Fixed43)}, {"forward": lambda: forward(long, rb.Fixed43)}, few, {"forward": 4.0})
    yield back_bit_for_bit(long)
    yield growth("leapfrog gradient: memory, 8 times the steps", lambda: planets(100), lambda: planets(800))
    u, v, a = membrane(size)
    yield from race(f"wave equation gradient, {n} steps", waves(size, n), {"own value": lambda: lambda: wave_loss.unchecked(0.0, u, v, a, n=n)}, effort)
    yield growth("wave equation gradient: memory, 8 times the steps", lambda: moving(16, 100), lambda: moving(16, 800))
