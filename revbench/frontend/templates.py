"""Kernels with kernels as constants, and with `*args`: texts that become programs once it is known which kernels, and how many.

What a kernel changes must be known before its locals are cleaned up, so such a kernel is compiled again for every choice
of kernels: the constant's name is replaced in the text, and nothing that follows needs to know.
"""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from revbench.errors import Label, NotYet, Report, Source, WrongArguments
from revbench.ir.library import fresh_name
from revbench.ir.nodes import Block, Call, Expr, Fn, Name, Program, Stmt, Uncall
from revbench.ir.read import Reader
from revbench.ir.show import show_expr
from revbench.ir.walk import expressions, map_expressions, rebuild, statements, subexpressions, with_blocks

from .names import is_kernel
from .parse import Parsed

STAR = "*"                                               # how the name of `*args` begins where it is handed on
Bound = Mapping[str, tuple[str, bool]]                   # constant -> the kernel's name, and whether it is run backwards


@dataclass(frozen=True, slots=True)
class Wanted:
    """A choice: which template, its constants' kernels by the names that the host knows them under, and how many `*args`."""

    kernel: str
    bound: Bound
    extra: int


class Templates:
    """The kernels of one text that cannot be compiled as they stand, and those that were made of them."""

    def __init__(self, parsed: Iterable[Parsed], host: Mapping[str, Any], report: Report) -> None:
        self.parsed = {p.program.name: p for p in parsed}
        self.extra: dict[str, Any] = {}
        self.host = overlaid(self.extra, host)
        self.report = report
        self.constants: dict[str, tuple[str, ...]] = dict.fromkeys(self.parsed, ())
        while (more := {n: self.kernels_among(p.program) for n, p in self.parsed.items()}) != self.constants:
            self.constants = more
        self.generic = {n for n, p in self.parsed.items() if self.constants[n] or p.star}
        self.made: dict[tuple[str, tuple[tuple[str, tuple[str, bool]], ...], int], str] = {}
        self.out: list[Parsed] = []

    def kernels_among(self, p: Program) -> tuple[str, ...]:
        """The constants of a kernel that are kernels: it calls them, or hands them on as such."""
        found: set[str] = set()
        for s in statements(p.body):
            found |= {e.fn for whole in expressions(s) for e in subexpressions(whole) if isinstance(e, Fn)}
            if isinstance(s, Call | Uncall):
                found.add(s.kernel)
                found |= {w[0] for k, e in s.consts if k in self.of(s.kernel)[0] and (w := _word(e)) is not None}
        return tuple(c for c in p.consts if c in found)

    def of(self, kernel: str) -> tuple[tuple[str, ...], bool, tuple[str, ...]]:
        """Of a kernel of this text or of the host: constants that are kernels, whether it has `*args`, its registers without them."""
        if kernel in self.parsed:
            p = self.parsed[kernel]
            return self.constants[kernel], bool(p.star), tuple(q for q in p.program.params if q != p.star)
        value: Any = self.host.get(kernel)
        return (value.kernel_constants, value.star, value.registers) if is_kernel(value) and value.generic else ((), False, ())

    # ---- making programs
    def concrete(self, wanted: Wanted | None) -> tuple[list[Parsed], str]:
        """The kernels that can be compiled, with those that they need; and the name of the one that was asked for."""
        for name, p in self.parsed.items():
            if name not in self.generic and wanted is None:
                self.out.append(replace(p, program=self.calls(p.program)))
        asked = self.instance(wanted.kernel, wanted.bound, wanted.extra) if wanted else ""
        if wanted:
            self.out += [replace(p, program=self.calls(p.program)) for n, p in self.parsed.items() if n not in self.generic]
        return self.out, asked

    def instance(self, name: str, bound: Bound, extra: int) -> str:
        key = (name, tuple(sorted(bound.items())), extra)
        if key not in self.made:
            p = self.parsed[name]
            made = "_".join([name, *(f"{'inverse_' * back}{k.replace('.', '_')}" for k, back in dict(bound).values()), *([str(extra)] if p.star else [])])
            new = self.made[key] = fresh_name(made, {*self.parsed, *(q.program.name for q in self.out), *self.made.values()})
            own = tuple(fresh_name(f"{p.star}_{k}", p.notes.names) for k in range(extra)) if p.star else ()
            params = tuple(q for r in p.program.params for q in (own if r == p.star else (r,)))
            program = replace(p.program, name=new, params=params, consts=tuple(c for c in p.program.consts if c not in bound))
            program = self.calls(replace(program, body=_put(program.body, bound, p.star, own)))
            self.out.append(replace(p, program=program, defaults={k: v for k, v in p.defaults.items() if k not in bound}, star=""))
        return self.made[key]

    def calls(self, p: Program) -> Program:
        """The program with every call of a template turned into one of what it becomes there."""
        def statement(s: Stmt) -> Stmt:
            s = with_blocks(s, lambda b: tuple(map(statement, b)))
            return self.call(s) if isinstance(s, Call | Uncall) else s

        return replace(p, body=tuple(map(statement, p.body)))

    def call(self, s: Call | Uncall) -> Stmt:
        constants, star, registers = self.of(s.kernel)
        if not constants and not star:
            return s
        given, bound = dict(s.consts), dict[str, tuple[str, bool]]()
        for c in constants:
            e = given.pop(c, None) or self.default(s.kernel, c)
            word = _word(e) if e is not None else None
            if e is None or (word is not None and self.is_foreign_default(s.kernel, e)):
                if e is None:
                    self.report.add(WrongArguments(f"`{s.kernel}` needs the kernel `{c}`", Label(s.span, "here"), hint=f"hand it in: `{c}=...`"))
                    return s
                continue
            if word is None or not (word[0] in self.parsed or is_kernel(self.host.get(word[0]))):
                self.report.add(WrongArguments(f"`{c}` of `{s.kernel}` is a kernel, and `{show_expr(e)}` is none", Label(e.span or s.span, "here"),
                                               hint="hand in the name of a kernel"))
                return s
            bound[c] = word
        extra = len(s.args) - len(registers) if star else 0
        if extra < 0:
            self.report.add(WrongArguments(f"`{s.kernel}` has at least {len(registers)} registers, here are {len(s.args)}", Label(s.span, "here"),
                                           hint=f"they are `{', '.join(registers)}`"))
            return s
        name = self.instance(s.kernel, bound, extra) if s.kernel in self.parsed else self.foreign(s, bound, extra)
        return s if name is None else replace(s, kernel=name, consts=tuple(given.items()))

    def default(self, kernel: str, constant: str) -> Expr | None:
        if kernel in self.parsed:
            text = self.parsed[kernel].defaults.get(constant)
            return None if text is None else Reader(Source("default", text), Report()).expr(ast.parse(text, mode="eval").body)
        return Name(f"{STAR}default") if constant in self.host[kernel].kernel_defaults() else None

    def is_foreign_default(self, kernel: str, e: Expr) -> bool:
        return kernel not in self.parsed and e == Name(f"{STAR}default")

    def foreign(self, s: Call | Uncall, bound: Bound, extra: int) -> str | None:
        """A template of another text, for kernels that the host knows."""
        if own := [k for k, _ in bound.values() if k in self.parsed]:
            self.report.add(NotYet(f"`{own[0]}` stands in the same text as this call, and `{s.kernel}` in another one: that is not part of the language yet",
                                   Label(s.span, "not yet"), hint=f"define `{own[0]}` in a text of its own, above this one"))
            return None
        kernel = self.host[s.kernel].specialised({c: ~self.host[k] if back else self.host[k] for c, (k, back) in bound.items()}, extra)
        name = next(n for n in numbered(kernel.__name__) if self.extra.get(n) is kernel or (n not in self.parsed and n not in self.host))
        self.extra[name] = kernel
        return str(name)


def numbered(name: str) -> Iterator[str]:
    """`name`, `name_2`, `name_3`, ..."""
    yield name
    yield from (f"{name}_{k}" for k in count(2))


def overlaid(extra: dict[str, Any], host: Mapping[str, Any]) -> Mapping[str, Any]:
    """The host's names, as they are when asked, below some of ours."""
    return ChainMap(extra, _Reading(host))


class _Reading(dict[str, Any]):
    """Any mapping as one that a `ChainMap` takes."""

    def __init__(self, host: Mapping[str, Any]) -> None:
        self.host = host

    def __missing__(self, name: str) -> Any:
        return self.host[name]

    def __contains__(self, name: object) -> bool:
        return name in self.host

    def __iter__(self) -> Any:
        return iter(self.host)

    def __len__(self) -> int:
        return len(self.host)


def _word(e: Expr) -> tuple[str, bool] | None:
    """`g`, or `~g`: the kernel that is meant, and whether backwards."""
    match e:
        case Name(name):
            return name, False
        case Fn("invert", (Name(name),)):
            return name, True
        case _:
            return None


def _put(block: Block, bound: Bound, star: str, own: tuple[str, ...]) -> Block:
    """The block with the kernels in the place of the constants, and the registers that `*args` stands for."""
    def expr(e: Expr) -> Expr:
        e = rebuild(e, expr)
        return replace(e, fn=bound[e.fn][0]) if isinstance(e, Fn) and e.fn in bound and not bound[e.fn][1] else e

    def constant(e: Expr) -> Expr:
        word = _word(e)
        if word is None or word[0] not in bound:
            return e
        name, back = bound[word[0]]
        return Fn("invert", (Name(name, span=e.span),), span=e.span) if back != word[1] else Name(name, span=e.span)

    def statement(s: Stmt) -> Stmt:
        s = with_blocks(map_expressions(s, expr), lambda b: tuple(map(statement, b)))
        if not isinstance(s, Call | Uncall):
            return s
        args = tuple(q for a in s.args for q in (map(Name, own) if a == Name(STAR + star) else (a,)))
        s = replace(s, args=args, consts=tuple((k, constant(e)) for k, e in s.consts))
        if s.kernel not in bound:
            return s
        name, back = bound[s.kernel]
        return (type(s) if not back else Uncall if isinstance(s, Call) else Call)(name, s.args, s.consts, s.each, span=s.span)

    return tuple(map(statement, block))
