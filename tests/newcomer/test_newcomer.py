"""Wrong programs as a newcomer writes them: what is said names the law, both places and lines that work.

Each file beside this one holds a program (`WRONG`, called with `WRONG_ARGS` if it compiles), what is said (`SAID`: for
each law the lines of its places, first where it broke; several of a law in a tuple), and the program mended (`MENDED`),
which runs forward (`ARGS`, `RESULT`), back, and where it computes with floats has the gradient that differences have.
A statement or head of a block in a hint's backticks must stand in the mended program as it is written there.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench import Kernel, RevbenchError
from revbench.backends.machine_code import assemble
from revbench.errors import Mistakes
from tests.frontend.hints import code_lines, line_of, normal
from tests.running import BACK, STEPS, assert_close, last_of, machine, on_machine

FILES = {file.stem: file for file in sorted(Path(__file__).parent.glob("*.py")) if not file.stem.startswith(("test_", "__"))}


def load(name: str) -> SimpleNamespace:
    found: dict[str, Any] = {}
    exec(FILES[name].read_text(encoding="utf-8"), found)
    return SimpleNamespace(**{key: value for key, value in found.items() if key.isupper()})


def kernel_of(program: SimpleNamespace) -> Kernel:
    made = rb.compile(program.MENDED.lstrip("\n"), name="mended")
    return made if isinstance(made, Kernel) else getattr(made, program.KERNEL)


def mistakes_of(program: SimpleNamespace) -> tuple[RevbenchError, ...]:
    with pytest.raises(RevbenchError) as caught:
        rb.compile(program.WRONG.lstrip("\n"), name="cell")(*getattr(program, "WRONG_ARGS", ()))
    return caught.value.mistakes if isinstance(caught.value, Mistakes) else (caught.value,)


def test_there_are_forty() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("name", FILES)
def test_the_message_names_the_law_and_both_places(name: str) -> None:
    program = load(name)
    found = [(m.slug, tuple(lab.span.line for lab in m.labels if lab.span is not None)) for m in mistakes_of(program)]
    wanted = [(slug, lines) for slug, places in program.SAID.items() for lines in ([places] if isinstance(places[0], int) else places)]
    assert sorted((slug, (lines[0], *sorted(lines[1:]))) for slug, lines in found) == sorted((slug, (lines[0], *sorted(lines[1:]))) for slug, lines in wanted)
    assert all(len(lines) >= 2 for _, lines in found)
    for m in mistakes_of(program):
        assert len({(lab.span, lab.mark) for lab in m.labels}) == len(m.labels), "the places differ"


@pytest.mark.parametrize("name", FILES)
def test_the_lines_of_the_hint_work_where_it_says(name: str) -> None:
    program = load(name)
    mended = {normal(line) for line in program.MENDED.splitlines()}
    for mistake in mistakes_of(program):
        lines = code_lines(mistake.hint, line_of(program.WRONG.lstrip("\n"), mistake))
        assert lines, "the hint shows no line"
        assert [code for code in lines if normal(code) not in mended] == []


def loss_over(kernel: Kernel, args: tuple[Any, ...]) -> Kernel:
    """The kernel with one more register in front: a scalar of all floats that it writes, each element with another weight."""
    lines = [f"def loss(l, {', '.join(kernel.registers)}):", f"    mended({', '.join(kernel.registers)})"]
    for name, value, at in zip(kernel.registers, args, range(9), strict=False):
        a = np.asarray(value)
        if a.dtype.kind == "f" and at in kernel._written:
            lines += [f"    l += {1 + 0.1 * k} * sin({name}{'[' + ', '.join(map(str, i)) + ']' if i else ''})" for k, i in enumerate(np.ndindex(a.shape))]
    return last_of("\n".join(lines) + "\n", {"mended": kernel})


def ran(f: Kernel, args: tuple[Any, ...]) -> list[Any]:
    """What `f` leaves, on the machine, which has gone back once and forth again."""
    m = on_machine(f, args)
    assert m.run(STEPS) == "done"
    out = m.outputs()
    m.run(-STEPS)
    assert_close(m.outputs(), list(args), BACK)
    return out


def gradient(f: Kernel, args: tuple[Any, ...]) -> list[Any]:
    """The gradient of the first register by all other floats, on the machine."""
    g = rb.grad(f)
    registers, constants, signature = g.arguments(args, {})
    library, main, bars, wrt = g.typed(signature)
    p = library[main].program
    zeros = [np.zeros_like(registers[f.registers.index(q)]) if np.ndim(registers[f.registers.index(q)]) else 0.0 for q in bars]
    m = machine(assemble(library, main), [*registers, *zeros, 0.0, *constants], [library[main].types[q] for q in (*p.params, *p.consts)])
    m.run(STEPS)
    found = dict(zip(p.params, m.outputs(), strict=True))
    return [found[bars[f.registers[k]]] if f.registers[k] in bars else np.zeros(np.shape(registers[k])) for k in wrt]


def differences(f: Kernel, args: tuple[Any, ...], k: int, h: float = 6e-6) -> Any:
    base = np.asarray(args[k])
    out = np.zeros(base.shape)
    for at in np.ndindex(base.shape):
        two = []
        for step in (h, -h):
            moved = base.copy()
            moved[at] += step
            m = on_machine(f, (*args[:k], moved if base.ndim else float(moved), *args[k + 1:]))
            m.run(STEPS)
            two.append(m.outputs()[0])
        out[at] = (two[0] - two[1]) / (2 * h)
    return out


@pytest.mark.timeout(300)                                        # the first run of an installation compiles the machine
@pytest.mark.parametrize("name", FILES)
def test_the_mended_program_does_what_was_meant_forward_back_and_with_gradient(name: str) -> None:
    program = load(name)
    kernel = kernel_of(program)
    floats = [np.asarray(a).dtype.kind == "f" for a in program.ARGS]
    held = dict(zip(kernel.registers, ran(kernel, program.ARGS), strict=True))
    for register, value in program.RESULT.items():
        np.testing.assert_allclose(held[register], value, rtol=1e-12, atol=1e-15)
    if any(floats[k] for k in kernel._written):
        loss, args = loss_over(kernel, program.ARGS), (0.0, *program.ARGS)
        found = gradient(loss, args)
        wanted = [differences(loss, args, k + 1) for k, is_float in enumerate(floats) if is_float]
        assert_close(found, wanted, 1e-6)
