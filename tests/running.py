"""Kernels of the zoo, compiled once per process, and their programs on the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from revbench import Gradient, Kernel, compile
from revbench.backends.machine import Machine
from revbench.backends.machine_code import assemble
from revbench.backends.values import as_argument
from revbench.ir.typed import TypedLibrary
from revbench.ir.types import Type

from .programs import ZOO

STEPS = 10**7
STACKS = ("itop", "ftop", "ktop", "ltop")
ROUNDING = {"float64": 1e-12, "float32": 1e-5}


def last_of(text: str, names: Mapping[str, Any]) -> Kernel:
    """The last kernel of a text."""
    made = compile(text, **names)
    return made if isinstance(made, Kernel) else list(vars(made).values())[-1]


@cache
def kernel(name: str) -> Kernel:
    """The kernel of a program of the zoo."""
    return last_of(ZOO[name].text, ZOO[name].names)


@cache
def gradient(name: str) -> Gradient:
    case = ZOO[name]
    return Gradient(kernel(name), case.of, case.wrt)


def on_machine(f: Kernel, args: Sequence[Any], consts: Mapping[str, Any] = {}) -> Machine:
    """A machine that stands at the beginning of `f`."""
    registers, constants = f.bind(tuple(args), consts)
    signature = f.signature(registers, constants)
    return machine_of(f.typed(signature), [*registers, *constants], signature)


def machine_of(typed: tuple[TypedLibrary, str], values: Sequence[Any], signature: Sequence[Type]) -> Machine:
    return Machine(assemble(*typed), [as_argument(v, t, True) for v, t in zip(values, signature, strict=True)])


def gradient_on_machine(g: Gradient, args: Sequence[Any], consts: Mapping[str, Any] = {}) -> tuple[Machine, dict[str, int]]:
    """A machine at the beginning of a gradient program, and where the cotangent of each register is among its outputs."""
    registers, constants, signature = g.arguments(args, dict(consts))
    library, main, bars, _ = g.typed(signature)
    names, types = g.kernel.registers, library[main].types
    zeros = [np.zeros_like(registers[names.index(q)], types[b].dtype) for q, b in bars.items()]
    values = [*registers, *zeros, 0.0, *constants]
    p = library[main].program
    return machine_of((library, main), values, [types[q] for q in (*p.params, *p.consts)]), {q: len(names) + k for k, q in enumerate(bars)}


def assert_close(got: Sequence[Any], want: Sequence[Any], rounding: Mapping[str, float] | float = ROUNDING) -> None:
    """Whole numbers and bools bitwise, floats up to rounding: relative, and to the largest in their array."""
    assert len(got) == len(want)
    for a, b in zip(map(np.asarray, got), map(np.asarray, want), strict=True):
        assert a.shape == b.shape
        if b.dtype.kind != "f":
            assert np.array_equal(a, b)
            continue
        tolerance = rounding if isinstance(rounding, float) else rounding[str(b.dtype)]
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * max(1.0, np.max(np.abs(b), initial=0.0)))


def results(f: Kernel, out: Any) -> list[Any]:
    """What a call gave back, always as a list."""
    return list(out) if len(f.registers) > 1 else [out]
