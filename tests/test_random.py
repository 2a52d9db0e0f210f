"""Random kernels on the machine: values, the way back, inverses, gradients and texts."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from revbench import Gradient, Kernel
from revbench.ad.forward import jvp_program
from revbench.backends.machine_code import assemble
from revbench.errors import Mistakes, MixedStatement, NeedsCameFrom, NeedsFi, OperandChanges, RevbenchError
from revbench.ir.typed import TypedLibrary
from revbench.passes.drop import drop, literal
from revbench.passes.effects import Effects
from revbench.passes.inverse import inverse
from revbench.passes.uncalls import uncalls

from .in_python import run_in_python
from .running import BACK, STEPS, assert_close, last_of, machine, on_machine, stacks
from .strategies import ARGS, DIFFERENTIABLE, REGISTERS, kernels

REFUSALS = (OperandChanges, MixedStatement, NeedsFi, NeedsCameFrom)
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
FIND = [Phase.explicit, Phase.generate]               # shrinking a text takes minutes; taking lines out of it by hand, seconds
examples = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=SLOW, phases=FIND, database=None)


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


def run(f: Kernel, args: tuple[Any, ...] = ARGS) -> list[Any]:
    m = on_machine(f, args)
    assert m.run(STEPS) == "done"
    return m.outputs()


@examples
@given(kernels())
def test_values_are_pythons(text: str) -> None:
    assert_close(run(legal(text)), run_in_python(as_python(text), ARGS, {}, {}), 1e-10)


@examples
@given(kernels())
def test_the_way_back_ends_at_the_arguments(text: str) -> None:
    m = on_machine(legal(text), ARGS)
    before = stacks(m)
    assert m.run(STEPS) == "done"
    assert stacks(m) == before
    assert m.run(-STEPS) == "done"
    assert m.time == 0
    assert stacks(m) == before
    assert_close(m.outputs(), [np.array(a) for a in ARGS], BACK)


@examples
@given(kernels())
def test_the_inverse_program_undoes(text: str) -> None:
    f = legal(text)
    for p in f.library.programs.values():
        assert inverse(inverse(p.body)) == p.body
    assert_close(run(~f, tuple(run(f))), [np.array(a) for a in ARGS], BACK)


@examples
@given(kernels())
def test_the_shown_text_is_the_program(text: str) -> None:
    f = legal(text)
    ast.parse(f.show("ir"))
    assert last_of(f.show("ir")).show("ir") == f.show("ir")
    assert last_of(f.show("inverse")).show("inverse") == f.show("ir")


@examples
@given(kernels())
def test_dropping_compute_parts_changes_no_value(text: str) -> None:
    f = legal(text)
    registers, constants = f.bind(ARGS, {})
    signature = f.signature(registers, constants)
    library, main = f.typed(signature)
    effects = Effects({n: t.program for n, t in library.items()})

    def results(lowered: TypedLibrary) -> list[Any]:
        m = machine(assemble(lowered, main), registers, signature)
        assert m.run(STEPS) == "done"
        return m.outputs()

    assert_close(results(uncalls(library, lambda b: drop(b, effects))), run(f), 1e-10)
    assert_close(results(uncalls(library, literal)), run(f), 0.0)


@examples
@given(kernels())
def test_gradients_are_finite_differences(text: str) -> None:
    f = legal(text)
    found = cotangents(f, DIFFERENTIABLE)
    for name in DIFFERENTIABLE:
        wide, narrow = (differences(f, name, h) for h in (1e-4, 5e-5))
        smooth = np.abs(wide - narrow) < 1e-5                       # a step may cross the edge of a branch
        np.testing.assert_allclose(np.where(smooth, found.get(name, 0.0), narrow), narrow, rtol=1e-5, atol=1e-5)


@examples
@given(kernels(), st.integers(0, 2**32 - 1))
def test_the_tangent_is_the_adjoint_turned_round(text: str, seed: int) -> None:
    f, rng = legal(text), np.random.default_rng(seed)
    along = {q: rng.uniform(-1, 1, np.shape(ARGS[REGISTERS.index(q)]))[()] for q in DIFFERENTIABLE if q != "y"}
    found = cotangents(f, tuple(along))
    want = sum(float(np.sum(found[q] * v)) for q, v in along.items() if q in found)
    np.testing.assert_allclose(tangent(f, along), want, rtol=1e-9, atol=1e-9)


def tangent(f: Kernel, along: dict[str, Any]) -> float:
    """How `y` moves when the registers move along a direction; the machine runs back to where it began."""
    registers, constants = f.bind(ARGS, {})
    program = jvp_program(f, f.signature(registers, constants), tuple(along))
    typed = program.library[program.main]
    dots = [along.get(q, np.zeros_like(registers[REGISTERS.index(q)])[()]) for q in program.dots]
    m = machine(assemble(program.library, program.main), [*registers, *dots], [typed.types[q] for q in typed.program.params])
    begin, before = m.outputs(), stacks(m)
    assert m.run(STEPS) == "done"
    out = dict(zip(program.dots, m.outputs()[len(REGISTERS):], strict=True)).get("y", 0.0)
    assert m.run(-STEPS) == "done"
    assert stacks(m) == before
    assert_close(m.outputs(), begin, 1e-7)
    return float(out)


@examples
@given(kernels(), st.sampled_from(DIFFERENTIABLE))
def test_what_is_not_asked_for_makes_no_difference(text: str, name: str) -> None:
    f = legal(text)
    every, one = cotangents(f, DIFFERENTIABLE), cotangents(f, (name,))
    assert_close([np.asarray(one.get(name, 0.0))], [np.asarray(every.get(name, 0.0))], 1e-12)


def cotangents(f: Kernel, wrt: tuple[str, ...]) -> dict[str, Any]:
    """The gradient of `y`, from the machine, which then runs back to where it began."""
    g = Gradient(f, "y", wrt)
    registers, _, signature = g.arguments(ARGS, {})
    library, main, bars, _ = g.typed(signature)
    zeros = [np.zeros_like(registers[REGISTERS.index(q)]) for q in bars]
    types = library[main].types
    m = machine(assemble(library, main), [*registers, *zeros, 0.0], [types[q] for q in library[main].program.params])
    before = stacks(m)
    assert m.run(STEPS) == "done"
    found = dict(zip(bars, m.outputs()[len(REGISTERS):], strict=False))
    assert m.run(-STEPS) == "done"
    assert stacks(m) == before
    return found


def differences(f: Kernel, name: str, h: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Central differences of `y` with respect to one register."""
    at = REGISTERS.index(name)
    base = np.asarray(ARGS[at], float)
    out = np.zeros(base.shape)
    for k in np.ndindex(base.shape):
        ends = []
        for sign in (1, -1):
            moved = base.copy()
            moved[k] += sign * h
            ends.append(run(f, (*ARGS[:at], moved if base.ndim else float(moved), *ARGS[at + 1:]))[0])
        out[k] = (ends[0] - ends[1]) / (2 * h)
    return out
