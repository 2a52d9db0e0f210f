"""Derivative programs with several lanes: each lane holds what the program holds alone, on the machine, bit by bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from revbench.backends.machine import Machine
from revbench.backends.machine_code import assemble
from revbench.ir.library import reachable
from revbench.ir.typed import TypedLibrary
from revbench.ir.walk import statements
from revbench.passes.adjoint import Adjoints
from revbench.passes.lanes import Lanes
from revbench.passes.tangent import Tangents

from .running import STEPS, every, kernel, machine, of_a_third, on_machine
from .test_tangent import DIFFERENTIABLE, direction, floats
from .zoo.case import Case

SOME = of_a_third(DIFFERENTIABLE, 2)


def run(library: TypedLibrary, main: str, values: list[Any]) -> Machine:
    typed = library[main]
    p = typed.program
    m = machine(assemble(library, main), values, [typed.types[q] for q in (*p.params, *p.consts)])
    assert m.run(STEPS) == "done"
    return m


def agree(case: Case, library: TypedLibrary, name: str, beside: dict[str, str], values: list[Any], constants: list[Any]) -> None:
    """Two lanes hold what two runs of the program hold."""
    f = kernel(case.name)
    given = dict(zip(f.registers, values, strict=True))
    sides = [[direction(case, salt).get(q, np.zeros_like(np.asarray(given[q]))[()]) for q in beside] for salt in ("one", "other")]
    alone = [run(library, name, [*values, *side, *constants]).outputs() for side in sides]
    lanes = Lanes(dict(library), 2)
    n = len(f.registers)
    two, wide = lanes.of(name, frozenset(range(n, n + len(beside))))
    assert wide == frozenset(range(n, n + len(beside)))
    found = run(lanes.library, two, [*values, *(v for pair in zip(*sides, strict=True) for v in pair), *constants]).outputs()
    for lane in range(2):
        for got, want in zip([*found[:n], *found[n + lane::2]], alone[lane], strict=True):
            assert np.array_equal(np.asarray(got), np.asarray(want), equal_nan=True)


@every(SOME[::3])
def test_lanes_of_an_adjoint_are_adjoints(case: Case) -> None:
    f = kernel(case.name)
    registers, constants = f.bind(case.args, case.consts)
    library, main = f.typed(f.signature(registers, constants))
    ends = on_machine(f, case.args, case.consts)
    assert ends.run(STEPS) == "done"
    adjoints, all_floats = Adjoints(dict(library)), frozenset(f.registers.index(q) for q in floats(case))
    name = adjoints.of(main, all_floats, all_floats)
    agree(case, adjoints.library, name, adjoints.bars[name], ends.outputs(), constants)


@every(SOME[1::4])
def test_lanes_of_a_tangent_are_tangents(case: Case) -> None:
    f = kernel(case.name)
    registers, constants = f.bind(case.args, case.consts)
    library, main = f.typed(f.signature(registers, constants))
    tangents, all_floats = Tangents(dict(library)), frozenset(f.registers.index(q) for q in floats(case))
    name = tangents.of(main, all_floats, all_floats)
    agree(case, tangents.library, name, tangents.dots[name], registers, constants)


def test_lanes_share_values() -> None:
    case = next(c for c in DIFFERENTIABLE if c.name == "norm")
    f = kernel(case.name)
    library, main = f.typed(f.signature(*f.bind(case.args, case.consts)))
    adjoints = Adjoints(dict(library))
    name = adjoints.of(main, frozenset({1}), frozenset({0}))
    lanes = Lanes(dict(adjoints.library), 3)
    wide, _ = lanes.of(name, frozenset({2, 3}))

    def size(main: str) -> int:
        programs = {n: t.program for n, t in lanes.library.items()}
        return sum(1 for n in reachable(programs, main) for _ in statements(programs[n].body))

    assert size(name) < size(wide) < 3 * size(name)
