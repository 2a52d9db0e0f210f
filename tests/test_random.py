"""Random kernels: every law on the machine, and the same values, ways back and gradients on Numba.

The shards of a run are the same ones each time. `make random N=20000` looks at more programs than CI has time for.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from tqdm import tqdm

from revbench import Gradient, Kernel
from revbench.ad.forward import jvp_program
from revbench.backends.machine_code import assemble
from revbench.errors import MisplacedKeep, Mistakes, MixedStatement, NeedsCameFrom, NeedsFi, OperandChanges, RevbenchError
from revbench.ir.typed import TypedLibrary
from revbench.passes.drop import drop, literal
from revbench.passes.effects import Effects
from revbench.passes.inverse import inverse
from revbench.passes.uncalls import uncalls

from .in_python import run_in_python
from .running import BACK, STEPS, assert_close, last_of, machine, on_machine, stacks
from .strategies import ARGS, DIFFERENTIABLE, PYTHON, REGISTERS, kernels, moved

EXTREMUM = re.compile(r"\b(min|max)\([^,()]+\)")
REFUSALS = (OperandChanges, MixedStatement, NeedsFi, NeedsCameFrom, MisplacedKeep)
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
FIND = [Phase.explicit, Phase.generate]               # shrinking a text takes minutes; taking lines out of it by hand, seconds
SHARDS = 2
ON_THE_MACHINE = int(os.environ.get("REVBENCH_PROGRAMS", "500"))
ON_NUMBA = int(os.environ.get("REVBENCH_PROGRAMS_ON_NUMBA", "50"))
Registers = list[Any]


def every_program(law: Callable[[str, int], None], count: int, shard: int) -> None:
    """`law(text, number)` for this shard's part of `count` programs. A long run says on the terminal how far it is."""
    numbers = iter(range(10**9))
    done = tqdm(total=count // SHARDS, desc=f"{law.__name__}[{shard}]", unit="program", file=sys.__stderr__, mininterval=5, disable=count <= 2000)

    @seed(shard)
    @settings(max_examples=count // SHARDS, deadline=None, suppress_health_check=SLOW, phases=FIND, database=None)
    @given(kernels())
    def holds(text: str) -> None:
        law(text, next(numbers))
        done.update()

    with done:
        holds()


in_shards = pytest.mark.parametrize("shard", [pytest.param(k, marks=pytest.mark.timeout(0)) for k in range(SHARDS)])


@lru_cache(maxsize=64)
def kernel(text: str) -> Kernel | None:
    """The kernel, or None if its locals cannot be undone where they are: then the refusal has a place and a way out."""
    try:
        return last_of(text)
    except RevbenchError as refusal:
        mistakes = refusal.mistakes if isinstance(refusal, Mistakes) else [refusal]
    assert all(isinstance(m, REFUSALS) and m.hint and m.labels for m in mistakes), mistakes
    return None


def legal(text: str) -> Kernel:
    f = kernel(text)
    assume(f is not None)
    assert f is not None
    return f


def as_python(text: str) -> str:
    """The kernel `f` without calls, which are written out, and without words that change no value."""
    def inlined(m: re.Match[str]) -> str:
        space, uncall, name, arg = m.groups()
        return f"{space}{name} {'-=' if uncall else '+='} sin(0.5 * ({arg})) - 0.1 * tanh((0.5 * ({arg})) ** 2)"

    own = text[text.index("def f("):]
    own = re.sub(r"with (compute|unchecked)\(\):", "if True:", own)
    return re.sub(r"^( +)(~?)g\((\w+), (.*)\)$", inlined, own, flags=re.MULTILINE)


def run(f: Kernel, args: Registers) -> Registers:
    m = on_machine(f, args)
    assert m.run(STEPS) == "done"
    return m.outputs()


# ---- on the machine
@in_shards
def test_every_law_on_the_machine(shard: int) -> None:
    every_program(machine_laws, ON_THE_MACHINE, shard)


def machine_laws(text: str, number: int) -> None:
    laws_of(legal(text), text, number)


def laws_of(f: Kernel, text: str, number: int) -> None:
    out = there_and_back(f, text)
    assert_close(out, run_in_python(as_python(text), ARGS, {}, PYTHON), 1e-10)
    undoes(f, out)
    shows(f)
    drops(f, out)
    differentiates(f, np.random.default_rng(number))


def there_and_back(f: Kernel, text: str) -> Registers:
    """What the registers hold at the end, after a look at the way back.

    That has as many instructions, unless an extremum was taken of equal numbers that round-off tells apart: how many they are decides a branch.
    """
    m = on_machine(f, ARGS)
    before, begin = stacks(m), m.outputs()
    assert m.run(STEPS) == "done"
    out = m.outputs()
    assert stacks(m) == before
    assert m.run(-STEPS) == "done"
    assert m.time == 0 or EXTREMUM.search(text)
    assert stacks(m) == before
    assert_close(plain(m.outputs()), plain(begin), BACK)
    return out


def undoes(f: Kernel, out: Registers) -> None:
    for p in f.library.programs.values():
        assert inverse(inverse(p.body)) == p.body
    given = [type(a)(v) if isinstance(a, np.generic) else v for a, v in zip(ARGS, out, strict=True)]
    assert_close(plain(run(~f, given)), plain(on_machine(f, ARGS).outputs()), BACK)


def shows(f: Kernel) -> None:
    ast.parse(f.show("ir"))
    assert last_of(f.show("ir")).show("ir") == f.show("ir")
    assert last_of(f.show("inverse")).show("inverse") == f.show("ir")


def drops(f: Kernel, out: Registers) -> None:
    """Compute parts that are dropped, or spelled out, change no value."""
    registers, constants = f.bind(ARGS, {})
    signature = f.signature(registers, constants)
    library, main = f.typed(signature)
    effects = Effects({n: t.program for n, t in library.items()})

    def results(lowered: TypedLibrary) -> Registers:
        m = machine(assemble(lowered, main), registers, signature)
        assert m.run(STEPS) == "done"
        return m.outputs()

    assert_close(results(uncalls(library, lambda b: drop(b, effects))), out, 1e-10)
    assert_close(results(uncalls(library, literal)), out, 0.0)


def differentiates(f: Kernel, rng: np.random.Generator) -> None:
    """Adjoint, tangent and finite differences agree along a random direction; what is not asked for makes no difference."""
    along = {q: rng.uniform(-1, 1, np.shape(ARGS[REGISTERS.index(q)]))[()] for q in DIFFERENTIABLE}
    found = cotangents(f, DIFFERENTIABLE)
    adjoint = sum(float(np.sum(found[q] * v)) for q, v in along.items() if q in found)
    np.testing.assert_allclose(tangent(f, along), adjoint, rtol=1e-9, atol=1e-9)
    wide, narrow = (difference(f, along, h) for h in (1e-4, 5e-5))
    if abs(wide - narrow) < 1e-5:                               # a step may cross the edge of a branch
        np.testing.assert_allclose(adjoint, narrow, rtol=1e-5, atol=1e-5)
    name = DIFFERENTIABLE[int(rng.integers(len(DIFFERENTIABLE)))]
    one = cotangents(f, (name,))
    assert_close([np.asarray(one.get(name, 0.0))], [np.asarray(found.get(name, 0.0))], 1e-12)


def cotangents(f: Kernel, wrt: tuple[str, ...]) -> dict[str, Any]:
    """The gradient of `y`, from the machine, which then runs back to where it began."""
    g = Gradient(f, "y", wrt)
    registers, _, signature = g.arguments(ARGS, {})
    library, main, bars, _ = g.typed(signature)
    zeros = [np.zeros(np.shape(registers[REGISTERS.index(q)]))[()] for q in bars]
    types = library[main].types
    m = machine(assemble(library, main), [*registers, *zeros, 0.0], [types[q] for q in library[main].program.params])
    before = stacks(m)
    assert m.run(STEPS) == "done"
    found = dict(zip(bars, m.outputs()[len(REGISTERS):], strict=False))
    assert m.run(-STEPS) == "done"
    assert stacks(m) == before
    return found


def tangent(f: Kernel, along: dict[str, Any]) -> float:
    """How `y` moves when the registers move along a direction; the machine runs back to where it began."""
    registers, constants = f.bind(ARGS, {})
    program = jvp_program(f, f.signature(registers, constants), tuple(along))
    typed = program.library[program.main]
    dots = [along.get(q, np.zeros(np.shape(registers[REGISTERS.index(q)]))[()]) for q in program.dots]
    m = machine(assemble(program.library, program.main), [*registers, *dots], [typed.types[q] for q in typed.program.params])
    begin, before = m.outputs(), stacks(m)
    assert m.run(STEPS) == "done"
    out = dict(zip(program.dots, m.outputs()[len(REGISTERS):], strict=True)).get("y", 0.0)
    assert m.run(-STEPS) == "done"
    assert stacks(m) == before
    assert_close(m.outputs(), begin, 1e-7)
    return float(out)


def difference(f: Kernel, along: dict[str, Any], h: float) -> float:
    """The central difference of `y` along a direction."""
    ahead, behind = (run(f, moved(along, sign * h))[0] for sign in (1, -1))
    return float((ahead - behind) / (2 * h))


# ---- and on Numba
@in_shards
def test_every_law_on_numba(shard: int) -> None:
    every_program(numba_laws, ON_NUMBA, shard)


def numba_laws(text: str, number: int) -> None:
    f = legal(text)
    out = list(f(*ARGS))
    assert_close(plain(out), plain(run(f, ARGS)))
    assert_close(plain((~f)(*out)), plain(on_machine(f, ARGS).outputs()), BACK)
    found, want = Gradient(f, "y", DIFFERENTIABLE[1:])(*ARGS), cotangents(f, DIFFERENTIABLE[1:])
    for name, got in zip(DIFFERENTIABLE[1:], found, strict=True):
        assert_close([np.asarray(got)], [np.asarray(want.get(name, np.zeros_like(got)))], 1e-9)
    if number % 5 == 0:
        assert_close(plain(f.unchecked(*ARGS)), plain(out))


def plain(values: Any) -> list[Any]:
    """Exact numbers as the whole numbers that they are kept in."""
    return [getattr(v, "raw", v) for v in values]


# ---- what they have found
FOUND = {
    "a counter under a kept value": '''
def f(y, z, w, n, u, b, p, x, c):
    with compute():
        t = 0.7 * u
    with unchecked():
        k = 0
        while k < 2:
            k += 1
        t = keep(0.7 * tanh(t))
    y += t * z
''',
    "a counter under another": '''
def f(y, z, w, n, u, b, p, x, c):
    with compute():
        t = 0.7 * u
    for q in range(2):
        k = 0
        while k < 2:
            k += 1
        while t < 3.0:
            t += 1.0
    y += t * z
''',
}


@pytest.mark.parametrize("name", FOUND)
def test_programs_that_once_went_wrong(name: str) -> None:
    laws_of(last_of(FOUND[name]), FOUND[name], 0)
