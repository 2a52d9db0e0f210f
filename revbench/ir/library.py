"""Kernels that belong together: a program and every program it calls, under names of their own."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from .nodes import Block, Call, Enter, For, ForBack, Program, Uncall
from .walk import expressions, mentions, statements, with_blocks


@dataclass(frozen=True)
class Library:
    """A closed set of programs; `main` is the one that was asked for.

    `defaults` holds each program's default values, `captured` the host arrays that stand as hidden constants.
    """

    main: str
    programs: dict[str, Program]
    defaults: dict[str, dict[str, Any]] = field(default_factory=dict)
    captured: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def program(self) -> Program:
        return self.programs[self.main]


def rename_calls(block: Block, names: dict[str, str]) -> Block:
    """The block with every called kernel renamed."""
    out = []
    for s in block:
        if isinstance(s, Call | Uncall) and s.kernel in names:
            s = replace(s, kernel=names[s.kernel])
        out.append(with_blocks(s, lambda b: rename_calls(b, names)))
    return tuple(out)


def turn_calls(block: Block, kernel: str) -> Block:
    """The block when `kernel` becomes the name of its own inverse: calls of it become uncalls, uncalls calls."""
    out = []
    for s in block:
        if isinstance(s, Call | Uncall) and s.kernel == kernel:
            s = (Uncall if isinstance(s, Call) else Call)(s.kernel, s.args, s.consts, s.each, span=s.span)
        out.append(with_blocks(s, lambda b: turn_calls(b, kernel)))
    return tuple(out)


def known_names(p: Program) -> frozenset[str]:
    """Every name of a program."""
    made = (s.name if isinstance(s, Enter) else s.var for s in statements(p.body) if isinstance(s, Enter | For | ForBack))
    return frozenset((*p.params, *p.consts, *made)).union(*(mentions(e) for s in statements(p.body) for e in expressions(s)))


def unused_in(p: Program, *prefixes: str) -> Iterator[int]:
    """Numbers for names that a program does not have behind one of the prefixes; it is looked through when the first is needed."""
    yield from unused(known_names(p), *prefixes)


def unused(taken: Container[str], *prefixes: str) -> Iterator[int]:
    """Numbers for names that a pass makes, without those that a user, or an earlier pass, has used behind one of the prefixes."""
    return (k for k in count() if not any(f"{prefix}{k}" in taken for prefix in prefixes))


def fresh_name(name: str, taken: Container[str]) -> str:
    """`name`, or `name_2`, `name_3`, ... if that is taken."""
    k, out = 1, name
    while out in taken:
        k += 1
        out = f"{name}_{k}"
    return out


def merge(into: dict[str, Program], library: Library) -> dict[str, str]:
    """Adds a library's programs to `into`; returns the name that each one got there."""
    names: dict[str, str] = {}
    for name, program in library.programs.items():
        same = into.get(name)
        names[name] = name if same is not None and same == program else fresh_name(name, into)
        if names[name] not in into:
            into[names[name]] = program
    for name, new in names.items():
        p = library.programs[name]
        into[new] = replace(p, name=new, body=rename_calls(p.body, names), adjoint=names.get(p.adjoint, ""), tangent=names.get(p.tangent, ""))
    return names


def reachable(programs: dict[str, Program], main: str, derivatives: bool = False) -> list[str]:
    """Names that `main` needs, callees first where there is no recursion; with the declared derivatives, if they are asked for."""
    out: dict[str, None] = {}
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for s in statements(programs[name].body):
            if isinstance(s, Call | Uncall):
                visit(s.kernel)
        for d in (programs[name].adjoint, programs[name].tangent) if derivatives else ():
            if d:
                visit(d)
        out[name] = None

    visit(main)
    return list(out)
