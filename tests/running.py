"""Kernels of the zoo, made once per process, and programs on the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any
from zlib import crc32

import numpy as np
import pytest

import revbench as rb
from revbench import Gradient, Kernel
from revbench.ad.gradient import at_first
from revbench.backends.layout import Layout
from revbench.backends.machine import Machine
from revbench.backends.machine_code import assemble
from revbench.backends.machine_program import Code
from revbench.backends.values import as_argument
from revbench.ir.types import Type
from revbench.numerics.exact import Exact, ExactArray

from .programs import ZOO
from .zoo.case import Case

NOTHING: Mapping[str, Any] = MappingProxyType({})
STEPS = 10**7
STACKS = ("itop", "ftop", "ktop", "ltop")            # of the machine: ints, floats, keepers, what was erased
SAME = {"float64": 1e-12, "float32": 1e-5}           # how far two executors may be apart
BACK = {"float64": 1e-9, "float32": 1e-3}            # and a value that went there and back again


# ---- the zoo
def every(cases: Sequence[Case]) -> pytest.MarkDecorator:
    """One test per case; all tests of a case in one worker, which has compiled it."""
    return pytest.mark.parametrize("case", [pytest.param(c, id=c.name, marks=pytest.mark.xdist_group(c.name)) for c in cases])


def of_a_third(cases: Sequence[Case], rest: int = 0) -> list[Case]:
    return [c for c in cases if crc32(c.name.encode()) % 3 == rest]


# ---- kernels
def last_of(text: str, names: Mapping[str, Any] = NOTHING) -> Kernel:
    """The last kernel of a text."""
    made = rb.compile(text, **names)
    return made if isinstance(made, Kernel) else list(vars(made).values())[-1]


@cache
def kernel(name: str) -> Kernel:
    """The kernel of a program of the zoo."""
    return last_of(ZOO[name].text, ZOO[name].names)


@cache
def gradient(name: str) -> Gradient:
    return Gradient(kernel(name), ZOO[name].of, ZOO[name].wrt)


def bound(case: Case) -> tuple[list[Any], dict[str, Any]]:
    """A case's registers, normalised, and all its constants, captured ones and defaults included."""
    f = kernel(case.name)
    registers, constants = f.bind(case.args, case.consts)
    return registers, dict(zip(f.library.program.consts, constants, strict=True))


def as_list(f: Kernel, out: Any) -> list[Any]:
    """What a call gave back, a list also if it is one register."""
    return list(out) if len(f.registers) > 1 else [out]


# ---- the machine
def machine(code: Code, values: Sequence[Any], signature: Sequence[Type]) -> Machine:
    """A machine at the beginning of a program."""
    return Machine(code, Layout(signature).split([as_argument(v, t, True) for v, t in zip(values, signature, strict=True)]))


@lru_cache(maxsize=256)
def code_of(f: Kernel, signature: tuple[Type, ...]) -> Code:
    return assemble(*f.typed(signature))


def on_machine(f: Kernel, args: Sequence[Any], consts: Mapping[str, Any] = NOTHING) -> Machine:
    """A machine at the beginning of `f`."""
    registers, constants = f.bind(tuple(args), consts)
    signature = f.signature(registers, constants)
    return machine(code_of(f, signature), [*registers, *constants], signature)


def text_on_machine(text: str, args: Sequence[Any], consts: Mapping[str, Any]) -> Machine:
    """A machine at the beginning of the last kernel of a text, which has its captured arrays as constants."""
    return on_machine(last_of(text), args, consts)


def gradient_on_machine(case: Case) -> Machine:
    """A machine at the beginning of a gradient program."""
    g = gradient(case.name)
    _, constants, signature = g.arguments(case.args, dict(case.consts))
    library, main, _, _ = g.typed(signature)
    p, n = library[main].program, len(g.kernel.registers)
    fixed = Layout(signature[n:]).split([as_argument(v, t, True) for v, t in zip(constants, signature[n:], strict=True)])
    return machine(assemble(library, main), [*with_cotangents(case), *fixed], [library[main].types[q] for q in (*p.params, *p.consts)])


def with_cotangents(case: Case) -> list[Any]:
    """The registers of a gradient program: the kernel's, their cotangents at zero, the value at zero."""
    g = gradient(case.name)
    registers, _, signature = g.arguments(case.args, dict(case.consts))
    types = signature[:len(registers)]
    layout = Layout(types)
    parts = layout.split([as_argument(v, t, True) for v, t in zip(registers, types, strict=True)])
    library, main, _, _ = g.typed(signature)
    given = map(library[main].program.params.index, cotangents(case))
    return [*(registers if layout.plain else parts),
            *(at_first(parts[at], layout.flat[at]) for at in given), at_first(parts[g.loss(signature)], layout.flat[g.loss(signature)])]


def cotangents(case: Case) -> list[str]:
    """The registers that have a cotangent in the gradient program, in its order."""
    g = gradient(case.name)
    return list(g.typed(g.arguments(case.args, dict(case.consts))[2])[2])


def cotangents_on_machine(f: Kernel, args: Sequence[Any], of: str, wrt: Sequence[str]) -> dict[str, Any]:
    """The gradient of a kernel of real numbers, from the machine."""
    g = Gradient(f, of, tuple(wrt))
    registers, _, signature = g.arguments(tuple(args), {})
    library, main, bars, _ = g.typed(signature)
    zeros = [np.zeros(np.shape(registers[f.registers.index(q)]))[()] for q in bars]
    types = library[main].types
    m = machine(assemble(library, main), [*registers, *zeros, 0.0], [types[q] for q in library[main].program.params])
    assert m.run(STEPS) == "done"
    return dict(zip(bars, m.outputs()[len(registers):], strict=False))


def stacks(m: Machine, of: Sequence[str] = STACKS) -> dict[str, int]:
    """How high the machine's stacks stand."""
    return {name: m.register(name) for name in of}


# ---- comparing
def whole(value: Any) -> Any:
    """What a fixed-point or logarithmic number is in memory."""
    return value.raw if isinstance(value, Exact | ExactArray) else value


def single(values: Sequence[Any]) -> bool:
    return any(np.asarray(v).dtype in (np.float32, np.complex64) for v in values)


def in_parts(values: Sequence[Any]) -> list[Any]:
    """Fields of records one by one; complex numbers as their two parts, complex arrays as float arrays with one more axis."""
    out: list[Any] = []
    for a in map(np.asarray, values):
        if a.dtype.fields is not None:
            out += in_parts([a[f] for f in a.dtype.names or ()])
        elif a.dtype.kind == "c":
            out += [np.stack([a.real, a.imag], -1)] if a.ndim else [a.real, a.imag]
        else:
            out.append(a)
    return out


def assert_close(got: Sequence[Any], want: Sequence[Any], rounding: Mapping[str, float] | float = SAME) -> None:
    """Whole numbers and bools bitwise; floats up to rounding, relative to themselves or to the largest in their array.

    Fixed-point and logarithmic numbers bitwise, unless a rounding is asked for in numbers.
    """
    if rounding in (SAME, BACK, 0.0):
        got, want = [list(map(whole, values)) for values in (got, want)]
    for a, b in zip(in_parts(got), in_parts(want), strict=True):
        assert a.shape == b.shape
        if b.dtype.kind != "f":
            assert np.array_equal(a, b), f"{a} is not {b}"
            continue
        tolerance = rounding if isinstance(rounding, float) else rounding["float32" if single([a, b]) else "float64"]
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * max(1.0, np.max(np.abs(b), initial=0.0)))
