"""Arguments become places: `f(out, n - 1)` -> `Within(t = n - 1, f(out, t))`.

After this pass a call hands over places only, so that calls, their inverses and their adjoints have one meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from revbench.errors import AliasedArguments, Label, NotAPlace, Report, Span, WrittenConstant, WrittenLoopVariable
from revbench.ir.library import fresh_name
from revbench.ir.nodes import Block, Call, Enter, Expr, For, ForBack, Index, Name, Program, Stmt, Uncall, Within
from revbench.ir.show import show_expr, show_head
from revbench.ir.walk import blocks, expressions, mentions, names, places_read, statements, with_blocks

from .effects import Effects


def arguments(block: Block, fresh: Iterator[int]) -> Block:
    """The block with every computed argument in a local of its own."""
    out: list[Stmt] = []
    for s in block:
        if not isinstance(s, Call | Uncall):
            out.append(with_blocks(s, lambda b: arguments(b, fresh)))
            continue
        made: list[Stmt] = []

        def place(e: Expr, s: Call | Uncall = s, made: list[Stmt] = made) -> Expr:
            if isinstance(e, Name | Index):
                return e
            t = Name(f"_a{next(fresh)}", span=e.span)
            made.append(Enter(t.name, e, span=e.span or s.span))
            return t

        call = replace(s, args=tuple(map(place, s.args)), consts=tuple((k, place(e)) for k, e in s.consts))
        out.append(Within(tuple(made), (call,), span=s.span) if made else s)
    return tuple(out)


def check_calls(p: Program, programs: Mapping[str, Program], effects: Effects, report: Report) -> None:
    """Laws of calls that need to know what the callee writes."""
    def inside(block: Block, loops: Mapping[str, Span | None]) -> None:
        for s in block:
            if isinstance(s, Call | Uncall) and s.kernel in programs:
                for k in sorted(effects.written[s.kernel]):
                    if k < len(s.args):
                        _written_argument(p, s, k, programs[s.kernel].params[k], loops, report)
            here = {**loops, s.var: s.span} if isinstance(s, For | ForBack) else loops
            for b in blocks(s):
                inside(b, here)

    inside(p.body, {})


def _written_argument(p: Program, s: Call | Uncall, k: int, register: str, loops: Mapping[str, Span | None], report: Report) -> None:
    a = s.args[k]
    here, text = a.span or s.span, show_expr(a)
    said = here.text if here is not None and here.text.isidentifier() else text            # `v` of `for v in x`, a captured number
    does = f"`{s.kernel}` writes its register `{register}`"
    if not isinstance(a, Name | Index):
        report.add(NotAPlace(f"{does}, so `{said}` cannot be handed in", Label(here, "not a place"), hint=f"make a local first: `t = {said}`"))
        return
    if a.name in p.consts:
        report.add(WrittenConstant(f"{does}, and `{a.name}` cannot be changed", Label(here, "written by this call"),
                                   hint=f"make `{a.name}` a positional parameter"))
    if a.name in loops or (isinstance(a, Index) and said != text):
        loop = next((loops[i.name] for i in (a.indices if isinstance(a, Index) else ()) if isinstance(i, Name) and i.name in loops), loops.get(a.name))
        report.add(WrittenLoopVariable(f"{does}, and `{said}` is the loop's own variable", Label(here, "written by this call"), Label(loop, "the loop", "~"),
                                       hint=f"hand in the element itself: `{a.name}[i]`" if isinstance(a, Index) else f"copy it into a local: `k = {said}`"))
    for b in [b for j, b in enumerate(s.args) if j != k] + [e for _, e in s.consts]:
        read = (isinstance(a, Name) and a.name in names(b)) or (isinstance(b, Name) and b.name == a.name)
        if a not in places_read(b) and not (read and a.name in mentions(b)):
            continue
        what = "is handed in twice, and this call writes it" if isinstance(b, Name | Index) else f"is written by this call, and `{show_expr(b)}` reads it"
        out = fresh_name("out", {*p.params, *p.consts, *(n for t in statements(p.body) for e in expressions(t) for n in names(e))})
        call = show_head(replace(s, args=(*s.args[:k], Name(out), *s.args[k + 1:])))
        report.add(AliasedArguments(f"`{a.name}` {what}", Label(b.span or s.span, "the same memory"), Label(a.span, "written here", "~"),
                                    hint=f"hand in two different places, one more register for example: `{call}`"))
