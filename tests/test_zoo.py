"""Every program of the zoo through every pass and every executor. The machine is the reference."""

from __future__ import annotations

import ast
from copy import copy
from zlib import crc32

import numpy as np
import pytest

from revbench import check_grad
from revbench.errors import NotDifferentiable
from revbench.ir.nodes import Fn
from revbench.ir.walk import expressions, statements, subexpressions
from revbench.passes.declared import HASHES
from revbench.passes.inverse import inverse
from revbench.rules.functions import FUNCTIONS

from .in_python import is_plain, run_in_python
from .programs import CASES
from .running import (
    BACK,
    STACKS,
    STEPS,
    as_list,
    assert_close,
    bound,
    cotangents,
    every,
    gradient,
    gradient_on_machine,
    kernel,
    last_of,
    of_a_third,
    on_machine,
    single,
    stacks,
    text_on_machine,
    with_cotangents,
)
from .zoo.case import GRADIENT, KEEPER, Case

all_programs = every(CASES)
all_gradients = every([c for c in CASES if GRADIENT in c.laws])


# ---- the zoo itself
def test_the_zoo_uses_the_elementary_functions() -> None:
    used = {e.fn for c in CASES for p in kernel(c.name).library.programs.values() for s in statements(p.body)
            for whole in expressions(s) for e in subexpressions(whole) if isinstance(e, Fn)}
    elementary = {name for name, f in FUNCTIONS.items() if f.result == "float" and name not in HASHES}         # not what tests declare
    assert len(used & elementary) >= 25
    assert elementary - used <= {"div", "trigamma"}


# ---- forward
@all_programs
def test_numba_and_the_machine_agree(case: Case) -> None:
    f = kernel(case.name)
    m = on_machine(f, case.args, case.consts)
    assert m.run(STEPS) == "done"
    assert_close(as_list(f, f(*case.args, **case.consts)), m.outputs())


@every([c for c in CASES if is_plain(c.text)])
def test_a_kernel_computes_what_python_computes(case: Case) -> None:
    m = on_machine(kernel(case.name), case.args, case.consts)
    m.run(STEPS)
    want = run_in_python(case.text, case.args, case.consts, case.names)
    assert_close(m.outputs(), want, 1e-5 if single(bound(case)[0]) else 1e-12)


@every(of_a_third(CASES))
def test_without_laws_the_values_are_the_same(case: Case) -> None:
    f = kernel(case.name)
    assert_close(as_list(f, f.unchecked(*case.args, **case.consts)), as_list(f, f(*case.args, **case.consts)))


@all_programs
def test_the_callers_arrays_are_left_alone(case: Case) -> None:
    given = [np.array(v) if isinstance(v, list | np.ndarray) else copy(v) for v in case.args]
    kernel(case.name)(*given, **case.consts)
    assert_close(given, bound(case)[0], 0.0)


# ---- and back
@all_programs
def test_the_way_back_ends_at_the_arguments(case: Case) -> None:
    f = kernel(case.name)
    out = as_list(f, f(*case.args, **case.consts))
    assert_close(as_list(f, (~f)(*out, **case.consts)), bound(case)[0], BACK)


@all_programs
def test_the_machine_runs_back_to_its_beginning(case: Case) -> None:
    m = on_machine(kernel(case.name), case.args, case.consts)
    assert m.run(STEPS) == "done"
    assert m.run(-STEPS) == "done"
    assert m.time == 0
    assert_close(m.outputs(), bound(case)[0], BACK)


@all_programs
def test_a_random_walk_ends_where_a_straight_run_ends(case: Case) -> None:
    straight, walker = (on_machine(kernel(case.name), case.args, case.consts) for _ in range(2))
    straight.run(STEPS)
    strides = np.random.default_rng(crc32(case.name.encode())).integers(1, 40, (40, 2))
    for ahead, behind in strides:
        walker.run(int(ahead))
        walker.run(-int(behind))
        assert 0 <= walker.time <= straight.time
    assert walker.run(STEPS) == "done"
    assert walker.time == straight.time
    assert_close(walker.outputs(), straight.outputs(), BACK)


@all_programs
def test_the_inverse_of_the_inverse_is_the_program(case: Case) -> None:
    for p in kernel(case.name).library.programs.values():
        assert inverse(inverse(p.body)) == p.body


@all_programs
def test_no_local_is_left_behind(case: Case) -> None:
    m = on_machine(kernel(case.name), case.args, case.consts)
    before, live = stacks(m), m.register("live")
    m.run(STEPS)
    assert stacks(m) == before
    assert m.register("live") == live
    m.run(-STEPS)
    assert stacks(m) == before
    assert m.register("live") == live


@all_programs
def test_what_the_compiler_keeps_is_what_the_zoo_says(case: Case) -> None:
    kept = [k for group in kernel(case.name)._unit.keepers.values() for k in group]
    assert bool(kept) == (KEEPER in case.laws)


# ---- gradients
@all_gradients
def test_gradients_are_finite_differences(case: Case) -> None:
    assert check_grad(kernel(case.name), *case.args, of=case.of, wrt=case.wrt, direction=False, **case.consts)


@all_gradients
def test_numba_and_the_machine_agree_on_gradients(case: Case) -> None:
    g, m = gradient(case.name), gradient_on_machine(case)
    assert m.run(STEPS) == "done"
    signature = g.arguments(case.args, dict(case.consts))[2]
    layout, params = g.layout(signature), g.kernel.typed(signature)[0][g.kernel.typed(signature)[1]].program.params
    found = dict(zip(cotangents(case), m.outputs()[len(params):], strict=False))
    want = g(*case.args, **case.consts)
    wanted = [params[at] for k in g.positions(signature) for at in layout.floats(k)]
    zeros = dict(zip(params, map(np.zeros_like, with_cotangents(case)), strict=False))
    assert_close([found.get(q, zeros[q]) for q in wanted], [want] if g.bare else list(want), 1e-4 if single(bound(case)[0]) else 1e-9)


@all_gradients
def test_a_gradient_runs_back_to_its_beginning(case: Case) -> None:
    m = gradient_on_machine(case)
    before = stacks(m)
    m.run(STEPS)
    assert stacks(m, STACKS[:3]) == {name: before[name] for name in STACKS[:3]}
    assert m.run(-STEPS) == "done"
    assert m.time == 0
    assert stacks(m) == before
    assert m.register("erased") == 0
    assert_close(m.outputs(), with_cotangents(case), 1e-3 if single(bound(case)[0]) else 1e-7)


@every([c for c in CASES if GRADIENT not in c.laws])
def test_whole_numbers_have_no_gradient(case: Case) -> None:
    with pytest.raises(NotDifferentiable):
        gradient(case.name)(*case.args, **case.consts)


# ---- texts
@all_programs
def test_a_shown_program_is_the_program(case: Case) -> None:
    f = kernel(case.name)
    again = last_of(f.show("ir"))
    assert again.show("ir") == f.show("ir")
    assert list(again.library.programs.values()) == list(f.library.programs.values())


def functions(text: str) -> list[str]:
    """The functions of a text; a program and its inverse call them in opposite orders, and are shown in those."""
    return sorted(ast.unparse(f) for f in ast.parse(text).body)


@all_programs
def test_a_shown_inverse_is_the_inverse(case: Case) -> None:
    f = kernel(case.name)
    assert functions(last_of(f.show("inverse")).show("inverse")) == functions(f.show("ir"))


@all_programs
def test_shown_texts_compute_the_same(case: Case) -> None:
    f, (registers, consts) = kernel(case.name), bound(case)
    original = on_machine(f, case.args, case.consts)
    original.run(STEPS)
    ahead = text_on_machine(f.show("ir"), registers, consts)
    ahead.run(STEPS)
    assert ahead.time == original.time
    assert_close(ahead.outputs(), original.outputs(), 0.0)
    back = text_on_machine(f.show("inverse"), as_list(f, f(*case.args, **case.consts)), consts)
    back.run(STEPS)
    assert back.time == original.time
    assert_close(back.outputs(), registers, BACK)


@all_gradients
def test_a_shown_gradient_computes_the_same(case: Case) -> None:
    original = gradient_on_machine(case)
    original.run(STEPS)
    again = text_on_machine(gradient(case.name).show(*case.args, **case.consts), with_cotangents(case), bound(case)[1])
    again.run(STEPS)
    assert again.time == original.time
    assert_close(again.outputs(), original.outputs(), 0.0)


