"""Forward mode over the zoo: tangents against differences, against adjoints, and back again; Hessians against gradients."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
import pytest

import revbench as rb
from revbench.ad.forward import Forward, hvp_program, jvp_program
from revbench.backends.machine import Machine
from revbench.backends.machine_code import assemble
from revbench.errors import NotDifferentiable
from revbench.explain.texts import library_text
from revbench.numerics.exact import Exact, ExactArray
from revbench.passes.adjoint import Adjoints

from .programs import CASES, ZOO
from .running import STEPS, as_list, assert_close, bound, every, gradient, kernel, machine, of_a_third, on_machine, single, stacks, text_on_machine
from .zoo.case import GRADIENT, Case
from .zoo.complex import COMPLEX
from .zoo.records import RECORDS

#   complex numbers and records are in `test_complex`, stacks as registers in `test_forward`
DIFFERENTIABLE = [c for c in CASES if GRADIENT in c.laws and c not in COMPLEX + RECORDS and not any(isinstance(a, rb.Stack) for a in c.args)]
DOUBLE = [c for c in DIFFERENTIABLE if not single(c.args)]
all_gradients = every(DIFFERENTIABLE)


# ---- directions
def floats(case: Case) -> list[str]:
    """The registers that can move: those that the case differentiates by, and what it differentiates."""
    g = gradient(case.name)
    return [g.kernel.registers[k] for k in sorted({g.of, *g.positions(g.arguments(case.args, dict(case.consts))[2])})]


def direction(case: Case, salt: str = "") -> dict[str, Any]:
    """A random direction for every register that can move, in its type."""
    rng = np.random.default_rng(crc32((case.name + salt).encode()))
    f, (registers, _) = kernel(case.name), bound(case)
    out = {}
    for q in floats(case):
        value = registers[f.registers.index(q)]
        array = isinstance(value, np.ndarray | np.generic | ExactArray)
        out[q] = rng.uniform(-1, 1, np.shape(value)).astype(np.asarray(value).dtype)[()] if array else rng.uniform(-1, 1)
    return out


def moved_by(value: Any, step: Any) -> Any:
    new = (np.asarray(value) + step)[()]
    return value.scalar(new) if isinstance(value, ExactArray) else type(value)(new) if isinstance(value, Exact) else new


def tolerance(case: Case, double: float = 1e-9) -> float:
    return 1e-3 if single(bound(case)[0]) else double


# ---- programs on the machine
@lru_cache(maxsize=256)
def tangent_of(name: str, backward: bool = False) -> Forward:
    case = next(c for c in DIFFERENTIABLE if c.name == name)
    f = ~kernel(name) if backward else kernel(name)
    return jvp_program(f, f.signature(*f.bind(case.args, case.consts)), tuple(floats(case)))


def at_the_beginning(program: Forward, registers: list[Any], moving: dict[str, Any], constants: list[Any]) -> Machine:
    """A machine in front of a tangent program; what does not move has a tangent of zero."""
    typed = program.library[program.main]
    p = typed.program
    given = dict(zip(p.params, registers, strict=False))
    dots = [moving.get(q, np.zeros_like(np.asarray(given[q]))[()]) for q in program.dots]
    return machine(assemble(program.library, program.main), [*registers, *dots, *constants], [typed.types[q] for q in (*p.params, *p.consts)])


def tangent_on_machine(case: Case, backward: bool = False, moving: dict[str, Any] | None = None, registers: list[Any] | None = None) -> Machine:
    given, consts = bound(case)
    return at_the_beginning(tangent_of(case.name, backward), registers or given, moving or direction(case), list(consts.values()))


def moved(m: Machine, program: Forward) -> dict[str, Any]:
    n = len(program.library[program.main].program.params) - len(program.dots)
    return dict(zip(program.dots, m.outputs()[n:], strict=True))


def run(m: Machine) -> Machine:
    assert m.run(STEPS) == "done"
    return m


def pulled_back(case: Case, w: dict[str, Any]) -> dict[str, Any]:
    """The transposed Jacobian of a kernel times `w`, by its adjoint on the machine."""
    f, (_, constants) = kernel(case.name), bound(case)
    library, main = f.typed(f.signature(*f.bind(case.args, case.consts)))
    adjoints, every_float = Adjoints(dict(library)), frozenset(f.registers.index(q) for q in floats(case))
    name = adjoints.of(main, every_float, every_float)
    typed, bars = adjoints.library[name], adjoints.bars[name]
    ends = on_machine(f, case.args, case.consts)
    run(ends)
    p = typed.program
    given = dict(zip(f.registers, ends.outputs(), strict=True))
    values = [*ends.outputs(), *(w.get(q, np.zeros_like(np.asarray(given[q]))[()]) for q in bars), *constants.values()]
    m = machine(assemble(adjoints.library, name), values, [typed.types[q] for q in (*p.params, *p.consts)])
    return dict(zip(bars, run(m).outputs()[len(f.registers):], strict=True))


def inner(a: dict[str, Any], b: dict[str, Any]) -> float:
    return sum(float(np.sum(np.multiply(a[q], b[q], dtype=float))) for q in a.keys() & b.keys())


# ---- jvp
@every(DOUBLE)
def test_a_tangent_is_the_difference_of_two_runs(case: Case) -> None:
    f, (registers, _), v = kernel(case.name), bound(case), direction(case)
    of = f.registers[gradient(case.name).of]
    got, h = moved(run(tangent_on_machine(case)), tangent_of(case.name))[of], 1e-5
    ends = []
    for sign in (1, -1):
        there = [x if q not in v else moved_by(x, sign * h * v[q]) for q, x in zip(f.registers, registers, strict=True)]
        ends.append(float(run(on_machine(f, there, case.consts)).outputs()[f.registers.index(of)]))
    assert (ends[0] - ends[1]) / (2 * h) == pytest.approx(float(got), rel=1e-6, abs=1e-6)


@all_gradients
def test_tangent_and_adjoint_agree(case: Case) -> None:
    v, w = direction(case), direction(case, "cotangent")
    along = moved(run(tangent_on_machine(case)), tangent_of(case.name))
    left, right = inner(along, w), inner(pulled_back(case, w), v)
    assert left == pytest.approx(right, rel=tolerance(case), abs=tolerance(case))


@all_gradients
def test_a_tangent_program_computes_what_the_kernel_computes_and_runs_back(case: Case) -> None:
    f, m = kernel(case.name), tangent_on_machine(case)
    begin, before = m.outputs(), stacks(m)
    assert_close(run(m).outputs()[:len(f.registers)], run(on_machine(f, case.args, case.consts)).outputs(), 0.0)
    assert m.register("erased") == 0
    assert stacks(m) == before
    assert m.run(-STEPS) == "done"
    assert stacks(m) == before
    assert_close(m.outputs(), begin, tolerance(case))


@all_gradients
def test_the_tangent_of_the_inverse_brings_a_direction_back(case: Case) -> None:
    v, n = direction(case), len(kernel(case.name).registers)
    there = run(tangent_on_machine(case))
    back = tangent_on_machine(case, True, moved(there, tangent_of(case.name)), there.outputs()[:n])
    found = moved(run(back), tangent_of(case.name, True))
    assert_close([found[q] for q in v], list(v.values()), tolerance(case, 1e-7))


#   a stack that a kernel only looks at (`s[-1]`) is not known to be one when its text is read again
@every([c for c in DIFFERENTIABLE if c.name != "stacks handed on"])
def test_a_shown_tangent_computes_the_same(case: Case) -> None:
    original = run(tangent_on_machine(case))
    (registers, consts), program = bound(case), tangent_of(case.name)
    given = dict(zip(kernel(case.name).registers, registers, strict=True))
    dots = [direction(case).get(q, np.zeros_like(np.asarray(given[q]))[()]) for q in program.dots]
    again = run(text_on_machine(library_text(program.library, program.main), [*registers, *dots], consts))
    assert again.time == original.time
    assert_close(again.outputs(), original.outputs(), 0.0)


@every(of_a_third(DIFFERENTIABLE, 1)[::2])
def test_jvp_is_what_the_machine_computes(case: Case) -> None:
    f, v = kernel(case.name), direction(case)
    outputs, tangents = rb.jvp(f, bound(case)[0], [v.get(q) for q in f.registers], **case.consts)
    m = run(tangent_on_machine(case))
    close = 1e-4 if single(bound(case)[0]) else 1e-9
    assert_close(as_list(f, outputs), m.outputs()[:len(f.registers)], close)
    found = dict(zip(f.registers, as_list(f, tangents), strict=True))
    along = moved(m, tangent_of(case.name))
    assert_close([found[q] for q in along], list(along.values()), close)
    assert [q for q in f.registers if found[q] is None] == [q for q, x in zip(f.registers, bound(case)[0], strict=True) if np.asarray(x).dtype.kind != "f"]


# ---- hvp
def hessian_on_machine(case: Case, moving: dict[str, Any]) -> tuple[dict[str, Any], Machine]:
    g, (registers, consts) = gradient(case.name), bound(case)
    _, _, signature = g.arguments(case.args, dict(case.consts))
    program, params, bars = hvp_program(g, signature)
    given = dict(zip(g.kernel.registers, registers, strict=True))
    cotangents = [np.zeros_like(given[q])[()] for q in bars]
    m = at_the_beginning(program, [*registers, *cotangents, np.zeros_like(registers[g.of])[()]], moving, list(consts.values()))
    run(m)
    found = dict(zip(program.dots, m.outputs()[len(params):], strict=True))
    return {q: found.get(bars.get(q, ""), np.zeros_like(given[q])) for q in moving}, m


def gradient_at(case: Case, registers: list[Any]) -> dict[str, Any]:
    g, (_, consts) = gradient(case.name), bound(case)
    _, _, signature = g.arguments(registers, dict(case.consts))
    library, main, bars, wrt = g.typed(signature)
    p, types = library[main].program, library[main].types
    names = g.kernel.registers
    zeros = [np.zeros_like(registers[names.index(q)])[()] for q in bars]
    m = machine(assemble(library, main), [*registers, *zeros, np.zeros_like(registers[g.of])[()], *consts.values()], [types[q] for q in (*p.params, *p.consts)])
    found = dict(zip(bars, run(m).outputs()[len(names):], strict=False))
    return {names[k]: found.get(names[k], np.zeros_like(registers[k])) for k in wrt}


def vector(case: Case) -> dict[str, Any]:
    names = gradient(case.name).kernel.registers
    return {q: v for q, v in direction(case).items() if q != names[gradient(case.name).of]}


@every([c for c in DOUBLE if c.name != "special functions"])
def test_a_hessian_times_a_vector_is_the_difference_of_two_gradients(case: Case) -> None:
    f, (registers, _), v = kernel(case.name), bound(case), vector(case)
    got, _ = hessian_on_machine(case, v)
    ends = []
    for sign in (1, -1):
        there = [x if q not in v else (np.asarray(x) + sign * 1e-5 * v[q])[()] for q, x in zip(f.registers, registers, strict=True)]
        ends.append(gradient_at(case, there))
    for q in v:
        want = (np.asarray(ends[0][q]) - np.asarray(ends[1][q])) / 2e-5
        np.testing.assert_allclose(got[q], want, rtol=1e-5, atol=1e-5 * max(1.0, float(np.max(np.abs(want), initial=0.0))))


def test_an_operation_without_a_second_derivative_is_named() -> None:
    case = ZOO["special functions"]
    with pytest.raises(NotDifferentiable, match=r"`trigamma\(.*\)` has no derivative") as refused:
        hessian_on_machine(case, vector(case))
    assert refused.value.labels[0].span.text in case.text


@every(of_a_third(DIFFERENTIABLE, 2)[::4])
def test_hvp_is_what_the_machine_computes(case: Case) -> None:
    g, v = gradient(case.name), vector(case)
    given = next(iter(v.values())) if g.bare else tuple(v.values())
    found = rb.hvp(g.kernel, bound(case)[0], given, g.of, case.wrt, **case.consts)
    want, _ = hessian_on_machine(case, v)
    assert_close([found] if g.bare else list(found), list(want.values()), 1e-3 if single(bound(case)[0]) else 1e-9)
