"""What there is to know about a kernel, as plain data: its registers, its three texts, and what is exact.

No HTML here. A card is made of whatever is known; what is not (the adjoint before any types) is a sentence instead.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from revbench._api import Kernel
from revbench.ad.gradient import Gradient
from revbench.errors import RevbenchError
from revbench.explain import texts
from revbench.explain.exactness import EXACT, INEXACT, ROUNDS, Exactness, Verdict, worst
from revbench.ir.nodes import Block, Forget, Program, Undo, Within
from revbench.ir.show import Line as Shown
from revbench.ir.show import show_lines
from revbench.ir.types import Type, is_real
from revbench.ir.walk import blocks, statements
from revbench.numerics.exact import ExactArray
from revbench.passes.effects import entered
from revbench.passes.inverse import inverse

from .guess import current_types, typed_for


@dataclass(frozen=True, slots=True)
class Register:
    """`role` is in-out, read-only, constant or captured; `note` its type, or its value."""

    name: str
    role: str
    note: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a program; `source` is the line of the user's text that it came from (0: none)."""

    depth: int
    text: str
    source: int


@dataclass(frozen=True, slots=True)
class Column:
    """One text of the program. `note` stands in its place when there are no lines, below its title otherwise."""

    title: str
    lines: tuple[Line, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that a kernel card shows."""

    name: str
    head: str
    doc: str
    source: str
    checked: bool
    types_known: bool
    registers: tuple[Register, ...]
    columns: tuple[Column, ...]
    verdicts: tuple[Verdict, ...]
    kept: tuple[str, ...]
    recomputed: tuple[str, ...]

    @property
    def exactness(self) -> str:
        """How the registers come back after a run there and back."""
        return {EXACT: "comes back bit by bit", ROUNDS: "comes back up to rounding", INEXACT: "comes back inexactly"}[worst(self.verdicts)]

    def __str__(self) -> str:
        """The card for a terminal: no columns, which `f.show()` prints."""
        groups: dict[str, list[str]] = {}
        for r in self.registers:
            groups.setdefault(r.role, []).append(r.name)
        lines = [f"{self.head}  [{self.source}]", "  " + " | ".join(f"{role}: {', '.join(names)}" for role, names in groups.items())]
        lines += [f"  {self.exactness}", *(f"  keeps {k}" for k in self.kept), *(f"  recomputes {r}" for r in self.recomputed)]
        return "\n".join(lines if groups else [lines[0], *lines[2:]])


def head_of(kernel: Kernel) -> str:
    """The call as it stands in a `def`, without hidden constants: `norm(out, x)`."""
    return f"{kernel.__qualname__}({', '.join([*kernel.registers, *(['*', *kernel.constants] if kernel.constants else [])])})"


def card_of(kernel: Kernel) -> Card:
    """The card of a kernel, for the types of its last call, or for guessed ones."""
    kernel._refresh()
    types, known = current_types(kernel)
    typed = typed_for(kernel, types)
    p = kernel.library.program
    body = inverse(p.body) if kernel._backward else p.body
    columns = (_column("forward", body), _column("inverse", inverse(body)), adjoint_column(kernel, types, known))
    verdicts = Exactness(typed or {}).program(kernel.library.programs, p.name)
    kept = dict.fromkeys(f"one {k.kind} per {'turn around ' if k.in_loop else 'execution of '}line {k.span.line if k.span else '?'}"
                         for k in kernel.keepers)
    return Card(kernel.__qualname__, head_of(kernel), p.doc, kernel._unit.source.name, kernel._checked, known,
                tuple(_registers(kernel, types if typed else None)), columns, verdicts, tuple(kept), tuple(_recomputed(p.body)))


# ---- registers
def _registers(kernel: Kernel, types: tuple[Type, ...] | None) -> Iterator[Register]:
    p, written = kernel.library.program, kernel._written
    of = dict(zip((*p.params, *p.consts), types, strict=True)) if types else {}
    for k, name in enumerate(p.params):
        yield Register(name, "in-out" if k in written else "read-only", str(of.get(name, "")))
    defaults = kernel.library.defaults.get(p.name, {})
    for name in kernel.constants:
        default = f" = {defaults[name]!r}" if name in defaults else ""
        yield Register(name, "constant", f"{of.get(name, '')}{default}".strip())
    mentioned = _mentioned(kernel)
    for name, value in kernel._unit.seen.items():
        if name in mentioned:
            yield Register(name, "captured", _described(value))


def _mentioned(kernel: Kernel) -> set[str]:
    """Names, dotted ones too, that stand in the kernel's own text."""
    try:
        tree = ast.parse(kernel._unit.source.text)
    except SyntaxError:                                    # an indented function
        return set(kernel._unit.seen)
    own = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == kernel.library.program.name]
    return {ast.unparse(n) for fn in own for n in ast.walk(fn) if isinstance(n, ast.Name | ast.Attribute)}


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype}[{', '.join(map(str, value.shape))}]"
    if isinstance(value, ExactArray):
        return f"{value.scalar.name}[{', '.join(map(str, value.shape))}]"
    return "kernel" if isinstance(value, Kernel) else repr(value)


# ---- columns
def _column(title: str, body: Block, note: str = "") -> Column:
    return Column(title, tuple(_line(shown) for shown in show_lines(body)) or (Line(1, "pass", 0),), note)


def _line(shown: Shown) -> Line:
    depth, text, s = shown
    return Line(depth - 1, text, s.span.line if s is not None and s.span is not None else 0)


def adjoint_column(kernel: Kernel, types: tuple[Type, ...], known: bool, of: int | None = None, wrt: tuple[int, ...] | None = None) -> Column:
    """The adjoint for these types; a sentence when there is none. Never fails: a card must not break a cell."""
    try:
        program = adjoint_of(kernel, types, of, wrt)
    except RevbenchError as mistake:
        return Column("adjoint", (), f"there is none: {mistake.message}" if known else "shown after the first call, when the types are known")
    except Exception as bug:
        return Column("adjoint", (), f"it cannot be shown ({type(bug).__name__})")
    if program is None:
        return Column("adjoint", (), "there is none: no register is a float")
    return _column("adjoint", program.body, "" if known else "for guessed types")


def adjoint_of(kernel: Kernel, types: tuple[Type, ...], of: int | None = None, wrt: tuple[int, ...] | None = None) -> Program | None:
    """The adjoint of a kernel: of its first float scalar that is written (of all registers, if there is none)."""
    known = types in kernel._typed
    typed = kernel.typed(types)
    if not known:
        del kernel._typed[types]
    if not any(is_real(types[k]) for k in kernel._written):
        return None
    library, main = texts.adjoint_of(*typed, of, wrt)
    return library[main].program


# ---- what is recomputed
def _recomputed(block: Block, depth: int = 1) -> Iterator[str]:
    for s in block:
        match s:
            case Within(compute, apply):
                yield f"{_names(entered(compute))} ({_where(compute)}): computed {depth + 1} times in a gradient"
                yield from _recomputed(compute, depth + 1)
                yield from _recomputed(apply, depth)
            case Undo(body):
                yield f"what {_where(body)} did to locals: done once more on the way back"
            case _:
                for b in blocks(s):
                    yield from _recomputed(b, depth)


def _names(made: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in sorted(made) if not n.startswith("_")) or "a part"


def _where(block: Block) -> str:
    lines = [s.span.line for s in statements(block) if s.span]
    if not lines:
        return "generated lines"
    return f"line {min(lines)}" if min(lines) == max(lines) else f"lines {min(lines)}-{max(lines)}"


# ---- gradients
@dataclass(frozen=True, slots=True)
class GradientCard:
    """What a gradient's card shows."""

    title: str
    head: str
    types_known: bool
    columns: tuple[Column, ...]
    erased: int

    def __str__(self) -> str:
        return f"{self.title}: {self.head}"


def gradient_card_of(gradient: Gradient) -> GradientCard:
    """The card of a gradient: the run forward, and the way back with cotangents."""
    kernel = gradient.kernel
    kernel._refresh()
    types, known = current_types(kernel)
    names = kernel.registers
    try:
        wrt: tuple[int, ...] | None = gradient.positions(types)
    except RevbenchError:
        wrt = gradient.wrt
    over = ", ".join(f"`{names[k]}`" for k in wrt) if wrt else "every float register"
    back = adjoint_column(kernel, types, known, gradient.of, wrt)
    p = kernel.library.program
    body = inverse(p.body) if kernel._backward else p.body
    try:
        adjoint = adjoint_of(kernel, types, gradient.of, wrt)
        erased = sum(isinstance(s, Forget) for s in statements(adjoint.body)) if adjoint else 0
    except Exception:
        erased = 0
    title = f"{'value and ' if gradient.with_value else ''}gradient of `{names[gradient.of]}` with respect to {over}"
    return GradientCard(title, head_of(kernel).replace(kernel.__qualname__, gradient.__name__, 1), known,
                        (_column("forward", body), Column("then the adjoint", back.lines, back.note)), erased)
