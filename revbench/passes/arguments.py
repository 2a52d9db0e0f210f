"""Arguments become places: `f(out, n - 1)` -> `Within(t = n - 1, f(out, t))`.

After this pass a call hands over places only, so that calls, their inverses and their adjoints have one meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count

from revbench.errors import AliasedArguments, Label, NotAPlace, Report
from revbench.ir.nodes import Block, Call, Enter, Expr, Index, Name, Program, Stmt, Uncall, Within
from revbench.ir.show import show_expr
from revbench.ir.walk import mentions, names, statements, with_blocks

from .effects import Effects


def arguments(block: Block, fresh: Iterator[int] | None = None) -> Block:
    """The block with every computed argument in a local of its own."""
    numbers = count() if fresh is None else fresh
    out: list[Stmt] = []
    for s in block:
        if not isinstance(s, Call | Uncall):
            out.append(with_blocks(s, lambda b: arguments(b, numbers)))
            continue
        made: list[Stmt] = []

        def place(e: Expr, s: Call | Uncall = s, made: list[Stmt] = made) -> Expr:
            if isinstance(e, Name | Index):
                return e
            t = Name(f"_a{next(numbers)}", span=e.span)
            made.append(Enter(t.name, e, span=s.span))
            return t

        call = replace(s, args=tuple(map(place, s.args)), consts=tuple((k, place(e)) for k, e in s.consts))
        out.append(Within(tuple(made), (call,), span=s.span) if made else s)
    return tuple(out)


def check_calls(p: Program, programs: Mapping[str, Program], effects: Effects, report: Report) -> None:
    """Laws of calls that need to know what the callee writes."""
    for s in statements(p.body):
        if not isinstance(s, Call | Uncall) or s.kernel not in programs:
            continue
        callee = programs[s.kernel]
        written = effects.written[s.kernel]
        for k, a in enumerate(s.args[:len(callee.params)]):
            if k not in written:
                continue
            if not isinstance(a, Name | Index):
                report.add(NotAPlace(f"`{s.kernel}` writes its register `{callee.params[k]}`, so `{show_expr(a)}` cannot be handed in",
                                     Label(a.span or s.span, "not a place"), hint=f"make it a local first: `t = {show_expr(a)}`"))
                continue
            if a.name in p.consts:
                report.add(NotAPlace(f"`{s.kernel}` writes its register `{callee.params[k]}`, and `{a.name}` is a constant",
                                     Label(a.span or s.span, "cannot be written"), hint=f"make `{a.name}` a positional parameter"))
            others = [b for j, b in enumerate(s.args) if j != k] + [e for _, e in s.consts]
            for b in others:
                same = b == a or (isinstance(a, Name) and a.name in names(b)) or (isinstance(b, Name) and b.name == a.name)
                if same and a.name in mentions(b):
                    report.add(AliasedArguments(f"`{a.name}` is written by this call and handed in twice", Label(b.span or s.span, "the same memory"),
                                                Label(a.span, "written here", "~"), hint=f"copy it first: `t = {show_expr(b)}`"))
